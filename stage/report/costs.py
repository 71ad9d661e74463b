"""What a performance cost, beat by beat, as a table that fits 80 columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table

from stage.inference.requests import Usage
from stage.performing.costs import BeatCost

HEADERS = ("beat", "needed", "reused", "evaluated", "bound", "calls", "seconds", "tokens/s", "% of floor")


def table(beats: Sequence[BeatCost]) -> Table:
    """Tokens needed if nothing were shared, reused and evaluated; the fewest that could have been; calls of the model;
    time; and how near that is to this machine's floor."""
    shown = Table(*HEADERS, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for column in shown.columns:
        column.justify, column.no_wrap = "right", True
    for cost in beats:
        if cost.usage.requests:
            shown.add_row(str(cost.beat), *_cells(cost.usage, cost.reused, cost.floor))
    floors = [cost.floor for cost in beats]
    floor = None if None in floors else sum(floor for floor in floors if floor is not None)
    total = Usage(*(sum(getattr(cost.usage, name) for cost in beats) for name in Usage.__dataclass_fields__))
    shown.add_section()
    shown.add_row("all", *_cells(total, sum(cost.reused for cost in beats), floor))
    return shown


def _cells(usage: Usage, reused: int, floor: float | None) -> list[str]:
    counts = (usage.asked, reused, usage.evaluated, usage.tree, usage.batches)
    rate = f"{usage.evaluated / usage.seconds:,.0f}" if usage.seconds else "–"
    near = f"{100 * floor / usage.seconds:.0f}" if floor is not None and usage.seconds else "–"
    return [*(f"{count:,}" for count in counts), f"{usage.seconds:.1f}", rate, near]
