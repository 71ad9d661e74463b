"""What the page is told of a run: values that JSON has, each text once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from stage.course import Course
from stage.performing.transcript import REALITY, Answer, Line, Variant
from stage.records.record import Run
from stage.report.minds import name_of
from stage.report.page.minds import derivation, graphs, timeline
from stage.report.page.prompts import front_coded
from stage.report.text import spoken_to
from stage.scoring.scorecard import Scorecard
from stage.scoring.verdicts import Verdict
from stage.world.facts import AT, Fluent
from stage.world.setting import AUTHOR, INTERNAL, NARRATOR


@dataclass
class Payload:
    """The data of one run, and the texts of its prompts, front-coded, which the page reads only when one is looked at."""

    run: dict[str, Any]
    prompts: dict[str, Any]


def payload(run: Run, scorecard: Scorecard, course: Course, scene_text: str, note: str = "") -> Payload:
    """``course`` is the play as it went; ``note`` says on the page where it is known only in part."""
    fluents = questioned(course)
    digests = {digest: number for number, digest in enumerate(run.prompts)}
    reasons = _Reasons(course)
    answers = run.transcript.answers
    probes = [_probe(a, v, digests, reasons.of(a)) for a, v in zip(answers, scorecard.verdicts, strict=True)]
    scene = course.scene
    made = run.manifest
    return Payload(
        {
            "name": f"{run.folder.name}: {made.model.name}, {made.context}",
            "titles": {n: course.wording.title(n) for n in (*scene.setting.titles, NARRATOR, AUTHOR)},
            "cast": list(scene.setting.people),
            "minds": [*scene.setting.people, NARRATOR, AUTHOR, REALITY],
            "rows": [REALITY, *scene.setting.people, NARRATOR, AUTHOR],
            "beats": len(course.moments) - 1,
            "asked": sorted({a.beat for a in answers}),
            "lines": _lines(run.transcript.lines, scorecard),
            "findings": [
                {"kind": f.kind, "beat": f.beat, "speaker": f.speaker, "explanation": f.explanation}
                for f in scorecard.findings
            ],
            "fluents": [str(f) for f in fluents],
            "values": {str(f): list(scene.setting.range_of(f)) for f in fluents},
            "timeline": timeline(course, fluents),
            "graphs": graphs(course, _believable(course), (a.viewpoint for a in answers)),
            "probes": probes,
            "derivations": reasons.texts,
            "scores": _finite(scorecard.to_json()),
            "baselines": baselines(answers),
            "manifest": made.model_dump(mode="json"),
            "scene": scene_text,
            "note": note,
        },
        front_coded(run.prompts.values()),
    )


def _believable(course: Course) -> list[Fluent]:
    """What can be believed one way or another, where persons are among it."""
    ranges = course.scene.setting.ranges
    return [f for f, values in ranges.items() if len(values) > 1 and f.relation not in INTERNAL]


def questioned(course: Course) -> list[Fluent]:
    """What can be in question: the same without where persons are."""
    people = course.scene.setting.people
    return [f for f in _believable(course) if not (f.relation == AT and f.subject in people)]


class _Reasons:
    """The derivations of answers, each once."""

    def __init__(self, course: Course) -> None:
        self.texts: list[list[str]] = []
        self._course = course
        self._numbers: dict[tuple[str, str, int], int] = {}
        self._fluents = {str(f): f for f in course.scene.setting.ranges}

    def of(self, answer: Answer) -> int:
        """The number of an answer's derivation."""
        key = name_of(answer.viewpoint), answer.about, answer.beat
        if key not in self._numbers:
            fluent = self._fluents.get(answer.about)
            known = fluent is not None and answer.beat < len(self._course.moments)
            steps = (
                derivation(self._course, answer.viewpoint, fluent, self._course.moments[answer.beat])
                if known and fluent is not None
                else []
            )
            self._numbers[key] = len(self.texts)
            self.texts.append(steps)
        return self._numbers[key]


def _lines(lines: Sequence[Line], scorecard: Scorecard) -> list[dict[str, Any]]:
    flags: dict[int, list[list[str]]] = {}
    for finding in scorecard.findings:
        flags.setdefault(finding.line, []).append([finding.kind, finding.explanation])
    return [
        {
            "beat": line.beat,
            "kind": line.kind,
            "speaker": line.speaker,
            "to": spoken_to(line) if line.performed and line.kind == "speech" else [],
            "text": line.text,
            "audience": list(line.audience),
            "partly": list(line.partly),
            "performed": line.performed,
            "act": line.act,
            "probability": _finite(line.act_probability),
            "flags": flags.get(place, []),
        }
        for place, line in enumerate(lines)
    ]


def _probe(answer: Answer, verdict: Verdict, digests: Mapping[str, int], derived: int) -> dict[str, Any]:
    chosen = answer.options.index(answer.answer) if answer.readable and answer.answer in answer.options else None
    has_chosen = chosen is not None and chosen < len(answer.probabilities)
    return {
        "id": answer.id,
        "beat": answer.beat,
        "viewpoint": list(answer.viewpoint),
        "voice": answer.voice,
        "about": answer.about,
        "question": answer.question,
        "options": list(answer.options),
        "probabilities": [_finite(p) for p in answer.probabilities],
        "probability": _finite(answer.probabilities[chosen]) if has_chosen and chosen is not None else None,
        "expected": answer.expected,
        "answer": answer.answer,
        "margin": _finite(answer.margin),
        "outcome": str(verdict.outcome),
        "mind": verdict.mind,
        "explanation": verdict.explanation,
        "derivation": derived,
        "variants": [{"name": _wording(v), "prompt": digests.get(v.prompt, -1)} for v in answer.variants],
    }


def _wording(variant: Variant) -> str:
    """In what a wording differs from the usual one."""
    differs = [
        "values exchanged" if variant.mirror else "",
        f"order of options {variant.rotation + 1}",
        f"question in other words, {variant.form}" if variant.form else "",
        "in the third person" if variant.person == "third" else "",
        "other names" if variant.names else "",
        "the role before what happened" if variant.layout else "",
        ("", "remarks after what happened", "remarks before what happened")[variant.story],
    ]
    return "; ".join(d for d in differs if d)


def baselines(answers: Sequence[Answer]) -> dict[str, dict[int, float]]:
    """What simple stages would get right of the same questions, by order: who guesses, who always says what is so, and
    who gives the asked role's own belief for anybody's."""
    rates: dict[str, dict[int, list[float]]] = {"guessing": {}, "reality": {}, "egocentric": {}}
    for answer in answers:
        if answer.expected not in answer.options:
            continue
        own = answer.minds.get(answer.viewpoint[0], answer.expected) if answer.viewpoint else answer.expected
        right = {
            "guessing": 1 / len(answer.options),
            "reality": float(answer.minds[REALITY] == answer.expected),
            "egocentric": float(own == answer.expected),
        }
        for name, value in right.items():
            rates[name].setdefault(answer.order, []).append(value)
    return {name: {order: sum(v) / len(v) for order, v in found.items()} for name, found in rates.items()}


def _finite(value: Any) -> Any:
    """The value with None in place of numbers that JSON does not have."""
    match value:
        case float():
            return value if isfinite(value) else None
        case dict():
            return {k: _finite(v) for k, v in value.items()}
        case list():
            return [_finite(v) for v in value]
        case _:
            return value
