"""How well lines are read for what their speaker cannot know: precision and recall of both readers on labelled lines.

    python benchmarks/readers.py [-m MODEL] [--json]

The lines are those of tests/data/said.yaml. The threshold of the second reader is chosen on the part "mending", whose
lines may be looked at when a reader is mended; the other parts are for measuring alone.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from stage.performing.second_reader import Said, best_threshold, readings
from stage.performing.transcript import Line
from stage.records.session import opened_model
from stage.scoring.intervals import Figure, proportion
from stage.scoring.lines import read_line
from stage.scoring.mentions import Reader
from stage.scoring.names import Names
from stage.wording import Wording
from stage.world.facts import Fact, Fluent
from stage.world.setting import Setting, Thing

LINES = Path(__file__).resolve().parent.parent / "tests" / "data" / "said.yaml"
TUNED_ON = "mending"


@dataclass(frozen=True)
class Labelled:
    """One labelled line; ``leak`` is the label, ``kind`` in what manner it was written."""

    world: Mapping[str, Any]
    text: str
    kind: str
    leak: bool

    @property
    def part(self) -> str:
        return str(self.world["part"])


def said() -> list[Labelled]:
    worlds = YAML(typ="safe").load(LINES.read_text(encoding="utf-8"))["worlds"]
    return [
        Labelled(world, text, kind, label == "leaks")
        for world in worlds
        for label in ("leaks", "sound")
        for kind, text in world[label]
    ]


def first_reader(line: Labelled) -> bool:
    """Whether the reader of words finds a leak."""
    world = line.world
    names = Names(world["titles"], world.get("aliases", {}), world.get("phrases", {}))
    elsewhere = dict.fromkeys(world["elsewhere"], ("reality",))
    spoken = Line(1, "speech", world["speaker"], line.text, known=tuple(world["known"]), elsewhere=elsewhere)
    return bool(read_line(spoken, Reader(world["facts"], names, world["cast"]), {}).leaks)


def clauses(world: Mapping[str, Any]) -> dict[str, str]:
    """What the second reader is asked of a world's lines, put into words."""
    ranges = {Fluent(*f.split(" ", 1)): tuple(values) for f, values in world["facts"].items()}
    names = {f.subject for f in ranges} | {v for f, values in ranges.items() if f.relation == "at" for v in values}
    things = {n: Thing(n) for n in sorted(names - {*world["cast"]})}
    wording = Wording(Setting(tuple(world["cast"]), (), things, ranges, {}, titles=world["titles"]), {})
    facts = [Fact(f, v) for f, values in ranges.items() for v in values]
    return {str(f): wording.clause(f.fluent, f.value) for f in facts if str(f) in world["elsewhere"]}


def figures(lines: Sequence[Labelled], found: Sequence[bool]) -> dict[str, Figure]:
    hits = sum(f and line.leak for line, f in zip(lines, found, strict=True))
    return {
        "precision": proportion(hits, sum(found)),
        "recall": proportion(hits, sum(line.leak for line in lines)),
        "specificity": proportion(
            sum(not f and not line.leak for line, f in zip(lines, found, strict=True)), sum(not s.leak for s in lines)
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-m", "--model", help="the second reader; else the built-in model")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    lines = said()
    with opened_model(options.model, {}, 0) as model:
        name = model.card.name
        found = readings(model, [Said(line.text, clauses(line.world)) for line in lines])
    second = [max(reading.values()) for reading in found]
    tuned = [(line, r) for line, r in zip(lines, second, strict=True) if line.part == TUNED_ON]
    threshold = best_threshold([r for s, r in tuned if s.leak], [r for s, r in tuned if not s.leak])
    rows = []
    for part in dict.fromkeys(s.part for s in lines):
        chosen = [i for i, s in enumerate(lines) if s.part == part]
        words = [first_reader(lines[i]) for i in chosen]
        asked = [second[i] > threshold for i in chosen]
        readers = {
            "words": words,
            "model": asked,
            "both agree": [a and b for a, b in zip(words, asked, strict=True)],
            "either": [a or b for a, b in zip(words, asked, strict=True)],
        }
        rows += [(part, reader, figures([lines[i] for i in chosen], found)) for reader, found in readers.items()]
    if options.json:
        plain = [
            {"part": p, "reader": r, **{k: [f.value, f.low, f.high, f.n] for k, f in found.items()}}
            for p, r, found in rows
        ]
        print(json.dumps({"model": name, "threshold": threshold, "rows": plain}, indent=2))
        return
    print(f"second reader: {name}, threshold {threshold:.2f} nats, chosen on {TUNED_ON!r}\n")
    print("| lines | reader | precision | recall | specificity |\n|---|---|---|---|---|")
    for part, reader, found in rows:
        print(f"| {part} | {reader} | " + " | ".join(_percent(f) for f in found.values()) + " |")


def _percent(figure: Figure) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return "–"
    return f"{100 * figure.value:.0f} % [{100 * figure.low:.0f}, {100 * figure.high:.0f}], n = {figure.n}"


if __name__ == "__main__":
    main()
