"""The suite: a fixed set of scenes, gone on with where it was broken off, and a card on which controls read as planted."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest
from test_cli import stage

from stage.controls import control_stage
from stage.course import unfold
from stage.performing.audiences import Unwatched
from stage.performing.play import perform
from stage.performing.settings import Settings
from stage.performing.transcript import Transcript
from stage.questions.answer_key import AnswerKey
from stage.questions.twins import twin_of
from stage.resources import scenarios_folder
from stage.scenes.scene import Act, Improvise, Speak
from stage.scenes.yaml_reader import load, loads
from stage.scoring.pooled import MINDS, pooled
from stage.suites.controls import BESIDE, performed_by
from stage.suites.suite import QUICK, THOROUGH, digest, items

VERSION_1 = "d8df1a0725ec"
"""What is asked in version 1. If this changes, cards cannot be compared any more: count `stage.suites.suite.VERSION` up."""


def played(control: str) -> list[Transcript]:
    """The quick suite, by a control that performs it."""
    found = []
    for item in items(quick=True):
        scene = loads(item.text, item.name)
        twin = twin_of(scene)
        assert twin is not None
        key: AnswerKey = {}
        one, other = (
            perform(s, control_stage(control, key, 0), Settings(), Unwatched(), key) for s in (scene, twin.scene)
        )
        found.append(Transcript(one.lines, one.answers, one.cast, one.noise, twin=other))
    return found


@pytest.fixture(scope="module")
def oracle() -> list[Transcript]:
    return played("oracle")


def test_the_set_is_what_its_version_says() -> None:
    assert digest(items()) == VERSION_1
    assert digest(items(quick=True)) != VERSION_1
    assert {i.name for i in items(quick=True)} == set(QUICK)
    assert {i.name for i in items() if i.settings.layouts} == set(THOROUGH)


def test_it_asks_more_than_six_hundred_questions_of_orders_up_to_four() -> None:
    orders: Counter[int] = Counter()
    truths: Counter[bool] = Counter()
    for item in items():
        scene = loads(item.text, item.name)
        twin = twin_of(scene)
        for course in (unfold(s) for s in (scene, *([twin.scene] if twin else []))):
            for beat, before in enumerate(course.moments):
                for probe in course.probes(beat):
                    value = course.world(probe.viewpoint, before).value(probe.fluent)
                    orders[len(probe.viewpoint)] += 1
                    truths[value == course.world((), before).value(probe.fluent)] += len(probe.viewpoint) > 0
    assert orders.total() >= 600
    assert set(orders) == {0, 1, 2, 3, 4}
    assert min(orders.values()) >= 60
    assert 0.4 < truths[True] / truths.total() < 0.65


def test_what_the_stage_does_itself_decides_no_question_of_it() -> None:
    for item in items():
        scene = loads(item.text, item.name)
        own = [b.number for b in scene.beats if isinstance(b.doing, Act | Improvise | Speak)]
        assert all(beat < number for plan in scene.probes for beat in plan.beats for number in own)


@pytest.mark.parametrize("control", [c for c in BESIDE if c not in ("guess", "position-A")])
def test_a_control_beside_is_the_control_performed(control: str, oracle: list[Transcript]) -> None:
    for ours, theirs in zip(performed_by(control, oracle, 0), played(control), strict=True):
        for one, other in ((ours, theirs), (ours.twin, theirs.twin)):
            assert one is not None
            assert other is not None
            assert [a.answer for a in one.answers] == [a.answer for a in other.answers]
            for a, b in zip(one.answers, other.answers, strict=True):
                assert a.probabilities == pytest.approx(b.probabilities)


def test_controls_read_as_planted(oracle: list[Transcript]) -> None:
    found = {name: pooled(performed_by(name, oracle, 3)) for name in BESIDE}
    assert (found["oracle"].separation.value, found["oracle"].twins.accuracy.value) == (1.0, 1.0)
    assert {row.accuracy.value for row in found["oracle"].by_order.values()} == {1.0}
    assert found["reality"].by_belief["false"].value == 0
    assert found["reality"].twins.accuracy.value == 0
    assert (found["reality"].twins.corrected_soft.value or 0) < 0
    assert found["egocentric"].by_order[1].accuracy.value == 1
    assert found["position-A"].separation_soft.value == pytest.approx(0, abs=1e-9)
    assert found["position-A"].separation.n == 0
    guess = found["guess"].separation
    assert guess.low is not None
    assert guess.high is not None
    assert guess.low < 0 < guess.high


def test_a_row_of_the_matrix_adds_up(oracle: list[Transcript]) -> None:
    for row in pooled(performed_by("guess", oracle, 1)).minds.values():
        assert set(row.shares) == set(MINDS)
        assert sum(row.shares.values()) == pytest.approx(1)
        assert sum(row.chance.values()) == pytest.approx(1)


def test_scenes_are_the_clusters(oracle: list[Transcript]) -> None:
    """The same answers told as one scene have no interval, for it could not be told how scenes differ."""
    one = pooled(performed_by("guess", oracle[:1], 1))
    assert one.separation.value is not None
    assert one.separation.low is None
    several = pooled(performed_by("guess", oracle, 1)).separation
    assert several.low is not None
    assert several.high is not None


def scores(document: dict[str, object]) -> object:
    return document["scores"], document["controls"]


def test_it_is_gone_on_with_and_nothing_is_performed_again(tmp_path: Path) -> None:
    arguments = ("suite", "--quick", "-m", "control:leaky:0.3", "--out", tmp_path / "suite", "--json")
    first = stage(*arguments)
    assert first.code == 0, first.err
    assert first.err.count(" of 4: ") == 4
    again = stage(*arguments)
    assert " of 4: " not in again.err
    assert again.document == first.document
    shutil.rmtree(tmp_path / "suite" / "slipped_out" / "twin")
    record = tmp_path / "suite" / "suite-scene-01" / "record.jsonl"
    record.write_bytes(b"".join(record.read_bytes().splitlines(keepends=True)[:-30]))
    rest = stage(*arguments)
    assert rest.err.count(" of 4: ") == 2
    assert scores(rest.document) == scores(first.document)
    other = stage("suite", "--quick", "-m", "control:oracle", "--out", tmp_path / "suite")
    assert (other.code, other.out) == (5, "")
    assert "another model" in other.err


def test_suites_are_compared_scene_by_scene_with_their_twins(tmp_path: Path) -> None:
    for control in ("reality", "oracle"):
        stage("suite", "--quick", "-m", f"control:{control}", "--out", tmp_path / control)
    found = stage("compare", tmp_path / "reality", tmp_path / "oracle", "--json").document
    assert found["probes"] == 74
    contrast = found["runs"][1]["contrast"]
    assert (contrast["broke"], contrast["fixed"] > 20, contrast["p"] < 0.001) == (0, True, True)
    assert contrast["difference"]["low"] < contrast["difference"]["value"]
    assert found["runs"][0]["twins"]["value"] < 0 < 0.9 < found["runs"][1]["twins"]["value"]
    shown = stage("compare", tmp_path / "reality", tmp_path / "oracle")
    assert "oracle: in scene and twin, less guessing, by probability 0.92" in shown.out
    shutil.rmtree(tmp_path / "oracle" / "slipped_out")
    refused = stage("compare", tmp_path / "reality", tmp_path / "oracle")
    assert (refused.code, refused.out) == (2, "")
    assert "slipped_out" in refused.err


def test_a_suite_under_other_conditions_is_kept_apart_and_compared(tmp_path: Path) -> None:
    arguments = ("suite", "--quick", "-m", "control:oracle", "--runs", tmp_path, "--json")
    plain, aided = stage(*arguments), stage(*arguments, "--context", "shared", "--aid", "graph")
    assert aided.code == 0, aided.err
    assert plain.document["suite"] == aided.document["suite"]
    assert (aided.document["context"], aided.document["aid"]) == ("shared", "graph")
    folders = sorted(p.name for p in tmp_path.iterdir())
    assert folders[1] == f"{folders[0]}-shared-graph"
    found = stage("compare", *(tmp_path / f for f in folders), "--json").document
    assert found["runs"][1]["contrast"]["broke"] == 0
    assert stage(*arguments, "--out", tmp_path / folders[1]).code == 5


def test_the_card_fits_eighty_columns(tmp_path: Path) -> None:
    done = stage("suite", "--quick", "-m", "control:oracle", "--runs", tmp_path)
    assert done.code == 0, done.err
    assert max(map(len, done.out.splitlines())) <= 80
    assert done.out.startswith("Separation 1.00   by probability 0.94")
    for told in ("By order of belief", "Whose mind spoke", "order of the options", "suite 1, quick ["):
        assert told in done.out


def test_the_generated_scenes_are_what_the_command_in_them_makes() -> None:
    for path in sorted((scenarios_folder() / "suite").glob("*.yaml")):
        assert path.read_text(encoding="utf-8").startswith("# Made by: stage generate -n 24 --seed 1 --people 3 ")
        assert load(path).beats
