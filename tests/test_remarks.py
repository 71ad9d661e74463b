"""Where a story stands in a prompt: before or after remarks that nobody's belief hangs on, and that name nothing of any scene."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from test_cli import stage
from test_nuisances import SALLY, THREE

from stage.controls import control_stage
from stage.course import unfold
from stage.performing.audiences import Unwatched
from stage.performing.play import perform
from stage.performing.settings import Settings
from stage.questions.answer_key import AnswerKey
from stage.records.record import read_run
from stage.resources import scenarios_folder
from stage.roles.prompts import Layout, Prompter, as_text
from stage.roles.remarks import REMARKS, remarks
from stage.roles.views import Context
from stage.scenes.scene import Scene
from stage.scenes.yaml_reader import load, loads


def scene_words(scene: Scene) -> set[str]:
    setting = scene.setting
    values = {v for values in setting.ranges.values() for v in values}
    titles = {*setting.titles.values(), *(a for told in scene.aliases.values() for a in told)}
    return {
        w.lower()
        for n in {*scene.minds, *setting.things, *values, *titles}
        for w in re.findall(r"\w{3,}", n.replace("_", " "))
    }


def test_remarks_name_nothing_of_any_shipped_scene() -> None:
    for path in sorted(scenarios_folder().rglob("*.yaml")):
        scene = load(path)
        told = remarks(scene)
        assert len(told) == 6, path
        said = {w for r in told for w in re.findall(r"\w+", r.lower())}
        assert not said & (scene_words(scene) - {"the"}), path


def test_a_scene_that_is_set_in_a_theatre_gets_other_remarks_or_none() -> None:
    text = THREE.replace("basket", "seat")
    assert [r for r in REMARKS[:7] if r not in remarks(loads(text))] == ["The seats are numbered."]
    named = sorted({w for r in REMARKS for w in re.findall(r"[a-z]{4,}", r.lower())})
    text = f"{THREE}facts: {{mood is: [{', '.join(named)}]}}\n"
    assert remarks(loads(text)) == ()
    key: AnswerKey = {}
    asked = perform(loads(text), control_stage("oracle", key, 0), Settings(shift_story=True), Unwatched(), key)
    assert {v.story for a in asked.answers for v in a.variants} == {0}


@pytest.mark.parametrize("form", ["chat", "script"])
@pytest.mark.parametrize("context", ["isolated", "shared", "windowed:1"])
def test_a_story_that_is_shifted_is_the_same_story(form: str, context: str) -> None:
    """Whoever is asked, under every context: the same lines in another order, and the same remarks."""
    course = unfold(loads(f"format: {form}\n{SALLY.read_text()}"))
    prompter = Prompter(course, Context.parse(context))
    for role in course.scene.minds:
        none, early, late = (
            as_text(prompter.prompt(role, course.minds.now, prompter.think(role), Layout(story=place)))
            for place in (0, 1, 2)
        )
        assert sorted(early.splitlines()) == sorted(late.splitlines())
        assert all(remark in early and remark not in none for remark in prompter.remarks)
        told = prompter.told(role, course.minds.now)[0]
        assert early.index(told) < early.index(prompter.remarks[0])
        assert late.index(told) > late.index(prompter.remarks[0])
        without = [line for line in early.splitlines() if not any(r in line for r in prompter.remarks)]
        kept = [line for line in without if line and not line.startswith("About this evening")]
        assert kept == [line for line in none.splitlines() if line]


def test_the_record_of_a_run_that_shifts_no_story_is_as_it_was(tmp_path: Path) -> None:
    for name, options in (("plain", ()), ("shifted", ("--shift-story",))):
        stage("run", "sally_anne", "-m", "control:oracle", "--out", tmp_path / name, *options)
    kept = {n: (tmp_path / n / "record.jsonl").read_text() for n in ("plain", "shifted")}
    assert ('"story"' in kept["plain"], '"story"' in kept["shifted"]) == (False, True)
    again = {n: {v.story for a in read_run(tmp_path / n).transcript.answers for v in a.variants} for n in kept}
    assert again == {"plain": {0}, "shifted": {1, 2}}
