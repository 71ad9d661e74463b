"""Asking the minds: the questions of a moment, each put in many wordings, as one batch, and the answers made of them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from stage.course import Course, Probe
from stage.errors import RunError
from stage.inference.requests import Prompt, Reply, Score, Scored
from stage.performing.aiding import Aider, question_of, voice_of
from stage.performing.settings import Settings
from stage.performing.steps import Steps
from stage.performing.transcript import REALITY, Answer, Variant
from stage.performing.variations import surroundings
from stage.questions.answer_key import AnswerKey, KnownAnswer, age
from stage.questions.phrasing import phrasings
from stage.roles.prompts import Prompter, as_text
from stage.roles.words import named
from stage.world.facts import Fluent

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
        self.settings = settings
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
            [(p, s) for p, options in offered.items() for s in surroundings(self.course, options, self.settings)],
            before,
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
        options = self.course.options(probe.fluent, before, same)
        words = [self.prompter.option(probe.fluent, o) for o in options]
        if len(set(words)) < len(words):
            twice = next(w.strip() for i, w in enumerate(words) if w in words[:i])
            raise RunError(
                f"two answers to {probe.id!r} are put into the same words, {twice!r}; give one another title"
            )
        return options

    def _puts(self, probe: Probe, options: tuple[str | None, ...], before: int) -> list[Put]:
        """The wordings in which a probe is put: in all its surroundings, every phrasing with every rotation of the
        options."""
        question = question_of(probe)
        known = _known_answer(self.course, probe, options, before, self.prompter.told(voice_of(probe), before))
        orders = min(len(options), MOST_ROTATIONS) if self.settings.rotations else 1
        found: list[Put] = []
        for around in surroundings(self.course, options, self.settings):
            endings = [around.exchange.text(self.prompter.option(probe.fluent, o)) for o in options]
            if len(set(endings)) < len(endings):  # an exchange of such words as stand in each other tells nothing
                continue
            for phrasing in phrasings(question, self.settings.paraphrases):
                for rotation in range(orders):
                    order = [(i + rotation) % len(options) for i in range(len(options))]
                    values = [options[i] for i in order]
                    task = self.prompter.ask(question, values, phrasing)
                    prompt, said = self.aider.prompt(probe, before, task, around)
                    texts = tuple(endings[i] for i in order)
                    variant = Variant(
                        mirror=around.exchange.shift,
                        rotation=rotation,
                        logprobs=(),
                        lengths=(),
                        prompt=self.put_down_prompt(prompt),
                        form=phrasing.form,
                        person=phrasing.person,
                        names=around.names,
                        layout=int(around.layout.identity_first),
                        story=around.layout.story,
                        aid=said,
                    )
                    label = f"{probe.id}#{len(found)}"
                    self.key[label] = replace(known, values=tuple(values), texts=texts)
                    found.append(Put(Score(prompt, texts, label), variant, tuple(order)))
        return found

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
            question=self.prompter.question(question_of(probe)),
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


def _known_answer(
    course: Course, probe: Probe, values: tuple[str | None, ...], before: int, lines: Sequence[str]
) -> KnownAnswer:
    history = _history(course, probe, before)
    minds = minds_on(course, probe.fluent, before)
    cast = tuple(n for n in minds if n in course.scene.setting.people)
    told = named(course.wording, values, "\n".join(lines))
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
