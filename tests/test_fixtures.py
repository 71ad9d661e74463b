"""Questions go out and come back as they were: from scenes, runs and benchmarks, with all that follows derived anew."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from published import published

from stage.audits.audit import audit
from stage.audits.played import play
from stage.authoring.expectations import contradictions
from stage.commands.options import scene_path
from stage.course import Course, chains, unfold
from stage.errors import UsageError
from stage.fixtures.enacted import enacted
from stage.fixtures.exporting import Export, exported, one_of
from stage.fixtures.rewritten import NotExpressibleError, rewritten
from stage.fixtures.runs import of_run
from stage.fixtures.told import as_offered, sha256_of
from stage.generator import FEATURES, GeneratorSettings, generate
from stage.importers import IMPORTERS, own, tomi
from stage.importers.story import Question, Step, Story
from stage.performing.settings import Settings
from stage.records.record import read_run
from stage.records.replay import replayed
from stage.records.session import Planned, perform_file
from stage.report.screen import Screen
from stage.resources import scenarios_folder
from stage.scenes.fixture import Fixture, Published, Result, schema
from stage.scenes.scene import Act, Improvise, Scripted, Speak, Think
from stage.scenes.writer import as_yaml
from stage.scenes.yaml_reader import as_written, load, loads, read
from stage.world.events import Action, Attention, Begin, Enter, Grade
from stage.world.facts import AWAY, Fact
from stage.world.rules import Manner
from stage.world.setting import Conventions, Reveals, Setting, Thing, place_fluent

SCENES = sorted(scenarios_folder().glob("*.yaml"))
SETTLED = [p for p in SCENES if not any(isinstance(b.doing, Act | Improvise | Speak) for b in load(p).beats)]
each_scene = pytest.mark.parametrize("path", SCENES, ids=[p.stem for p in SCENES])

TOMI = """\
1 Bob likes the pantry
2 Ann entered the pantry.
3 Cid entered the pantry.
4 The pear is in the red_box.
5 Cid exited the pantry.
6 Ann moved the pear to the pantry.
"""
ASKED = (
    ("Where was the pear at the beginning?", "red_box"),
    ("Where will Cid look for the pear?", "pantry"),
    ("Where does Ann think that Cid searches for the pear?", "red_box"),
)


def written(path: Path, export: Export) -> Path:
    path.write_text(export.jsonl(), encoding="utf-8")
    return path


def lines(export: Export) -> list[Fixture]:
    return [f for story in export.stories for f in story.fixtures]


@pytest.fixture
def pears(tmp_path: Path) -> Path:
    """A file in ToMi's format, one label of which is wrong."""
    text = "".join(f"{TOMI}7 {question}\t{label}\t1\n" for question, label in ASKED)
    (tmp_path / "pears.txt").write_text(text)
    return tmp_path / "pears.txt"


# ------------------------------------------------------------------------------------------------------------- scenes
@each_scene
def test_the_questions_of_a_scene_come_back_as_they_went_out(path: Path, tmp_path: Path) -> None:
    export = exported(path, None, None)
    if not lines(export):
        assert export.stories[0].unsettled
        return
    file = written(tmp_path / "questions.jsonl", export)
    again = exported("stage", file, None)
    assert again.unparsed == ()
    assert again.jsonl() == export.jsonl()


@each_scene
def test_what_comes_back_is_answered_as_it_says(path: Path, tmp_path: Path) -> None:
    export = exported(path, None, None)
    if not lines(export):
        return
    found = audit("stage", written(tmp_path / "questions.jsonl", export))
    assert sum(t.n for t in found.agreement.values()) == len(lines(export)) == found.items
    assert found.disagreements == ()


@each_scene
def test_a_line_says_what_the_course_of_the_scene_says(path: Path) -> None:
    scene = load(path)
    course = unfold(scene)
    for line in lines(exported(path, None, None)):
        probe = next(p for p in course.probes(line.beat) if f"{path.stem}::{p.id}" == line.id)
        value, is_so = (course.world(v, course.moments[line.beat]).value(probe.fluent) for v in (probe.viewpoint, ()))
        assert line.answer == ("unknown" if value is None else value)
        assert line.answer in line.options
        assert line.order == len(probe.viewpoint)
        assert len(line.options) == len({*line.options}) == len(line.choices)
        assert line.belief == (
            None if not probe.viewpoint else "unknown" if value is None else "true" if value == is_so else "false"
        )
        assert line.scene_sha256 == sha256_of(as_written(read(path)))
        assert line.derivation


def test_questions_that_the_stage_itself_settles_are_left_out_and_counted() -> None:
    export = exported(scenarios_folder() / "improvised.yaml", None, None)
    course = unfold(load(scenarios_folder() / "improvised.yaml"))
    asked = sum(len(course.probes(b)) for b in range(len(course.moments)))
    assert 0 < export.stories[0].unsettled == asked - len(lines(export))
    assert "perform the scene and export the run" in export.left_out(False)[0]


def test_nobody_s_view_holds_what_he_did_not_notice() -> None:
    (line,) = [
        f
        for f in lines(exported(scenarios_folder() / "sally_anne.yaml", None, None))
        if f.viewpoint == ["sally"] and f.beat == 4
    ]
    assert line.view is not None
    assert not any("in the box" in told for told in line.view)
    assert any("in the box" in told for told in line.story)
    assert line.question == "What does Sally believe: where is the marble?"


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), feature=st.sampled_from(tuple(FEATURES)))
def test_a_generated_scene_survives_the_journey_at_every_viewpoint(seed: int, feature: str, tmp_path: Path) -> None:
    made = generate(GeneratorSettings(seed=seed, scenes=1, order=1, events=9, features=(feature, "moves", "lies")))
    scenario = made.scenes[0].scenario
    file = tmp_path / "scene.yaml"
    file.write_text(as_yaml(scenario))
    export = exported(file, None, None)
    (story,) = own.read(written(tmp_path / "scene.jsonl", export)).stories
    course, played = unfold(loads(as_yaml(scenario))), play(story)
    assert played.impossible == ()
    for beat, (before, after) in enumerate(zip(course.moments, played.ends, strict=True)):
        assert before == after, beat
        for viewpoint in [v for order in range(4) for v in chains(course.scene.setting.people, order)]:
            here, there = course.world(viewpoint, before), played.minds.world(viewpoint, after)
            assert here.beliefs().keys() == there.beliefs().keys()
            assert {f: h.belief for f, h in here.beliefs().items()} == {f: h.belief for f, h in there.beliefs().items()}


# --------------------------------------------------------------------------------------------------------------- runs
def perform_to(folder: Path, scene: Path, control: str, seed: int = 3) -> Path:
    planned = [Planned(Settings(seed=seed), folder)]
    (run,) = perform_file(scene, control, planned, Screen(lines_to_stderr=True), folder.parent, lambda made: None)
    return run.folder


def performed(name: str, folder: Path, control: str = "control:guess") -> Path:
    return perform_to(folder, scenarios_folder() / f"{name}.yaml", control)


def test_a_run_goes_out_with_what_was_answered(tmp_path: Path) -> None:
    folder = performed("sally_anne", tmp_path / "run", "control:reality")
    export = exported(folder, None, None)
    scene = {f.id: f for f in lines(exported(scenarios_folder() / "sally_anne.yaml", None, None))}
    assert len(lines(export)) == 24
    for line in lines(export):
        assert line.result is not None
        assert line.result.model == "control:reality"
        assert line.result.probabilities[line.options.index(line.result.answer or "")] == max(line.result.probabilities)
        assert (line.result.outcome == "right") == (line.result.answer == line.answer)
        bare = line.model_copy(update={"result": None})
        assert bare.model_copy(update={"scene": None, "scene_sha256": None}) == scene[line.id].model_copy(
            update={"scene": None, "scene_sha256": None}
        )
    assert any(f.result is not None and f.result.outcome == "other" for f in lines(export))
    again = exported("stage", written(tmp_path / "run.jsonl", export), None)
    assert again.jsonl() == export.jsonl()


def test_what_was_asserted_in_a_run_is_said_in_its_scene(tmp_path: Path) -> None:
    scene = scenarios_folder() / "whisper.yaml"
    text = read(scene).replace("after: whispered}", "after: end}")
    file = tmp_path / "spoken.yaml"
    file.write_text(text)
    export = exported(perform_to(tmp_path / "run", file, "control:oracle", 1), None, None)
    spoken = [f for f in lines(export) if f.beat == 3]
    assert spoken
    assert all(f.scene is not None for f in spoken)
    assert all(f.result is not None and f.result.answer == f.answer for f in spoken)
    (story,) = export.stories
    assert story.yaml is not None
    assert as_written(story.yaml).beats[2].verb in ("say", "speak")


OPEN = """\
title: Open house
cast: {hugo: {at: cabin}, ines: {at: cabin}, ben: {at: corridor, hidden: true}}
places: [cabin, corridor]
things:
  suitcase: {at: cabin, container: true, lid: closed}
  coat: {at: cabin, container: true}
  ticket: {at: suitcase}
facts:
  ticket at: [suitcase, coat]
beats:
  - {leave: hugo, to: corridor, id: gone}
  - {improvise: 3, id: freely}
  - {speak: ines, id: said}
  - {open: suitcase, by: ines, hidden_from: [ben], text: Ines snaps the suitcase open.}
  - {take: ticket, by: ines, secretly: true, text: Ines pockets it.}
  - {act: hugo, id: first}
  - {think: ines}
  - {act: ben}
  - {enter: [hugo, ines], to: corridor, seen_by: [ben]}
  - {say: ticket at coat, by: hugo, to: ben}
  - {act: hugo, id: last}
probes:
  - {ask: 'hugo>ines: ticket at', expect: coat, after: [gone, freely, first, last]}
  - {ask: 'hugo: ticket at', question: Where will Hugo look?, expect: coat, after: freely}
  - {about: [ticket at], minds: [hugo, ben], after: [start, said, end]}
  - {about: contested, orders: 1, after: every}
"""
"""A scene in which what is scripted may have become impossible by what the stage did."""


@pytest.fixture(scope="module")
def plays(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Runs of that scene, each another play."""
    folder = tmp_path_factory.mktemp("plays")
    (folder / "open.yaml").write_text(OPEN)
    return [perform_to(folder / f"run{seed}", folder / "open.yaml", "control:guess", seed) for seed in range(PLAYS)]


PLAYS = 4


@pytest.mark.parametrize("number", range(PLAYS))
def test_a_run_in_which_the_stage_acted_is_told_by_the_scene_that_was_played(
    number: int, plays: list[Path], tmp_path: Path
) -> None:
    folder = plays[number]
    course, complaint = replayed(read_run(folder))
    assert not complaint
    export = exported(folder, None, None)
    (story,) = export.stories
    assert story.yaml is not None
    scene = loads(story.yaml, "played", contradictions)
    assert all(isinstance(b.doing, Scripted | Think) for b in scene.beats)
    assert happened(unfold(scene)) == happened(course)
    assert [f.id for f in lines(export)] == [f"open::{a.id}" for a in read_run(folder).transcript.answers]
    for line, answer in zip(lines(export), read_run(folder).transcript.answers, strict=True):
        assert line.answer == (answer.expected or "unknown")
        assert line.scene is not None
        assert line.derivation
        assert line.result is not None
        assert line.result.answer == (answer.answer or "unknown")
    file = written(tmp_path / "run.jsonl", export)
    assert exported("stage", file, None).jsonl() == export.jsonl()
    found = audit("stage", file)
    assert sum(t.n for t in found.agreement.values()) == len(lines(export)) == found.items
    assert found.disagreements == ()


def happened(course: Course) -> list[tuple[object, ...]]:
    return [
        (e.action, e.place, e.participants, e.effects, e.attention, e.onlookers, e.failed, e.text)
        for e in course.minds.events
    ]


def test_the_plays_hold_what_was_tried_in_vain_and_what_was_done_in_secret(plays: list[Path]) -> None:
    """What the test before this one is worth."""
    texts = "".join(exported(folder, None, None).stories[0].yaml or "" for folder in plays)
    for key in ("in_vain: true", "secretly: true", "id: said, text: ", "Ines snaps the suitcase open.", "id: freely"):
        assert key in texts, key


def test_a_twin_is_told_by_its_own_scene(tmp_path: Path) -> None:
    planned = [Planned(Settings(seed=1), tmp_path / "run", twins=True)]
    path = scenarios_folder() / "in_vain.yaml"
    (run,) = perform_file(path, "control:oracle", planned, Screen(lines_to_stderr=True), tmp_path, lambda made: None)
    assert run.twin is not None
    found = lines(exported(run.twin.folder, None, None))
    assert all(f.scene is not None and f.result is not None and f.result.answer == f.answer for f in found)
    assert {f.answer for f in found} != {f.answer for f in lines(exported(run.folder, None, None))}


def test_a_record_that_kept_too_little_is_handed_on_as_it_was_recorded(plays: list[Path]) -> None:
    run = replace(read_run(plays[0]), made=())
    found = of_run("open", as_written(OPEN), run)
    assert "cannot be played again" in found.why
    assert found.scenario is None
    assert [f.answer for f in found.fixtures] == [a.expected or "unknown" for a in run.transcript.answers]
    assert all(f.scene is None and f.result is not None for f in found.fixtures)


def test_words_that_no_scene_file_may_hold_are_left_out_of_the_scene(plays: list[Path]) -> None:
    course, _ = replayed(read_run(plays[0]))
    course.done = [(n, replace(d, manner=replace(d.manner, text="\x1b[31mred\u200b" * 900))) for n, d in course.done]
    text = as_yaml(enacted(as_written(OPEN), course).scenario)
    assert any("[31mred" in (beat.text or "") for beat in loads(text, "played").beats)


# --------------------------------------------------------------------------------------------------------- benchmarks
def test_a_benchmark_goes_out_with_label_answer_and_reason(pears: Path, tmp_path: Path) -> None:
    export = exported("tomi", pears, None)
    first, wrong, nested = lines(export)
    assert (first.answer, first.beat, first.order) == ("red_box", 0, 0)
    assert (wrong.answer, wrong.belief, wrong.options) == ("red_box", "false", ["red_box", "pantry"])
    assert wrong.published is not None
    assert (wrong.published.format, wrong.published.kind, wrong.published.label) == ("tomi", "first_order", "pantry")
    assert wrong.published.reason.startswith("impossible-label")
    assert nested.published is not None
    assert nested.published.reason == ""
    assert nested.story == [line.split(" ", 1)[1] for line in TOMI.splitlines()]
    file = written(tmp_path / "pears.jsonl", export)
    assert exported("stage", file, None).jsonl() == export.jsonl()
    mine, theirs = audit("stage", file), audit("tomi", pears)
    assert mine.agreement == theirs.agreement
    assert [(d.id, d.derived, d.reason) for d in mine.disagreements] == [
        (d.id, d.derived, d.reason) for d in theirs.disagreements
    ]


def test_a_benchmark_s_story_becomes_a_scene_to_edit(pears: Path) -> None:
    (text,) = exported("tomi", pears, None).yaml().values()
    scene = loads(text, "pears", contradictions)
    assert text.startswith("# Made from tomi, pears:1.\n# Where will Cid look for the pear? Its label is 'pantry'")
    assert "  # Bob likes the pantry\n  - {enter: Ann, to: the_pantry" in text
    assert [p.expect for p in scene.probes] == ["red_box", "red_box", "red_box"]
    assert scene.setting.conventions.entering is Reveals.EVERYTHING


def sample(form: str, count: int) -> list[Story]:
    stories = IMPORTERS[form](published(form)).stories
    return list(stories[:: max(1, len(stories) // count)])


@pytest.mark.parametrize(
    ("form", "least"), [("tomi", 40), ("hitom", 30), ("inspect", 17), ("opentom", 30), ("tombench", 20)]
)
def test_published_stories_have_the_same_answers_as_scenes(form: str, least: int) -> None:
    """`rewritten` compares every answer and refuses where one differs; what it refuses is counted here."""
    made, refused = 0, []
    for story in sample(form, 40):
        try:
            scene = rewritten(story)
        except NotExpressibleError as error:
            refused.append(str(error))
        else:
            made += 1
            assert as_written(as_yaml(scene.scenario)) == scene.scenario
    assert made >= least
    assert form in ("opentom", "tombench") or not refused


SMALL = Setting(
    people=("Ann", "all"),
    places=("the kitchen", "the hall"),
    things={"a cup": Thing("a cup"), "box": Thing("box", container=True)},
    ranges={place_fluent("a cup"): ("box", "somewhere else"), place_fluent("Ann"): ("the kitchen", "the hall", AWAY)},
    shown={},
    conventions=Conventions(departures_show_way=True),
)


def told(*actions: Action, manner: Manner = Manner()) -> Story:
    asked = Question("q", "reality", "Where is a cup?", (), place_fluent("a cup"), "box")
    start = (Fact(place_fluent("a cup"), "box"), Fact(place_fluent("box"), "the kitchen"))
    steps = tuple(Step("It happens.", (Scripted(a, manner),)) for a in actions)
    return Story("small", SMALL, start, steps, (asked,))


def test_names_that_no_scene_can_have_get_others() -> None:
    scene = rewritten(told(Enter("Ann", "the kitchen"), Enter("all", "the kitchen"), Enter("Ann", AWAY))).scenario
    assert [*scene.cast] == ["Ann", "all_"]
    assert [*scene.places] == ["the_kitchen", "the_hall"]
    assert [*scene.things] == ["a_cup", "box"]
    assert [b.verb for b in scene.beats] == ["enter", "enter", "leave"]
    assert scene.rules.departures_show_way


def test_what_no_scene_can_tell_is_refused() -> None:
    with pytest.raises(NotExpressibleError, match="no beat for what happens"):
        rewritten(told(Enter("Ann", "the kitchen"), Begin("more")))
    twice = Manner(attention=(Attention("all", Grade.FULLY, frozenset({"all"})), Attention("all", Grade.NOT)))
    with pytest.raises(NotExpressibleError, match="twice"):
        rewritten(told(Enter("Ann", "the kitchen"), manner=twice))


# ------------------------------------------------------------------------------------------------------ fixture files
def a_line() -> dict[str, Any]:
    return lines(exported(scenarios_folder() / "sally_anne.yaml", None, None))[0].to_json()


DAMAGED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"schema": "stage-fixture/2"}, "its schema is 'stage-fixture/2', not 'stage-fixture/1'"),
    ({"more": 1}, "more: Extra inputs are not permitted"),
    ({"options": "box"}, "options: Input should be a valid list"),
    ({"scene": {"cast": {}}}, "its scene is none: "),
    ({"scene": {"cast": {"sally": {"at": "moon"}}, "places": ["kitchen"]}}, "no place is called 'moon'"),
    ({"beat": 99}, "there is no beat 99 in its scene"),
    ({"about": "moon at"}, "nothing in its scene is called 'moon at'"),
    ({"viewpoint": ["tom"]}, "nobody in its scene is called 'tom'"),
)


@pytest.mark.parametrize(("changes", "why"), DAMAGED, ids=[next(iter(c)) for c, _ in DAMAGED])
def test_a_damaged_line_is_listed_and_the_others_go_on(changes: dict[str, Any], why: str, tmp_path: Path) -> None:
    file = tmp_path / "damaged.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ({**a_line(), **changes}, a_line())) + "{torn\n")
    imported, export = own.read(file), exported("stage", file, None)
    assert imported.items == 3
    assert imported.questions == len(lines(export)) == 1
    for unparsed in (imported.unparsed, export.unparsed):
        assert [u.id for u in unparsed] == ["damaged.jsonl:1", "damaged.jsonl:3"]
        assert why in unparsed[0].why


def test_an_answer_is_spelt_as_the_options_spell_it() -> None:
    assert as_offered("Sally's_own_box", ["a chest", "Sally's own box"]) == "Sally's own box"
    assert as_offered("box", ["a chest"]) == "box"


def test_the_published_schema_names_every_key() -> None:
    made = schema()
    assert {*made["properties"]} == {*a_line()}
    assert {*Published.model_fields} == {*made["$defs"]["Published"]["properties"]}
    assert {*Result.model_fields} == {*made["$defs"]["Result"]["properties"]}


PAGE = (Path(__file__).parent.parent / "docs" / "fixtures.md").read_text(encoding="utf-8")


def test_the_line_on_the_page_is_the_program_s() -> None:
    shown = json.loads(PAGE.partition("```json\n")[2].partition("```")[0])
    line = lines(exported(scenarios_folder() / "peek.yaml", None, None))[-1].to_json()
    assert {*shown} == {*line}
    shortened = ("scene", "rules")
    assert {k: v for k, v in shown.items() if k not in shortened} == {
        k: v for k, v in line.items() if k not in shortened
    }
    for key in shortened:
        assert {**line[key], **shown[key]} == line[key]


def test_the_page_names_every_key() -> None:
    keys = {*a_line(), *Published.model_fields, *Result.model_fields, *FEATURES}
    assert {k for k in keys if f"`{k}`" not in PAGE} == set()


def test_what_cannot_be_exported_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a format: name"):
        one_of("tomi", scene_path)
    with pytest.raises(UsageError, match="there is no format 'tomee'"):
        exported("tomee", tmp_path, None)
    with pytest.raises(UsageError, match="neither scenes"):
        exported(tmp_path, None, None)


AMISS: tuple[tuple[str, str], ...] = (
    ("{}", "is no document of 'stage audit FORMAT PATH --json': format: Field required"),
    ("[]", "is no document of 'stage audit FORMAT PATH --json': Input should be"),
    ("{", "is not JSON"),
    ('{"format": "tomee", "disagreements": []}', "is of an audit of format 'tomee'; there are bigtom, "),
    ('{"format": "tomi", "disagreements": [{"id": 1}]}', "disagreements.0.id: Input should be a valid string"),
)


@pytest.mark.parametrize(("text", "why"), AMISS, ids=[text for text, _ in AMISS])
def test_what_is_no_audit_is_refused(text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "audit.json").write_text(text)
    with pytest.raises(UsageError) as refused:
        exported(tmp_path / "audit.json", None, None)
    assert why in str(refused.value)


# ------------------------------------------------------------------------------------------------------------- audits
@pytest.fixture
def audited(pears: Path, tmp_path: Path) -> Path:
    """The document of an audit of that file."""
    (tmp_path / "audit.json").write_text(json.dumps(audit("tomi", pears).to_json()))
    return tmp_path / "audit.json"


def test_an_audit_gives_the_right_labels_with_their_reasons(audited: Path, tmp_path: Path) -> None:
    export = exported(audited, None, None)
    (line,) = lines(export)
    assert (line.id, line.question, line.answer) == ("pears:2", ASKED[1][0], "red_box")
    assert line.published is not None
    assert (line.published.label, line.options) == ("pantry", ["pantry", "red_box"])
    assert line.published.reason.startswith("impossible-label: ")
    assert line.derivation == audit("tomi", tmp_path / "pears.txt").disagreements[0].explanation.split("\n")
    assert "name what was audited: stage export" in export.left_out(True)[0]
    file = written(tmp_path / "labels.jsonl", export)
    assert exported("stage", file, None).jsonl() == export.jsonl()
    assert audit("stage", file).underivable == 1


def test_an_audit_and_what_was_audited_give_the_lines_whole(audited: Path, pears: Path, tmp_path: Path) -> None:
    whole = {f.id: f for f in lines(exported("tomi", pears, None))}
    export = exported(str(audited), pears, None)
    assert lines(export) == [whole["pears:2"]]
    (text,) = export.yaml().values()
    assert [p.expect for p in loads(text).probes] == ["red_box"]
    file = written(tmp_path / "labels.jsonl", export)
    assert exported("stage", file, None).jsonl() == export.jsonl()
    (found,) = audit("stage", file).disagreements
    assert (found.id, found.derived) == ("pears:2", "red_box")


def test_an_audit_of_something_else_is_refused(audited: Path, pears: Path) -> None:
    pears.write_text(pears.read_text().replace("\tpantry\t", "\tred_box\t"))
    with pytest.raises(
        UsageError, match="is not what was audited: it has no question 'pears:2' with the label 'pantry'"
    ):
        exported(str(audited), pears, None)


def test_a_folder_of_scenes_and_a_pattern(tmp_path: Path) -> None:
    for name in ("peek", "whisper"):
        (tmp_path / f"{name}.yaml").write_text(read(scenarios_folder() / f"{name}.yaml"))
    assert {f.story_id for f in lines(exported(tmp_path, None, None))} == {"peek", "whisper"}
    assert {f.story_id for f in lines(exported(tmp_path, None, "pee*"))} == {"peek"}
    texts = exported(tmp_path, None, None).yaml()
    assert {n: loads(t) for n, t in texts.items()} == {n: load(tmp_path / f"{n}.yaml") for n in ("peek", "whisper")}


def test_tomi_is_read_from_our_file_as_from_its_own(pears: Path, tmp_path: Path) -> None:
    (theirs,) = tomi.read(pears).stories
    (mine,) = own.read(written(tmp_path / "pears.jsonl", exported("tomi", pears, None))).stories
    assert [q.label for q in mine.questions] == [q.label for q in theirs.questions]
    assert [play(mine).answer(q) for q in mine.questions] == [play(theirs).answer(q) for q in theirs.questions]
