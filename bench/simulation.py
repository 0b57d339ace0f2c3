"""A lab of one or many machines under load, simulated event by event.

Its figures come from scaling.json, which says where each was measured; scaling.py asks it.
"""

from __future__ import annotations

import itertools
import json
import random
import statistics
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from pathlib import Path
from typing import Any

FIGURES: dict[str, Any] = json.loads(Path(__file__).with_name("scaling.json").read_text())
CASES: dict[str, Any] = FIGURES["cases"]
SEED, REQUESTS = 14, 8_000
# Of a swarm; fewer machines are all managers.
MANAGERS = 3
# The engine and its health checks work in pieces of a millisecond.
PIECE = 0.001


def figure(name: str) -> float:
    """One of the single figures of scaling.json."""
    value: float = FIGURES["figures"][name]["value"]
    return value


@dataclass(slots=True)
class Machine:
    """Cores, and the threads that wait for one, in the order in which they became ready."""

    free_cores: int
    ready: deque[Thread] = field(default_factory=deque)


@dataclass(slots=True)
class Thread:
    """What uses one core at most; `bursts` are in seconds, and `busy` is their sum.

    The edge has `nbthread 1`, Redis works in one thread, and every container has `cpus: 1`.
    """

    part: str
    machine: Machine
    bursts: deque[tuple[Process, float]] = field(default_factory=deque)
    is_ready: bool = False
    busy: float = 0.0


@dataclass(slots=True)
class Slots:
    """Requests that a replica works on at a time: `threads` of its uwsgi.ini."""

    free: int
    waiting: deque[Process] = field(default_factory=deque)


# A process yields what it needs next: seconds of a thread, a slot (1: take, -1: give back), or
# with None the passing of so many seconds.
Process = Iterator["tuple[Thread | Slots | None, float]"]


@dataclass(frozen=True)
class Lab:
    """What is simulated; with more than one machine it is a swarm."""

    machines: int = 1
    cores: int = 2
    redis: int = 1

    @property
    def costs(self) -> str:
        """Whose CPU times per request hold: those of sockets, or those of the overlay network."""
        return "one_machine" if self.machines == 1 else "swarm"

    def idle_cores(self, number: int) -> float:
        """Cores that a machine uses while nobody asks it for anything."""
        if self.machines == 1:
            return figure("idle_cores_one_machine")
        managing = figure("manager_cores") + figure("manager_cores_per_machine") * self.machines
        return figure("idle_cores_swarm") + (managing if number < MANAGERS else 0)


@dataclass(frozen=True)
class Outcome:
    """What a run found: requests and seconds, and how busy the busiest of each part was."""

    rate: float
    p50: float
    p99: float
    use: dict[str, float]

    @property
    def busiest(self) -> str:
        """The part of identidock that ends first, or the cores."""
        return max(self.use.keys() - {"engine", "load"}, key=lambda part: self.use[part])


class Simulation:
    """A lab under load; `clients` ask again as soon as they are answered, others when they like."""

    def __init__(self, lab: Lab, mix: dict[str, float], *, rate: float = 0, clients: int = 0):
        """Start all that goes on; `rate` is in requests per second."""
        self.lab, self.now = lab, 0.0
        self.taken: list[float] = []
        self._random = random.Random(SEED)
        self._kinds, self._weights = list(mix), list(mix.values())
        self._events: list[tuple[float, int, Process, Thread | None]] = []
        self._order = itertools.count()
        self.machines = [Machine(lab.cores) for _ in range(lab.machines)]
        self.threads: list[Thread] = []
        # Redis stands on the first machines, and takes its share of them.
        places = itertools.islice(itertools.cycle(self.machines), lab.redis)
        self._redis = [self._thread("redis", machine) for machine in places]
        self._stacks = [self._stack(machine) for machine in self.machines]
        for number, machine in enumerate(self.machines):
            self._advance(self._engine(self._thread("engine", machine), lab.idle_cores(number)))
        # wrk runs on the measured machine itself, in two threads.
        load = [self._thread("load", self.machines[0]) for _ in range(2)]
        for number in range(clients):
            self._advance(self._client(load[number % 2]))
        if rate:
            self._advance(self._visitors(rate))

    def _thread(self, part: str, machine: Machine) -> Thread:
        self.threads.append(Thread(part, machine))
        return self.threads[-1]

    def _stack(self, machine: Machine) -> tuple[Thread, Iterator[tuple[Thread, Slots]], Thread]:
        """The edge, its replicas in turns (`balance roundrobin`), and dnmonster."""
        slots = int(figure("replica_threads"))
        replicas = [
            (self._thread("replica", machine), Slots(slots)) for _ in range(int(figure("replicas")))
        ]
        dnmonster = self._thread("dnmonster", machine)
        return self._thread("edge", machine), itertools.cycle(replicas), dnmonster

    def _engine(self, thread: Thread, cores: float) -> Process:
        """Pieces of work at random, so many that they use these cores (CPU time of an idle VM)."""
        while True:
            yield None, self._random.expovariate(cores / PIECE)
            yield thread, PIECE

    def _client(self, load: Thread) -> Process:
        """A connection of wrk: it spends its own time, asks, and waits for the answer."""
        while True:
            kind = self._kind()
            yield load, self._varied(CASES[kind]["load_us"])
            yield from self._visit(kind)

    def _visitors(self, rate: float) -> Process:
        """Requests at random, so many a second: a Poisson process."""
        while True:
            yield None, self._random.expovariate(rate)
            self._advance(self._visit(self._kind()))

    def _kind(self) -> str:
        return self._random.choices(self._kinds, self._weights)[0]

    def _varied(self, microseconds: float) -> float:
        """Seconds around a mean: half is the same each time, half is exponential (a choice)."""
        return microseconds / 2e6 * (1 + self._random.expovariate(1))

    def _visit(self, kind: str) -> Process:
        """One request from the edge and back, as HAProxy and identidock's monsters.py have it.

        What the edge spends is for the request and the answer, a half each; a replica works before
        and after each thing that it waits for, and equally long each time.
        """
        began, cpu = self.now, CASES[kind][self.lab.costs]
        edge, replicas, dnmonster = self._random.choice(self._stacks)
        commands = CASES[kind]["redis_commands"]
        yield edge, self._varied(cpu["edge"] / 2)
        if "replica" in cpu:
            replica, slots = next(replicas)
            burst = cpu["replica"] / (1 + commands + ("dnmonster" in cpu))
            redis = self._random.choice(self._redis)
            yield slots, 1
            yield replica, self._varied(burst)
            for number in range(commands):
                if self.lab.machines > 1:
                    yield None, figure("round_trip_us") / 1e6
                yield redis, self._varied(cpu["redis"] / commands)
                yield replica, self._varied(burst)
                # Looked for and not found: drawn, then kept.
                if number == 0 and "dnmonster" in cpu:
                    yield dnmonster, self._varied(cpu["dnmonster"])
                    yield replica, self._varied(burst)
            yield slots, -1
        yield edge, self._varied(cpu["edge"] / 2)
        self.taken.append(self.now - began)

    def _advance(self, process: Process) -> None:
        """Let a process go on until it has to wait."""
        for place, amount in process:
            if isinstance(place, Thread):
                place.bursts.append((process, amount))
                if not place.is_ready:
                    place.is_ready = True
                    place.machine.ready.append(place)
                    self._give_cores(place.machine)
                return
            if place is None:
                heappush(self._events, (self.now + amount, next(self._order), process, None))
                return
            if amount < 0 and place.waiting:
                self._advance(place.waiting.popleft())
            elif amount > 0 and not place.free:
                place.waiting.append(process)
                return
            else:
                place.free -= int(amount)

    def _give_cores(self, machine: Machine) -> None:
        """A burst keeps its core to its end: it is shorter than a slice of Linux's scheduler."""
        while machine.free_cores and machine.ready:
            thread = machine.ready.popleft()
            process, seconds = thread.bursts.popleft()
            machine.free_cores -= 1
            thread.busy += seconds
            heappush(self._events, (self.now + seconds, next(self._order), process, thread))

    def _answer(self, requests: int) -> None:
        """Go on until so many more requests are answered."""
        target = len(self.taken) + requests
        while len(self.taken) < target:
            self.now, _, process, thread = heappop(self._events)
            if thread:
                thread.machine.free_cores += 1
                thread.is_ready = bool(thread.bursts)
                if thread.is_ready:
                    thread.machine.ready.append(thread)
            self._advance(process)
            if thread:
                self._give_cores(thread.machine)

    def run(self, requests: int = REQUESTS) -> Outcome:
        """Warm up with a tenth more, then count."""
        self._answer(requests // 10)
        began, self.taken = self.now, []
        for thread in self.threads:
            thread.busy = 0.0
        self._answer(requests)
        seconds = self.now - began
        use: dict[str, float] = {"cores": 0.0}
        for machine in self.machines:
            busy = sum(thread.busy for thread in self.threads if thread.machine is machine)
            use["cores"] = max(use["cores"], busy / seconds / self.lab.cores)
        for thread in self.threads:
            use[thread.part] = max(use.get(thread.part, 0), thread.busy / seconds)
        hundredths = statistics.quantiles(self.taken, n=100)
        return Outcome(requests / seconds, hundredths[49], hundredths[98], use)
