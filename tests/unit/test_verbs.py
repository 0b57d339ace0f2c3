"""What `make` runs: playbooks that Ansible can read, and a lock for those that change the lab."""

import re

import pytest
import yaml
from commands import ROOT, play

MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
VERBS = dict(re.findall(r"(?m)^([a-z-]+): .*\n\tansible-playbook (\S+)", MAKEFILE))
CHANGING = ["lab", "build", "deploy", "update", "rollback", "prune", "down"]


def test_ansible_can_read_the_playbook_of_every_verb():
    done = play("--inventory=inventory/lab", "--syntax-check", *sorted(set(VERBS.values())))

    assert done.returncode == 0, done.stdout


def imports(verb):
    """What the playbook of a verb imports, by the file's name, with the variables given."""
    plays = yaml.safe_load((ROOT / VERBS[verb]).read_text("utf-8"))
    return [
        (each["ansible.builtin.import_playbook"].rpartition("/")[2], each.get("vars"))
        for each in plays
        if "ansible.builtin.import_playbook" in each
    ]


@pytest.mark.parametrize("verb", CHANGING)
def test_what_changes_the_lab_takes_the_lock_first_and_frees_it_last(verb):
    imported = imports(verb)
    first = 1 if verb == "lab" else 0

    assert imported[first] == ("lock.yml", {"lab_verb": f"make {verb}"})
    assert imported[-1] == ("unlock.yml", {"lab_verb": f"make {verb}"})
    # Only the preflight, which looks, comes before.
    assert imported[:first] == [("preflight.yml", None)][:first]


@pytest.mark.parametrize("verb", ["check", "check-hard", "doctor", "releases", "report"])
def test_what_only_looks_takes_no_lock(verb):
    assert "lock.yml" not in dict(imports(verb))


@pytest.mark.parametrize("verb", CHANGING)
def test_what_changes_the_lab_asks_for_the_password_of_sudo_where_it_must(verb):
    asking = re.search(r"(?m)^(.*): export ANSIBLE_BECOME_ASK_PASS", MAKEFILE)

    assert asking
    assert verb in asking[1].split()
