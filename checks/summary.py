"""What the checks found, on one screen: a plugin of pytest for `playbooks/check.yml`.

usage: python -m pytest -p no:terminal -p checks.summary ...
"""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path

import pytest

# Failures that are told, in all and of one part of one machine; the rest is counted.
MOST_SHOWN = 10
MOST_OF_A_PART = 2
MOST_CHARACTERS = 300


class Summary:
    """Counts by machine and part, and a sentence for each failure."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.counts: dict[str, Counter[tuple[str, str]]] = {}
        self.failed = 0
        self.failures: list[str] = []
        self.skipped: Counter[str] = Counter()
        self.machines: dict[str, str] = {}
        self.started = time.monotonic()

    def add(self, part: str, machine: str, outcome: str) -> None:
        if part not in self.parts:
            self.parts.append(part)
        self.counts.setdefault(machine, Counter())[part, outcome] += 1

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Remember which machine a check is about: its name may have any character."""
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        # It has none where no machine has this part.
        if backend := getattr(parameters.get("_testinfra_host"), "backend", None):
            self.machines[item.nodeid] = backend.get_hostname()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed += 1
            self.failures.append(f"{report.nodeid} cannot be read\n    {reason(report)}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.passed:
            return
        machine = self.machines.get(report.nodeid, "controller")
        name, _, parameters = report.nodeid.partition("::")[2].partition("[")
        rest = parameters.removesuffix("]").removeprefix(f"ansible://{machine}").removeprefix("-")
        part = Path(report.nodeid.partition("::")[0]).parent.name
        if report.nodeid not in self.machines and report.skipped:
            # No machine has this part.
            return
        if report.skipped:
            self.skipped[reason(report)] += 1
            return
        self.add(part, machine, report.outcome)
        self.failed += report.failed
        if report.failed and self.counts[machine][part, "failed"] <= MOST_OF_A_PART:
            sentence = name.removeprefix("test_").replace("_", " ")
            example = f" ({rest})" if rest else ""
            self.failures.append(f"{machine}, {part}: {sentence}{example}\n    {reason(report)}")

    def lines(self) -> list[str]:
        """The screen."""
        width = max(map(len, ["VM", *self.counts]))
        shown = [f"{'VM':{width}}  {'  '.join(self.parts)}"]
        for machine, counts in sorted(self.counts.items()):
            cells = []
            for part in self.parts:
                passed, failed = counts[part, "passed"], counts[part, "failed"]
                cell = f"{failed} failed" if failed else f"{passed}" if passed else "-"
                cells.append(f"{cell:>{len(part)}}")
            shown.append(f"{machine:{width}}  {'  '.join(cells)}")
        total = sum(map(Counter.total, self.counts.values()))
        took = time.monotonic() - self.started
        shown += ["", f"{total} checks in {took:.0f} s, {self.failed or 'none'} failed"]
        shown += [f"{number} skipped: {why}" for why, number in self.skipped.items()]
        for failure in self.failures[:MOST_SHOWN]:
            shown += failure.splitlines()
        if more := self.failed - len(self.failures[:MOST_SHOWN]):
            shown.append(f"and {more} more")
        return shown

    def pytest_sessionfinish(self) -> None:
        print("\n".join(self.lines()))


def reason(report: pytest.CollectReport | pytest.TestReport) -> str:
    """Why a check failed or was left out, in one line."""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    said = crash.message if crash else str(report.longrepr)
    # What an assertion says for itself comes first, what pytest adds about it after a line break.
    first = re.sub(r"^(\w+\.)*(AssertionError|Failed): ", "", said).splitlines()[0]
    return first if len(first) <= MOST_CHARACTERS else f"{first[:MOST_CHARACTERS]}..."


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Summary(), "lab-summary")
