"""Commands about models."""

from __future__ import annotations

from typing import Annotated

import typer

from stage.commands.options import AsJson, ModelArgument
from stage.commands.output import note, show, show_json


def models(context: typer.Context, as_json: AsJson = False) -> None:
    """List the models at hand, the controls included."""
    if context.invoked_subcommand is None:
        list_models(as_json)


def list_models(as_json: AsJson = False) -> None:
    """List the models at hand, the controls included."""
    from stage.controls import CONTROLS
    from stage.inference.memory import mib
    from stage.inference.models import installed_models

    installed = installed_models()
    if as_json:
        found = [{"name": m.spec, "source": m.source, "path": str(m.path), "bytes": m.size} for m in installed]
        controls = [{"name": f"control:{name}", "source": "control", "path": "", "bytes": 0} for name in CONTROLS]
        show_json([*found, *controls])
        return
    for model in installed:
        show("  ".join(filter(None, (model.spec, model.source, mib(model.size)))))
        show(f"    {model.path}")
    for name in CONTROLS:
        show(f"control:{name}")


def convert(
    model: ModelArgument = None,
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="F32, F16, BF16, Q8_0, Q4_0, ...")] = "F16",
    as_json: AsJson = False,
) -> None:
    """Write a model in another format into your folder of models, once, and name the file."""
    from stage.inference.conversion import convert as converted
    from stage.inference.models import find_model

    source = find_model(model)
    made = converted(source, to)
    if as_json:
        show_json({"path": str(made.path), "sha256": made.sha256, "origin": made.origin})
        return
    show(str(made.path))
    note(f"{made.origin}; sha256 {made.sha256}")
