"""The files of a source tree, for who hands them on as they are."""

import re
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleFilterError

# What running a program leaves behind.
MADE = re.compile(r"(^|/)__pycache__(/|$)|\.(pyc|mo)$")


def source_files(
    sources: dict[str, str], root: str, replace: dict[str, str] | None = None
) -> dict[str, str]:
    """Content of each text file by its new path.

    `sources` names a file or folder below `root` for each new path, `.` for the top. Each text of
    `replace` is replaced in all of them.
    """
    files = {}
    for target, source in sources.items():
        origin = Path(root, source)
        if not origin.exists():
            raise AnsibleFilterError(f"There is no {origin}, which is to become {target}.")
        for file in [origin] if origin.is_file() else sorted(origin.rglob("*")):
            path = Path(target, file.relative_to(origin)).as_posix()
            if not file.is_file() or MADE.search(path):
                continue
            try:
                text = file.read_text(encoding="utf-8")
            except ValueError as error:
                raise AnsibleFilterError(f"{file} is not text: {error}.") from error
            for old, new in (replace or {}).items():
                text = text.replace(old, new)
            files[path] = text
    return files


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"source_files": source_files}
