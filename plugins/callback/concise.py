"""Show what a run changes, one line for each step, and that a long step goes on."""

from __future__ import annotations

import functools
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible import constants as C  # noqa: N812
from ansible.plugins.callback.default import CallbackModule as DefaultCallback

DOCUMENTATION = """
name: concise
type: stdout
short_description: One line for each step that changes something, and progress of the long ones
description:
  - Prints a line for each task that changed something, with its time, and nothing for tasks that
    were skipped or found all in order. Short tasks of one role that follow each other share a
    line, unless differences are shown. Messages of M(ansible.builtin.debug) are printed as text.
  - A step that takes long shows that it goes on. On a terminal a line is rewritten each second;
    in a pipe a line is printed now and then. A task that is retried until something is done can
    return RV(ignore:progress), a text that is shown beside the time.
  - At the end come the longest steps, Ansible's recap, and, when the run failed, the reason.
  - With C(-v) it prints what P(ansible.builtin.default#callback) prints. The callback
    P(run_log#callback) keeps all of that in a file.
options:
  progress_after:
    description: Seconds after which a step shows that it goes on.
    type: int
    default: 5
    ini:
      - section: callback_concise
        key: progress_after
  progress_interval:
    description: Seconds between two lines about the same step, in a pipe.
    type: int
    default: 10
    ini:
      - section: callback_concise
        key: progress_interval
  shared_width:
    description:
      - How long the names in a line of several short tasks may become; further ones are counted.
      - With V(0) each task has a line of its own.
    type: int
    default: 60
    ini:
      - section: callback_concise
        key: shared_width
  longest_steps:
    description: How many of the longest steps are listed at the end, of those over a second.
    type: int
    default: 5
    ini:
      - section: callback_concise
        key: longest_steps
extends_documentation_fragment:
  - default_callback
  - result_format_callback
requirements:
  - set as stdout in configuration
"""

# Lines of a failed command's output that are shown.
OUTPUT_LINES = 10

# What the first task as root on a new VM says, and a dry run of users that are numbers in
# containers. The log has it.
EXPECTED_WARNINGS = ("Module remote_tmp", "failed to look up ")


@dataclass
class Step:
    """A task and the hosts that run it."""

    role: str
    title: str
    path: str
    interactive: bool
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None
    running: set[str] = field(default_factory=set)
    changed: list[str] = field(default_factory=list)
    diffs: list[str] = field(default_factory=list)
    progress: str = ""
    # When the last line about progress was printed.
    shown: float | None = None

    @property
    def name(self) -> str:
        """The title with its role."""
        return f"{self.role}: {self.title}" if self.role else self.title

    @property
    def seconds(self) -> float:
        """How long it took, or has taken so far."""
        return (self.ended or time.monotonic()) - self.started


def step_of(task: Any) -> Step:
    """The step a task is, with its place relative to the working directory."""
    role, _, title = task.get_name().strip().rpartition(" : ")
    path = task.get_path() or ""
    if path.startswith(f"{Path.cwd()}/"):
        path = os.path.relpath(path)
    interactive = task.action.rpartition(".")[2] == "pause"
    return Step(role, title, path, interactive)


def lines_of(message: Any) -> str:
    """A message as text; a list has one line in each element."""
    return "\n".join(map(str, message)) if isinstance(message, list) else str(message)


def reason_of(result: dict[str, Any]) -> str:
    """Why a task failed: its message, and the end of its output where it ran a command."""
    reason = lines_of(result.get("msg") or result.get("censored") or "no reason given").rstrip()
    for stream in ("stderr", "module_stderr", "stdout", "module_stdout"):
        if output := str(result.get(stream) or "").strip():
            return "\n".join([reason, *output.splitlines()[-OUTPUT_LINES:]])
    return reason


def unless_verbose(method: Callable[..., None]) -> Callable[..., None]:
    """Leave an event to the default callback when more was asked for with -v."""
    default = getattr(DefaultCallback, method.__name__)

    @functools.wraps(method)
    def chosen(self: CallbackModule, *args: Any, **kwargs: Any) -> None:
        (default if self._display.verbosity else method)(self, *args, **kwargs)

    return chosen


class CallbackModule(DefaultCallback):
    """One line for each step that changes something, and progress of the long ones."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "concise"

    def __init__(self) -> None:
        super().__init__()
        self._step: Step | None = None
        self._steps: list[Step] = []
        # Short steps of one role that will share a line.
        self._shared: list[Step] = []
        self._hosts = 1
        # What went wrong last on each host, and the hosts whose reason is still to be printed.
        self._failures: dict[str, tuple[Step, str]] = {}
        self._unexplained: set[str] = set()
        self._item_reasons: dict[str, list[str]] = {}
        self._terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self._live = False
        self._lock = threading.RLock()
        self._clock = threading.Thread(target=self._tick, daemon=True)
        # Ansible forks a worker for each task: never while the clock is printing.
        os.register_at_fork(
            before=self._lock.acquire,
            after_in_parent=self._lock.release,
            after_in_child=self._lock.release,
        )

    # Printing

    def _print(self, text: str, color: str | None = None) -> None:
        with self._lock:
            self._clear()
            self._print_shared()
            self._display.display(text, color=color)
            sys.stdout.flush()

    def _print_changed(self, steps: list[Step]) -> None:
        """Print one line for steps of one role that changed something on the same hosts."""
        titles = [steps[0].title]
        for step in steps[1:]:
            if len("; ".join([*titles, step.title])) > self.get_option("shared_width"):
                break
            titles.append(step.title)
        text = f"{sum(step.seconds for step in steps):7.1f} s  "
        text += f"{steps[0].role}: " if steps[0].role else ""
        text += "; ".join(titles)
        if more := len(steps) - len(titles):
            text += f"; and {more} more"
        if self._hosts > 1:
            text += f" [{', '.join(steps[0].changed)}]"
        self._print(text, C.COLOR_CHANGED)

    def _print_shared(self) -> None:
        """Print the line of the short steps that have ended."""
        if self._shared:
            steps, self._shared = self._shared, []
            self._print_changed(steps)

    def _clear(self) -> None:
        """Take the rewritten line off the terminal."""
        if self._live:
            sys.stdout.write("\r\x1b[K")
            sys.stdout.flush()
            self._live = False

    def _tick(self) -> None:
        while True:
            time.sleep(1)
            with self._lock:
                self.show_progress()

    def show_progress(self) -> None:
        """Show that the present step goes on, if it is time to."""
        step = self._step
        if not step or not step.running or step.interactive:
            return
        hosts = f" [{', '.join(sorted(step.running))}]" if self._hosts > 1 else ""
        text = f"{step.seconds:7.0f} s  {step.name}{hosts} ..."
        if step.progress:
            text += f" {step.progress}"
        if self._terminal:
            sys.stdout.write(f"\r\x1b[K{text[: shutil.get_terminal_size().columns - 1]}")
            sys.stdout.flush()
            self._live = True
            return
        now = time.monotonic()
        due = (
            step.started + self.get_option("progress_after")
            if step.shown is None
            else step.shown + self.get_option("progress_interval")
        )
        if now >= due:
            step.shown = now
            self._print(text, C.COLOR_SKIP)

    def _finish_step(self) -> None:
        """Print the line of the step that is done, if it changed something."""
        with self._lock:
            self._clear()
            step, self._step = self._step, None
        # Tasks that no host runs, such as meta, have no end.
        if not step or step.ended is None:
            return
        if not step.interactive:
            self._steps.append(step)
        for diff in step.diffs:
            self._print(diff)
        if not step.changed:
            return
        if self._shared and not self._fits(step):
            self._print_shared()
        self._shared.append(step)
        if step.diffs or step.seconds >= self.get_option("progress_after"):
            self._print_shared()

    def _fits(self, step: Step) -> bool:
        """Whether a step may share the line of those before it."""
        first = self._shared[0]
        return (
            self.get_option("shared_width") > 0
            and not step.diffs
            and step.seconds < self.get_option("progress_after")
            and (step.role, sorted(step.changed)) == (first.role, sorted(first.changed))
            and step.started - first.started < self.get_option("progress_interval")
        )

    def _start_step(self, task: Any) -> None:
        self._finish_step()
        self._step = step_of(task)

    # Events of the run

    @unless_verbose
    def v2_playbook_on_start(self, playbook: Any) -> None:  # noqa: ARG002
        if not self._clock.is_alive():
            self._clock.start()

    @unless_verbose
    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._finish_step()
        self._print_shared()
        self._play = play
        self._hosts = len(play.get_variable_manager()._inventory.get_hosts(play.hosts))

    @unless_verbose
    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:  # noqa: ARG002
        self._start_step(task)

    @unless_verbose
    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        self._start_step(task)

    @unless_verbose
    def v2_playbook_on_no_hosts_matched(self) -> None:
        pass

    @unless_verbose
    def v2_playbook_on_no_hosts_remaining(self) -> None:
        pass

    @unless_verbose
    def v2_playbook_on_include(self, included_file: Any) -> None:
        pass

    # Events of a task on one host

    @unless_verbose
    def v2_runner_on_start(self, host: Any, task: Any) -> None:  # noqa: ARG002
        name = host.get_name()
        if name in self._unexplained:
            # The host goes on, so the failure is handled: say now what it was.
            self._unexplained.discard(name)
            self._print(self._indented(self._failures[name][1]), C.COLOR_ERROR)
        if self._step:
            self._step.running.add(name)

    def _end_on_host(self, result: Any) -> Step:
        if not self._step:
            self._step = step_of(result.task)
        self._step.running.discard(result.host.get_name())
        self._step.ended = time.monotonic()
        self._print_warnings(result)
        return self._step

    def _print_warnings(self, result: Any) -> None:
        warnings = result.result.get("warnings") or []
        if any(not str(each).startswith(EXPECTED_WARNINGS) for each in warnings):
            with self._lock:
                self._clear()
                self._handle_warnings(result.result)

    @staticmethod
    def _indented(text: str) -> str:
        return "\n".join(f"           {line}" for line in text.splitlines())

    def _print_message(self, result: Any) -> None:
        """Print what a debug task says."""
        if result.task.action not in C._ACTION_DEBUG:
            return
        self._clean_results(result.result, result.task.action)
        if "msg" in result.result:
            self._print(lines_of(result.result["msg"]).rstrip())
        elif "results" not in result.result:
            self._print(self._dump_results(result.result).strip())

    @unless_verbose
    def v2_runner_on_ok(self, result: Any) -> None:
        step = self._end_on_host(result)
        if result.result.get("changed"):
            step.changed.append(result.host.get_name())
        if not result.task.loop:
            self._print_message(result)

    @unless_verbose
    def v2_runner_on_skipped(self, result: Any) -> None:
        self._end_on_host(result)

    @unless_verbose
    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        step = self._end_on_host(result)
        host = result.host.get_name()
        items = self._item_reasons.pop(host, [])
        if ignore_errors:
            return
        self._failures[host] = (step, "\n".join(items) or reason_of(result.result))
        self._unexplained.add(host)
        self._print(f"{step.seconds:7.1f} s  {step.name} [{host}] FAILED", C.COLOR_ERROR)

    @unless_verbose
    def v2_runner_on_unreachable(self, result: Any) -> None:
        step = self._end_on_host(result)
        host = result.host.get_name()
        if result.task.ignore_unreachable:
            return
        self._failures[host] = (step, f"{host} cannot be reached. {reason_of(result.result)}")
        self._print(f"{step.seconds:7.1f} s  {step.name} [{host}] UNREACHABLE", C.COLOR_ERROR)

    @unless_verbose
    def v2_runner_item_on_ok(self, result: Any) -> None:
        self._print_warnings(result)
        self._print_message(result)

    @unless_verbose
    def v2_runner_item_on_skipped(self, result: Any) -> None:
        pass

    @unless_verbose
    def v2_runner_item_on_failed(self, result: Any) -> None:
        self._print_warnings(result)
        reasons = self._item_reasons.setdefault(result.host.get_name(), [])
        reasons.append(f"{self._get_item_label(result.result)}: {reason_of(result.result)}")

    @unless_verbose
    def v2_runner_retry(self, result: Any) -> None:
        if self._step:
            self._step.progress = str(result.result.get("progress") or "")

    @unless_verbose
    def v2_runner_on_async_poll(self, result: Any) -> None:
        pass

    @unless_verbose
    def v2_runner_on_async_ok(self, result: Any) -> None:
        pass

    @unless_verbose
    def v2_runner_on_async_failed(self, result: Any) -> None:
        pass

    @unless_verbose
    def v2_on_file_diff(self, result: Any) -> None:
        results = result.result.get("results") if result.task.loop else [result.result]
        for each in results or []:
            if each.get("changed") and (diff := each.get("diff") and self._get_diff(each["diff"])):
                step = self._step or step_of(result.task)
                step.diffs.append(diff.rstrip("\n"))

    # The end

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._finish_step()
        self._print_shared()
        longest = [step for step in self._steps if step.seconds >= 1]
        longest.sort(key=lambda step: step.seconds, reverse=True)
        if longest := longest[: self.get_option("longest_steps")]:
            self._print("\nThe longest steps")
            for step in longest:
                self._print(f"{step.seconds:7.1f} s  {step.name}")
        super().v2_playbook_on_stats(stats)
        ended_badly = {**stats.failures, **stats.dark}
        by_reason: dict[str, list[str]] = {}
        for host, (step, reason) in self._failures.items():
            if host in ended_badly:
                by_reason.setdefault(reason, []).append(host)
                self._print(f"Failed on {host}: {step.name} ({step.path})")
        for reason in by_reason:
            self._print(reason, C.COLOR_ERROR)
