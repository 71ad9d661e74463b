"""OpenToM (Xu et al., ACL 2024): its metadata gives each plot in a few set sentences, its question files ask about it.

PATH is the folder with ``meta_data.json`` and the question files; the location questions are read, coarse (``_cg_``)
and fine (``_fg_``), first (``_fo``) and second order (``_so``). Whether the observer saw the move is taken from
``observed``, whether that was plain to see from the plot. What the mover made of it stands in the prose alone, so what
the mover takes the observer to believe does not follow. A label that spells a place otherwise than the metadata is read
as the place that it resembles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from stage.errors import UsageError
from stage.events import Appear, Attention, Enter, Grade, Set
from stage.facts import AWAY, Fact
from stage.importers.files import files, read_object
from stage.importers.rooms import NotUnderstoodError
from stage.importers.story import ELSEWHERE, Imported, Question, Step, Story, Unparsed
from stage.rules import Manner
from stage.scene import Scripted
from stage.setting import Conventions, Setting, Thing, place_fluent

META = "meta_data.json"
SIMILAR = 0.85
PROSE_ONLY = "what the mover takes the observer to have noticed stands in the prose alone"

_ENTERED = re.compile(r"(.+?) (?:entered|is in) the (.*)\.")
_EXITED = re.compile(r"(.+?) exited the (.*)\.")
_NOTICED = re.compile(r"Both (.+?) and (.+?) noticed that the (.+) (?:is|are) in the (.+) in the ?(.*)\.")
_MOVED = re.compile(r"(.+?) moved the .+ (?:and|but) (.+?) (did not witness|witnessed) the (?:action|event)\.")
_BEGAN = re.compile(r"From narrator's perspective, where is .+ located in the beginning of the story\?")
_ENDED = re.compile(r"From narrator's perspective, where is .+ located by the end of the story\?")
_WHERE = re.compile(
    r"From (.+?)'s perspective, where(?: is| precisely does (.+?) think that) .+ located(?: precisely)? "
    r"by the end of the story\?"
)
_STILL = re.compile(
    r"From (.+?)'s perspective, (?:is|does (.+?) think that) .+ in its initial location by the end of the story\?"
)


@dataclass(frozen=True)
class _Plot:
    mover: str
    observer: str
    thing: str
    origin: str
    goal: str
    observed: bool


def read(path: Path) -> Imported:
    folder = path if path.is_dir() else path.parent
    if not (folder / META).is_file():
        raise UsageError(f"there is no {META} in {folder}")
    asked = [f for f in files(folder if path.name == META else path, "location_*.json") if f.name != META]
    meta = read_object(folder / META)
    stories: dict[str, Story] = {}
    plots: dict[str, _Plot] = {}
    failed: dict[str, NotUnderstoodError] = {}
    for name, row in meta.items():
        try:
            plots[name] = _plot(row)
            stories[name] = _story(name, str(row["plot"]), plots[name])
        except NotUnderstoodError as error:
            failed[name] = error
        except (KeyError, TypeError) as error:
            failed[name] = NotUnderstoodError(name, f"the metadata have no {error}")
    unparsed: list[Unparsed] = []
    items = 0
    for file in asked:
        for name, rows in read_object(file).items():
            for number, row in enumerate(rows):
                items += 1
                item = f"{file.stem}:{name}:{number}"
                try:
                    if name not in stories:
                        raise failed.get(name) or NotUnderstoodError(name, f"{META} has no such story")
                    question = _question(item, file.stem, plots[name], row)
                except NotUnderstoodError as error:
                    unparsed.append(Unparsed(item, error.sentence, error.why))
                except (KeyError, TypeError) as error:
                    unparsed.append(Unparsed(item, str(row), f"the item has no {error}"))
                else:
                    told = stories[name]
                    stories[name] = replace(told, questions=(*told.questions, question))
    return Imported("opentom", items, tuple(s for s in stories.values() if s.questions), tuple(unparsed))


def _plot(row: Mapping[str, Any]) -> _Plot:
    info = row["plot_info"]
    mover, observer, thing, origin, goal = (
        str(info[k]) for k in ("mover", "observer", "eoi", "original_place", "move_to_place")
    )
    return _Plot(mover, observer, thing, origin, goal, bool(row["observed"]))


def _story(name: str, text: str, plot: _Plot) -> Story:
    people = (plot.mover, plot.observer)
    sentences = [s for s in text.splitlines() if s.strip()]
    room = next((_room(m[5], plot) for s in sentences if (m := _NOTICED.fullmatch(s))), None)
    if room is None:
        raise NotUnderstoodError(text, "the plot does not say where the thing was noticed")
    rooms = dict.fromkeys([room, *(_room(m[2], plot) for s in sentences if (m := _ENTERED.fullmatch(s)))])
    where: dict[str, str] = {}
    steps = tuple(Step(s, tuple(_doings(s, plot, room, where))) for s in sentences)
    spots = (plot.origin, plot.goal)
    setting = Setting(
        people=people,
        places=tuple(rooms),
        things={plot.thing: Thing(plot.thing)} | {s: Thing(s, container=True) for s in spots},
        ranges={place_fluent(p): (*rooms, AWAY) for p in people} | {place_fluent(plot.thing): (*spots, ELSEWHERE)},
        shown={},
        conventions=Conventions(),
    )
    start = (Fact(place_fluent(plot.thing), plot.origin), Fact(place_fluent(plot.origin), room))
    return Story(name, setting, start, steps, ())


def _doings(text: str, plot: _Plot, room: str, where: dict[str, str]) -> Iterator[Scripted]:
    """What a plot sentence does. Names are the metadata's: one sentence or other of the plots names the wrong person."""
    manner = Manner(text=text)
    fluent = place_fluent(plot.thing)
    if match := _NOTICED.fullmatch(text):
        for who in (plot.mover, plot.observer):
            if where.get(who) != room:
                yield Scripted(Appear(who, room) if who not in where else Enter(who, room), manner)
                where[who] = room
        yield Scripted(Set(Fact(fluent, plot.origin), place=room), manner)
    elif match := _MOVED.fullmatch(text):
        plain = Grade.FULLY if match[3] == "witnessed" else Grade.NOT
        told: tuple[Attention, ...] = (Attention(plot.observer, plain),)
        if plot.observed:
            told = (Attention(plot.observer, Grade.FULLY, frozenset({plot.observer})), *told)
        deed = Set(Fact(fluent, plot.goal), plot.mover, room)
        yield Scripted(deed, replace(manner, attention=told))
    elif match := _EXITED.fullmatch(text):
        where[_who(match[1], plot, text)] = AWAY
        yield Scripted(Enter(match[1], AWAY), manner)
    elif match := _ENTERED.fullmatch(text):
        who, to = _who(match[1], plot, text), _room(match[2], plot)
        if where.get(who) != to:
            where[who] = to
            yield Scripted(Enter(who, to), manner)
    else:
        raise NotUnderstoodError(text, "no pattern fits the sentence")


def _room(name: str, plot: _Plot) -> str:
    """The key of a room, which may be nameless, or share its name with the place that the thing is moved to."""
    key = f"the {name or 'room'}"
    return f"{key} (room)" if key in (plot.origin, plot.goal, plot.thing) else key


def _who(name: str, plot: _Plot, text: str) -> str:
    if name not in (plot.mover, plot.observer):
        raise NotUnderstoodError(text, f"{name} is neither mover nor observer")
    return name


def _question(name: str, kind: str, plot: _Plot, row: Mapping[str, Any]) -> Question:
    asked, label = str(row["question"]).strip(), str(row["answer"]).strip()
    fluent = place_fluent(plot.thing)
    options = (plot.origin, plot.goal)
    meant = "" if label in options else next(iter(get_close_matches(label, options, 1, SIMILAR)), "")
    if _BEGAN.fullmatch(asked) or _ENDED.fullmatch(asked):
        began = bool(_BEGAN.fullmatch(asked))
        return Question(name, kind, asked, (), fluent, label, options, began, meant=meant)
    where, still = _WHERE.fullmatch(asked), _STILL.fullmatch(asked)
    match = where or still
    if match is None:
        raise NotUnderstoodError(asked, "no pattern fits the question")
    viewpoint = tuple(_who(n, plot, asked) for n in match.groups() if n is not None)
    is_it = plot.origin if still else None
    underivable = PROSE_ONLY if viewpoint == (plot.mover, plot.observer) else ""
    return Question(
        name, kind, asked, viewpoint, fluent, label, options, is_it=is_it, meant=meant, underivable=underivable
    )
