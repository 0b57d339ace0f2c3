"""Files in which the lab notes what it did, and the time in them."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path


def now() -> str:
    """The time in UTC, as records have it (RFC 3339)."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_atomically(path: Path, content: bytes, mode: int, owner: int) -> None:
    """Write a file that is there whole or not at all, and never open to more than its mode says."""
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as file:
        try:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            if os.geteuid() != owner:
                os.fchown(file.fileno(), owner, -1)
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except OSError:
            # On a full disk the rest of it would take the last room.
            Path(file.name).unlink()
            raise
