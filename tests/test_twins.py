"""Twins: one perception is flipped, right answers flip with it, and only who goes by perceptions is right in both."""

from __future__ import annotations

import shutil
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
from stage.records.record import read_run
from stage.resources import scenarios_folder
from stage.scenes.yaml_reader import load
from stage.scoring.scorecard import score
from stage.scoring.twins import Twins, twins

SCENES = sorted(scenarios_folder().glob("*.yaml"))
WITH_TWIN = [p for p in SCENES if twin_of(load(p))]


def performed(path: Path, control: str, seed: int = 0) -> Transcript:
    """A scene and its twin, by one control."""
    scene = load(path)
    twin = twin_of(scene)
    assert twin is not None
    key: AnswerKey = {}
    one, other = (
        perform(s, control_stage(control, key, seed + i), Settings(), Unwatched(), key)
        for i, s in enumerate((scene, twin.scene))
    )
    return Transcript(one.lines, one.answers, one.cast, one.noise, twin=other)


def measured(control: str) -> Twins:
    return twins([performed(p, control, 7 * i) for i, p in enumerate(WITH_TWIN)])


def test_most_shipped_scenes_in_which_somebody_misses_something_have_a_twin() -> None:
    assert len(WITH_TWIN) >= 10


def test_the_twin_of_sally_and_anne_is_the_one_in_which_sally_stays() -> None:
    twin = twin_of(load(scenarios_folder() / "sally_anne.yaml"))
    assert twin is not None
    assert twin.what == "Sally stays in the kitchen at beat 2."
    assert "sally: marble at [after 4]" in twin.flips
    back = twin_of(load(scenarios_folder() / "sally_anne_stays.yaml"))
    assert back is not None
    assert back.what.startswith("Sally does not notice beat 2")


@pytest.mark.parametrize("path", WITH_TWIN, ids=[p.stem for p in WITH_TWIN])
def test_a_twin_is_the_same_but_for_one_perception(path: Path) -> None:
    scene = load(path)
    twin = twin_of(scene)
    assert twin is not None
    assert twin_of(scene) == twin
    assert twin.scene.setting == scene.setting
    assert twin.scene.start == scene.start
    changed = [a.number for a, b in zip(scene.beats, twin.scene.beats, strict=True) if a != b]
    assert twin.beat == changed[0]
    assert len(changed) <= (2 if "stays" in twin.what else 1)
    here, there = unfold(scene), unfold(twin.scene)
    for beat in range(len(here.moments)):
        ours = {p.id: here.world(p.viewpoint, here.moments[beat]).value(p.fluent) for p in here.probes(beat)}
        theirs = {p.id: there.world(p.viewpoint, there.moments[beat]).value(p.fluent) for p in there.probes(beat)}
        assert ours.keys() == theirs.keys()
        assert all((ours[p] != theirs[p]) == (p in twin.flips) for p in ours)
        truth = {p.fluent: here.world((), here.moments[beat]).value(p.fluent) for p in here.probes(beat)}
        assert all(there.world((), there.moments[beat]).value(f) == value for f, value in truth.items())


def test_a_scene_in_which_the_stage_itself_acts_has_none() -> None:
    assert twin_of(load(scenarios_folder() / "improvised.yaml")) is None


def test_the_oracle_is_right_in_both_and_who_goes_by_what_is_so_in_none() -> None:
    oracle, reality = measured("oracle"), measured("reality")
    assert (oracle.accuracy.value, oracle.corrected.value, oracle.same.value) == (1.0, 1.0, 0.0)
    assert oracle.accuracy.n >= 25
    assert reality.accuracy.value == 0
    assert reality.same.value == 1
    assert reality.corrected_soft.high is not None
    assert reality.corrected_soft.high < 0


@pytest.mark.parametrize("control", ["first-place", "word"])
def test_who_goes_by_places_or_words_earns_nothing(control: str) -> None:
    assert (measured(control).corrected_soft.value or 0) <= 0.05


def test_guessing_is_worth_nothing() -> None:
    rates = []
    for seed in range(12):
        found = twins([performed(p, "guess", 1000 * seed + 7 * i) for i, p in enumerate(WITH_TWIN[:6])])
        rates.append(found.corrected.value or 0.0)
    assert abs(sum(rates) / len(rates)) < 0.1


def test_a_leak_shows_in_proportion() -> None:
    """One that is right with probability 0.6 or so is right in both with its square or so."""
    rates = [measured(f"leaky:{rate}").accuracy.value or 0.0 for rate in (0.0, 0.4, 1.0)]
    assert rates[0] == 1
    assert 0.15 < rates[1] < 0.6
    assert rates[2] < 0.1


def test_without_a_twin_there_is_no_figure() -> None:
    key: AnswerKey = {}
    played = perform(load(SCENES[0]), control_stage("oracle", key, 0), Settings(), Unwatched(), key)
    assert score(played).twins.accuracy.value is None


def test_a_run_with_its_twin_is_one_run(tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = stage("run", "sally_anne", "-m", "control:oracle", "--twins", "--out", out, "--json")
    assert done.code == 0, done.err
    assert done.document["scores"]["twins"]["accuracy"]["value"] == 1
    made = read_run(out)
    assert made.finished
    assert made.manifest.twin == "Sally stays in the kitchen at beat 2."
    assert made.twin is not None
    assert made.twin.manifest.is_twin
    assert stage("score", out, "--json").document == done.document
    assert "Right in scene and twin 100" in stage("score", out).out
    assert len(stage("runs", "--runs", tmp_path, "--json").document) == 1


def test_a_scene_without_a_twin_is_performed_alone_and_that_is_said(tmp_path: Path) -> None:
    done = stage("run", "improvised", "-m", "control:oracle", "--twins", "--out", tmp_path / "run", "--json")
    assert done.code == 0, done.err
    assert "No twin can be derived" in done.err
    assert read_run(tmp_path / "run").finished


def test_a_run_whose_twin_is_missing_is_not_finished_and_can_be_gone_on_with(tmp_path: Path) -> None:
    out = tmp_path / "run"
    whole = stage("run", "sally_anne", "-m", "control:leaky:0.3", "--twins", "--out", out, "--json").document
    shutil.rmtree(out / "twin")
    assert stage("score", out).code == 5
    done = stage("run", "--resume", out, "--json")
    assert done.code == 0, done.err
    assert done.document["scores"] == whole["scores"]
    record = out / "twin" / "record.jsonl"
    record.write_bytes(b"".join(record.read_bytes().splitlines(keepends=True)[:-40]))
    assert stage("score", out).code == 5
    assert stage("run", "--resume", out, "--json").document["scores"] == whole["scores"]
