"""A registry that lets in who has the password, and a mirror that gives but never takes."""

import base64
import json
import urllib.error
import urllib.request

import pytest

testinfra_hosts = ["ansible://builder"]


def ask(url, trusted, method="GET", password=None):
    """Status and body of one request; the password is that of admin."""
    manifest = "application/vnd.docker.distribution.manifest.v2+json"
    oci = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json"
    request = urllib.request.Request(url, method=method, headers={"Accept": f"{manifest}, {oci}"})
    if password:
        basic = base64.b64encode(f"admin:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {basic}")
    try:
        with urllib.request.urlopen(request, context=trusted, timeout=10) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.fixture
def registry(lab):
    return f"https://{lab['lab_address']}:{lab['lab_registry_port'] + lab['lab_port_offset']}"


@pytest.fixture
def mirror(lab):
    return (
        f"https://{lab['lab_address']}:{lab['lab_registry_mirror_port'] + lab['lab_port_offset']}"
    )


@pytest.mark.parametrize("name", ["registry-registry-1", "registry-mirror-1"])
def test_container_is_healthy_confined_and_not_root(root, name):
    facts = json.loads(root("docker inspect %s", name))[0]

    assert facts["State"]["Health"]["Status"] == "healthy"
    assert facts["HostConfig"]["ReadonlyRootfs"]
    assert facts["HostConfig"]["CapDrop"] == ["ALL"]
    assert facts["Config"]["User"].split(":")[0] not in ("", "0", "root")


def test_registry_lists_the_labs_repositories_to_who_has_the_password(registry, trusted, password):
    status, body = ask(f"{registry}/v2/_catalog", trusted, password=password)

    assert status == 200
    assert {"identidock", "dnmonster", "edge", "library/debian", "library/python"} <= set(
        json.loads(body)["repositories"]
    )


@pytest.mark.parametrize("wrong", [None, "wrong"])
def test_registry_refuses_who_has_no_password(registry, trusted, wrong):
    assert ask(f"{registry}/v2/identidock/manifests/1.0", trusted, password=wrong)[0] == 401
    assert ask(f"{registry}/v2/identidock/blobs/uploads/", trusted, "POST", wrong)[0] == 401


def test_mirror_serves_base_images_without_a_password(mirror, trusted):
    assert ask(f"{mirror}/v2/library/debian/manifests/13", trusted)[0] == 200


def test_mirror_has_nothing_but_base_images(mirror, trusted):
    assert ask(f"{mirror}/v2/identidock/manifests/1.0", trusted)[0] == 404
    repositories = json.loads(ask(f"{mirror}/v2/_catalog", trusted)[1])["repositories"]

    assert all(name.startswith("library/") for name in repositories)


@pytest.mark.parametrize("repository", ["library/debian", "library/new", "identidock"])
def test_mirror_takes_nothing(mirror, trusted, repository):
    assert ask(f"{mirror}/v2/{repository}/blobs/uploads/", trusted, "POST")[0] == 405


def test_passwords_are_nowhere_to_be_seen(root, password):
    assert password not in root("docker inspect registry-registry-1 registry-mirror-1")
    assert password not in root("cat /opt/registry/compose.yaml /opt/registry/config/htpasswd")
