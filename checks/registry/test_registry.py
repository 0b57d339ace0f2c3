"""A registry that lets each write in their own place, and a mirror that gives but never takes."""

import base64
import http.client
import json
import socket
import ssl
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

testinfra_hosts = ["ansible://builder"]

# Seconds.
DAY = 86400


def basic(account, password):
    return f"Basic {base64.b64encode(f'{account}:{password}'.encode()).decode()}"


def ask(url, trusted, method="GET", password=None, account="admin"):
    """Status and body of one request."""
    manifest = "application/vnd.docker.distribution.manifest.v2+json"
    oci = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json"
    request = urllib.request.Request(url, method=method, headers={"Accept": f"{manifest}, {oci}"})
    if password:
        request.add_header("Authorization", basic(account, password))
    try:
        with urllib.request.urlopen(request, context=trusted, timeout=10) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.fixture
def registry(lab):
    return f"https://{lab['lab_address']}:{lab['lab_registry_port'] + lab['lab_port_offset']}"


@pytest.fixture
def mirror_address(lab):
    return (
        f"https://{lab['lab_address']}:{lab['lab_registry_mirror_port'] + lab['lab_port_offset']}"
    )


@pytest.fixture(scope="module")
def learner(lab):
    """Name and password of an account that is not admin."""
    if not lab["lab_learners"]:
        pytest.skip("the inventory names no learner")
    account = lab["lab_learners"][0]
    return account, Path(lab["lab_state_dir"], "passwords", account).read_text(encoding="ascii")


@pytest.fixture(scope="module")
def node(lab):
    """Name and password of the account that the VMs have."""
    return "node", Path(lab["lab_state_dir"], "passwords", "node").read_text(encoding="ascii")


@pytest.fixture(scope="module")
def client(host, lab, learner):
    """A function that runs the Docker client of an ordinary user, logged in as the learner."""
    account, password = learner
    config = host.check_output("mktemp --directory")
    client = f"docker --config {config}"

    def run(command, *arguments):
        return host.run(f"{client} {command}", *arguments)

    try:
        login = f"printf %s | {client} login --username %s --password-stdin %s"
        host.check_output(login, password, account, lab["lab_registry"])
        yield run
    finally:
        host.check_output("rm --recursive %s", config)


@pytest.fixture(scope="module")
def image(host, docker, stack, lab, learner):
    """An image of the learner's, on the VM only and unlike any other."""
    name = f"{lab['lab_registry']}/{learner[0]}/lab-check:1"
    host.check_output(
        "cd $(mktemp --directory) && head --bytes 1000 /dev/urandom > file"
        " && tar --create file | docker import - %s && rm --recursive $PWD",
        name,
    )
    yield name
    host.check_output("docker image rm %s", name)
    # The registry itself can forget images, but no repository.
    repositories = "/var/lib/registry/docker/registry/v2/repositories"
    folder = f"{repositories}/{learner[0]}/lab-check"
    docker("exec %s rm -rf %s", stack("registry", "registry")[0]["Id"], folder)


def raw(url, trusted, method, target, authorization):
    """Status of a request whose address and credentials are sent just as they are given."""
    connection = http.client.HTTPSConnection(
        url.removeprefix("https://"), context=trusted, timeout=10
    )
    connection.putrequest(method, target)
    for value in authorization:
        connection.putheader("Authorization", value)
    connection.putheader("Content-Length", "0")
    connection.endheaders()
    try:
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("service", ["front", "registry", "mirror"])
def test_container_is_healthy_confined_and_not_root(runs_safely, service):
    runs_safely("registry", service)


def test_nothing_reaches_the_registry_but_its_front(stack):
    assert stack("registry", "registry")[0]["HostConfig"]["NetworkMode"] == "none"


def test_registry_has_every_image_that_was_published(registry, trusted, password, lab):
    missing = []
    for reference in lab["lab_images"].values():
        repository, _, digest = reference.partition("/")[2].partition("@")
        target = f"{registry}/v2/{repository}/manifests/{digest}"
        if ask(target, trusted, "HEAD", password)[0] != 200:
            missing.append(reference)

    assert missing == []


@pytest.mark.parametrize("wrong", [None, "wrong"])
def test_registry_refuses_who_has_no_password(registry, trusted, wrong):
    assert ask(f"{registry}/v2/identidock/manifests/1.0", trusted, password=wrong)[0] == 401


@pytest.mark.intrusive
@pytest.mark.parametrize("wrong", [None, "wrong"])
def test_registry_takes_nothing_without_a_password(registry, trusted, wrong):
    assert ask(f"{registry}/v2/identidock/blobs/uploads/", trusted, "POST", wrong)[0] == 401


@pytest.mark.intrusive
def test_a_learner_pushes_pulls_and_deletes_below_their_own_name(client, image):
    pushed = client("push %s", image)
    assert pushed.rc == 0, pushed.stderr

    assert client("image rm %s", image).rc == 0
    pulled = client("pull --quiet %s", image)
    assert pulled.rc == 0, pulled.stderr


@pytest.mark.intrusive
def test_a_learner_pulls_what_the_lab_runs(client, lab):
    pulled = client("pull --quiet %s", lab["lab_images"]["identidock"])

    assert pulled.rc == 0, pulled.stderr


@pytest.mark.intrusive
@pytest.mark.parametrize(
    "repository", ["identidock", "library/debian", "docker/dockerfile", "new", "OWN"]
)
def test_a_push_elsewhere_is_refused_in_a_sentence(client, image, lab, learner, repository):
    account = learner[0]
    elsewhere = f"{lab['lab_registry']}/{repository.replace('OWN', account)}:lab-check"
    client("tag %s %s", image, elsewhere)
    try:
        pushed = client("push %s", elsewhere)
    finally:
        client("image rm %s", elsewhere)

    assert pushed.rc != 0
    assert (
        f"denied: {account} may push to {lab['lab_registry']}/{account}/... only" in pushed.stderr
    )


@pytest.mark.intrusive
def test_a_learner_deletes_their_own_only(registry, trusted, lab, client, image, learner):
    account, password = learner
    assert client("push %s", image).rc == 0
    own = client("inspect --format %s %s", "{{index .RepoDigests 0}}", image).stdout.strip()

    def delete(reference):
        repository, _, digest = reference.partition("/")[2].partition("@")
        target = f"{registry}/v2/{repository}/manifests/{digest}"
        return ask(target, trusted, "DELETE", password, account)[0]

    assert delete(lab["lab_images"]["identidock"]) == 403
    assert delete(own) == 202


@pytest.mark.intrusive
@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("POST", "{}/blobs/uploads/"),
        ("PUT", "{}/manifests/1.0"),
        ("DELETE", "{}/manifests/1.0"),
        ("PATCH", "{}/blobs/uploads/1"),
    ],
)
@pytest.mark.parametrize(
    "repository", ["identidock", "library/debian", "node/own", "node", "git/x"]
)
def test_a_vm_writes_nowhere(registry, trusted, node, repository, method, address):
    account, password = node
    target = f"{registry}/v2/{address.format(repository)}"
    status, said = ask(target, trusted, method, password, account)

    assert status == 403
    assert json.loads(said)["errors"][0]["message"] == "node may pull, and push nowhere"


@pytest.mark.intrusive
@pytest.mark.usefixtures("image")
def test_a_layer_the_registry_has_is_not_sent_again(registry, trusted, learner):
    account, password = learner
    manifest = ask(f"{registry}/v2/library/debian/manifests/13", trusted, "GET", password, account)
    layer = json.loads(manifest[1])["layers"][0]["digest"]
    target = f"/v2/{account}/lab-check/blobs/uploads/?mount={layer}&from=library/debian"

    assert ask(f"{registry}{target}", trusted, "POST", password, account)[0] == 201


@pytest.mark.intrusive
@pytest.mark.parametrize(
    "target",
    [
        "/v2/identidock/blobs/uploads/",
        "/v2/docker/dockerfile/blobs/uploads/",
        "/v2/OWN/../identidock/blobs/uploads/",
        "/v2/OWN/x/../../identidock/blobs/uploads/",
        "/v2/OWN/%2e%2e/identidock/blobs/uploads/",
        "/v2/OWN/..%2fidentidock/blobs/uploads/",
        "/v2/OWN%2f..%2fidentidock/blobs/uploads/",
        "/v2/OWN/./../identidock/blobs/uploads/",
        "/v2/OWN//../identidock/blobs/uploads/",
        "/v2/OWN\\..\\identidock/blobs/uploads/",
        "/v2/OWN/..;/identidock/blobs/uploads/",
        "/v2//identidock/blobs/uploads/",
        "//v2/identidock/blobs/uploads/",
        "/v2/./identidock/blobs/uploads/",
        "/OWN/x/../../v2/identidock/blobs/uploads/",
        "/v2/OWN/x/../../identidock/manifests/1.0",
        "/v2/identidock/blobs/uploads/?/v2/OWN/x/blobs/uploads/",
        "/v2/identidock/blobs/uploads/#/v2/OWN/x/blobs/uploads/",
        "/v2/OWNED/x/blobs/uploads/",
        "/v2/OWN/blobs/uploads/",
        "/v2/git/microblog/blobs/uploads/",
        "/V2/identidock/blobs/uploads/",
        "https://registry.lab/v2/identidock/blobs/uploads/",
        "https://registry.lab/v2/OWN/x/../../identidock/blobs/uploads/",
        "https://v2/OWN/x/blobs/uploads/",
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "post"])
def test_no_odd_address_leads_elsewhere(registry, trusted, learner, method, target):
    account, password = learner
    target = target.replace("OWN", account)

    # HAProxy itself refuses some of them as no HTTP at all.
    assert raw(registry, trusted, method, target, [basic(account, password)]) in (400, 403)


def test_nobody_speaks_http_2_by_its_first_words(lab, trusted):
    place = lab["lab_address"], lab["lab_registry_port"] + lab["lab_port_offset"]
    with (
        socket.create_connection(place, timeout=10) as connection,
        trusted.wrap_socket(connection, server_hostname=lab["lab_address"]) as tls,
    ):
        tls.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")

        assert tls.recv(100).startswith(b"HTTP/1.")


@pytest.mark.intrusive
def test_who_is_meant_twice_is_nobody(registry, trusted, learner):
    target = "/v2/identidock/blobs/uploads/"
    both = [basic(*learner), basic("admin", "wrong")]

    assert raw(registry, trusted, "POST", target, both) == 401
    assert raw(registry, trusted, "POST", target, both[::-1]) == 401


@pytest.mark.intrusive
@pytest.mark.parametrize("shape", ["basic {}", "Basic  {}", "Basic {},", "Basic {}=", "Bearer {}"])
def test_credentials_in_another_form_are_none(registry, trusted, learner, shape):
    credentials = shape.format(basic(*learner).removeprefix("Basic "))
    target = f"/v2/{learner[0]}/lab-check/blobs/uploads/"

    assert raw(registry, trusted, "POST", target, [credentials]) == 401


@pytest.mark.intrusive
@pytest.mark.parametrize("name", ["admin\0{}", "admin\n{}", "admin {}", "{}\0", "ADMIN", ""])
def test_a_name_that_is_no_account_gets_nowhere(registry, trusted, learner, name):
    claimed = basic(name.format(learner[0]), learner[1])

    assert raw(registry, trusted, "POST", "/v2/identidock/blobs/uploads/", [claimed]) == 401


@pytest.mark.intrusive
def test_a_learner_with_a_wrong_password_is_refused(registry, trusted, learner):
    account = learner[0]
    target = f"{registry}/v2/{account}/lab-check/blobs/uploads/"

    assert ask(f"{registry}/v2/", trusted, "GET", "wrong", account)[0] == 401
    assert ask(target, trusted, "POST", "wrong", account)[0] == 401


def test_mirror_serves_base_images_without_a_password(mirror, lab):
    assert mirror(f"library/debian/manifests/{lab['debian_version']}")["layers"]


def test_mirror_serves_its_namespaces_and_nothing_else(lab, registry, trusted, password, mirror):
    everything = json.loads(ask(f"{registry}/v2/_catalog?n=1000", trusted, "GET", password)[1])
    public = {
        name
        for name in everything["repositories"]
        if "/" in name and name.partition("/")[0] in lab["registry_mirror_namespaces"]
    }

    assert "library/debian" in public
    assert set(mirror("_catalog?n=1000")["repositories"]) == public


@pytest.mark.parametrize("repository", ["identidock", "registry", "docker", "library", "debian"])
def test_mirror_has_no_other_images(mirror_address, trusted, repository):
    assert ask(f"{mirror_address}/v2/{repository}/manifests/1.0", trusted)[0] == 404


def test_mirror_sees_its_part_of_the_volume_only_and_cannot_write(stack, lab):
    mounts = {
        mount["Destination"].partition("/docker/registry/v2/")[2]: mount["RW"]
        for mount in stack("registry", "mirror")[0]["Mounts"]
        if mount.get("Name", "").startswith("registry_")
    }

    assert mounts == {
        "blobs": False,
        **{f"repositories/{namespace}": False for namespace in lab["registry_mirror_namespaces"]},
    }


@pytest.mark.intrusive
@pytest.mark.parametrize(
    "repository", ["library/debian", "library/new", "docker/dockerfile", "amouat/new", "identidock"]
)
def test_mirror_takes_nothing(mirror_address, trusted, repository):
    assert ask(f"{mirror_address}/v2/{repository}/blobs/uploads/", trusted, "POST")[0] == 405


@pytest.mark.parametrize("port", ["lab_registry_port", "lab_registry_mirror_port"])
def test_certificate_is_valid_for_two_weeks_at_least(lab, trusted, port):
    place = lab["lab_address"], lab[port] + lab["lab_port_offset"]
    with (
        socket.create_connection(place, timeout=10) as connection,
        trusted.wrap_socket(connection, server_hostname=lab["lab_address"]) as tls,
    ):
        ends = [
            certificate["notAfter"] for certificate in [tls.getpeercert(), *trusted.get_ca_certs()]
        ]
    left = (min(map(ssl.cert_time_to_seconds, ends)) - time.time()) / DAY

    assert left > 14, f"the certificate on port {place[1]} or its authority ends in {left:.0f} days"
