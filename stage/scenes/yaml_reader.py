"""Scene files: from YAML to a scene as it is understood, or to every complaint about it, each with line and column.

Three sieves, each of which reports all that it finds: the YAML itself (`stage.scenes.yaml_positions`), its shape
(`stage.scenes.scenario`), its meaning (`stage.resolve`). What the beliefs turn out to be, further checks may say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError

from stage.errors import Complaint, SceneError
from stage.resolve import Flaw, resolve
from stage.resources import scenarios_folder
from stage.scenes.pointing import node_at, place, word_within
from stage.scenes.scenario import Scenario
from stage.scenes.scene import Scene
from stage.scenes.shape import Shape
from stage.scenes.yaml_positions import (
    Complaints,
    Entries,
    Items,
    Position,
    compose,
    plain,
    position_of,
)

LARGEST = 1_000_000
"""Bytes of the largest scene file that is read."""

Check = Callable[[Scene], Sequence[Flaw]]
"""A further check of an understood scene, such as `stage.authoring.expectations.contradictions`."""


def load(path: Path, *checks: Check) -> Scene:
    """The scene of a file. Raises SceneError with every complaint about it, those of ``checks`` included."""
    found = Complaints(str(path))
    text = _text(path, found)
    return _whole(None if text is None else _scene(text, found, checks), found)


def read(path: Path) -> str:
    """The text of a scene file. Raises SceneError if it cannot be read, is too large or is not UTF-8."""
    found = Complaints(str(path))
    text = _text(path, found)
    if text is None:
        raise SceneError(found.found)
    return text


def loads(text: str, name: str = "scene", *checks: Check) -> Scene:
    """The scene of a text, called ``name`` in complaints. Raises SceneError with every complaint about it."""
    found = Complaints(name)
    return _whole(_scene(text.removeprefix("\ufeff"), found, checks), found)


def as_written(text: str, name: str = "scene") -> Scenario:
    """The scene of a text as it is written, not yet understood. Raises SceneError with every complaint about its
    shape."""
    found = Complaints(name)
    top = _top(text.removeprefix("\ufeff"), found)
    scenario = None if top is None else _scenario(top, found)
    if scenario is None or found.found:
        raise SceneError(found.found)
    return scenario


def complaints(path: Path, *checks: Check) -> list[Complaint]:
    """Everything that is wrong with a scene file, in the order of lines; empty if it can be played."""
    try:
        load(path, *checks)
    except SceneError as error:
        return list(error.complaints)
    return []


def position(text: str, *keys: str | int) -> Position:
    """Where in the text of a sound scene that stands to which these keys lead from the top, or its nearest ancestor."""
    top = compose(text.removeprefix("\ufeff"), Complaints("scene"))
    if top is None:
        raise ValueError("not the text of a sound scene")
    return node_at(top, keys).at


def _whole(scene: Scene | None, found: Complaints) -> Scene:
    if scene is None or found.found:
        raise SceneError(found.found)
    return scene


def _scene(text: str, found: Complaints, checks: Sequence[Check] = ()) -> Scene | None:
    top = _top(text, found)
    scenario = None if top is None else _scenario(top, found)
    if top is None or scenario is None:
        return None
    scene, flaws = resolve(scenario)
    if scene is not None:
        flaws = [flaw for check in checks for flaw in check(scene)]
    lines = text.split("\n")
    for flaw in flaws:
        at = place(top, flaw.path)
        found.add(
            word_within(top, flaw.path, flaw.word, "".join(lines[at.line - 1 : at.line])) or at,
            flaw.rule,
            flaw.message,
            flaw.severity,
            flaw.because,
        )
    return scene


def _top(text: str, found: Complaints) -> Entries | None:
    top = compose(text, found)
    if top is None or isinstance(top, Entries):
        return top
    what = "this is a list" if isinstance(top, Items) else "this is a single text"
    found.add(top.at, "not-a-mapping", f"{what}; a scene is a mapping with 'cast' and 'places' at its top")
    return None


def _scenario(top: Entries, found: Complaints) -> Scenario | None:
    try:
        return Scenario.model_validate(plain(top))
    except ValidationError as error:
        Shape(top, found).complain(error.errors(include_url=False))
        return None


# ----------------------------------------------------------------------------------------------------------- the file
def _text(path: Path, found: Complaints) -> str | None:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        found.add(None, "no-such-file", f"there is no such file; {_meant(path)}")
        return None
    except IsADirectoryError:
        found.add(None, "not-a-file", "this is a folder; name a scene file in it")
        return None
    except (OSError, ValueError) as error:
        found.add(None, "unreadable-file", f"the file cannot be read: {error}; check its name and permissions")
        return None
    if len(data) > LARGEST:
        found.add(None, "too-large", f"the file has more than {LARGEST:,} bytes; make several scenes of it")
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", errors="replace")
        message = f"byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8"
        found.add(position_of(before, len(before)), "not-utf-8", message)
        return None


def _meant(path: Path) -> str:
    """What may have been meant by the path of a file that is not there: a scene beside it, or a shipped one."""
    try:
        beside = [f.name for f in path.parent.glob("*.yaml")]
    except OSError:
        beside = []
    shipped = [f.stem for f in scenarios_folder().glob("*.yaml")]
    stem = path.name.removesuffix(path.suffix)
    if f"{stem}.yaml" in beside:
        return f"did you mean '{path.with_name(f'{stem}.yaml')}'?"
    if near := get_close_matches(path.name.removesuffix(".yaml"), shipped, 1):
        return f"check the path, or did you mean the shipped scene {near[0]!r}?"
    if near := get_close_matches(path.name, beside, 1):
        return f"did you mean '{path.with_name(near[0])}'?"
    return "check the path, or name a shipped scene such as 'sally_anne'"
