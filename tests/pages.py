"""Pages of docs/ whose blocks are applied to a working copy, as a reader does by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

# The line before a block names its file, in its last pair of backticks.
BLOCK = re.compile(r"^([^\n]*)\n\n```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r".*`([^`]+/[^`]+)`[^`]*:$")


@dataclass
class Block:
    """What stands between two fences."""

    file: str
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    """The blocks of a page, each with the file it belongs to, if any."""
    found = []
    for before, language, text in BLOCK.findall(page.read_text()):
        named = FILE.match(before)
        found.append(Block(named[1] if named else "", language, text))
    return found


def edited(content: str, change: str) -> str:
    """A file's content with a block of `+` in its place; without a place, that is the end."""
    lines = change.splitlines(keepends=True)
    place = "".join(line[1:] for line in lines if line.startswith(" "))
    new = "".join(line[1:] for line in lines)
    if not place:
        return content + new
    assert content.count(place) == 1, f"there are {content.count(place)} places like this:\n{place}"
    return content.replace(place, new)


def apply(page: Path, folder: Path) -> list[str]:
    """Write the files of a page and edit those that are there; tell which."""
    files = []
    for block in blocks(page):
        if not block.file:
            continue
        file = folder / block.file
        if block.language == "diff":
            file.write_text(edited(file.read_text(), block.text))
        else:
            assert not file.exists(), f"{block.file} is there already"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text)
        files.append(block.file)
    return list(dict.fromkeys(files))
