"""Numbered releases of images, each a file; a link says which one the lab runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Release = dict[str, Any]


class ReleaseError(Exception):
    """A release that cannot be had; the text is a sentence with its remedy."""


def numbers(directory: Path) -> list[int]:
    """The numbers of all releases, the lowest first."""
    return sorted(int(file.stem) for file in directory.glob("*.json") if file.stem.isdigit())


def read(directory: Path, number: int | str) -> Release:
    """The release of that number."""
    file = directory / f"{number}.json"
    try:
        release: Release = json.loads(file.read_text(encoding="utf-8"))
        if str(release["number"]) != str(number) or not isinstance(release["images"], dict):
            raise ValueError("it is not the record of that release")
    except FileNotFoundError as error:
        there = ", ".join(map(str, numbers(directory))) or "none"
        raise ReleaseError(
            f"There is no release {number} in {directory}; there is {there}. "
            "`make releases` shows them."
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReleaseError(
            f"{file} is damaged ({error}). Remove it, then run the same command again."
        ) from error
    return release


def newest(directory: Path) -> Release | None:
    """The release with the highest number."""
    known = numbers(directory)
    return read(directory, known[-1]) if known else None


def current(directory: Path) -> Release | None:
    """The release that the lab is to run, if it was told and is there."""
    link = directory / "current.json"
    if not link.exists():
        return None
    try:
        return read(directory, int(link.readlink().stem))
    except ValueError as error:
        raise ReleaseError(
            f"{link} does not lead to a release. Remove it, then run the same command again."
        ) from error


def previous(directory: Path, release: Release | None) -> int:
    """The number of the release before another one."""
    if not release:
        raise ReleaseError(f"There is no release in {directory}. Run `make build`.")
    earlier = [number for number in numbers(directory) if number < release["number"]]
    if not earlier:
        raise ReleaseError(
            f"There is no release before {release['number']} to return to. "
            "`make releases` shows those there are."
        )
    return earlier[-1]


def unknown_migrations(before: Release, after: Release) -> dict[str, list[str]]:
    """Migrations of a release that another one does not know, by image."""
    unknown = {}
    for name, image in before["images"].items():
        other = after["images"].get(name)
        # Another repository has a database of its own.
        if other and image["source"].get("repo") == other["source"].get("repo"):
            unknown[name] = [
                each for each in image["migrations"] if each not in other["migrations"]
            ]
    return {name: steps for name, steps in unknown.items() if steps}


def package_changes(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Each package whose version differs, from version to version."""
    return [
        f"{name} {before.get(name, '(new)')} → {after.get(name, '(gone)')}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def image_changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Why an image has another content than before."""
    old, new = before["source"], after["source"]
    reasons = []
    if before["version"] != after["version"]:
        reasons.append(f"version {before['version']} → {after['version']}")
    if old.get("repo") != new.get("repo"):
        reasons.append(f"taken from {new['repo']}")
    elif old.get("commit") != new.get("commit"):
        reasons.append(f"commit {old['commit'][:8]} → {new['commit'][:8]}")
    if old.get("folder") == new.get("folder") and old.get("content") != new.get("content"):
        reasons.append(f"{new.get('folder', 'what is laid over it')} edited")
    if before["refreshed"] != after["refreshed"]:
        reasons += after["updates"]
    reasons += package_changes(before["packages"], after["packages"])
    if not reasons:
        parents = after["from"]
        reasons = [f"stands on {n}" for n in parents if before["from"].get(n) != parents[n]]
    return reasons or ["made again"]


def differences(before: Release | None, after: Release) -> list[str]:
    """A line for each image that is new, gone, or has another content."""
    old = before["images"] if before else {}
    lines = []
    for name, image in after["images"].items():
        if name not in old:
            lines.append(f"{name}: new")
        elif any(image.get(key) != old[name][key] for key in ("tag", "digest") if key in image):
            lines.append(f"{name}: {', '.join(image_changes(old[name], image))}")
    lines += [f"{name}: gone" for name in old if name not in after["images"]]
    if before and before.get("aliases", {}) != after.get("aliases", {}):
        lines.append("other names of images: changed")
    if before and not lines and before["base"]["recipe"] != after["base"]["recipe"]:
        lines.append("base: recipe changed, with the same outcome")
    return lines
