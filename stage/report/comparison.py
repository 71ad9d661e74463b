"""Runs set side by side in one table. Names of runs are not trusted: they pass through `printable`."""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.text import Text

from stage.report.safe import printable
from stage.report.text import WIDTH, number, numbers_table
from stage.scoring.comparison import Comparison, Contrast

NUMBERS = ("n", "separation", "difference", "by probability", "p")
LEAST_NAME = 8
"""Columns that the name of a run is given even where figures take more than a line has for them."""


def comparison_table(comparison: Comparison) -> RenderableType:
    """A row for each run: its separation, and how it differs from the first (p corrected for their number); below, what
    that means, and what each factor does, all else alike."""
    rows = [
        (
            str(run.separation.n),
            number(run.separation).partition(" ")[0],
            *(_against(run.contrast) if run.contrast else ("", "", "")),
        )
        for run in comparison.runs
    ]
    columns = [max(map(cell_len, column)) for column in zip(NUMBERS, *rows, strict=True)]
    width = max(LEAST_NAME, WIDTH - sum(columns) - len(columns))
    table = numbers_table("run", *NUMBERS, name_width=width)
    for run, row in zip(comparison.runs, rows, strict=True):
        table.add_row(Text(tail(printable(run.name), width)), *row)
    parts: list[RenderableType] = [
        Text(f"{comparison.probes} probes compared{_left_out(comparison.left_out)}; differences from the first run\n"),
        table,
    ]
    parts += [Text(f"{printable(r.name)}: {_in_words(r.contrast)}") for r in comparison.runs if r.contrast]
    parts += [
        Text(f"{printable(r.name)}: in scene and twin, less guessing, by probability {number(r.twins)}")
        for r in comparison.runs
        if r.twins.n
    ]
    if comparison.effects:
        effects = numbers_table("all else alike", "pairs", "difference by probability", name_width=40)
        for effect in comparison.effects:
            name = f"{effect.factor}: {effect.level} for {effect.reference}"
            effects.add_row(Text(printable(name)), str(effect.pairs), number(effect.difference_soft))
        parts += [Text(), effects]
    return Group(*parts)


def tail(name: str, width: int) -> str:
    """The end of a name that is too long: runs are folders, and differ in it."""
    if cell_len(name) <= width:
        return name
    while cell_len(name) > width - 1:
        name = name[1:]
    return f"…{name}"


def _left_out(count: int) -> str:
    return f"; {count} left out, which not all runs were asked" if count else ""


def _against(contrast: Contrast) -> tuple[str, str, str]:
    return number(contrast.difference), number(contrast.difference_soft), f"{contrast.p_holm:.3f}"


def _in_words(contrast: Contrast) -> str:
    counts = f"fixed {contrast.fixed}, broke {contrast.broke} of {contrast.n}"
    if contrast.is_told_apart:
        return f"{'better' if contrast.fixed > contrast.broke else 'worse'} than the first ({counts})."
    if contrast.detectable is None or contrast.least_significant is None:
        return f"not distinguishable from the first ({counts}; so few can show no difference)."
    able = f"significant from {contrast.least_significant:.2f}, found in 80 % from {contrast.detectable:.2f}"
    return f"not distinguishable from the first ({counts}; differences are {able})."
