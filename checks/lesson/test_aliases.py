"""Old names of images, as the mirror serves them to every engine."""

import json
import urllib.request

import pytest

testinfra_hosts = ["ansible://lesson_nodes"]

MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json"
)


@pytest.fixture
def labels(lab, trusted):
    """A function that gives the labels of an image in the mirror."""
    mirror = (
        f"https://{lab['lab_address']}:{lab['lab_registry_mirror_port'] + lab['lab_port_offset']}"
    )

    def get(path):
        request = urllib.request.Request(
            f"{mirror}/v2/library/{path}", headers={"Accept": MANIFESTS}
        )
        with urllib.request.urlopen(request, context=trusted, timeout=30) as reply:
            return json.load(reply)

    def of(image):
        name, _, tag = image.partition(":")
        manifest = get(f"{name}/manifests/{tag}")
        return get(f"{name}/blobs/{manifest['config']['digest']}")["config"]["Labels"]

    return of


@pytest.fixture
def aliases(_testinfra_host):
    """The inventory's table: old names, and the images they stand for."""
    shown = _testinfra_host.ansible("ansible.builtin.debug", "var=lab_image_aliases", check=False)
    return shown["lab_image_aliases"]


def test_an_old_name_says_what_it_truly_is(labels, aliases):
    told = {
        alias: labels(alias)["org.identidock-lab.alias-of"].partition(":")[0] for alias in aliases
    }

    assert told == aliases
