"""Commands about the instrument itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stage.commands.options import AsJson, scene_path
from stage.commands.output import show, show_json


def calibrate(
    scenes: Annotated[list[Path] | None, typer.Argument(metavar="[SCENE...]", help="Else all shipped scenes.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="For the controls that draw.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Perform scenes with all control stages: what was planted beside what is recovered; exit with 1 if it is not."""
    from stage.recovery import recover
    from stage.report.recovery import as_text
    from stage.resources import scenarios_folder
    from stage.scenario_yaml import load

    files = [scene_path(s) for s in scenes] if scenes else sorted(scenarios_folder().glob("*.yaml"))
    found = recover([load(f) for f in files], seeds)
    if as_json:
        show_json(found.to_json())
    else:
        show(as_text(found))
    if not found.holds:
        raise typer.Exit(1)
