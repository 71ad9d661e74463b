"""A run played again from its record, without a model: what everybody believed at every moment of it."""

from __future__ import annotations

from stage.course import Course, unfold
from stage.errors import RunError
from stage.performing.audiences import Unwatched
from stage.performing.play import Performance
from stage.questions.twins import twin_of
from stage.records.record import Run
from stage.records.session import scene_text, settings_of
from stage.scenes.yaml_reader import loads


def replayed(run: Run) -> tuple[Course, str]:
    """The play as it went, and what has to be said of it: empty where all of it could be played again.

    Records of older versions do not hold what the stage chose; of them only what was scripted is played. RunError where
    the scene is missing or is not the one that was performed."""
    scene = loads(scene_text(run), str(run.folder))
    twin = twin_of(scene) if run.manifest.is_twin else None
    scene = twin.scene if twin else scene
    performance = Performance(scene, run.manifest.model, settings_of(run.manifest), Unwatched(), {})
    try:
        performance.take_up(run.past)
    except RunError as error:
        return unfold(scene), f"What the stage itself did cannot be played again, and is left out here: {error}."
    return performance.course, ""
