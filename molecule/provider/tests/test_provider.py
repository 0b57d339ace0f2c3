"""What a provider's VM has of its own stays, and what the lab needs works on it."""

import json
import re

import pytest
from testinfra.backend.docker import DockerBackend
from testinfra.host import Host

INVENTORY = "--inventory=molecule/provider/inventory"
ADDRESS = "10.213.3.11"
VMS = ["provider1", "provider2"]
BASE_IMAGE = (
    "docker image ls --no-trunc --quiet --filter 'reference=registry.lab:5443/library/debian:13-*'"
)


@pytest.fixture(scope="module")
def vm(docker):
    """A function that gives one of the VMs; root there, from the controller's Docker."""

    class Backend(DockerBackend):
        """Testinfra's own, by sudo for a user who may not use Docker otherwise."""

        def run_local(self, command, *args):
            return super().run_local(command.replace("docker", " ".join(docker), 1), *args)

    return lambda name: Host(Backend(name))


@pytest.fixture(scope="module")
def own(vm):
    """The VM with a Docker of its own."""
    return vm("provider1")


def config(host):
    """Docker's configuration."""
    return json.loads(host.check_output("cat /etc/docker/daemon.json"))


def started(host):
    """When the owner's container was started."""
    return host.check_output("docker container inspect --format '{{ .State.StartedAt }}' own")


@pytest.mark.parametrize("name", VMS)
def test_curl_is_there(vm, name):
    assert vm(name).exists("curl")


def test_the_owners_configuration_stays_and_what_the_lab_needs_joins_it(own):
    found = config(own)

    assert found["data-root"] == "/var/lib/docker/own"
    assert found["log-driver"] == "local"
    assert found["registry-mirrors"] == ["https://registry.lab:5444", "https://mirror.example.org"]
    assert found["live-restore"] is True
    # The lab's are options of another log driver, and of networks before there were any.
    assert not {"log-opts", "bip", "default-address-pools"} & set(found)


def test_the_owners_own_file_is_kept(own):
    kept = own.check_output("cat /etc/docker/daemon.json.*")

    assert json.loads(kept) == {
        "data-root": "/var/lib/docker/own",
        "log-driver": "local",
        "registry-mirrors": ["https://mirror.example.org"],
    }
    assert own.file("/etc/docker/daemon.json").mode == 0o640


def test_the_owners_container_and_volume_are_there_and_untouched(own):
    assert started(own) == own.check_output("cat /root/own-started")
    assert own.check_output("curl --silent http://127.0.0.1:5003/") == "mine"
    assert own.run("docker volume inspect own").succeeded


def test_the_mirrors_are_in_force(own):
    mirrors = own.check_output("docker info --format '{{ json .RegistryConfig.Mirrors }}'")

    assert json.loads(mirrors) == ["https://registry.lab:5444/", "https://mirror.example.org/"]


@pytest.mark.parametrize("name", VMS)
def test_registry_has_an_address_where_the_inventory_has_a_name(vm, name):
    assert vm(name).check_output("getent hosts registry.lab").split() == [ADDRESS, "registry.lab"]


def test_registry_keeps_its_address_when_cloud_init_writes_the_hosts_file(own):
    own.check_output("sed -i /registry.lab/d /etc/hosts")
    own.check_output("cloud-init single --name update_etc_hosts --frequency always")

    assert "Your system has configured 'manage_etc_hosts'" in own.file("/etc/hosts").content_string
    assert own.check_output("getent hosts registry.lab").split() == [ADDRESS, "registry.lab"]


@pytest.mark.parametrize("name", VMS)
def test_apt_in_the_base_image_has_addresses_it_can_reach(vm, name):
    sources = vm(name).check_output(f"docker run --rm $({BASE_IMAGE}) cat /etc/apt/sources.list")

    assert [line.split()[1][:4] for line in sources.splitlines() if line] == ["http"] * 3


def test_both_vms_make_the_same_base_image(vm):
    (image,) = {vm(name).check_output(BASE_IMAGE) for name in VMS}

    assert image.startswith("sha256:")


@pytest.mark.parametrize("file", ["etc/hostname", "etc/resolv.conf"])
def test_base_image_tells_nothing_of_the_vm_that_made_it(own, file):
    names = own.check_output(
        "tar --list --file /var/cache/base-image/trixie/*/root.tar"
    ).splitlines()

    assert "./etc/passwd" in names
    assert f"./{file}" not in names


def test_dry_run_tells_what_it_would_install_and_installs_nothing(vm, ansible_playbook):
    host = vm("provider2")
    host.check_output("apt-get remove --yes curl")
    state = "dpkg --list; ls --recursive --full-time /etc/apt /var/lib/apt /var/cache/apt"
    before = host.check_output(state)

    code, said = ansible_playbook(INVENTORY, "playbooks/nodes.yml", "--check", "--limit=provider2")

    assert code == 0, said
    assert "Would be installed: curl" in said
    assert host.check_output(state) == before


def test_a_key_set_and_taken_out_again_works_each_time(own, ansible_playbook):
    before = config(own)
    proxyless = ["--extra-vars", '{"docker_engine_config": {"userland-proxy": false}}']
    run = [INVENTORY, "playbooks/nodes.yml", "--limit=provider1"]

    for arguments, changes in [(proxyless, True), (proxyless, False), ([], True)]:
        code, said = ansible_playbook(*run, *arguments)

        assert code == 0, said
        assert ("changed=0" not in said) == changes
        assert config(own) == before | ({"userland-proxy": False} if arguments else {})
        assert own.check_output("curl --silent http://127.0.0.1:5003/") == "mine"
    assert started(own) == own.check_output("cat /root/own-started")


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        (
            "lab_registry_address=nowhere.invalid",
            "cannot resolve nowhere.invalid, where it is to find the registry",
        ),
        ("lab_registry_address=localhost", "is provider2 itself and not the registry's machine"),
        (
            "lab_registry_address=10.213.3.99",
            "does not reach the registry's machine at 10.213.3.99, port 5443",
        ),
        ("docker_engine_source=upstream", "has Docker from the package docker.io"),
        (
            '{"docker_engine_config": {"iptables": false}}',
            "configuration says iptables: false, with which the lab cannot work",
        ),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_changed(
    ansible_playbook, setting, sentence
):
    code, said = ansible_playbook(
        INVENTORY, "playbooks/nodes.yml", "--limit=provider2", "--extra-vars", setting
    )

    assert code != 0
    assert sentence in " ".join(said.split())
    assert re.findall(r"provider2\b.*changed=(\d+)", said) == ["0"]


def test_base_image_is_not_made_from_a_mirror_that_is_not_on_the_web(ansible_playbook):
    code, said = ansible_playbook(
        INVENTORY, "playbooks/build.yml", "--extra-vars", "images_mirror=file:/srv/debian"
    )

    assert code != 0
    assert "would take its packages from file:/srv/debian" in " ".join(said.split())
