"""The registry's password file: the same passwords give the same lines, on every machine."""

import bcrypt
import pytest
from ansible.errors import AnsibleFilterError

# What passlib made of the account admin, the password s3cret and the secret "salt".
EARLIER = "admin:$2b$06$2bb7998496899acdd8137eHyDsuzSfPxzfCicyweYqfMxQGlmMvBO\n"


@pytest.fixture(scope="module")
def htpasswd(load):
    """The filter, as Ansible finds it."""
    return load("filter/htpasswd").FilterModule().filters()["htpasswd"]


def test_every_account_has_a_line_that_verifies_its_password(htpasswd):
    accounts = {"admin": "s3cret", "learner": "mot de passé", "number": 12345}
    lines = dict(line.split(":") for line in htpasswd(accounts, "salt", 4).splitlines())

    assert lines.keys() == accounts.keys()
    for account, password in accounts.items():
        assert bcrypt.checkpw(str(password).encode(), lines[account].encode())


def test_line_is_the_one_that_earlier_versions_wrote(htpasswd):
    assert htpasswd({"admin": "s3cret"}, "salt", 6) == EARLIER


def test_accounts_with_the_same_password_have_different_salts(htpasswd):
    admin, learner = htpasswd({"admin": "same", "learner": "same"}, "salt", 4).splitlines()

    assert admin.partition(":")[2] != learner.partition(":")[2]


def test_password_longer_than_bcrypt_reads_is_refused_and_not_shown(htpasswd):
    with pytest.raises(AnsibleFilterError, match="account admin is longer than 72") as refused:
        htpasswd({"admin": "x" * 73}, "salt", 4)

    assert "xxx" not in str(refused.value)
