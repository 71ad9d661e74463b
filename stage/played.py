"""A benchmark's story played through the rules: the same minds that a scene has, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from stage.beliefs.minds import Minds
from stage.importers.story import Question, Story
from stage.rules import Rules
from stage.setting import Setting

YES, NO = "Yes", "No"


@dataclass(frozen=True)
class Played:
    """The minds after a story, and which of its sentences cannot have happened as told."""

    story: Story
    minds: Minds
    impossible: tuple[tuple[str, str], ...]

    def answer(self, question: Question) -> str | None:
        """What the minds answer; None where there is no belief with exactly one value."""
        return worded(question, self.value(question))

    def value(self, question: Question) -> str | None:
        return self.minds.world(question.viewpoint, self.moment(question)).value(question.fluent)

    def moment(self, question: Question) -> int:
        return 1 if question.at_start else self.minds.now

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """By beat; the start has none."""
        return ("", *(s.text for s in self.story.steps))


def worded(question: Question, value: str | None) -> str | None:
    """A value as the question wants it."""
    if value is None or question.is_it is None:
        return value
    return YES if value == question.is_it else NO


def play(story: Story, setting: Setting | None = None) -> Played:
    """Play a story in its own setting, or in one that differs from it in the rules."""
    setting = setting or story.setting
    rules, minds = Rules(setting), Minds(setting)
    minds.append(story.beginning())
    impossible = []
    for beat, step in enumerate(story.steps, 1):
        for doing in step.doings:
            reality = minds.world(())
            objections = rules.objections(doing.action, reality)
            if objections:
                impossible.append((step.text, "; ".join(objections)))
                minds.append(*rules.failure(doing.action, reality, minds.now, beat))
            else:
                minds.append(*rules.events(doing.action, reality, minds.now, beat, doing.manner))
    return Played(story, minds, tuple(impossible))
