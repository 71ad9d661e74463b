"""A bench as it is shown: tables that fit 80 columns, and one document for other programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from stage.bench.answers import Item
from stage.bench.record import Bench
from stage.bench.scores import Row, Scores, score_items
from stage.report.safe import printable
from stage.report.text import number, numbers_table
from stage.scoring.intervals import Figure

NAME_WIDTH = 30
BELIEFS = {"true": "true beliefs", "false": "false beliefs"}
SHORT = {"egocentric": "ego", "first-place": "first", "last-place": "last"}
"""Of control stages whose names are too long for the head of a column."""


def scores_of(bench: Bench) -> dict[str | None, Scores]:
    """The scores of the model (None) and of each control beside it."""
    noise = bench.manifest.model.noise
    controls = dict.fromkeys(name for item in bench.items for name in item.controls)
    return {name: score_items(bench.items, noise, bench.whole, name) for name in (None, *controls)}


def bench_card(bench: Bench) -> RenderableType:
    """All scores of a bench."""
    scores = scores_of(bench)
    own = scores[None]
    parts: list[RenderableType] = [_headline(bench), Text(), _accuracies(own)]
    if len(scores) > 1:
        parts += [Text(), _controls(scores, own)]
    parts += [Text(), *_disputed(own), *_left_out(bench, own), Text(), _made_by(bench)]
    return Group(*parts)


def _headline(bench: Bench) -> Text:
    made = bench.manifest
    drawn = f", drawn with seed {made.seed}" if made.limit is not None else ""
    missing = made.asked - len(bench.items)
    cut = f"; {missing} more were to be put" if missing else ""
    told = f" {len(bench.items)} of {made.items} questions{drawn}{cut}"
    return Text.assemble((printable(made.benchmark), "bold"), f":{told}")


def _rows(scores: Scores) -> Iterator[tuple[str, Row]]:
    yield "all", scores.everything
    yield from ((f"order {order}", row) for order, row in scores.orders.items())
    yield from ((BELIEFS[truth], row) for truth, row in sorted(scores.beliefs.items(), reverse=True))
    if len(scores.states) > 1:
        yield from ((printable(state), row) for state, row in scores.states.items())
    yield from ((printable(kind), row) for kind, row in scores.types.items())


def _accuracies(scores: Scores) -> RenderableType:
    """By label and, where anything follows from what was told, by that."""
    follows = scores.everything.derived.n > 0
    shown = _table("% right", "n", "by label", *(["by what follows"] if follows else []), "chance")
    for name, row in _rows(scores):
        derived = [_percent(row.derived)] if follows else []
        shown.add_row(_name(name), str(row.n), _percent(row.label), *derived, _share(row.chance))
    joint = scores.joint
    if joint.label.n:
        derived = [_percent(joint.derived)] if follows else []
        shown.add_row("whole stories", str(joint.label.n), _percent(joint.label), *derived, "")
    title = f"Accuracy against the labels{', and against what follows from the stories' if follows else ''}"
    return Group(Text(title, style="bold"), shown)


def _controls(scores: Mapping[str | None, Scores], own: Scores) -> RenderableType:
    """What control stages get on the same questions, by label."""
    names = [name for name in scores if name is not None]
    shown = _table("% right by label", "n", "model", *(SHORT.get(name, name) for name in names))
    rows = {name: dict(_rows(found)) for name, found in scores.items() if name is not None}
    for kind, row in _rows(own):
        cells = (_share(rows[name][kind].label.value) for name in names)
        shown.add_row(_name(kind), str(row.n), _share(row.label.value), *cells)
    return Group(Text("Control stages beside it", style="bold"), shown)


def _disputed(scores: Scores) -> list[Text]:
    found = scores.disputed
    if not found.n:
        return []
    reasons = ", ".join(f"{printable(name)} {n}" for name, n in found.reasons.items())
    lines = [
        Text.assemble(("Labels that do not follow from their story", "bold"), f": {found.n} ({reasons})"),
        Text(f"  answered as the label says {_percent(found.as_label)}, as it follows {_percent(found.as_derived)}"),
        Text(f"Labels that do follow: {scores.sound.n}; answered so {_percent(scores.sound.label)}"),
    ]
    return [Text(line.plain) if i else line for i, line in enumerate(lines)]


def _left_out(bench: Bench, scores: Scores) -> Sequence[Text]:
    made = bench.manifest
    unread = made.items - made.parsed
    told = [
        f"undecided: {scores.undecided}",
        f"unreadable: {scores.unreadable}",
        f"label not among the answers: {scores.not_offered['label']}",
        *([f"nothing follows: {scores.not_offered['derived']}"] if scores.not_offered["derived"] else []),
        *([f"not understood: {unread}"] if unread else []),
        *([f"without answers to choose from: {made.unput}"] if made.unput else []),
    ]
    return [Text("; ".join(told))]


def _made_by(bench: Bench) -> Text:
    made = bench.manifest
    sha = f" ({printable(made.model.sha256[:12])})" if made.model.sha256 else ""
    aid = f", aid {printable(made.aid)}" if made.aid != "none" else ""
    is_prose = not any(item.key.derivable for item in bench.items)
    way = "read out" if made.read_out or is_prose else f"context {printable(made.context)}{aid}"
    text = f"{printable(made.path)}; model {printable(made.model.name)}{sha}; {way}; seed {made.seed}"
    return Text(text, style="dim")


def _table(name: str, *columns: str) -> Table:
    return numbers_table(name, *columns, name_width=NAME_WIDTH)


def _name(name: str) -> Text:
    return Text(name if len(name) <= NAME_WIDTH else f"{name[: NAME_WIDTH - 1]}…")


def _percent(figure: Figure) -> str:
    return number(figure, 100, 0)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f}"


# ------------------------------------------------------------------------------------------------------------ document
def bench_document(bench: Bench) -> dict[str, Any]:
    """A bench as JSON has it; docs/bench.md says what is in it."""
    made = bench.manifest
    scores = scores_of(bench)
    return {
        **made.model_dump(mode="json", exclude={"format", "versions"}),
        "put": len(bench.items),
        "scores": scores[None].to_json(),
        "controls": {name: found.to_json() for name, found in scores.items() if name is not None},
        "answers": [_answer(item, made.model.noise) for item in bench.items],
    }


def _answer(item: Item, noise: float) -> dict[str, Any]:
    leading = item.leading
    return {
        "id": item.id,
        "story": item.story,
        "type": item.kind,
        "order": item.order,
        "state": item.state,
        "false_belief": item.false_belief,
        "question": item.question,
        "answers": list(item.offered),
        "label": item.key.label,
        "means": item.key.means,
        "derived": item.key.derived,
        "reason": item.key.reason,
        "answer": item.answer(noise),
        "leaning": leading[0] if leading is not None else None,
        "margin": leading[1] if leading is not None and isfinite(leading[1]) else None,
        "probabilities": item.probabilities,
        "controls": dict(item.controls),
    }
