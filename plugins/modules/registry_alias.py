#!/usr/bin/python
"""Give images of a registry other names, labelled with what they truly are."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.registry import (
    OPTIONS,
    AnswerError,
    Registry,
    RegistryError,
    digest_of,
    split,
)

DOCUMENTATION = """
module: registry_alias
short_description: Give images of a registry other names, labelled with what they truly are
description:
  - An alias has the layers of its image. Its labels C(org.identidock-lab.alias-of) and
    C(org.opencontainers.image.description) say which image that is. An image that says so already,
    because it was built for an old name, keeps its own.
  - Only the labels and a list of layers are sent, so nothing is built and no engine is needed.
  - The account must be one that may push.
author: identidock-lab maintainers
extends_documentation_fragment: [registry]
options:
  aliases:
    description: The other names.
    type: list
    elements: dict
    required: true
    suboptions:
      reference: {type: str, required: true, description: "The alias, as C(<repository>:<tag>)."}
      source: {type: str, required: true, description: "The image, as C(<repository>@<digest>)."}
      alias_of: {type: str, required: true, description: "How the image is called."}
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


def image(registry: Registry, source: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Manifest and configuration of <repository>@<digest>."""
    manifest = registry.manifest(source)
    path = f"/v2/{split(source)[0]}/blobs/{manifest['config']['digest']}"
    return manifest, json.loads(registry.ask("GET", path, 200).content)


def write(
    registry: Registry, reference: str, manifest: dict[str, Any], config: bytes, source: str
) -> None:
    """Put an image below a tag; its layers are taken from another repository."""
    repository, tag = split(reference)
    uploads = f"/v2/{repository}/blobs/uploads/"
    if repository != source:
        for digest in {layer["digest"] for layer in manifest["layers"]}:
            # 202 would be: the registry wants the layer uploaded, so it does not have it.
            registry.ask("POST", f"{uploads}?mount={digest}&from={source}", 201)
    place = urlsplit(registry.ask("POST", uploads, 202).headers["Location"])
    registry.ask(
        "PUT",
        f"{place.path}?{place.query}{'&' if place.query else ''}digest={digest_of(config)}",
        201,
        body=config,
        Content_Type="application/octet-stream",
    )
    registry.ask(
        "PUT",
        f"/v2/{repository}/manifests/{tag}",
        201,
        body=as_json(manifest),
        Content_Type=manifest["mediaType"],
    )


def is_there(registry: Registry, reference: str, digest: str) -> bool:
    """Whether a tag stands for a content; one that is damaged does not."""
    try:
        return registry.digest(reference) == digest
    except AnswerError:
        return False


def main() -> None:
    alias = {
        name: {"type": "str", "required": True} for name in ("reference", "source", "alias_of")
    }
    module = AnsibleModule(
        argument_spec=OPTIONS
        | {"aliases": {"type": "list", "elements": "dict", "required": True, "options": alias}},
        supports_check_mode=True,
    )
    images: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
    written = []
    try:
        registry = Registry(module.params)
        for each in module.params["aliases"]:
            reference, source = each["reference"], each["source"]
            if source not in images:
                images[source] = image(registry, source)
            manifest, config = relabelled(*images[source], each["alias_of"])
            if is_there(registry, reference, digest_of(as_json(manifest))):
                continue
            written.append(reference)
            if not module.check_mode:
                write(registry, reference, manifest, config, split(source)[0])
    except RegistryError as error:
        module.fail_json(msg=f"Other names of images are not served. {error}")
    module.exit_json(changed=bool(written), written=written)


if __name__ == "__main__":
    main()
