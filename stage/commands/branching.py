"""Commands that go on from a point of a run: with other dice, or from an edited scene."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePath
from typing import Annotated, Any

import typer

from stage.commands.options import AsJson, ModelName, refuse_beside_resume
from stage.commands.output import interruptible, near, note, show, show_json, show_minds, show_run
from stage.errors import UsageError

Folder = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")]
From = Annotated[str, typer.Option("--at", metavar="BEAT", help="Go on after this beat: a number, an id or 'start'.")]
Out = Annotated[Path | None, typer.Option(help="The folder to keep it in; else a new one beside the run.")]
Sets = Annotated[list[str], typer.Option("--set", metavar="NAME=TEXT", help="Replace a text: 'anne.goal=Keep it.'")]
SceneFile = Annotated[Path | None, typer.Option("--scene", help="An edited scene to go on with.")]


def branch(
    folder: Folder,
    at: From,
    sets: Sets = [],  # noqa: B006
    scene: SceneFile = None,
    seed: Annotated[int | None, typer.Option(help="Other dice; else those of the run.")] = None,
    model: ModelName = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Go on from a beat of a run as another run: from edited texts, an edited scene, or with other dice."""
    from stage.performing.audiences import Audiences
    from stage.records.branching import Branch, perform_branches
    from stage.records.folders import new_folder
    from stage.report.screen import Screen
    from stage.scoring.scorecard import score

    point = _fork(folder, at, sets, scene)
    made = out or new_folder(folder.resolve().parent, _named_for(point, "branch"))
    branches = [Branch(point.run.manifest.seed if seed is None else seed, made)]
    screen = Screen(lines_to_stderr=as_json)
    folders: list[Path] = []
    with screen, interruptible(lambda: folders) as brake:
        watchers = Audiences((screen, brake))
        (done,) = perform_branches(point, model, branches, watchers, folders.append, note)
    scorecard = score(done.transcript)
    if not as_json:
        show("")
        show_minds(done, scorecard)
    show_run(done, scorecard, as_json)
    note(f"The branch is kept in {near(done.folder)}")


def reroll(
    call: typer.Context,
    folder: Annotated[Path | None, typer.Argument(metavar="RUN", help="The folder of a run.")] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="BEAT", help="Go on after this beat: a number, an id or 'start'.")
    ] = None,
    n: Annotated[int, typer.Option("-n", min=1, max=1000, help="How many plays.")] = 32,
    seed: Annotated[int | None, typer.Option(help="The dice of the first play; else the run's seed + 1.")] = None,
    turns: Annotated[
        list[str], typer.Option("--turn", metavar="BELIEF", help="Watch for 'anne>sally: marble at box'.")
    ] = [],  # noqa: B006
    model: ModelName = None,
    out: Out = None,
    resume: Annotated[
        Path | None, typer.Option(metavar="REROLLS", help="Go on with rerolls that were broken off, all of them.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Perform what follows a beat of a run n times with other dice, and show the distribution of what comes of it."""
    from stage.records.folders import new_folder, own_folder
    from stage.records.rerolls import begun, rerolls_of, taken_up

    if resume is not None:
        refuse_beside_resume(
            call, ("folder", "at", "n", "seed", "turns", "out"), "the run, the beat and the dice of its rerolls"
        )
        with taken_up(resume) as (rerolls, point):
            _perform_rerolls(resume, rerolls, point, model, as_json)
        return
    if folder is None or at is None:
        raise UsageError(
            "which run, and from where? 'stage reroll RUN --at BEAT' rerolls, 'stage reroll --resume REROLLS' goes on"
        )
    point = _fork(folder, at, [], None)
    for text in turns:
        _turn(point.scene, text)
    parent = own_folder(out) if out else new_folder(folder.resolve().parent, _named_for(point, "rerolls"))
    rerolls = replace(
        rerolls_of(point, parent, n, point.run.manifest.seed + 1 if seed is None else seed),
        turns=tuple(turns),
        model=model or "",
    )
    with begun(parent, rerolls):
        _perform_rerolls(parent, rerolls, point, model, as_json)


def _perform_rerolls(parent: Path, rerolls: Any, point: Any, model: str | None, as_json: bool) -> None:
    """Perform what is left of rerolls, and show what came of all."""
    from stage.records.branching import perform_branches, turn_beats
    from stage.report.rerolls import rerolls_table
    from stage.report.screen import stdout
    from stage.scoring.rerolls import spread

    watched = [*point.scene.turns, *(_turn(point.scene, text) for text in rerolls.turns)]
    folders: list[Path] = []
    with interruptible(lambda: [parent] if folders else [], _reroll_again) as brake:
        done = perform_branches(
            point, model or rerolls.model or None, rerolls.branches(parent), brake, folders.append, note
        )
    beats = [turn_beats(run, watched, point.beat) for run in done]
    found = spread(
        [run.transcript for run in done], point.beat, {str(t): [b[i] for b in beats] for i, t in enumerate(watched)}
    )
    if as_json:
        runs = [{"folder": str(run.folder), "seed": run.manifest.seed} for run in done]
        show_json({"run": str(point.run.folder), **found.to_json(), "runs": runs})
    else:
        stdout().print(rerolls_table(found))
    note(f"The plays are kept in {near(parent)}")


def _named_for(point: Any, what: str) -> str:
    """What comes of a run is named as the run is: by the file of the scene."""
    return f"{PurePath(point.run.manifest.scenario).stem} {what}"


def _reroll_again(folder: Path) -> str:
    return f"  stage reroll --resume {folder}\ngoes on with all of them."


def _fork(folder: Path, at: str, sets: list[str], scene: Path | None) -> Any:
    from stage.course import Course
    from stage.records.branching import edited, fork
    from stage.records.record import DamagedRunError, read_run
    from stage.records.session import scene_text
    from stage.report.inspection import beat_number
    from stage.scenes.yaml_reader import loads, read

    try:
        run = read_run(folder)
    except DamagedRunError as error:  # what lies before the damage can be gone on from
        note(str(error))
        run = error.sound
    text = scene_text(run) if scene is None else read(scene)
    text = edited(text, sets)
    beat = beat_number(Course(loads(text, str(scene or folder / "scene.yaml"))), at)
    return fork(run, beat, text)


def _turn(scene: Any, text: str) -> Any:
    from stage.resolve.probes import turn_of

    found = turn_of(scene, text)
    if isinstance(found, str):
        raise UsageError(found)
    return found
