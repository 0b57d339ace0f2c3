#!/usr/bin/env python3
"""Compare the deployed identidock with the lesson's own stack, on the VM where it is deployed.

Both run beside the deployed stack and take turns under the same load. See README.md.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import re
import secrets
import shutil
import signal
import statistics
import sys
import tempfile
import time
import urllib.request
from array import array
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from stacks import (
    BENCH,
    CONNECTIONS,
    FLOOR,
    LESSON,
    OURS,
    THREADS,
    CannotMeasureError,
    Measured,
    Stack,
    build,
    copy_deployed,
    floor_of,
    project,
    remove_images,
    remove_project,
    run,
    run_once,
)

DEPLOYED, EDGE = Path("/opt/identidock"), Path("/opt/edge")
PLACE, PREFIX = Path("/var/tmp"), "bench-copy-"
APPS = BENCH.parent / "apps"
MONSTER = "/monster/" + "b14a7b8059d9c055954c92674ce60032"
# Seconds a stack may take to answer.
START_TIMEOUT = 20
FLOOR_TARGET = 1.3
MEMORY_TARGET, GROWTH_TARGET = 280, 0.02
ALONE = "all, as if alone"
MEMORY_REQUESTS = 100_000
# So many more follow before memory is counted again.
FURTHER = 5
REBUILD_TARGET, REBUILDS = 2, 5
DRAWING_TARGET, PNG_TARGET = 8, 400
IMAGE_TARGETS = {"identidock": 110, "dnmonster": 110, "redis": 100, "edge": 100}
# Bits of an entry of /proc/<pid>/pagemap: present, swapped, and where.
PAGE_IS_THERE = 0b11 << 62
PAGE_NUMBER = PAGE_IS_THERE | (1 << 55) - 1
# More than the edge's cache holds.
NEW_MONSTERS = 40_000


@dataclass(frozen=True)
class Case:
    """What is asked for, and how many times less CPU it must take."""

    title: str
    kind: str
    path: str
    target: float
    results: dict[str, list[Measured]] = field(default_factory=dict)


def cases() -> list[Case]:
    """All that is compared."""
    return [
        Case("`GET /monster/<hash>`, cached", "fixed", MONSTER, 35),
        Case("`GET /`", "fixed", "/", 15),
        Case("`GET /?name=...`, never seen before", "new_name", "/", 1.5),
        Case("`POST /`", "post", "/", 1.5),
        Case("`GET /monster/<hash>`, never seen before", "new_monster", "/", 3),
    ]


class Verdicts:
    """The rows of the tables, and whether all targets are met."""

    def __init__(self, markdown: bool) -> None:
        """Print Markdown, or columns."""
        self._markdown = markdown
        self.missed: list[str] = []

    def judge(self, what: str, met: bool) -> str:
        """Remember a target that is missed; tell it in a word."""
        if not met:
            self.missed.append(what)
        return "met" if met else "MISSED"

    def table(self, head: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
        """Print a table."""
        lines = [list(head), *map(list, rows)]
        if self._markdown:
            lines.insert(1, ["---"] * len(lines[0]))
            text = ["| " + " | ".join(line) + " |" for line in lines]
        else:
            widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
            text = [
                "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
                for line in lines
            ]
        print("\n" + "\n".join(line.rstrip() for line in text), flush=True)


def fetch(
    stack: Stack, path: str, data: bytes | None = None
) -> tuple[list[tuple[str, str]], bytes]:
    """Ask from outside; tell headers and body of a reply that is as it should be."""
    url = f"http://{stack.address}{path}"
    last_try = time.monotonic() + START_TIMEOUT
    while True:
        try:
            with urllib.request.urlopen(url, data, timeout=10) as reply:
                headers, body = reply.getheaders(), reply.read()
            break
        except OSError as error:
            # Nobody tells when the lesson's stack is ready.
            if time.monotonic() > last_try:
                raise CannotMeasureError(f"{stack.project} at {path}: {error}") from error
            time.sleep(0.2)
    expected = b"\x89PNG" if path.startswith("/monster/") else b"You look like a"
    if expected not in body:
        raise CannotMeasureError(f"{stack.project} answers {path} with something else.")
    return headers, body


def measure(arguments: argparse.Namespace, stacks: dict[str, Stack]) -> list[Case]:
    """Put every stack under every load, in turns."""
    every = cases()
    for case in every:
        sides = [name for name in stacks if name != FLOOR or case.path == MONSTER]
        for side in sides:
            case.results[side] = []
            stacks[side].load(case.kind, case.path, 1)
        for number in range(arguments.pairs):
            # Neither side is always the one that comes first.
            for side in sides if number % 2 else reversed(sides):
                found = stacks[side].load(case.kind, case.path, arguments.seconds)
                case.results[side].append(found)
                note(f"{case.title:42} {side:13}{told(found)}")
    return every


def told(found: Measured) -> str:
    """One measurement in a line."""
    return (
        f"{found.cpu:8.1f} µs CPU {found.rate:9.0f}/s"
        f"  p50 {found.p50 / 1000:.2f} p99 {found.p99 / 1000:.2f} ms"
        + (f"  FAILURES: {found.failures}" if found.failures else "")
    )


def note(text: str) -> None:
    """Tell how it goes, apart from the result."""
    print(text, file=sys.stderr, flush=True)


def middle(found: list[Measured], what: str) -> float:
    """Tell the median of one figure."""
    return statistics.median(getattr(each, what) for each in found)


def print_cases(every: list[Case], verdicts: Verdicts) -> None:
    """Print what was compared: CPU time first, then the rest."""
    head = ("Case", "Lesson, µs CPU", "identidock, µs CPU", "Times less (range)", "Target", "")
    rows = []
    for case in every:
        lesson, ours = case.results[LESSON], case.results[OURS]
        ratios = [their.cpu / our.cpu for their, our in zip(lesson, ours, strict=True)]
        rows.append(_row(case.title, lesson, ours, ratios, f"at least {case.target:g}"))
        rows[-1].append(verdicts.judge(case.title, statistics.median(ratios) >= case.target))
    verdicts.table(head, rows)

    cached = every[0]
    floor, ours = cached.results[FLOOR], cached.results[OURS]
    ratios = [our.cpu / their.cpu for their, our in zip(floor, ours, strict=True)]
    row = _row(cached.title, floor, ours, ratios, f"at most {FLOOR_TARGET:g}")
    row.append(verdicts.judge("the floor", statistics.median(ratios) <= FLOOR_TARGET))
    head = ("Case", "From memory, µs CPU", "identidock, µs CPU", "Times (range)", "Target", "")
    verdicts.table(head, [row])

    head = ("Case", "Side", "Requests/s", "p50, ms", "p99, ms", "Failed")
    rows = []
    for case in every:
        for side, found in case.results.items():
            failures = "; ".join(each.failures for each in found if each.failures)
            if side == OURS and failures:
                verdicts.judge(f"{case.title} without failure", met=False)
            rates = f"{middle(found, 'rate'):.0f}"
            times = [f"{middle(found, what) / 1000:.2f}" for what in ("p50", "p99")]
            rows.append(
                [case.title, side.removeprefix("bench-"), rates, *times, failures or "none"]
            )
    verdicts.table(head, rows)


def _row(
    title: str, theirs: list[Measured], ours: list[Measured], ratios: list[float], target: str
) -> list[str]:
    return [
        title,
        f"{middle(theirs, 'cpu'):.1f}",
        f"{middle(ours, 'cpu'):.1f}",
        f"**{statistics.median(ratios):.2f}** ({min(ratios):.2f} to {max(ratios):.2f})",
        target,
    ]


def memory_of(stack: Stack) -> dict[str, float]:
    """PSS of each service in MB, and all of it as if nobody else shared their files."""
    kilobytes: dict[str, int] = {}
    pages: set[int] = set()
    for service, processes in stack.processes().items():
        for process in processes:
            try:
                rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
                pages |= pages_of(process)
            except (FileNotFoundError, ProcessLookupError):
                # A worker that has just been replaced.
                continue
            pss = sum(map(int, re.findall(r"(?m)^Pss:\s+(\d+) kB", rollup)))
            kilobytes[service] = kilobytes.get(service, 0) + pss
    found = {service: pss * 1024 / 1e6 for service, pss in kilobytes.items()}
    found["all"] = sum(found.values())
    return found | {ALONE: len(pages) * mmap.PAGESIZE / 1e6}


def pages_of(process: int) -> set[int]:
    """Numbers of the pages of memory, or of swap, that a process has."""
    pages: set[int] = set()
    maps = Path(f"/proc/{process}/maps").read_text()
    with Path(f"/proc/{process}/pagemap").open("rb", buffering=0) as pagemap:
        for start, end in re.findall(r"(?m)^(\w+)-(\w+) ", maps):
            first, last = int(start, 16) // mmap.PAGESIZE, int(end, 16) // mmap.PAGESIZE
            # The kernel's own page at the end of the address space is none of the process's.
            if first >= 1 << 51:
                continue
            entries = array("Q", os.pread(pagemap.fileno(), 8 * (last - first), 8 * first))
            pages.update(entry & PAGE_NUMBER for entry in entries if entry & PAGE_IS_THERE)
    return pages


def ask_for(stack: Stack, kind: str, requests: int, verdicts: Verdicts) -> int:
    """Load a stack until it has answered so many requests; tell how many they were."""
    answered = 0
    while answered < requests:
        found = stack.load(kind, MONSTER, 10)
        answered += found.requests
        note(f"{kind} requests: {answered} of {requests}")
        if found.failures:
            verdicts.judge(f"{kind} requests without failure: {found.failures}", met=False)
    return answered


def fill_redis(stack: Stack) -> None:
    """Fill Redis up to the limit where it begins to forget."""
    redis = stack.containers("redis")[0].id
    script = (
        "for i = 1, 20000 do redis.call('set', ARGV[1] .. i, string.rep('x', 350), 'ex', 86400) end"
    )
    client = "REDISCLI_AUTH=$(cat /run/secrets/redis_password) exec redis-cli"
    ask = ("docker", "exec", redis, "sh", "-c")
    for _ in range(20):
        run(*ask, f'{client} eval "$0" 0 "$1"', script, f"bench:{secrets.token_hex(32)}")
        evicted = re.search(r"evicted_keys:(\d+)", run(*ask, f"{client} info stats"))
        if evicted and int(evicted[1]):
            return
    raise CannotMeasureError("Redis takes all there is and forgets nothing.")


def print_memory(requests: int, stack: Stack, verdicts: Verdicts) -> None:
    """Fill both caches, then see whether anything still grows."""
    fill_redis(stack)
    ask_for(stack, "new_monster", min(NEW_MONSTERS, requests), verdicts)
    asked = [ask_for(stack, "mixed", requests, verdicts)]
    before = memory_of(stack)
    asked.append(ask_for(stack, "mixed", FURTHER * requests, verdicts))
    after = memory_of(stack)

    rows = [
        [f"{service}, PSS" if service != ALONE else ALONE, f"{before[service]:.1f}", f"{mb:.1f}"]
        for service, mb in after.items()
    ]
    for row in rows[:-1]:
        row += ["", ""]
    rows[-1] += [
        f"at most {MEMORY_TARGET} MB",
        verdicts.judge("memory", before[ALONE] <= MEMORY_TARGET),
    ]
    growth = after[ALONE] / before[ALONE] - 1
    met = verdicts.judge("growth of memory", growth <= GROWTH_TARGET)
    rows.append(["growth", "", f"{growth:+.1%}", f"at most {GROWTH_TARGET:.0%}", met])
    head = ("Memory, MB", f"after {asked[0]} requests", f"after {asked[1]} more", "Target", "")
    verdicts.table(head, rows)


def rebuild_seconds(work: Path) -> list[float]:
    """Time builds after a change of one line."""
    context = work / "identidock"
    shutil.copytree(APPS / "identidock", context)
    file = context / "identidock" / "__init__.py"
    secret = f"--secret=id=pip_conf,src={BENCH / 'lesson' / 'pip.conf'}"
    command = ("docker", "build", "--quiet", secret, "--tag=bench-rebuild", context)
    took = []
    # The first one warms the cache.
    for number in range(REBUILDS + 1):
        with file.open("a") as code:
            code.write(f"# Line {secrets.token_hex(4)}.\n")
        before = run("docker", "image", "ls", "--quiet", "bench-rebuild").split()
        started = time.monotonic()
        run(*command)
        if number:
            took.append(time.monotonic() - started)
        if before:
            run("docker", "image", "rm", *before)
    return took


def print_drawing(arguments: argparse.Namespace, verdicts: Verdicts) -> None:
    """Print what draw_monster.py finds: drawing without HTTP."""
    script = ("python", "bench/draw_monster.py", "--json", f"--pairs={arguments.pairs}")
    image = f"{LESSON}-dnmonster"
    found = json.loads(run_once("--network=none", image, *script))
    ratios, size = found["ratios"], found["bytes"]
    ratio = statistics.median(ratios)
    rows = [
        [
            "drawing one monster without HTTP, times less CPU than Pillow",
            f"{ratio:.1f} ({min(ratios):.1f} to {max(ratios):.1f})",
            f"at least {DRAWING_TARGET}",
            verdicts.judge("drawing", ratio >= DRAWING_TARGET),
        ],
        [
            "its PNG, mean",
            f"{size:.0f} bytes",
            f"at most {PNG_TARGET}",
            verdicts.judge("size of a PNG", size <= PNG_TARGET),
        ],
    ]
    verdicts.table(("Drawing", "Found", "Target", ""), rows)


def print_builds(work: Path, stack: Stack, verdicts: Verdicts) -> None:
    """Print how long a rebuild takes, and how large the images are."""
    took = rebuild_seconds(work)
    seconds = statistics.median(took)
    verdict = verdicts.judge("rebuild", seconds < REBUILD_TARGET)
    text = f"{seconds:.2f} s ({min(took):.2f} to {max(took):.2f})"
    rows = [["rebuild after a change of one line", text, f"under {REBUILD_TARGET} s", verdict]]
    for service, target in IMAGE_TARGETS.items():
        container = stack.containers({"identidock": "replica1"}.get(service, service))[0]
        size = container.image.attrs["Size"] / 1e6
        verdict = verdicts.judge(f"image {service}", size <= target)
        rows.append([f"image {service}", f"{size:.1f} MB", f"at most {target} MB", verdict])
    verdicts.table(("Image", "Found", "Target", ""), rows)


def print_stand_in(arguments: argparse.Namespace) -> None:
    """Print what the lesson's renderer costs here, which is not the original one."""
    renderer = Stack(LESSON, "dnmonster", 8080)
    found = [
        renderer.load("new_monster", MONSTER, arguments.seconds, counted="dnmonster")
        for _ in range(arguments.pairs)
    ]
    costs = [each.cpu for each in found]
    print(
        f"\nThe stand-in for the lesson's renderer costs {statistics.median(costs):.0f} µs CPU"
        f" per picture over HTTP ({min(costs):.0f} to {max(costs):.0f});"
        " the original one, in Node, was measured at 580 to 990 µs elsewhere.",
        flush=True,
    )


@contextmanager
def workplace() -> Iterator[Path]:
    """A directory that does not stay, nor do images and projects of an earlier run."""

    def tidy() -> None:
        for name in (FLOOR, OURS, LESSON):
            remove_project(name)
        remove_images()
        # A run that was killed outright left a copy of the secrets there.
        for left in PLACE.glob(f"{PREFIX}*"):
            shutil.rmtree(left)

    tidy()
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=PLACE, ignore_cleanup_errors=True) as work:
        try:
            yield Path(work)
        finally:
            # Whoever is impatient now would leave half of it behind.
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            tidy()


def write_pip_conf() -> None:
    """Point pip to the site's index, if it has one."""
    index = os.environ.get("PIP_INDEX_URL", "")
    file = BENCH / "lesson" / "pip.conf"
    file.touch(mode=0o600)
    file.write_text(f"[global]\nindex-url = {index}\n" if index else "")


def start_lesson(running: ExitStack, ours: Stack) -> Stack:
    """Start the lesson's stack, and see that both answer everything that is asked."""
    redis = ours.containers("redis")[0].image.id
    file = BENCH / "lesson" / "compose.yaml"
    running.enter_context(project(LESSON, file, BENCH_REDIS=redis))
    lesson = Stack(LESSON, "identidock")
    for stack in (lesson, ours):
        for path in (MONSTER, "/", "/?name=Ada"):
            fetch(stack, path)
        fetch(stack, "/", b"name=Ada")
    return lesson


def start_floor(running: ExitStack, ours: Stack, copied: Path) -> Stack:
    """Start what answers from memory, and see that it answers the same."""
    file = floor_of(copied, ours.network, fetch(ours, MONSTER))
    running.enter_context(project(FLOOR, file))
    floor = Stack(FLOOR, "floor")
    if fetch(floor, MONSTER)[1] != fetch(ours, MONSTER)[1]:
        raise CannotMeasureError("The reply from memory is not the monster.")
    return floor


def compare(arguments: argparse.Namespace, verdicts: Verdicts) -> None:
    """Start everything, measure, print."""
    with workplace() as work:
        note("Building the lesson's stack and the load ...")
        write_pip_conf()
        build()
        note("Starting both stacks ...")
        copied = copy_deployed(DEPLOYED, EDGE, work / "ours")
        with project(OURS, copied):
            ours = Stack(OURS, "edge")
            with ExitStack() as others:
                stacks = {LESSON: start_lesson(others, ours), OURS: ours}
                stacks[FLOOR] = start_floor(others, ours, copied.parent)
                print_cases(measure(arguments, stacks), verdicts)
                print_stand_in(arguments)
            print_drawing(arguments, verdicts)
            print_builds(work, ours, verdicts)
            if arguments.memory_requests:
                print_memory(arguments.memory_requests, ours, verdicts)
        print(
            f"\nMedians of {arguments.pairs} pairs of {arguments.seconds:g} s each,"
            f" {CONNECTIONS} connections from {THREADS} threads of wrk."
        )


def main() -> int:
    """Compare; 1 if a target is missed, 2 if nothing could be measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5, help="measurements of each side (5)")
    parser.add_argument("--seconds", type=float, default=4, help="how long each takes (4)")
    parser.add_argument(
        "--memory-requests",
        type=int,
        default=MEMORY_REQUESTS,
        help=f"requests before memory is counted, {FURTHER} times as many follow;"
        f" 0 leaves memory out ({MEMORY_REQUESTS})",
    )
    parser.add_argument("--markdown", action="store_true", help="print tables for docs/")
    arguments = parser.parse_args()
    if arguments.pairs < 1 or arguments.seconds < 1 or arguments.memory_requests < 0:
        parser.error("--pairs and --seconds must be at least 1, --memory-requests 0")
    # An end by kill cleans up as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    verdicts = Verdicts(arguments.markdown)
    try:
        compare(arguments, verdicts)
    except CannotMeasureError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    for what in verdicts.missed:
        note(f"missed: {what}")
    return 1 if verdicts.missed else 0


if __name__ == "__main__":
    sys.exit(main())
