"""Names that change with the content, for files that a running container must not see change."""

from hashlib import sha256
from typing import Any


def content_name(name: str, content: object) -> str:
    """The name, a dash and twelve digits of both."""
    digest = sha256(f"{name}\n{content}".encode())
    return f"{name}-{digest.hexdigest()[:12]}"


def content_names(files: dict[str, object]) -> dict[str, str]:
    """What each file is called, by its name."""
    return {name: content_name(name, content) for name, content in files.items()}


def by_content_name(files: dict[str, object]) -> dict[str, object]:
    """The same files by what they are called."""
    return {content_name(name, content): content for name, content in files.items()}


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"content_names": content_names, "by_content_name": by_content_name}
