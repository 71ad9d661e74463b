"""What beliefs cost: events and queries over people, events and depth, beside a naive log that is folded per query.

    python benchmarks/beliefs.py [--sizes PEOPLE,EVENTS,DEPTH ...] [--queries N] [--json]

A seeded play: people walk between rooms of about ten, move things, and tell each other where things are. Then chains of
the asked depth are queried for a fluent drawn at random. *First*: the chain was never asked before. *Other*: after a
further event, a chain asked before, any fluent. *Again*: after a further event, a question asked before.

The naive log keeps for each event who was there, and answers with the last event about the fluent that everybody on the
chain witnessed. It knows neither absence nor trust nor what somebody wrongly credits another with; it is the fastest
thing that could be called a belief tracker.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from stage.beliefs.minds import Minds
from stage.events import Action, Begin, Effect, Enter, Event, Exactly, Put, Say, Sweep
from stage.facts import Fact, Fluent, Viewpoint
from stage.rules import Rules
from stage.setting import Setting, Thing, place_fluent
from stage.sight import becomes

SIZES = ("8,1000,2", "64,1000,2", "64,1000,5", "64,5000,5", "300,2000,5")
CHAINS = 100
ROOM = 10


@dataclass(frozen=True)
class Cost:
    """One size. Events per second; queries in microseconds, (median, 99th percentile); bytes per event before any
    query."""

    people: int
    events: int
    depth: int
    rules: float
    append: float
    first: tuple[float, float]
    other: tuple[float, float]
    again: tuple[float, float]
    naive: tuple[float, float]
    bytes_per_event: float


class NaiveLog:
    def __init__(self) -> None:
        self.log: list[tuple[frozenset[str], dict[Fluent, str]]] = []

    def append(self, events: Sequence[Event], present: Callable[[str | None], frozenset[str]]) -> None:
        for event in events:
            sweeps = [e for e in event.effects if isinstance(e, Sweep)]
            told = [*(e for e in event.effects if isinstance(e, Effect)), *event.assertions]
            values = {place_fluent(name): spot for sweep in sweeps for name, spot in sweep.found.items()}
            values |= {t.fluent: t.content.value for t in told if isinstance(t.content, Exactly)}
            self.log.append((present(event.place) | event.participants, values))

    def value(self, viewpoint: Viewpoint, fluent: Fluent) -> str | None:
        chain = set(viewpoint)
        return next((v[fluent] for seen, v in reversed(self.log) if fluent in v and chain <= seen), None)


class Walk:
    """A play that goes on for as long as it is asked to."""

    def __init__(self, people: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.people = tuple(f"p{i}" for i in range(people))
        self.rooms = tuple(f"room{i}" for i in range(max(2, people // ROOM)))
        self.things = tuple(f"t{i}" for i in range(max(2, people // ROOM)))
        ranges = {place_fluent(n): self.rooms for n in (*self.people, *self.things)}
        setting = Setting(self.people, self.rooms, {t: Thing(t) for t in self.things}, ranges, {})
        self.rules, self.minds, self.naive = Rules(setting), Minds(setting), NaiveLog()
        self.at = {p: self.random.choice(self.rooms) for p in self.people}
        self.lies = {t: self.random.choice(self.rooms) for t in self.things}
        self.ruling = self.appending = 0.0
        start = tuple(becomes(place_fluent(n), at) for n, at in (self.at | self.lies).items())
        self._add([Event(0, 0, Begin("the start"), None, frozenset(self.people), effects=start)])

    def step(self) -> None:
        action = self._action()
        begin = time.perf_counter()
        events = self.rules.events(action, self.minds.world(()), self.minds.now, self.minds.now)
        self.ruling += time.perf_counter() - begin
        self._add(events)
        match action:
            case Enter(who, to):
                self.at[who] = to
            case Put(_, thing, to):
                self.lies[thing] = to
            case _:
                pass

    def _action(self) -> Action:
        who, kind = self.random.choice(self.people), self.random.random()
        here = self.at[who]
        near = [t for t, at in self.lies.items() if at in (here, who)]
        if kind < 0.4:
            return Enter(who, self.random.choice([r for r in self.rooms if r != here]))
        if kind < 0.7 and near:
            thing = self.random.choice(near)
            return Put(who, thing, who if self.lies[thing] != who else here)
        return Say(who, Fact(place_fluent(self.random.choice(self.things)), self.random.choice(self.rooms)))

    def _add(self, events: list[Event]) -> None:
        begin = time.perf_counter()
        self.minds.append(*events)
        self.appending += time.perf_counter() - begin
        self.naive.append(events, lambda place: frozenset(p for p, at in self.at.items() if at == place))

    def chain(self, depth: int) -> Viewpoint:
        names = [self.random.choice(self.people)]
        while len(names) < depth:
            names.append(self.random.choice([p for p in self.people if p != names[-1]]))
        return tuple(names)

    def fluent(self) -> Fluent:
        return place_fluent(self.random.choice((*self.people, *self.things)))


def timed(ask: Callable[[], object]) -> float:
    begin = time.perf_counter()
    ask()
    return (time.perf_counter() - begin) * 1e6


def spread(times: list[float]) -> tuple[float, float]:
    ordered = sorted(times)
    return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]


def cost(people: int, events: int, depth: int, queries: int) -> Cost:
    walk = Walk(people, 1)
    while walk.minds.now < events:
        walk.step()
    built = walk.minds.now
    rules, append = built / walk.ruling, built / walk.appending
    asked = [(walk.chain(depth), walk.fluent()) for _ in range(CHAINS)]
    first = [timed(lambda q=q: walk.minds.world(q[0]).belief(q[1])) for q in asked]  # type: ignore[misc]
    other, again, naive = [], [], []
    for _ in range(queries):
        walk.step()
        viewpoint, fluent = walk.random.choice(asked)
        again.append(timed(lambda v=viewpoint, f=fluent: walk.minds.world(v).belief(f)))  # type: ignore[misc]
        naive.append(timed(lambda v=viewpoint, f=fluent: walk.naive.value(v, f)))  # type: ignore[misc]
        walk.step()
        viewpoint, fluent = walk.random.choice(asked)[0], walk.fluent()
        other.append(timed(lambda v=viewpoint, f=fluent: walk.minds.world(v).belief(f)))  # type: ignore[misc]
    return Cost(
        people, built, depth, rules, append, spread(first), spread(other), spread(again), spread(naive),
        memory(people, events),
    )  # fmt: skip


def memory(people: int, events: int) -> float:
    """Bytes per event of the same play, the naive log's share included; measured apart, for it slows everything."""
    tracemalloc.start()
    walk = Walk(people, 1)
    while walk.minds.now < events:
        walk.step()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return held / walk.minds.now


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", nargs="+", default=list(SIZES), metavar="PEOPLE,EVENTS,DEPTH")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    try:
        sizes = [tuple(int(n) for n in size.split(",")) for size in given.sizes]
        if any(len(s) != 3 or s[0] < 2 or s[1] < 1 or s[2] < 1 for s in sizes) or given.queries < 1:
            raise ValueError
    except ValueError:
        parser.error("sizes are three whole numbers such as 64,1000,5: two people or more, one event, depth one")
    costs = [cost(*size, given.queries) for size in sizes]
    if given.json:
        json.dump([asdict(c) for c in costs], sys.stdout, indent=2)
        return
    table = Table(
        title=f"Python {platform.python_version()} on {platform.machine()}; queries: median / p99 in microseconds"
    )
    for head in (
        "people",
        "events",
        "depth",
        "rules/s",
        "append/s",
        "first",
        "other",
        "again",
        "naive log",
        "bytes/event",
    ):
        table.add_column(head, justify="right")
    for c in costs:
        pairs = [f"{p50:,.0f} / {p99:,.0f}" for p50, p99 in (c.first, c.other, c.again, c.naive)]
        table.add_row(
            *(f"{n:,.0f}" for n in (c.people, c.events, c.depth, c.rules, c.append)),
            *pairs,
            f"{c.bytes_per_event:,.0f}",
        )
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
