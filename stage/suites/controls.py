"""Control stages over the very questions that a model was asked: what a card of a model is read beside.

Made from transcripts, whose answers hold the answer key, so that nothing is performed again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from stage.controls import control_stage
from stage.inference.requests import LanguageModel, Score, Script
from stage.performing.asking import scored, softmax
from stage.performing.transcript import REALITY, Answer, Transcript, Variant
from stage.questions.answer_key import AnswerKey, KnownAnswer

BESIDE = ("oracle", "reality", "egocentric", "one-mind", "position-A", "guess")
"""The controls that need no more than an answer's own key."""


def performed_by(
    control: str, transcripts: Sequence[Transcript], seed: int, as_alone: bool = False
) -> list[Transcript]:
    """The transcripts as a control would have answered them. What it draws for a question hangs on the place of its scene
    among these; with ``as_alone`` it is what the control draws where that scene is performed alone."""
    key: AnswerKey = {}
    model = control_stage(control, key, seed)
    return [_answered(t, model, key, "" if as_alone else f"{place}/") for place, t in enumerate(transcripts)]


def _answered(transcript: Transcript, model: LanguageModel, key: AnswerKey, where: str) -> Transcript:
    answers = tuple(_answer(a, model, key, f"{where}{a.id}") for a in transcript.answers)
    twin = transcript.twin
    other = None if twin is None else _answered(twin, model, key, f"{where}twin/")
    return replace(transcript, answers=answers, lines=(), noise=0.0, twin=other)


def _answer(answer: Answer, model: LanguageModel, key: AnswerKey, label: str) -> Answer:
    cast = tuple(n for n in answer.minds if n not in (REALITY, "narrator", "author"))
    variants = answer.variants or (Variant(0, 0, (), ()),)
    count = len(answer.options)
    found = []
    for place, variant in enumerate(variants):
        order = [(i + variant.rotation) % count for i in range(count)]
        values = tuple(answer.options[i] for i in order)
        name = f"{label}#{place}"
        key[name] = KnownAnswer(values, answer.expected, answer.minds, answer.viewpoint, cast)
        reply = scored(model.answer([Score(Script(""), tuple(f" {i}" for i in order), name)])[0])
        logprobs = [0.0] * count
        for at, option in enumerate(order):
            logprobs[option] = reply.logprobs[at]
        found.append(replace(variant, logprobs=tuple(logprobs), lengths=(1,) * count))
    means = [math.fsum(v.logprobs[i] for v in found) / len(found) for i in range(count)]
    ranked = sorted(range(count), key=lambda i: -means[i])
    return replace(
        answer,
        variants=tuple(found),
        probabilities=tuple(softmax(means)),
        answer=answer.options[ranked[0]],
        margin=means[ranked[0]] - means[ranked[1]] if count > 1 else 0.0,
        readable=True,
    )
