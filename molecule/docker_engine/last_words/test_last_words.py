"""A simulated VM that cannot start leaves its last words, and is named."""

from functools import partial

import pytest
import yaml
from commands import run

NAME = "molecule-ends"
IMAGE = f"{NAME}:1"
PLACE = {"lab_vm_address": "10.213.1.13", "lab_vm_ssh_port": 12213, "lab_port_offset": 15000}


@pytest.fixture
def _image(docker, vm_name):
    """The VM's own image with a command that ends at once, and nothing left of it in the end."""

    engine = partial(run, *docker)
    image = engine("inspect", "--format", "{{.Config.Image}}", vm_name).strip()
    engine("create", "--name", NAME, image, "sh", "-c", "echo no more threads >&2; exit 3")
    engine("commit", NAME, IMAGE)
    engine("rm", NAME)
    yield
    engine("rm", "--force", NAME)
    engine("volume", "rm", "--force", f"{NAME}-docker", f"{NAME}-home")
    engine("image", "rm", IMAGE)


@pytest.mark.usefixtures("_image")
def test_a_simulated_vm_that_ends_at_once_leaves_its_last_words(ansible_playbook, tmp_path):
    file = tmp_path / "hosts.yml"
    file.write_text(yaml.safe_dump({"lab_vms": {"hosts": {NAME: PLACE}}}))

    code, said = ansible_playbook(
        "--inventory=molecule/inventory",
        f"--inventory={file}",
        f"--limit=localhost,{NAME}",
        f"--extra-vars=__lab_vm_image={IMAGE}",
        "playbooks/machines.yml",
    )

    assert code != 0
    told = " ".join(said.split())
    assert f"{NAME} did not boot: " in told
    assert "last exit status 3" in told
    assert "its log ends with: no more threads" in told
