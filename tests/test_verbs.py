"""The table of verbs says the same both ways: an action's beat, read again, is that action."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stage.resolve import resolve
from stage.resolve.beats import beat_of
from stage.resolve.verbs import BY_BEAT
from stage.resources import scenarios_folder
from stage.scenes.scenario import BEATS, IntroduceBeat, Noticed
from stage.scenes.scene import SceneBeat, Scripted
from stage.scenes.yaml_reader import as_written, read
from stage.world.events import Attention

SCENES = sorted(scenarios_folder().rglob("*.yaml"))


def test_the_table_has_every_verb_of_what_somebody_does() -> None:
    assert {*BY_BEAT} == {beat for beat in BEATS if issubclass(beat, Noticed)}


def unordered(beat: SceneBeat) -> tuple[SceneBeat, frozenset[Attention]]:
    """A beat, and the exceptions to who notices it in no order."""
    if not isinstance(beat.doing, Scripted):
        return beat, frozenset()
    manner = replace(beat.doing.manner, attention=())
    return replace(beat, doing=replace(beat.doing, manner=manner)), frozenset(beat.doing.manner.attention)


@pytest.mark.parametrize("path", SCENES, ids=[f"{p.parent.name}-{p.stem}" for p in SCENES])
def test_a_scene_whose_beats_are_written_anew_is_the_same_scene(path: Path) -> None:
    scenario = as_written(read(path))
    scene, _ = resolve(scenario)
    assert scene is not None
    beats = list(scenario.beats)
    for number, (beat, meant) in enumerate(zip(scenario.beats, scene.beats, strict=True)):
        if isinstance(meant.doing, Scripted) and not isinstance(beat, IntroduceBeat):
            written = beat_of(meant.doing, beat.text)
            assert written is not None
            beats[number] = written.model_copy(update={"id": beat.id})
    again, flaws = resolve(scenario.model_copy(update={"beats": beats}))
    assert flaws == []
    assert again is not None
    assert [*map(unordered, again.beats)] == [*map(unordered, scene.beats)]
    assert again.setting == scene.setting
