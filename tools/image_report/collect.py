"""Print what a Docker Engine has, as one JSON document.

playbooks/report.yml runs this on each VM, as root. It needs Docker's client and Python, reads, and
changes nothing. It does not redact: its output is for tools.image_report on the controller.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

# Seconds for one command; `docker system df` on a slow disk is the longest.
TIMEOUT = 60
JSON = "--format={{json .}}"


def docker(*arguments: str, some_gone: bool = False) -> str:
    """The output of a command of Docker's client.

    :param some_gone: what it asks for may have been removed meanwhile; the output has the rest
    :raises SystemExit: when it fails; with the reason
    """
    try:
        done = subprocess.run(
            # Whichever context was chosen on this machine, its own engine is meant.
            ["docker", "--context=default", *arguments],
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    except FileNotFoundError:
        sys.exit("Docker is not installed. Run playbooks/nodes.yml.")
    except subprocess.TimeoutExpired:
        sys.exit(f"`docker {' '.join(arguments[:2])}` took longer than {TIMEOUT} s.")
    if done.returncode != 0 and not (some_gone and "no such" in done.stderr.lower()):
        sys.exit(f"`docker {' '.join(arguments[:2])}` failed: {done.stderr.strip()}")
    return done.stdout


def rows(output: str) -> list[dict[str, Any]]:
    """What a command printed as one JSON object in each line."""
    return [json.loads(line) for line in output.splitlines()]


def inspect(kind: str, *options: str) -> list[dict[str, Any]]:
    """What `docker image inspect` or `docker container inspect` has of all that is listed."""
    # An image is listed once for each of its tags.
    ids = {*docker(kind, "ls", "--quiet", "--no-trunc", *options).split()}
    return rows(docker(kind, "inspect", JSON, *sorted(ids), some_gone=True)) if ids else []


def history(image: str) -> list[dict[str, Any]]:
    """The entries of an image's history, the newest first."""
    options = ("--no-trunc", "--human=false", JSON)
    return rows(docker("image", "history", *options, image, some_gone=True))


def main() -> None:
    seen = {
        "images": [image | {"History": history(image["Id"])} for image in inspect("image")],
        "containers": inspect("container", "--all"),
        "disk": rows(docker("system", "df", JSON)),
        "info": json.loads(docker("info", JSON)),
    }
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main()
