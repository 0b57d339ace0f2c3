"""The small blog, several times from one image, or an application from git in its place."""

import re
import urllib.request

import pytest

testinfra_hosts = ["ansible://lesson_nodes"]


@pytest.fixture
def from_git(repository):
    """Whether an application from git runs here, of which little is known."""
    return repository("microblog").startswith("git/")


def test_containers_run_safely(runs_safely, stack, from_git):
    for container in stack("microblog"):
        service = container["Config"]["Labels"]["com.docker.compose.service"]
        runs_safely("microblog", service, may_be_root=from_git)


def test_each_instance_greets_somebody_and_shows_posts(address, lab, from_git):
    for port in lab["microblog_ports"]:
        with urllib.request.urlopen(address(port), timeout=10) as reply:
            page = reply.read().decode()

        assert from_git or re.search(r"<h1>Hi, [^<]+!</h1>", page), f"port {port} greets nobody"
        assert from_git or "<article>" in page, f"port {port} shows no posts"


@pytest.mark.parametrize(("language", "greeting"), [("en", "Hi, "), ("fr", "Bonjour, ")])
def test_page_speaks_the_visitors_language(address, lab, from_git, language, greeting):
    url = address(lab["microblog_ports"][0])
    request = urllib.request.Request(f"{url}/", headers={"Accept-Language": language})
    with urllib.request.urlopen(request, timeout=10) as reply:
        assert from_git or greeting in reply.read().decode()


def test_there_is_one_container_for_each_port(stack, lab):
    assert len(stack("microblog")) == len(lab["microblog_ports"])


def test_all_instances_run_one_image(stack):
    assert len({container["Image"] for container in stack("microblog")}) == 1


def test_instances_run_what_was_asked_for(runs_what_was_asked_for):
    runs_what_was_asked_for("microblog")


def test_instance_runs_as_microblog(docker, stack, from_git):
    if from_git:
        pytest.skip("an application from git has an account of its own")

    assert docker("exec %s whoami", stack("microblog")[0]["Id"]).strip() == "microblog"
