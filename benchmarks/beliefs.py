"""What beliefs cost: events and queries over people, events and depth, beside a naive log that is folded per query.

    python benchmarks/beliefs.py [--full] [--sizes PEOPLE,EVENTS,DEPTH[,hall] ...] [--queries N] [--repeats N]
                                 [--processor-time] [--json]

A seeded play: people walk between rooms of about ten, move things, and tell each other where things are; in a *hall* all
are in one room, and step out and back in. Then chains of the asked depth are queried for a fluent drawn at random.
*First*: the chain was never asked before. *Other*: a chain asked before, some hundred events ago, and any fluent. *Again*:
one of ten questions that are asked after every event. *Same*: that question once more, with no event in between. The play and its
questions are run several times, and of each the shortest time counts, so that other programs count little; still less do
they in processor time.

The naive log keeps for each event who was there, and answers with the last event about the fluent that everybody on the
chain witnessed. It knows neither absence nor trust nor what somebody wrongly credits another with; it is the fastest
thing that could be called a belief tracker. *Agrees* tells how often its answer is ours.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter_ns, thread_time_ns

from rich.console import Console
from rich.table import Table

from stage.beliefs.minds import Minds
from stage.world.events import Action, Begin, Effect, Enter, Event, Exactly, Put, Say, Sweep
from stage.world.facts import Fact, Fluent, Known, Viewpoint
from stage.world.rules import Rules
from stage.world.setting import Setting, Thing, place_fluent
from stage.world.sight import becomes

SIZES = ("2,1000,1", "8,10,2", "8,1000,2", "64,1000,2", "64,1000,5", "64,10000,5", "300,10000,5", "1000,10000,5",
         "1000,10000,8", "1000,2000,5,hall")  # fmt: skip
FULL = ("2,100000,8", "64,100000,5", "1000,100000,2", "1000,100000,5", "1000,100000,8", "1000,100000,5,hall")
ROOM = 10
Clock = Callable[[], int]
"""Nanoseconds."""
Ask = Callable[[Viewpoint, Fluent], object]
Spread = tuple[float, float]
"""Median and 99th percentile."""


@dataclass(frozen=True)
class Size:
    people: int
    events: int
    depth: int
    hall: bool = False

    @classmethod
    def read(cls, text: str) -> Size:
        numbers, hall = text.removesuffix(",hall"), text.endswith(",hall")
        people, events, depth = map(int, numbers.split(","))
        if people < 2 or events < 1 or depth < 1:
            raise ValueError(text)
        return cls(people, events, depth, hall)


@dataclass(frozen=True)
class Cost:
    """One size. Microseconds: per event of making it by the rules, of adding it to the minds and to
    the naive log; per query. Bytes: per event before any query, and per first query."""

    people: int
    events: int
    depth: int
    hall: bool
    rules: float
    append: float
    naive_append: float
    first: Spread
    other: Spread
    again: Spread
    same: Spread
    naive: Spread
    agrees: float
    bytes_per_event: float
    bytes_per_query: float


class NaiveLog:
    """Who saw which values. Who is where is kept beside it, so that an event costs what its witnesses do."""

    def __init__(self) -> None:
        self.log: list[tuple[frozenset[str], dict[Fluent, str]]] = []
        self.there: dict[str, set[str]] = {}

    def move(self, name: str, origin: str | None, to: str) -> None:
        if origin is not None:
            self.there[origin].discard(name)
        self.there.setdefault(to, set()).add(name)

    def append(self, event: Event) -> None:
        values: dict[Fluent, str] = {}
        for effect in event.effects:
            if isinstance(effect, Sweep):
                values |= {place_fluent(name): spot for name, spot in effect.found.items()}
            elif isinstance(effect, Effect) and isinstance(effect.content, Exactly):
                values[effect.fluent] = effect.content.value
        for word in event.assertions:
            if isinstance(word.content, Exactly):
                values[word.fluent] = word.content.value
        self.log.append((event.participants.union(self.there.get(event.place or "", ())), values))

    def value(self, viewpoint: Viewpoint, fluent: Fluent) -> str | None:
        chain = set(viewpoint)
        return next((v[fluent] for seen, v in reversed(self.log) if fluent in v and chain <= seen), None)


class Walk:
    """A play that goes on for as long as it is asked to."""

    def __init__(self, size: Size, seed: int, beside: NaiveLog | None = None, clock: Clock = perf_counter_ns) -> None:
        self.random, self.clock = random.Random(seed), clock
        self.people = tuple(f"p{i}" for i in range(size.people))
        number = max(2, size.people // ROOM)
        self.rooms = ("hall", "foyer") if size.hall else tuple(f"room{i}" for i in range(number))
        self.things = tuple(f"t{i}" for i in range(number))
        ranges = {place_fluent(n): self.rooms for n in (*self.people, *self.things)}
        setting = Setting(self.people, self.rooms, {t: Thing(t) for t in self.things}, ranges, {})
        self.rules, self.minds, self.naive = Rules(setting), Minds(setting), beside
        rooms = self.rooms[:1] if size.hall else self.rooms
        self.at = {p: self.random.choice(rooms) for p in self.people}
        self.lies = {t: self.random.choice(rooms) for t in self.things}
        self.out: list[str] = []
        self.ruling = self.appending = self.witnessing = 0
        start = tuple(becomes(place_fluent(n), at) for n, at in (self.at | self.lies).items())
        for name, at in self.at.items():
            if self.naive is not None:
                self.naive.move(name, None, at)
        self._add([Event(0, 0, Begin("the start"), None, frozenset(self.people), effects=start)])

    def go_on(self, events: int) -> None:
        while self.minds.now < events:
            self.step()

    def step(self) -> None:
        action = self._action()
        begin = self.clock()
        events = self.rules.events(action, self.minds.world(()), self.minds.now, self.minds.now)
        self.ruling += self.clock() - begin
        self._add(events[:1])
        match action:
            case Enter(who, to):
                if self.naive is not None:
                    self.naive.move(who, self.at[who], to)
                self.at[who] = to
            case Put(_, thing, to):
                self.lies[thing] = to
            case _:
                pass
        self._add(events[1:])

    def _action(self) -> Action:
        who, kind = self.random.choice(self.people), self.random.random()
        if kind < 0.4:
            return self._walk(who)
        here = self.at[who]
        near = [t for t, at in self.lies.items() if at in (here, who)]
        if kind < 0.7 and near:
            thing = self.random.choice(near)
            return Put(who, thing, who if self.lies[thing] != who else here)
        return Say(who, Fact(place_fluent(self.random.choice(self.things)), self.random.choice(self.rooms)))

    def _walk(self, who: str) -> Action:
        """In a hall, whoever is longest out of it comes back once three are."""
        if self.rooms[0] != "hall":
            return Enter(who, self.random.choice([r for r in self.rooms if r != self.at[who]]))
        if who in self.out or len(self.out) >= 3:
            return Enter(self.out.pop(0), "hall")
        self.out.append(who)
        return Enter(who, "foyer")

    def _add(self, events: Sequence[Event]) -> None:
        begin = self.clock()
        self.minds.append(*events)
        between = self.clock()
        self.appending += between - begin
        if self.naive is not None:
            for event in events:
                self.naive.append(event)
            self.witnessing += self.clock() - between

    def question(self, depth: int) -> tuple[Viewpoint, Fluent]:
        names = [self.random.choice(self.people)]
        while len(names) < depth:
            name = self.random.choice(self.people)
            if name != names[-1]:
                names.append(name)
        return tuple(names), self.fluent()

    def fluent(self) -> Fluent:
        return place_fluent(self.random.choice((*self.people, *self.things)))


def stopwatch(clock: Clock) -> Callable[[Ask, Viewpoint, Fluent], float]:
    """What a question takes by a clock, in microseconds."""

    def timed(ask: Ask, viewpoint: Viewpoint, fluent: Fluent) -> float:
        begin = clock()
        ask(viewpoint, fluent)
        return (clock() - begin) / 1000

    return timed


def spread(times: list[float]) -> Spread:
    ordered = sorted(times)
    return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]


@dataclass
class Run:
    """What one run took: microseconds per event, and of each query in turn."""

    events: int
    rules: float
    append: float
    naive_append: float
    first: list[float]
    other: list[float]
    again: list[float]
    same: list[float]
    naive: list[float]
    agrees: float


def run(size: Size, queries: int, clock: Clock) -> Run:
    log, timed = NaiveLog(), stopwatch(clock)
    walk = Walk(size, 1, log, clock)
    walk.go_on(size.events)
    built = walk.minds.now
    per_event = [spent / built / 1000 for spent in (walk.ruling, walk.appending, walk.witnessing)]

    def ours(viewpoint: Viewpoint, fluent: Fluent) -> object:
        return walk.minds.world(viewpoint).belief(fluent)

    asked = [walk.question(size.depth) for _ in range(queries)]
    first = [timed(ours, *question) for question in asked]
    other, again, same, naive, agrees = [], [], [], [], 0
    for _ in range(queries):
        walk.step()
        question, *others = walk.random.sample(asked[:10], min(10, len(asked)))
        for regular in others:
            ours(*regular)
        again.append(timed(ours, *question))
        same.append(timed(ours, *question))
        naive.append(timed(log.value, *question))
        belief = ours(*question)
        agrees += log.value(*question) == (belief.value if isinstance(belief, Known) else None)
        walk.step()
        for regular in asked[:10]:
            ours(*regular)
        other.append(timed(ours, walk.random.choice(asked)[0], walk.fluent()))
    return Run(built, *per_event, first, other, again, same, naive, agrees / queries)


def cost(size: Size, queries: int, repeats: int, clock: Clock) -> Cost:
    runs = [run(size, queries, clock) for _ in range(repeats)]

    def best(times: Callable[[Run], list[float]]) -> Spread:
        return spread([min(same) for same in zip(*map(times, runs), strict=True)])

    return Cost(
        people=size.people,
        events=runs[0].events,
        depth=size.depth,
        hall=size.hall,
        rules=min(r.rules for r in runs),
        append=min(r.append for r in runs),
        naive_append=min(r.naive_append for r in runs),
        first=best(lambda r: r.first),
        other=best(lambda r: r.other),
        again=best(lambda r: r.again),
        same=best(lambda r: r.same),
        naive=best(lambda r: r.naive),
        agrees=runs[0].agrees,
        **memory(size, queries),
    )


def memory(size: Size, queries: int) -> dict[str, float]:
    """Bytes per event of the same play, without the naive log, and per first query; measured apart, for it slows
    everything."""
    tracemalloc.start()
    walk = Walk(size, 1)
    walk.go_on(size.events)
    played = tracemalloc.get_traced_memory()[0]
    for _ in range(queries):
        viewpoint, fluent = walk.question(size.depth)
        walk.minds.world(viewpoint).belief(fluent)
    asked = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return {"bytes_per_event": played / walk.minds.now, "bytes_per_query": (asked - played) / queries}


def shown(costs: Sequence[Cost]) -> Table:
    table = Table(
        title=f"Python {platform.python_version()} on {platform.machine()}; microseconds, queries: median "
        "/ 99th percentile; x: how many times faster than the naive log (median)"
    )
    for head in ("people", "events", "depth", "rules", "append", "first", "other", "again", "x", "same", "naive: append",
                 "query", "agrees", "bytes/event", "bytes/query"):  # fmt: skip
        table.add_column(head, justify="right")
    for c in costs:
        first, other, again, same, naive = (
            f"{p50:,.0f} / {p99:,.0f}" for p50, p99 in (c.first, c.other, c.again, c.same, c.naive)
        )
        faster = c.naive[0] / max(c.again[0], 0.1)
        table.add_row(
            f"{c.people:,}{' in a hall' if c.hall else ''}", f"{c.events:,}", f"{c.depth}", f"{c.rules:,.0f}",
            f"{c.append:,.0f}", first, other, again, f"{faster:,.{0 if faster >= 10 else 1}f}", same,
            f"{c.naive_append:,.0f}", naive, f"{c.agrees:.0%}", f"{c.bytes_per_event:,.0f}", f"{c.bytes_per_query:,.0f}",
        )  # fmt: skip
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", nargs="+", metavar="PEOPLE,EVENTS,DEPTH[,hall]")
    parser.add_argument("--full", action="store_true", help="the large sizes as well")
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=3, help="equal runs, of which the shortest times count")
    parser.add_argument("--processor-time", action="store_true", help="not the clock's: for a busy machine")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    texts = given.sizes or (*SIZES, *(FULL if given.full else ()))
    try:
        sizes = [Size.read(text) for text in texts]
    except ValueError:
        parser.error("sizes are three whole numbers such as 64,1000,5: two people or more, one event, depth one")
    if given.queries < 1 or given.repeats < 1:
        parser.error("there must be one query or more, and one run or more")
    clock = thread_time_ns if given.processor_time else perf_counter_ns
    costs = [cost(size, given.queries, given.repeats, clock) for size in sizes]
    if given.json:
        json.dump([asdict(c) for c in costs], sys.stdout, indent=2)
        return
    Console(width=190).print(shown(costs))


if __name__ == "__main__":
    main()
