"""The stage's own fixture files (docs/fixtures.md): one question a line, as JSON, with the scene that it is about.

PATH is a ``.jsonl`` that ``stage export --to jsonl`` wrote, or a folder of them. A line without a scene is a passage.
What a model answered in a run is no part of a question and is left aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from stage.importers.files import Torn, files, read_rows
from stage.importers.story import Asked, Imported, Passage, Question, Step, Story, Unparsed
from stage.resolve import resolve
from stage.scenes.fixture import UNKNOWN, VERSION, Fixture
from stage.scenes.scenario import Beat, Scenario
from stage.scenes.scene import Scene, Scripted
from stage.scenes.writer import as_plain
from stage.world.facts import Fluent
from stage.world.setting import AUTHOR, NARRATOR, Setting

AMISS = "impossible-label: "
"""How a reason begins that speaks of the label alone."""


def read(path: Path) -> Imported:
    stories: dict[tuple[str, str], Story] = {}
    passages: dict[tuple[str, str], Passage] = {}
    unparsed: list[Unparsed] = []
    items = 0
    for name, found in lines(path):
        items += 1
        if isinstance(found, Unparsed):
            unparsed.append(found)
            continue
        key = (found.story_id, found.scene_sha256 or "\n".join(found.story))
        if found.scene is None:
            passage = passages.get(key) or Passage(found.story_id, key[1], ())
            passages[key] = replace(passage, questions=(*passage.questions, _asked(found)))
            continue
        try:
            story = stories.get(key) or _story(found)
            check(found, story.setting, len(story.steps))
        except ValueError as error:
            unparsed.append(Unparsed(name, found.question, str(error)))
        else:
            question = replace(question_of(found), after=found.beat)
            stories[key] = replace(story, questions=(*story.questions, question))
    return Imported("stage", items, tuple(stories.values()), tuple(unparsed), tuple(passages.values()))


def lines(path: Path) -> Iterator[tuple[str, Fixture | Unparsed]]:
    """Every line with its place, or why it is no fixture."""
    for file in files(path, "*.jsonl"):
        for number, value in read_rows(file):
            place = f"{file.name}:{number}"
            yield place, _fixture(place, value)


def _fixture(place: str, value: Any) -> Fixture | Unparsed:
    if isinstance(value, Torn):
        return Unparsed(place, str(value)[:200], f"the line is {value.why}")
    if isinstance(value, dict) and value.get("schema") != VERSION:
        return Unparsed(place, str(value)[:200], f"its schema is {value.get('schema')!r}, not {VERSION!r}")
    try:
        return Fixture.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        return Unparsed(place, str(value)[:200], f"{where}: {first['msg']}" if where else first["msg"])


def understood(found: Fixture) -> tuple[Scenario, Scene]:
    """The scene of a line. ValueError where it has none that can be understood."""
    try:
        scenario = found.scenario()
    except ValidationError as error:
        raise ValueError(f"its scene is none: {error.errors(include_url=False)[0]['msg']}") from error
    scene, flaws = (None, []) if scenario is None else resolve(scenario)
    if scenario is None or scene is None:
        raise ValueError(f"its scene is none: {'; '.join(f.message for f in flaws)}")
    return scenario, scene


def check(found: Fixture, setting: Setting, beats: int) -> None:
    """ValueError where a line asks for what its scene does not have."""
    asked = question_of(found)
    if found.beat > beats:
        raise ValueError(f"there is no beat {found.beat} in its scene")
    if asked.fluent not in setting.ranges:
        raise ValueError(f"nothing in its scene is called {found.about!r}")
    for name in asked.viewpoint:
        if name not in (*setting.people, NARRATOR, AUTHOR):
            raise ValueError(f"nobody in its scene is called {name!r}")


def _story(found: Fixture) -> Story:
    """The story of a line, without questions. ValueError where its scene is none."""
    scenario, scene = understood(found)
    prose = "\n".join(found.story) if found.published is not None else ""
    return Story(found.story_id, scene.setting, (), tuple(_steps(scenario, scene)), (), prose, scene.start)


def _steps(scenario: Scenario, scene: Scene) -> Iterator[Step]:
    for beat, understood in zip(scenario.beats, scene.beats, strict=True):
        doing = understood.doing
        if isinstance(doing, Scripted):
            doing = replace(doing, manner=replace(doing.manner, text=beat.text or doing.manner.text))
        yield Step(_in_words(beat), (doing,) if isinstance(doing, Scripted) else ())


def _in_words(beat: Beat) -> str:
    """How a beat is told: in its own text, else as the scene file has it."""
    return beat.text or ", ".join(f"{key}: {value}" for key, value in as_plain(beat).items())


def key_of(name: str) -> str:
    """The name that a scene has for what a benchmark may spell in several words."""
    return re.sub(r"[^\w'’-]+", "_", name).strip("_'’-")


def question_of(found: Fixture) -> Question:
    """A line's question, its label being the answer where no benchmark published another."""
    subject, _, relation = (found.about or "").partition(" ")
    kind = f"order_{found.order}" + (f"/{found.belief}" if found.belief else "")
    asked = Question(
        id=found.id,
        kind=kind,
        text=found.question,
        viewpoint=tuple(found.viewpoint or ()),
        fluent=Fluent(subject, relation),
        label=found.answer or UNKNOWN,
        options=tuple(found.options),
        unknown=UNKNOWN,
    )
    given = found.published
    if given is None:
        return asked
    meant = key_of(given.meant or given.label) if given.is_it is None else given.meant or given.label
    return replace(
        asked,
        kind=given.kind,
        label=given.label,
        meant="" if meant == given.label else meant,
        false_belief=given.false_belief,
        is_it=given.is_it,
        answers=given.answers,
        unknown_is_no=given.unknown_is_no,
        underivable=given.underivable,
        noted=given.reason,
        unknown="",
    )


def _asked(found: Fixture) -> Asked:
    given = found.published
    return Asked(
        id=found.id,
        kind=given.kind if given else f"order_{found.order}",
        text=found.question,
        options=tuple(found.options),
        label=given.label if given else found.answer or UNKNOWN,
        order=found.order,
        state=found.state,
        false_belief=given.false_belief if given else None,
        amiss=given.reason.removeprefix(AMISS) if given and given.reason.startswith(AMISS) else "",
    )
