"""Puts the page together: one HTML file with everything in it, the data packed so that no text can be taken for markup."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment

from stage.performing.transcript import Answer
from stage.records.record import Run
from stage.report.page.payload import Payload
from stage.report.text import meaning, number
from stage.scoring.comparison import Comparison, Contrast
from stage.scoring.scorecard import Scorecard
from stage.scoring.verdicts import Outcome, tells_apart

_HERE = Path(__file__).parent
_SCRIPTS = ("charts.js", "views.js", "main.js")


def page(title: str, runs: Sequence[tuple[Run, Scorecard, Payload]], comparison: Comparison | None = None) -> str:
    """The page of one or more runs; of several with their ``comparison``, the first being what others are held to."""
    run, scorecard, _ = runs[0]
    made = run.manifest
    data: dict[str, Any] = {"runs": [p.run for _, _, p in runs], "comparison": None}
    if comparison is not None:
        data["comparison"] = _compared(comparison, [(r, s) for r, s, _ in runs])
    environment = Environment(autoescape=True, keep_trailing_newline=True)
    template = environment.from_string((_HERE / "page.html").read_text(encoding="utf-8"))
    return template.render(
        title=title,
        separation=number(scorecard.separation),
        meaning=meaning(scorecard.separation, scorecard.detectable),
        made=f"{made.scenario}; model {made.model.name} ({made.model.sha256[:12] or 'control'}); context {made.context}; seed {made.seed}",
        data=packed(data),
        prompts=packed([p.prompts for _, _, p in runs]),
        css=_raw("page.css"),
        js=_Raw("\n".join((_HERE / name).read_text(encoding="utf-8") for name in _SCRIPTS)),
    )


class _Raw(str):
    """A text of ours that is no text of a scene or model, and is put into the page as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


def _raw(name: str) -> _Raw:
    return _Raw((_HERE / name).read_text(encoding="utf-8"))


def packed(value: Any) -> str:
    """A value as JSON, compressed, in letters and digits: nothing in it can end the element that holds it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode("utf-8", "replace"), 9, mtime=0)).decode()


def _compared(comparison: Comparison, runs: Sequence[tuple[Run, Scorecard]]) -> dict[str, Any]:
    first, *others = runs
    names = [compared.name for compared in comparison.runs]
    contrasts = [c.contrast for c in comparison.runs[1:]]
    return {
        "baseline": names[0],
        "contrasts": [
            _contrast(name, contrast, first, other)
            for name, contrast, other in zip(names[1:], contrasts, others, strict=True)
            if contrast is not None
        ],
    }


def _contrast(
    name: str, contrast: Contrast, first: tuple[Run, Scorecard], other: tuple[Run, Scorecard]
) -> dict[str, Any]:
    before, after = _right(*first), _right(*other)
    shared = [probe for probe in before if probe in after]
    return {
        "run": name,
        "sentence": f"Fixed {contrast.fixed}, broke {contrast.broke} of {contrast.n} questions that tell minds apart.",
        "figures": [
            ["difference of separation", number(contrast.difference)],
            ["by probability", number(contrast.difference_soft)],
            ["p (McNemar, exact)", f"{contrast.p:.3f}"],
            ["p, corrected (Holm)", f"{contrast.p_holm:.3f}"],
        ],
        "fixed": [p for p in shared if after[p] and not before[p]],
        "broke": [p for p in shared if before[p] and not after[p]],
    }


def _right(run: Run, scorecard: Scorecard) -> dict[str, bool]:
    """Whether each decided question that tells minds apart was answered right, by its id."""
    judged = zip(run.transcript.answers, scorecard.verdicts, strict=True)
    return {a.id: v.outcome == Outcome.RIGHT for a, v in judged if v.decided and _counts(a)}


def _counts(answer: Answer) -> bool:
    return answer.expected in answer.options and tells_apart(answer)
