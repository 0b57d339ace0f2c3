"""Look for mistakes in the table of other names of images."""

from __future__ import annotations

import re
from typing import Any

# As a Dockerfile has it: a name, or one in a namespace, and a tag.
REFERENCE = re.compile(r"(?:([a-z0-9]+)/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*:[A-Za-z0-9_][\w.-]{0,127}")


def full_name(alias: str) -> str:
    """The alias with its namespace, as the registry has it."""
    return alias if "/" in alias else f"library/{alias}"


def alias_problems(
    aliases: dict[str, str], images: list[dict[str, Any]], namespaces: list[str]
) -> list[str]:
    """A sentence for each alias that cannot be.

    :param aliases: name of an image by other name, C(<name>:<tag>)
    :param images: the images, each with its name, repository and version
    :param namespaces: namespaces that the engines' mirror serves
    """
    names = sorted({image["name"] for image in images})
    built = {f"{image['repository']}:{image['version']}" for image in images}
    problems = []
    for alias, name in aliases.items():
        found = REFERENCE.fullmatch(alias)
        wrong = None
        if not found:
            wrong = "is not a name with a tag. Write it like python:3.7"
        elif (found[1] or "library") not in namespaces:
            wrong = f"is in none of the namespaces that the mirror serves: {', '.join(namespaces)}"
        elif full_name(alias) in built:
            wrong = "would hide the image that the lab builds under that name. Take it out"
        elif name not in names:
            wrong = f"is to stand for {name}; it can stand for {', '.join(names)}. Correct it"
        if wrong:
            problems.append(f"The alias {alias} {wrong}.")
    return problems


def published_aliases(
    aliases: dict[str, str], images: dict[str, dict[str, Any]], digests: dict[str, str]
) -> list[dict[str, str]]:
    """What the module registry_alias is to write.

    :param aliases: name of an image by other name, C(<name>:<tag>)
    :param images: the images of a release by name
    :param digests: the digest of each image by C(<repository>:<tag>)
    """
    written = []
    for alias, name in aliases.items():
        image = images[name]
        digest = digests["{repository}:{tag}".format(**image)]
        written.append(
            {
                "reference": full_name(alias),
                "source": f"{image['repository']}@{digest}",
                "alias_of": "{repository}:{version}".format(**image).removeprefix("library/"),
            }
        )
    return written


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Any]:
        return {"alias_problems": alias_problems, "published_aliases": published_aliases}
