"""Units of a benchmark put to a model: stories as plays, prose read out; and what came of each of their questions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

from stage.audits.played import worded
from stage.audits.reasons import Case
from stage.bench.answers import Item, Key
from stage.bench.items import Unit
from stage.bench.reading_out import listed
from stage.bench.telling import StoryCourse, probe_of
from stage.course import Probe
from stage.importers.story import Passage, Question, Story
from stage.inference.replies import fitting
from stage.inference.requests import LanguageModel, reset
from stage.performing.asking import Asker, scored
from stage.performing.settings import Settings
from stage.performing.steps import drive
from stage.performing.transcript import REALITY, Answer
from stage.questions.answer_key import AnswerKey, KnownAnswer
from stage.roles.prompts import Prompter


@dataclass(frozen=True)
class Way:
    """How questions are put. ``read_out``: stories too are read out, in the benchmark's own words."""

    benchmark: str
    settings: Settings
    read_out: bool = False


@dataclass(frozen=True)
class Mouth:
    """Who answers, and the key that a control stage answers from."""

    model: LanguageModel
    key: AnswerKey


@dataclass(frozen=True)
class Sitting:
    """One unit, put to several answerers: what is worked out for the first serves the others. What is answered hangs on
    nothing that was put before."""

    unit: Unit
    way: Way

    def put(self, mouth: Mouth, settings: Settings) -> list[Item]:
        """The answers to the questions of the unit, all put together."""
        mouth.key.clear()
        reset(mouth.model)
        told = self.unit.told
        if isinstance(told, Story) and not self.way.read_out and is_english(told.text):
            found = _played(self._prompter, self._case, settings, mouth)
        else:
            found = _read_out(self._readings, told.text, settings, mouth)
        return [replace(item, story=self.unit.id) for item in found]

    @cached_property
    def _case(self) -> Case:
        assert isinstance(self.unit.told, Story)
        return Case(self.way.benchmark, self.unit.told)

    @cached_property
    def _prompter(self) -> _StoryPrompter:
        assert isinstance(self.unit.told, Story)
        return _StoryPrompter(StoryCourse(self.unit.told), self.way.settings.context)

    @cached_property
    def _readings(self) -> tuple[_Reading, ...]:
        told = self.unit.told
        return tuple(_of_passage(told) if isinstance(told, Passage) else _of_story(self._case))


def is_english(text: str) -> bool:
    """Whether a text is in letters that go with the words of a play, which are English."""
    letters = [c for c in text if c.isalpha()]
    return sum(c.isascii() for c in letters) > len(letters) / 2


# ------------------------------------------------------------------------------------------------------------ as plays
class _StoryPrompter(Prompter):
    course: StoryCourse


class _StoryAsker(Asker):
    """Puts the questions of a benchmark's story, each with the answers that the benchmark offers."""

    course: StoryCourse

    def _options(self, probe: Probe, probes: Sequence[Probe], before: int) -> tuple[str | None, ...]:
        return self.course.choices[probe]


def _played(prompter: _StoryPrompter, case: Case, settings: Settings, mouth: Mouth) -> list[Item]:
    asker = _StoryAsker(prompter.course, prompter, mouth.key, settings, lambda *_: None)
    probes = [probe_of(case.story, question) for question in case.story.questions]
    beats = sorted({probe.beat for probe in probes})
    answers = {a.id: a for beat in beats for a in drive(asker.ask(beat), partial(fitting, mouth.model))}
    return [
        _answered(question, answers[probe.id], case)
        for question, probe in zip(case.story.questions, probes, strict=True)
    ]


def _answered(question: Question, answer: Answer, case: Case) -> Item:
    """An answer in the benchmark's terms."""
    says = tuple(worded(question, v) or "" for v in answer.options)
    return replace(_blank(question, case), says=says, variants=answer.variants)


def _blank(question: Question, case: Case) -> Item:
    derived = case.played.answer(question)
    means = question.meant or question.label
    reason = ""
    if derived != means:
        found = case.reason(question)
        reason = str(found[0]) if found is not None else "no reason found"
    return Item(
        id=question.id,
        kind=question.kind,
        question=question.text,
        says=(),
        key=Key(question.label, means, True, derived, reason),
        order=question.order,
        state=question.state,
        false_belief=_is_false(question, case) if question.false_belief is None else question.false_belief,
    )


def _is_false(question: Question, case: Case) -> bool | None:
    """Whether what follows for a viewpoint is not so; None about reality, and where nothing follows."""
    value = case.played.value(question)
    so = case.played.value(replace(question, viewpoint=()))
    return None if not question.viewpoint or value is None else value != so


# ------------------------------------------------------------------------------------------------------------ read out
@dataclass(frozen=True)
class _Reading:
    """A question to be read out: what will be known of it, its options, and what control stages know."""

    item: Item
    options: tuple[str, ...]
    known: KnownAnswer


def _of_passage(passage: Passage) -> Iterator[_Reading]:
    """Of a passage only the label is known: no mind is."""
    for asked in passage.questions:
        item = Item(
            id=asked.id,
            kind=asked.kind,
            question=asked.text,
            says=asked.options,
            key=Key(asked.label, asked.label),
            order=asked.order,
            state=asked.state,
            false_belief=asked.false_belief,
        )
        yield _Reading(item, asked.options, KnownAnswer(asked.options, asked.label, {}))


def _of_story(case: Case) -> Iterator[_Reading]:
    """Of a story what follows is known, for the chain that is asked about and for everybody in it."""
    people = case.story.setting.people
    for question in case.story.questions:
        options = case.story.choices(question)
        minds = {REALITY: case.played.answer(replace(question, viewpoint=()))}
        minds |= {p: case.played.answer(replace(question, viewpoint=(p,))) for p in people}
        right = KnownAnswer(options, case.played.answer(question), minds, question.viewpoint, people)
        yield _Reading(
            replace(_blank(question, case), says=options), options, replace(right, told=_named(case, options))
        )


def _named(case: Case, options: Sequence[str]) -> tuple[str, ...]:
    """The options in the order in which the story names them, each time anew."""
    text = case.story.text
    return tuple(v for _, v in sorted((m.start(), v) for v in options for m in re.finditer(re.escape(v), text)))


def _read_out(readings: Iterable[_Reading], text: str, settings: Settings, mouth: Mouth) -> list[Item]:
    put = [(r, listed(r.item.id, text, r.item.question, r.options, settings.mirrors)) for r in readings]
    for reading, ways in put:
        for way in ways:
            mouth.key[way.score.label] = way.known(reading.options, reading.known)
    replies = iter(fitting(mouth.model, [way.score for _, ways in put for way in ways]))
    items = []
    for reading, ways in put:
        found = [(way, scored(next(replies))) for way in ways]
        told, untold = (
            tuple(way.variant(i, reply.logprobs, reply.lengths) for i, (way, reply) in enumerate(of))
            for of in ([f for f in found if f[0].told], [f for f in found if not f[0].told])
        )
        items.append(replace(reading.item, variants=told, untold=untold))
    return items
