"""Commands about published benchmarks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stage.commands.options import N_CTX, AsJson, Context_, GpuLayers, ModelName, NCtx, Runs, Threads, inference
from stage.commands.output import interruptible, note, resumes, show_bench, show_json, show_wrapped
from stage.errors import UsageError

MOST = 20
"""How many disagreements are listed unless all are wanted: what fits a look."""


def audit_key(
    form: Annotated[
        str,
        typer.Argument(
            metavar="FORMAT",
            help="bigtom, exploretom, fantom, hitom, inspect, opentom, stage, tomato, tombench or tomi.",
        ),
    ],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The benchmark's own file or folder.")],
    compat: Annotated[
        str | None, typer.Option(metavar="NAME", help="Answer as the faulty generator does: 'generator', or one fault.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help=f"List all disagreements, not {MOST}; likewise what was not understood.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare a benchmark's labels with what follows from its texts; exit with 1 where a difference has no reason."""
    from stage.audits.audit import audit

    found = audit(form, path, compat)
    most = None if everything else MOST
    _note_some([f"left aside: {file.id}: {file.why}" for file in found.left_aside], most)
    _note_some([f"not understood: {item.id}: {item.why}: {item.sentence}" for item in found.unparsed], most)
    if as_json:
        show_json(found.to_json())
    else:
        show_wrapped(found.to_text(most))
    if not found.all_explained:
        raise typer.Exit(1)


def _note_some(told: list[str], most: int | None) -> None:
    for line in told[:most]:
        note(line)
    if most is not None and len(told) > most:
        note(f"{len(told) - most} more like this; --all shows them.")


def bench(
    call: typer.Context,
    form: Annotated[str | None, typer.Argument(metavar="FORMAT", help="A format that 'stage audit' reads.")] = None,
    path: Annotated[Path | None, typer.Argument(metavar="PATH", help="The benchmark's own file or folder.")] = None,
    model: ModelName = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="So many questions, drawn by the seed from all types.")
    ] = None,
    context: Context_ = "isolated",
    aid: Annotated[str, typer.Option(help="none, perspective, graph or think.")] = "none",
    seed: Annotated[int, typer.Option(help="Of what is drawn, and of what controls and aids leave to chance.")] = 0,
    mirrors: Annotated[bool, typer.Option(help="Ask with the contested values exchanged as well.")] = True,
    read_out: Annotated[bool, typer.Option("--read-out", help="Put stories in their own words, as prose.")] = False,
    out: Annotated[Path | None, typer.Option(help="The folder; else a new one below --runs.")] = None,
    runs_folder: Runs = Path("runs"),
    resume: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Go on with a bench that was broken off.")
    ] = None,
    n_ctx: NCtx = N_CTX,
    threads: Threads = 0,
    gpu_layers: GpuLayers = 0,
    as_json: AsJson = False,
) -> None:
    """Put a benchmark's questions to a model, and score its answers against the labels and what follows."""
    from stage.bench.running import Plan, in_folder, resume_bench, run_bench
    from stage.performing.settings import Settings
    from stage.records.session import ModelChoice
    from stage.report.progress import Progress
    from stage.roles.aids import Aid
    from stage.roles.views import Context

    folders: list[Path] = []
    with Progress() as progress, interruptible(lambda: folders, resumes("bench")) as brake:
        progress.then(brake.beat_ended)
        if resume is not None:
            _refuse_settings(call)
            done = resume_bench(resume, folders.append, progress)
        elif form is None or path is None:
            raise UsageError("which benchmark? 'stage bench FORMAT PATH' puts one, '--resume FOLDER' goes on with one")
        else:
            settings = Settings(seed, Context.parse(context), mirrors=mirrors, aid=Aid.parse(aid))
            plan = Plan(form, path, limit, settings, read_out)
            choice = ModelChoice(model, inference(n_ctx, threads, gpu_layers))
            done = run_bench(plan, choice, in_folder(out, runs_folder, form), folders.append, progress)
    show_bench(done, as_json)
    note(f"The bench is kept in {done.folder}")


def _refuse_settings(call: typer.Context) -> None:
    """What is gone on with has a benchmark, a model and settings of its own."""
    given = [
        name
        for name in call.params
        if name not in ("resume", "as_json")
        and (source := call.get_parameter_source(name)) is not None
        and source.name != "DEFAULT"
    ]
    if given:
        raise UsageError(f"--resume goes on with what it began with; leave out: {', '.join(given)}")
