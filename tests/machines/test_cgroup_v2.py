"""A simulated VM on a controller with cgroup v2, as nearly every reader's is."""

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
