"""The first commands, as somebody types them who is not root and has nothing but Debian.

The tests run in this order, as a person would go.
"""

COPY = "/home/ada/my labs/identidock lab"
PLAY = "LC_ALL=C.UTF-8 .venv/bin/ansible-playbook"
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


def test_an_inventory_of_the_wrong_shape_is_refused(controller):
    controller.type("cp -r inventory/lab inventory/wrong")
    controller.type("sed -i '/builder:/,+2d' inventory/wrong/hosts.yml")

    refused = controller.type("make lab INVENTORY=inventory/wrong")

    assert refused.rc != 0
    assert "The group builder is missing or empty" in " ".join(refused.output.split())
    assert controller.type("command -v dockerd").rc != 0


def test_a_working_copy_that_all_may_write_to_works_with_its_configuration_named(controller):
    named = {"ANSIBLE_CONFIG": f"{COPY}/ansible.cfg"}
    controller.type("chmod o+w .")

    ignored = controller.type(f"{PLAY} --inventory=inventory/lab playbooks/preflight.yml")
    taken = controller.type(f"{PLAY} playbooks/preflight.yml", **named)
    made = controller.type("make doctor")
    controller.type("chmod o-w .")

    assert ignored.rc != 0
    assert f"export ANSIBLE_CONFIG='{COPY}/ansible.cfg'" in " ".join(ignored.output.split())
    assert taken.rc == 0, taken.output
    assert made.rc == 0, made.output
    assert controller.type("command -v dockerd").rc != 0


def test_ones_own_variables_are_taken_and_a_misspelling_is_refused(controller):
    preflight = f"{PLAY} playbooks/preflight.yml"

    taken = controller.type(f"{preflight} -e registry_backup_dir=/x -e identidock_domain=x")
    refused = controller.type(f"{preflight} -e identidock_prot=1")

    assert taken.rc == 0, taken.output
    assert "did you mean identidock_port?" in refused.output


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
        "LC_ALL=C.UTF-8 python3 /home/answer.py .venv/bin/ansible-playbook --ask-become-pass "
        "playbooks/preflight.yml playbooks/machines.yml"
    )

    controller.sudo_password(wanted=False)
    assert done.rc == 0, done.output
    assert controller.type("find .lab .venv ! -user ada").output == ""


def test_a_second_run_changes_nothing(controller):
    done = controller.type(f"{PLAY} playbooks/machines.yml")

    assert done.rc == 0, done.output
    assert "changed=1" not in done.output


def test_make_connects_to_the_vm(controller):
    done = controller.type("make shell < /dev/null && .lab/connect lab1 hostname")

    assert done.rc == 0, done.output
    assert done.output.splitlines()[-1] == "lab1"


def test_an_unknown_vm_is_named(controller):
    assert "There is no VM lab9" in controller.type("make logs VM=lab9").output


def test_another_working_copy_may_not_take_the_network(controller):
    controller.type(
        f"mkdir -p '{SECOND}' && tar -c --exclude=./.venv --exclude=./.lab . | tar -x -C '{SECOND}'"
        f" && ln -s \"$PWD/.venv\" '{SECOND}/.venv'"
    )
    inventory = "inventory/lab/hosts.yml"
    controller.type(f"sed -i 's/lab1/other1/; s/0.11/0.12/; s/2201/2202/' {inventory}", SECOND)

    refused = controller.type(
        f"{PLAY} playbooks/machines.yml -e '{{\"lab_port_offset\": 1000}}'", SECOND
    )
    gone = controller.type("make down CONFIRM=yes", SECOND)

    assert refused.rc != 0
    assert "The Docker network identidock-lab is there already" in " ".join(refused.output.split())
    assert gone.rc == 0, gone.output
    assert controller.type(".lab/connect lab1 hostname").rc == 0


def test_make_down_removes_what_was_made(controller):
    done = controller.type("make down CONFIRM=yes")

    assert done.rc == 0, done.output
    assert controller.root("docker ps --all --quiet; docker volume ls --quiet") == ""
