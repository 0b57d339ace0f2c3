"""The checks judge machines of every kind rightly, and say what is wrong in a sentence."""

import contextlib
import json
import re
import socket
import ssl
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ROOT = Path(__file__).resolve().parents[2]
GIT = "registry.lab:5443/git"
IMAGES = {
    name: f"registry.lab:5443/{name}@sha256:1"
    for name in ("dnmonster", "edge", "healthcheck", "identidock", "mariadb", "redis")
} | {name: f"registry.lab:5443/{name}@sha256:2" for name in ("microblog", "microblog-complete")}


FILES = {
    f"/opt/{name}": ""
    for name in (
        "identidock/compose.yaml",
        "identidock/stack.yaml",
        "microblog-complete/compose.yaml",
    )
}


def container(project, service, image=None, number=1, uid="10001", version="1.0", **state):
    """What `docker inspect` shows of a container in which all is well, but for what is given."""
    labels = {"project": project, "service": service, "oneoff": "False"}
    return {
        "Name": f"/{project}-{service}-{number}",
        "Config": {
            "Image": image or IMAGES[service],
            "Labels": {
                **{f"com.docker.compose.{name}": value for name, value in labels.items()},
                "version": version,
            },
        },
        "State": {"Running": True, "Status": "running", "Health": {"Status": "healthy"}} | state,
        "HostConfig": {
            "ReadonlyRootfs": True,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges:true"],
            "Memory": 1,
            "NanoCpus": 1,
            "PidsLimit": 1,
            "RestartPolicy": {"Name": "unless-stopped"},
        },
        "Uids": [uid],
    }


def identidock(replicas=2, **redis):
    return [
        *(
            container("identidock", f"replica{number + 1}", IMAGES["identidock"])
            for number in range(replicas)
        ),
        container("identidock", "dnmonster"),
        container("identidock", "redis", **redis),
    ]


def task(service, image=None, **state):
    """A container of a swarm's service."""
    found = container("identidock", service, image, **state)
    found["Config"]["Labels"] = {
        "com.docker.stack.namespace": "identidock",
        "com.docker.swarm.service.name": f"identidock_{service}",
        "com.docker.swarm.task.id": "t1",
    }
    return found | {
        "HostConfig": found["HostConfig"] | {"RestartPolicy": {"Name": ""}, "SecurityOpt": None}
    }


def in_swarm(*more):
    """What runs on a machine of a swarm that has not got Redis, and the end of an earlier task."""
    replicas = [task(f"replica{number}", IMAGES["identidock"]) for number in (1, 2)]
    earlier = task("replica1", "registry.lab:5443/identidock@sha256:0", Running=False)
    return [*replicas, earlier, task("dnmonster"), *more, *blogs()]


def blogs(small=IMAGES["microblog"], complete=IMAGES["microblog-complete"], uid="1", **options):
    return [
        container("microblog", "first", small, uid=uid, **options),
        container("microblog", "second", small, uid=uid, **options),
        container("microblog-complete", "web", complete, **options),
        container("microblog-complete", "mariadb"),
        container("healthcheck", "web", IMAGES["healthcheck"]),
    ]


# The containers of each machine, and what its inventory says that others do not.
MACHINES: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "usual": (identidock() + blogs(), {}),
    "three-replicas": (identidock(3) + blogs(), {"identidock_replicas": 3}),
    "one.replica": (identidock(1) + blogs(), {"identidock_replicas": 1}),
    "no-lesson": (identidock(), {"group_names": ["identidock_nodes"]}),
    "no-identidock": (blogs(), {"group_names": ["lesson_nodes"]}),
    "small-from-git": (
        identidock() + blogs(small=f"{GIT}/microblog@sha256:3", version="v1-a", uid="0"),
        {"microblog_repo": "https://git.example/blog", "microblog_version": "v1/a"},
    ),
    "migrated-from-git": (
        identidock() + blogs(complete=f"{GIT}/microblog@sha256:3", version="HEAD"),
        {"microblog_repo": "https://git.example/blog"},
    ),
    "complete-from-git": (
        identidock() + blogs(complete=f"{GIT}/microblog-complete@sha256:3", version="main"),
        {
            "microblog_complete_repo": "https://git.example/blog",
            "microblog_complete_version": "main",
        },
    ),
    "in-a-swarm": (in_swarm(), {"identidock_engine": "swarm"}),
    "in-a-swarm-with-redis": (in_swarm(task("redis")), {"identidock_engine": "swarm"}),
    "replica-lost": (identidock(2) + blogs(), {"identidock_replicas": 3}),
    "cache-unhealthy": (identidock(Health={"Status": "unhealthy"}) + blogs(), {}),
    "cache-stopped": (identidock(Running=False, Status="exited") + blogs(), {}),
    "cache-as-root": (identidock(uid="0") + blogs(), {}),
    "password-in-sight": (identidock(version="hunter2") + blogs(), {}),
    "git-elsewhere": (
        identidock() + blogs(),
        {"microblog_repo": "https://git.example/blog", "microblog_version": "v1"},
    ),
    "git-of-another-version": (
        identidock() + blogs(small=f"{GIT}/microblog@sha256:3", version="v1"),
        {"microblog_repo": "https://git.example/blog", "microblog_version": "v2"},
    ),
}


def judge(directory, machines, which):
    """Run the checks on what was seen; what they print, and the failures by machine."""
    for name, variables, containers in machines:
        file = directory / f"{name}.json"
        seen = {"problem": None, "containers": containers, "processes": [], "files": FILES}
        file.write_text(json.dumps(seen | {"variables": variables}))
    options = "-p no:terminal -p no:cacheprovider -p checks.summary --ignore=checks/report"
    options += " --ignore=checks/lesson checks -k"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", f"--facts={directory}", *options.split(), which],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    failures: dict[str, list[str]] = {}
    for machine, sentence in re.findall(r"(?m)^(\S+), \S+: .*\n    (.*)$", done.stdout):
        failures.setdefault(machine, []).append(sentence)
    return done.stdout, failures


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    passwords = tmp_path_factory.mktemp("lab") / "passwords"
    passwords.mkdir()
    for account in ("redis", "microblog-database", "microblog-secret-key"):
        (passwords / account).write_text("hunter2" if account == "redis" else "another")
    usual: dict[str, Any] = {
        "identidock_dir": "/opt/identidock",
        "identidock_engine": "compose",
        "lab_state_dir": str(passwords.parent),
        "group_names": ["identidock_nodes", "lesson_nodes"],
        "edge_applications": [{"name": "identidock"}],
        "edge_image": IMAGES["edge"],
        "healthcheck_image": IMAGES["healthcheck"],
        "identidock_images": IMAGES,
        "identidock_replicas": 2,
        "lab_images": IMAGES,
        "lab_registry": "registry.lab:5443",
        **{
            f"{blog}_{what}": ""
            for blog in ("microblog", "microblog_complete")
            for what in ("repo", "version")
        },
    }
    return judge(
        tmp_path_factory.mktemp("facts"),
        [
            (
                name,
                usual | {"inventory_hostname": name} | variables,
                [container("edge", "edge"), *containers],
            )
            for name, (containers, variables) in MACHINES.items()
        ],
        "what_was_asked_for or safely or secrets",
    )


@pytest.mark.parametrize("machine", list(MACHINES)[:10])
def test_every_documented_setting_is_all_right(judged, machine):
    shown, failures = judged

    assert machine in shown
    assert machine not in failures


@pytest.mark.parametrize(
    ("machine", "sentence"),
    [
        ("replica-lost", "identidock replica3 has no container"),
        ("cache-unhealthy", "identidock-redis-1 is unhealthy"),
        ("cache-stopped", "identidock-redis-1 does not run (exited)"),
        ("cache-as-root", "identidock-redis-1 runs processes as root"),
        ("password-in-sight", "the password redis stands in what Docker shows"),
        ("git-elsewhere", "git/microblog runs nowhere"),
        ("git-of-another-version", "microblog-first-1 runs version v1, not v2"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(judged, machine, sentence):
    assert sentence in judged[1][machine]


def test_a_password_in_sight_is_not_shown_again(judged):
    assert "hunter2" not in judged[0]


def test_parts_that_no_machine_has_are_not_told(judged):
    heading, *_ = judged[0].splitlines()

    assert heading.split() == ["VM", "edge", "healthcheck", "identidock", "microblog"]


def certificate(name, issuer, key, issuers_key, days):
    """A certificate that ends in so many days; without an issuer, an authority's."""
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days, hours=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(issuers_key, hashes.SHA256())
    )


@pytest.fixture
def registry(tmp_path):
    """A function that serves TLS with a certificate; how long it and its authority last."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(30)

    def serve(tls):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with contextlib.suppress(OSError):
                    tls.wrap_socket(connection, server_side=True).close()

    def start(days, authoritys_days):
        keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
        authority = certificate("lab", None, keys[0], keys[0], authoritys_days)
        server = certificate("localhost", authority, keys[1], keys[0], days)
        pem = serialization.Encoding.PEM
        (tmp_path / "ca.crt").write_bytes(authority.public_bytes(pem))
        (tmp_path / "server.pem").write_bytes(
            server.public_bytes(pem)
            + keys[1].private_bytes(
                pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(tmp_path / "server.pem")
        threading.Thread(target=serve, args=(tls,), daemon=True).start()
        return listener.getsockname()[1]

    yield start
    listener.close()


@pytest.mark.parametrize(
    ("days", "authoritys_days", "told"),
    [(15, 15, None), (13, 90, "ends in 13 days"), (90, 3, "ends in 3 days")],
)
def test_a_certificate_is_told_two_weeks_before_it_ends(
    tmp_path, registry, days, authoritys_days, told
):
    port = registry(days, authoritys_days)
    variables = {
        "inventory_hostname": "builder1",
        "group_names": ["builder"],
        "lab_address": "localhost",
        "lab_images": {},
        "lab_port_offset": 0,
        "lab_registry_mirror_port": port,
        "lab_registry_port": port,
        "lab_state_dir": str(tmp_path),
    }
    (tmp_path / "facts").mkdir()
    _, failures = judge(tmp_path / "facts", [("builder1", variables, [])], "certificate_is_valid")

    assert [told in sentence for sentence in failures.get("builder1", [])] == [True] * 2 * bool(
        told
    )
