"""The complete blog, and the database that only it can reach."""

import json
import urllib.request
from pathlib import Path

import pytest

testinfra_hosts = ["ansible://lesson_nodes"]

CONTAINERS = {
    "microblog-complete-web-1": "microblog-complete",
    "microblog-complete-mariadb-1": "mariadb",
}


@pytest.fixture
def blog(address, lab):
    return address(lab["microblog_complete_port"])


@pytest.mark.parametrize(("language", "words"), [("en", "Log in"), ("fr", "Se connecter")])
def test_strangers_are_asked_to_log_in_in_their_language(blog, language, words):
    request = urllib.request.Request(f"{blog}/", headers={"Accept-Language": language})
    with urllib.request.urlopen(request, timeout=10) as reply:
        assert words in reply.read().decode()


def test_blog_reaches_its_database(blog):
    with urllib.request.urlopen(f"{blog}/readyz", timeout=10) as reply:
        assert reply.status == 200


@pytest.mark.parametrize(("name", "image"), CONTAINERS.items())
def test_container_runs_the_pinned_image_safely(inspect, lab, runs_safely, name, image):
    runs_safely(name)
    assert inspect(name)["Config"]["Image"] == lab["lab_images"][image]


def test_database_is_reached_by_the_blog_only(inspect):
    facts = inspect("microblog-complete-mariadb-1")

    assert not any(facts["NetworkSettings"]["Ports"].values())
    assert set(facts["NetworkSettings"]["Networks"]) == {"microblog-complete_database"}


def test_blogs_account_is_for_its_own_database_only(root, lab):
    password = Path(lab["lab_state_dir"], "passwords", "microblog-database").read_text("ascii")
    grants = root(
        "docker exec --env MYSQL_PWD=%s microblog-complete-mariadb-1 mariadb --user=microblog "
        "--host=127.0.0.1 --batch --skip-column-names --execute 'SHOW GRANTS'",
        password,
    ).splitlines()

    assert grants[0].startswith("GRANT USAGE ON *.* ")
    assert [line for line in grants[1:] if " ON `microblog`.* " not in line] == []


def test_secrets_are_nowhere_to_be_seen(root, lab):
    shown = json.dumps(
        [
            root(f"docker inspect {' '.join(CONTAINERS)}"),
            root("cat /opt/microblog-complete/compose.yaml"),
            root("ps -ef"),
        ]
    )

    for account in ("microblog-database", "microblog-secret-key"):
        secret = Path(lab["lab_state_dir"], "passwords", account).read_text("ascii")
        assert secret not in shown
