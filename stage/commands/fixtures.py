"""Commands that make scenes and questions for others to use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stage.commands.options import AsJson
from stage.commands.output import note, show_json
from stage.errors import UsageError


def generate(
    count: Annotated[int, typer.Option("-n", "--scenes", help="How many scenes.")] = 10,
    seed: Annotated[int, typer.Option(help="The same seed and settings give the same scenes.")] = 0,
    people: Annotated[int, typer.Option(help="2 to 6 in each scene.")] = 3,
    events: Annotated[int, typer.Option(help="4 to 40 beats in each scene.")] = 10,
    order: Annotated[int, typer.Option(help="The highest order of belief asked about, 1 to 6.")] = 2,
    features: Annotated[
        str | None, typer.Option(metavar="A,B,...", help="What may happen: lies, peeks, ... (docs/fixtures.md).")
    ] = None,
    unknown: Annotated[bool, typer.Option(help="Ask about ignorance as well.")] = False,
    folder: Annotated[Path, typer.Option("-o", "--out", help="Where the scene files go.")] = Path("generated"),
    as_json: AsJson = False,
) -> None:
    """Write scenes made by chance, with questions balanced over orders and truth, and say what gives them away."""
    from stage.generator import FEATURES, GeneratorSettings
    from stage.generator import generate as make
    from stage.generator.balance import balance
    from stage.report.balance import as_text
    from stage.scenario_writer import as_yaml

    wanted = tuple(FEATURES) if features is None else tuple(f.strip() for f in features.split(",") if f.strip())
    if features is None and people < 3:
        wanted = tuple(f for f in wanted if f != "whispers")
    settings = GeneratorSettings(seed, count, people, events, order, wanted, unknown)
    _own(folder)
    made = make(settings)
    for scene in made.scenes:
        text = as_yaml(scene.scenario, f"Made by: stage generate {settings.as_options()}")
        (folder / f"{scene.name}.yaml").write_text(text, encoding="utf-8")
    found = balance(made)
    note(as_text(found))
    note(f"\n{found.scenes} scenes are in {folder}")
    if as_json:
        show_json(found.to_json())


def _own(folder: Path) -> None:
    """The folder, made if need be. UsageError if there is anything in it: nothing is overwritten."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
    except OSError as error:
        raise UsageError(f"{folder} cannot be used for scenes: {error.strerror}; name another with -o") from error
    if not is_empty:
        raise UsageError(f"{folder} is not empty; name another folder with -o")
