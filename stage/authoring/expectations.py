"""What an author expects of a scene, held against what the beliefs turn out to be."""

from __future__ import annotations

from collections.abc import Sequence

from stage.beliefs.explain import explain
from stage.course import Course, unfold
from stage.resolve import UNKNOWN, Flaw
from stage.scenes.scene import ProbePlan, Scene
from stage.world.facts import Known

EXPECT_DIFFERS = "expect-differs"
"""The rule that an expectation contradicts. A scene can be performed all the same."""


def contradictions(scene: Scene) -> list[Flaw]:
    """Every expected answer that the beliefs contradict, with the derivation of what they say instead.

    Moments after a beat in which the stage itself may change minds are left out: what is believed there is known only
    when the scene is played.
    """
    first_open = scene.first_open
    course = unfold(scene)
    return [
        flaw
        for index, plan in enumerate(scene.probes)
        if plan.expect is not None and plan.viewpoint is not None
        for beat in plan.beats
        if first_open is None or beat < first_open
        for flaw in _contradiction(course, plan, index, beat)
    ]


def _contradiction(course: Course, plan: ProbePlan, index: int, beat: int) -> Sequence[Flaw]:
    assert plan.viewpoint is not None
    assert plan.about is not None
    before = course.moments[beat]
    derived = explain(course.minds, plan.viewpoint, plan.about[0], before, course.wording.event)
    answer = derived.belief.value if isinstance(derived.belief, Known) else UNKNOWN
    if answer == plan.expect:
        return []
    message = f"after beat {beat} the beliefs say {answer!r}, not {plan.expect!r}"
    return [Flaw(("probes", index, "expect"), EXPECT_DIFFERS, message, because=tuple(derived.steps))]
