"""Commands about published benchmarks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stage.commands.options import AsJson
from stage.commands.output import note, show, show_json


def audit_key(
    form: Annotated[
        str, typer.Argument(metavar="FORMAT", help="The benchmark, as docs/audit.md lists them: tomi, hitom, ...")
    ],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The benchmark's own file or folder.")],
    compat: Annotated[
        str | None, typer.Option(metavar="NAME", help="Answer as the faulty generator does: 'generator', or one fault.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare a benchmark's labels with what follows from its texts; exit with 1 where a difference has no reason."""
    from stage.audit import audit

    found = audit(form, path, compat)
    for file in found.left_aside:
        note(f"left aside: {file.id}: {file.why}")
    for item in found.unparsed:
        note(f"not understood: {item.id}: {item.why}: {item.sentence}")
    if as_json:
        show_json(found.to_json())
    else:
        show(found.to_text())
    if not found.all_explained:
        raise typer.Exit(1)
