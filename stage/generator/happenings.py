"""What can happen in a generated scene: each function proposes the next beats, or none where it does not fit.

A lie is told where it can be believed: away from the thing, so that no hearer sees better. Movers know where the thing
is, or look first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from random import Random

from stage.generator.draft import Draft, other
from stage.scenes.scenario import (
    Beat,
    CloseBeat,
    EnterBeat,
    LeaveBeat,
    LookBeat,
    MoveBeat,
    OpenBeat,
    PeekBeat,
    PutBeat,
    ReadBeat,
    SayBeat,
    WatchBeat,
    WhisperBeat,
    WriteBeat,
)

Happening = Callable[[Draft, Random], list[Beat]]
"""The beats that come next, in their order; empty where it cannot happen now."""


def _one(rng: Random, names: list[str]) -> str | None:
    return rng.choice(names) if names else None


# ------------------------------------------------------------------------------------------------------ coming and going
def leaving(draft: Draft, rng: Random) -> list[Beat]:
    who = _one(rng, draft.present(draft.stage.main))
    return [] if who is None else [LeaveBeat(leave=who, to=_elsewhere(draft, rng))]


def slipping_out(draft: Draft, rng: Random) -> list[Beat]:
    present = draft.present(draft.stage.main)
    who = _one(rng, present) if len(present) > 1 else None
    return [] if who is None else [LeaveBeat(leave=who, to=_elsewhere(draft, rng), secretly=True)]


def coming(draft: Draft, rng: Random) -> list[Beat]:
    who = _one(rng, [p for p in draft.people if draft.place_of(p) != draft.stage.main])
    return [] if who is None else [EnterBeat(enter=who, to=draft.stage.main)]


def following(draft: Draft, rng: Random) -> list[Beat]:
    """Somebody joins somebody else in a room where the thing is not."""
    rooms = [r for r in draft.course.scene.setting.places if r != draft.stage.main and draft.present(r)]
    room = _one(rng, rooms)
    who = _one(rng, [p for p in draft.people if draft.place_of(p) != room]) if room else None
    return [] if who is None or room is None else [EnterBeat(enter=who, to=room)]


def _elsewhere(draft: Draft, rng: Random) -> str:
    return rng.choice([r for r in draft.course.scene.setting.places if r != draft.stage.main])


# -------------------------------------------------------------------------------------------------------------- handling
def moving(draft: Draft, rng: Random) -> list[Beat]:
    """Mostly while somebody is away, and not at once back again."""
    present = draft.present(draft.stage.main)
    who = _one(rng, present)
    if who is None or isinstance(draft.beats[-1], MoveBeat | PutBeat):
        return []
    if len(present) == len(draft.people) and rng.random() < 0.8:
        return []
    return list(_move(draft, rng, who, {}))


def _move(draft: Draft, rng: Random, who: str, manner: Mapping[str, list[str]]) -> Iterator[Beat]:
    """The beats with which somebody moves the thing; ``manner`` says who misses it and how."""
    origin = draft.believed()
    if origin not in draft.stage.containers:
        return
    goal = other(draft.stage.containers, origin)
    closed = [box for box in (origin, goal) if not draft.course.rules.sight.is_open(box, draft.course.world(()))]
    for box in closed:
        yield OpenBeat(open=box, by=who)
    if draft.believed(who) != origin and origin not in closed:
        yield LookBeat(look=origin, by=who)
    moved: Beat = MoveBeat(move=draft.stage.thing, to=goal, by=who)
    yield moved.model_copy(update=manner)
    for box in closed:
        if rng.random() < 0.6:
            yield CloseBeat(close=box, by=who)


def moving_unheeded(draft: Draft, rng: Random) -> list[Beat]:
    """Somebody who is there misses it, and nobody knows."""
    return _moving_past(draft, rng, "distracted")


def moving_behind_back(draft: Draft, rng: Random) -> list[Beat]:
    """Somebody who is there misses it, and all the others know."""
    return _moving_past(draft, rng, "hidden_from")


def _moving_past(draft: Draft, rng: Random, key: str) -> list[Beat]:
    present = draft.present(draft.stage.main)
    if len(present) < 2:
        return []
    who, missing = rng.sample(present, 2)
    return list(_move(draft, rng, who, {key: [missing]}))


def looking(draft: Draft, rng: Random) -> list[Beat]:
    state = draft.course.world(())
    boxes = [b for b in draft.stage.containers if draft.course.rules.sight.is_open(b, state)]
    who, box = _one(rng, draft.present(draft.stage.main)), _one(rng, boxes)
    return [] if who is None or box is None else [LookBeat(look=box, by=who)]


def handling_lid(draft: Draft, rng: Random) -> list[Beat]:
    setting, state = draft.course.scene.setting, draft.course.world(())
    who = _one(rng, draft.present(draft.stage.main))
    box = _one(rng, [b for b in draft.stage.containers if setting.things[b].lid])
    if who is None or box is None:
        return []
    is_open = draft.course.rules.sight.is_open(box, state)
    return [CloseBeat(close=box, by=who)] if is_open else [OpenBeat(open=box, by=who)]


# --------------------------------------------------------------------------------------------------------------- looking in
def peeking(draft: Draft, rng: Random) -> list[Beat]:
    who = _one(rng, _outside(draft))
    return [] if who is None else [PeekBeat(peek=draft.stage.main, by=who)]


def watching(draft: Draft, rng: Random) -> list[Beat]:
    who = _one(rng, _outside(draft))
    return [] if who is None else [WatchBeat(watch=draft.stage.main, by=who)]


def _outside(draft: Draft) -> list[str]:
    return [p for p in draft.people if draft.place_of(p) not in (None, draft.stage.main)]


# ----------------------------------------------------------------------------------------------------------------- saying
def telling(draft: Draft, rng: Random) -> list[Beat]:
    return _said(draft, rng, honest=True)


def lying(draft: Draft, rng: Random) -> list[Beat]:
    return _said(draft, rng, honest=False)


def _said(draft: Draft, rng: Random, honest: bool) -> list[Beat]:
    """In a room where the thing is not; all who are there hear it."""
    meetings = [(s, h) for s in draft.people for h in draft.people if s != h and _meet_outside(draft, s, h)]
    if not meetings:
        return []
    speaker, hearer = rng.choice(meetings)
    hearers = [h for h in draft.present(draft.place_of(speaker) or "") if h != speaker]
    value = _word(draft, speaker, hearer, hearers, honest)
    return [] if value is None else [SayBeat(say=_fact(draft, value), by=speaker, to=hearer)]


def _meet_outside(draft: Draft, one: str, two: str) -> bool:
    return draft.place_of(one) == draft.place_of(two) not in (None, draft.stage.main)


def _word(draft: Draft, speaker: str, to: str, hearers: list[str], honest: bool) -> str | None:
    """What somebody says of where the thing is; None where there is nothing to say: the speaker does not know, or takes
    the one addressed to believe it already, or some hearer knows better."""
    believed = draft.believed(speaker)
    if believed not in draft.stage.containers:
        return None
    value = believed if honest else other(draft.stage.containers, believed)
    is_news = draft.believed(speaker, to) != value and all(draft.has_news(speaker, h, honest) for h in hearers)
    return value if is_news else None


def _fact(draft: Draft, value: str) -> str:
    return f"{draft.fluent} {value}"


def whispering(draft: Draft, rng: Random, honest: bool) -> list[Beat]:
    """To one, in the presence of others; not where the thing is if the word is a lie."""
    rooms = [r for r in draft.course.scene.setting.places if len(draft.present(r)) > 2]
    room = _one(rng, [r for r in rooms if honest or r != draft.stage.main])
    if room is None:
        return []
    speaker, hearer = rng.sample(draft.present(room), 2)
    value = _word(draft, speaker, hearer, [hearer], honest)
    return [] if value is None else [WhisperBeat(whisper=_fact(draft, value), by=speaker, to=hearer)]


def calling(draft: Draft, rng: Random, honest: bool) -> list[Beat]:
    """To one who is in another room than the speaker, and than the thing; lies where nobody else hears them."""
    far = [
        (s, h)
        for s in draft.people
        for h in _outside(draft)
        if draft.place_of(s) is not None and draft.place_of(s) != draft.place_of(h)
    ]
    if not far:
        return []
    speaker, hearer = rng.choice(far)
    beside = [h for h in draft.present(draft.place_of(speaker) or "") if h != speaker]
    value = _word(draft, speaker, hearer, [hearer], honest) if honest or not beside else None
    return [] if value is None else [SayBeat(say=_fact(draft, value), by=speaker, to=hearer, from_afar=True)]


def writing(draft: Draft, rng: Random, honest: bool) -> list[Beat]:
    paper = draft.stage.paper
    writer = _one(rng, draft.present(draft.stage.main)) if paper and draft.letter_by is None else None
    believed = draft.believed(writer) if writer else None
    if writer is None or paper is None or believed not in draft.stage.containers:
        return []
    draft.letter_by = writer
    value = believed if honest else other(draft.stage.containers, believed)
    return [WriteBeat(write=paper, says=_fact(draft, value), by=writer)]


def reading(draft: Draft, rng: Random) -> list[Beat]:
    who = _one(rng, [p for p in draft.present(draft.stage.main) if p != draft.letter_by])
    return [] if who is None or draft.letter_by is None else [ReadBeat(read=draft.stage.paper or "", by=who)]
