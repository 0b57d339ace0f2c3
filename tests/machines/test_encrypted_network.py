"""A swarm of two simulated VMs on a kernel that has IPsec, as `swarm_encrypted` needs it."""

import re

import pytest

ADDRESSES = {"cgroup1": "10.213.5.11", "cgroup2": "10.213.5.12"}
IMAGE = "tar -C /usr -c bin/busybox | docker import - probe:1"
SERVE = "mkdir www; echo it arrived > www/index.html; httpd -f -p 8000 -h www"
ASK = "wget -q -T 60 -O - http://there:8000/"


@pytest.fixture(scope="module")
def on(vm):
    """A function that runs a command on one of the VMs."""
    vm.start_vm(lab_vm_name="cgroup2", lab_vm_address=ADDRESSES["cgroup2"], lab_vm_ssh_port="22502")

    def on(name, command):
        return vm.docker("exec", name, "sh", "-euc", command)

    for name in ADDRESSES:
        on(name, f"until docker info > /dev/null 2>&1; do sleep 1; done; {IMAGE}")
    manager = ADDRESSES["cgroup1"]
    on("cgroup1", f"docker swarm init --advertise-addr {manager}")
    token = on("cgroup1", "docker swarm join-token --quiet worker")
    on("cgroup2", f"docker swarm join --token {token} {manager}:2377")
    return on


def test_what_is_sent_arrives_and_was_encrypted(on):
    run = "docker run --network cache"
    on("cgroup1", "docker network create --driver overlay --attachable --opt encrypted= cache")
    on("cgroup1", f"{run} --detach --name there probe:1 /bin/busybox sh -c '{SERVE}'")

    assert on("cgroup2", f"{run} --rm probe:1 /bin/busybox {ASK}") == "it arrived"
    # The kernel's count of what it encrypted, or decrypted, with each key.
    counts = re.findall(r"(\d+)\(bytes\), \d+\(packets\)", on("cgroup2", "ip -s xfrm state"))
    assert any(map(int, counts)), counts
