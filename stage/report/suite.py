"""The card of a model: what the suite measured of it, beside control stages over the same questions; 80 columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from stage.inference.requests import ModelCard
from stage.report.safe import printable
from stage.report.text import aid_in_words, meaning, nuisances, number, numbers_table
from stage.scoring.pooled import MINDS, Pooled


@dataclass(frozen=True)
class SuiteCard:
    """What is published of a model: its figures, those of the controls, and by which suite."""

    model: ModelCard
    version: int
    digest: str
    quick: bool
    stage: Pooled
    controls: Mapping[str, Pooled]
    conditions: tuple[str, str] = ("isolated", "none")
    """The context and the aid."""

    def to_json(self) -> dict[str, Any]:
        return {
            "suite": {"version": self.version, "digest": self.digest, "quick": self.quick},
            "context": self.conditions[0],
            "aid": self.conditions[1],
            "model": {"name": self.model.name, "sha256": self.model.sha256, "details": dict(self.model.details)},
            "scores": self.stage.to_json(),
            "controls": {name: found.to_json() for name, found in self.controls.items()},
        }


def suite_card(card: SuiteCard) -> RenderableType:
    found = card.stage
    head = Text.assemble(
        ("Separation ", "bold"),
        (number(found.separation), "bold"),
        f"   by probability {number(found.separation_soft)}\n{meaning(found.separation, found.detectable)}\n",
    )
    return Group(
        head,
        _controls(card),
        Text("\nBy order of belief", style="bold"),
        _by_order(found),
        Text("\nWhose mind spoke: % of answers (guessing gives)", style="bold"),
        _minds(found),
        *nuisances(found.nuisances, found.nuisance_chance),
        Text(),
        _made_by(card),
    )


def _controls(card: SuiteCard) -> RenderableType:
    table = numbers_table("", "separation", "by probability", "scene and twin")
    for name, found in (("the model", card.stage), *card.controls.items()):
        table.add_row(
            Text(printable(name)),
            number(found.separation),
            number(found.separation_soft),
            number(found.twins.corrected_soft),
        )
    return table


def _by_order(found: Pooled) -> RenderableType:
    table = numbers_table("order", "n", "% right", "guessing", "separation by probability", name_width=8)
    for order, row in found.by_order.items():
        right = number(row.accuracy, 100, 0)
        table.add_row(str(order), str(row.accuracy.n), right, f"{100 * row.chance:.0f}", number(row.separation_soft))
    for truth, figure in found.by_belief.items():
        table.add_row(truth, str(figure.n), number(figure, 100, 0), "", "")
    return table


def _minds(found: Pooled) -> RenderableType:
    shown = [m for m in MINDS if any(row.chance[m] or row.shares[m] for row in found.minds.values())]
    table = numbers_table("asked", "n", *shown, name_width=17)
    for kind, row in found.minds.items():
        cells = (f"{100 * row.shares[m]:.0f} ({100 * row.chance[m]:.0f})" for m in shown)
        table.add_row(kind, str(row.n), *cells)
    return table


def _made_by(card: SuiteCard) -> Text:
    sha = f" ({printable(card.model.sha256[:12])})" if card.model.sha256 else ""
    quick = ", quick" if card.quick else ""
    found = card.stage
    return Text(
        f"suite {card.version}{quick} [{card.digest}]: {found.scenes} scenes with their twins, {found.probes} probes\n"
        f"undecided {found.undecided}, unreadable {found.unreadable}; context {card.conditions[0]}, aid {card.conditions[1]}"
        f"{aid_in_words(found.aided)}\n"
        f"model {printable(card.model.name)}{sha}",
        style="dim",
    )
