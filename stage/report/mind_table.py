"""What each mind believes, as tables for a terminal: a fact below the other, minds that agree in one row.

Names and values are not trusted: they pass through `printable`. What is false is marked by a sign, and by colour where
there is any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from stage.report.minds import Cell, MindTable
from stage.report.safe import printable
from stage.report.text import cut, portions
from stage.scoring.verdicts import Outcome
from stage.world.facts import Known, OneOf, Whether

FALSE, RIGHT, WRONG, NEITHER = "✗ ", " =", " →", " ~"
NOTHING = "–"
_NAMES_WIDTH, _NAME_WIDTH, _VALUE_WIDTH = 26, 24, 14


@dataclass(frozen=True)
class Compact:
    """Beside the play and its card not everything is shown: of each fact so many rows, and of its beats the last ones,
    as many as fit beside each other. ``facts`` is how many are left out, ``more`` what shows everything."""

    facts: int = 0
    more: str = ""
    rows: int = 10


MOST_FACTS = 3
"""So many facts are shown beside the card."""


def counted(n: int, what: str) -> str:
    """'1 viewpoint', '2 viewpoints'."""
    return f"{n} {what}{'s' * (n != 1)}"


def minds_text(tables: Sequence[MindTable], width: int, compact: Compact | None = None) -> RenderableType:
    """The tables, none wider than ``width``, with what their signs mean and what is left out."""
    parts: list[RenderableType] = [Text("What each mind believes after a beat", style="bold")]
    left_out = [counted(compact.facts, "more fact")] if compact is not None and compact.facts else []
    for number, table in enumerate(tables):
        drawn, missing = _fact(table, width, compact)
        parts += [Text()] * (number > 0) + drawn
        left_out += missing
    if not tables:
        parts.append(Text("Minds differ about nothing, and nothing is in question."))
    notes = [_legend(tables)]
    if compact is not None and left_out:
        notes.append(f"Not shown: {'; '.join(left_out)}. {compact.more}")
    return Group(*parts, *(Text(note, style="dim") for note in notes if note))


def _fact(table: MindTable, width: int, compact: Compact | None) -> tuple[list[RenderableType], list[str]]:
    """A fact's tables one below the other, with as many beats in each as fit; and what was left out of them."""
    about = printable(str(table.fluent))
    rows = _alike(table)
    kept = rows if compact is None else rows[: compact.rows]
    columns = [
        _Column(table.beats[place], [_cell(cells, place) for _, cells in kept]) for place in range(len(table.beats))
    ]
    room = max(_NAMES_WIDTH, width - sum(column.taken for column in columns))
    names = [_folded([cut(n, _NAME_WIDTH) for n in shared], room) for shared, _ in kept]
    head = cut(about, _NAMES_WIDTH)
    first = max(cell_len(line) for name in (head, *names) for line in name.split("\n"))
    bands = _bands(columns, width - first, only_last=compact is not None)
    missing = []
    if len(kept) < len(rows):
        missing.append(f"{counted(sum(len(n) for n, _ in rows[len(kept) :]), 'viewpoint')} on {about}")
    if bands[0][0].beat > table.beats[0]:
        missing.append(f"{about} before beat {bands[0][0].beat}")
    return [_drawn(Text(head), names, band) for band in bands], missing


def _folded(names: Sequence[str], width: int) -> str:
    """Names with commas, in lines of this width, none of them broken."""
    lines = [""]
    for place, name in enumerate(names):
        more = name + ("," if place < len(names) - 1 else "")
        longer = f"{lines[-1]} {more}".strip()
        if lines[-1] and cell_len(longer) > width:
            lines.append(more)
        else:
            lines[-1] = longer
    return "\n".join(lines)


@dataclass(frozen=True)
class _Column:
    beat: int
    cells: list[Text]

    @property
    def head(self) -> str:
        return "start" if self.beat == 0 else str(self.beat)

    @property
    def width(self) -> int:
        return max(cell_len(self.head), *(cell.cell_len for cell in self.cells))

    @property
    def taken(self) -> int:
        """The columns of the terminal that it takes, with those before it that are empty."""
        return self.width + 2


def _bands(columns: Sequence[_Column], width: int, only_last: bool) -> list[list[_Column]]:
    """The columns in groups that fit; if only the last is wanted, it is as full as it can be."""
    if not only_last:
        return [[columns[place] for place in band] for band in portions([c.taken for c in columns], width)]
    backwards = columns[::-1]
    return [[backwards[place] for place in portions([c.taken for c in backwards], width)[0]][::-1]]


def _drawn(head: Text, names: Sequence[str], columns: Sequence[_Column]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column(head, no_wrap=True)
    for column in columns:
        table.add_column(column.head, no_wrap=True, min_width=column.width)
    for row, name in enumerate(names):
        table.add_row(Text(name), *(column.cells[row] for column in columns))
    return table


def _alike(table: MindTable) -> list[tuple[list[str], tuple[Cell, ...]]]:
    """The rows with those that say the same in one, by their names, in the order of the first."""
    rows: dict[tuple[Cell, ...], list[str]] = {}
    for row in table.rows:
        rows.setdefault(row.cells, []).append(row.name)
    return [(names, cells) for cells, names in rows.items()]


def _cell(cells: Sequence[Cell], place: int) -> Text:
    """A belief: bold where it is new, dim where there is none; behind it what the stage said."""
    cell = cells[place]
    is_new = place == 0 or cells[place - 1].belief != cell.belief
    style = "red" if cell.is_false else ""
    if is_new and cell.belief is not None:
        style = f"bold {style}".strip()
    text = Text.assemble((cut(_belief(cell), _VALUE_WIDTH), style if cell.belief is not None else "dim"))
    match cell.outcome:
        case Outcome.RIGHT:
            text.append(RIGHT, style="green")
        case Outcome.OTHER | Outcome.NONE:
            text.append(f"{WRONG}{cut(NOTHING if cell.answer is None else cell.answer, _VALUE_WIDTH)}", style="magenta")
        case Outcome.UNDECIDED | Outcome.UNREADABLE:
            text.append(NEITHER, style="dim")
    return text


def _belief(cell: Cell) -> str:
    match cell.belief:
        case Known(value):
            return f"{FALSE if cell.is_false else ''}{value}"
        case OneOf(values):
            return "|".join(sorted(values))
        case Whether():
            return "knows which"
        case None:
            return NOTHING


def _legend(tables: Sequence[MindTable]) -> str:
    """What the signs mean, those that can be seen."""
    cells = [cell for table in tables for row in table.rows for cell in row.cells]
    outcomes = {cell.outcome for cell in cells}
    meanings = [
        (f"{FALSE}not so", any(cell.is_false for cell in cells)),
        (f"{NOTHING} not known", any(cell.belief is None or (cell.answer is None and cell.outcome) for cell in cells)),
        ("knows which, unknown to the one who thinks so", any(isinstance(c.belief, Whether) for c in cells)),
        (f"{RIGHT} the stage answered so", Outcome.RIGHT in outcomes),
        (f"{WRONG} what it answered instead", bool(outcomes & {Outcome.OTHER, Outcome.NONE})),
        (f"{NEITHER} undecided or unreadable", bool(outcomes & {Outcome.UNDECIDED, Outcome.UNREADABLE})),
    ]
    return "   ".join(sign.strip() for sign, is_seen in meanings if is_seen)
