"""Commands that perform a scene."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stage.commands.options import AsJson, Context_, ModelName, Runs, SceneFile, scene_path
from stage.commands.output import check_threshold, interruptible, note, show, show_run


def run(
    scene: SceneFile,
    model: ModelName = None,
    seed: Annotated[int, typer.Option(help="Every choice of the play follows from it.")] = 0,
    context: Context_ = "isolated",
    temperature: Annotated[
        float, typer.Option(min=0.0, max=10.0, help="For choices and lines; probes are not sampled.")
    ] = 0.7,
    max_tokens: Annotated[int, typer.Option(min=1, max=2000, help="The longest spoken line.")] = 40,
    mirrors: Annotated[bool, typer.Option(help="Ask with the contested values exchanged as well.")] = True,
    second_reader: Annotated[
        bool, typer.Option(help="Ask the stage itself of every line that it performs what the line gives away.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="The run folder; else a new one below --runs.")] = None,
    runs_folder: Runs = Path("runs"),
    fail_under: Annotated[float | None, typer.Option(help="Exit with 1 if separation is below this.")] = None,
    as_json: AsJson = False,
) -> None:
    """Perform a scene, ask the minds, and print the scorecard."""
    from stage.expectations import EXPECT_DIFFERS, contradictions
    from stage.play import Settings
    from stage.report.screen import Screen
    from stage.roles.views import Context
    from stage.scenario_yaml import complaints
    from stage.scoring.scorecard import score
    from stage.session import perform_file

    for complaint in complaints(scene_path(scene), contradictions):
        if complaint.rule == EXPECT_DIFFERS:
            note(f"Warning: {complaint}")
    settings = Settings(seed, Context.parse(context), temperature, max_tokens, mirrors, second_reader)
    screen = Screen(lines_to_stderr=as_json)
    folders: list[Path] = []
    with screen, interruptible(lambda: folders):
        done = perform_file(scene_path(scene), model, settings, screen, out, runs_folder, folders.append)
    scorecard = score(done.transcript)
    if not as_json:
        show("")
    show_run(done, scorecard, as_json)
    note(f"The run is kept in {done.folder}")
    check_threshold(scorecard.separation.value, fail_under)
