#!/usr/bin/python
"""Name the content of Docker build contexts, and pack them."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import subprocess
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.git_source import (
    GitError,
    checkout,
    described,
    migrations,
    without_password,
)
from ansible.module_utils.records import now
from ansible.module_utils.releases import Release, ReleaseError, differences, newest
from docker.utils import exclude_paths

DOCUMENTATION = """
module: build_context_info
short_description: Name the content of Docker build contexts, and pack them
description:
  - Gives each image a tag derived from all that goes into it, that is the files C(.dockerignore)
    lets through, its version and the tags of the images it takes from.
  - The same content gives the same tag on every machine.
  - Compares it with the newest release. What that says is not asked for again, neither the tag of a
    base image nor the commit of a git repository.
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
    description: Images that are made elsewhere, and that the others start from.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {type: str, required: true, description: Name of the image.}
      repository: {type: str, required: true, description: Its repository in the registry.}
      version: {type: str, required: true, description: Its version.}
      suite: {type: str, default: "", description: "The suite of Debian that it is."}
      tag:
        type: str
        default: ""
        description: Tag of its content; empty takes the newest release's, for the same recipe.
      packages: {type: dict, default: {}, description: "The version of each of its packages."}
  recipe:
    description: Names how O(bases) are made; another recipe makes other images.
    type: str
    default: ""
  git:
    description: Flask applications from git repositories, checked out on this machine.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {type: str, required: true, description: Name of the image.}
      repository: {type: str, required: true, description: Its repository in the registry.}
      repo: {type: str, required: true, description: Address that this machine can clone.}
      ref: {type: str, default: HEAD, description: "Tag, branch or commit."}
      python:
        type: str
        default: ""
        description: Version of O(pythons) to build on; empty tries one after the other.
      refuse_migrations:
        type: str
        default: ""
        description: Why it may not have migrations of a database; empty allows them.
      variables:
        type: str
        required: true
        description: What the names of its variables begin with, for messages.
  pythons:
    description: What applications from git can be built on, the preferred one first.
    type: list
    elements: dict
    default: []
    suboptions:
      version: {type: str, required: true, description: Version of Python.}
      build: {type: str, required: true, description: Name of the image to build in.}
      run: {type: str, required: true, description: Name of the image to run in.}
  sources:
    description: Directory for what git checked out, a folder for each image.
    type: path
  overlay:
    description: Directory with files that an application from git gets where it has none such.
    type: path
  aliases:
    description: Other names of images, C(<name>:<tag>), each with the name of an image.
    type: dict
    default: {}
  releases:
    description: Directory with the releases, see M(release).
    type: path
    required: true
  refresh:
    description: >-
      The images to build again with the newest packages, each with a list of what is newer, for the
      release.
    type: dict
    default: {}
  follow:
    description: Whether to ask git repositories for news of a version that is known.
    type: bool
    default: false
  archive:
    description: Where to write a tar with build contexts, each in its folder, and no more.
    type: path
  only:
    description: The images whose build contexts are packed, as returned in RV(images).
    type: list
    elements: dict
    default: []
"""

EXAMPLES = """
- name: Work out the tags of two images
  build_context_info:
    root: apps
    bases:
      - {name: debian, repository: library/debian, version: "13", tag: 13-0123456789ab}
    images: &images
      - {name: python, repository: library/python, version: "3.13", base: debian}
      - {name: identidock, repository: identidock, version: "1.0", base: python}
    releases: .lab/releases
  register: plan

- name: Pack the context of one of them
  build_context_info:
    root: apps
    images: *images
    releases: .lab/releases
    archive: /tmp/contexts.tar
    only: "{{ plan.images | selectattr('name', 'equalto', 'identidock') }}"
"""

RETURN = """
images:
  description: >
    The images, those from git at the end, with C(context), C(tag) (version and content),
    C(reference) and C(version_reference) as the registry calls it, C(revision), C(created) and
    C(from), what it starts from. C(parents) are all images it takes from, by name, each with its
    repository and tag. C(git) is null, or what is known of an application, with C(tries), the
    version of Python and the two images of each build to try.
  returned: when no archive is written
  type: list
  elements: dict
  sample:
    - name: identidock
      context: identidock
      repository: identidock
      version: "1.0"
      from: library/python:3.13-3c6e0b8a9c15
      parents: {python: library/python:3.13-3c6e0b8a9c15}
      tag: 1.0-0cc175b9c0f1
      reference: identidock:1.0-0cc175b9c0f1
      version_reference: identidock:1.0
      revision: 8c736c640e06e390ab92740ee5639aa9d4a448c5
      created: "2026-11-24T20:54:57+00:00"
      git: null
bases:
  description: The base images with their tags.
  returned: when no archive is written
  type: list
  elements: dict
  sample: [{name: debian, repository: library/debian, version: "13", tag: 13-0123456789ab}]
bases_known:
  description: Whether the tag of each base image is known.
  returned: when no archive is written
  type: bool
  sample: true
candidate:
  description: All this as a release, whose images lack only their digests.
  returned: when no archive is written
  type: dict
  sample: {revision: 8c736c6, base: {}, images: {}, aliases: {}}
changes:
  description: How it differs from the newest release, a line each.
  returned: when no archive is written
  type: list
  elements: str
  sample: ["identidock: apps/identidock edited", "redis: new"]
missing:
  description: Names of the images whose tag is not in the newest release.
  returned: when no archive is written
  type: list
  elements: str
  sample: [identidock, redis]
published:
  description: All tags that the registry must have, with the digest of the newest release.
  returned: when no archive is written
  type: dict
  sample:
    redis:8.0: null
    redis:8.0-0cc175b9c0f1: sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
"""

BYTECODE = ["**/__pycache__", "**/*.pyc"]


class ContextError(Exception):
    """A build context that cannot be; the text is a sentence with its remedy."""


def context_files(context: Path) -> list[str]:
    """Relative paths of the files that Docker would send, sorted, bytecode left out."""
    ignore = context / ".dockerignore"
    patterns = ignore.read_text().splitlines() if ignore.exists() else []
    patterns = [line.strip() for line in patterns if line.strip() and not line.startswith("#")]
    sent = exclude_paths(str(context), [*patterns, *BYTECODE], dockerfile="Dockerfile")
    return sorted(
        path for path in sent if (context / path).is_symlink() or not (context / path).is_dir()
    )


@functools.cache
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


def full_name(alias: str) -> str:
    """The alias with its namespace, as the registry has it."""
    return alias if "/" in alias else f"library/{alias}"


def references(image: dict[str, Any]) -> dict[str, str]:
    """What the registry calls the image, by its content and by its version."""
    return {
        "reference": "{repository}:{tag}".format(**image),
        "version_reference": "{repository}:{version}".format(**image),
    }


def git(context: Path, *arguments: str) -> str:
    """Output of a git command, empty where there is no git or no repository."""
    command = ["git", "-C", str(context), *arguments, "--", "."]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


@functools.cache
def source(context: Path) -> tuple[str, str]:
    """Revision and date (RFC 3339) of the sources: the last commit's, else the newest file's."""
    revision, _, committed = git(context, "log", "-1", "--format=%H %cI").partition(" ")
    if revision and not git(context, "status", "--porcelain"):
        return revision, datetime.fromisoformat(committed).astimezone(UTC).isoformat()
    newest_file = max((context / path).lstat().st_mtime for path in context_files(context))
    digest = content_digest(context)
    edited = f"{revision}-edited-{digest[:12]}" if revision else f"content-{digest[:12]}"
    return edited, datetime.fromtimestamp(int(newest_file), UTC).isoformat()


class Plan:
    """The images that the sources give, as a release and as builds."""

    def __init__(self, asked: dict[str, Any], before: Release | None, check_mode: bool) -> None:
        self._asked = asked
        self._check_mode = check_mode
        self._before: dict[str, Any] = before["images"] if before else {}
        self._same_recipe = bool(before and before["base"]["recipe"] == asked["recipe"])
        self._now = now()
        self._entries: dict[str, dict[str, Any]] = {}
        self.bases = [self._base(base) for base in asked["bases"]]
        self.images = [self._folder(image) for image in asked["images"]]
        self.images += [self._application(each) for each in asked["git"]]

    def release(self) -> Release:
        """All this as a release, whose images lack their digests."""
        first = self.bases[0] if self.bases else {"tag": "", "packages": {}}
        return {
            "revision": short(source(Path(self._asked["root"]))[0]),
            "base": {
                "tag": first["tag"],
                "recipe": self._asked["recipe"],
                "packages": first["packages"],
            },
            "images": self._entries,
            "aliases": {full_name(name): image for name, image in self._asked["aliases"].items()},
        }

    def missing(self) -> list[str]:
        """Names of the images whose content is not in the newest release."""
        return [
            name
            for name, entry in self._entries.items()
            if self._before.get(name, {}).get("tag") != entry["tag"]
        ]

    def _enter(self, image: dict[str, Any], **known: Any) -> None:
        """Enter an image into the release."""
        empty: dict[str, Any] = {"from": {}, "source": {}, "packages": {}, "migrations": []}
        empty |= {"refreshed": "", "updates": []}
        plain = {key: image[key] for key in ("repository", "version", "tag")}
        self._entries[image["name"]] = plain | empty | known

    def _base(self, base: dict[str, Any]) -> dict[str, Any]:
        """A base image, as it was found, else as it stands in the newest release."""
        before = self._before.get(base["name"])
        if not base["tag"] and self._same_recipe and before:
            base = base | {"tag": before["tag"], "packages": before["packages"]}
        self._enter(base, source={"suite": base["suite"]}, packages=base["packages"])
        return base | references(base)

    def _parents(self, name: str, wanted: list[str]) -> dict[str, str]:
        """The images that an image takes from, each as <repository>:<tag>, by name."""
        for parent in wanted:
            if parent not in self._entries:
                raise ContextError(
                    f"Image {name} starts from {parent}, which is not built before it. "
                    "List it earlier in images_list."
                )
        return {name: "{repository}:{tag}".format(**self._entries[name]) for name in wanted}

    def _build(
        self,
        image: dict[str, Any],
        parents: dict[str, str],
        content: str,
        source: dict[str, Any],
        migrations: list[str],
    ) -> dict[str, Any]:
        """The image with the tag of its content, entered into the release."""
        name, version = image["name"], image["version"]
        before = self._before.get(name, {})
        refreshed, updates = before.get("refreshed", ""), before.get("updates", [])
        if name in self._asked["refresh"]:
            refreshed, updates = self._now, self._asked["refresh"][name]
        recipe = "\n".join([image["repository"], content, version, *parents.values(), refreshed])
        tagged = image | {"tag": f"{version}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"}
        self._enter(
            tagged,
            source=source,
            refreshed=refreshed,
            updates=updates,
            migrations=migrations,
            **{"from": {parent: self._entries[parent]["tag"] for parent in parents}},
        )
        return tagged | references(tagged) | {"parents": parents}

    def _folder(self, image: dict[str, Any]) -> dict[str, Any]:
        """An image of a folder of this repository."""
        root, folder = Path(self._asked["root"]), image["context"] or image["name"]
        if not (root / folder / "Dockerfile").is_file():
            raise ContextError(
                f"Image {image['name']} has no {root / folder}/Dockerfile. Write one, or take the "
                "image out of images_list."
            )
        parents = self._parents(image["name"], [image["base"], *image["also_from"]])
        revision, created = source(root / folder)
        content = content_digest(root / folder)
        known = {
            "folder": f"{root.name}/{folder}",
            "revision": short(revision),
            "content": content[:12],
        }
        return self._build(image, parents, content, known, migrations(root / folder)) | {
            "context": folder,
            "from": parents[image["base"]],
            "revision": revision,
            "created": created,
            "git": None,
        }

    def _application(self, each: dict[str, Any]) -> dict[str, Any]:
        """An image of an application from git."""
        known = self._asked["pythons"]
        pythons = [python for python in known if each["python"] in ("", python["version"])]
        if not pythons:
            raise ContextError(
                f"{each['variables']}_python is {each['python']}, and the lab has no such Python: "
                f"there is {', '.join(python['version'] for python in known)}. Take one of these, "
                "or leave it empty."
            )
        found = self._found(each)
        where = f"{without_password(each['repo'])} at {each['ref']}"
        if each["refuse_migrations"] and found["migrations"]:
            raise ContextError(f"{where} has migrations, {each['refuse_migrations']}")
        if not found["flask_app"]:
            raise ContextError(
                f"{where} is not a Flask application the lab can start: it has no .flaskenv that "
                "names FLASK_APP, and no microblog.py, app.py, wsgi.py or app/ that uses Flask. "
                "Give another address or version. What ran before still runs."
            )
        parents = self._parents(
            each["name"], [python[kind] for python in pythons for kind in ("build", "run")]
        )
        overlay = content_digest(Path(self._asked["overlay"]))
        image = {
            "name": each["name"],
            "repository": each["repository"],
            "version": re.sub(r"[^A-Za-z0-9_.-]", "-", each["ref"]).lstrip(".-")[:60],
        }
        found |= {
            "repo": without_password(each["repo"]),
            "ref": each["ref"],
            "content": overlay[:12],
        }
        content = hashlib.sha256(f"{found['commit']}\0{overlay}".encode()).hexdigest()
        steps = found.pop("migrations")
        tries = [
            " ".join([each["version"], parents[each["build"]], parents[each["run"]]])
            for each in pythons
        ]
        return self._build(image, parents, content, found, steps) | {
            "context": each["name"],
            "git": found | {"tries": tries, "variables": each["variables"]},
        }

    def _found(self, each: dict[str, Any]) -> dict[str, Any]:
        """An application as the newest release has it, else as git has it now."""
        before = self._before.get(each["name"], {"source": {}})
        known = before["source"]
        asked = (without_password(each["repo"]), each["ref"])
        if not self._asked["follow"] and (known.get("repo"), known.get("ref")) == asked:
            return {key: known[key] for key in ("commit", "date", "flask_app")} | {
                "migrations": before["migrations"]
            }
        if not self._check_mode:
            return checked_out(each, each["ref"], Path(self._asked["sources"], each["name"]))
        with tempfile.TemporaryDirectory() as nowhere:
            return checked_out(each, each["ref"], Path(nowhere, each["name"]))


def checked_out(each: dict[str, Any], ref: str, folder: Path) -> dict[str, Any]:
    """What is in the folder, once git has put it there."""
    try:
        return checkout(each["repo"], ref, folder)
    except GitError as error:
        repo = without_password(each["repo"])
        raise ContextError(
            f"This machine cannot check out {ref} of {repo}: {error}. Correct "
            f"{each['variables']}_repo or {each['variables']}_version (try `git ls-remote "
            f"{repo}`), then run this again. What ran before still runs."
        ) from error


def short(revision: str) -> str:
    """A revision with the first digits of its commit, and whether it was edited since."""
    return re.sub(r"^([0-9a-f]{7})[0-9a-f]{33}(-edited)?.*", r"\1\2", revision)


def pack(asked: dict[str, Any], archive: Path) -> None:
    """Write the contexts as one tar, the same bytes for the same content."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        member.mtime = 0
        member.mode = 0o755 if member.mode & 0o100 or member.name in scripts else 0o644
        return member

    scripts = {f"{image['context']}/boot.sh" for image in asked["only"] if image["git"]}
    repositories = {each["name"]: each for each in asked["git"]}
    files: dict[str, Path] = {}
    for image in asked["only"]:
        context = Path(asked["root"], image["context"])
        if image["git"]:
            context, overlay = Path(asked["sources"], image["name"]), Path(asked["overlay"])
            if described(context).get("commit") != image["git"]["commit"]:
                checked_out(repositories[image["name"]], image["git"]["commit"], context)
            # Where the application has a file of its own, it stays.
            files |= {
                f"{image['context']}/{path}": overlay / path for path in context_files(overlay)
            }
        files |= {f"{image['context']}/{path}": context / path for path in context_files(context)}
    archive.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tarfile.open(archive, "w") as tar:
        for path, file in sorted(files.items()):
            tar.add(file, arcname=path, filter=plain)


def published(candidate: Release, before: Release | None) -> dict[str, str | None]:
    """The tags that the registry must have, with the digest that a release has for them."""
    tags: dict[str, str | None] = {}
    for name, image in candidate["images"].items():
        known = before["images"].get(name, {}) if before else {}
        same = (known.get("repository"), known.get("tag")) == (image["repository"], image["tag"])
        for reference in references(image).values():
            tags[reference] = known["digest"] if same else None
    return tags | dict.fromkeys(candidate["aliases"])


def main() -> None:
    text = {"type": "str", "required": True}
    maybe = {"type": "str", "default": ""}
    image = {
        "name": text,
        "context": {"type": "str"},
        "repository": text,
        "version": text,
        "base": text,
        "also_from": {"type": "list", "elements": "str", "default": []},
    }
    base = {
        "name": text,
        "repository": text,
        "version": text,
        "suite": maybe,
        "tag": maybe,
        "packages": {"type": "dict", "default": {}},
    }
    application = {
        "name": text,
        "repository": text,
        "repo": text,
        "ref": {"type": "str", "default": "HEAD"},
        "python": maybe,
        "refuse_migrations": maybe,
        "variables": text,
    }
    python = {"version": text, "build": text, "run": text}
    listed = {"type": "list", "elements": "dict", "default": []}
    module = AnsibleModule(
        argument_spec={
            "root": {"type": "path", "required": True},
            "images": {"type": "list", "elements": "dict", "required": True, "options": image},
            "bases": listed | {"options": base},
            "recipe": maybe,
            "git": listed | {"options": application},
            "pythons": listed | {"options": python},
            "sources": {"type": "path"},
            "overlay": {"type": "path"},
            "aliases": {"type": "dict", "default": {}},
            "releases": {"type": "path", "required": True},
            "refresh": {"type": "dict", "default": {}},
            "follow": {"type": "bool", "default": False},
            "archive": {"type": "path"},
            "only": listed,
        },
        supports_check_mode=True,
    )
    asked = module.params
    try:
        if asked["archive"]:
            if not module.check_mode:
                pack(asked, Path(asked["archive"]))
            module.exit_json(changed=False)
        before = newest(Path(asked["releases"]))
        plan = Plan(asked, before, module.check_mode)
    except (ContextError, ReleaseError) as error:
        module.fail_json(msg=str(error))
    candidate = plan.release()
    module.exit_json(
        changed=False,
        images=plan.images,
        bases=plan.bases,
        bases_known=all(base["tag"] for base in plan.bases),
        candidate=candidate,
        changes=differences(before, candidate),
        missing=plan.missing(),
        published=published(candidate, before),
    )


if __name__ == "__main__":
    main()
