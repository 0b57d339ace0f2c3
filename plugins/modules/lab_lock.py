#!/usr/bin/python
"""Let one run at a time change the lab."""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import shlex
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.records import now

DOCUMENTATION = """
module: lab_lock
short_description: Let one run at a time change the lab
description:
  - A lock is a file that says which run of C(ansible-playbook) may change the lab. It is there as a
    whole or not at all, and only one of two runs can make it.
  - On the controller, the lock of a run that has ended is replaced, with a warning. A process that
    has the number of one that has ended is not taken for it.
  - On another machine nobody can see whether a run has ended. There the lock is replaced by a run
    from the same host and folder, which holds the controller's lock, and by no other.
  - The lock belongs to the run and not to the lab, so it counts as no change. A dry run takes none.
author: identidock-lab maintainers
options:
  path:
    description: The lock. On the controller its directory is the folder that the run is known by.
    type: path
    required: true
  state:
    description: Whether to take it, or to remove it. Another run's is left alone.
    type: str
    choices: [present, absent]
    default: present
  verb:
    description: What the run does, for whoever is refused. Needed to take the controller's lock.
    type: str
  owner:
    description: >-
      The run, as RV(owner) of the controller's lock. Without it the module runs on the controller,
      and the run is the C(ansible-playbook) that started it.
    type: dict
"""

EXAMPLES = """
- name: Take the controller's lock
  lab_lock:
    path: /srv/lab/.lab/lock
    verb: make lab
  delegate_to: localhost
  register: lab_lock

- name: Take the builder's lock
  become: true
  lab_lock:
    path: /var/lib/identidock-lab/lock
    owner: "{{ lab_lock.owner }}"
"""

RETURN = """
owner:
  description: The run that holds the lock.
  returned: success
  type: dict
  sample:
    by: ada@laptop
    host: laptop
    folder: /srv/lab/.lab
    pid: 4711
    started: 6ad1e6f3-8c0f-4b3c-9a35-1f1f1f1f1f1f/91833
    since: "2026-11-25T09:14:03Z"
    verb: make lab
"""

Owner = dict[str, Any]


class LockError(Exception):
    """A lock that cannot be had; the text is a sentence with its remedy."""


def status_of(pid: int) -> list[str]:
    """What the kernel says of a process, from its state on; nothing where there is none."""
    try:
        # The name comes before it, in parentheses, and may contain any character.
        return Path(f"/proc/{pid}/stat").read_text(encoding="latin-1").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def start_of(pid: int) -> str:
    """When a running process was started, told from any other one's; empty where it has ended."""
    status = status_of(pid)
    if not status or status[0] in "ZX":
        return ""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{boot}/{status[19]}"


def is_playbook(pid: int) -> bool:
    """Whether a process is ansible-playbook, or one that it forked."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_text(encoding="latin-1").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return any(Path(word).name == "ansible-playbook" for word in command)


def run_of(pid: int) -> int:
    """The ansible-playbook that a process was started by; 0 where there is none."""
    while pid and not is_playbook(pid):
        pid = parent_of(pid)
    while pid and is_playbook(parent_of(pid)):
        pid = parent_of(pid)
    return pid


def parent_of(pid: int) -> int:
    """The process that started another one; 0 where there is none."""
    status = status_of(pid)
    return int(status[1]) if status else 0


def this_run(path: Path, verb: str) -> Owner:
    """The run that this module is a part of."""
    pid, host = run_of(os.getpid()), socket.gethostname()
    if not pid:
        raise LockError("A lock is for a run of ansible-playbook, and this is none.")
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = str(os.getuid())
    return {
        "by": f"{user}@{host}",
        "host": host,
        "folder": str(path.parent),
        "pid": pid,
        "started": start_of(pid),
        "since": now(),
        "verb": verb,
    }


class Lock:
    """A file that one run holds."""

    def __init__(self, path: Path, on_controller: bool) -> None:
        self._path = path
        self._on_controller = on_controller
        self._removal = f"`rm {shlex.quote(str(path))}`"
        if not on_controller:
            self._removal = f"`sudo rm {shlex.quote(str(path))}` on {socket.gethostname()}"

    def take(self, run: Owner) -> tuple[Owner, Owner | None]:
        """Who holds it from now on, which is this run, and who held it and has ended."""
        self._path.parent.mkdir(mode=0o700 if self._on_controller else 0o755, exist_ok=True)
        ended = None
        with tempfile.NamedTemporaryFile("w", dir=self._path.parent, encoding="utf-8") as file:
            json.dump(run, file)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            while True:
                try:
                    # Whole or not at all, and never over another one.
                    self._path.hardlink_to(file.name)
                    return run, ended
                except FileExistsError:
                    pass
                holder = self._look(lambda holder: self._is_free(holder, run))
                if holder and same_run(holder, run):
                    return holder, ended
                if self._on_controller:
                    ended = holder

    def free(self, run: Owner) -> None:
        """Remove it if this run holds it."""
        self._look(lambda holder: same_run(holder, run))

    def _is_free(self, holder: Owner, run: Owner) -> bool:
        """Whether a run may replace the holder. Refuses where another run goes on."""
        if same_run(holder, run):
            return False
        same_host = holder["host"] == run["host"]
        if self._on_controller:
            free = same_host and start_of(holder["pid"]) != holder["started"]
        else:
            free = same_host and holder["folder"] == run["folder"]
        if not free:
            raise LockError(
                f"The lab is locked: {holder['by']} has been running `{holder['verb']}` since "
                f"{holder['since']} (process {holder['pid']} on {holder['host']}, lab "
                f"{holder['folder']}). Wait until it has ended; if it was interrupted, remove its "
                f"lock with {self._removal}. Then run the same command again."
            )
        return True

    def _look(self, removes: Callable[[Owner], bool]) -> Owner | None:
        """The holder, whose lock is removed if it is to be; nobody may look at it meanwhile."""
        while True:
            try:
                with self._path.open("r+", encoding="utf-8") as file:
                    fcntl.flock(file, fcntl.LOCK_EX)
                    if os.path.samestat(os.fstat(file.fileno()), self._path.stat()):
                        holder = self._holder(file.read())
                        if removes(holder):
                            self._path.unlink()
                        return holder
            except FileNotFoundError:
                return None

    def _holder(self, text: str) -> Owner:
        """The holder, as the lock names it."""
        try:
            holder: Owner = json.loads(text)
            if holder.keys() >= {"by", "host", "folder", "pid", "started", "since", "verb"}:
                return holder
        except (ValueError, AttributeError):
            pass
        raise LockError(
            f"{self._path} does not say who holds the lock. If nobody changes the lab now, remove "
            f"it with {self._removal}, then run the same command again."
        )


def same_run(one: Owner, other: Owner) -> bool:
    """Whether two owners are one run."""
    return all(one[key] == other[key] for key in ("host", "folder", "pid", "started"))


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "verb": {"type": "str"},
            "owner": {"type": "dict"},
        },
        required_one_of=[["verb", "owner"]],
        supports_check_mode=True,
    )
    asked, path = module.params, Path(module.params["path"])
    try:
        run = asked["owner"] or this_run(path, asked["verb"])
        lock = Lock(path, on_controller=not asked["owner"])
        if module.check_mode:
            module.exit_json(changed=False, owner=run)
        if asked["state"] == "absent":
            lock.free(run)
            module.exit_json(changed=False, owner=run)
        owner, ended = lock.take(run)
    except LockError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"The lab could not be locked: {error}.")
    if ended:
        module.warn(
            f"`{ended['verb']}` of {ended['by']}, begun {ended['since']}, ended before it was done;"
            " its lock was replaced."
        )
    module.exit_json(changed=False, owner=owner)


if __name__ == "__main__":
    main()
