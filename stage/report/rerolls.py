"""What came of rerolls, as a table. Texts of the stage are not trusted: they pass through `printable`."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from stage.report.safe import printable
from stage.report.text import number
from stage.scoring.rerolls import Rerolls, Spread, TurnSpread

MOST_SHOWN = 5


def rerolls_table(found: Rerolls) -> RenderableType:
    """What was chosen, answered and leaked after the fork, and when the turns came; 95 % intervals in brackets."""
    head = (
        f"{found.plays} plays from after beat {found.at}, {found.different} of them different in what is done or said"
    )
    parts: list[RenderableType] = [Text(head)]
    if found.choices:
        parts += [Text(), Text("Chosen"), _table(found.choices, found.plays)]
    if found.answers:
        parts += [Text(), Text("Answered, and % right"), _table(found.answers, found.plays)]
    parts += [Text(), Text(f"% of plays with a leaking line: {number(found.leaking, 100, 0)}")]
    parts += [Text(_turn(turn)) for turn in found.turns]
    return Group(*parts)


def _table(spreads: Sequence[Spread], plays: int) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right")
    table.add_column(max_width=30)
    table.add_column()
    for spread in spreads:
        share = f"   {number(spread.right, 100, 0)}" if spread.right else ""
        table.add_row(str(spread.beat), Text(_what(spread)), Text(_outcomes(spread, plays) + share))
    return table


def _what(spread: Spread) -> str:
    """What was chosen or asked; the beat, which stands before it, is not said again."""
    return printable(spread.what.removesuffix(f" [after {spread.beat}]"))


def _outcomes(spread: Spread, plays: int) -> str:
    shown = [f"{printable(what)} {count}" for what, count in list(spread.counts.items())[:MOST_SHOWN]]
    others = sum(list(spread.counts.values())[MOST_SHOWN:])
    missing = plays - sum(spread.counts.values())
    more = ([f"others {others}"] if others else []) + ([f"not put {missing}"] if missing else [])
    return ", ".join([*shown, *more])


def _turn(turn: TurnSpread) -> str:
    beats = ", ".join(f"beat {beat}: {count}" for beat, count in turn.counts.items()) or "never"
    middle = "" if turn.median is None else f"; median beat {turn.median:g}"
    return f"turn {printable(turn.turn)}: % of plays {number(turn.came, 100, 0)} ({beats}{middle})"
