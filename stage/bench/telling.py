"""A benchmark's story as a play: its sentences are what happens, its questions what is asked about it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from stage.course import Course, Probe
from stage.importers.story import Question, Step, Story
from stage.scenes.scenario import AuthorSpec, Character, NarratorSpec
from stage.scenes.scene import FactWording, Scene, Scripted
from stage.wording import Wording, capitalised, uncapitalised
from stage.world.events import Action, Begin, Effect, Enter, Event, Exactly, Put, Say, Set
from stage.world.facts import AT, AWAY, Fluent
from stage.world.setting import Setting, Thing
from stage.world.sight import becomes

AT_FIRST = " at first"
"""What marks the relation of how something was at the beginning: a fact of its own, which nothing changes."""


UNSAID = Begin("the start")
"""How things stand before the first sentence; a story that has more to its beginning tells that."""


class StoryWording(Wording):
    """The words of a story: how things stand at its start goes without saying, and where nobody is there is nothing to
    leave."""

    def event(self, event: Event) -> str:
        from_nowhere = isinstance(event.action, Enter) and event.departure and event.place in (None, AWAY)
        return "" if from_nowhere or event.action == UNSAID else super().event(event)


class StoryCourse(Course):
    """A story played to its end; the moment after each sentence is the end of a beat. Sentences in which nothing happens
    are not told."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.choices = _choices(story)
        super().__init__(_scene(story, self.choices))
        self.wording: Wording = StoryWording.of(self.scene)
        for step in story.steps:
            for doing in _doings(step):
                self.do(doing.action, doing.manner)
            self.end_beat()

    def probes(self, beat: int) -> list[Probe]:
        """The questions put at a moment. Two that ask the same are put once."""
        return [probe for probe in self.choices if probe.beat == beat]


def probe_of(story: Story, question: Question) -> Probe:
    """How a question is put: one of yes and no asks for the value, whose answer settles it; one about the beginning is
    asked at the end."""
    beat = len(story.steps) if question.after is None else question.after
    return Probe(beat, question.viewpoint, _asked(question))


def _asked(question: Question) -> Fluent:
    fluent = question.fluent
    return Fluent(fluent.subject, fluent.relation + AT_FIRST) if question.at_start else fluent


def _at_first(fluent: Fluent) -> Fluent | None:
    """The fluent of which one tells the beginning; None where it tells no beginning."""
    relation = fluent.relation.removesuffix(AT_FIRST)
    return None if relation == fluent.relation else Fluent(fluent.subject, relation)


def _choices(story: Story) -> dict[Probe, tuple[str, ...]]:
    """What there is to choose from for each probe: all that any question that asks it offers."""
    found: dict[Probe, dict[str, None]] = {}
    for question in story.questions:
        found.setdefault(probe_of(story, question), {}).update(dict.fromkeys(choices_of(story, question)))
    return {probe: tuple(values) for probe, values in found.items()}


def choices_of(story: Story, question: Question) -> tuple[str, ...]:
    """The values among which a question lets choose."""
    return tuple(dict.fromkeys(value_of(story, question, v) for v in story.choices(_open(question))))


def _open(question: Question) -> Question:
    """A question of yes and no as one that asks for the value."""
    return question if question.is_it is None else replace(question, options=(), is_it=None)


def value_of(story: Story, question: Question, option: str) -> str:
    """Which of the story's values an answer is that is offered, where it spells it otherwise; else the answer itself."""
    values = story.setting.range_of(question.fluent)
    if option in values or question.is_it is not None:
        return option
    if question.meant and option == question.label:
        return question.meant
    return next((v for v in values if _bare(v) == _bare(option)), option)


def _bare(text: str) -> str:
    return re.sub(r"^(?:the|an?) ", "", text.strip().lower())


def _scene(story: Story, choices: Mapping[Probe, Sequence[str]]) -> Scene:
    """A scene without beats: the sentences of a story do more than one thing each."""
    first, *others = story.beginning()
    known = {
        effect.fluent: effect.content.value
        for event in (first, *others)
        for effect in event.effects
        if isinstance(effect, Effect) and effect.change and isinstance(effect.content, Exactly)
    }
    beginnings = {p.fluent: now for p in choices if (now := _at_first(p.fluent)) is not None}
    effects = tuple(becomes(fluent, known[now]) for fluent, now in beginnings.items() if now in known)
    setting = _setting(story.setting, choices)
    words = Wording(setting, {})
    return Scene(
        title="A story",
        premise="",
        format="chat",
        setting=setting,
        cast={name: Character() for name in setting.people},
        author=AuthorSpec(),
        narrator=NarratorSpec(),
        start=(replace(first, effects=(*first.effects, *effects)), *others),
        beats=(),
        probes=(),
        wording={fluent: _worded(now, words) for fluent, now in beginnings.items()},
    )


def _worded(fluent: Fluent, words: Wording) -> FactWording:
    """How it is asked and said what something was at the beginning."""
    subject = words.noun(fluent.subject)
    if fluent.relation == AT:
        return FactWording(f"Where was {subject} at the beginning?", f"At the beginning {subject} was in {{value}}")
    stem = f"At the beginning, {words.stem(fluent)}"
    return FactWording(f"How does this go on: '{stem} ...'?", f"{stem} {{value}}")


def _setting(setting: Setting, choices: Mapping[Probe, Sequence[str]]) -> Setting:
    """The story's own, with whatever is offered as an answer known by name, and names as prose has them."""
    offered: dict[Fluent, dict[str, None]] = {}
    for probe, values in choices.items():
        offered.setdefault(probe.fluent, dict.fromkeys(setting.range_of(probe.fluent))).update(dict.fromkeys(values))
    known = (*setting.things, *setting.places, *setting.people)
    placed = [v for f, values in offered.items() if (_at_first(f) or f).relation == AT for v in values]
    things = {**setting.things, **{v: Thing(v, container=True) for v in placed if v not in known}}
    values = [v for found in offered.values() for v in found if v not in setting.people]
    titles = {name: uncapitalised(plain(name).removeprefix("the "), setting) for name in (*values, *things)}
    titles |= {place: plain(place) for place in setting.places} | {person: person for person in setting.people}
    ranges = {**setting.ranges, **{f: tuple(found) for f, found in offered.items()}}
    return replace(setting, things=things, ranges=ranges, titles={**titles, **setting.titles})


def _doings(step: Step) -> Iterator[Scripted]:
    """What is done in a sentence, told as the sentence has it. It is told in words of its own where a sentence does
    several things, or spells the place otherwise than the answers do."""
    told = sentence(step.text)
    for doing in step.doings:
        kept = len(step.doings) == 1 and _place(doing.action) in told
        yield replace(doing, manner=replace(doing.manner, text=told if kept else ""))


def _place(action: Action) -> str:
    """What an action names as an answer might; empty where it names nothing."""
    match action:
        case Set(fact) | Say(_, fact):
            return plain(fact.value)
        case Put(_, _, to):
            return plain(to)
    return ""


def plain(text: str) -> str:
    """A text of a benchmark as prose: 'the green drawer' for 'the green_drawer'."""
    return re.sub(r"\bthe the\b", "the", text.replace("_", " "))


def sentence(text: str) -> str:
    """A sentence of a benchmark with a capital at its beginning and a stop at its end."""
    told = capitalised(plain(text.strip()))
    return told if told.endswith((".", "!", "?", '"')) else f"{told}."
