"""`make check` looks: afterwards everything on the VM is as it was, but for logs."""

import json
import os
import subprocess
import time

import pytest

# What the inventory of Molecule makes.
VM = os.environ.get("CHECK_VM", "molecule1")
INVENTORY = os.environ.get("CHECK_INVENTORY", "molecule/inventory")
# Of the engine's events, those of its own health checks and of commands that look.
HARMLESS = ("exec_create", "exec_start", "exec_die", "health_status", "top")
FILES = "/etc /home /opt /root /srv /usr/local /var/lib/identidock-lab /var/spool"
STATE = {
    "containers, their health and their restarts": """
        docker ps --all --quiet | xargs docker inspect --format
        '{{.Name}} {{.Id}} {{.Created}} {{.RestartCount}}
        {{.State.StartedAt}} {{.State.Health.Status}}'
    """,
    "images": """
        docker image ls --all --no-trunc --digests --format
        '{{.ID}} {{.Repository}}:{{.Tag}} {{.Digest}}'
    """,
    "networks and volumes": "docker network ls --no-trunc; docker volume ls",
    # What runc keeps there for a moment belongs to a health check.
    "files": f"""
        find {FILES} -xdev -type f -exec sha256sum {{}} +
        && find /tmp -maxdepth 1 ! -name 'runc-process*'
    """,
    "the registry's repositories, tags and uploads": """
        find /var/lib/docker/volumes/registry_data -type f -printf '%p %s %T@\\n'
    """,
    "monsters in the cache": """
        docker exec identidock-redis-1 sh -c
        'REDISCLI_AUTH=$(cat /run/secrets/redis_password) redis-cli --scan'
    """,
}


@pytest.fixture
def vm(docker):
    """A function that runs a command as root on the machine and gives its lines, sorted."""

    def run(command):
        done = subprocess.run(
            [*docker, "exec", VM, "sh", "-c", " ".join(command.split())],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return sorted(done.stdout.splitlines())

    return run


def test_check_finds_all_well_and_changes_nothing_but_logs(ansible_playbook, vm):
    before = {name: vm(command) for name, command in STATE.items()}
    started = time.time()
    code, said = ansible_playbook(f"--inventory={INVENTORY}", "playbooks/check.yml")
    events = vm(f"docker events --since {started} --until {time.time()} --format '{{{{json .}}}}'")
    after = {name: vm(command) for name, command in STATE.items()}

    assert code == 0, said
    assert " checks in " in said
    for name in STATE:
        assert after[name] == before[name], name
    harmful = [
        event for event in map(json.loads, events) if not event["Action"].startswith(HARMLESS)
    ]
    assert not harmful


def test_dry_run_of_the_check_looks_as_well(ansible_playbook):
    code, said = ansible_playbook(f"--inventory={INVENTORY}", "playbooks/check.yml", "--check")

    assert code == 0, said
    assert " checks in " in said
