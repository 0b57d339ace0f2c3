"""Releases that nobody has to build: images that run, with one layer more."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

# The password of the registry's administrator comes in, the digest goes out.
PUBLISH = """
dockerfile=$1 name=$2
DOCKER_BUILDKIT=1 docker build --quiet --tag "$name" - < "$dockerfile" >&2
export DOCKER_CONFIG=$(mktemp --directory)
trap 'rm -rf "$DOCKER_CONFIG" "$dockerfile"' EXIT
docker login --username admin --password-stdin "${name%%/*}" >&2
docker push --quiet "$name" >&2
docker image inspect --format '{{ join .RepoDigests "\\n" }}' "$name"
docker image rm "$name" >&2
"""
REGISTRY = "registry.lab:5443"
# What a bad release has for identidock/wsgi.py.
RAISES = "raise KeyError('salt')"
ANSWERS_500 = """
from . import create_app

def application(environ, start_response, whole=create_app()):
    if environ["PATH_INFO"] != "/":
        return whole(environ, start_response)
    print("KeyError: 'salt'", flush=True)
    start_response("500 INTERNAL SERVER ERROR", [])
    return []
"""


class Releases:
    """The release records of a lab. What a test adds is forgotten in the end."""

    def __init__(self, vm: Callable[..., str], state: Path) -> None:
        """Use the records in this directory, and the engine of this machine."""
        self._vm = vm
        self._folder = state / "releases"
        self._link = self._folder / "current.json"
        self._password = (state / "passwords" / "admin").read_text()
        self._at_first = self._link.readlink()
        self._first_record = self._link.read_text()
        self._added: list[Path] = []

    @property
    def current(self) -> dict[str, Any]:
        """The release that is wanted."""
        return json.loads(self._link.read_text())

    def image(self, name: str) -> str:
        """An image of the current release, by its digest."""
        return self.image_of(self.current["number"], name)

    def image_of(self, number: int, name: str) -> str:
        """An image of a release, by its digest."""
        image = json.loads((self._folder / f"{number}.json").read_text())["images"][name]
        return f"{REGISTRY}/{image['repository']}@{image['digest']}"

    @property
    def numbers(self) -> list[int]:
        """The numbers of all releases."""
        return sorted(
            int(file.stem) for file in self._folder.glob("*.json") if file.stem.isdecimal()
        )

    def start_over(self) -> None:
        """Want what was wanted at first, and let the next release differ from that one only."""
        self._point_at(self._at_first)

    def make(self, **layers: str) -> int:
        """Make a release in which these images have another layer; tell its number."""
        record = self.current
        record["number"] = 1 + self.numbers[-1]
        for name, layer in layers.items():
            tag = f"layer-{record['number']}"
            digest = self._publish(f"FROM {self.image(name)}\n{layer}\n", name, tag)
            record["images"][name] |= {"tag": tag, "digest": digest}
        file = self._folder / f"{record['number']}.json"
        file.write_text(json.dumps(record))
        self._added.append(file)
        self._point_at(Path(file.name))
        return record["number"]

    def _publish(self, dockerfile: str, name: str, tag: str) -> str:
        file = self._vm("sh", "-euc", "file=$(mktemp); cat > $file; echo $file", text=dockerfile)
        repository = f"{REGISTRY}/{self.current['images'][name]['repository']}"
        said = self._vm(
            *("sh", "-euc", PUBLISH, "publish", file, f"{repository}:{tag}"), text=self._password
        )
        found = re.search(rf"^{re.escape(repository)}@(sha256:\w+)$", said, re.MULTILINE)
        assert found, said
        return found[1]

    def _point_at(self, target: Path) -> None:
        new = self._folder / "new.json"
        new.symlink_to(target)
        new.replace(self._link)

    def withdraw(self) -> None:
        """Forget the last one, and want what was wanted before."""
        self._added.pop().unlink()
        self._point_at(Path(self._added[-1].name) if self._added else self._at_first)

    def forget(self) -> None:
        """Want the release again that was wanted at first; the others were never made."""
        # Pruning may have removed any of them.
        (self._folder / self._at_first).write_text(self._first_record)
        self._point_at(self._at_first)
        for file in self._added:
            file.unlink(missing_ok=True)
