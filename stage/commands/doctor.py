"""The command that says what is wrong with an installation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from stage.commands.options import AsJson, Runs
from stage.commands.output import show, show_json


def doctor(runs_folder: Runs = Path("runs"), as_json: AsJson = False) -> None:
    """Examine this machine and installation: what looks wrong first, then all that a bug report needs, and nothing
    secret; exit with 1 if something needs mending."""
    from stage.doctor.examination import examine

    found = examine(runs_folder)
    if as_json:
        show_json(found.to_json())
    else:
        _show(found)
    if not found.sound:
        raise typer.Exit(1)


def _show(found: Any) -> None:
    for finding in sorted(found.findings, key=lambda f: f.advice):
        show(f"{'Could be better' if finding.advice else 'Wrong'}: {finding.what}\n  Remedy: {finding.remedy}")
    if found.sound:
        show("Nothing needs mending.")
    for title, section in found.sections.items():
        show(f"\n{title}")
        for name, value in section.items():
            show(f"  {name}: {'yes' if value is True else 'no' if value is False else value}")
