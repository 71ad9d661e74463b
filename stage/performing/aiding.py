"""Helping a role before it is asked: by telling it what it believes, or by letting it speak first.

What the stage says first goes into the prompt of the question, which goes on from it. It is said anew in every mirror, so
that a word that the stage likes cancels there as well, and once for all orders of the options, which it does not see.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from stage.course import Course, Probe
from stage.inference.requests import Generate, Generated, Prompt
from stage.performing.settings import Settings
from stage.performing.steps import Steps
from stage.performing.variations import Surroundings
from stage.questions.answer_key import AnswerKey, KnownAnswer
from stage.questions.phrasing import Question
from stage.roles.aids import Aid, beliefs_in_words
from stage.roles.prompts import Prompter, Task, mirrored, mirrored_task
from stage.roles.replies import before_repeat
from stage.world.setting import AUTHOR

MOST_TOKENS = 60
"""Of what the stage says before a question."""


class Aider:
    """The aid of one play. Call `prepare` with all that is to be asked at a moment, then `prompt` for each of it."""

    def __init__(self, course: Course, prompter: Prompter, key: AnswerKey, settings: Settings) -> None:
        self.course = course
        self.prompter = prompter
        self.key = key
        self.settings = settings
        self._told: dict[str, list[str]] = {}
        self._said: dict[Prompt, str] = {}

    def prepare(self, asked: Sequence[tuple[Probe, Surroundings]], before: int) -> Steps[None]:
        """Work out or ask for everything that comes before the questions of a moment, as one batch."""
        aid = self.settings.aid
        if aid is Aid.GRAPH:
            depths: dict[str, int] = {}
            for probe, _ in asked:
                voice = voice_of(probe)
                depths[voice] = max(depths.get(voice, 1), len(probe.viewpoint))
            self._told = {v: beliefs_in_words(self.course, v, before, depth) for v, depth in depths.items()}
        elif aid.is_generated and asked:
            self._said = yield from self._answers({self._first(p, before, e): (p, e) for p, e in asked}, before)

    def prompt(self, probe: Probe, before: int, task: Task, around: Surroundings) -> tuple[Prompt, str]:
        """The prompt of a question in one of its surroundings, and what the stage said before it."""
        voice, aid = voice_of(probe), self.settings.aid
        said = self._said[self._first(probe, before, around)] if aid.is_generated else ""
        if said:
            first = self._first(probe, before, around)
            return self.prompter.follow(voice, first, said, mirrored_task(task, around.exchange)), said
        aided = Task(task.asked, task.begun, self._told[voice]) if aid is Aid.GRAPH else task
        return mirrored(self.prompter.prompt(voice, before, aided, around.layout), around.exchange), ""

    def _first(self, probe: Probe, before: int, around: Surroundings) -> Prompt:
        """What is asked before the question."""
        voice = voice_of(probe)
        if self.settings.aid is Aid.THINK:
            task = self.prompter.ponder(self.prompter.question(question_of(probe)))
        else:
            task = self.prompter.recall(probe.viewpoint, voice)
        return mirrored(self.prompter.prompt(voice, before, task, around.layout), around.exchange)

    def _answers(self, prompts: dict[Prompt, tuple[Probe, Surroundings]], before: int) -> Steps[dict[Prompt, str]]:
        requests = [self._request(prompt, probe, around, before) for prompt, (probe, around) in prompts.items()]
        said = {}
        for request, reply in zip(requests, (yield requests), strict=True):
            if not isinstance(reply, Generated):
                raise TypeError(f"a generation was asked for, and {reply!r} came back")
            said[request.prompt] = before_repeat(reply.text.strip())
        return said

    def _request(self, prompt: Prompt, probe: Probe, around: Surroundings, before: int) -> Generate:
        aid, voice = self.settings.aid, voice_of(probe)
        about = probe.id if aid is Aid.THINK else f"{'>'.join(probe.viewpoint)} [after {probe.beat}]"
        name = f"{aid} {about}"
        label = f"{name}#{around.mark}"
        plain = around.exchange.text(self._plain(probe, before))
        self.key[label] = KnownAnswer((plain,), plain, {})
        return Generate(
            prompt,
            max_tokens=MOST_TOKENS,
            stop=("\n", *self.prompter.other_speakers(voice)),
            temperature=self.settings.temperature,
            seed=zlib.crc32(f"{self.settings.seed}/{name}".encode()),
            label=label,
        )

    def _plain(self, probe: Probe, before: int) -> str:
        """What a control stage says: what was noticed at the viewpoint, or what is believed there."""
        if self.settings.aid is Aid.PERSPECTIVE:
            noticed = (self.course.wording.event(e) for e in self.course.world(probe.viewpoint, before).noticed())
            return " ".join(t for t in noticed if t) or "Nothing."
        value = self.course.world(probe.viewpoint, before).value(probe.fluent)
        return f"{self.course.wording.clause(probe.fluent, value)}."


def voice_of(probe: Probe) -> str:
    """Who is asked: the first of the chain; about reality, the author."""
    return probe.viewpoint[0] if probe.viewpoint else AUTHOR


def question_of(probe: Probe) -> Question:
    return Question(probe.viewpoint, probe.fluent, voice_of(probe), probe.question)
