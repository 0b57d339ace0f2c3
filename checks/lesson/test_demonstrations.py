"""The demonstrations: they show what they are about, and leave nothing changed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

testinfra_hosts = ["ansible://lesson_nodes"]
pytestmark = pytest.mark.intrusive

ROOT = Path(__file__).resolve().parents[2]
TURN = re.compile(r"healthcheck-web-1 .*\((\w+)\)")


@pytest.fixture
def demonstration(request):
    """A function that runs a demonstration and gives what it printed."""
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    inventory = request.config.getoption("--ansible-inventory")

    def run(name):
        # Relative paths of an inventory are meant from where pytest was started.
        command = [program, f"--inventory={Path(inventory).resolve()}", f"playbooks/{name}.yml"]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:]
        return done.stdout

    return run


def test_a_killed_container_turns_unhealthy_and_back(demonstration, docker):
    shown = demonstration("demo_healthcheck")

    assert TURN.findall(shown) == ["healthy", "unhealthy", "healthy"]
    assert "(healthy)" in docker("ps --filter name=healthcheck-web-1")


def test_a_container_that_was_killed_before_is_mended_first(demonstration, host, lab):
    host.check_output("curl --silent --fail http://127.0.0.1:%s/kill", str(lab["healthcheck_port"]))
    host.check_output("timeout 60 sh -c 'until docker ps | grep unhealthy; do sleep 1; done'")

    assert TURN.findall(demonstration("demo_healthcheck"))[0] == "healthy"


def test_a_changed_page_reinstalls_the_libraries_only_where_all_is_copied_first(
    demonstration, docker, host
):
    shown = demonstration("demo_cache")
    careful, careless = re.findall(r"RUN python -m venv .* (\S+) +(\S+)\n", shown)

    assert careful[1] == "CACHED"
    assert re.fullmatch(r"[\d.]+s", careless[1])
    assert not docker("image ls --quiet demo-cache")
    assert not host.check_output("find /tmp -maxdepth 1 -name '*.demo-cache'")
