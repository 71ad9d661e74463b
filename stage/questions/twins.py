"""Twins: the same scene with one perception flipped, so that right answers flip and everything else is equal.

A stage that answers by what it likes, by what is so, or by what is told last gives one answer to both; only one that goes
by who noticed what is right in a scene and in its twin. Never meets a model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from stage.course import Course, unfold
from stage.scenes.scene import Act, Improvise, Scene, SceneBeat, Scripted
from stage.world.events import Attention, Enter, Grade, Wait
from stage.world.facts import Fluent, Viewpoint
from stage.world.setting import place_fluent


@dataclass(frozen=True)
class Twin:
    """A derived scene, and in one sentence what is otherwise in it than in the scene it comes from. ``flips`` are the
    ids of the questions whose right answers differ, as far as both scenes are scripted."""

    scene: Scene
    beat: int
    what: str
    flips: tuple[str, ...]


def twin_of(scene: Scene) -> Twin | None:
    """The twin in which most right answers flip, from one value to another if that can be; None if there is none, or where the stage
    itself may change what is the case before the last question. The same scene always has the same twin.

    Sought are: somebody who leaves stays instead; somebody who noticed an event does not (with everybody reckoning with
    that, or nobody); somebody who did not notice it does (unseen, or as all who notice it know). What could be done in
    the scene must be possible in the twin, with the same options to every question.
    """
    own = [b.number for b in scene.beats if isinstance(b.doing, Act | Improvise)]
    if own and scene.last_asked >= min(own):
        return None
    here = unfold(scene)
    known = _answers(here)
    best: tuple[tuple[int, int], Twin] | None = None
    for number, beats, what in _candidates(here):
        derived = replace(scene, beats=tuple(beats), probes=tuple(replace(p, expect=None) for p in scene.probes))
        there = unfold(derived)
        if _failures(there) != _failures(here):
            continue
        other = _answers(there)
        if {p: options for p, (options, _) in other.items()} != {p: options for p, (options, _) in known.items()}:
            continue
        flipped = [p for p in known if known[p][1] != other[p][1]]
        firm = sum(known[p][1] is not None and other[p][1] is not None for p in flipped)
        rank = (firm, -len(flipped) if firm else len(flipped))
        if flipped and (best is None or rank > best[0]):
            best = (rank, Twin(derived, number, what, tuple(flipped)))
    return None if best is None else best[1]


_Answers = dict[str, tuple[tuple[str | None, ...], str | None]]


def _answers(course: Course) -> _Answers:
    """The options and the right answer of every question of a scene, by its id."""
    found: _Answers = {}
    for beat, before in enumerate(course.moments):
        probes = course.probes(beat)
        asked: dict[Fluent, list[Viewpoint]] = {}
        for p in probes:
            asked.setdefault(p.fluent, []).append(p.viewpoint)
        options = {f: course.options(f, before, viewpoints) for f, viewpoints in asked.items()}
        for p in probes:
            found[p.id] = (options[p.fluent], course.world(p.viewpoint, before).value(p.fluent))
    return found


def _failures(course: Course) -> list[int]:
    return [e.beat for e in course.minds.events if e.failed]


def _candidates(course: Course) -> Iterator[tuple[int, list[SceneBeat], str]]:
    """Scenes that differ in one perception: the beat, the beats of the whole, and what is otherwise."""
    beats = course.scene.beats
    for beat in beats:
        if isinstance(beat.doing, Scripted):
            yield from _stays(course, beat, beat.doing)
    for beat in beats:
        if isinstance(beat.doing, Scripted):
            yield from _attends(course, beat, beat.doing)


def _stays(course: Course, beat: SceneBeat, doing: Scripted) -> Iterator[tuple[int, list[SceneBeat], str]]:
    """Somebody who goes somewhere stays where he is, and needs not come back."""
    action = doing.action
    origin = course.world((), course.moments[beat.number - 1]).value(place_fluent(getattr(action, "who", "")))
    if not isinstance(action, Enter) or action.others or origin is None:
        return
    who = action.who
    changed = list(course.scene.beats)
    changed[beat.number - 1] = _waiting(beat, who)
    for later in course.scene.beats[beat.number :]:
        if (
            isinstance(later.doing, Scripted)
            and isinstance(later.doing.action, Enter)
            and who in later.doing.action.people
        ):
            if later.doing.action != Enter(who, origin, later.doing.action.shows_way):
                return
            changed[later.number - 1] = _waiting(later, who)
            break
    wording = course.wording
    yield beat.number, changed, f"{wording.noun(who)} stays {wording.where(origin)} at beat {beat.number}."


def _waiting(beat: SceneBeat, who: str) -> SceneBeat:
    return replace(beat, doing=Scripted(Wait(who)), text="")


def _attends(course: Course, beat: SceneBeat, doing: Scripted) -> Iterator[tuple[int, list[SceneBeat], str]]:
    """Somebody notices what he did not, or does not notice what he did."""
    event = next((e for e in course.minds.events if e.beat == beat.number), None)
    if event is None:
        return
    reality = course.world((), event.time)
    told = course.wording.event(replace(event, attention=()))
    for who in course.scene.setting.people:
        if who in event.participants or reality.value(place_fluent(who)) is None:
            continue
        noticed = course.minds.grade(reality.mind, who, event) is not Grade.NOT
        grade = Grade.NOT if noticed else Grade.FULLY
        others = tuple(a for a in doing.manner.attention if a.who != who)
        alone = frozenset[str]() if noticed else frozenset({who})
        verb = "does not notice" if noticed else "notices"
        for aware, how in ((None, ""), (alone, ", and nobody knows that")):
            manner = replace(doing.manner, attention=(*others, Attention(who, grade, aware)))
            changed = list(course.scene.beats)
            changed[beat.number - 1] = replace(beat, doing=replace(doing, manner=manner))
            yield beat.number, changed, f"{course.wording.noun(who)} {verb} beat {beat.number}{how}: {told}"
