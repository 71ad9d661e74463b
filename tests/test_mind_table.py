"""The minds as a table on the terminal: what is believed and answered, nothing wider than asked, signs without colours."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType
from test_cli import ESCAPES, HOSTILE_SCENE, stage
from test_page import performed

from stage.course import Course, unfold
from stage.records.record import Run
from stage.records.replay import replayed
from stage.report.mind_table import Compact, minds_text
from stage.report.minds import Judged, MindTable, contested, mind_tables
from stage.resources import scenarios_folder
from stage.scenes.yaml_reader import load, loads
from stage.scoring.scorecard import score
from stage.scoring.verdicts import Outcome

WIDTH = 80


def shown(what: RenderableType, width: int = WIDTH, colours: bool = False) -> str:
    out = StringIO()
    Console(file=out, width=width, color_system="standard" if colours else None, force_terminal=colours).print(what)
    return out.getvalue()


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def course_of(scene: str) -> Course:
    return unfold(load(scenarios_folder() / f"{scene}.yaml"))


def tables_of(course: Course) -> list[MindTable]:
    return mind_tables(course, contested(course))


def judged(run: Run) -> Judged:
    return list(zip(run.transcript.answers, score(run.transcript).verdicts, strict=True))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return performed(tmp_path_factory.mktemp("runs") / "run", model="control:reality")


def test_minds_that_agree_share_a_row_and_the_false_are_marked_without_colours() -> None:
    course = loads(
        """
title: Two rooms
premise: Sally and Anne.
cast: {sally: {at: kitchen}, anne: {at: kitchen}}
places: [kitchen, garden]
things: {basket: {at: kitchen, container: true}, box: {at: kitchen, container: true}, marble: {at: kitchen}}
facts: {marble at: [basket, box]}
beats:
  - {put: marble, in: basket, by: sally}
  - {leave: sally, to: garden}
  - {put: marble, in: box, by: anne}
probes:
  - {ask: 'anne>sally: marble at', after: end}
""",
        "two_rooms.yaml",
    )
    text = shown(minds_text(tables_of(unfold(course)), WIDTH))
    assert [" ".join(row) for row in rows(text)][1:] == [
        "marble at start 1 3",
        "─" * len(text.splitlines()[2]),
        "reality, anne, narrator, author kitchen basket box",
        "sally, anne>sally kitchen basket ✗ basket",
        "✗ not so",
    ]


def test_what_the_stage_answered_stands_behind_what_is_believed(run: Run) -> None:
    course, _ = replayed(run)
    about = judged(run)
    (table,) = mind_tables(course, contested(course, about), about)
    cells = {row.viewpoint: dict(zip(table.beats, row.cells, strict=True)) for row in table.rows}
    assert cells[("sally",)][4].is_false
    assert (cells[("sally",)][4].outcome, cells[("sally",)][4].answer) == (Outcome.OTHER, "box")
    assert cells[()][4].outcome is Outcome.RIGHT
    assert cells[()][3].outcome is None
    assert {answer.viewpoint for answer, _ in about} <= set(cells)
    for answer, verdict in about:
        assert cells[answer.viewpoint][answer.beat].outcome is verdict.outcome
    text = shown(minds_text([table], WIDTH))
    assert "✗ basket →box" in text
    assert "box =" in text


def test_of_two_answers_to_one_question_the_wrong_one_is_shown(run: Run) -> None:
    course, _ = replayed(run)
    answer, verdict = next((a, v) for a, v in judged(run) if v.outcome is Outcome.RIGHT)
    wrong = replace(verdict, outcome=Outcome.NONE), replace(answer, answer=None)
    for about in ([(answer, verdict), (wrong[1], wrong[0])], [(wrong[1], wrong[0]), (answer, verdict)]):
        (table,) = mind_tables(course, contested(course, about), about)
        (cell,) = [c for row in table.rows if row.viewpoint == answer.viewpoint for c in row.cells if c.outcome]
        assert (cell.outcome, cell.answer) == (Outcome.NONE, None)
        assert "→–" in shown(minds_text([table], WIDTH))


def test_answers_that_show_nothing_are_not_called_wrong(run: Run) -> None:
    course, _ = replayed(run)
    about = [(a, replace(v, outcome=Outcome.UNDECIDED)) for a, v in judged(run)]
    text = shown(minds_text(mind_tables(course, contested(course, about), about), WIDTH))
    assert "→" not in text
    assert "~ undecided or unreadable" in text


@pytest.mark.parametrize("scene", sorted(p.stem for p in scenarios_folder().glob("*.yaml")))
def test_every_scene_fits_and_says_what_the_belief_engine_says(scene: str) -> None:
    course = course_of(scene)
    tables = tables_of(course)
    for width in (80, 100, 200):
        assert all(cell_len(line) <= width for line in shown(minds_text(tables, width), width).splitlines())
    for table in tables:
        reality = table.rows[0].cells
        for row in table.rows:
            for beat, cell, so in zip(table.beats, row.cells, reality, strict=True):
                assert cell.belief == course.world(row.viewpoint, course.moments[beat]).belief(table.fluent)
                assert not (cell.is_false and cell.belief == so.belief)
        assert not any(cell.is_false for cell in reality)


def wide(beats: int = 40, long: str = "") -> Course:
    """A thing that goes to and fro between places with long names, among many people."""
    names = [f"p{n}{long}" for n in range(12)]
    where = [f"cupboard{long}", f"drawer{long}"]
    cast = ", ".join(f"{n}: {{at: hall}}" for n in names)
    things = ", ".join(f"{w}: {{at: hall, container: true}}" for w in where)
    moves = "\n".join(f"  - {{put: key, in: {where[b % 2]}, by: {names[0]}}}" for b in range(beats))
    ask = "\n".join(f"  - {{ask: '{names[0]}>{n}: key at', after: end}}" for n in names[1:])
    text = f"title: T\npremise: P.\ncast: {{{cast}}}\nplaces: [hall]\nthings: {{{things}, key: {{at: hall}}}}\n"
    return unfold(
        loads(f"{text}facts: {{key at: [{', '.join(where)}]}}\nbeats:\n{moves}\nprobes:\n{ask}\n", "wide.yaml")
    )


@pytest.mark.parametrize("long", ["", "_which_has_a_name_that_goes_on_and_on_and_on", "名前名前名前名前名前名前"])
def test_long_plays_and_names_are_folded_and_shortened(long: str) -> None:
    course = wide(long=long)
    every = shown(minds_text(tables_of(course), WIDTH))
    assert max(cell_len(line) for line in every.splitlines()) <= WIDTH
    assert ("…" in every) == bool(long)
    heads = [head for row in rows(every) if row[:1] == ["key"] for head in row[2:]]
    assert heads == ["start", *map(str, range(1, 41))]
    compact = shown(minds_text(tables_of(course), WIDTH, Compact(2, "'stage minds X' shows everything.")))
    assert max(cell_len(line) for line in compact.splitlines()) <= WIDTH
    (row,) = [row for row in rows(compact) if row[:1] == ["key"]]
    assert row[-1] == "40"
    said = " ".join(compact.split("Not shown: ")[1].split())
    assert said == f"2 more facts; key at before beat {row[2]}. 'stage minds X' shows everything."


def test_rows_that_are_left_out_are_counted() -> None:
    text = shown(minds_text(tables_of(course_of("mirrors")), WIDTH, Compact(rows=1)))
    assert "viewpoints on" in text
    assert "Not shown" not in shown(minds_text(tables_of(course_of("mirrors")), WIDTH))


def test_facts_stand_apart() -> None:
    course = wide(beats=2)
    facts = [f for f in course.scene.setting.ranges if len(course.scene.setting.range_of(f)) > 1][:3]
    lines = shown(minds_text(mind_tables(course, facts), WIDTH)).splitlines()
    assert [lines[n + 1].startswith(str(facts[1])) for n, line in enumerate(lines) if not line.strip()][:1] == [True]
    assert sum(not line.strip() for line in lines) == len(facts) - 1


def test_colours_say_nothing_that_signs_do_not(run: Run) -> None:
    course, _ = replayed(run)
    about = judged(run)
    text = minds_text(mind_tables(course, contested(course, about), about), WIDTH)
    assert "\x1b[" in shown(text, colours=True)
    assert "\x1b" not in shown(text)


def test_nothing_in_question_is_said() -> None:
    assert "nothing is in question" in shown(minds_text([], WIDTH))


# ------------------------------------------------------------------------------------------------------ the command line
def test_a_run_shows_its_minds_beside_its_card_and_so_does_its_score(tmp_path: Path) -> None:
    done = stage("run", "sally_anne", "-m", "control:reality", "--out", tmp_path / "run")
    again = stage("score", tmp_path / "run")
    for told in (done, again):
        assert told.code == 0, told.err
        assert (
            told.out.index("What each mind believes") < told.out.index("✗ basket →box") < told.out.index("Separation")
        )
    assert "minds" not in stage("score", tmp_path / "run", "--json").document
    (fact,) = stage("minds", tmp_path / "run", "--json").document["facts"]
    (sally,) = [row for row in fact["minds"] if row["viewpoint"] == ["sally"]]
    assert sally["cells"][3] == {"beat": 4, "status": "known", "values": ["basket"], "false": True, "outcome": "other", "answer": "box"}  # fmt: skip


def test_a_run_whose_scene_is_gone_is_scored_without_its_minds(tmp_path: Path) -> None:
    assert stage("run", "sally_anne", "-m", "control:oracle", "--out", tmp_path / "run").code == 0
    (tmp_path / "run" / "scene.yaml").unlink()
    told = stage("score", tmp_path / "run")
    assert told.code == 0
    assert "What the minds believe is not shown" in told.err
    assert told.out.startswith("Separation")


def test_the_minds_of_a_scene_of_a_fact_and_of_further_viewpoints(tmp_path: Path) -> None:
    told = stage("minds", "sally_anne", "--about", "marble at", "--as", "anne,sally,anne")
    assert told.code == 0
    assert "anne>sally>anne" in told.out
    bad = stage("minds", "sally_anne", "--about", "marbel at")
    assert bad.code == 2
    assert "marble at" in bad.err
    assert stage("minds", "sally_anne", "--as", "saly").code == 2
    assert stage("minds", tmp_path / "nothing").code == 3


def test_hostile_names_are_only_text(tmp_path: Path) -> None:
    scene = tmp_path / "hostile.yaml"
    scene.write_text(HOSTILE_SCENE.replace("basket]", "'[bold]\\e[31m\\u202ebox', basket]"), encoding="utf-8")
    told = stage("minds", scene)
    assert told.code in (0, 3)
    assert not ESCAPES.search(told.out + told.err)
    assert max(map(cell_len, told.out.splitlines()), default=0) <= WIDTH
