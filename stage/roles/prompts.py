"""What exactly is put to the stage: the prompts of every role, in chat and in play-script form.

Laid out from what all roles share to what one alone knows (rules, setting, what happened, who you are, the task), so
that prompts share their beginnings. This is the only place that words a task.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from stage.course import Course
from stage.inference.requests import Chat, Message, Prompt, Script
from stage.questions.exchange import Exchange
from stage.questions.phrasing import PLAIN, Phrasing, Question, phrased, plain
from stage.roles.remarks import remarks
from stage.roles.views import Context, view
from stage.world.events import Event
from stage.world.facts import Fluent, Viewpoint
from stage.world.setting import AUTHOR, NARRATOR

RULES = {
    "isolated": (
        "This is a play with several characters. You are told what one of those concerned knows of it so far. "
        "Answer and speak as that one, from that and nothing else."
    ),
    "shared": (
        "This is a play with several characters. You are given the whole script. Nobody knows of lines that they did "
        "not notice. Answer and speak as the one you are asked to be, from what that one noticed."
    ),
}


Place = Literal[0, 1, 2]


@dataclass(frozen=True)
class Layout:
    """Where things stand in a prompt: who the role is between what happened and the task, or with ``identity_first``
    before what happened; and what happened with no remarks that nobody's belief hangs on (``story`` 0), before them (1), so that it
    lies further back, or after them (2)."""

    identity_first: bool = False
    story: Place = 0


USUAL = Layout()


@dataclass(frozen=True)
class Task:
    """What a role is asked to do next, and how its reply begins."""

    asked: str
    begun: str = ""
    told: Sequence[str] = ()
    """What the role is reminded of before it is asked, one sentence each."""


class Prompter:
    """Words the prompts of one play under one context."""

    def __init__(self, course: Course, context: Context) -> None:
        self.course = course
        self.context = context
        self.wording = course.wording
        self._views: dict[tuple[str, int, int], Sequence[str]] = {}

    # ------------------------------------------------------------------------------------------------------ the prompts
    @cached_property
    def remarks(self) -> Sequence[str]:
        return remarks(self.course.scene)

    def prompt(self, role: str, before: int, task: Task, layout: Layout = USUAL) -> Prompt:
        """The exact prompt that puts a task to a role at a moment."""
        lines = self.told(role, before)
        if self.course.scene.format == "script":
            return Script(self._script(role, lines, task, layout))
        told = "\n".join(f"- {line}" for line in lines) or "- Nothing yet."
        system = "\n".join(p for p in (self._rules(), self.course.scene.premise) if p)
        aside = "About this evening:\n" + "\n".join(f"- {r}" for r in self.remarks) if layout.story else None
        story = _laid_out(f"What happened so far:\n{told}", aside, self._identity(role), layout)
        parts = (*story, _reminder(task), task.asked)
        user = "\n\n".join(p for p in parts if p)
        return Chat((Message("system", system), Message("user", user)), task.begun)

    def follow(self, role: str, prompt: Prompt, said: str, task: Task) -> Prompt:
        """The prompt that goes on from an earlier one: what was said to that, and the next task of the same role."""
        match prompt:
            case Script(text):
                name = self.speaker(role)
                return Script(f"{text} {said}\n[Aside, to {name}.] {task.asked}\n{name}: {task.begun}".rstrip())
            case Chat(messages, begun):
                more = (Message("assistant", f"{begun} {said}".strip()), Message("user", task.asked))
                return Chat((*messages, *more), task.begun)

    def told(self, role: str, before: int) -> Sequence[str]:
        """What a role is told of the play up to an event time, a line each; many questions share it."""
        key = (role, before, len(self.course.thoughts))
        if key not in self._views:
            self._views[key] = [t.text for t in view(self.course, role, before, self.context)]
        return self._views[key]

    def _rules(self) -> str:
        return RULES["shared" if self.context.kind == "shared" else "isolated"]

    def _script(self, role: str, lines: Sequence[str], task: Task, layout: Layout) -> str:
        scene = self.course.scene
        head = [scene.title.upper(), *([scene.premise] if scene.premise else []), ""]
        name = self.speaker(role)
        aside = f"[About this evening: {' '.join(self.remarks)}]\n" if layout.story else None
        story = _laid_out("\n".join([*lines, ""]), aside, f"[{self._identity(role)}]", layout)
        return "\n".join(
            [
                *head,
                *story,
                *([f"[{_reminder(task)}]"] if task.told else []),
                f"[Aside, to {name}.] {task.asked}",
                f"{name}: {task.begun}",
            ]
        ).rstrip()

    def speaker(self, role: str) -> str:
        """A role's name at the head of its lines: 'SALLY'."""
        return self.wording.title(role).upper()

    def other_speakers(self, role: str) -> tuple[str, ...]:
        """Where somebody else would begin to speak, what a role says is over."""
        others = [n for n in self.course.scene.minds if n != role]
        return tuple(s for n in others for s in (f"{self.wording.title(n)}:", f"{self.speaker(n)}:"))

    def _identity(self, role: str) -> str:
        """Who the role is, and what it alone was told."""
        scene = self.course.scene
        if role == AUTHOR:
            notes = [
                f"You want this: {scene.author.intent}" if scene.author.intent else "",
                *(f"You alone know: {note}" for note in scene.author.notes),
            ]
            return " ".join(p for p in ("You are the author of this play and know everything about it.", *notes) if p)
        if role == NARRATOR:
            false = [self.wording.clause(f, v) for f, v in scene.setting.narrator.false.items()]
            held = f"Whatever happens, you hold to it that {' and that '.join(false)}." if false else ""
            return " ".join(p for p in ("You are the narrator of this play.", scene.narrator.voice, held) if p)
        character = scene.cast[role]
        goal = f"Your goal: {character.goal}" if character.goal else ""
        private = [f"You alone know: {p}" for p in character.private]
        return " ".join(p for p in (f"You are {self.wording.noun(role)}.", character.persona, goal, *private) if p)

    # -------------------------------------------------------------------------------------------------------- the tasks
    def question(self, question: Question) -> str:
        """A probe's question, without its options."""
        return plain(self.wording, question)

    def ask(self, question: Question, options: Sequence[str | None], phrasing: Phrasing = PLAIN) -> Task:
        """The task of answering a probe, with the options named in this order."""
        found = phrased(self.wording, question, phrasing, options)
        return Task(found.asked, found.begun)

    def option(self, fluent: Fluent, value: str | None) -> str:
        """How an answer goes on after the beginning that `ask` gives it."""
        return f" {self.wording.ending(fluent, value)}"

    def recall(self, viewpoint: Viewpoint, voice: str) -> Task:
        """The task of telling what the one whose belief is in question noticed: an aid."""
        return Task(f"{self.wording.noticed(viewpoint, voice)} Tell it in one or two sentences, and nothing else.")

    def ponder(self, question: str) -> Task:
        """The task of thinking about a question before it is put with its options: an aid."""
        asked = (
            f"You will be asked this: {question}\nThink about it first, unheard by anybody, in one or two sentences."
        )
        return Task(asked, "" if self.course.scene.format == "script" else "I think:")

    def choose(self, role: str, what: str) -> Task:
        """The task of choosing what to do or say next, among continuations of the role's name."""
        return Task(what, self.wording.noun(role))

    def say(self, role: str, to: Sequence[str], act: str) -> Task:
        """The task of wording a line that has been decided on."""
        hearers = f" to {self.wording.names(to)}" if to else ""
        asked = f"You have decided: {self.wording.noun(role)} {act}. Speak this line{hearers}, in one short sentence, as {self.wording.noun(role)}."
        return Task(asked, "" if self.course.scene.format == "script" else f'{self.wording.noun(role)}: "')

    def think(self, role: str) -> Task:
        asked = f"What does {self.wording.noun(role)} think now, unheard by anybody? One short sentence."
        return Task(asked, "" if self.course.scene.format == "script" else f'{self.wording.noun(role)} thinks: "')

    def narrate(self, events: Sequence[Event], hint: str) -> Task:
        told = " ".join(t for t in (self.wording.event(e) for e in events) if t)
        asked = "Tell the audience what just happened, in one or two sentences."
        if hint:
            asked += f" {hint}"
        return Task(f"{asked}\nJust now: {told}" if told else asked)

    def direct(self) -> Task:
        """The author's task of choosing the next event."""
        return Task("Choose what happens next in the play. Write it as one sentence.")


def _laid_out(story: str, aside: str | None, identity: str, layout: Layout) -> list[str]:
    """What happened, remarks about nothing of it, and who the role is, in the order of a layout."""
    told = [story] if aside is None else [aside, story] if layout.story == 2 else [story, aside]
    return [identity, *told] if layout.identity_first else [*told, identity]


def _reminder(task: Task) -> str:
    return "What you believe now:\n" + "\n".join(f"- {t}" for t in task.told) if task.told else ""


def mirrored_task(task: Task, exchange: Exchange) -> Task:
    """The task with the contested values exchanged everywhere."""
    return Task(exchange.text(task.asked), exchange.text(task.begun), tuple(exchange.text(t) for t in task.told))


def mirrored(prompt: Prompt, exchange: Exchange) -> Prompt:
    """The prompt with the contested values exchanged everywhere."""
    match prompt:
        case Script(text):
            return Script(exchange.text(text))
        case Chat(messages, begun):
            swapped = tuple(Message(m.role, exchange.text(m.content)) for m in messages)
            return Chat(swapped, exchange.text(begun))


def as_text(prompt: Prompt) -> str:
    """A prompt as a person reads it, whatever template a model puts around it."""
    match prompt:
        case Script(text):
            return text
        case Chat(messages, begun):
            parts = [f"[{m.role}]\n{m.content}" for m in messages]
            return "\n\n".join([*parts, f"[assistant]\n{begun}"])
