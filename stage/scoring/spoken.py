"""What the performed lines of one transcript give away, and whether their words fit what the stage itself was sure of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from scipy import stats

from stage.performing.transcript import Line, LineKind, Transcript
from stage.scoring.intervals import CONFIDENCE, NOTHING, Figure, proportion
from stage.scoring.lines import Flag, Reading, read_line
from stage.scoring.mentions import Reader
from stage.scoring.names import Names
from stage.scoring.stance import Stance

SECOND_READER_SAYS_SO = 0.0
"""Nats above which the second reader counts as taking a line to say something (`Line.second_reading`)."""
READ: tuple[LineKind, ...] = ("speech", "thought", "narration")
"""The kinds of performed lines that are read."""


@dataclass(frozen=True)
class Finding:
    """Something amiss with a performed line; ``line`` is its place among the transcript's lines, from 0."""

    line: int
    beat: int
    speaker: str | None
    kind: Flag
    explanation: str


@dataclass(frozen=True)
class SecondOpinion:
    """Of the speech lines that the stage was asked about again: those in which it finds a leak, those in which the
    reader of words does, and those on which both agree that there is one. Quotations are not asked about."""

    second: Figure
    first: Figure
    both: Figure


@dataclass(frozen=True)
class Hedging:
    """Of the speech lines that state their act: ``share`` put it as merely possible; ``difference`` is how much more
    undecided the stage was about its act in those (`Line.act_entropy`, mean, less that of the lines that assert), with
    Welch's interval (1947). Above 0: words hedge where the stage is unsure; 0: they tell nothing of it."""

    share: Figure
    difference: Figure


def readings(transcript: Transcript) -> list[tuple[int, Line, Reading]]:
    """Every performed line that is read, with its place among the transcript's lines."""
    names = Names(transcript.titles, transcript.aliases, transcript.phrases)
    reader = Reader(transcript.facts, names, transcript.cast)
    lines = [(i, line) for i, line in enumerate(transcript.lines) if line.performed and line.kind in READ]
    return [(i, line, read_line(line, reader, transcript.private)) for i, line in lines]


def findings(read: Iterable[tuple[int, Line, Reading]]) -> tuple[Finding, ...]:
    """What is amiss with speech, in the order of the lines."""
    return tuple(
        Finding(place, line.beat, line.speaker, kind, explanation)
        for place, line, reading in read
        if line.kind == "speech"
        for kind, explanation in reading.findings
    )


def leaks_by_kind(read: Sequence[tuple[int, Line, Reading]]) -> dict[str, Figure]:
    """The share of leaking lines among those spoken, thought and narrated, where there are any."""
    kinds = {kind: [bool(r.leaks) for _, line, r in read if line.kind == kind] for kind in READ}
    return {kind: proportion(sum(found), len(found)) for kind, found in kinds.items() if found}


def second_opinion(read: Iterable[tuple[int, Line, Reading]]) -> SecondOpinion:
    asked = [(line, reading) for _, line, reading in read if line.kind == "speech" and line.second_reading]
    second = [
        any(nats > SECOND_READER_SAYS_SO for fact, nats in line.second_reading.items() if fact != line.act)
        for line, _ in asked
    ]
    first = [bool(reading.leaks) for _, reading in asked]
    both = [a and b for a, b in zip(first, second, strict=True)]
    counted = (proportion(sum(found), len(asked)) for found in (second, first, both))
    return SecondOpinion(*counted)


def hedging(read: Iterable[tuple[int, Line, Reading]]) -> Hedging:
    hedged: list[float] = []
    asserted: list[float] = []
    for _, line, reading in read:
        stances = {m.stance for m in reading.mentions if m.fact == line.act}
        if line.kind == "speech" and line.act_entropy is not None and stances & {Stance.ASSERTED, Stance.HEDGED}:
            (asserted if Stance.ASSERTED in stances else hedged).append(line.act_entropy)
    total = len(hedged) + len(asserted)
    return Hedging(proportion(len(hedged), total), _difference(hedged, asserted))


def _difference(ones: Sequence[float], others: Sequence[float]) -> Figure:
    """The difference of two means with Welch's interval; no ends where either has fewer than two values, or all are
    alike."""
    if not ones or not others:
        return NOTHING
    value, n = fmean(ones) - fmean(others), len(ones) + len(others)
    if min(len(ones), len(others)) < 2 or len({*ones}) == len({*others}) == 1:
        return Figure(value, n, None, None)
    interval = stats.ttest_ind(ones, others, equal_var=False).confidence_interval(CONFIDENCE)
    return Figure(value, n, float(interval.low), float(interval.high))
