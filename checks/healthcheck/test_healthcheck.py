"""The health check as a learner sees it: well, killed, told so by docker ps, restarted, well."""

import time
import urllib.error
import urllib.request

import pytest

testinfra_hosts = ["ansible://lesson_nodes"]

NAME = "healthcheck-web-1"
# Seconds. Docker asks every two, and believes a failure when it is told twice.
FEW_SECONDS = 15


@pytest.fixture
def service(address, lab):
    return address(lab["healthcheck_port"])


def get(url):
    """Status and text of a page."""
    try:
        with urllib.request.urlopen(url, timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def wait_until(docker, state):
    """Wait until docker ps shows a state; fail with what it shows instead."""
    deadline = time.monotonic() + FEW_SECONDS
    while f"({state})" not in (
        shown := docker("ps --filter name=%s --format '{{.Status}}'", f"^{NAME}$")
    ):
        assert time.monotonic() < deadline, f"{NAME} is not {state}: {shown}"
        time.sleep(0.5)


def test_container_runs_the_pinned_image_safely(lab, runs_safely):
    runs_safely("healthcheck", "web", lab["healthcheck_image"])


def test_service_says_that_it_is_well(service):
    assert get(f"{service}/health") == (200, "OK")


@pytest.mark.parametrize(("language", "word"), [("en", "This app is"), ("fr", "Cette application")])
def test_page_speaks_the_visitors_language(service, language, word):
    assert word in get(f"{service}/?lang={language}")[1]


@pytest.mark.intrusive
def test_docker_ps_shows_a_killed_service_until_it_is_restarted(docker, service):
    try:
        assert get(f"{service}/kill") == (200, "You have killed your app.")
        assert get(f"{service}/health") == (500, "NOT OK")
        wait_until(docker, "unhealthy")
    finally:
        docker("restart %s", NAME)
        wait_until(docker, "healthy")
    assert get(f"{service}/health") == (200, "OK")
