"""Labelled lines: what the reader of words finds in them, and what it is to be trusted with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from stage.controls import control_stage
from stage.inference.requests import Chat, ModelCard, Reply, Request, Score, Scored, Usage
from stage.performing.audiences import Unwatched
from stage.performing.play import perform
from stage.performing.second_reader import Said, best_threshold, readings
from stage.performing.settings import Settings
from stage.performing.transcript import Line, Transcript
from stage.questions.answer_key import AnswerKey
from stage.resources import scenarios_folder
from stage.scenes.yaml_reader import load
from stage.scoring.lines import Reading, read_line
from stage.scoring.mentions import Reader
from stage.scoring.names import Names
from stage.scoring.scorecard import score

WORLDS = YAML(typ="safe").load((Path(__file__).parent / "data" / "said.yaml").read_text(encoding="utf-8"))["worlds"]
PARTS = tuple(dict.fromkeys(world["part"] for world in WORLDS))


def read(world: Mapping[str, Any], text: str) -> Reading:
    names = Names(world["titles"], world.get("aliases", {}), world.get("phrases", {}))
    elsewhere = dict.fromkeys(world["elsewhere"], ("reality",))
    line = Line(1, "speech", world["speaker"], text, known=tuple(world["known"]), elsewhere=elsewhere)
    return read_line(line, Reader(world["facts"], names, world["cast"]), {})


def found(part: str, label: str) -> list[tuple[str, bool]]:
    lines = [(world, text) for world in WORLDS if world["part"] == part for _, text in world[label]]
    return [(text, bool(read(world, text).leaks)) for world, text in lines]


def test_the_lines_are_many() -> None:
    lines = Counter(world["part"] for world in WORLDS for label in ("leaks", "sound") for _ in world[label])
    assert lines == {"mending": 280, "measuring": 160, "independent": 200}


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: str(world["name"]))
def test_half_of_a_world_s_lines_leak(world: Mapping[str, Any]) -> None:
    assert len(world["leaks"]) == len(world["sound"]) == 20


def test_a_world_is_named_once() -> None:
    assert len({world["name"] for world in WORLDS}) == len(WORLDS)


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: str(world["name"]))
def test_who_speaks_is_there_and_the_names_are_of_the_world(world: Mapping[str, Any]) -> None:
    subjects = {fluent.split()[0] for fluent in world["facts"]}
    names = {*world["cast"], *subjects, *(value for values in world["facts"].values() for value in values)}
    assert world["speaker"] in world["cast"]
    assert {*world["titles"], *world.get("aliases", {})} <= names


def test_a_line_is_labelled_once() -> None:
    texts = Counter(
        (world["name"], text) for world in WORLDS for label in ("leaks", "sound") for _, text in world[label]
    )
    assert not [text for text, times in texts.items() if times > 1]


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: str(world["name"]))
def test_what_the_labels_rest_on_is_possible(world: Mapping[str, Any]) -> None:
    facts = {f"{fluent} {value}" for fluent, values in world["facts"].items() for value in values}
    assert {*world["known"], *world["elsewhere"]} <= facts
    assert not {*world["known"]} & {*world["elsewhere"]}
    assert {*world.get("phrases", {})} <= facts


@pytest.mark.parametrize(
    ("part", "precision", "recall"),
    [("mending", 0.97, 0.95), ("measuring", 0.95, 0.95), ("independent", 0.9, 0.83)],
)
def test_the_reader_of_words_is_as_good_as_the_document_says(part: str, precision: float, recall: float) -> None:
    leaks, sound = found(part, "leaks"), found(part, "sound")
    hits, alarms = sum(hit for _, hit in leaks), sum(hit for _, hit in sound)
    missed, wrong = [t for t, hit in leaks if not hit], [t for t, hit in sound if hit]
    assert hits / (hits + alarms) >= precision, wrong
    assert hits / len(leaks) >= recall, missed


def test_saying_what_nobody_believes_is_an_invention_and_no_leak() -> None:
    jewel = next(world for world in WORLDS if world["name"] == "jewel")
    assert not read(jewel, "The jewel is in the safe.").leaks
    assert read(jewel, "The jewel is in the suitcase.").leaks
    assert not read(jewel, "The jewel is in the suitcase.").inventions


def test_a_leak_names_who_knows() -> None:
    line = Line(1, "speech", "sally", "The marble is in the box.", elsewhere={"marble at box": ("reality", "anne")})
    reading = read_line(line, Reader({"marble at": ("basket", "box")}, Names(), ("sally", "anne")), {})
    assert reading.leaks == ('Says "marble at box", which sally does not believe (reality, anne does).',)


def test_thoughts_are_read_as_well() -> None:
    said = Line(1, "speech", "sally", "The marble is in the box.", performed=True, known=("marble at basket",))
    said = replace(said, elsewhere={"marble at box": ("reality",)})
    lines = (said, replace(said, kind="thought"), replace(said, kind="event"))
    scorecard = score(Transcript(lines, cast=("sally",), facts={"marble at": ("basket", "box")}))
    assert {kind: figure.value for kind, figure in scorecard.leaks_by_kind.items()} == {"speech": 1.0, "thought": 1.0}
    assert scorecard.lines == 1


@pytest.mark.parametrize(("unsure", "sign"), [(0.9, 1), (0.1, -1)])
def test_hedging_where_the_stage_is_unsure_is_found(unsure: float, sign: int) -> None:
    lines = []
    for i in range(10):
        hedges = i % 2 == 0
        text = "Perhaps the marble is in the box." if hedges else "The marble is in the box."
        entropy = (unsure if hedges else 1 - unsure) + i / 1000
        lines.append(Line(i, "speech", "sally", text, performed=True, act="marble at box", act_entropy=entropy))
    found = score(Transcript(tuple(lines), facts={"marble at": ("basket", "box")})).hedging
    assert found.share.value == 0.5
    assert found.difference.value is not None
    assert found.difference.value * sign > 0.7
    assert found.difference.covers(0.0) is False


def test_the_second_reader_is_set_beside_the_first() -> None:
    read_as = ((2.0, "The marble is in the box."), (-2.0, "The marble is in the box."), (2.0, "Good morning."))
    lines = tuple(
        Line(
            i,
            "speech",
            "sally",
            text,
            performed=True,
            elsewhere={"marble at box": ("anne",)},
            second_reading={"marble at box": nats},
        )
        for i, (nats, text) in enumerate(read_as)
    )
    opinion = score(Transcript(lines, facts={"marble at": ("basket", "box")})).second_opinion
    assert [f.value for f in (opinion.second, opinion.first, opinion.both)] == [2 / 3, 2 / 3, 1 / 3]


class Yes:
    """A model that says yes to whatever is about the box, and likes to say yes anyway."""

    card = ModelCard("yes")
    usage = Usage()

    def answer(self, requests: Sequence[Request]) -> list[Reply]:
        assert all(isinstance(r, Score) and isinstance(r.prompt, Chat) for r in requests)
        return [Scored((-1.0 if '"It is in the box."' in str(r.prompt) else -2.0, -3.0), (1, 1)) for r in requests]


def test_what_a_model_says_to_everything_cancels() -> None:
    clauses = {"marble at box": "the marble is in the box"}
    assert readings(Yes(), [Said("It is in the box.", clauses), Said("Good day.", clauses)]) == [
        {"marble at box": 1.0},
        {"marble at box": 0.0},
    ]


def test_the_threshold_is_where_lines_are_told_apart_best() -> None:
    assert best_threshold([1.0, 2.0, 0.0], [-1.0, -2.0, 0.5]) in (0.75, -0.5)
    assert best_threshold([3.0, 4.0], [1.0, 2.0]) == 2.5


def test_what_there_is_to_give_away_is_put_down_with_a_line() -> None:
    key: AnswerKey = {}
    oracle = control_stage("oracle", key, 0)
    scene = load(scenarios_folder() / "sally_anne.yaml")
    performed = perform(scene, oracle, Settings(second_reader=True), Unwatched(), key)
    (line,) = [x for x in performed.lines if x.kind == "speech" and x.performed]
    assert "marble at basket" in line.known
    assert line.elsewhere is not None
    assert line.elsewhere["marble at box"] == ("reality", "anne", "narrator", "author")
    assert set(line.second_reading) == set(line.elsewhere)
    assert line.act_entropy is not None
    assert 0 <= line.act_entropy <= 1
    assert score(performed).second_opinion.second.value == 0
