#!/usr/bin/python
"""Look at the sources of a machine's apt."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: apt_sources_info
short_description: Look at the sources of a machine's apt
description:
  - Reads and changes nothing. Finds no sources where there is no apt.
  - A list of mirrors, as in C(mirror+file:/etc/apt/mirrors/debian.list) of Debian's cloud images,
    is replaced by the first of its mirrors that is reached over HTTP.
options: {}
"""

EXAMPLES = """
- name: Look at apt's sources
  apt_sources_info:
  register: apt
"""

RETURN = """
sources:
  description: Each source once, in apt's own order, whatever the format of apt's files.
  returned: always
  type: list
  sample: [{"release": "trixie", "uri": "http://deb.debian.org/debian/"}]
"""

# What an update would fetch; unlike `apt-get indextargets` it needs no update before.
COMMAND = ["apt-get", "--print-uris", "update"]
MIRROR_LIST = "mirror+file:"


def reached(uri: str) -> str:
    """The address itself, or the first HTTP address in the list of mirrors that it names."""
    path = Path(uri.removeprefix(MIRROR_LIST))
    if not uri.startswith(MIRROR_LIST) or not path.is_file():
        return uri
    listed = re.search(r"(?m)^\s*(https?://\S+)", path.read_text())
    return listed.group(1).rstrip("/") if listed else uri


def sources(listing: str) -> list[dict[str, str]]:
    """Each source of what apt-get printed, once."""
    pairs = dict.fromkeys(re.findall(r"(?m)^'(\S+)/dists/(\S+)/InRelease' ", listing))
    return [{"release": release, "uri": f"{reached(uri)}/"} for uri, release in pairs]


def main() -> None:
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    listing = ""
    if module.get_bin_path("apt-get"):
        _code, listing, _errors = module.run_command(COMMAND)
    found: list[dict[str, Any]] = sources(listing)
    module.exit_json(changed=False, sources=found)


if __name__ == "__main__":
    main()
