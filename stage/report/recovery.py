"""What was planted in control stages beside what the measures recover, as text."""

from __future__ import annotations

from textwrap import fill

from stage.report.text import WIDTH, number
from stage.suites.drawn import Coverage
from stage.suites.recovery import PREFERENCES, Recovery

MARKS = {True: "ok  ", False: "FAIL", None: "–   "}


def as_text(recovery: Recovery) -> str:
    """A line for each control with its figures, and for each thing planted what became of it; `WIDTH` columns wide."""
    lines = [
        f"{recovery.scenes} scene{'' if recovery.scenes == 1 else 's'}, {recovery.probes} probes, {recovery.seeds} seeds",
        "",
    ]
    lines.append(f"{'control':<17}{'separation':<21}{'by probability':<21}pairs told apart")
    for found in recovery.controls:
        figures = (found.separation, found.separation_soft, found.told_apart)
        lines.append(f"{found.control:<17}" + "".join(f"{number(figure):<21}" for figure in figures).rstrip())
    lines += ["", _filled(_mirrored(recovery)), "", *_covering(recovery.coverage), ""]
    for check in recovery.checks:
        told = f"{MARKS[check.holds]} {check.planted}: {check.recovered}"
        lines.append(_filled(told, " " * len("FAIL ")))
    if any(check.holds is None for check in recovery.checks):
        lines += [
            "",
            f"{MARKS[None].strip()}: nothing in these scenes could tell. All shipped scenes together can (name none).",
        ]
    return "\n".join(lines)


def _mirrored(recovery: Recovery) -> str:
    """The preferences by the figure that they are judged by."""
    told = ", ".join(
        f"{found.control} {number(found.separation_mirrored)} (n = {found.separation_mirrored.n})"
        for found in recovery.controls
        if found.control in PREFERENCES
    )
    return (
        "By probability, where 'does not know' is no option: that option has no mirror in which a liking for words "
        f"would cancel. {told}."
    )


def _covering(found: Coverage) -> list[str]:
    """How often the intervals of what draws hold it: each by itself, and all together."""
    simultaneous = f"{len(found.claims)} x {100 * found.confidence:.2f} %"
    return [
        f"Of {found.seeds} seeds, those whose interval holds what was planted: by single intervals,",
        "and by simultaneous ones, all of which hold together in 95 % of studies",
        f"{'planted':<40}{'mean':>6}{'n':>6}{'95 %':>8}{simultaneous:>13}",
        *(
            f"{h.planted:<40}{'' if h.recovered is None else f'{h.recovered:.3f}':>6}{h.n or '':>6}{h.single:>8}{h.simultaneous:>13}"
            for h in (*found.claims, found.jointly)
        ),
    ]


def _filled(text: str, indent: str = "") -> str:
    return fill(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False)
