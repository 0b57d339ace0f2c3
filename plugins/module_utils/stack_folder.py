"""The files of a stack on its machine, beside its compose.yaml."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.records import write_atomically

RECORD = "deployed.json"
# What was never deployed.
NEW: dict[str, Any] = {"release": None, "at": None, "by": None, "live": None, "refused": None}


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[None]:
    """
    Wait for a run that still works here: its controller may have been killed, and it not.

    When it was killed too, the command that it waited for may still work, and has the lock.
    """
    with lock.open("w") as held:
        os.set_inheritable(held.fileno(), True)
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def read_record(folder: Path) -> dict[str, Any]:
    """What is noted about a stack's deployment; nothing where the note is missing or damaged."""
    try:
        found = json.loads((folder / RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        found = None
    return NEW | found if isinstance(found, dict) else dict(NEW)


@dataclass(frozen=True)
class Entry:
    """A file (with content) or directory (without) as it is wanted."""

    path: Path
    mode: int
    owner: int
    content: bytes | None = None

    @property
    def current(self) -> bool:
        if not self.path.exists():
            return False
        seen = self.path.stat()
        same = (seen.st_mode & 0o7777, seen.st_uid) == (self.mode, self.owner)
        return same and (self.content is None or self.path.read_bytes() == self.content)

    def write(self) -> None:
        if self.content is not None:
            write_atomically(self.path, self.content, self.mode, self.owner)
            return
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(self.mode)
        if self.path.stat().st_uid != self.owner:
            os.chown(self.path, self.owner, -1)


class Folder:
    """The directory of one stack. A new secret has a new name, so the old one stays."""

    def __init__(
        self,
        path: Path,
        secrets: dict[str, str],
        configs: dict[str, str],
        live: dict[str, str],
        directories: dict[str, int],
    ) -> None:
        self.path = path
        self.live = live
        self._named = {"secrets": secrets, "configs": configs}
        self.entries = self._wanted(secrets, configs, live, directories)
        self._before: dict[Path, bytes | None] = {}

    def _wanted(
        self,
        secrets: dict[str, str],
        configs: dict[str, str],
        live: dict[str, str],
        directories: dict[str, int],
    ) -> list[Entry]:
        root = os.geteuid()
        entries = [Entry(self.path, 0o755, root)]
        if secrets:
            # Only root enters; a container that is handed a file is not root.
            entries.append(Entry(self.path / "secrets", 0o700, root))
        if configs:
            entries.append(Entry(self.path / "configs", 0o755, root))
        if live and "live" not in directories:
            entries.append(Entry(self.path / "live", 0o755, root))
        for name, owner in sorted(directories.items()):
            # What belongs to root keeps everybody from what is below.
            mode = 0o700 if owner == 0 else 0o755
            entries.append(Entry(self.path / name, mode, owner))
        for kind, files in self._named.items():
            for name, text in files.items():
                entries.append(Entry(self.path / kind / name, 0o444, root, text.encode()))
        # Files of a directory that is somebody's are that somebody's alone.
        owner, mode = (directories["live"], 0o400) if directories.get("live") else (root, 0o444)
        for name, text in live.items():
            entries.append(Entry(self.path / "live" / name, mode, owner, text.encode()))
        return entries

    @property
    def live_hash(self) -> str | None:
        """What the files say that a running container reads."""
        if not self.live:
            return None
        return hashlib.sha256(json.dumps(self.live, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def record(self) -> dict[str, Any]:
        return read_record(self.path)

    def pending(self) -> list[Entry]:
        """What is not there as it is wanted."""
        return [entry for entry in self.entries if not entry.current]

    def write(self) -> None:
        """Write what is pending, and remember the live files that were there."""
        for entry in self.pending():
            if entry.path.is_relative_to(self.path / "live") and entry.content is not None:
                there = entry.path.exists()
                self._before[entry.path] = entry.path.read_bytes() if there else None
            entry.write()

    def restore_live(self) -> bool:
        """Put the live files back that were overwritten; tells whether there were any."""
        for entry in self.entries:
            before = self._before.get(entry.path)
            if before is not None:
                write_atomically(entry.path, before, entry.mode, entry.owner)
            elif entry.path in self._before:
                entry.path.unlink()
        return bool(self._before)

    def note(self, **changes: Any) -> None:
        """Note something about the deployment."""
        text = json.dumps(self.record | changes, indent=2, ensure_ascii=False) + "\n"
        write_atomically(self.path / RECORD, text.encode(), 0o644, os.geteuid())

    def unused(self) -> list[Path]:
        """Secrets, configs and live files that are not wanted any more."""
        wanted = {entry.path for entry in self.entries}
        return [
            file
            for kind in ("secrets", "configs", "live")
            for file in sorted((self.path / kind).rglob("*"))
            if file.is_file() and file not in wanted
        ]

    def earlier(self, path: Path) -> str:
        """Content of the file that a config with a new name takes the place of."""
        stem = path.name.rpartition("-")[0]
        found = [
            file for file in path.parent.glob(f"{stem}-*") if file.name.rpartition("-")[0] == stem
        ]
        newest = max(found, key=lambda file: file.stat().st_mtime, default=None)
        return newest.read_text("utf-8") if newest else ""
