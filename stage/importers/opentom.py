"""OpenToM (Xu et al., ACL 2024): its metadata gives each plot in a few set sentences, its question files ask about it.

PATH is the folder with the metadata and the question files, one of either, or ``opentom.json`` with all in one. Read as
events are the location questions, coarse (``_cg_``) and fine (``_fg_``), first (``_fo``) and second order (``_so``),
and those of how full a container becomes, which is what somebody believes of the move. How easily a thing is reached
(``multihop_``) and what is thought of the move (``attitude``) are questions about the prose. Whether the observer saw
the move is taken from ``observed``, whether that was plain to see from the plot. What the mover made of it stands in
the prose alone, so what the mover takes the observer to believe does not follow. A label that spells a place otherwise
than the metadata is read as the place that it resembles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

from stage.errors import UsageError
from stage.importers.files import files, is_file, read_object, read_rows, stem
from stage.importers.items import NotUnderstoodError, Reading, Row, bounded, fits
from stage.importers.story import ELSEWHERE, Asked, Imported, Passage, Question, Step, Story
from stage.scenes.scene import Scripted
from stage.world.events import Appear, Attention, Enter, Grade, Set
from stage.world.facts import AWAY, Fact
from stage.world.rules import Manner
from stage.world.setting import Conventions, Setting, Thing, place_fluent

METADATA = ("meta_data.json", "metadata.json", "meta_data_long.json", "metadata_long.json")
"""By any of its names; the long narratives are read where their metadata are named, or alone."""
QUESTIONS = ("location_*.json", "multihop_*.json", "attitude.json")
WHOLE = ("opentom.json", "opentom_long.json")
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
_FULLNESS = re.compile(
    r"From (.+?)'s perspective, how does (?:(.+?) think )?(.+?)(?:'s|') fullness (?:would )?change "
    r"by the end of the story\?"
)
_ACCESS = re.compile(
    r"From (.+?)'s perspective, how would .+? accessibility change (?:for (.+?) )?by the end of the story\?"
)
_ATTITUDE = re.compile(r"As (.+?), what is your attitude towards .+\?")

FULLER = ("more full", "less full", "equally full")
ACCESSIBLE = ("more accessible", "less accessible", "equally accessible")
ATTITUDES = ("positive", "negative", "neutral")


@dataclass(frozen=True)
class _Plot:
    mover: str
    observer: str
    thing: str
    origin: str
    goal: str
    observed: bool


def read(path: Path) -> Imported:
    reading = Reading("opentom")
    whole = _whole(path)
    if whole:
        return reading.each(whole, lambda file: _read_whole(reading, file))
    meta, asked = _chosen(path)
    told = _Told(read_object(meta), meta.name)
    return reading.each(asked, lambda file: _read(reading, file, told))


def _whole(path: Path) -> list[Path]:
    """The files that hold all in one, where no metadata lie apart."""
    if is_file(path):
        return [path] if path.name in WHOLE else []
    return [] if _found(path, METADATA) else _found(path, WHOLE)


def _found(path: Path, names: Sequence[str]) -> list[Path]:
    try:
        return files(path, *names)
    except UsageError:
        return []


def _chosen(path: Path) -> tuple[Path, list[Path]]:
    """The metadata, and the question files about them."""
    try:
        folder = path.parent if is_file(path) else files(path, *METADATA)[0].parent
    except UsageError as error:
        raise UsageError(f"{error}; without the metadata the questions cannot be read") from error
    if path.name in METADATA:
        return path, files(folder, *QUESTIONS)
    found = [folder / name for name in METADATA if (folder / name).is_file()]
    if not found:
        raise UsageError(f"there is no {METADATA[0]} in {folder}")
    return found[0], files(path if is_file(path) else folder, *QUESTIONS)


@dataclass
class _Told:
    """The stories of the metadata, each understood once, when it is asked about."""

    rows: Mapping[str, Any]
    source: str
    plots: dict[str, _Plot] = field(default_factory=dict)
    failed: dict[str, NotUnderstoodError] = field(default_factory=dict)

    @property
    def is_part(self) -> bool:
        """Whether the question files ask of more stories than these."""
        return "_long" in self.source

    def story(self, name: str) -> Story:
        if name in self.failed:
            raise self.failed[name]
        try:
            if name not in self.rows:
                raise NotUnderstoodError(name, f"{self.source} has no such story")
            self.plots[name] = _plot(self.rows[name])
            return _story(name, Row.of(self.rows[name]), self.plots[name])
        except NotUnderstoodError as error:
            self.failed[name] = error
            raise


def _read(reading: Reading, file: Path, told: _Told) -> None:
    for name, rows in read_object(file).items():
        if told.is_part and name not in told.rows:
            continue
        for number, value in enumerate(rows if isinstance(rows, list) else [rows]):
            with reading.item(f"{stem(file)}:{name}:{number}") as item:
                story = reading.story(name, partial(told.story, name))
                _ask(reading, name, story, told.plots[name], _Item(item, stem(file), Row.of(value)))


def _read_whole(reading: Reading, file: Path) -> None:
    """Rows that have the metadata and one question each."""
    for number, value in read_rows(file):
        with reading.item(f"{stem(file)}:{number}") as item:
            row = Row.of(value)
            asked, plot = row.row("question"), _plot(row.fields)
            key = (row.text("plot"), row.text("narrative"))
            story = reading.story(key, partial(_story, item, row, plot))
            _ask(reading, key, story, plot, _Item(item, asked.text("type"), asked))


def _plot(value: Any) -> _Plot:
    row = Row.of(value)
    if not row.has("plot_info"):
        raise NotUnderstoodError(str(row), "the metadata have no 'plot_info'")
    info = row.row("plot_info")
    mover, observer, thing, origin, goal = (
        info.text(k) for k in ("mover", "observer", "eoi", "original_place", "move_to_place")
    )
    if len({mover, observer}) < 2 or len({thing, origin, goal}) < 3:
        raise NotUnderstoodError(str(info), "two of the plot's people or things have one name")
    return _Plot(mover, observer, thing, origin, goal, row.flag("observed"))


def _story(name: str, row: Row, plot: _Plot) -> Story:
    text = row.text("plot")
    people = (plot.mover, plot.observer)
    sentences = bounded([s for s in text.splitlines() if s.strip()])
    room = next((_room(m[5], plot) for s in sentences if (m := fits(_NOTICED, s))), None)
    if room is None:
        raise NotUnderstoodError(text, "the plot does not say where the thing was noticed")
    rooms = dict.fromkeys([room, *(_room(m[2], plot) for s in sentences if (m := fits(_ENTERED, s)))])
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
    return Story(name, setting, start, steps, (), row.text("narrative") if row.has("narrative") else "")


def _doings(text: str, plot: _Plot, room: str, where: dict[str, str]) -> Iterator[Scripted]:
    """What a plot sentence does. Names are the metadata's: one sentence or other of the plots names the wrong person."""
    manner = Manner(text=text)
    fluent = place_fluent(plot.thing)
    if match := fits(_NOTICED, text):
        for who in (plot.mover, plot.observer):
            if where.get(who) != room:
                yield Scripted(Appear(who, room) if who not in where else Enter(who, room), manner)
                where[who] = room
        yield Scripted(Set(Fact(fluent, plot.origin), place=room), manner)
    elif match := fits(_MOVED, text):
        plain = Grade.FULLY if match[3] == "witnessed" else Grade.NOT
        told: tuple[Attention, ...] = (Attention(plot.observer, plain),)
        if plot.observed:
            told = (Attention(plot.observer, Grade.FULLY, frozenset({plot.observer})), *told)
        deed = Set(Fact(fluent, plot.goal), plot.mover, room)
        yield Scripted(deed, replace(manner, attention=told))
    elif match := fits(_EXITED, text):
        where[_who(match[1], plot, text)] = AWAY
        yield Scripted(Enter(match[1], AWAY), manner)
    elif match := fits(_ENTERED, text):
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


@dataclass(frozen=True)
class _Item:
    """``kind`` is the name of the file that it is from, or what the file with all of them calls it."""

    id: str
    kind: str
    row: Row


def _ask(reading: Reading, key: Any, story: Story, plot: _Plot, item: _Item) -> None:
    asked = _in_prose(plot, item)
    if asked is None:
        reading.ask(key, story, _question(plot, item))
    else:
        reading.put(key, Passage(story.id, story.text, ()), asked)


def _in_prose(plot: _Plot, item: _Item) -> Asked | None:
    """The question, if it is one that only the prose settles."""
    text, label = item.row.text("question"), item.row.text("answer")
    if access := fits(_ACCESS, text):
        names = [_who(n, plot, text) for n in access.groups() if n is not None]
        return Asked(item.id, item.kind, text, ACCESSIBLE, label, len(names), "belief")
    if attitude := fits(_ATTITUDE, text):
        _who(attitude[1], plot, text)
        return Asked(item.id, item.kind, text, ATTITUDES, label, 1, "attitude")
    return None


def _question(plot: _Plot, item: _Item) -> Question:
    asked, label = item.row.text("question"), item.row.text("answer")
    options = (plot.origin, plot.goal)
    question = Question(item.id, item.kind, asked, (), place_fluent(plot.thing), label, options)
    if fits(_BEGAN, asked) or fits(_ENDED, asked):
        return replace(_spelt(question), at_start=bool(fits(_BEGAN, asked)))
    where, still, full = fits(_WHERE, asked), fits(_STILL, asked), fits(_FULLNESS, asked)
    match = where or still or full
    if match is None:
        raise NotUnderstoodError(asked, "no pattern fits the question")
    viewpoint = tuple(_who(n, plot, asked) for n in match.groups()[:2] if n is not None)
    question = replace(question, viewpoint=viewpoint)
    if viewpoint == (plot.mover, plot.observer):
        question = replace(question, underivable=PROSE_ONLY)
    if where:
        return _spelt(question)
    if still:
        return replace(question, options=(), is_it=plot.origin)
    spot = match[3] if match[3] in options else _resembling(match[3], options)
    if not spot:
        raise NotUnderstoodError(asked, f"the plot has no {match[3]}")
    moved = "less full" if spot == plot.origin else "more full"
    return replace(question, options=FULLER, is_it=plot.goal, answers=(moved, "equally full"))


def _spelt(question: Question) -> Question:
    """The question, with the place that a label means which spells it otherwise."""
    if question.label in question.options:
        return question
    return replace(question, meant=_resembling(question.label, question.options))


def _resembling(name: str, spots: tuple[str, ...]) -> str:
    return next(iter(get_close_matches(name, spots, 1, SIMILAR)), "")
