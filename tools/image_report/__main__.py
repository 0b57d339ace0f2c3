"""Write the pages of a lab.

usage: python -m tools.image_report DIRECTORY < RESULTS

RESULTS is JSON: `engines`, `stacks` and `swarm` have the results of collect.py, stack_info and
swarm_info by VM, `registry` the registry's address, and `catalogue` the result of registry_info.
Prints the path of each page that changed.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tools.image_report.model import read_report
from tools.image_report.page import PAGES, render


def main(directory: Path) -> None:
    """Write the pages, each for its owner alone.

    :raises OSError: when the directory cannot be written
    """
    given = json.load(sys.stdin)
    results = [given[name] for name in ("engines", "registry", "catalogue", "stacks", "swarm")]
    report = read_report(*results)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for language, name in PAGES.items():
        page = directory / name
        text = render(report, language)
        if page.exists() and page.read_text(encoding="utf-8") == text:
            continue
        new = directory / f".{name}.new"
        new.write_text(text, encoding="utf-8")
        new.replace(page)
        print(page)


if __name__ == "__main__":
    os.umask(0o077)
    try:
        main(Path(sys.argv[1]))
    except OSError as error:
        sys.exit(f"The pages cannot be written: {error}")
