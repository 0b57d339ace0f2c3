"""The complete blog, or one from git in its place, and the database that only it can reach."""

import json
import urllib.request

import pytest

testinfra_hosts = ["ansible://lesson_nodes"]

STACK = "microblog-complete"


@pytest.fixture
def blog(address, lab):
    return address(lab["microblog_complete_port"])


@pytest.fixture
def from_git(repository):
    """Whether an application from git runs here, of which little is known."""
    return repository(STACK).startswith("git/")


def test_containers_run_safely(lab, runs_safely, from_git):
    runs_safely(STACK, "mariadb", lab["lab_images"]["mariadb"])
    runs_safely(STACK, "web", may_be_root=from_git)


@pytest.mark.parametrize(("language", "words"), [("en", "Log in"), ("fr", "Se connecter")])
def test_strangers_are_asked_to_log_in_in_their_language(blog, from_git, language, words):
    request = urllib.request.Request(f"{blog}/", headers={"Accept-Language": language})
    with urllib.request.urlopen(request, timeout=10) as reply:
        assert from_git or words in reply.read().decode()


def test_blog_reaches_its_database(host, lab, from_git):
    if from_git:
        pytest.skip("an application from git need not tell")
    ready = f"{lab['microblog_complete_proof_url']}/readyz"

    host.check_output("curl --silent --fail --max-time 10 %s", ready)


def test_blog_is_what_was_asked_for(runs_what_was_asked_for):
    runs_what_was_asked_for(STACK)


def test_database_is_reached_by_the_blog_only(stack):
    database, *_ = stack(STACK, "mariadb")

    assert not any(database["NetworkSettings"]["Ports"].values())
    assert set(database["NetworkSettings"]["Networks"]) == {f"{STACK}_database"}


def test_blogs_account_is_for_its_own_databases_only(docker, stack):
    database, *_ = stack(STACK, "mariadb")
    web, *_ = stack(STACK, "web")
    environment = dict(each.partition("=")[::2] for each in web["Config"]["Env"])
    name = environment["DATABASE_URL"].rpartition("/")[2]
    # Root in the container is root of the database, without a password.
    grants = docker(
        "exec --user 0 %s mariadb --batch --skip-column-names --execute %s",
        database["Id"],
        "SHOW GRANTS FOR microblog",
    )
    grants = grants.replace("\\", "").splitlines()

    assert grants[0].startswith("GRANT USAGE ON *.* ")
    assert any(f" ON `{name}`.* " in grant for grant in grants)
    # Each application from git has, or had, a database of its own.
    others = ("*.*", "`mysql`.", "`sys`.", "`information_schema`.", "`performance_schema`.")
    assert not [grant for grant in grants[1:] if grant.partition(" ON ")[2].startswith(others)]


@pytest.mark.parametrize("account", ["microblog-database", "microblog-secret-key"])
def test_secrets_are_nowhere_to_be_seen(facts, stack, is_hidden, account):
    is_hidden(
        account,
        what_Docker_shows=json.dumps(stack(STACK)),
        compose_yaml=facts["files"]["/opt/microblog-complete/compose.yaml"],
        the_list_of_processes="\n".join(facts["processes"]),
    )
