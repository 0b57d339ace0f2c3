"""A Flask application from a git repository, laid into a folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

# What `flask run` looks for, and what people call it besides.
ENTRY_POINTS = ("microblog.py", "app.py", "wsgi.py", "app")


class GitError(Exception):
    """A repository that cannot be had; the text says why, without anybody's password."""


def without_password(text: str) -> str:
    """The text without the account in web addresses, and without passwords in others."""
    text = re.sub(r"(https?://)[^/@\s]+@", r"\1", text)
    return re.sub(r"(\w+://[^/:@\s]+):[^/@\s]+@", r"\1@", text)


def git(*arguments: str) -> bytes:
    """Output of a git command, which asks nobody for a password."""
    silent = {"GIT_SSH_COMMAND": "ssh -o BatchMode=yes", **os.environ, "GIT_TERMINAL_PROMPT": "0"}
    done = subprocess.run(["git", *arguments], env=silent, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        reason = next((line for line in said if line.startswith("fatal: ")), said[-1])
        raise GitError(without_password(reason.removeprefix("fatal: ").rstrip(".")))
    return done.stdout


def flask_app(folder: Path) -> str:
    """What FLASK_APP is to be: as .flaskenv has it, else a usual name where there is any Flask."""
    settings = folder / ".flaskenv"
    text = settings.read_text(errors="replace") if settings.is_file() else ""
    if named := re.search(r"(?m)^FLASK_APP *= *(.+)", text):
        return named[1].strip().strip("\"'")
    programs = (file for file in folder.rglob("*.py") if file.is_file())
    if any(b"flask" in file.read_bytes().lower() for file in programs):
        return next((name for name in ENTRY_POINTS if (folder / name).exists()), "")
    return ""


def migrations(folder: Path) -> list[str]:
    """The steps that bring a database to what the application needs."""
    return sorted(file.stem for file in folder.glob("migrations/versions/*.py"))


def checkout(repo: str, ref: str, folder: Path) -> dict[str, Any]:
    """Lay what git has of a tag, branch or commit into the folder, and say what it is."""
    if not shutil.which("git"):
        raise GitError("there is no git on this machine (apt-get install git)")
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".git-source.", dir=folder.parent) as temporary:
        clone, files = f"--git-dir={temporary}/clone", Path(temporary, "files")
        git("clone", "--quiet", "--bare", "--", repo, f"{temporary}/clone")
        commit = git(clone, "rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}")
        name = commit.decode().strip()
        date = git(clone, "log", "-1", "--format=%ct", name)
        files.mkdir()
        archive = git(clone, "archive", "--format=tar", name)
        subprocess.run(["tar", "--extract", "--directory", files], input=archive, check=True)
        found = {
            "commit": name,
            "date": int(date),
            "flask_app": flask_app(files),
            "migrations": migrations(files),
        }
        description(folder).unlink(missing_ok=True)
        if folder.exists():
            shutil.rmtree(folder)
        files.rename(folder)
    description(folder).write_text(json.dumps(found), encoding="utf-8")
    return found


def description(folder: Path) -> Path:
    """The file that says what is in the folder."""
    return folder.parent / f"{folder.name}.json"


def described(folder: Path) -> dict[str, Any]:
    """What is in the folder, empty where that is not known."""
    try:
        found: dict[str, Any] = json.loads(description(folder).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found
