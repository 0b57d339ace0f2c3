#!/usr/bin/python
"""Keep a bare git repository that has a given history."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: git_history
short_description: Keep a bare git repository that has a given history
description:
  - Each version is a commit with a tag, on top of the version before it. The same versions give the
    same commits on every machine.
  - Whatever the repository has besides is removed. One that this module did not make is refused.
author: identidock-lab maintainers
options:
  path:
    description: The bare repository. Folders that lead to it are made.
    type: path
    required: true
  branch:
    description: Name of the only branch; it ends at the last version.
    type: str
    default: main
  author:
    description: Author and committer of all versions, as C(Name <address>).
    type: str
    required: true
  description:
    description: One line about the repository.
    type: str
    required: true
  versions:
    description: The versions, the first one first.
    type: list
    elements: dict
    required: true
    suboptions:
      tag: {type: str, required: true, description: Name of the tag.}
      date: {type: str, required: true, description: "Date of the commit: RFC 3339, with its zone."}
      message: {type: str, required: true, description: Message of the commit.}
      files: {type: dict, required: true, description: "Content of each file, by its path."}
requirements: [git]
"""

EXAMPLES = """
- name: Create the repository of the lesson
  git_history:
    path: /srv/git/hello.git
    author: Ada <ada@example.org>
    description: The programs of the lesson
    versions:
      - tag: v0.1
        date: "2026-01-01T00:00:00+00:00"
        message: Say hello
        files: {hello.py: "print('Hello')\\n"}
"""

RETURN = """
commits:
  description: The commit of each tag.
  returned: when git is there
  type: dict
  sample: {v0.1: 8c736c640e06e390ab92740ee5639aa9d4a448c5}
"""

# In the repository's own configuration: who made it.
MARK = ("identidock-lab.made", "true")


def data(text: str) -> bytes:
    """A text as fast-import reads it."""
    content = text.encode()
    return b"data %d\n%s\n" % (len(content), content)


def stream(branch: str, author: str, versions: list[dict[str, Any]]) -> bytes:
    """The whole history, as `git fast-import` reads it."""
    lines = []
    for version in versions:
        moment = int(datetime.fromisoformat(version["date"]).timestamp())
        lines += [
            f"commit refs/heads/{branch}\n".encode(),
            f"committer {author} {moment} +0000\n".encode(),
            data(f"{version['message']}\n"),
            b"deleteall\n",
        ]
        for path, content in sorted(version["files"].items()):
            lines += [f"M 100644 inline {path}\n".encode(), data(content)]
        lines += [
            f"reset refs/tags/{version['tag']}\n".encode(),
            f"from refs/heads/{branch}\n\n".encode(),
        ]
    return b"".join(lines)


def git(repository: Path, *arguments: str, given: bytes | None = None) -> str:
    """Output of a git command that must succeed; nobody's settings but the repository's count."""
    environment = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
    done = subprocess.run(
        ["git", f"--git-dir={repository}", *arguments],
        input=given,
        env=environment | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull},
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


def build(repository: Path, params: dict[str, Any]) -> None:
    """Make the repository anew."""
    branch = params["branch"]
    git(repository, "init", "--quiet", "--bare", "--template=", f"--initial-branch={branch}")
    git(repository, "config", *MARK)
    (repository / "description").write_text(f"{params['description']}\n", encoding="utf-8")
    history = stream(branch, params["author"], params["versions"])
    git(repository, "fast-import", "--quiet", given=history)


def state(repository: Path) -> tuple[str, ...] | None:
    """All that people see of the repository; nothing where it is not whole."""
    try:
        git(repository, "fsck", "--connectivity-only", "--no-progress")
        return (
            git(repository, "symbolic-ref", "HEAD"),
            git(repository, "for-each-ref"),
            (repository / "description").read_text(encoding="utf-8"),
        )
    except (OSError, subprocess.CalledProcessError):
        return None


def is_ours(repository: Path) -> bool:
    """Whether this module made the repository."""
    try:
        return git(repository, "config", "--local", MARK[0]).strip() == MARK[1]
    except subprocess.CalledProcessError:
        return False


def replace(repository: Path, successor: Path) -> None:
    """Put the successor in the repository's place."""
    # It was made in a folder that is only its maker's.
    successor.chmod(0o755)
    if repository.exists():
        shutil.rmtree(repository)
    successor.rename(repository)


def main() -> None:
    version = {
        "tag": {"type": "str", "required": True},
        "date": {"type": "str", "required": True},
        "message": {"type": "str", "required": True},
        "files": {"type": "dict", "required": True},
    }
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "branch": {"type": "str", "default": "main"},
            "author": {"type": "str", "required": True},
            "description": {"type": "str", "required": True},
            "versions": {"type": "list", "elements": "dict", "required": True, "options": version},
        },
        supports_check_mode=True,
    )
    repository = Path(module.params["path"])
    if not shutil.which("git"):
        if module.check_mode:
            module.exit_json(changed=True)
        module.fail_json(msg="There is no git here. Install it, then run this again.")
    if repository.exists() and not is_ours(repository):
        module.fail_json(
            msg=f"{repository} is there already, and the lab did not make it. Move it away, or "
            "give the lab's repositories another folder."
        )
    # Whatever the umask, everybody may clone.
    os.umask(0o022)
    parent = repository.parent
    if not module.check_mode:
        parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(
            prefix=".git-history.", dir=None if module.check_mode else parent
        ) as folder:
            successor = Path(folder, repository.name)
            build(successor, module.params)
            commits = {
                each["tag"]: git(successor, "rev-parse", f"refs/tags/{each['tag']}").strip()
                for each in module.params["versions"]
            }
            changed = state(successor) != state(repository)
            if changed and not module.check_mode:
                replace(repository, successor)
    except subprocess.CalledProcessError as error:
        module.fail_json(msg=f"git could not make {repository}: {error.stderr.decode().strip()}")
    module.exit_json(changed=changed, commits=commits)


if __name__ == "__main__":
    main()
