"""Answer keys audited: what a benchmark's labels say, what follows from its texts, and why the two differ.

The answer comes from the one belief engine. A disagreement is never settled by vote: it gets the first reason that fits,
of a fixed list, or none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stage.audits.reasons import Case, Reason, flaws
from stage.errors import UsageError
from stage.faults import GENERATORS, Fault
from stage.importers import IMPORTERS
from stage.importers.story import Imported, Passage, Unparsed

QUOTED = 300
"""How much of a passage is quoted."""
ALL_FAULTS = "generator"
"""The compat mode with all known faults of a format's generator."""


@dataclass(frozen=True)
class Disagreement:
    id: str
    question: str
    label: str
    derived: str | None
    reason: Reason | None
    detail: str
    explanation: str

    @property
    def lines(self) -> list[str]:
        derived = "no belief" if self.derived is None else self.derived
        verdict = f"  label {self.label}, derived {derived}: {_coded(self) or 'no reason found'}"
        return [f"{self.id}: {self.question}", verdict, *(f"  - {step}" for step in self.explanation.split("\n"))]


@dataclass(frozen=True)
class Tally:
    n: int
    agree: int


@dataclass(frozen=True)
class Audit:
    """The outcome for one file or folder. ``agreement`` counts by the benchmark's own types."""

    format: str
    items: int
    parsed: int
    agreement: Mapping[str, Tally]
    disagreements: tuple[Disagreement, ...]
    unparsed: tuple[Unparsed, ...]
    underivable: int = 0
    """How many questions are about prose whose events are not understood; their labels are checked among themselves."""
    left_aside: tuple[Unparsed, ...] = ()
    """Files of a folder that hold nothing of the format or cannot be read, and lines of those that tell nothing."""

    @property
    def all_explained(self) -> bool:
        return all(d.reason is not None for d in self.disagreements)

    def to_json(self) -> dict[str, Any]:
        rows = [
            {
                "id": d.id,
                "question": d.question,
                "label": d.label,
                "derived": d.derived,
                "reason": _coded(d),
                "explanation": d.explanation,
            }
            for d in self.disagreements
        ]
        return {
            "format": self.format,
            "items": self.items,
            "parsed": self.parsed,
            "agreement": {kind: {"n": t.n, "agree": t.agree} for kind, t in self.agreement.items()},
            "disagreements": rows,
        }

    def to_text(self, most: int | None = None) -> str:
        """The disagreements, ``most`` of them if there are more, those without a reason first; then the figures, which so
        stand where a terminal ends."""
        found = sorted(self.disagreements, key=lambda d: d.reason is not None)
        shown = found if most is None else found[:most]
        lines = [line for d in shown for line in (*d.lines, "")]
        if len(found) > len(shown):
            lines += [f"{len(found) - len(shown)} more disagreements; --all shows them.", ""]
        return "\n".join([*lines, *self._figures()])

    def _figures(self) -> Iterator[str]:
        width = max((len(k) for k in self.agreement), default=0)
        yield f"{self.format}: {self.items} items, {self.parsed} parsed"
        for kind, tally in self.agreement.items():
            yield f"  {kind:<{width}}  {tally.agree} of {tally.n}"
        if self.underivable:
            yield f"  {self.underivable} questions have labels and nothing to derive them from"
        for reason, count in Counter(_coded(d) or "no reason" for d in self.disagreements).most_common():
            yield f"  {count} x {reason}"


def _coded(found: Disagreement) -> str | None:
    if found.reason is None:
        return None
    return f"{found.reason}: {found.detail}" if found.detail else str(found.reason)


def audit(form: str, path: Path, compat: str | None = None) -> Audit:
    """Audit a benchmark's file or folder. With ``compat`` the answers are those of its faulty generator."""
    if form not in IMPORTERS:
        raise UsageError(f"there is no format {form!r}; there are {', '.join(sorted(IMPORTERS))}")
    faults = None if compat is None else _chosen(form, compat)
    imported = IMPORTERS[form](path)
    if not imported.items:
        raise UsageError(f"there are no items of format {form} in {path}")
    return _compare(imported, faults)


def _chosen(form: str, compat: str) -> frozenset[Fault]:
    known = {f.name: f for f in GENERATORS[form].faults} if form in GENERATORS else {}
    if compat == ALL_FAULTS and known:
        return frozenset(known.values())
    if compat not in known:
        names = ", ".join([ALL_FAULTS, *known]) if known else "none"
        raise UsageError(f"there is no compat mode {compat!r} for {form}; there are: {names}")
    return frozenset({known[compat]})


def _compare(imported: Imported, faults: frozenset[Fault] | None) -> Audit:
    asked: Counter[str] = Counter()
    agreed: Counter[str] = Counter()
    disagreements = []
    for story in imported.stories:
        case = Case(imported.format, story)
        for question in story.questions:
            asked[question.kind] += 1
            derived = case.played.answer(question)
            answer = derived if faults is None else case.faulty(question, faults) or derived
            flag = case.misflagged(question)
            reason: Reason | None
            if answer == (question.meant or question.label):
                agreed[question.kind] += 1
                if not flag:
                    continue
                reason, detail = Reason.CONTRADICTING, flag
            else:
                reason, detail = case.reason(question) or (None, "")
            disagreements.append(
                Disagreement(question.id, question.text, question.label, answer, reason, detail, case.steps(question))
            )
    agreement = {kind: Tally(asked[kind], agreed[kind]) for kind in sorted(asked)}
    disagreements += [d for passage in imported.passages for d in _amiss(passage)]
    return Audit(
        imported.format,
        imported.items,
        imported.items - len(imported.not_understood),
        agreement,
        tuple(disagreements),
        imported.not_understood,
        sum(len(p.questions) for p in imported.passages),
        imported.left_aside,
    )


def _amiss(passage: Passage) -> Iterator[Disagreement]:
    for asked, reason, detail in flaws(passage):
        text = " ".join(passage.text.split())
        quoted = text if len(text) <= QUOTED else f"{text[:QUOTED]}..."
        yield Disagreement(asked.id, asked.text, asked.label, None, reason, detail, f"The text: {quoted}")
