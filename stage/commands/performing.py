"""Commands that perform a scene."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from stage.commands.options import (
    N_CTX,
    SCENE_HELP,
    Aids,
    AsJson,
    Contexts,
    GpuLayers,
    ModelName,
    NCtx,
    Runs,
    Threads,
    inference,
    refuse_beside_resume,
    scene_path,
)
from stage.commands.output import (
    check_threshold,
    compared,
    comparison_document,
    interruptible,
    note,
    run_document,
    show,
    show_comparison,
    show_json,
    show_minds,
    show_run,
)
from stage.errors import UsageError


def run(
    call: typer.Context,
    scene: Annotated[Path | None, typer.Argument(metavar="SCENE", help=SCENE_HELP)] = None,
    resume: Annotated[Path | None, typer.Option(metavar="RUN", help="Go on with a run that was broken off.")] = None,
    model: ModelName = None,
    seed: Annotated[int, typer.Option(help="Every choice of the play follows from it.")] = 0,
    context: Contexts = "isolated",
    aid: Aids = "none",
    temperature: Annotated[
        float, typer.Option(min=0.0, max=10.0, help="For choices and lines; probes are not sampled.")
    ] = 0.7,
    max_tokens: Annotated[int, typer.Option(min=1, max=2000, help="The longest spoken line.")] = 40,
    mirrors: Annotated[bool, typer.Option(help="Ask with the contested values exchanged as well.")] = True,
    second_reader: Annotated[
        bool, typer.Option(help="Ask the stage itself of every line that it performs what the line gives away.")
    ] = False,
    paraphrases: Annotated[
        int,
        typer.Option(
            help="So many wordings of each question: 2 to its role and about it, 4 so in two forms, 8 in four."
        ),
    ] = 1,
    permute_names: Annotated[
        bool, typer.Option(help="Ask with everybody called as each of the others as well, in up to 4 namings.")
    ] = False,
    layouts: Annotated[bool, typer.Option(help="Ask with who the role is told before the story as well.")] = False,
    shift_story: Annotated[
        bool,
        typer.Option(
            help="Ask with the story further back and next to the question: before and after remarks that nothing hangs on."
        ),
    ] = False,
    twins: Annotated[
        bool, typer.Option(help="Perform the scene's twin too, in which one perception and right answers flip.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="The run folder; else a new one below --runs.")] = None,
    runs_folder: Runs = Path("runs"),
    fail_under: Annotated[float | None, typer.Option(help="Exit with 1 if separation is below this.")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Evaluate each option and line alone and afresh: slow.")
    ] = False,
    n_ctx: NCtx = N_CTX,
    threads: Threads = 0,
    gpu_layers: GpuLayers = 0,
    stats: Annotated[bool, typer.Option("--stats", help="Tell what each beat cost, on stderr.")] = False,
    as_json: AsJson = False,
) -> None:
    """Perform a scene, ask the minds, and print the scorecard; under several conditions, their comparison."""
    from stage.performing.audiences import Audiences
    from stage.performing.costs import Costs, Estimate, weights
    from stage.performing.settings import Settings
    from stage.performing.variations import MOST_NAMINGS
    from stage.records.session import ModelChoice, Planned, perform_file, plan, resume_run
    from stage.report.screen import Screen
    from stage.roles.aids import Aid
    from stage.roles.views import Context
    from stage.scenes.yaml_reader import load
    from stage.scoring.scorecard import score

    _check_source(call, scene, resume)
    if scene is not None:
        _warn_of_contradictions(scene_path(scene))
    settings = Settings(
        seed,
        temperature=temperature,
        max_tokens=max_tokens,
        mirrors=mirrors,
        second_reader=second_reader,
        paraphrases=paraphrases,
        namings=MOST_NAMINGS if permute_names else 1,
        layouts=layouts,
        shift_story=shift_story,
    )
    contexts, aids = [Context.parse(c) for c in _several(context)], [Aid.parse(a) for a in _several(aid)]
    planned = plan(Planned(settings, out, twins), contexts, aids)
    if len(planned) > 1 and fail_under is not None:
        raise UsageError("--fail-under holds for one run; name one context and one aid")
    costs = Costs(note, floors=stats)
    estimate = None if scene is None else Estimate(weights(load(scene_path(scene))))
    screen = Screen(as_json or len(planned) > 1, estimate)
    choice = ModelChoice(
        model, inference(n_ctx, threads, gpu_layers, strict), lambda opened: _follow(opened, screen, costs)
    )
    folders: list[Path] = []
    done = []
    with screen, interruptible(lambda: folders) as brake:
        watchers = Audiences((costs, screen, brake))
        if resume is not None:
            performed = iter([resume_run(resume, choice, watchers, folders.append, note)])
        elif scene is not None:
            performed = perform_file(scene_path(scene), choice, planned, watchers, runs_folder, folders.append)
        for finished in performed:
            folders.clear()
            done.append(finished)
            note(f"The run is kept in {finished.folder}")
            if twins and not finished.manifest.twin:
                note("No twin can be derived from this scene: no one flip of who notices what turns a right answer.")
    if stats:
        _show_costs(costs.beats)
    if len(done) > 1:
        _show_all(done, as_json)
        return
    scorecard = score(done[0].transcript)
    if not as_json:
        show("")
        show_minds(done[0], scorecard)
    show_run(done[0], scorecard, as_json)
    check_threshold(scorecard.separation.value, fail_under)


def _follow(model: Any, screen: Any, costs: Any) -> None:
    costs.follow(model)
    screen.follow(model)


def _show_costs(beats: Sequence[Any]) -> None:
    """What each beat cost, and the most memory that was held, on stderr."""
    from rich.console import Console

    from stage.inference.memory import peak
    from stage.report.costs import table

    Console(stderr=True, highlight=False, width=80).print(table(beats))
    note(f"Peak memory {peak() / 2**20:,.0f} MiB")


def _several(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.split(",")))


def _show_all(done: Sequence[Any], as_json: bool) -> None:
    """The comparison of runs of one scene over the probes that all of them were asked: what the stage says itself may
    go another way under each condition."""
    if not as_json:
        show_comparison(done, common=True, as_json=False)
        return
    from stage.scoring.scorecard import score

    runs = [{"folder": str(run.folder), **run_document(run, score(run.transcript))} for run in done]
    show_json({"runs": runs, "comparison": comparison_document(compared(done, common=True), done)})


def _check_source(call: typer.Context, scene: Path | None, resume: Path | None) -> None:
    """There is one thing to perform; a run that is gone on with has a scene and settings of its own."""
    if scene is None and resume is None:
        raise UsageError("which scene? 'stage run SCENE' performs one, 'stage run --resume RUN' goes on with a run")
    if resume is None:
        return
    own = (
        "scene",
        "seed",
        "context",
        "aid",
        "temperature",
        "max_tokens",
        "mirrors",
        "second_reader",
        "paraphrases",
        "permute_names",
        "layouts",
        "shift_story",
        "twins",
        "out",
        "runs_folder",
    )
    refuse_beside_resume(call, own, "the scene and settings of its run")


def _warn_of_contradictions(path: Path) -> None:
    from stage.authoring.expectations import EXPECT_DIFFERS, contradictions
    from stage.scenes.yaml_reader import complaints

    for complaint in complaints(path, contradictions):
        if complaint.rule == EXPECT_DIFFERS:
            note(f"Warning: {complaint}")
