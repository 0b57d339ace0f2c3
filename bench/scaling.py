#!/usr/bin/env python3
"""Tell how many machines identidock needs: a simulation, fed with figures of one measured lab.

Without an option it prints the tables of docs/scaling.md; --write puts them and the charts there;
--check compares the simulation with the requests per second that were measured. See README.md.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import math
import re
import sys
from dataclasses import replace
from pathlib import Path

from chart import Chart, Line
from simulation import CASES, FIGURES, MANAGERS, REQUESTS, Lab, Outcome, Simulation, figure

PAGE = Path(__file__).resolve().parents[1] / "docs" / "scaling.md"
# Requests a second that the tables answer for.
RATES = [100, 1_000, 10_000, 100_000]
CORES = [2, 4]
# A machine is full when its cores or one of its threads are busier than this, or when one request
# in a hundred takes longer than so many seconds.
USE_LIMIT, P99_LIMIT = 0.7, 0.025
# What the check tolerates, as a fraction of the measured requests per second.
TOLERANCE = 0.2


def cpu_of(mix: str, costs: str) -> dict[str, float]:
    """Microseconds of each part for a mean request of a mix."""
    shares, total = FIGURES["mixes"][mix]["of_twenty"], dict[str, float]()
    for kind, share in shares.items():
        for part, spent in CASES[kind][costs].items():
            total[part] = total.get(part, 0) + spent * share / sum(shares.values())
    return total


def mean_of(mix: str, what: str) -> float:
    """A figure of the cases for a mean request of a mix."""
    shares: dict[str, float] = FIGURES["mixes"][mix]["of_twenty"]
    return sum(CASES[kind][what] * share for kind, share in shares.items()) / sum(shares.values())


def share_of_new_monsters(mix: str) -> float:
    """The part of a mix's requests that put a new name into Redis."""
    shares: dict[str, float] = FIGURES["mixes"][mix]["of_twenty"]
    return shares["new_monster"] / sum(shares.values())


def simulated(lab: Lab, mix: str, rate: float, requests: int = REQUESTS) -> Outcome:
    """Send visitors to a lab."""
    return Simulation(lab, FIGURES["mixes"][mix]["of_twenty"], rate=rate).run(requests)


@functools.cache
def needed(rate: float, cores: int, mix: str) -> tuple[Lab, Outcome]:
    """Find the smallest lab that carries so many requests a second within the limits."""
    least = [
        math.ceil(rate * sum(cpu_of(mix, costs).values()) / 1e6 / cores / USE_LIMIT)
        for costs in ("one_machine", "swarm")
    ]
    redis = math.ceil(rate * cpu_of(mix, "swarm")["redis"] / 1e6 / USE_LIMIT)
    lab = Lab(1, cores) if least[0] == 1 else Lab(max(2, least[1]), cores, redis)
    while True:
        outcome = simulated(lab, mix, rate)
        if outcome.use["redis"] > USE_LIMIT:
            lab = replace(lab, redis=lab.redis + 1)
        elif outcome.use[outcome.busiest] > USE_LIMIT or outcome.p99 > P99_LIMIT:
            lab = replace(lab, machines=lab.machines + 1)
        else:
            return lab, outcome


def checked() -> list[tuple[str, float, Outcome]]:
    """Each measured case, its requests per second, and what the simulation makes of it.

    As `make bench` measures: 32 clients that ask as fast as they are answered, on the one machine.
    """
    return [
        (case["title"], case["measured_rate"], Simulation(Lab(), {kind: 1}, clients=32).run())
        for kind, case in CASES.items()
        if "measured_rate" in case
    ]


def disagreeing(found: list[tuple[str, float, Outcome]]) -> list[str]:
    """Titles of the cases where simulation and measurement are too far apart."""
    return [title for title, rate, run in found if abs(run.rate / rate - 1) > TOLERANCE]


Table = list[list[str]]


def check_table(found: list[tuple[str, float, Outcome]]) -> Table:
    """Simulated against measured requests per second."""
    head = ["Case", "Measured, requests/s", "Simulated", "Times", "Edge's thread", "Both cores"]
    rows = [
        [title, f"{rate:,}", f"{run.rate:,.0f}", f"{run.rate / rate:.2f}"]
        + [f"{run.use[part]:.0%}" for part in ("edge", "cores")]
        for title, rate, run in found
    ]
    return [head, *rows]


def machines_table() -> Table:
    """Machines for so many requests a second."""
    head = ["Requests/s", "Mix", "Cores each", "Machines", "One may fail", "Redis servers (CPU)"]
    head += ["Busiest", "p50, ms", "p99, ms", "Mbit/s each", "Mbit/s of Redis"]
    rows = []
    for rate, mix, cores in itertools.product(RATES, FIGURES["mixes"], CORES):
        lab, run = needed(rate, cores, mix)
        visitors, redis = (rate * mean_of(mix, what) * 8 / 1e6 for what in ("bytes", "redis_bytes"))
        row = [f"{rate:,}", mix, f"{cores}", f"**{lab.machines}**"]
        row += [f"{max(MANAGERS, lab.machines + 1)}", f"{lab.redis}"]
        row += [f"{run.busiest} {run.use[run.busiest]:.0%}"]
        row += [f"{run.p50 * 1e3:.2f}", f"{run.p99 * 1e3:.2f}"]
        # On one machine it is asked through a socket.
        overlay = f"{redis:.1f}" if lab.machines > 1 else ""
        rows.append([*row, f"{visitors / lab.machines:.1f}", overlay])
    return [head, *rows]


def ends_table() -> Table:
    """Requests per second at which each part has no more to give."""
    mixes = list(FIGURES["mixes"])
    columns = [(mixes[0], "one_machine"), *((mix, "swarm") for mix in mixes)]
    head = ["What ends", "One VM, " + mixes[0], *(f"Swarm, {mix}" for mix in mixes)]
    replicas = figure("replicas")
    parts = {
        "the edge's one thread": ("edge", 1.0),
        f"a machine's {replicas:.0f} replicas, one CPU each": ("replica", replicas),
        "a machine's dnmonster, one CPU": ("dnmonster", 1.0),
        "the one Redis, one thread for all machines": ("redis", 1.0),
    }
    rows = [
        [what, *(f"{1e6 * cpus / cpu_of(mix, costs)[part]:,.0f}" for mix, costs in columns)]
        for what, (part, cpus) in parts.items()
    ]
    for cores in CORES:
        row = [f"a machine's {cores} cores"]
        for mix, costs in columns:
            idle = Lab(1 if costs == "one_machine" else MANAGERS).idle_cores(0)
            row.append(f"{1e6 * (cores - idle) / sum(cpu_of(mix, costs).values()):,.0f}")
        rows.append(row)
    return [head, *rows]


def span(hours: float) -> str:
    """A time in the unit that suits it."""
    if hours < 1 / 60:
        return f"{hours * 3600:.0f} s"
    return f"{hours * 60:.0f} min" if hours < 1 else f"{hours:.1f} h"


def kept_hours(rate: float, megabytes: float) -> float:
    """Hours for which a cache keeps a name before memory is needed for others."""
    names = megabytes * 1e6 / figure("bytes_per_monster")
    new = rate * share_of_new_monsters(next(iter(FIGURES["mixes"])))
    return min(figure("expiry_hours"), names / new / 3600)


def cache_table() -> Table:
    """What a cache of all names of a day needs."""
    now, largest = figure("redis_mb"), figure("redis_largest_mb")
    head = ["Requests/s", "New names/s", f"{now:.0f} MB keep a name for", "New names in a day"]
    head += ["Memory for all of them", f"Redis servers of {largest / 1000:.0f} GB"]
    rows = []
    for rate in RATES:
        new = rate * share_of_new_monsters(next(iter(FIGURES["mixes"])))
        names = new * 3600 * figure("expiry_hours")
        megabytes = names * figure("bytes_per_monster") / 1e6
        kept = span(kept_hours(rate, now))
        row = [f"{rate:,}", f"{new:,.0f}", kept, f"{names / 1e6:,.2f} million"]
        rows.append([*row, f"{megabytes / 1e3:,.2f} GB", f"{math.ceil(megabytes / largest)}"])
    return [head, *rows]


def growth_table() -> Table:
    """What grows with the number of machines, whether anybody asks or not."""
    head = ["Machines", "Memory in all, GB", "Cores used idle, in all", "Swarm's own of them"]
    head.append("First pull from the one registry")
    rows = []
    for machines in (1, 3, 10, 30, 100):
        lab = Lab(machines)
        memory = machines * (figure("stack_mb") + figure("engine_mb")) + figure("redis_pss_mb")
        idle = sum(lab.idle_cores(number) for number in range(machines))
        own = idle - machines * figure("idle_cores_swarm") if machines > 1 else 0
        pull = machines * figure("images_mb") * 8 / figure("registry_mbit")
        row = [f"{machines}", f"{memory / 1e3:.1f}", f"{idle:.2f}", f"{own:.3f}"]
        rows.append([*row, span(pull / 3600)])
    return [head, *rows]


def cpu_table() -> Table:
    """CPU time of each case by part."""
    parts = ["edge", "replica", "dnmonster", "redis"]
    assumed = " (assumed)" if FIGURES["of_cases"]["swarm"].get("assumed") else ""
    head = ["Case, µs CPU", *(f"One VM: {part}" for part in parts), "all", f"Swarm{assumed}: all"]
    head.append("Bytes of a reply")
    rows = []
    for case in CASES.values():
        one, swarm = (case[costs] for costs in ("one_machine", "swarm"))
        row = [case["title"], *(f"{one[part]:.1f}" if part in one else "" for part in parts)]
        row += [f"{sum(one.values()):.1f}", f"{sum(swarm.values()):.1f}", f"{case['bytes']}"]
        rows.append(row)
    return [head, *rows]


def figures_table() -> Table:
    """Where each figure comes from; assumptions first."""
    entries = [*FIGURES["of_cases"].values(), *FIGURES["figures"].values()]
    entries += FIGURES["mixes"].values()
    rows = [
        [
            entry["what"],
            f"{entry['value']:,} {entry['unit']}".strip()
            if "value" in entry
            else "the table above",
            ("**assumed**: " if entry.get("assumed") else "") + entry["source"],
        ]
        for entry in sorted(entries, key=lambda entry: not entry.get("assumed"))
    ]
    return [["Figure", "Value", "From"], *rows]


def mixes_table() -> Table:
    """What is asked for."""
    mixes = FIGURES["mixes"]
    rows = [
        [case["title"], *(f"{mix['of_twenty'].get(kind, 0)}" for mix in mixes.values())]
        for kind, case in CASES.items()
    ]
    return [["Of twenty requests", *mixes], *rows]


# Those that need no simulation come first.
TABLES = {
    "mixes": mixes_table,
    "ends": ends_table,
    "cache": cache_table,
    "growth": growth_table,
    "cpu": cpu_table,
    "figures": figures_table,
    "machines": machines_table,
}


def markdown(table: Table) -> str:
    """One table."""
    lines = [table[0], ["---"] * len(table[0]), *table[1:]]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def place(page: str, name: str, table: str) -> str:
    """Put a table below its mark in a page, in place of the one that is there."""
    mark = f"<!-- bench/scaling.py: {name} -->\n\n"
    if mark not in page:
        raise SystemExit(f"The page has no line {mark.strip()!r}.")
    return re.sub(f"{re.escape(mark)}(?:\\|.*\n)*\n*", lambda _: f"{mark}{table}\n", page)


def charts() -> dict[str, Chart]:
    """Each chart by the name of its file."""
    steps = (1e3, 2e3, 5e3)
    rates = [1e2, *(step * more for more in (1, 10, 100) for step in steps)]
    machines = [
        Line(
            f"{mix}, {cores} cores",
            [(rate, needed(rate, cores, mix)[0].machines) for rate in rates],
        )
        for mix, cores in itertools.product(FIGURES["mixes"], CORES)
    ]
    usual = next(iter(FIGURES["mixes"]))
    latency = []
    for count in (1, MANAGERS):
        lab = Lab(count)
        most = count * lab.cores * 1e6 / sum(cpu_of(usual, lab.costs).values())
        loads = [most * part for part in (0.05, 0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9)]
        runs = [(load, simulated(lab, usual, load, 3 * REQUESTS)) for load in loads]
        name = "one VM" if count == 1 else f"swarm of {count}"
        latency += [
            Line(f"{name}, p50", [(load, run.p50 * 1e3) for load, run in runs]),
            Line(f"{name}, p99", [(load, run.p99 * 1e3) for load, run in runs]),
        ]
    now, largest = figure("redis_mb"), figure("redis_largest_mb")
    caches = {f"{now:.0f} MB, as it is": now, f"{largest / 1e3:.0f} GB": largest}
    caches[f"ten of {largest / 1e3:.0f} GB"] = 10 * largest
    kept = [
        Line(name, [(10 ** (step / 8), kept_hours(10 ** (step / 8), size)) for step in range(49)])
        for name, size in caches.items()
    ]
    load = "requests per second, all machines together"
    return {
        "scaling-machines": Chart("Machines that carry a load", load, "machines", machines),
        "scaling-latency": Chart("Time of a request, two cores each", load, "ms", latency),
        "scaling-cache": Chart("How long Redis keeps a name", load, "hours", kept),
    }


def main() -> int:
    """Print, write or check; 1 if the simulation does not agree with what was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    act = parser.add_mutually_exclusive_group()
    act.add_argument("--check", action="store_true", help="only compare with what was measured")
    act.add_argument("--write", action="store_true", help="update docs/scaling.md and its charts")
    arguments = parser.parse_args()
    found = checked()
    tables = {"check": check_table(found)}
    if not arguments.check:
        tables |= {name: table() for name, table in TABLES.items()}
    if arguments.write:
        page = PAGE.read_text()
        for name, table in tables.items():
            page = place(page, name, markdown(table))
        PAGE.write_text(page)
        for name, chart in charts().items():
            (PAGE.parent / "images" / f"{name}.svg").write_text(chart.svg())
    else:
        for name, table in tables.items():
            print(f"{name}\n\n{markdown(table)}")
    apart = disagreeing(found)
    for title in apart:
        print(f"Not within {TOLERANCE:.0%} of what was measured: {title}", file=sys.stderr)
    return 1 if apart else 0


if __name__ == "__main__":
    sys.exit(main())
