"""A benchmark's story played through the rules: the same minds that a scene has, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from stage.beliefs.minds import Minds
from stage.course import outcome
from stage.importers.story import Question, Story
from stage.world.rules import Rules
from stage.world.setting import Setting


@dataclass(frozen=True)
class Played:
    """The minds after a story, and which of its sentences cannot have happened as told."""

    story: Story
    minds: Minds
    impossible: tuple[tuple[str, str], ...]
    ends: tuple[int, ...]
    """By step the time after it; first of all that before the first step."""

    def answer(self, question: Question) -> str | None:
        """What the minds answer; None where there is no belief with exactly one value."""
        return worded(question, self.value(question))

    def value(self, question: Question) -> str | None:
        return self.minds.world(question.viewpoint, self.moment(question)).value(question.fluent)

    def moment(self, question: Question) -> int:
        """The time at which a question is put."""
        if question.at_start:
            return self.ends[0]
        return self.minds.now if question.after is None else self.ends[question.after]

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """By beat; the start has none."""
        return ("", *(s.text for s in self.story.steps))


def worded(question: Question, value: str | None) -> str | None:
    """A value as the question wants it."""
    if value is None and not question.unknown_is_no:
        return question.unknown or None
    if question.is_it is None:
        return value
    yes, no = question.answers
    return yes if value == question.is_it else no


def play(story: Story, setting: Setting | None = None) -> Played:
    """Play a story in its own setting, or in one that differs from it in the rules."""
    setting = setting or story.setting
    rules, minds = Rules(setting), Minds(setting)
    minds.append(*story.beginning())
    impossible = []
    ends = [minds.now]
    for beat, step in enumerate(story.steps, 1):
        for doing in step.doings:
            objections = rules.objections(doing.action, minds.world(()))
            if objections and not doing.manner.in_vain:
                impossible.append((step.text, "; ".join(map(str, objections))))
            minds.append(*outcome(rules, minds, beat, doing.action, doing.manner))
        ends.append(minds.now)
    return Played(story, minds, tuple(impossible), tuple(ends))
