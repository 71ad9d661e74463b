"""The JSON Schema of scene files: complete, strict about keys, and the same as the file that is shipped."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from stage.scenes.scenario import BEATS, VERBS, Scenario
from stage.scenes.schema import FILE, schema, text

SCHEMA = schema()
DEFINITIONS: dict[str, dict[str, Any]] = SCHEMA["$defs"]


def test_the_shipped_file_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run: python -m stage.scenes.schema"
    assert json.loads(text()) == SCHEMA


def test_it_says_what_it_is() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["$id"] == "urn:llm-stage:scene"
    assert SCHEMA["title"]
    assert SCHEMA["description"] == Scenario.__doc__
    assert set(SCHEMA["required"]) == {"cast", "places"}


def test_every_verb_is_one_of_the_beats() -> None:
    refs = [member["$ref"].removeprefix("#/$defs/") for member in SCHEMA["properties"]["beats"]["items"]["anyOf"]]
    assert refs == [beat.__name__ for beat in BEATS]
    for ref, verb in zip(refs, VERBS, strict=True):
        assert verb in DEFINITIONS[ref]["required"]
        assert verb in DEFINITIONS[ref]["properties"]
        assert DEFINITIONS[ref]["description"].endswith(".")


@pytest.mark.parametrize("name", sorted(DEFINITIONS))
def test_unknown_keys_are_refused(name: str) -> None:
    definition = DEFINITIONS[name]
    assert "enum" in definition or definition["additionalProperties"] is False
    assert SCHEMA["additionalProperties"] is False


def test_put_takes_in_or_to() -> None:
    put = DEFINITIONS["PutBeat"]
    assert put["properties"]["in"] == put["properties"]["to"]
    assert set(put["required"]) == {"put", "by"}
    assert put["oneOf"] == [{"required": ["in"]}, {"required": ["to"]}]


@pytest.mark.parametrize("name", ["sally", "Anne-Marie", "o'neil", "שרה", "सीता", "Zoë2", "a_b"])
def test_names_fit_in_any_dialect_of_patterns(name: str) -> None:
    names = SCHEMA["properties"]["cast"]["propertyNames"]
    assert re.search(names["pattern"], name)
    assert Scenario.model_validate({"cast": {name: None}, "places": ["hall"]}).cast == {name: None}


@pytest.mark.parametrize("name", ["", "1st", "_x", "two words", "a.b", "a>b", "..", "-x"])
def test_what_is_no_name_does_not_fit(name: str) -> None:
    assert not re.search(SCHEMA["properties"]["cast"]["propertyNames"]["pattern"], name)


def test_numbers_may_be_values() -> None:
    values = DEFINITIONS["FactSpec"]["properties"]["values"]["items"]
    assert values["type"] == ["string", "number", "boolean"]
