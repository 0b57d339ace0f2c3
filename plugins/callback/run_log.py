"""Keep the whole text of a run, with the results of all tasks, in a file."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Any

from ansible import constants as C  # noqa: N812
from ansible.plugins.callback.default import CallbackModule as DefaultCallback
from ansible.utils.display import Display

DOCUMENTATION = """
name: run_log
type: notification
short_description: Keep the whole text of a run in a file
description:
  - Writes to a file of its own for each run what P(ansible.builtin.default#callback) prints with
    C(-v). Results of tasks with C(no_log) are not in it.
  - Does nothing where another callback than P(concise#callback) prints, for then the text is on
    the screen, and nothing for a user who does not own the working copy, so that C(sudo) leaves
    no files of root there.
options:
  directory:
    description: Directory for the files.
    type: path
    default: .lab/logs
    env:
      - name: ANSIBLE_RUN_LOG_DIRECTORY
    ini:
      - section: callback_run_log
        key: directory
  keep:
    description: How many files are kept, the newest.
    type: int
    default: 10
    ini:
      - section: callback_run_log
        key: keep
extends_documentation_fragment:
  - default_callback
  - result_format_callback
requirements:
  - enable in configuration
"""

COLOR = re.compile(r"\x1b\[[0-9;]*m")


class LogFile:
    """What the default callback takes for the display."""

    # As with -v: results are shown.
    verbosity = 1

    def __init__(self, path: Path) -> None:
        """Open a file that only its owner can read."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._file = os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", buffering=1)

    def display(self, msg: str, screen_only: bool = False, **_: Any) -> None:
        """Write a message, unless it is for screens alone."""
        if not screen_only:
            self._file.write(COLOR.sub("", msg).rstrip("\n") + "\n")

    def banner(self, msg: str, **_: Any) -> None:
        """Write a heading with the time."""
        self.display(f"\n{time.strftime('%H:%M:%S')} {msg}")


class CallbackModule(DefaultCallback):
    """The default callback with a file in place of the screen."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "run_log"
    CALLBACK_NEEDS_ENABLED = True

    def set_options(self, *args: Any, **kwargs: Any) -> None:
        """Open the file; whatever the screen leaves out is in it."""
        super().set_options(*args, **kwargs)
        self._plugin_options |= {
            "display_ok_hosts": True,
            "display_skipped_hosts": True,
            "display_failed_stderr": False,
        }
        directory = Path(self.get_option("directory"))
        self.disabled = C.DEFAULT_STDOUT_CALLBACK != "concise" or not owned(directory)
        if self.disabled:
            return
        directory.parent.mkdir(mode=0o700, exist_ok=True)
        directory.mkdir(mode=0o700, exist_ok=True)
        path = directory / time.strftime("%Y%m%d-%H%M%S.log")
        # All that this callback inherits goes to the file.
        self._display = LogFile(path)
        for old in sorted(directory.glob("[0-9]*.log"))[: -self.get_option("keep")]:
            old.unlink(missing_ok=True)
        Display().display(f"Log of this run: {os.path.relpath(path)}")

    def _handle_warnings_and_exception(self, result: Any) -> None:
        for kind in ("warnings", "deprecations", "exception"):
            if text := result.result.pop(kind, None):
                self._display.display(f"{kind}: {text}")


def owned(directory: Path) -> bool:
    """Whether the nearest directory that exists belongs to the user."""
    there = next(each for each in (directory, *directory.parents) if each.exists())
    return there.stat().st_uid == os.geteuid() and os.access(there, os.W_OK)
