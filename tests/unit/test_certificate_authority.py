"""The authority and what it signed belong together, whatever became of one of their files."""

import shutil
from pathlib import Path

import pytest
from commands import play
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

SERVER = "tls/registry.lab"
FILES = ["ca.key", "ca.crt", f"{SERVER}.key", f"{SERVER}.crt"]


def secrets(state, *arguments):
    """What playbooks/secrets.yml does to a directory of keys."""
    options = ["--inventory=inventory/lab", "--limit=localhost", "--tags=certificate_authority"]
    variable = f"--extra-vars=lab_state_dir={state}"
    return play(*options, variable, *arguments, "playbooks/secrets.yml")


def public(state, name):
    """The public key of a key file, or of a certificate."""
    content = Path(state, name).read_bytes()
    if name.endswith(".key"):
        return load_pem_private_key(content, password=None).public_key()
    return x509.load_pem_x509_certificate(content).public_key()


def assert_they_belong_together(state):
    authority = x509.load_pem_x509_certificate((state / "ca.crt").read_bytes())
    server = x509.load_pem_x509_certificate((state / f"{SERVER}.crt").read_bytes())

    assert public(state, "ca.key") == public(state, "ca.crt")
    assert public(state, f"{SERVER}.key") == public(state, f"{SERVER}.crt")
    authority.verify_directly_issued_by(authority)
    server.verify_directly_issued_by(authority)
    assert {(state / name).stat().st_mode & 0o777 for name in FILES if ".key" in name} == {0o600}


def made(directory):
    done = secrets(directory)
    assert done.returncode == 0, done.stdout
    return directory


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return made(tmp_path_factory.mktemp("original"))


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return made(tmp_path_factory.mktemp("other"))


@pytest.fixture
def state(original, tmp_path):
    """A copy to do harm to."""
    return Path(shutil.copytree(original, tmp_path / "state"))


def test_a_second_run_changes_nothing(state):
    done = secrets(state)

    assert "changed=0" in done.stdout
    assert_they_belong_together(state)


@pytest.mark.parametrize("lost", FILES)
def test_what_is_lost_is_made_again_with_all_that_depends_on_it(state, lost):
    (state / lost).unlink()

    done = secrets(state)

    assert done.returncode == 0, done.stdout
    assert_they_belong_together(state)


@pytest.mark.parametrize("foreign", [["ca.key"], ["ca.key", "ca.crt"]], ids=" ".join)
def test_what_belongs_to_another_authority_does_not_stay_beside_this_ones(state, other, foreign):
    for name in foreign:
        shutil.copy(other / name, state / name)

    done = secrets(state)

    assert done.returncode == 0, done.stdout
    assert_they_belong_together(state)


def test_an_authority_near_its_end_takes_its_servers_along(state):
    old = (state / f"{SERVER}.crt").read_bytes()

    done = secrets(state, "--extra-vars=certificate_authority_renew_before=4000")

    assert done.returncode == 0, done.stdout
    assert (state / f"{SERVER}.crt").read_bytes() != old
    assert_they_belong_together(state)


def test_a_file_that_was_cut_off_is_named_and_nothing_is_changed(state):
    # Both at once: a run takes seconds.
    (state / "ca.key").write_text("")
    (state / f"{SERVER}.crt").write_text((state / f"{SERVER}.crt").read_text()[:300])
    before = {name: (state / name).read_bytes() for name in FILES}

    done = secrets(state)

    assert done.returncode != 0
    said = " ".join(done.stdout.split())
    assert f"rm {state}/ca.key {state}/{SERVER}.crt" in said
    assert {name: (state / name).read_bytes() for name in FILES} == before
