"""The command line: parse, call, print. Data goes to stdout, everything else to stderr."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from stage.errors import Complaint, StageError, UsageError

app = typer.Typer(
    name="stage",
    help="Perform scenes with one local language model, and measure how well it keeps their minds apart.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

SceneFile = Annotated[Path, typer.Argument(metavar="SCENE", help="A scene file, or the name of a shipped scene.")]
ModelName = Annotated[
    str | None,
    typer.Option("-m", "--model", help="A path, hf:repo/file.gguf, or control:NAME; else the built-in model."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
At = Annotated[str, typer.Option("--at", metavar="BEAT", help="After this beat: a number, an id, 'start' or 'end'.")]
Context_ = Annotated[str, typer.Option("--context", help="isolated, shared or windowed:N.")]
Runs = Annotated[Path, typer.Option("--runs", help="Where run folders are kept.")]


class GraphFormat(StrEnum):
    TEXT = "text"
    DOT = "dot"
    JSON = "json"


@app.command()
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
    settings = Settings(seed, Context.parse(context), temperature, max_tokens, mirrors)
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


@app.command("score")
def score_run(
    folder: Annotated[Path, typer.Argument(metavar="RUN")],
    fail_under: Annotated[float | None, typer.Option()] = None,
    as_json: AsJson = False,
) -> None:
    """Score a run again from its record, without a model."""
    from stage.record import read_run
    from stage.scoring.scorecard import score

    done = read_run(folder)
    scorecard = score(done.transcript)
    show_run(done, scorecard, as_json)
    if done.torn:
        note("The last line of the record was cut off and is left out.")
    if not done.finished:
        note("This run was not finished; the figures hold for what was performed.")
        raise typer.Exit(5)
    check_threshold(scorecard.separation.value, fail_under)


@app.command()
def compare(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN RUN...", help="The first is what others are held to.")],
    common: Annotated[bool, typer.Option("--common", help="Compare the probes that all runs have.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set runs of the same probes side by side: paired differences, and whether they could be chance."""
    from stage.record import read_run
    from stage.report.comparison import as_text
    from stage.scoring.comparison import compare as set_side_by_side

    comparison = set_side_by_side([(str(f), read_run(f).transcript) for f in folders], common)
    if as_json:
        show_json(comparison.to_json())
    else:
        show(as_text(comparison))


@app.command()
def calibrate(
    scenes: Annotated[list[Path] | None, typer.Argument(metavar="[SCENE...]", help="Else all shipped scenes.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="For the controls that draw.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Perform scenes with all control stages: what was planted beside what is recovered; exit with 1 if it is not."""
    from stage.recovery import recover
    from stage.report.recovery import as_text
    from stage.resources import scenarios_folder
    from stage.scenario_yaml import load

    files = [scene_path(s) for s in scenes] if scenes else sorted(scenarios_folder().glob("*.yaml"))
    found = recover([load(f) for f in files], seeds)
    if as_json:
        show_json(found.to_json())
    else:
        show(as_text(found))
    if not found.holds:
        raise typer.Exit(1)


@app.command()
def lint(
    paths: Annotated[list[Path], typer.Argument(metavar="SCENE...", help="Scene files, or folders of them.")],
    as_json: AsJson = False,
) -> None:
    """Check scenes; every complaint comes with file, line and column."""
    from stage.expectations import contradictions
    from stage.scenario_yaml import complaints

    files = [f for p in paths for f in (sorted(p.rglob("*.yaml")) if p.is_dir() else [scene_path(p)])]
    if not files:
        raise UsageError(f"no scene files (*.yaml) in {', '.join(map(str, paths))}")
    found: list[Complaint] = [c for f in files for c in complaints(f, contradictions)]
    if as_json:
        rows = [
            {"file": c.file, "line": c.line, "column": c.column, "rule": c.rule, "message": c.message} for c in found
        ]
        show_json({"files": [str(f) for f in files], "complaints": rows})
    else:
        for complaint in found:
            show(str(complaint))
    note(f"{len(files)} scene{'s' * (len(files) != 1)}, {len(found)} complaint{'s' * (len(found) != 1)}")
    if found:
        raise typer.Exit(3)


@app.command()
def schema() -> None:
    """Print the JSON Schema of scene files, for editors."""
    from stage.scenario_schema import schema as scene_schema

    show_json(scene_schema())


@app.command()
def prompt(
    scene: SceneFile,
    role: Annotated[str, typer.Option("--as", metavar="ROLE", help="A character, narrator or author.")],
    at: At = "end",
    ask_: Annotated[str | None, typer.Option("--ask", help="The question in it: 'anne>sally: marble at'.")] = None,
    context: Context_ = "isolated",
    as_json: AsJson = False,
) -> None:
    """Print the exact prompt of a role at a moment, and what was withheld from it and why."""
    from stage.report.inspection import inspected_prompt

    shown = inspected_prompt(course_of(scene), role, at, ask_, context)
    if as_json:
        show_json(shown.to_json())
        return
    show(shown.text)
    show(f"\n--- withheld from {role} ---")
    for kept in shown.withheld:
        show(f"[{kept.beat}] {kept.text}\n    because {kept.why}")
    if not shown.withheld:
        show("nothing")


@app.command()
def graph(
    scene: SceneFile,
    viewpoint: Annotated[
        str, typer.Option("--as", metavar="A,B,C", help="A chain of names; 'reality' for what is so.")
    ] = "reality",
    at: At = "end",
    form: Annotated[GraphFormat, typer.Option("--format")] = GraphFormat.TEXT,
) -> None:
    """Print the belief graph of a viewpoint at a moment."""
    from stage.beliefs.graph import belief_graph
    from stage.report import graphs
    from stage.report.inspection import moment, viewpoint_of

    course = course_of(scene)
    beliefs = belief_graph(course.world(viewpoint_of(course, viewpoint), moment(course, at)))
    if form is GraphFormat.JSON:
        show_json(graphs.as_json(beliefs))
    else:
        show(graphs.as_dot(beliefs) if form is GraphFormat.DOT else graphs.as_text(beliefs))


@app.command()
def ask(
    scene: SceneFile,
    question: Annotated[str, typer.Argument(help="'anne>sally: marble at'; 'reality: marble at' for what is so.")],
    at: At = "end",
    as_json: AsJson = False,
) -> None:
    """Print what is believed at a viewpoint, and why."""
    from stage.report.inspection import explained, explanation_json

    explanation = explained(course_of(scene), question, at)
    if as_json:
        show_json(explanation_json(explanation))
        return
    show(f"{question}: {explanation.belief if explanation.belief is not None else 'no belief'}")
    for step in explanation.steps:
        show(f"  - {step}")


@app.command("audit")
def audit_key(
    form: Annotated[str, typer.Argument(metavar="FORMAT", help="tomi, hitom, opentom, inspect, tombench or bigtom.")],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The benchmark's own file or folder.")],
    compat: Annotated[
        str | None, typer.Option(metavar="NAME", help="Answer as the faulty generator does: 'generator', or one fault.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare a benchmark's labels with what follows from its texts; exit with 1 where a difference has no reason."""
    from stage.audit import audit

    found = audit(form, path, compat)
    for item in found.unparsed:
        note(f"not understood: {item.id}: {item.why}: {item.sentence}")
    if as_json:
        show_json(found.to_json())
    else:
        show(found.to_text())
    if not found.all_explained:
        raise typer.Exit(1)


@app.command()
def runs(folder: Runs = Path("runs"), as_json: AsJson = False) -> None:
    """List the runs there are."""
    from stage.record import list_runs, read_run

    rows = []
    for path in list_runs(folder):
        try:
            done = read_run(path)
        except StageError as error:
            rows.append({"folder": str(path), "state": "damaged", "error": str(error)})
            continue
        made = done.manifest
        state = "finished" if done.finished else "not finished"
        rows.append(
            {
                "folder": str(path),
                "state": state,
                "scenario": made.scenario,
                "model": made.model.name,
                "context": made.context,
                "seed": str(made.seed),
                "started": made.started,
            }
        )
    if as_json:
        show_json(rows)
        return
    for row in rows:
        show("  ".join(str(v) for v in row.values()))
    if not rows:
        note(f"No runs below {folder}.")


@app.command()
def models(as_json: AsJson = False) -> None:
    """List the models at hand, the controls included."""
    from stage.controls import CONTROLS
    from stage.inference.models import installed_models

    found = [{"name": m.spec, "source": m.source, "path": str(m.path), "bytes": m.size} for m in installed_models()]
    found += [{"name": f"control:{name}", "source": "control", "path": "", "bytes": 0} for name in CONTROLS]
    if as_json:
        show_json(found)
        return
    for model in found:
        show("  ".join(str(v) for v in model.values() if v))


# ------------------------------------------------------------------------------------------------------------ the rest
def scene_path(path: Path) -> Path:
    """The file itself, or the shipped scene of that name."""
    from stage.resources import scenarios_folder

    if path.exists() or path.name != str(path).removesuffix("/"):
        return path
    shipped = scenarios_folder() / f"{path.name.removesuffix('.yaml')}.yaml"
    return shipped if shipped.exists() else path


def course_of(scene: Path) -> Any:
    """The scene unfolded as far as it is scripted."""
    from stage.course import unfold
    from stage.scenario_yaml import load

    loaded = load(scene_path(scene))
    if loaded.is_improvised:
        note("The stage itself acts in this scene; what it would do is left out here.")
    return unfold(loaded)


def show_run(done: Any, scorecard: Any, as_json: bool) -> None:
    from stage.report.document import document
    from stage.report.screen import stdout
    from stage.report.text import WIDTH, card

    made = done.manifest
    if as_json:
        show_json(
            document(
                scenario=made.scenario,
                model=made.model,
                seed=made.seed,
                context=made.context,
                transcript=done.transcript,
                scorecard=scorecard,
            )
        )
    else:
        stdout(WIDTH).print(
            card(scorecard, model=made.model, scenario=made.scenario, context=made.context, seed=made.seed)
        )


def check_threshold(value: float | None, threshold: float | None) -> None:
    if threshold is None:
        return
    if value is None:
        note("Separation could not be measured: no probe of this scene tells minds apart.")
    if value is None or not value >= threshold:  # a threshold that is not a number is not reached
        raise typer.Exit(1)


def show(text: str) -> None:
    print(made_printable(text))


def show_json(value: Any) -> None:
    print(json.dumps(value, indent=2))


def note(text: str) -> None:
    print(made_printable(text), file=sys.stderr)


def made_printable(text: str) -> str:
    """The text line by line without what must not reach a terminal."""
    from stage.report.safe import printable

    return "\n".join(printable(line) for line in text.split("\n"))


@contextmanager
def interruptible(folders: Callable[[], Sequence[Path]]) -> Iterator[None]:
    """On Ctrl-C say where the run is kept, and exit with 130."""
    try:
        yield
    except KeyboardInterrupt:
        for folder in folders():
            note(f"Interrupted. What was performed so far is kept in {folder}; 'stage score {folder}' reads it.")
        raise typer.Exit(130) from None


def main() -> None:
    """Run the command line; what a user can mend is told in one message, with the exit code of its kind."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal need not know every letter
    try:
        try:
            app()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except StageError as error:
        note(str(error))
        sys.exit(error.exit_code)
    except BrokenPipeError:
        discard_output()
        sys.exit(1)
    except OSError as error:
        if error.filename is not None:  # no matter of the standard streams
            raise
        discard_output()
        note(f"the output cannot be written: {error.strerror}")
        sys.exit(1)


def discard_output() -> None:
    """Let what is still to be written to stdout go nowhere, so that the interpreter can end in peace."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
