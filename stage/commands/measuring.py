"""Commands about the instrument itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from stage.commands.options import (
    N_CTX,
    AsJson,
    Context_,
    GpuLayers,
    ModelName,
    NCtx,
    Runs,
    Threads,
    inference,
    scene_path,
)
from stage.commands.output import interruptible, note, show, show_json


def calibrate(
    scenes: Annotated[list[Path] | None, typer.Argument(metavar="[SCENE...]", help="Else all shipped scenes.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="For the controls that draw.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Perform scenes with all control stages: what was planted beside what is recovered; exit with 1 if it is not."""
    from stage.report.recovery import as_text
    from stage.resources import scenarios_folder
    from stage.scenes.yaml_reader import load
    from stage.suites.recovery import recover

    files = [scene_path(s) for s in scenes] if scenes else sorted(scenarios_folder().glob("*.yaml"))
    found = recover([load(f) for f in files], seeds)
    if as_json:
        show_json(found.to_json())
    else:
        show(as_text(found))
    if not found.holds:
        raise typer.Exit(1)


def suite(
    model: ModelName = None,
    quick: Annotated[bool, typer.Option("--quick", help="A few scenes only: a first look.")] = False,
    context: Context_ = "isolated",
    aid: Annotated[str, typer.Option("--aid", help="none, perspective, graph or think.")] = "none",
    out: Annotated[Path | None, typer.Option(help="The folder of the runs; else one below --runs.")] = None,
    runs_folder: Runs = Path("runs"),
    n_ctx: NCtx = N_CTX,
    threads: Threads = 0,
    gpu_layers: GpuLayers = 0,
    as_json: AsJson = False,
) -> None:
    """Perform the suite, a fixed set of scenes and their twins, and print the card of a model; goes on where it was."""
    from stage.performing.audiences import Audiences, Unwatched
    from stage.records.session import ModelChoice
    from stage.report.screen import stdout
    from stage.report.suite import SuiteCard, suite_card
    from stage.report.text import WIDTH
    from stage.roles.aids import Aid
    from stage.roles.views import Context
    from stage.scoring.pooled import pooled
    from stage.suites.controls import BESIDE, performed_by
    from stage.suites.suite import SEED, VERSION, digest, items, perform_suite, under

    plain = items(quick)
    mark = digest(plain)
    chosen = under(plain, Context.parse(context), Aid.parse(aid))
    made = ("built-in" if model is None else model, *(c for c in (context, aid) if c not in ("isolated", "none")))
    name = re.sub(r"[^A-Za-z0-9.]+", "-", " ".join(made)).strip("-")
    folder = out if out is not None else runs_folder / f"suite-{mark}-{name}"
    with interruptible(lambda: [folder], lambda _: "The same command goes on with it.") as brake:
        done = list(
            perform_suite(
                chosen,
                ModelChoice(model, inference(n_ctx, threads, gpu_layers)),
                folder,
                Audiences((Unwatched(), brake)),
                lambda item, number: note(f"{number} of {len(chosen)}: {item.name}"),
            )
        )
    transcripts = [run.transcript for run in done]
    controls = {c: pooled(performed_by(c, transcripts, SEED)) for c in BESIDE}
    card = SuiteCard(done[0].manifest.model, VERSION, mark, quick, pooled(transcripts), controls, (context, aid))
    if as_json:
        show_json(card.to_json())
    else:
        stdout(WIDTH).print(suite_card(card))
    note(f"The runs are kept in {folder}")
