"""The JSON Schema of scene files, from which editors complete and check while one writes.

It is made from the models of `stage.scenes.scenario` and never stricter than the loader: a scene that loads is valid by it.
`python -m stage.scenes.schema` writes it to the file that is shipped.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from stage.resources import shipped
from stage.scenes.scenario import BEATS, NAME, Scenario

FILE = shipped("scenario.schema.json")

_NAME = r"^[^\s\d_'’.,:>-][^\s.,:>]*$"
"""Every name that the loader takes, in a pattern that means the same to all validators; some more fit it too."""

Schema = dict[str, Any]


def schema() -> Schema:
    """The JSON Schema (draft 2020-12) of a scene file."""
    made = Scenario.model_json_schema(by_alias=True)
    for change in (_untitled, _names_as_keys, _any_scalar_as_text, _names):
        made = _everywhere(made, change)
    beats = made["properties"]["beats"]["items"]
    beats["anyOf"] = beats.pop("oneOf")
    for model in BEATS:
        for name, field in model.model_fields.items():
            if field.alias is not None:
                _allow_either(made["$defs"][model.__name__], field.alias, name)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:llm-stage:scene",
        "title": "A scene of the stage",
        **made,
    }


def text() -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def _everywhere(node: Any, change: Callable[[Schema], Schema]) -> Any:
    """A schema with every part of it changed, from the inside out."""
    if isinstance(node, list):
        return [_everywhere(n, change) for n in node]
    if isinstance(node, dict):
        return change({key: _everywhere(value, change) for key, value in node.items()})
    return node


def _untitled(node: Schema) -> Schema:
    """Without the titles that only repeat a key."""
    return {k: v for k, v in node.items() if k != "title" or not isinstance(v, str)}


def _names_as_keys(node: Schema) -> Schema:
    """Keys that are no names are refused, where a bare patternProperties would let them pass."""
    if NAME not in node.get("patternProperties", {}):
        return node
    rest = {k: v for k, v in node.items() if k not in ("patternProperties", "propertyNames")}
    names = {**node.get("propertyNames", {}), "pattern": NAME}
    return {**rest, "propertyNames": names, "additionalProperties": node["patternProperties"][NAME]}


def _any_scalar_as_text(node: Schema) -> Schema:
    """Where a text is wanted, the loader takes numbers and the like as they are written."""
    if node.get("type") != "string" or {"pattern", "enum", "const"} & set(node):
        return node
    return {**node, "type": ["string", "number", "boolean"]}


def _names(node: Schema) -> Schema:
    return {**node, "pattern": _NAME} if node.get("pattern") == NAME else node


def _allow_either(model: Schema, alias: str, name: str) -> None:
    """Two spellings of one key, of which a mapping may have one."""
    model["properties"][name] = model["properties"][alias]
    if alias in model["required"]:
        model["required"].remove(alias)
        model["oneOf"] = [{"required": [alias]}, {"required": [name]}]
    else:
        model["not"] = {"required": [alias, name]}


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
