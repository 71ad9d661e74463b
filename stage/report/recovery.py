"""What was planted in control stages beside what the measures recover, as text."""

from __future__ import annotations

from textwrap import fill

from stage.report.text import WIDTH, number
from stage.suites.recovery import Recovery


def as_text(recovery: Recovery) -> str:
    """A line for each control with its figures, and for each thing planted what became of it; `WIDTH` columns wide."""
    lines = [f"{recovery.scenes} scenes, {recovery.probes} probes, {recovery.seeds} seeds", ""]
    lines.append(f"{'control':<17}{'separation':<21}{'by probability':<21}pairs told apart")
    for found in recovery.controls:
        figures = (found.separation, found.separation_soft, found.told_apart)
        lines.append(f"{found.control:<17}" + "".join(f"{number(figure):<21}" for figure in figures).rstrip())
    lines.append("")
    for check in recovery.checks:
        told = f"{'ok  ' if check.holds else 'FAIL'} {check.planted}: {check.recovered}"
        lines.append(fill(told, WIDTH, subsequent_indent=" " * len("FAIL "), break_on_hyphens=False))
    return "\n".join(lines)
