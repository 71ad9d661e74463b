"""Runs set side by side, as text. Names of runs are not trusted: they pass through `printable`."""

from __future__ import annotations

from stage.report.safe import printable
from stage.report.text import number
from stage.scoring.comparison import Comparison, Contrast


def as_text(comparison: Comparison) -> str:
    """One paragraph a run: its separation, and how it differs from the first."""
    first = comparison.runs[0]
    lines = [f"{comparison.probes} probes compared" + _left_out(comparison.left_out), ""]
    lines.append(f"{printable(first.name)}\n  separation {number(first.separation)}, n = {first.separation.n}")
    for run in comparison.runs[1:]:
        lines.append(f"\n{printable(run.name)}\n  separation {number(run.separation)}, n = {run.separation.n}")
        if run.contrast is not None:
            lines += [f"  {line}" for line in _against(run.contrast)]
    return "\n".join(lines)


def _left_out(count: int) -> str:
    return f"; {count} left out, which not all runs were asked" if count else ""


def _against(contrast: Contrast) -> list[str]:
    corrected = f", {contrast.p_holm:.3g} corrected" if contrast.p_holm != contrast.p else ""
    told = [
        f"against the first: fixed {contrast.fixed}, broke {contrast.broke} of {contrast.n} (p = {contrast.p:.3g}{corrected})",
        f"difference {number(contrast.difference)}, by probability {number(contrast.difference_soft)}",
    ]
    if not contrast.is_told_apart:
        able = "none with so few" if contrast.smallest is None else f"{contrast.smallest:.2f}"
        told.append(f"Not distinguishable from the first (n = {contrast.n}, smallest detectable difference {able}).")
    return told
