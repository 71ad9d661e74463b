"""What the fixtures `scene` and `minds` give to tests of one's own."""

from __future__ import annotations

import pytest

from stage.course import Course, unfold
from stage.errors import UsageError
from stage.report.inspection import explained
from stage.resources import scene_file
from stage.scenes.scene import Scene
from stage.scenes.yaml_reader import load

MARK = "stage_scene"


def marked_scene(node: pytest.Item) -> Scene:
    """The scene of the nearest mark; a path counts from the folder of the test's file. SceneError with every complaint
    if it is no sound scene, UsageError without a mark that names one."""
    mark = node.get_closest_marker(MARK)
    if mark is None or len(mark.args) != 1 or mark.kwargs:
        raise UsageError(f"say which scene: @pytest.mark.{MARK}('sally_anne.yaml')")
    beside = node.path.parent / str(mark.args[0])
    return load(beside if beside.exists() else scene_file(str(mark.args[0])))


class SceneMinds:
    """What is believed in a scene, as far as it is scripted. ``course`` is that course with everything there is to ask."""

    def __init__(self, scene: Scene) -> None:
        self.course: Course = unfold(scene)

    def __call__(self, question: str, after: str | int = "end") -> str | None:
        """What is believed at a viewpoint: ``minds('anne>sally: marble at', after=3)``; None where there is no belief
        with exactly one value. ``after`` is the number or id of a beat, 'start' or 'end'."""
        belief = explained(self.course, question, str(after)).belief
        return getattr(belief, "value", None)

    def why(self, question: str, after: str | int = "end") -> tuple[str, ...]:
        """The derivation of that belief, one sentence each."""
        return explained(self.course, question, str(after)).steps
