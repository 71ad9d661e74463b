"""A set of generated scenes as text."""

from __future__ import annotations

from stage.generator.balance import Balance, Shortcut
from stage.scoring.intervals import Figure


def as_text(found: Balance) -> str:
    """Counts, places of the right option, and shortcuts, in columns."""
    lines = [
        f"{found.scenes} scene{'s' * (found.scenes != 1)}, {found.questions} questions",
        "",
        "order    true   false unknown",
    ]
    lines += [f"{k:>5}  {row['true']:>6}  {row['false']:>6}  {row['unknown']:>6}" for k, row in found.counts.items()]
    for offered, places in found.positions.items():
        share = ", ".join(f"{100 * p / sum(places):.0f}" for p in places)
        lines.append(f"\nRight option among {offered}, by place: % {share}   (n = {sum(places)})")
    lines += ["\nAnswered without regard to minds    n   % right       chance"]
    lines += [_row(s) for s in found.shortcuts if s.right.n]
    happens = ", ".join(f"{name} {count}" for name, count in found.features.items())
    return "\n".join([*lines, f"\nScenes with: {happens}"])


def _row(shortcut: Shortcut) -> str:
    name = shortcut.name + (f", orders {shortcut.least} and up" if shortcut.least else "")
    chance = f"{100 * (shortcut.chance or 0):.0f}"
    mark = "" if shortcut.is_near_chance else "   off chance"
    return f"  {name:<28} {shortcut.right.n:>6}   {_percent(shortcut.right):<13} {chance}{mark}"


def _percent(figure: Figure) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return "-"
    return f"{100 * figure.value:.0f} [{100 * figure.low:.0f}, {100 * figure.high:.0f}]"
