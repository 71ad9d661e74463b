"""Asking the minds: the questions of a moment, each put in many wordings, as one batch, and the answers made of them."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from stage.aiding import Aider, voice_of
from stage.answer_key import AnswerKey, KnownAnswer, age
from stage.course import Course, Probe
from stage.exchange import Exchange, exchanges
from stage.facts import AWAY, Fluent
from stage.inference.requests import Prompt, Reply, Score, Scored
from stage.roles.prompts import Prompter, as_text
from stage.roles.views import Context, view
from stage.settings import Settings
from stage.steps import Steps
from stage.transcript import REALITY, Answer, Variant

MOST_EXCHANGED = 4
"""Beyond so many values mirrors would cost more than they cancel."""
MOST_ROTATIONS = 4


@dataclass(frozen=True)
class Put:
    """One wording in which a probe is put: the request, what is kept of it, and which option stands in which place."""

    score: Score
    variant: Variant
    order: tuple[int, ...]


class Asker:
    """Puts the questions of one play. ``note_prompt`` is handed every new prompt with its sha256."""

    def __init__(
        self,
        course: Course,
        prompter: Prompter,
        key: AnswerKey,
        settings: Settings,
        note_prompt: Callable[[str, str], None],
    ) -> None:
        self.course = course
        self.prompter = prompter
        self.key = key
        self.mirrors = settings.mirrors
        self.aider = Aider(course, prompter, key, settings)
        self.note_prompt = note_prompt
        self.noted: set[str] = set()

    def ask(self, beat: int) -> Steps[list[Answer]]:
        """The answers to all questions of the moment after a beat, asked together."""
        before = self.course.moments[beat]
        probes = self.course.probes(beat)
        offered = {p: self._options(p, probes, before) for p in probes}
        offered = {p: options for p, options in offered.items() if len(options) > 1}
        yield from self.aider.prepare(
            [(p, e) for p, options in offered.items() for e in self._exchanges(options)], before
        )
        asked = [(p, options, self._puts(p, options, before)) for p, options in offered.items()]
        requests = [put.score for _, _, puts in asked for put in puts]
        replies = iter((yield requests) if requests else [])
        answers = []
        for probe, options, puts in asked:
            variants = tuple(_reordered(put, scored(next(replies))) for put in puts)
            answers.append(self._answer(probe, options, variants, before))
        return answers

    def _options(self, probe: Probe, probes: Sequence[Probe], before: int) -> tuple[str | None, ...]:
        same = [p.viewpoint for p in probes if p.fluent == probe.fluent]
        return self.course.options(probe.fluent, before, same)

    def _puts(self, probe: Probe, options: tuple[str | None, ...], before: int) -> list[Put]:
        """The wordings in which a probe is put: every exchange of values with every rotation of the options."""
        voice = voice_of(probe)
        known = _known_answer(self.course, probe, options, before, self.prompter.context)
        found = []
        for exchange in self._exchanges(options):
            for rotation in range(min(len(options), MOST_ROTATIONS)):
                order = [(i + rotation) % len(options) for i in range(len(options))]
                values = [options[i] for i in order]
                task = self.prompter.ask(probe.viewpoint, probe.fluent, voice, values, probe.question)
                prompt, said = self.aider.prompt(probe, before, task, exchange)
                texts = tuple(exchange.text(self.prompter.option(probe.fluent, v)) for v in values)
                label = f"{probe.id}#{exchange.shift}.{rotation}"
                self.key[label] = replace(known, values=tuple(values), texts=texts)
                variant = Variant(exchange.shift, rotation, (), (), self.put_down_prompt(prompt), said)
                found.append(Put(Score(prompt, texts, label), variant, tuple(order)))
        return found

    def _exchanges(self, options: Sequence[str | None]) -> list[Exchange]:
        """The mirrors of a probe: containers are exchanged for containers, places for places, other values for other
        values; people stay who they are."""
        setting = self.course.scene.setting
        kinds: dict[str, list[str]] = {}
        for value in options:
            if value is not None and value not in setting.people and value != AWAY:
                kind = "place" if value in setting.places else "thing" if value in setting.things else "value"
                kinds.setdefault(kind, []).append(self.course.wording.title(value))
        return exchanges(list(kinds.values()), MOST_EXCHANGED if self.mirrors else 1)

    def put_down_prompt(self, prompt: Prompt) -> str:
        """The sha256 of a prompt, which is noted if it is new."""
        text = as_text(prompt)
        digest = hashlib.sha256(text.encode()).hexdigest()
        if digest not in self.noted:
            self.noted.add(digest)
            self.note_prompt(digest, text)
        return digest

    def _answer(
        self, probe: Probe, options: tuple[str | None, ...], variants: tuple[Variant, ...], before: int
    ) -> Answer:
        voice = voice_of(probe)
        means = [sum(v.logprobs[i] for v in variants) / len(variants) for i in range(len(options))]
        ranked = sorted(range(len(options)), key=lambda i: -means[i])
        readable = all(math.isfinite(m) for m in means)
        return Answer(
            id=probe.id,
            beat=probe.beat,
            viewpoint=probe.viewpoint,
            voice=voice,
            about=str(probe.fluent),
            question=self.prompter.question(probe.viewpoint, probe.fluent, voice, probe.question),
            options=options,
            expected=self.course.world(probe.viewpoint, before).value(probe.fluent),
            minds=minds_on(self.course, probe.fluent, before),
            variants=variants,
            probabilities=tuple(softmax(means)) if readable else (),
            answer=options[ranked[0]] if readable else None,
            margin=means[ranked[0]] - means[ranked[1]] if readable else 0.0,
            readable=readable,
            held=age(_history(self.course, probe, before)),
        )


def minds_on(course: Course, fluent: Fluent, before: int) -> dict[str, str | None]:
    """What each mind of the scene takes a fluent to be, by name, reality first."""
    minds = {REALITY: course.world((), before).value(fluent)}
    return minds | {n: course.world((n,), before).value(fluent) for n in course.present_minds(before)}


def told_values(
    course: Course, voice: str, values: Sequence[str | None], before: int, context: Context
) -> tuple[str, ...]:
    """The values that the view of a role names, in the order in which it names them, each time anew."""
    text = "\n".join(t.text for t in view(course, voice, before, context))
    titles = {v: re.escape(course.wording.title(v)) for v in values if v is not None}
    named = [(m.start(), v) for v, t in titles.items() for m in re.finditer(rf"\b{t}\b", text, re.IGNORECASE)]
    return tuple(value for _, value in sorted(named))


def _known_answer(
    course: Course, probe: Probe, values: tuple[str | None, ...], before: int, context: Context
) -> KnownAnswer:
    history = _history(course, probe, before)
    minds = minds_on(course, probe.fluent, before)
    cast = tuple(n for n in minds if n in course.scene.setting.people)
    told = told_values(course, voice_of(probe), values, before, context)
    return KnownAnswer(values, history[0], minds, probe.viewpoint, cast, history, told)


def _history(course: Course, probe: Probe, before: int) -> tuple[str | None, ...]:
    """What was believed at the probe's viewpoint after each beat so far, the last one first."""
    moments = [m for m in reversed(course.moments) if m <= before]
    return tuple(course.world(probe.viewpoint, m).value(probe.fluent) for m in moments)


def scored(reply: Reply) -> Scored:
    """The reply to a `Score`."""
    if not isinstance(reply, Scored):
        raise TypeError(f"scores were asked for, and {reply!r} came back")
    return reply


def softmax(logits: Sequence[float]) -> list[float]:
    top = max(logits)
    weights = [math.exp(x - top) for x in logits]
    return [w / sum(weights) for w in weights]


def _reordered(put: Put, reply: Scored) -> Variant:
    """A reply in the order in which the options were named, put back into their own order."""
    logprobs, lengths = [0.0] * len(put.order), [0] * len(put.order)
    for place, option in enumerate(put.order):
        logprobs[option], lengths[option] = reply.logprobs[place], reply.lengths[place]
    return replace(put.variant, logprobs=tuple(logprobs), lengths=tuple(lengths))
