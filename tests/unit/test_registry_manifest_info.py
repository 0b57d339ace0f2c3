"""What a registry has, and one clear sentence where it does not say."""

import base64
import ipaddress
import json
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PASSWORD = "correct-horse"
DIGEST = "sha256:" + "ab" * 32


class Server(ThreadingHTTPServer):
    """Remembers what it was asked."""

    asked: list[tuple[str, str | None]]


class Registry(BaseHTTPRequestHandler):
    """Has web:1.0 for who knows the password, and open:1.0 for everyone."""

    server: Server

    def do_HEAD(self):
        self.server.asked.append((self.path, self.headers["Accept"]))
        account = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
        if self.path == "/v2/open/manifests/1.0":
            self.answer(200)
        elif self.headers["Authorization"] != f"Basic {account}":
            self.answer(401)
        elif self.path == "/v2/web/manifests/1.0":
            self.answer(200)
        elif self.path.startswith("/v2/broken/"):
            self.answer(500)
        elif self.path.startswith("/v2/forbidden/"):
            self.answer(403)
        elif self.path.startswith("/v2/gibberish/"):
            self.wfile.write(b"220 This is not HTTP\r\n")
        else:
            self.answer(404)

    def answer(self, status):
        self.send_response(status)
        if status == 200:
            self.send_header("Docker-Content-Digest", DIGEST)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="registry"')
        self.end_headers()

    def log_message(self, *_arguments):
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that vouches for itself, and its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "registry")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "registry.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.fixture
def registry(certificate):
    """A registry on a port of its own; remembers what it was asked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Server(("127.0.0.1", 0), Registry) as server:
        server.asked = []
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def nobody():
    """Host and port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def ask(run_module, registry, certificate):
    """A function that asks the registry, as admin unless told otherwise."""

    def ask(*references, environment=None, **arguments):
        usual = {
            "registry": f"127.0.0.1:{registry.server_port}",
            "references": references,
            "username": "admin",
            "password": PASSWORD,
            "ca_path": str(certificate),
        }
        return run_module("registry_manifest_info", environment, **(usual | arguments))

    return ask


def test_digest_of_a_tag_is_found(ask):
    reply = ask("web:1.0")

    assert reply["digests"] == {"web:1.0": DIGEST}
    assert not reply["changed"]


def test_absent_tag_is_null_and_the_others_are_still_found(ask):
    assert ask("web:0.9", "library/nothing:1", "web:1.0")["digests"] == {
        "web:0.9": None,
        "library/nothing:1": None,
        "web:1.0": DIGEST,
    }


def test_nothing_asked_is_nothing_found(ask, registry):
    assert ask()["digests"] == {}
    assert registry.asked == []


def test_repository_with_a_slash_is_asked_for_in_dockers_and_ocis_forms(ask, registry):
    ask("library/python:3.13")
    [(path, accepted)] = registry.asked

    assert path == "/v2/library/python/manifests/3.13"
    assert "application/vnd.docker.distribution.manifest.v2+json" in accepted
    assert "application/vnd.oci.image.index.v1+json" in accepted


def test_proxy_is_never_asked(ask, nobody):
    proxy = {"https_proxy": f"http://{nobody}", "HTTPS_PROXY": f"http://{nobody}", "no_proxy": ""}

    assert ask("web:1.0", environment=proxy)["digests"] == {"web:1.0": DIGEST}


def test_wrong_password_is_one_sentence_that_names_the_account(ask, registry):
    reply = ask("web:1.0", password="battery-staple")

    assert reply["failed"]
    assert reply["msg"].startswith(
        f"The registry 127.0.0.1:{registry.server_port} refuses the account admin. Give it"
    )


def test_account_that_may_not_is_refused_in_the_same_words(ask):
    assert "refuses the account admin." in ask("forbidden:1")["msg"]


def test_who_brings_no_account_is_not_called_none(ask, tmp_path):
    nameless = {"username": None, "password": None, "environment": {"NETRC": str(tmp_path / "no")}}

    assert ask("open:1.0", **nameless)["digests"] == {"open:1.0": DIGEST}
    refused = ask("web:1.0", **nameless)["msg"]
    assert "refuses strangers." in refused
    assert "None" not in refused


def test_other_error_is_a_sentence_with_its_number_and_the_reference(ask):
    assert "answered 500 when asked for broken:1." in ask("broken:1")["msg"]


def test_no_answer_is_a_sentence(ask, nobody):
    reply = ask("web:1.0", registry=nobody)

    assert reply["failed"]
    assert reply["msg"].startswith(f"The registry {nobody} does not answer (")
    assert reply["msg"].endswith("Start it by running playbooks/deploy.yml.")


def test_answer_in_another_language_is_no_answer(ask):
    assert "does not answer (220 This is not HTTP" in ask("gibberish:1")["msg"]


def test_certificate_of_a_stranger_is_no_answer_and_no_password_is_sent(ask, registry):
    assert "CERTIFICATE_VERIFY_FAILED" in ask("web:1.0", ca_path=None)["msg"]
    assert registry.asked == []


@pytest.mark.parametrize("reason", ["wrong password", "no answer", "no certificate", "gibberish"])
def test_absent_ok_makes_it_an_empty_answer(ask, nobody, tmp_path, reason):
    trouble = {
        "wrong password": {"password": "battery-staple"},
        "no answer": {"registry": nobody},
        "no certificate": {"ca_path": str(tmp_path / "not-made-yet.crt")},
        "gibberish": {},
    }[reason]
    repository = "gibberish" if reason == "gibberish" else "web"
    reply = ask(f"{repository}:1.0", "web:1.1", absent_ok=True, **trouble)

    assert reply["digests"] == {f"{repository}:1.0": None, "web:1.1": None}


def test_absent_ok_does_not_hide_a_broken_registry(ask):
    assert "answered 500" in ask("broken:1", absent_ok=True)["msg"]


@pytest.mark.parametrize("password", [PASSWORD, "battery-staple"])
@pytest.mark.parametrize("absent_ok", [True, False])
@pytest.mark.parametrize("answers", [True, False])
def test_password_never_stands_in_the_output(ask, nobody, password, absent_ok, answers):
    somewhere = {} if answers else {"registry": nobody}
    reply = json.dumps(ask("web:1.0", password=password, absent_ok=absent_ok, **somewhere))

    assert password not in reply
    assert base64.b64encode(f"admin:{password}".encode()).decode() not in reply
