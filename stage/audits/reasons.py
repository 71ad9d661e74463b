"""Why a label differs from what follows: every reason that fits, the most telling first, or none.

The answer comes from the one belief engine and is never settled by vote. Of prose whose events are not understood only
that is found out which no reading of it could make right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import combinations
from typing import Any

from stage.audits.played import Played, play, worded
from stage.beliefs.explain import explain
from stage.faults import GENERATORS, Fault, Generator
from stage.importers.story import Asked, Passage, Question, Story
from stage.world.events import Effect, Event, Exactly
from stage.world.facts import Fluent, Known, Viewpoint
from stage.world.setting import Expects, Hearsay, Insides, Reveals, Setting, ShownTo, Trust, TrustRule


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


_Matter = tuple[Viewpoint, Fluent, int | None]
"""What is asked about, and when."""
_Said = tuple[str, bool]
"""A value, and whether it is said to be so or not to be so."""


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

    def reason(self, question: Question) -> tuple[Reason, str] | None:
        """The first reason that fits, and what it is about; that of an earlier audit, which knew more, where there is
        one."""
        code, _, detail = question.noted.partition(": ")
        if code in {*Reason}:
            return Reason(code), detail
        return next(self._reasons(question), None)

    def steps(self, question: Question) -> str:
        """The derivation of the answer, a step a line."""
        matter = (question.viewpoint, question.fluent, self.played.moment(question))
        if matter not in self._steps:
            self._steps[matter] = "\n".join(explain(self.played.minds, *matter, self._tell).steps)
        return self._steps[matter]

    @cached_property
    def _steps(self) -> dict[_Matter, str]:
        return {}

    def misflagged(self, question: Question) -> str:
        """How the benchmark's word that the belief is true, or false, contradicts its own label; else empty."""
        if question.false_belief is None or not question.viewpoint or question.is_it is not None:
            return ""
        real = self.played.answer(replace(question, viewpoint=()))
        if real is None or question.false_belief is ((question.meant or question.label) != real):
            return ""
        said = "false" if question.false_belief else "true"
        return f"it is called a {said} belief, and what is so is {real}"

    def _tell(self, event: Event) -> str:
        return self.played.sentences[event.beat]

    def _reasons(self, question: Question) -> Iterator[tuple[Reason, str]]:
        """Every reason that fits, the most telling first."""
        label = question.meant or question.label
        if (names := self._faults_behind(question, label)) != "":
            yield Reason.GENERATOR_FAULT, names
        for name, other in self.others.items():
            if other.answer(question) == label:
                yield Reason.OPPOSITE_SWITCH, name
        if question.is_it is None:
            yield from self._misplaced(question, label)
        elif label not in question.answers:
            yield Reason.IMPOSSIBLE, f"it can only be {question.answers[0]} or {question.answers[1]}"
        if question.underivable:
            yield Reason.NOT_DERIVABLE, question.underivable
        if question.viewpoint and not self._came_across(question, label):
            yield Reason.IMPOSSIBLE, f"{question.viewpoint[0]} never came across it"
        for sentence, why in self.played.impossible:
            yield Reason.NOT_DERIVABLE, f"{sentence} ({why})"
        if (others := self._contradicted(question)) != "":
            yield Reason.CONTRADICTING, others
        if (event := self._since(question, label)) is not None:
            yield Reason.STALE, f"leaves out '{self._tell(event)}'"

    def _faults_behind(self, question: Question, label: str) -> str:
        """The smallest sets of known faults that give the label; empty where none does."""
        known: Sequence[Fault] = GENERATORS[self.format].faults if self.format in GENERATORS else ()
        for size in range(1, len(known) + 1):
            found = [f for f in combinations(known, size) if self.faulty(question, frozenset(f)) == label]
            if found:
                return " or ".join(" + ".join(f.name for f in faults) for faults in found)
        return ""

    def _contradicted(self, question: Question) -> str:
        """Other labels for the same question, or what labels of other questions about the same matter say; else empty."""
        labels = self._labels[question.text]
        if len(labels) > 1:
            return ", ".join(sorted(labels))
        others = self._said[_matter(question)].items()
        other = next((o for said, o in others if _exclude(_says(question), said)), None)
        return "" if other is None else f"{other.label} to '{other.text}'"

    @cached_property
    def _labels(self) -> Mapping[str, set[str]]:
        """By question all its labels."""
        found: dict[str, set[str]] = {}
        for question in self.story.questions:
            found.setdefault(question.text, set()).add(question.label)
        return found

    @cached_property
    def _said(self) -> Mapping[_Matter, Mapping[_Said, Question]]:
        """By matter what the labels say of it, each with the first question that says it."""
        found: dict[_Matter, dict[_Said, Question]] = {}
        for question in self.story.questions:
            found.setdefault(_matter(question), {}).setdefault(_says(question), question)
        return found

    def _misplaced(self, question: Question, label: str) -> Iterator[tuple[Reason, str]]:
        """A label that is no place where the thing ever was, or was said to be."""
        if label in _values(self.played.minds.world(()).noticed(), question):
            return
        derived, offered = self.played.answer(question), {o.casefold() for o in question.options}
        if offered and derived is not None and derived.casefold() not in offered:
            yield Reason.IMPOSSIBLE, f"no option is {derived}, and no {label} is in the story"
        elif label.casefold() in offered or label in self.story.text.replace(".", " ").split():
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


def _matter(question: Question) -> _Matter:
    return question.viewpoint, question.fluent, 0 if question.at_start else question.after


def _exclude(one: _Said, other: _Said) -> bool:
    """Whether what two labels say of one matter cannot both be so."""
    (value, is_so), (other_value, other_is_so) = one, other
    return (is_so and other_is_so and value != other_value) or (is_so != other_is_so and value == other_value)


def _says(question: Question) -> _Said:
    """A value, and whether the label says that it is this one or that it is another."""
    if question.is_it is None:
        return question.meant or question.label, True
    return question.is_it, question.label == question.answers[0]


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
    "containers show what is in them": _by(containers=Insides.TRANSPARENT),
    "a speaker takes everybody to believe it": _by(speakers_expect=Expects.BELIEF),
    "nobody takes over a word": _by(hearsay=Hearsay.NOBODY),
    "nobody is trusted": lambda s: replace(
        s, usual_trust=Trust.NO, conventions=replace(s.conventions, trust=TrustRule.DECLARED)
    ),
}


# --------------------------------------------------------------------------------------------------------------- prose
def flaws(passage: Passage) -> Iterator[tuple[Asked, Reason, str]]:
    """The labels of a passage that cannot be right, or not all of them, whatever it says."""
    labels: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for asked in passage.questions:
        labels.setdefault((asked.text, asked.options), set()).add(asked.label)
    claimed = {asked.id: why for asked, why in _in_conflict(passage)}
    for asked in passage.questions:
        several = sorted(labels[asked.text, asked.options])
        if asked.amiss:
            yield asked, Reason.IMPOSSIBLE, asked.amiss
        elif asked.options and asked.label not in asked.options:
            yield asked, Reason.IMPOSSIBLE, "it is none of the options"
        elif asked.options.count(asked.label) > 1:
            yield asked, Reason.IMPOSSIBLE, "another option reads the same, so neither is right alone"
        elif len(several) > 1:
            yield asked, Reason.CONTRADICTING, ", ".join(several)
        elif asked.id in claimed:
            yield asked, Reason.CONTRADICTING, claimed[asked.id]


def _in_conflict(passage: Passage) -> Iterator[tuple[Asked, str]]:
    """The questions whose labels say of a matter what the fewest say of it, where not all say the same."""
    matters: dict[str, dict[str, list[Asked]]] = {}
    for asked in passage.questions:
        for matter, value in asked.claims:
            matters.setdefault(matter, {}).setdefault(value, []).append(asked)
    for matter, sides in matters.items():
        most = max(len(side) for side in sides.values())
        majority = [value for value, side in sides.items() if len(side) == most]
        for value, side in sides.items():
            if len(sides) > 1 and (value not in majority or len(majority) > 1):
                other = next(a for v, others in sides.items() if v != value for a in others)
                for asked in side:
                    yield asked, f"{matter}: {value}; by '{other.text}' ({other.id}) it is otherwise"
