"""A run as one document for other programs: what `stage run --json` prints."""

from __future__ import annotations

from math import isfinite
from typing import Any

from stage.inference.requests import ModelCard
from stage.performing.transcript import Answer, Line, Transcript
from stage.scoring.scorecard import Scorecard
from stage.scoring.verdicts import Verdict


def document(
    *,
    scenario: str,
    model: ModelCard,
    seed: int,
    context: str,
    transcript: Transcript,
    scorecard: Scorecard,
    aid: str = "none",
) -> dict[str, Any]:
    """Everything about a run that JSON can hold: ``scenario``, ``model``, ``seed``, ``context``, ``aid``, ``transcript`` (its
    lines), ``probes``, ``scores``.

    ``scorecard`` must be that of the transcript. In ``scores`` every figure is {value, n, low, high}. Numbers that are
    not finite become None. Texts are as the scene and the model wrote them: whoever prints the document must
    escape them, as ``json.dumps`` does unless told otherwise.
    """
    flags: dict[int, list[str]] = {}
    for finding in scorecard.findings:
        flags.setdefault(finding.line, []).append(finding.kind)
    return {
        "scenario": scenario,
        "model": {
            "name": model.name,
            "path": model.path,
            "sha256": model.sha256,
            "chat": model.chat,
            "noise": model.noise,
            "details": dict(model.details),
        },
        "seed": seed,
        "context": context,
        "aid": aid,
        "transcript": [_line(line, flags.get(place, [])) for place, line in enumerate(transcript.lines)],
        "probes": [_probe(a, v) for a, v in zip(transcript.answers, scorecard.verdicts, strict=True)],
        "scores": scorecard.to_json(),
    }


def _line(line: Line, flags: list[str]) -> dict[str, Any]:
    return {
        "beat": line.beat,
        "kind": line.kind,
        "speaker": line.speaker,
        "text": line.text,
        "audience": list(line.audience),
        "partly": list(line.partly),
        "performed": line.performed,
        "act": line.act,
        "act_probability": _finite(line.act_probability),
        "flags": flags,
    }


def _probe(answer: Answer, verdict: Verdict) -> dict[str, Any]:
    return {
        "id": answer.id,
        "beat": answer.beat,
        "viewpoint": list(answer.viewpoint),
        "order": answer.order,
        "voice": answer.voice,
        "about": answer.about,
        "question": answer.question,
        "options": list(answer.options),
        "probabilities": [_finite(p) for p in answer.probabilities],
        "expected": answer.expected,
        "answer": answer.answer,
        "margin": _finite(answer.margin),
        "minds": dict(answer.minds),
        "held": answer.held,
        "verdict": str(verdict.outcome),
        "mind": verdict.mind,
        "explanation": verdict.explanation,
    }


def _finite(number: float | None) -> float | None:
    return number if number is not None and isfinite(number) else None
