"""What the terminal shows of a performed scene: its lines, and one card of scores that fits 80 columns.

Names and texts come from scenes and models and are not trusted: they pass through `printable` into `Text`, and console
markup is never made of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from stage.inference.requests import ModelCard
from stage.performing.transcript import Line
from stage.report.safe import printable
from stage.scoring.aided import Aided
from stage.scoring.constancy import Varied
from stage.scoring.intervals import Figure
from stage.scoring.scorecard import Scorecard
from stage.scoring.verdicts import NOBODY, OWN, in_order

NUISANCES: Mapping[Varied, str] = {
    "rotation": "order of the options",
    "mirror": "words of the options",
    "names": "names",
    "form": "form of the question",
    "person": "to the role or about it",
    "layout": "where the role's part stands",
    "story": "where the story stands",
}

WIDTH = 80
"""Columns that `card` needs."""

NAME_WIDTH = 14
_MIND_WIDTH = 12
_SHARE_WIDTH = len("100 (33)")
_FINDINGS_SHOWN = 8
_BELIEFS = ("true", "false", "unknown")


def card(
    scorecard: Scorecard, *, model: ModelCard, scenario: str, context: str, seed: int, aid: str = "none"
) -> RenderableType:
    """All scores of one run, at most `WIDTH` columns wide."""
    parts: list[RenderableType] = [_headline(scorecard), _by_order(scorecard)]
    if scorecard.minds:
        parts += [Text("\nWhose mind spoke: % of answers (guessing gives)", style="bold"), *_minds(scorecard)]
    parts += [
        *_nuisances(scorecard),
        Text(),
        *_lines(scorecard),
        _left_out(scorecard),
        Text(),
        _made_by(model, scenario, context if aid == "none" else f"{context} with {aid}", seed),
    ]
    return Group(*parts)


def meaning(figure: Figure, detectable: float | None = None) -> str:
    """What a separation says, in one sentence; ``detectable`` is the smallest that its n could tell from guessing."""
    if figure.value is None:
        return "No probe on which minds differ was decided, so nothing is known about it."
    if figure.low is None or figure.high is None or figure.covers(0.0):
        least = "none with so few" if detectable is None else f"{detectable:.2f}"
        return f"Not distinguishable from guessing (n = {figure.n}, smallest detectable {least})."
    if figure.high < 0:
        return f"Worse than guessing (n = {figure.n}): the answers are systematically somebody else's belief."
    if figure.value == 1:
        return f"Every answer is the right mind's (n = {figure.n})."
    return f"Minds are kept apart better than by guessing (n = {figure.n}); 1 would be always."


def script_line(line: Line, flags: Iterable[str] = ()) -> Text:
    """A line as in a printed play, with what was found amiss (`Scorecard.findings`) in brackets behind it."""
    text, speaker = printable(line.text), _name(line.speaker or "").upper()
    match line.kind:
        case "speech" if line.performed:
            audience = ", ".join(_name(name) for name in spoken_to(line))
            shown = Text.assemble((speaker, "bold"), (f" (to {audience})" if audience else "", "dim"), ": ", text)
            shown.append(f" [{printable(line.act) or 'asserts nothing'}]", style="dim")
        case "thought":
            shown = Text.assemble((speaker, "bold"), (" (thinks)", "dim"), ": ", (text, "italic"))
        case "act":
            shown = Text.assemble((speaker, "bold"), (" (chooses)", "dim"), ": ", text)
        case "narration":
            shown = Text.assemble(("NARRATOR", "bold"), ": ", text)
        case "author":
            shown = Text.assemble(("AUTHOR", "bold"), (" (chooses)", "dim"), ": ", text)
        case "speech" | "event":
            shown = Text(text, style="dim")
    for flag in flags:
        shown.append(f" [{printable(flag)}]", style="red")
    return shown


def spoken_to(line: Line) -> list[str]:
    """Whom a line that the stage spoke is shown as said to: those addressed, or all who hear it."""
    return [name for name in line.to or line.audience if name != line.speaker]


def _name(key: str) -> str:
    return printable(key).replace("_", " ").title()


def number(figure: Figure, scale: float = 1.0, digits: int = 2) -> str:
    """'0.40 [-0.15, 0.82]', or a dash where nothing is known."""
    if figure.value is None:
        return "–"
    value, low, high = (
        "" if x is None else f"{round(x * scale, digits) + 0.0:.{digits}f}"  # + 0.0: no "-0.00"
        for x in (figure.value, figure.low, figure.high)
    )
    return f"{value} [{low}, {high}]" if low and high else value


def _percent(figure: Figure) -> str:
    return number(figure, 100, 0)


def _headline(scorecard: Scorecard) -> Text:
    hard, soft = scorecard.separation, scorecard.separation_soft
    return Text.assemble(
        ("Separation ", "bold"),
        (number(hard), "bold"),
        f"   by probability {number(soft)}\n",
        meaning(hard, scorecard.detectable),
        *_without_unknown(scorecard),
        *_twins(scorecard),
    )


def _without_unknown(scorecard: Scorecard) -> list[str]:
    mirrored = scorecard.separation_mirrored
    if mirrored.n in (0, scorecard.separation_soft.n):
        return []
    return [f'\nWithout questions that offer "does not know": {number(mirrored)} by probability (n = {mirrored.n})']


def _twins(scorecard: Scorecard) -> list[str]:
    found = scorecard.twins
    if found.corrected_soft.value is None:
        return []
    told = f"\nRight in scene and twin {_percent(found.accuracy)} %, guessing {100 * (found.chance or 0):.0f} %"
    told = told if found.accuracy.value is not None else "\nScene and twin: none decided in both"
    return [f"{told} (n = {found.accuracy.n}); less guessing, by probability {number(found.corrected_soft)}"]


def numbers_table(names: str, *numbers: str, name_width: int = NAME_WIDTH) -> Table:
    """A table with a first column of names and further ones of numbers; names that are long are cut."""
    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False, show_edge=False)
    table.add_column(Text(names), no_wrap=True, overflow="ellipsis", max_width=name_width)
    for header in numbers:
        shown = Text(header, no_wrap=True, overflow="ellipsis")
        table.add_column(shown, justify="right", no_wrap=True)
    return table


def nuisances(found: Mapping[Varied, Figure], blind: float | None) -> list[RenderableType]:
    """How far answers hold when one thing alone is varied, for each that is; ``blind``: as often as blind choices do."""
    table = numbers_table("varied", "n", "% the same", name_width=30)
    for name, told in NUISANCES.items():
        if found[name].n:
            table.add_row(told, str(found[name].n), _percent(found[name]))
    if blind is not None:
        table.add_row("blind choices", "", f"{100 * blind:.0f}")
    return [Text("\nOf wordings that differ in this alone, % that choose the same", style="bold"), table]


def _nuisances(scorecard: Scorecard) -> list[RenderableType]:
    """Shown where more is varied than always is."""
    found = scorecard.constancy.by_varied
    asked_for = any(figure.n for name, figure in found.items() if name not in ("rotation", "mirror"))
    return nuisances(found, scorecard.constancy.chance) if asked_for else []


def _by_order(scorecard: Scorecard) -> RenderableType:
    table = numbers_table("% right", "n", "all", *_BELIEFS)
    for order, figure in scorecard.accuracy_by_order.items():
        parts = scorecard.accuracy_by_belief.get(order, {})
        cells = [_percent(parts[truth]) if truth in parts else "–" for truth in _BELIEFS]
        table.add_row(f"order {order}", str(figure.n), _percent(figure), *cells)
    table.add_row("all", str(scorecard.accuracy.n), _percent(scorecard.accuracy), "", "", "")
    title = Text("\nAccuracy by order of belief, and by whether what is believed is so", style="bold")
    return Group(title, table)


def _minds(scorecard: Scorecard) -> list[RenderableType]:
    """The matrix, in as many tables as its columns need; columns that nobody could have answered are left out."""
    rows = scorecard.minds
    names = in_order(list(dict.fromkeys(n for row in rows.values() for n in row.shares if n not in (OWN, NOBODY))))
    columns = [m for m in (OWN, *names, NOBODY) if any(r.shares.get(m) or r.chance.get(m) for r in rows.values())]
    tables: list[RenderableType] = []
    taken = min(NAME_WIDTH, max(cell_len(v) for v in ("voice", *rows))) + 1 + len(str(max(r.n for r in rows.values())))
    for some in _portions(columns, WIDTH - taken):
        table = numbers_table("voice", "n", *(cut(mind, _MIND_WIDTH) for mind in some))
        for voice, row in rows.items():
            cells = (f"{row.shares[m] * 100:.0f} ({row.chance[m] * 100:.0f})" if m in row.shares else "" for m in some)
            table.add_row(Text(printable(voice)), str(row.n), *cells)
        tables.append(table)
    return tables


def _portions(minds: Sequence[str], width: int) -> list[list[str]]:
    """Columns in groups of which each fits this width."""
    widths = [1 + max(_SHARE_WIDTH, cell_len(cut(mind, _MIND_WIDTH))) for mind in minds]
    return [[minds[place] for place in some] for some in portions(widths, width)]


def portions(widths: Sequence[int], width: int) -> list[list[int]]:
    """The places of columns of these widths, in order, in groups of which each fits this width (or is one column)."""
    found: list[list[int]] = []
    left = 0
    for place, needed in enumerate(widths):
        if needed > left:
            found.append([])
            left = width
        found[-1].append(place)
        left -= needed
    return found


def cut(text: str, width: int) -> str:
    """The text as it can be shown, with an ellipsis where it takes more columns than that."""
    shown = printable(text)
    if cell_len(shown) <= width:
        return shown
    room = 0
    for end, letter in enumerate(shown):
        room += cell_len(letter)
        if room >= width:
            return f"{shown[:end]}…"
    return shown


def _lines(scorecard: Scorecard) -> Sequence[Text]:
    if not scorecard.lines:
        return [Text("No speech was performed.")]
    counts = Text.assemble(
        ("Lines", "bold"),
        f" {scorecard.lines}: % leaking {_percent(scorecard.leaks)}, off their act {_percent(scorecard.drift)}, "
        f"for others {scorecard.bleed}",
    )
    shown = [
        Text.assemble(
            (f"  {f.kind}", "red"), f" beat {f.beat}, {printable(f.speaker or '')}: {printable(f.explanation)}"
        )
        for f in scorecard.findings[:_FINDINGS_SHOWN]
    ]
    more = len(scorecard.findings) - len(shown)
    return [counts, *_besides(scorecard), *shown, *([Text(f"  and {more} more", style="dim")] if more else [])]


def _besides(scorecard: Scorecard) -> list[Text]:
    """What else is known of the lines, where it is."""
    said = []
    if scorecard.inventions.value:
        said.append(f"  % inventing what nobody believes {_percent(scorecard.inventions)}")
    for kind in ("thought", "narration"):
        if kind in scorecard.leaks_by_kind:
            figure = scorecard.leaks_by_kind[kind]
            said.append(f"  % of {figure.n} {'thoughts' if kind == 'thought' else kind} leaking {_percent(figure)}")
    second = scorecard.second_opinion
    if second.second.n:
        said.append(f"  second reader: % leaking {_percent(second.second)}, both agree {_percent(second.both)}")
    if scorecard.hedging.difference.value is not None:
        said.append(f"  more undecided where it hedges by {number(scorecard.hedging.difference)} of 1")
    return [Text(line) for line in said]


def _left_out(scorecard: Scorecard) -> Text:
    text = f" {scorecard.probes}: undecided: {scorecard.undecided}, unreadable: {scorecard.unreadable}"
    if scorecard.unanswerable:
        text += f", without the right answer among the options: {scorecard.unanswerable}"
    text += aid_in_words(scorecard.aided)
    return Text.assemble(("Probes", "bold"), text)


def aid_in_words(found: Aided) -> str:
    """What to say of an aid that the stage was to word; nothing where there was none."""
    return f", aid empty in {found.empty} of {found.of}" if found.of else ""


def _made_by(model: ModelCard, scenario: str, context: str, seed: int) -> Text:
    sha = f" ({printable(model.sha256[:12])})" if model.sha256 else ""
    made = f"{printable(scenario)}; model {printable(model.name)}{sha}; context {printable(context)}; seed {seed}"
    return Text(made, style="dim")
