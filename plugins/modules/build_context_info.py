#!/usr/bin/python
"""Name the content of Docker build contexts, and pack them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from docker.utils import exclude_paths

DOCUMENTATION = """
module: build_context_info
short_description: Name the content of Docker build contexts, and pack them
description:
  - Gives each image a tag derived from all that goes into it, that is the files C(.dockerignore)
    lets through, its version and the tags of the images it takes from.
  - The same content gives the same tag on every machine.
author: identidock-lab maintainers
requirements: [docker (Python library)]
options:
  root:
    description: Directory with the build contexts, one folder each.
    type: path
    required: true
  images:
    description: The images, each after those it takes from.
    type: list
    elements: dict
    required: true
    suboptions:
      name: {type: str, required: true, description: Name of the image.}
      context: {type: str, description: Folder of the build context; the name if absent.}
      repository: {type: str, required: true, description: Its repository in the registry.}
      version: {type: str, required: true, description: Its version.}
      base: {type: str, required: true, description: Name of the image it starts from.}
      also_from:
        type: list
        elements: str
        default: []
        description: Names of other images that stages of its build start from.
  bases:
    description: Images that were made elsewhere, each as C(<repository>:<tag>), by name.
    type: dict
    default: {}
  salt:
    description: Any text; another text gives every image another tag.
    type: str
    default: ""
  archive:
    description: Where to write a tar with build contexts, each in its folder.
    type: path
  only:
    description: Folders of the build contexts to pack.
    type: list
    elements: str
    default: []
"""

EXAMPLES = """
- name: Work out the tags of two images
  build_context_info:
    root: apps
    bases: {debian: library/debian:13.1-0123456789ab}
    images: &images
      - {name: python, repository: library/python, version: "3.13", base: debian}
      - {name: identidock, repository: identidock, version: "1.0", base: python}
  register: plan

- name: Pack the context of one of them
  build_context_info:
    root: apps
    bases: {debian: library/debian:13.1-0123456789ab}
    images: *images
    archive: /tmp/contexts.tar
    only: [identidock]
"""

RETURN = """
images:
  description: >
    The images as given, with C(context), C(tag) (version and content), C(revision), C(created) and
    C(from), what it starts from. C(parents) are all images it takes from, by name, each with its
    repository and tag.
  returned: always
  type: list
  elements: dict
  sample:
    - name: identidock
      context: identidock
      repository: identidock
      version: "1.0"
      base: python
      also_from: []
      from: library/python:3.13-3c6e0b8a9c15
      parents: {python: library/python:3.13-3c6e0b8a9c15}
      tag: 1.0-0cc175b9c0f1
      revision: 8c736c640e06e390ab92740ee5639aa9d4a448c5
      created: "2026-11-24T20:54:57+00:00"
"""

BYTECODE = ["**/__pycache__", "**/*.pyc"]


def context_files(context: Path) -> list[str]:
    """Relative paths of the files that Docker would send, sorted, bytecode left out."""
    ignore = context / ".dockerignore"
    patterns = ignore.read_text().splitlines() if ignore.exists() else []
    patterns = [line.strip() for line in patterns if line.strip() and not line.startswith("#")]
    sent = exclude_paths(str(context), [*patterns, *BYTECODE], dockerfile="Dockerfile")
    return sorted(
        path for path in sent if (context / path).is_symlink() or not (context / path).is_dir()
    )


def content_digest(context: Path) -> str:
    """SHA-256 over paths, execute bits and bytes; owners and times do not count.

    As in Git and in the archive, the owner's execute bit counts, and a link is where it points.
    """
    digest = hashlib.sha256()
    for path in context_files(context):
        file = context / path
        if file.is_symlink():
            kind, content = "link", os.fsencode(file.readlink())
        else:
            kind, content = str(bool(file.stat().st_mode & 0o100)), file.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        digest.update(f"{path}\0{kind}\0{sha256}\n".encode())
    return digest.hexdigest()


def git(context: Path, *arguments: str) -> str:
    """Output of a git command, empty where there is no git or no repository."""
    command = ["git", "-C", str(context), *arguments, "--", "."]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def source(context: Path, digest: str) -> tuple[str, str]:
    """Revision and date (RFC 3339) of the sources: the last commit's, else the newest file's."""
    revision, _, committed = git(context, "log", "-1", "--format=%H %cI").partition(" ")
    if revision and not git(context, "status", "--porcelain"):
        return revision, datetime.fromisoformat(committed).astimezone(UTC).isoformat()
    newest = max((context / path).lstat().st_mtime for path in context_files(context))
    edited = f"{revision}-edited-{digest[:12]}" if revision else f"content-{digest[:12]}"
    return edited, datetime.fromtimestamp(int(newest), UTC).isoformat()


def described(
    module: AnsibleModule, image: dict[str, Any], references: dict[str, str]
) -> dict[str, Any]:
    """The image with its tag and source; complains of what is missing."""
    folder = image["context"] or image["name"]
    context = Path(module.params["root"], folder)
    if not (context / "Dockerfile").is_file():
        module.fail_json(
            msg=f"Image {image['name']} has no {context}/Dockerfile. Write one, or take the "
            "image out of image_build_images."
        )
    parents: dict[str, str] = {}
    for parent in [image["base"], *image["also_from"]]:
        if parent not in references:
            module.fail_json(
                msg=f"Image {image['name']} starts from {parent}, which is not built before it. "
                "List it earlier in image_build_images."
            )
        parents[parent] = references[parent]
    content = content_digest(context)
    recipe = "\n".join(
        [image["repository"], content, image["version"], *parents.values(), module.params["salt"]]
    )
    tag = f"{image['version']}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    revision, created = source(context, content)
    return {
        **image,
        "context": folder,
        "tag": tag,
        "from": parents[image["base"]],
        "parents": parents,
        "revision": revision,
        "created": created,
    }


def pack(root: Path, names: list[str], archive: Path) -> None:
    """Write the contexts as one tar, the same bytes for the same content."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        member.mtime = 0
        member.mode = 0o755 if member.mode & 0o100 else 0o644
        return member

    archive.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tarfile.open(archive, "w") as tar:
        for name in names:
            for path in context_files(root / name):
                tar.add(root / name / path, arcname=f"{name}/{path}", filter=plain)


def main() -> None:
    image = {
        "name": {"type": "str", "required": True},
        "context": {"type": "str"},
        "repository": {"type": "str", "required": True},
        "version": {"type": "str", "required": True},
        "base": {"type": "str", "required": True},
        "also_from": {"type": "list", "elements": "str", "default": []},
    }
    module = AnsibleModule(
        argument_spec={
            "root": {"type": "path", "required": True},
            "images": {"type": "list", "elements": "dict", "required": True, "options": image},
            "bases": {"type": "dict", "default": {}},
            "salt": {"type": "str", "default": ""},
            "archive": {"type": "path"},
            "only": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    references = dict(module.params["bases"])
    images = []
    for image in module.params["images"]:
        images.append(described(module, image, references))
        references[image["name"]] = f"{image['repository']}:{images[-1]['tag']}"
    if module.params["archive"]:
        pack(Path(module.params["root"]), module.params["only"], Path(module.params["archive"]))
    module.exit_json(changed=False, images=images)


if __name__ == "__main__":
    main()
