"""The shipped scenes: each loads, shows its one thing, and means what its author says it means."""

from __future__ import annotations

from pathlib import Path

import pytest

from stage.beliefs.minds import Minds
from stage.course import outcome, unfold
from stage.resolve import UNKNOWN
from stage.resources import scenarios_folder
from stage.scenes.scenario import VERBS
from stage.scenes.scene import Act, Improvise, Narrate, Scene, Scripted, Speak, Think
from stage.scenes.yaml_positions import Complaints, Entries, Items, compose
from stage.scenes.yaml_reader import complaints, load
from stage.world.facts import Known
from stage.world.rules import Rules

SCENES = sorted(scenarios_folder().glob("*.yaml"))
GALLERY = {
    "authors_secret", "back_turned", "base_model", "double_bluff", "elimination", "headphones", "ice_cream_van",
    "improvised", "in_vain", "letter", "lie_believed", "lie_not_trusted", "mirrors", "newcomer", "overheard_plan", "peek",
    "sally_anne", "sally_anne_stays", "slipped_out", "smarties", "unreliable_narrator", "whisper",
}  # fmt: skip
each_scene = pytest.mark.parametrize("path", SCENES, ids=[p.stem for p in SCENES])


def unfolded(scene: Scene) -> tuple[Minds, list[int]]:
    """The minds of a scene in which only what is scripted happens, and the event time at the end of each beat."""
    minds, rules = Minds(scene.setting), Rules(scene.setting)
    minds.append(*scene.start)
    moments = [minds.now]
    for beat in scene.beats:
        if isinstance(beat.doing, Scripted):
            minds.append(*outcome(rules, minds, beat.number, beat.doing.action, beat.doing.manner))
        moments.append(minds.now)
    return minds, moments


def wrong_expectations(scene: Scene) -> list[str]:
    """The answers that a scene expects and that its beliefs do not give."""
    minds, moments = unfolded(scene)
    wrong = []
    for plan in scene.probes:
        for beat in plan.beats if plan.expect is not None else ():
            assert plan.viewpoint is not None
            assert plan.about is not None
            belief = minds.world(plan.viewpoint, moments[beat]).belief(plan.about[0])
            answer = belief.value if isinstance(belief, Known) else UNKNOWN
            if answer != plan.expect:
                wrong.append(f"{'>'.join(plan.viewpoint)}: {plan.about[0]} after {beat} is {belief}, not {plan.expect}")
    return wrong


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_the_gallery_is_whole() -> None:
    assert {path.stem for path in SCENES} == GALLERY


@each_scene
def test_it_is_a_scene(path: Path) -> None:
    assert complaints(path) == []


@each_scene
def test_its_first_line_says_what_it_shows(path: Path) -> None:
    first = text(path).splitlines()[0]
    assert first.startswith("# ")
    assert first.endswith(".")
    assert len(first) <= 120


@each_scene
def test_it_is_short(path: Path) -> None:
    assert len(text(path).splitlines()) <= 45


@each_scene
def test_what_its_author_expects_is_what_is_believed(path: Path) -> None:
    scene = load(path)
    assert wrong_expectations(scene) == []
    assert any(plan.expect is not None for plan in scene.probes)


@each_scene
def test_no_answer_is_expected_after_the_stage_may_have_changed_it(path: Path) -> None:
    """What a performed line asserts is known only when it is performed."""
    scene = load(path)
    performed = [b.number for b in scene.beats if isinstance(b.doing, Speak | Act | Improvise)]
    first = min(performed, default=len(scene.beats) + 1)
    for plan in scene.probes:
        assert plan.expect is None or all(beat < first for beat in plan.beats)


@each_scene
def test_it_asks_few_questions(path: Path) -> None:
    course = unfold(load(path))
    assert 1 <= sum(len(course.probes(beat)) for beat in range(len(course.moments))) <= 30


@each_scene
def test_it_has_few_performed_beats(path: Path) -> None:
    performed = [b for b in load(path).beats if not isinstance(b.doing, Scripted)]
    assert len(performed) <= 3


def test_together_they_use_every_verb() -> None:
    used: set[str] = set()
    for path in SCENES:
        top = compose(text(path), Complaints(path.name))
        assert isinstance(top, Entries)
        beats = top.entries["beats"]
        assert isinstance(beats, Items)
        used |= {key for beat in beats.items if isinstance(beat, Entries) for key in beat.keys}
    assert used >= set(VERBS)
    assert used >= {"secretly", "seen_by", "hidden_from", "distracted", "partly", "from_afar", "text", "id", "in_vain"}
    kinds = {type(beat.doing) for path in SCENES for beat in load(path).beats}
    assert kinds == {Scripted, Speak, Think, Act, Narrate, Improvise}


def test_twins_differ_in_one_perception() -> None:
    """The same people, things and beats; only the order in which Sally leaves and the marble moves is another."""
    false, true = (load(scenarios_folder() / f"{name}.yaml") for name in ("sally_anne", "sally_anne_stays"))
    assert (false.setting, false.cast, false.premise) == (true.setting, true.cast, true.premise)
    assert {b.doing for b in false.beats} == {b.doing for b in true.beats}
    assert [b.doing for b in false.beats] != [b.doing for b in true.beats]


def test_a_wrong_expectation_is_found() -> None:
    scene = load(scenarios_folder() / "sally_anne.yaml")
    plan = next(p for p in scene.probes if p.expect == "basket")
    bent = Scene(**{**vars(scene), "probes": (type(plan)(**{**vars(plan), "expect": "box"}),)})
    assert len(wrong_expectations(bent)) == 1
