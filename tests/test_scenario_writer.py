"""Scenes written down come back equal, whatever is in them, and no key of the format is forgotten."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stage.resources import scenarios_folder
from stage.scenes import scenario as written
from stage.scenes.scenario import BEATS, Character, EnterBeat, Scenario, Strict
from stage.scenes.writer import WIDTH, as_plain, as_yaml
from stage.scenes.yaml_reader import as_written, load, loads, read

SCENES = sorted(scenarios_folder().glob("*.yaml"))
MODELS = (
    written.Scenario, written.Character, written.ThingSpec, written.PlaceSpec, written.FactSpec, written.AuthorSpec,
    written.NarratorSpec, written.TrustSpec, written.RulesSpec, written.FailureSpec, written.ProbeSpec, *BEATS,
)  # fmt: skip


@pytest.mark.parametrize("path", SCENES, ids=[p.stem for p in SCENES])
def test_a_shipped_scene_comes_back_equal(path: Any) -> None:
    scenario = as_written(read(path), str(path))
    text = as_yaml(scenario)
    assert as_written(text) == scenario
    assert loads(text) == load(path)
    assert as_yaml(as_written(text)) == text
    assert max(map(len, text.splitlines())) <= WIDTH


def test_all_models_of_the_format_are_looked_at() -> None:
    found = [kind for kind in vars(written).values() if isinstance(kind, type) and issubclass(kind, Strict)]
    assert {*found} - {Strict, written.Beat, written.Noticed, written.Tried} == {*MODELS}


@pytest.mark.parametrize(
    ("model", "field"),
    [pytest.param(m, f, id=f"{m.__name__}.{f}") for m in MODELS for f in m.model_fields],
)
def test_every_key_that_is_not_as_usual_is_written(model: type[Strict], field: str) -> None:
    part = model.model_construct(**{n: "usual" for n, f in model.model_fields.items() if f.is_required()})
    assert (model.model_fields[field].alias or field) in as_plain(part.model_copy(update={field: "unlikely"}))


@pytest.mark.parametrize("beat", BEATS, ids=[b.verb for b in BEATS])
def test_a_beat_begins_with_its_verb(beat: type[written.Beat]) -> None:
    part = beat.model_construct(**dict.fromkeys(beat.model_fields, "something"))
    assert next(iter(as_plain(part))) == beat.verb


ODD = ("- a", "a: b", "a #b", "# c", "null", "~", "true", "no", "12", "1e3", "'", '"', "{a}", "[b", "*x", "&y", "!z", "%d", "a\nb",
       "a\n", "\n", " a", "a  b", "a\tb", "é, 猫", "@", "`", "?", "?0", ":0", "-0", "-", "a\\b", "=", "<<", "x" * 200, "word " * 60, "word  " * 60)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(ODD) | st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=20),
        min_size=5,
        max_size=5,
    )
)
def test_any_text_comes_back_as_it_was(texts: list[str]) -> None:
    title, premise, persona, private, told = texts
    scenario = Scenario(
        title=title[:200],
        premise=premise,
        cast={"sally": Character(persona=persona, private=[private, told]), "anne": None},
        places={"kitchen": None, "Übergang": written.PlaceSpec(title=title[:60])},
        beats=[EnterBeat(enter="sally", to="kitchen", text=told), EnterBeat(enter="anne", to="kitchen", text=premise)],
    )
    assert as_written(as_yaml(scenario)) == scenario


def test_remarks_are_comments_where_they_belong() -> None:
    scenario = Scenario(
        cast={"sally": None},
        places=["kitchen", "hall"],
        beats=[EnterBeat(enter="sally", to=p) for p in ("kitchen", "hall")],
    )
    text = as_yaml(scenario, "Who made it.", {0: ["It rains."], 1: ["It snows.", "It hails."]})
    assert as_written(text) == scenario
    assert text.startswith("# Who made it.\n")
    assert (
        text.index("# It rains.")
        < text.index("to: kitchen")
        < text.index("# It snows.\n  # It hails.")
        < text.index("to: hall")
    )
