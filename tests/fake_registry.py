"""A registry in memory, over HTTPS: what the modules' tests ask and write to."""

import base64
import hashlib
import ipaddress
import json
import re
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PASSWORD = "correct-horse"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def digest_of(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def write_certificate(file: Path):
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
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


class FakeRegistry(ThreadingHTTPServer):
    """Repositories with manifests and tags, and what was asked of them."""

    # A connection that is kept must not keep the server.
    daemon_threads = True
    block_on_close = False

    def __init__(self, certificate):
        super().__init__(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._context = context
        self.certificate = str(certificate)
        self.address = f"127.0.0.1:{self.server_port}"
        self.connections = 0
        self.asked: list[tuple[str, str]] = []
        # Status that an address answers with who does not write there, whatever is there.
        self.broken: dict[str, int] = {}
        # Whether each connection ends after its first answer, without saying so.
        self.forgetful = False
        self.blobs: dict[str, bytes] = {}
        self.links: dict[str, set[str]] = {}
        self.manifests: dict[str, dict[str, bytes]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        # Where files tell of manifests and blobs, as those of the true registry do.
        self.volume: Path | None = None

    def get_request(self):
        connection, address = super().get_request()
        self.connections += 1
        return self._context.wrap_socket(connection, server_side=True), address

    def handle_error(self, *_):
        """A client that hangs up is none of our business."""

    def add(self, repository, *tags, labels=None, layers=(b"layer",)):
        """Put an image below some tags, or below none; gives its digest."""
        config = json.dumps({"config": {"Labels": labels}}).encode()
        pointers = [self._blob(repository, content) for content in (config, *layers)]
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST}
        return self.add_manifest(
            repository, manifest | {"config": pointers[0], "layers": pointers[1:]}, *tags
        )

    def add_manifest(self, repository, manifest, *tags):
        """Put a manifest below some tags, or below none; gives its digest."""
        content = json.dumps(manifest).encode()
        digest = digest_of(content)
        self.manifests.setdefault(repository, {})[digest] = content
        self.tags.setdefault(repository, {}).update(dict.fromkeys(tags, digest))
        if self.volume:
            self.file(digest).write_bytes(content)
            self.link(repository, digest).write_text(digest)
        return digest

    def file(self, digest):
        """Where the volume has a blob or manifest."""
        assert self.volume
        number = digest.partition(":")[2]
        folder = self.volume / "docker/registry/v2/blobs/sha256" / number[:2] / number
        folder.mkdir(parents=True, exist_ok=True)
        return folder / "data"

    def link(self, repository, digest):
        """Where the volume says that a repository has a manifest."""
        assert self.volume
        folder = (
            self.volume
            / "docker/registry/v2/repositories"
            / repository
            / "_manifests/revisions/sha256"
            / digest.partition(":")[2]
        )
        folder.mkdir(parents=True, exist_ok=True)
        return folder / "link"

    def _blob(self, repository, content):
        digest = digest_of(content)
        self.blobs[digest] = content
        self.links.setdefault(repository, set()).add(digest)
        if self.volume:
            self.file(digest).write_bytes(content)
        return {"digest": digest, "size": len(content)}

    def arguments(self, **others):
        """Arguments of a module that asks as admin."""
        usual = {"registry": self.address, "username": "admin", "password": PASSWORD}
        return usual | {"ca_path": self.certificate} | others


class Handler(BaseHTTPRequestHandler):
    """The registry's addresses."""

    server: FakeRegistry
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.server.asked.append((self.command, self.path))
        url = urlsplit(self.path)
        found = re.fullmatch(r"/v2/(?:(.+)/)?(_catalog|manifests|blobs|tags)(?:/(.+))?", url.path)
        account = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
        if url.path.startswith("/v2/gibberish/"):
            self.wfile.write(b"220 This is not HTTP\r\n")
            self.close_connection = True
        elif self.headers["Authorization"] != f"Basic {account}" and "/open/" not in self.path:
            self.answer(401)
        elif self.command != "PUT" and self.path in self.server.broken:
            self.answer(self.server.broken[self.path], b"boom")
        elif self.path == "/v2/":
            self.answer(200, b"{}")
        elif not found:
            self.answer(404)
        else:
            repository, kind, name = found.groups()
            self.answer(*getattr(self, kind)(repository, name or "", body))
        if self.server.forgetful:
            self.close_connection = True

    def do_GET(self):
        self.handle_any()

    def do_HEAD(self):
        self.handle_any()

    def do_POST(self):
        self.handle_any()

    def do_PUT(self):
        self.handle_any()

    def do_DELETE(self):
        self.handle_any()

    def _catalog(self, _repository, _name, _body):
        names = sorted(self.server.manifests)
        return self.page("repositories", names)

    def tags(self, repository, _name, _body):
        if repository not in self.server.tags:
            return (404,)
        return self.page("tags", sorted(self.server.tags[repository]))

    def page(self, key, names):
        """Two at a time."""
        last = parse_qs(urlsplit(self.path).query).get("last", [""])[0]
        left = [name for name in names if name > last]
        link = {}
        if left[2:]:
            link = {"Link": f'<{urlsplit(self.path).path}?last={left[1]}&n=2>; rel="next"'}
        return 200, json.dumps({key: left[:2] or None}).encode(), link

    def manifests(self, repository, name, body):
        here = self.server.manifests.setdefault(repository, {})
        tags = self.server.tags.setdefault(repository, {})
        if self.command == "PUT":
            here[digest_of(body)] = body
            tags[name] = digest_of(body)
            return (201,)
        digest = tags.get(name, name)
        if digest not in here:
            return (404,)
        if self.command == "DELETE":
            del here[digest]
            if self.server.volume:
                self.server.link(repository, digest).unlink()
            self.server.tags[repository] = {tag: to for tag, to in tags.items() if to != digest}
            return (202,)
        return 200, here[digest], {"Docker-Content-Digest": digest}

    def blobs(self, repository, name, body):
        links = self.server.links.setdefault(repository, set())
        asked = {key: value[0] for key, value in parse_qs(urlsplit(self.path).query).items()}
        if self.command == "POST":
            if asked.get("mount") in self.server.links.get(asked.get("from", ""), set()):
                links.add(asked["mount"])
                return (201,)
            return 202, b"", {"Location": f"/v2/{repository}/blobs/uploads/1?state=x"}
        if self.command == "PUT":
            assert asked["digest"] == digest_of(body)
            self.server.blobs[digest_of(body)] = body
            links.add(digest_of(body))
            return (201,)
        if name not in links or name not in self.server.blobs:
            return (404,)
        return 200, self.server.blobs[name], {"Docker-Content-Digest": name}

    def answer(self, status, body=b"", headers=None):
        self.send_response(status)
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


@contextmanager
def fake_registry(certificate):
    """A registry on a port of its own."""
    with FakeRegistry(certificate) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
