"""Scenes written down: from the models of a scene file to its YAML, in one form for all.

Everything is taken from the models themselves: whatever a scene file may say comes out again, keys in the order of the
format, whatever is as it would be anyhow left out. Reading the text back gives an equal scene.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from io import StringIO
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import FoldedScalarString, LiteralScalarString, SingleQuotedScalarString

from stage.scenes.scenario import Scenario, Strict

WIDTH = 120
"""Columns of a line; what is longer is broken up."""

ENDLESS = 1 << 30

_LISTED = ("cast", "things", "facts", "beats", "probes")
"""The parts of a scene that have a line, or several, for each entry."""


def as_plain(part: Strict) -> dict[str, Any]:
    """A scene, or a part of one, as JSON has it: what its author would have to write and no more."""
    return {key: _plain(value) for key, value in _written(part)}


def as_yaml(scenario: Scenario, remark: str = "", remarks: Mapping[int, Sequence[str]] | None = None) -> str:
    """The text of a scene file. ``remark`` stands as a comment at its top, each of ``remarks`` before the beat of that
    number (counted from 0; the number of beats stands for their end)."""
    top = CommentedMap()
    for key, value in as_plain(scenario).items():
        if key in _LISTED:
            top[key] = _entries(value, {} if key != "beats" or remarks is None else remarks)
        else:
            top[key] = _laid_out(value, WIDTH - len(key) - 2)
    if remark:
        top.yaml_set_start_comment(remark)
    out = StringIO()
    _yaml().dump(top, out)
    return out.getvalue()


def _written(part: BaseModel) -> Iterator[tuple[str, Any]]:
    """The keys of a part with their values, its own before those that it has in common with others."""
    fields = type(part).model_fields
    own_first = dict.fromkeys(n for kind in type(part).__mro__ for n in vars(kind).get("__annotations__", ()))
    for name in [n for n in own_first if n in fields]:
        value = getattr(part, name)
        if fields[name].is_required() or value != fields[name].get_default(call_default_factory=True):
            yield fields[name].alias or name, value


def _plain(value: Any) -> Any:
    match value:
        case Strict():
            return as_plain(value)
        case dict():
            return {str(k): _plain(v) for k, v in value.items()}
        case list() | tuple():
            return [_plain(v) for v in value]
        case Enum():
            return value.value
        case _:
            return value


# --------------------------------------------------------------------------------------------------------- the layout
def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = ENDLESS
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.allow_unicode = True
    yaml.representer.ignore_aliases = lambda *_: True
    return yaml


def _entries(value: Mapping[str, Any] | Sequence[Any], remarks: Mapping[int, Sequence[str]]) -> Any:
    """A mapping or list with one entry below the other."""
    if isinstance(value, Mapping):
        return CommentedMap({k: _laid_out(v, WIDTH - len(k) - 4) for k, v in value.items()})
    items = CommentedSeq([_laid_out(v, WIDTH - 4) for v in value])
    for number, lines in remarks.items():
        if number < len(value):
            items.yaml_set_comment_before_after_key(number, before="\n".join(lines), indent=2)
    return items


def _laid_out(value: Any, room: int) -> Any:
    """A value in one line where there is room for it, else with one entry below the other."""
    if isinstance(value, str):
        return _text(value, room)
    if not isinstance(value, Mapping | list):
        return value
    fits = _length(value) <= room
    below = room if fits else room - 4
    made: CommentedMap | CommentedSeq
    if isinstance(value, Mapping):
        made = CommentedMap({k: _laid_out(v, below - len(k)) for k, v in value.items()})
    else:
        made = CommentedSeq([_laid_out(v, below) for v in value])
    if fits:
        made.fa.set_flow_style()
    else:
        made.fa.set_block_style()
    return made


def _text(text: str, room: int) -> str:
    """A text in the style in which it is read best. One that begins with a sign is put in quotes: not all that YAML
    lets stand bare is read as it was written."""
    if len(text) > room and "\n" not in text:
        return _folded(text)
    styled: str = text
    if "\n" in text:
        styled = LiteralScalarString(text)
    elif not text[:1].isalnum():
        styled = SingleQuotedScalarString(text)
    return styled


def _folded(text: str) -> str:
    """A long text in several lines; as it is where folding would not give it back."""
    lines = textwrap.wrap(text, WIDTH - 4, break_long_words=False, break_on_hyphens=False)
    if len(lines) < 2 or " ".join(lines) != text or any(line.startswith(" ") for line in lines):
        return text
    folded: Any = FoldedScalarString(text)
    folded.fold_pos = [sum(len(line) + 1 for line in lines[: i + 1]) - 1 for i in range(len(lines) - 1)]
    made: str = folded
    return made


def _length(value: Any) -> int:
    """About how many columns a value takes in one line."""
    match value:
        case dict():
            return 2 + sum(len(k) + 4 + _length(v) for k, v in value.items())
        case list():
            return 2 + sum(2 + _length(v) for v in value)
        case str():
            return len(value) + 2 * (not value.isalnum()) + WIDTH * ("\n" in value)
        case _:
            return len(str(value))
