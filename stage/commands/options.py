"""Arguments and options that several commands take, and what they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from stage.commands.output import note
from stage.errors import UsageError

SCENE_HELP = "A scene file, or the name of a shipped scene."
SceneFile = Annotated[Path, typer.Argument(metavar="SCENE", help=SCENE_HELP)]
ModelName = Annotated[
    str | None,
    typer.Option("-m", "--model", help="A path, hf:repo/file.gguf, or control:NAME; else the built-in model."),
]
ModelArgument = Annotated[
    str | None, typer.Argument(metavar="[MODEL]", help="A path, a name or hf:repo/file.gguf; else the built-in model.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
At = Annotated[str, typer.Option("--at", metavar="BEAT", help="After this beat: a number, an id, 'start' or 'end'.")]
Context_ = Annotated[str, typer.Option("--context", help="isolated, shared or windowed:N.")]
Contexts = Annotated[str, typer.Option("--context", help="isolated, shared or windowed:N; several with commas.")]
Aids = Annotated[str, typer.Option("--aid", help="none, perspective, graph or think; several with commas.")]
NCtx = Annotated[int, typer.Option(min=256, help="Tokens that the model's cache holds.")]
Threads = Annotated[int, typer.Option(min=0, help="0: as many as there are processors.")]
GpuLayers = Annotated[int, typer.Option(min=0, help="Layers kept on a GPU, by a build that can.")]
N_CTX = 8192
Runs = Annotated[Path, typer.Option("--runs", help="Where run folders are kept.")]


def refuse_beside_resume(call: typer.Context, own: Sequence[str], what: str) -> None:
    """UsageError where one of a command's parameters was given beside --resume, which goes on with ``what``."""
    sources = {name: call.get_parameter_source(name) for name in own}
    given = [name for name, source in sources.items() if source is not None and source.name != "DEFAULT"]
    if given:
        raise UsageError(f"--resume goes on with {what}; leave out: {', '.join(given)}")


def scene_path(path: Path) -> Path:
    """The file itself, or the shipped scene of that name."""
    from stage.resources import scene_file

    return scene_file(path)


def inference(n_ctx: int, threads: int, gpu_layers: int, strict: bool = False) -> Any:
    """How a model is to be run, by the options of a command."""
    from stage.inference.settings import Settings, available_threads

    return Settings(
        n_ctx=n_ctx,
        threads=threads or available_threads(),
        gpu_layers=gpu_layers,
        sharing="none" if strict else "tree",
    )


def course_of(scene: Path) -> Any:
    """The scene unfolded as far as it is scripted."""
    from stage.course import unfold
    from stage.scenes.yaml_reader import load

    loaded = load(scene_path(scene))
    if loaded.is_improvised:
        note("The stage itself acts in this scene; what it would do is left out here.")
    return unfold(loaded)
