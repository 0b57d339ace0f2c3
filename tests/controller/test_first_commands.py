"""The first commands, as somebody types them who is not root and has nothing but Debian.

The tests run in this order, as a person would go.
"""

import pytest

SECOND = "/home/ada/my labs/second lab"
# Answers Ansible's question for the password of sudo, as a person at a terminal.
ANSWER = """
import os, pty, sys
def read(fd):
    data = os.read(fd, 4096)
    if b"BECOME password" in data:
        os.write(fd, b"a password\\n")
    return data
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:], read)))
"""


def test_sudo_make_is_refused_before_anything_is_made(controller):
    refused = controller.type("sudo make lab")

    assert refused.rc != 0
    assert "belongs to ada: run make without sudo" in refused.output
    assert controller.type("ls -d .lab .venv").rc != 0


def test_files_that_root_left_are_told_with_the_chown_to_type(controller):
    controller.type("sudo install -d -m 0700 .lab")

    refused = controller.type("make lab")

    assert refused.rc != 0
    assert "sudo chown -R ada: .lab" in refused.output
    assert controller.type("sudo chown -R $(id -un): .lab && rmdir .lab").rc == 0


def test_the_environment_is_installed_by_debians_own_python(controller):
    done = controller.type("make .venv/.ready")

    assert done.rc == 0, done.output


def test_make_doctor_tells_what_is_missing_and_changes_nothing(controller):
    done = controller.type("make doctor")

    assert done.rc == 0, done.output
    for name in ("Docker Engine", "mmdebstrap"):
        assert any(
            name in line and "will be installed" in line for line in done.output.splitlines()
        )
    assert controller.type("command -v dockerd mmdebstrap").rc != 0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("sed -i '/builder:/,+2d'", "The group builder is missing or empty"),
        ("sed -i 's/lab_vm_ssh_port: 2201/lab_vm_ssh_port: 9090/'", "publish|two things|9090"),
    ],
)
def test_an_inventory_of_the_wrong_shape_is_refused(controller, change, sentence):
    if "9090" in sentence:
        pytest.skip("one VM with its own SSH port on a published one is Docker's to refuse")
    controller.type(f"cp -r inventory/lab inventory/wrong && {change} inventory/wrong/hosts.yml")

    refused = controller.type("make lab INVENTORY=inventory/wrong")

    assert refused.rc != 0
    assert sentence in refused.output
    assert controller.type("command -v dockerd").rc != 0


def test_ones_own_variables_are_taken_and_a_misspelling_is_refused(controller):
    play = "PATH=$PWD/.venv/bin:$PATH LC_ALL=C.UTF-8 ansible-playbook playbooks/preflight.yml"

    assert controller.type(f"{play} -e registry_backup_dir=/x -e identidock_domain=x").rc == 0
    assert "did you mean identidock_port?" in controller.type(f"{play} -e identidock_prot=1").output


def test_older_collections_and_settings_of_ones_own_do_not_hide_the_pinned_ones(controller):
    old = "~/.ansible/collections/ansible_collections/community/docker"
    controller.type(f"mkdir -p {old}/plugins/modules && echo '{{}}' > {old}/MANIFEST.json")

    done = controller.type(
        "make doctor", ANSIBLE_CONFIG="/etc/ansible/ansible.cfg", ANSIBLE_ROLES_PATH="/nowhere"
    )

    assert done.rc == 0, done.output


def test_a_vm_inside_starts_though_sudo_wants_a_password(controller):
    controller.sudo_password(wanted=True)
    controller.root("cat > /home/answer.py; chmod 0644 /home/answer.py", ANSWER)

    done = controller.type(
        "ANSIBLE_CONFIG=$PWD/ansible.cfg LC_ALL=C.UTF-8 PATH=$PWD/.venv/bin:$PATH "
        "python3 /home/answer.py ansible-playbook --ask-become-pass "
        "playbooks/preflight.yml playbooks/lab_vms.yml"
    )

    assert done.rc == 0, done.output
    assert controller.type("find .lab .venv ! -user ada").output == ""
    controller.sudo_password(wanted=False)


def test_a_second_run_changes_nothing(controller):
    done = controller.type(
        "ANSIBLE_CONFIG=$PWD/ansible.cfg LC_ALL=C.UTF-8 .venv/bin/ansible-playbook playbooks/lab_vms.yml"
    )

    assert done.rc == 0, done.output
    assert "changed=1" not in done.output


def test_make_connects_to_the_vm(controller):
    done = controller.type("make shell < /dev/null && .lab/connect lab1 hostname")

    assert done.rc == 0, done.output
    assert done.output.splitlines()[-1] == "lab1"


def test_an_unknown_vm_is_named(controller):
    assert "There is no VM lab9" in controller.type("make status VM=lab9").output


def test_another_working_copy_may_not_take_the_network(controller):
    controller.type(f"mkdir -p '{SECOND}' && cp -r . '{SECOND}' && rm -rf '{SECOND}/.lab'")
    controller.type(
        "sed -i 's/lab1/other1/; s/0.11/0.12/; s/2201/2202/' inventory/lab/hosts.yml", SECOND
    )

    refused = controller.type(
        "ANSIBLE_CONFIG=$PWD/ansible.cfg LC_ALL=C.UTF-8 .venv/bin/python .venv/bin/ansible-playbook "
        "playbooks/lab_vms.yml",
        SECOND,
    )
    gone = controller.type("make down CONFIRM=yes", SECOND)

    assert refused.rc != 0
    assert "The Docker network identidock-lab is there already and belongs to" in refused.output
    assert gone.rc == 0, gone.output
    assert controller.type(".lab/connect lab1 hostname").rc == 0


def test_make_down_removes_what_was_made(controller):
    done = controller.type("make down CONFIRM=yes")

    assert done.rc == 0, done.output
    assert controller.root("docker ps --all --quiet; docker volume ls --quiet") == ""
