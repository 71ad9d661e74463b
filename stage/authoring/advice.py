"""What the author of a scene has hardly meant: it can be performed, and part of it tells nothing.

Read off the scene as it is unfolded without a model. Where the stage itself acts much is open, and less is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from stage.course import Course, unfold
from stage.errors import Severity
from stage.resolve import Flaw
from stage.roles.views import Context, view
from stage.roles.words import named
from stage.scenes.scene import Act, ProbePlan, Scene, Scripted, Speak, Think
from stage.world.events import Appear, Ask, Grade, Look, Peek, Read, Remark, Say, Watch
from stage.world.facts import Fact
from stage.world.setting import AUTHOR, place_fluent
from stage.world.sight import hidden_fluent


def advice(scene: Scene) -> list[Flaw]:
    """Every warning and note about an understood scene, in the order of the file's keys."""
    course = unfold(scene)
    found = [*_characters(course), *_places(course), *_facts(course), *_events(course)]
    first_open = scene.first_open
    found += [*_to_oneself(scene), *_out_of_hiding(course)]
    for index, plan in enumerate(scene.probes):
        found += _unchecked(plan, index, first_open)
        if plan.viewpoint is not None and not (first_open is not None and max(plan.beats) >= first_open):
            found += _question(course, plan, index)
    return found


def _warning(path: tuple[str | int, ...], rule: str, message: str) -> Flaw:
    return Flaw(path, rule, message, Severity.WARNING)


def _unchecked(plan: ProbePlan, index: int, first_open: int | None) -> Iterator[Flaw]:
    """What is expected of a moment at which beliefs hang on what the stage will have said or done."""
    if plan.expect is not None and first_open is not None and max(plan.beats) >= first_open:
        message = (
            f"nothing checks this after beat {max(plan.beats)}: what is believed there hangs on what the stage says or does "
            f"in beat {first_open}; ask with 'after: {first_open - 1 or 'start'}', or expect nothing"
        )
        yield _warning(("probes", index, "expect"), "expect-open", message)


def _characters(course: Course) -> Iterator[Flaw]:
    """Who never does or notices anything, and is not asked about."""
    scene = course.scene
    if not scene.beats:
        return
    busy = {b.doing.who for b in scene.beats if isinstance(b.doing, Speak | Think | Act)}
    busy |= {n for b in scene.beats if isinstance(b.doing, Speak) for n in b.doing.to}
    busy |= {n for plan in scene.probes for n in plan.viewpoint or ()}
    for name in scene.setting.people:
        noticed = any(e.beat for e in course.world((name,)).noticed())
        if name not in busy and not noticed and not scene.is_improvised:
            message = (
                f"{name!r} does nothing, notices nothing and is not asked about; give {name!r} a part, or remove it"
            )
            yield _warning(("cast", name), "unused-character", message)


def _places(course: Course) -> Iterator[Flaw]:
    """Where nobody and nothing ever is, and into which nobody looks."""
    scene = course.scene
    if scene.is_improvised:
        return
    reality = [course.world((), moment) for moment in course.moments]
    occupied = {w.value(place_fluent(n)) for w in reality for n in (*scene.setting.people, *scene.setting.things)}
    actions = [b.doing.action for b in scene.beats if isinstance(b.doing, Scripted)]
    occupied |= {a.place for a in actions if isinstance(a, Peek | Watch | Appear)}
    occupied |= {event.place for event in course.minds.events if event.beat}
    things = {
        fluent: values for fluent, values in scene.setting.ranges.items() if fluent.subject not in scene.setting.people
    }
    occupied |= {value for values in things.values() for value in values}
    for number, place in enumerate(scene.setting.places):
        if place not in occupied:
            message = f"nobody comes to {place!r} and nothing is there; use it, or remove it"
            yield _warning(("places", number), "unreachable-place", message)


def _facts(course: Course) -> Iterator[Flaw]:
    """Whose subject stands without an article in what the stage makes of it, so that it reads oddly. Where the scene's
    own prose gives it one, it is hardly meant."""
    scene = course.scene
    named = {*scene.setting.people, *scene.setting.places, *scene.setting.things}
    prose = " ".join(_prose(scene)).casefold()
    for fluent, wording in scene.wording.items():
        subject = fluent.subject
        if subject in named or subject in scene.setting.titles or wording.statement or subject[:1].isupper():
            continue
        said = course.wording.sentence(Fact(fluent, scene.setting.range_of(fluent)[0]))
        has_article = re.search(rf"\b(the|an?|my|your|his|her|their|our)\s+(\w+\s+)?{re.escape(subject)}\b", prose)
        message = f"this is told as {said!r}; say how {subject!r} is called: {{values: [...], title: the {subject}}}"
        severity = Severity.WARNING if has_article else Severity.NOTE
        yield Flaw(("facts", str(fluent)), "reads-oddly", message, severity)


def _prose(scene: Scene) -> Iterator[str]:
    """What the author of a scene writes in words."""
    yield scene.premise
    for character in scene.cast.values():
        yield from (character.persona, character.goal, *character.private)
    yield from (scene.author.intent, *scene.author.notes, *(b.text for b in scene.beats))
    yield from (w.question for w in scene.wording.values())


def _events(course: Course) -> Iterator[Flaw]:
    """Scripted beats that nobody of the cast notices at all."""
    people = course.scene.setting.people
    for beat in course.scene.beats:
        happened = [e for e in course.minds.events if e.beat == beat.number]
        if not isinstance(beat.doing, Scripted) or not happened:
            continue
        grades = [course.minds.grade(course.world((), e.time).mind, p, e) for e in happened for p in people]
        if all(grade is Grade.NOT for grade in grades):
            message = "nobody of the cast notices this, so no belief comes of it; say where it happens, or by whom"
            yield _warning(("beats", beat.number - 1), "unnoticed-event", message)


def _to_oneself(scene: Scene) -> Iterator[Flaw]:
    """Words that somebody is made to say to himself."""
    for beat in scene.beats:
        said = beat.doing.action if isinstance(beat.doing, Scripted) else beat.doing
        if isinstance(said, Say | Ask | Remark | Speak) and said.who in said.to:
            message = f"{said.who!r} says this to himself or herself; name others in 'to', or 'think' it"
            yield _warning(("beats", beat.number - 1, "to"), "to-oneself", message)


def _out_of_hiding(course: Course) -> Iterator[Flaw]:
    """Who hides, and is seen for no more than looking, since that is not done secretly."""
    for beat in course.scene.beats:
        action = beat.doing.action if isinstance(beat.doing, Scripted) else None
        if not isinstance(action, Look | Peek | Watch | Read):
            continue
        before, after = (course.world((), course.moments[n]) for n in (beat.number - 1, beat.number))
        hides = hidden_fluent(action.who)
        if before.value(hides) == "yes" and after.value(hides) == "no":
            message = f"{action.who!r} hides, and is seen from here on; add 'secretly: true' to stay hidden"
            yield _warning(("beats", beat.number - 1), "out-of-hiding", message)


def _question(course: Course, plan: ProbePlan, index: int) -> Iterator[Flaw]:
    """Whether a question tells minds apart, and not just the last word of the story."""
    assert plan.viewpoint is not None
    for fluent in plan.about or ():
        for beat in plan.beats:
            before = course.moments[beat]
            right = course.world(plan.viewpoint, before).value(fluent)
            held = [course.world((n,), before).value(fluent) for n in course.present_minds(before)]
            if {course.world((), before).value(fluent), *held} == {right}:
                message = f"after beat {beat} every mind holds {_said(right)}, so the answer tells no minds apart"
                yield Flaw(("probes", index, "ask"), "minds-agree", message, Severity.NOTE)
            elif plan.viewpoint and _is_last_named(course, right, course.scene.setting.range_of(fluent), before):
                message = f"after beat {beat} the answer {_said(right)} is the last of its values that the story names"
                yield Flaw(("probes", index, "ask"), "last-mentioned", message, Severity.NOTE)


def _said(value: str | None) -> str:
    return "no belief" if value is None else repr(value)


def _is_last_named(course: Course, value: str | None, values: Sequence[str], before: int) -> bool:
    told = view(course, AUTHOR, before, Context("shared"))
    in_order = named(course.wording, values, "\n".join(t.text for t in told))
    return bool(in_order) and in_order[-1] == value
