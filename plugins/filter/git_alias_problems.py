"""What is wrong with a table of git addresses that lead to repositories of the lab."""

import re
from collections.abc import Iterable
from typing import Any

# What git's configuration takes as it is, between quotes.
PLAIN = re.compile(r'[^\s"\\]+')


def short(address: str) -> str:
    """The address without what git leaves out too: `.git`, and slashes at its end."""
    return address.rstrip("/").removesuffix(".git").rstrip("/")


def git_alias_problems(aliases: dict[str, Any], repositories: Iterable[str]) -> list[str]:
    """One sentence for each line of the table that cannot be used."""
    known = sorted(repositories)
    leads_to: dict[str, Any] = {}
    problems = []
    for address, repository in aliases.items():
        if not PLAIN.fullmatch(str(address)) or ":" not in str(address):
            problems.append(
                f"{address!r} is no address of a git repository: write it like "
                "https://github.com/owner/name."
            )
        elif repository not in known:
            problems.append(
                f"{address} leads to {repository!r}, and there is no such repository: "
                f"there is {', '.join(known)}."
            )
        elif leads_to.setdefault(short(address), repository) != repository:
            problems.append(
                f"{short(address)} leads to {leads_to[short(address)]} and to {repository}: "
                "take one of the two out."
            )
    return problems


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"git_alias_problems": git_alias_problems, "git_alias_address": short}
