"""A simulated VM on a controller with cgroup v2, as nearly every reader's is."""

import pytest

# systemctl waits over the bus, which is not there from the first moment.
BOOTED = """
    until [ -S /run/dbus/system_bus_socket ]; do sleep 0.2; done
    systemctl is-system-running --wait
"""


def test_the_controller_has_cgroup_v2(guest):
    assert guest.docker("info", "--format", "{{.CgroupVersion}} {{.CgroupDriver}}") == "2 systemd"


def test_systemd_in_the_simulated_vm_is_running(vm):
    assert vm.docker("exec", "cgroup1", "timeout", "120", "sh", "-c", BOOTED) == "running"


def test_ssh_lets_the_key_of_the_lab_in(vm):
    assert vm.vm("hostname; sudo id --user").split() == ["cgroup1", "0"]


def test_the_engine_in_the_simulated_vm_has_the_usual_drivers(vm):
    drivers = vm.vm("sudo docker info --format '{{.Driver}} {{.CgroupDriver}} {{.CgroupVersion}}'")

    assert drivers == "overlay2 systemd 2"


def test_a_container_runs_in_the_simulated_vm(vm):
    vm.vm("sudo tar -C /usr -c bin/busybox | sudo docker import - probe:1")

    assert vm.vm("sudo docker run --rm probe:1 /bin/busybox echo it runs") == "it runs"


def test_the_simulated_vm_boots_again_when_its_container_is_restarted(vm):
    vm.docker("restart", "cgroup1")

    assert vm.docker("exec", "cgroup1", "timeout", "120", "sh", "-c", BOOTED) == "running"


def test_a_simulated_vm_that_ends_at_once_leaves_its_last_words(vm):
    image = vm.docker("inspect", "--format", "{{.Config.Image}}", "cgroup1")
    vm.docker("create", "--name", "origin", image, "sh", "-c", "echo no more threads >&2; exit 3")
    vm.docker("commit", "origin", "ends:1")

    with pytest.raises(AssertionError) as failure:
        vm.start_vm(
            __lab_vm_image="ends:1",
            lab_vm_name="ends1",
            lab_vm_address="10.213.5.12",
            lab_vm_ssh_port="22502",
        )

    told = " ".join(str(failure.value).split())
    assert "ends1 did not boot: " in told
    assert "last exit status 3" in told
    assert "its log ends with: no more threads" in told
