"""Which questions a scene will ask, as far as that can be told before it is performed."""

from __future__ import annotations

from stage.course import Course, Probe, planned, unfold, without_repetition
from stage.scenes.scene import Scene


def foreseen(scene: Scene) -> list[Probe]:
    """The questions of a scene in the order in which they are asked.

    From the first beat in which the stage itself may change minds, a family ('contested', all minds) can turn out
    smaller than it is here: it stands with everything that it may come to ask.
    """
    course = unfold(scene)
    return [p for beat in range(len(course.moments)) for p in _at(course, beat)]


def _at(course: Course, beat: int) -> list[Probe]:
    scene = course.scene
    if scene.first_open is None or beat < scene.first_open:
        return course.probes(beat)
    plans = [(place, plan) for place, plan in enumerate(scene.probes) if beat in plan.beats]
    askable = course.askable()
    found = [
        probe
        for place, plan in plans
        for probe in planned(place, plan, beat, askable if plan.about is None else plan.about, scene.minds)
    ]
    return without_repetition(found, scene.probes)
