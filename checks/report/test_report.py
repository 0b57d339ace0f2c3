"""The pages about the lab's images agree with what Docker itself says."""

import json
import re
import subprocess
from pathlib import Path

import pytest

testinfra_hosts = ["ansible://docker_nodes"]

PROJECT = Path(__file__).resolve().parents[2]
PAGES = ["lab.html", "lab.fr.html"]


@pytest.fixture(scope="session")
def pages(pytestconfig, tmp_path_factory):
    """The pages by file name, written anew: all the rest compares them with this very moment."""
    directory = tmp_path_factory.mktemp("report")
    inventory = Path(pytestconfig.getoption("--ansible-inventory")).resolve()
    command = ["ansible-playbook", f"--inventory={inventory}", "playbooks/report.yml"]
    subprocess.run(
        [*command, f"--extra-vars=report_dir={directory}"],
        cwd=PROJECT,
        check=True,
        stdout=subprocess.PIPE,
    )
    return {name: (directory / name).read_text(encoding="utf-8") for name in PAGES}


def section(page, image):
    """The part of a page that is about one image."""
    short = image.removeprefix("sha256:")[:12]
    found = re.search(rf'(?s)<article class="card" id="image-{short}">(.*?)</article>', page)
    return found and found[1]


@pytest.fixture
def named(root):
    """What `docker image inspect` says of every image that has a name."""
    ids = set(root("docker image ls --no-trunc --quiet --filter dangling=false").split())
    return json.loads(root(f"docker image inspect {' '.join(sorted(ids))}"))


@pytest.mark.parametrize("name", PAGES)
def test_every_image_is_there_with_its_tags_and_layers(pages, named, name):
    for image in named:
        found = section(pages[name], image["Id"])

        assert found, image["RepoTags"]
        assert all(tag in found for tag in image["RepoTags"])
        assert [layer for layer in image["RootFS"]["Layers"] if layer[7:19] not in found] == []


def test_unique_sizes_are_those_of_docker_system_df(pages, root):
    if pages[PAGES[0]].count("<code>docker system df</code>") > 1:
        pytest.skip("the engine of one VM does not know what the others share")
    verbose = "{{range .Images}}{{json .}}{{println}}{{end}}"
    for line in root("docker system df --verbose --format %s", verbose).splitlines():
        image = json.loads(line)
        short = image["ID"].removeprefix("sha256:")[:12]
        row = re.search(
            rf'(?s)<tr>\s*<th scope="row"><a href="#image-{short}">(.*?)</tr>', pages[PAGES[0]]
        )
        if row:
            assert f">{image['UniqueSize']}<" in row[1]


def test_every_container_is_there(pages, root):
    for name in root("docker container ls --all --format {{.Names}}").split():
        assert f'<th scope="row">{name}</th>' in pages[PAGES[0]]


def test_the_labs_own_images_tell_no_secret(pages, named, lab):
    published = {reference.partition("@")[2] for reference in lab["lab_images"].values()}
    ours = [
        section(pages[PAGES[0]], image["Id"])
        for image in named
        if published & {digest.partition("@")[2] for digest in image["RepoDigests"]}
    ]

    assert ours
    assert [found for found in ours if 'class="warning"' in found] == []


def test_no_password_of_the_lab_is_on_the_pages(pages, lab):
    for password in Path(lab["lab_state_dir"], "passwords").iterdir():
        assert password.read_text(encoding="ascii") not in "".join(pages.values())


def test_the_registrys_digests_are_there(pages, lab):
    catalogue = pages[PAGES[0]].partition('<h2 id="registry">')[2]

    for reference in lab["lab_images"].values():
        assert f'title="{reference.partition("@")[2]}"' in catalogue
