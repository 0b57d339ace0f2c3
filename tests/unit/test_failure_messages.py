"""A failed build of the VM image names what was seen, and a remedy only for a cause it saw."""

import pytest
import yaml
from commands import ROOT, play

OUTPUTS = {
    "script": "/tmp/build_image.sh: not found",
    "line-ends": "/usr/bin/env: 'sh\\r': No such file or directory",
    "suite": "I: running\nE: trixi: no such suite\nI: cleaning up",
    "full-disk": "cp: error writing '/mnt/x': No space left on device",
    "mirror": "E: Failed to fetch http://no.invalid/dists  Could not resolve 'no.invalid'",
    "silent": "",
}
REMEDIES = {
    "full-disk": "Make room on the controller's disk",
    "mirror": "the Debian mirror answers",
}


@pytest.fixture(scope="module")
def messages(tmp_path_factory):
    """What the role says after each output; one run for all, a host for each."""
    folder = tmp_path_factory.mktemp("failed")
    tasks = yaml.safe_load((ROOT / "roles/lab_vm/tasks/image.yml").read_text())
    rescue = next(task["rescue"] for task in tasks if "rescue" in task)
    results = {
        name: {"ansible_failed_result": {"msg": "non-zero return code", "stderr": output}}
        for name, output in OUTPUTS.items()
    }
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": results}}))
    (folder / "play.yml").write_text(yaml.safe_dump([{"hosts": "all", "tasks": rescue}]))
    done = play(
        f"--inventory={folder}/hosts.yml",
        folder / "play.yml",
        ANSIBLE_STDOUT_CALLBACK="ansible.builtin.oneline",
    )
    return {
        name: next(line for line in done.stdout.splitlines() if line.startswith(f"{name} "))
        for name in OUTPUTS
    }


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_failed_vm_image_has_the_remedy_of_the_cause_that_was_seen(messages, name):
    for cause, remedy in REMEDIES.items():
        assert (remedy in messages[name]) == (name == cause)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("script", "build_image.sh: not found"),
        ("suite", "E: trixi: no such suite"),
        ("silent", "non-zero return code"),
    ],
)
def test_a_failed_vm_image_names_what_was_printed(messages, name, sentence):
    assert sentence in messages[name]
