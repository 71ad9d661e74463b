"""Answer keys audited: what a benchmark's labels say, what follows from its texts, and why the two differ.

The answer comes from the one belief engine. A disagreement is never settled by vote: it gets the first reason that fits,
of a fixed list, or none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

from stage.beliefs.explain import explain
from stage.errors import UsageError
from stage.events import Effect, Event, Exactly
from stage.facts import Known
from stage.faults import GENERATORS, Fault, Generator
from stage.importers import IMPORTERS
from stage.importers.story import Asked, Imported, Passage, Question, Story, Unparsed
from stage.played import Played, play, worded
from stage.setting import Reveals, Setting, ShownTo, Trust, TrustRule

ALL_FAULTS = "generator"
"""The compat mode with all known faults of a format's generator."""


class Reason(StrEnum):
    """Why a label differs from what follows, the most telling first."""

    GENERATOR_FAULT = "generator-fault"
    """A known fault of the generator, named, gives this label."""
    OPPOSITE_SWITCH = "follows-opposite-switch"
    """The label follows under another convention, named, than the benchmark's own."""
    DISTRACTOR = "label-equals-distractor"
    """The label is an answer option, or a word of the story, where the thing never was and was never said to be."""
    IMPOSSIBLE = "impossible-label"
    """The label is in neither story nor options; or the first of the chain never came across it, and cannot have it in
    mind at all."""
    CONTRADICTING = "contradicting-labels"
    """The same question about the same story has another label elsewhere in the data."""
    STALE = "stale-label"
    """The label was right earlier in the story; the event named is left out of account."""
    NOT_DERIVABLE = "not-derivable"
    """The text alone does not settle the answer."""


@dataclass(frozen=True)
class Disagreement:
    id: str
    question: str
    label: str
    derived: str | None
    reason: Reason | None
    detail: str
    explanation: str


@dataclass(frozen=True)
class Tally:
    n: int
    agree: int


@dataclass(frozen=True)
class Audit:
    """The outcome for one file or folder. ``agreement`` counts by the benchmark's own types."""

    format: str
    items: int
    parsed: int
    agreement: Mapping[str, Tally]
    disagreements: tuple[Disagreement, ...]
    unparsed: tuple[Unparsed, ...]
    underivable: int = 0
    """How many questions are about prose whose events are not understood; their labels are checked among themselves."""

    @property
    def all_explained(self) -> bool:
        return all(d.reason is not None for d in self.disagreements)

    def to_json(self) -> dict[str, Any]:
        rows = [
            {
                "id": d.id,
                "question": d.question,
                "label": d.label,
                "derived": d.derived,
                "reason": _coded(d),
                "explanation": d.explanation,
            }
            for d in self.disagreements
        ]
        return {
            "format": self.format,
            "items": self.items,
            "parsed": self.parsed,
            "agreement": {kind: {"n": t.n, "agree": t.agree} for kind, t in self.agreement.items()},
            "disagreements": rows,
        }

    def to_text(self) -> str:
        width = max((len(k) for k in self.agreement), default=0)
        lines = [f"{self.format}: {self.items} items, {self.parsed} parsed"]
        lines += [f"  {kind:<{width}}  {t.agree} of {t.n}" for kind, t in self.agreement.items()]
        if self.underivable:
            lines.append(f"  {self.underivable} questions have labels and nothing to derive them from")
        for reason, count in Counter(_coded(d) or "no reason" for d in self.disagreements).most_common():
            lines.append(f"  {count} x {reason}")
        for d in self.disagreements:
            derived = "no belief" if d.derived is None else d.derived
            lines.append(
                f"\n{d.id}: {d.question}\n  label {d.label}, derived {derived}: {_coded(d) or 'no reason found'}"
            )
            lines += [f"  - {step}" for step in d.explanation.split("\n")]
        return "\n".join(lines)


def _coded(found: Disagreement) -> str | None:
    if found.reason is None:
        return None
    return f"{found.reason}: {found.detail}" if found.detail else str(found.reason)


def audit(form: str, path: Path, compat: str | None = None) -> Audit:
    """Audit a benchmark's file or folder. With ``compat`` the answers are those of its faulty generator."""
    if form not in IMPORTERS:
        raise UsageError(f"there is no format {form!r}; there are {', '.join(sorted(IMPORTERS))}")
    faults = None if compat is None else _chosen(form, compat)
    imported = IMPORTERS[form](path)
    if not imported.items:
        raise UsageError(f"there are no items of format {form} in {path}")
    return _compare(imported, faults)


def _chosen(form: str, compat: str) -> frozenset[Fault]:
    known = {f.name: f for f in GENERATORS[form].faults} if form in GENERATORS else {}
    if compat == ALL_FAULTS and known:
        return frozenset(known.values())
    if compat not in known:
        names = ", ".join([ALL_FAULTS, *known]) if known else "none"
        raise UsageError(f"there is no compat mode {compat!r} for {form}; there are: {names}")
    return frozenset({known[compat]})


def _compare(imported: Imported, faults: frozenset[Fault] | None) -> Audit:
    asked: Counter[str] = Counter()
    agreed: Counter[str] = Counter()
    disagreements = []
    for story in imported.stories:
        case = Case(imported.format, story)
        for question in story.questions:
            asked[question.kind] += 1
            derived = case.played.answer(question)
            answer = derived if faults is None else case.faulty(question, faults) or derived
            if answer == (question.meant or question.label):
                agreed[question.kind] += 1
            else:
                disagreements.append(case.disagreement(question, answer))
    agreement = {kind: Tally(asked[kind], agreed[kind]) for kind in sorted(asked)}
    disagreements += [d for passage in imported.passages for d in _amiss(passage)]
    return Audit(
        imported.format,
        imported.items,
        imported.questions,
        agreement,
        tuple(disagreements),
        imported.unparsed,
        sum(len(p.questions) for p in imported.passages),
    )


def _amiss(passage: Passage) -> Iterator[Disagreement]:
    """The labels of a passage that cannot be right, whatever it says."""
    labels: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for asked in passage.questions:
        labels.setdefault((asked.text, asked.options), set()).add(asked.label)
    for asked in passage.questions:
        found = _flaw(asked, sorted(labels[asked.text, asked.options]))
        if found is not None:
            reason, detail = found
            yield Disagreement(asked.id, asked.text, asked.label, None, reason, detail, f"The text: {passage.text}")


def _flaw(asked: Asked, labels: Sequence[str]) -> tuple[Reason, str] | None:
    if asked.options and asked.label not in asked.options:
        return Reason.IMPOSSIBLE, "it is none of the options"
    if asked.options.count(asked.label) > 1:
        return Reason.IMPOSSIBLE, "another option reads the same, so neither is right alone"
    return (Reason.CONTRADICTING, ", ".join(labels)) if len(labels) > 1 else None


# ------------------------------------------------------------------------------------------------------------- reasons
@dataclass(frozen=True)
class Case:
    """One story with everything that can be asked of it."""

    format: str
    story: Story

    @cached_property
    def played(self) -> Played:
        return play(self.story)

    @cached_property
    def others(self) -> dict[str, Played]:
        """The story played by other rules, by what they are."""
        setting = self.story.setting
        variants = {name: change(setting) for name, change in SWITCHES.items()}
        return {name: play(self.story, other) for name, other in variants.items() if other != setting}

    def faulty(self, question: Question, faults: frozenset[Fault]) -> str | None:
        """What the faulty generator answers; None where these faults have nothing to do with the question."""
        generator = GENERATORS.get(self.format)
        if generator is None:
            return None
        at_work = frozenset(f for f in faults if generator.concerns(f, self.story, question))
        return self._run(generator, at_work).get(question.id) if at_work else None

    def _run(self, generator: Generator, faults: frozenset[Fault]) -> Mapping[str, str]:
        key = tuple(sorted(f.name for f in faults))
        if key not in self._runs:
            self._runs[key] = generator.answers(self.story, faults)
        return self._runs[key]

    @cached_property
    def _runs(self) -> dict[tuple[str, ...], Mapping[str, str]]:
        return {}

    def disagreement(self, question: Question, derived: str | None) -> Disagreement:
        found = next(self._reasons(question), None)
        reason, detail = found if found is not None else (None, "")
        explanation = explain(
            self.played.minds, question.viewpoint, question.fluent, self.played.moment(question), self._tell
        )
        steps = "\n".join(explanation.steps)
        return Disagreement(question.id, question.text, question.label, derived, reason, detail, steps)

    def _tell(self, event: Event) -> str:
        return self.played.sentences[event.beat]

    def _reasons(self, question: Question) -> Iterator[tuple[Reason, str]]:
        """Every reason that fits, the most telling first."""
        label = question.meant or question.label
        for names in self._faults_behind(question, label):
            yield Reason.GENERATOR_FAULT, names
        for name, other in self.others.items():
            if other.answer(question) == label:
                yield Reason.OPPOSITE_SWITCH, name
        if question.is_it is None:
            yield from self._misplaced(question, label)
        if question.viewpoint and not self._came_across(question, label):
            yield Reason.IMPOSSIBLE, f"{question.viewpoint[0]} never came across it"
        if question.underivable:
            yield Reason.NOT_DERIVABLE, question.underivable
        for sentence, why in self.played.impossible:
            yield Reason.NOT_DERIVABLE, f"{sentence} ({why})"
        labels = sorted({q.label for q in self.story.questions if q.text == question.text})
        if len(labels) > 1:
            yield Reason.CONTRADICTING, ", ".join(labels)
        if (event := self._since(question, label)) is not None:
            yield Reason.STALE, f"leaves out '{self._tell(event)}'"

    def _faults_behind(self, question: Question, label: str) -> Iterator[str]:
        """The smallest sets of known faults that give the label."""
        known: Sequence[Fault] = GENERATORS[self.format].faults if self.format in GENERATORS else ()
        for size in range(1, len(known) + 1):
            for faults in combinations(known, size):
                if self.faulty(question, frozenset(faults)) == label:
                    yield " + ".join(f.name for f in faults)

    def _misplaced(self, question: Question, label: str) -> Iterator[tuple[Reason, str]]:
        """A label that is no place where the thing ever was, or was said to be."""
        if label in _values(self.played.minds.world(()).noticed(), question):
            return
        if label in question.options or label in self.story.text.replace(".", " ").split():
            yield Reason.DISTRACTOR, "the thing never was there"
        else:
            yield Reason.IMPOSSIBLE, "it is in neither story nor options"

    def _came_across(self, question: Question, label: str) -> bool:
        """Whether the first of the chain ever noticed an event with a value that gives the label."""
        values = _values(self.played.minds.world(question.viewpoint[:1]).noticed(), question)
        return label in {worded(question, v) for v in values}

    def _since(self, question: Question, label: str) -> Event | None:
        """The event with which a label ceased to be right; None if it never was right at this viewpoint."""
        minds, end = self.played.minds, self.played.moment(question)
        held = [minds.world(question.viewpoint, time).belief(question.fluent) for time in range(1, end + 1)]
        right = [time for time, b in enumerate(held, 1) if isinstance(b, Known) and worded(question, b.value) == label]
        return minds.events[right[-1]] if right and right[-1] < end else None


def _values(events: Sequence[Event], question: Question) -> set[str]:
    """The values that a fluent has, or is said to have, in some events."""
    effects = [e for event in events for e in event.effects if isinstance(e, Effect)]
    contents = [e.content for e in effects if e.fluent == question.fluent]
    contents += [a.content for event in events for a in event.assertions if a.fluent == question.fluent]
    return {c.value for c in contents if isinstance(c, Exactly)}


def _by(**changes: Any) -> Callable[[Setting], Setting]:
    return lambda setting: replace(setting, conventions=replace(setting.conventions, **changes))


SWITCHES: Mapping[str, Callable[[Setting], Setting]] = {
    "entering reveals nothing": _by(entering=Reveals.NOTHING),
    "entering reveals to whoever enters alone": _by(entering_shown_to=ShownTo.ENTERER),
    "everybody is trusted": _by(trust=TrustRule.DECLARED),
    "nobody is trusted": lambda s: replace(
        s, usual_trust=Trust.NO, conventions=replace(s.conventions, trust=TrustRule.DECLARED)
    ),
}
