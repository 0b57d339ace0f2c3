#!/usr/bin/python
"""Give images of a registry other names, labelled with what they truly are."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: registry_alias
short_description: Give images of a registry other names, labelled with what they truly are
description:
  - An alias has the layers of its image. Its labels C(org.identidock-lab.alias-of) and
    C(org.opencontainers.image.description) say which image that is. An image that says so already,
    because it was built for an old name, keeps its own.
  - Only the labels and a list of layers are sent, so nothing is built and no engine is needed.
author: identidock-lab maintainers
options:
  registry:
    description: Host and port.
    type: str
    required: true
  aliases:
    description: The other names.
    type: list
    elements: dict
    required: true
    suboptions:
      reference: {type: str, required: true, description: "The alias, as C(<repository>:<tag>)."}
      source: {type: str, required: true, description: "The image, as C(<repository>@<digest>)."}
      alias_of: {type: str, required: true, description: "How the image is called."}
  username:
    description: Account of the registry that may push.
    type: str
    required: true
  password:
    description: Its password.
    type: str
    required: true
  ca_path:
    description: Certificate of the authority that signed the registry's certificate.
    type: path
    required: true
"""

EXAMPLES = """
- name: Serve an old name
  registry_alias:
    registry: registry.lab:5443
    aliases:
      - reference: library/python:3.12
        source: library/python@{{ digests.python }}
        alias_of: python:3.13
    username: admin
    password: "{{ lab_passwords.admin }}"
    ca_path: /etc/docker/certs.d/registry.lab:5443/ca.crt
"""

RETURN = """
written:
  description: The aliases that were not there, or stood for another content.
  returned: success
  type: list
  elements: str
  sample: [library/python:3.12]
"""

MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json"
)


class RefusedError(Exception):
    """The registry did not do what it was asked for."""


def digest_of(content: bytes) -> str:
    """The digest of a blob or manifest."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def as_json(content: dict[str, Any]) -> bytes:
    """The same bytes for the same content."""
    return json.dumps(content, separators=(",", ":"), sort_keys=True).encode()


def relabelled(
    manifest: dict[str, Any], config: dict[str, Any], alias_of: str
) -> tuple[dict[str, Any], bytes]:
    """Manifest and configuration of an image that says what it is an alias of.

    :param manifest: manifest of the image
    :param config: its configuration, with the labels
    :param alias_of: name and tag of the image
    """
    inner = config.get("config") or {}
    labels = {
        "org.identidock-lab.alias-of": alias_of,
        "org.opencontainers.image.description": f"{alias_of} of identidock-lab under another name",
    }
    told = inner.get("Labels") or {}
    if "org.identidock-lab.alias-of" in told:
        labels = {}
    blob = as_json(config | {"config": inner | {"Labels": told | labels}})
    pointer = manifest["config"] | {"digest": digest_of(blob), "size": len(blob)}
    return manifest | {"config": pointer}, blob


class Registry:
    """One connection to a registry."""

    def __init__(self, address: str, username: str, password: str, ca_path: str) -> None:
        trusted = ssl.create_default_context(cafile=ca_path)
        self._connection = HTTPSConnection(address, context=trusted, timeout=30)
        account = base64.b64encode(f"{username}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {account}"}

    def ask(
        self,
        method: str,
        path: str,
        *expected: int,
        body: bytes | None = None,
        **headers: str,
    ) -> tuple[HTTPResponse, bytes]:
        """Reply and body, or a RefusedError if its status is none of those expected."""
        sent = self._headers | {name.replace("_", "-"): text for name, text in headers.items()}
        self._connection.request(method, path, body, sent)
        reply = self._connection.getresponse()
        content = reply.read()
        if reply.status not in expected:
            said = content.decode(errors="replace")[:200]
            raise RefusedError(f"answered {reply.status} to {method} {path}: {said}")
        return reply, content

    def image(self, source: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Manifest and configuration of <repository>@<digest>."""
        repository, _, digest = source.partition("@")
        _, content = self.ask("GET", f"/v2/{repository}/manifests/{digest}", 200, Accept=MANIFESTS)
        manifest = json.loads(content)
        blob = f"/v2/{repository}/blobs/{manifest['config']['digest']}"
        return manifest, json.loads(self.ask("GET", blob, 200)[1])

    def digest(self, repository: str, tag: str) -> str | None:
        """The digest behind a tag, if there is one."""
        path = f"/v2/{repository}/manifests/{tag}"
        reply, _ = self.ask("HEAD", path, 200, 404, Accept=MANIFESTS)
        return reply.headers["Docker-Content-Digest"] if reply.status == 200 else None

    def write(
        self,
        repository: str,
        tag: str,
        manifest: dict[str, Any],
        config: bytes,
        source_repository: str,
    ) -> None:
        """Put an image below a tag; its layers are taken from another repository."""
        uploads = f"/v2/{repository}/blobs/uploads/"
        if repository != source_repository:
            for digest in {layer["digest"] for layer in manifest["layers"]}:
                mount = f"{uploads}?mount={digest}&from={source_repository}"
                # 202: the registry would have the layer uploaded, so it does not have it.
                self.ask("POST", mount, 201)
        reply, _ = self.ask("POST", uploads, 202)
        place = urlsplit(reply.headers["Location"])
        self.ask(
            "PUT",
            f"{place.path}?{place.query}{'&' if place.query else ''}digest={digest_of(config)}",
            201,
            body=config,
            Content_Type="application/octet-stream",
        )
        self.ask(
            "PUT",
            f"/v2/{repository}/manifests/{tag}",
            201,
            body=as_json(manifest),
            Content_Type=manifest["mediaType"],
        )


def main() -> None:
    alias = {
        name: {"type": "str", "required": True} for name in ("reference", "source", "alias_of")
    }
    module = AnsibleModule(
        argument_spec={
            "registry": {"type": "str", "required": True},
            "aliases": {"type": "list", "elements": "dict", "required": True, "options": alias},
            "username": {"type": "str", "required": True},
            "password": {"type": "str", "required": True, "no_log": True},
            "ca_path": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    asked = module.params
    images: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
    written = []
    try:
        registry = Registry(
            asked["registry"], asked["username"], asked["password"], asked["ca_path"]
        )
        for each in asked["aliases"]:
            repository, _, tag = each["reference"].rpartition(":")
            source = each["source"]
            if source not in images:
                images[source] = registry.image(source)
            manifest, config = relabelled(*images[source], each["alias_of"])
            if registry.digest(repository, tag) == digest_of(as_json(manifest)):
                continue
            written.append(each["reference"])
            if not module.check_mode:
                registry.write(repository, tag, manifest, config, source.partition("@")[0])
    except (OSError, HTTPException, RefusedError) as error:
        module.fail_json(
            msg=f"The registry {asked['registry']} did not take the other names of images: "
            f"{error}. Its log on the VM: docker compose -f /opt/registry/compose.yaml logs"
        )
    module.exit_json(changed=bool(written), written=written)


if __name__ == "__main__":
    main()
