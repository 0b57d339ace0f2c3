"""A registry of images, asked over one connection that is kept."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import ssl
from http.client import HTTPException, HTTPMessage, HTTPSConnection
from typing import Any, NamedTuple

# What every module takes that asks a registry.
OPTIONS: dict[str, dict[str, Any]] = {
    "registry": {"type": "str", "required": True},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "ca_path": {"type": "path"},
}

# The forms in which Docker and Buildx push images.
MANIFESTS = ", ".join(
    [
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
    ]
)


class RegistryError(Exception):
    """What went wrong, as a sentence with the remedy."""


class UnreachableError(RegistryError):
    """Nobody answers, or whoever asks is not let in: the next question would fare no better."""


class AnswerError(RegistryError):
    """Another answer than was hoped for, to this one question."""

    def __init__(self, registry: str, question: str, status: int, said: str) -> None:
        self.status = status
        self.problem = f"the registry answered {status} to {question}{said and f': {said}'}"
        super().__init__(
            f"The registry {registry} answered {status} to {question}{said and f': {said}'}. Its "
            "log on the VM: docker compose -f /opt/registry/compose.yaml logs"
        )


class Reply(NamedTuple):
    """An answer, with its body."""

    status: int
    headers: HTTPMessage
    content: bytes


def digest_of(content: bytes) -> str:
    """The digest of a blob or manifest."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def split(reference: str) -> tuple[str, str]:
    """Repository and tag or digest of <repository>:<tag> or <repository>@<digest>."""
    repository, at, digest = reference.partition("@")
    if at:
        return repository, digest
    repository, _, tag = reference.rpartition(":")
    return repository, tag


class Registry:
    """
    One connection to a registry; a proxy is never asked.

    :param asked: a module's arguments, those of OPTIONS among them
    """

    def __init__(self, asked: dict[str, Any]) -> None:
        self._address = asked["registry"]
        self._account = asked["username"]
        self._ca_path = asked["ca_path"]
        self._connection: HTTPSConnection | None = None
        self._headers = {}
        if self._account:
            credentials = f"{self._account}:{asked['password']}".encode()
            self._headers["Authorization"] = f"Basic {base64.b64encode(credentials).decode()}"

    def ask(
        self, method: str, path: str, *expected: int, body: bytes | None = None, **headers: str
    ) -> Reply:
        """The answer, or an error if its status is none of those expected."""
        sent = self._headers | {name.replace("_", "-"): text for name, text in headers.items()}
        try:
            try:
                reply = self._exchange(method, path, body, sent)
            except (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError):
                # The other side may close a kept connection between two questions.
                self._close()
                reply = self._exchange(method, path, body, sent)
        except (OSError, HTTPException) as error:
            self._close()
            raise self._silent(str(error)) from None
        if reply.status in expected:
            return reply
        if reply.status == 401:
            who = f"the account {self._account}" if self._account else "strangers"
            raise UnreachableError(
                f"The registry {self._address} refuses {who}. Give it the password the registry "
                "knows, or set the registry's password anew by running playbooks/deploy.yml."
            )
        if reply.status == 503:
            raise self._silent("its front says 503")
        said = " ".join(reply.content.decode(errors="replace").split())[:200]
        raise AnswerError(self._address, f"{method} {path}", reply.status, said)

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Reply:
        if not self._connection:
            trusted = ssl.create_default_context(cafile=self._ca_path)
            self._connection = HTTPSConnection(self._address, context=trusted, timeout=30)
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read())

    def _close(self) -> None:
        if self._connection:
            self._connection.close()

    def _silent(self, reason: str) -> UnreachableError:
        return UnreachableError(
            f"The registry {self._address} does not answer ({reason}). Start it by running "
            "playbooks/deploy.yml."
        )

    def digest(self, reference: str) -> str | None:
        """The digest of <repository>:<tag> or <repository>@<digest>, if it is there."""
        repository, name = split(reference)
        path = f"/v2/{repository}/manifests/{name}"
        reply = self.ask("HEAD", path, 200, 404, Accept=MANIFESTS)
        return reply.headers["Docker-Content-Digest"] if reply.status == 200 else None

    def manifest(self, reference: str) -> dict[str, Any]:
        """The manifest of <repository>:<tag> or <repository>@<digest>."""
        repository, name = split(reference)
        reply = self.ask("GET", f"/v2/{repository}/manifests/{name}", 200, Accept=MANIFESTS)
        found: dict[str, Any] = json.loads(reply.content)
        return found

    def repositories(self) -> list[str]:
        """The names in the catalogue; one may have lost all that was in it."""
        listed = self._pages("/v2/_catalog?n=100")
        return sorted({name for page in listed for name in page["repositories"] or []})

    def tags(self, repository: str) -> list[str]:
        """The tags of a repository; none where there is no such repository, or no more."""
        listed = self._pages(f"/v2/{repository}/tags/list")
        return sorted(tag for page in listed for tag in page["tags"] or [])

    def _pages(self, path: str) -> list[dict[str, Any]]:
        """Every page of an answer that the registry may cut into several."""
        answers = []
        while path:
            reply = self.ask("GET", path, 200, 404)
            if reply.status == 404:
                break
            answers.append(json.loads(reply.content))
            following = re.match(r"<(?:https://[^/>]*)?(/[^>]*)>", reply.headers["Link"] or "")
            path = following[1] if following else ""
        return answers
