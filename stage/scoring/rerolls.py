"""What follows from one point of a play when the dice fall differently: how often what is answered, chosen and leaked,
and when a turn comes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from pydantic import TypeAdapter

from stage.performing.transcript import Transcript
from stage.scoring.intervals import Figure, proportion
from stage.scoring.scorecard import score
from stage.scoring.verdicts import Outcome, verdict

NOTHING_ASSERTED = "(asserts nothing)"
UNKNOWN = "(does not know)"
UNREADABLE = "(unreadable)"


@dataclass(frozen=True)
class Spread:
    """How often each outcome of one thing came, the most frequent first; ``right`` is the share of right answers."""

    beat: int
    what: str
    counts: dict[str, int]
    right: Figure | None = None


@dataclass(frozen=True)
class TurnSpread:
    """When a belief was first so, by beat; it ``came`` in so many of the plays, in half of which by beat ``median``."""

    turn: str
    counts: dict[int, int]
    came: Figure
    median: float | None


@dataclass(frozen=True)
class Rerolls:
    """``plays`` plays that go on from after beat ``at``. ``leaking`` is the share of them in which a line leaks."""

    at: int
    plays: int
    different: int
    """How many of the plays differ from each other in what is done or said."""
    answers: tuple[Spread, ...]
    choices: tuple[Spread, ...]
    leaking: Figure
    turns: tuple[TurnSpread, ...]

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = TypeAdapter(Rerolls).dump_python(self, mode="json")
        return plain


def spread(transcripts: Sequence[Transcript], at: int, turns: dict[str, list[int | None]]) -> Rerolls:
    """Count over plays that share their beats up to ``at``. ``turns`` gives, per turn, the beat at which it came in each
    play, None where it did not."""
    after = [_after(t, at) for t in transcripts]
    n = len(transcripts)
    leaking = sum(bool(score(t).leaks.value) for t in after)
    told = {tuple((line.kind, line.speaker, line.text) for line in t.lines) for t in after}
    watched = tuple(_turn_spread(turn, beats) for turn, beats in turns.items())
    return Rerolls(at, n, len(told), _answers(after), _choices(after), proportion(leaking, n), watched)


def _after(transcript: Transcript, at: int) -> Transcript:
    lines = tuple(line for line in transcript.lines if line.beat > at)
    return replace(transcript, lines=lines, answers=tuple(a for a in transcript.answers if a.beat > at))


def _answers(transcripts: Sequence[Transcript]) -> tuple[Spread, ...]:
    counts: dict[tuple[int, str], Counter[str]] = {}
    right: Counter[tuple[int, str]] = Counter()
    for transcript in transcripts:
        for answer in transcript.answers:
            key = answer.beat, answer.id
            said = UNREADABLE if not answer.readable else UNKNOWN if answer.answer is None else answer.answer
            counts.setdefault(key, Counter())[said] += 1
            right[key] += verdict(answer, transcript.noise).outcome is Outcome.RIGHT
    return tuple(
        Spread(beat, what, dict(found.most_common()), proportion(right[beat, what], found.total()))
        for (beat, what), found in sorted(counts.items(), key=lambda item: item[0][0])
    )


def _choices(transcripts: Sequence[Transcript]) -> tuple[Spread, ...]:
    """What was asserted, done and let happen, by beat, by who chose it and how often that one had chosen in the beat."""
    counts: dict[tuple[int, str], Counter[str]] = {}
    for transcript in transcripts:
        chosen: Counter[tuple[int, str]] = Counter()
        for line in transcript.lines:
            if not line.performed or line.kind not in ("speech", "act", "author"):
                continue
            what = f"{line.speaker} {'asserts' if line.kind == 'speech' else 'chooses'}"
            chosen[line.beat, what] += 1
            time = chosen[line.beat, what]
            key = line.beat, what if time == 1 else f"{what} ({time})"
            outcome = (line.act or NOTHING_ASSERTED) if line.kind == "speech" else line.text
            counts.setdefault(key, Counter())[outcome] += 1
    return tuple(Spread(beat, what, dict(found.most_common())) for (beat, what), found in sorted(counts.items()))


def _turn_spread(turn: str, beats: Sequence[int | None]) -> TurnSpread:
    came = sorted(b for b in beats if b is not None)
    counts = dict(sorted(Counter(came).items()))
    return TurnSpread(turn, counts, proportion(len(came), len(beats)), median(came) if came else None)
