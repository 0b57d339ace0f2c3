"""Find variables that nobody knows."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any

import yaml

# Beginnings that are the lab's own, besides the names of its roles.
PREFIXES = ["lab", "site"]


def known_variables(project: Path) -> set[str]:
    """Options of every role, and what the lab's own group_vars set."""
    known: set[str] = set()
    for specs in project.glob("roles/*/meta/argument_specs.yml"):
        for entry in yaml.safe_load(specs.read_text())["argument_specs"].values():
            known |= set(entry.get("options", {}))
    for group_vars in project.glob("playbooks/group_vars/*/*.yml"):
        known |= set(yaml.safe_load(group_vars.read_text()))
    return known


def misspelt(names: list[str], project: str) -> list[str]:
    """A sentence for each variable that is named like the lab's own and is none of them.

    :param names: variables that are set
    :param project: the project's directory
    """
    known = known_variables(Path(project))
    roles = [role.name for role in Path(project, "roles").iterdir()]
    ours = re.compile(rf"({'|'.join(PREFIXES + roles)})_")
    sentences = []
    for name in sorted(set(names) - known):
        if ours.match(name):
            near = difflib.get_close_matches(name, known, n=1)
            sentences.append(f"{name} is unknown" + (f": did you mean {near[0]}?" if near else "."))
    return sentences


class FilterModule:
    """The filters of this file, as Ansible wants them."""

    def filters(self) -> dict[str, Any]:
        return {"misspelt": misspelt}
