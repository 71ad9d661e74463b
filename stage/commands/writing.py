"""Commands for whoever writes scenes; no model is loaded."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from stage.commands.options import AsJson, At, Context_, SceneFile, course_of
from stage.commands.output import note, show, show_json, show_wrapped


class Described(StrEnum):
    SCENE = "scene"
    FIXTURE = "fixture"


def schema(
    of: Annotated[
        Described, typer.Option("--of", help="Scene files, or the lines of fixture files.")
    ] = Described.SCENE,
) -> None:
    """Print the JSON Schema of scene files, for editors, or of fixtures."""
    from stage.scenes import fixture, schema

    show_json(schema.schema() if of is Described.SCENE else fixture.schema())


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
        show_wrapped(f"[{kept.beat}] {kept.text}\n    because {kept.why}")
    if not shown.withheld:
        show("nothing")


def minds(
    source: Annotated[Path, typer.Argument(metavar="SCENE|RUN", help="A scene, a shipped scene's name, or a run.")],
    about: Annotated[
        list[str], typer.Option("--about", metavar="FACT", help="'marble at'; else all that is in question.")
    ] = [],  # noqa: B006
    viewpoints: Annotated[
        list[str], typer.Option("--as", metavar="A,B,C", help="Further chains of names, to any depth.")
    ] = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Print what each mind believes after each beat, of a run beside what the stage answered."""
    from stage.records.manifest import MANIFEST
    from stage.report.inspection import fluent_of, viewpoint_of
    from stage.report.mind_table import minds_text
    from stage.report.minds import contested, mind_tables
    from stage.report.screen import stdout
    from stage.report.text import WIDTH

    course, judged = _run_read(source) if (source / MANIFEST).exists() else (course_of(source), [])
    fluents = [fluent_of(course, text) for text in about] or contested(course, judged)
    tables = mind_tables(course, fluents, judged, [viewpoint_of(course, names) for names in viewpoints])
    if as_json:
        show_json({"facts": [table.to_json() for table in tables]})
        return
    console = stdout(WIDTH)
    console.print(minds_text(tables, console.width))


def _run_read(folder: Path) -> tuple[Any, list[Any]]:
    """The play of a run, and its answers with their verdicts; of a damaged one what is sound."""
    from stage.commands.reporting import read
    from stage.records.replay import replayed

    run, scorecard = read(folder)
    course, told = replayed(run)
    if told:
        note(told)
    return course, list(zip(run.transcript.answers, scorecard.verdicts, strict=True))


class GraphFormat(StrEnum):
    TEXT = "text"
    DOT = "dot"
    JSON = "json"


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


def ask(
    scene: SceneFile,
    question: Annotated[str, typer.Argument(help="'anne>sally: marble at'; 'reality: marble at' for what is so.")],
    at: At = "end",
    who: Annotated[
        bool, typer.Option("--who", help="Also tell who could answer the question, as that viewpoint has it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print what is believed at a viewpoint, and why."""
    from stage.report.inspection import answerable, explained, explanation_json

    course = course_of(scene)
    explanation = explained(course, question, at)
    could_answer = answerable(course, explanation, at) if who else {}
    if as_json:
        show_json(explanation_json(explanation) | ({"standings": could_answer} if who else {}))
        return
    show_wrapped(f"{question}: {explanation.belief if explanation.belief is not None else 'no belief'}")
    for step in explanation.steps:
        show_wrapped(f"  - {step}")
    for name, standing in could_answer.items():
        show_wrapped(f"{name}: {standing.in_words}")
