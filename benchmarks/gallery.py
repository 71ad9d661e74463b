"""Writes docs/gallery.md: every shipped scene with a picture of its minds, what it is about, and a card.

    python benchmarks/gallery.py [-m MODEL] [--only NAME ...]

Each scene is performed with the built-in model (or MODEL), in the isolated context, with seed 0. The pictures are drawn from
the records; nothing is kept of the runs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

from stage.course import Course
from stage.performing.audiences import Unwatched
from stage.performing.settings import Settings
from stage.records.record import Run
from stage.records.replay import replayed
from stage.records.session import Planned, perform_file
from stage.report.page.minds import graphs, name_of, timeline
from stage.report.page.payload import questioned
from stage.report.text import number
from stage.resources import scenarios_folder
from stage.scoring.scorecard import Scorecard, score
from stage.wording import Wording
from stage.world.facts import Fluent

DOCS = Path(__file__).resolve().parent.parent / "docs"
ROW, CELL, NAME = 26, 74, 160
MOST_NESTED = 4
"""So many minds within minds are drawn of a scene: the first ones that it asks about."""

HEAD = """\
# Gallery

The scenes that come with the stage, one for each thing it can do. `stage run NAME` performs one; `stage lint --notes NAME` says what
its questions test. The pictures show what each mind believes after each beat of one performance; what is believed and not so is
underlined and marked ✗. Made by `python benchmarks/gallery.py`; the cards are those of {model}, seed 0, isolated context.
"""


def picture(course: Course, fluent: str, minds: dict[str, list[dict[str, Any]]], wording: Wording) -> str:
    """What each mind believes of a fluent through the beats, as an SVG that needs nothing else."""
    beats = len(course.moments)
    width, height = NAME + beats * CELL + 8, (len(minds) + 1) * ROW + 8
    values = list(dict.fromkeys(v for spans in minds.values() for s in spans for v in s["values"]))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'aria-label="{escape(fluent)}" font-family="system-ui, sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#fbfaf7"/>',
        f'<text x="6" y="18" fill="#6b6862">{escape(fluent)}</text>',
    ]
    parts += [
        f'<text x="{NAME + b * CELL + CELL // 2}" y="18" fill="#6b6862" text-anchor="middle">{b or "start"}</text>'
        for b in range(beats)
    ]
    for row, (mind, spans) in enumerate(minds.items(), 1):
        y = row * ROW
        parts.append(
            f'<text x="6" y="{y + 17}" fill="#22211f" font-weight="600">{escape(" › ".join(map(wording.title, mind.split(">"))))}</text>'
        )
        cuts = sorted({s["from"] for s in (*spans, *minds["reality"])} | {beats})
        for first, last in pairwise(cuts):
            span = next((s for s in reversed(spans) if s["from"] <= first), None)
            if span is not None and span["status"] is not None:
                parts += _cell(span, first, last, y, values, minds["reality"], wording)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _cell(
    span: dict[str, Any],
    first: int,
    last: int,
    y: int,
    values: list[str],
    reality: list[dict[str, Any]],
    wording: Wording,
) -> list[str]:
    so = next((s for s in reversed(reality) if s["from"] <= first), None)
    is_known = span["status"] == "known"
    is_false = is_known and so is not None and so["status"] == "known" and so["values"] != span["values"]
    hue = round((values.index(span["values"][0]) * 137.508 + 24) % 360) if is_known else 0
    fill = f"hsl({hue} 48% 76%)" if is_known else "#efece4"
    text = "knows which" if span["status"] == "whether" else " / ".join(wording.title(v) for v in span["values"])
    x, width = NAME + first * CELL, (last - first) * CELL - 2
    room = max(3, width // 7)
    shown = f"{'✗ ' if is_false else ''}{text}"
    shown = shown if len(shown) <= room else f"{shown[: room - 1]}…"
    parts = [
        f'<rect x="{x}" y="{y}" width="{width}" height="{ROW - 2}" rx="3" fill="{fill}"/>',
        f'<text x="{x + 6}" y="{y + 17}" fill="#201f1d">{escape(shown)}</text>',
    ]
    if is_false:
        parts.append(f'<rect x="{x}" y="{y + ROW - 5}" width="{width}" height="3" fill="#a8322a"/>')
    return parts


def rows(course: Course, fluent: Fluent, run: Run) -> dict[str, list[dict[str, Any]]]:
    """Reality, every mind, and some minds within minds that the scene asks about."""
    nested = dict.fromkeys(a.viewpoint for a in run.transcript.answers if a.order > 1 and a.about == str(fluent))
    found = graphs(course, [fluent], nested)
    names = [*timeline(course, [fluent])[str(fluent)], *list(map(name_of, sorted(nested, key=len)))[-MOST_NESTED:]]
    return {name: found[name].get(str(fluent), []) for name in names}


def card(scorecard: Scorecard) -> str:
    orders = ", ".join(
        f"order {o}: {number(f, 100, 0).partition(' ')[0]} % of {f.n}" for o, f in scorecard.accuracy_by_order.items()
    )
    leaks = f"; lines leaking {number(scorecard.leaks, 100, 0)} %" if scorecard.lines else ""
    return f"Separation {number(scorecard.separation)} (n = {scorecard.separation.n}); right: {orders}{leaks}."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-m", "--model", help="else the built-in model")
    parser.add_argument("--only", nargs="*", help="write the pictures of these scenes, and no page")
    options = parser.parse_args()
    files = sorted(scenarios_folder().glob("*.yaml"))
    sections, model = [], ""
    (DOCS / "gallery").mkdir(exist_ok=True)
    for file in files:
        if options.only and file.stem not in options.only:
            continue
        print(file.stem, file=sys.stderr)
        with tempfile.TemporaryDirectory() as folder:
            planned = [Planned(Settings(), Path(folder) / "run")]
            (run,) = perform_file(file, options.model, planned, Unwatched(), Path(folder), lambda _: None)
            course, _ = replayed(run)
        fluent = questioned(course)[0]
        drawn = picture(course, str(fluent), rows(course, fluent, run), course.wording)
        (DOCS / "gallery" / f"{file.stem}.svg").write_text(drawn, encoding="utf-8")
        model = run.manifest.model.name
        about = file.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        sections.append(
            f"## {course.scene.title} (`{file.stem}`)\n\n{about}\n\n![What each mind believes](gallery/{file.stem}.svg)\n\n"
            f"{card(score(run.transcript))}\n"
        )
    if not options.only:
        text = "\n".join(
            [HEAD.format(model=f"the built-in model ({model})" if options.model is None else model), *sections]
        )
        (DOCS / "gallery.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
