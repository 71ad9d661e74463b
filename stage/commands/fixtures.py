"""Commands that make scenes and questions for others to use."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stage.commands.options import AsJson, scene_path
from stage.commands.output import note, show_json
from stage.errors import UsageError


class ExportFormat(StrEnum):
    JSONL = "jsonl"
    YAML = "yaml"


def export(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A scene, a folder of scenes, a run, a FORMAT as in 'stage audit', or the document of an audit (.json).",
        ),
    ],
    path: Annotated[
        Path | None, typer.Argument(metavar="[PATH]", help="With FORMAT or an audit: the benchmark's file or folder.")
    ] = None,
    to: Annotated[
        ExportFormat, typer.Option("--to", help="Questions, one a line, or scene files.")
    ] = ExportFormat.JSONL,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="A file, or a folder of scene files; else stdout.")
    ] = None,
    only: Annotated[
        str | None, typer.Option(metavar="PATTERN", help="Only stories whose names fit: 'train:1*'.")
    ] = None,
) -> None:
    """Hand on questions with answers, derivations and scenes, or benchmarks' stories as scenes (docs/fixtures.md)."""
    from stage.fixtures.exporting import exported, one_of

    found = exported(one_of(source, scene_path) if path is None else source, path, only)
    for why in found.left_out(to is ExportFormat.YAML):
        note(why)
    texts = found.yaml() if to is ExportFormat.YAML else {"": found.jsonl()}
    if not any(texts.values()):
        raise UsageError(f"there is nothing to export from {source}{f' that fits {only!r}' if only else ''}")
    if len(texts) > 1 and out is None:
        raise UsageError(f"these are {len(texts)} scene files; name a folder with -o")
    if out is None:
        print(*texts.values(), sep="", end="")
    elif len(texts) > 1 or (to is ExportFormat.YAML and out.suffix not in (".yaml", ".yml")):
        _own(out)
        for name, text in texts.items():
            (out / f"{name}.yaml").write_text(text, encoding="utf-8")
        note(f"{len(texts)} scene{'s' * (len(texts) != 1)} in {out}")
    else:
        _write_new(out, next(iter(texts.values())))


def _write_new(path: Path, text: str) -> None:
    """UsageError where there is a file already: nothing is overwritten."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"{path} is there already; name another file with -o") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error


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
    from stage.scenes.writer import as_yaml

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
    note(f"\n{found.scenes} scene{' is' if found.scenes == 1 else 's are'} in {folder}")
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
