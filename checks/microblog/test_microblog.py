"""The small blog, twice from one image."""

import re
import urllib.request

import pytest

testinfra_hosts = ["ansible://lesson_nodes"]

CONTAINERS = ["microblog-first-1", "microblog-second-1"]


def test_each_instance_greets_somebody_and_shows_posts(address, lab):
    for port in lab["microblog_ports"]:
        with urllib.request.urlopen(address(port), timeout=10) as reply:
            page = reply.read().decode()

        assert re.search(r"<h1>Hi, [^<]+!</h1>", page), f"port {port}"
        assert "<article>" in page, f"port {port}"


def test_both_instances_run_one_image(inspect, lab):
    images = {(inspect(name)["Config"]["Image"], inspect(name)["Image"]) for name in CONTAINERS}

    assert len(images) == 1
    assert images.pop()[0] == lab["lab_images"]["microblog"]


@pytest.mark.parametrize("name", CONTAINERS)
def test_container_runs_safely(runs_safely, name):
    runs_safely(name)


def test_instance_runs_as_microblog(root):
    assert root("docker exec %s whoami", CONTAINERS[0]).strip() == "microblog"
