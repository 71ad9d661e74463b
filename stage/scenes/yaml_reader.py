"""Scene files: from YAML to a scene as it is understood, or to every complaint about it, each with line and column.

Three sieves, each of which reports all that it finds: the YAML itself (`stage.scenes.yaml_positions`), its shape
(`stage.scenes.scenario`), its meaning (`stage.resolve`). What the beliefs turn out to be, further checks may say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from stage.errors import Complaint, SceneError
from stage.resolve import Flaw, resolve
from stage.scenes import scenario as written
from stage.scenes.scenario import BEATS, VERBS, Scenario
from stage.scenes.scene import Scene
from stage.scenes.yaml_positions import (
    Complaints,
    Entries,
    Items,
    Node,
    Position,
    Scalar,
    compose,
    plain,
    position_of,
    shortened,
)

LARGEST = 1_000_000
"""Bytes of the largest scene file that is read."""

Keys = tuple[str | int, ...]


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
    return _node(top, keys).at


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
    for flaw in flaws:
        found.add(_place(top, flaw.path), flaw.rule, flaw.message, flaw.severity)
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
        _Shape(top, found).complain(error.errors(include_url=False))
        return None


# ----------------------------------------------------------------------------------------------------------- the file
def _text(path: Path, found: Complaints) -> str | None:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        found.add(
            None, "no-such-file", "there is no such file; check the path, or name a shipped scene such as 'sally_anne'"
        )
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


# ------------------------------------------------------------------------------------------------------ the positions
_OTHER_SPELLING = {"in": "to", "to": "in", "as": "character", "character": "as"}
"""Keys that may be written in two ways."""


def _step(node: Node, key: str | int) -> Node | None:
    if isinstance(node, Entries) and isinstance(key, str):
        return node.entries.get(key) or node.entries.get(_OTHER_SPELLING.get(key, ""))
    if isinstance(node, Items) and isinstance(key, int):
        return node.items[key] if key < len(node.items) else None
    return None


def _node(top: Node, path: Keys) -> Node:
    """What stands at a path, or at its nearest ancestor that there is."""
    for key in path:
        below = _step(top, key)
        if below is None:
            break
        top = below
    return top


def _key_position(top: Node, path: Keys) -> Position | None:
    parent = _node(top, path[:-1])
    return parent.keys.get(str(path[-1])) if path and isinstance(parent, Entries) else None


def _place(top: Node, path: Keys) -> Position:
    """Where to point: at a value that is a text, at the key of a larger or missing one. In 'trust' names are keys."""
    node = _node(top, path)
    is_name = path[:2] == ("trust", "pairs")
    if not is_name and isinstance(node, Scalar) and node.text is not None:
        return node.at
    return _key_position(top, path) or node.at


# ---------------------------------------------------------------------------------------------------------- the shape
_KINDS: dict[str, str] = {
    "string_type": "a text",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "'true' or 'false'",
    "bool_parsing": "'true' or 'false'",
}
"""Errors that a value is of the wrong kind altogether, and the kind that is wanted."""


def _kind(error: ErrorDetails) -> str | None:
    if error["type"] in ("literal_error", "enum"):
        return str(error["ctx"]["expected"]).replace("True", "'true'")
    return _KINDS.get(error["type"])


def _one_of(kinds: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(kinds[:-1]), kinds[-1]]))


class _Error:
    """An error of pydantic with its location taken apart: the path in the file, and which members of unions it speaks
    of, each with the length of the path at which the union stands."""

    def __init__(self, details: ErrorDetails, top: Node) -> None:
        self.details = details
        path: list[str | int] = []
        self.members: list[tuple[int, str]] = []
        node = top
        self.missing: str | None = None
        location = details["loc"]
        if location[0] == "beats" and len(location) > 2:
            location = (*location[:2], *location[3:])  # the third names the kind of beat
        last = len(location) - 1
        self.is_key = location[-1] == "[key]"
        for i, part in enumerate(location):
            is_missing = i == last and details["type"] == "missing"
            below = None if is_missing else _step(node, part)
            if below is not None:
                node = below
                path.append(part)
            elif is_missing:
                self.missing = str(part)
            elif part != "[key]":
                self.members.append((len(path), str(part)))
        self.path = tuple(path)

    def outer(self, depth: int) -> tuple[Keys, str] | None:
        """The path of the union in whose member the error lies, unions nested ``depth`` deep not counted."""
        if depth >= len(self.members):
            return None
        length, label = self.members[depth]
        return self.path[:length], label


class _Shape:
    """Complaints about the shape of a scene, one for each thing that is wrong."""

    def __init__(self, top: Entries, found: Complaints) -> None:
        self.top = top
        self.found = found

    def complain(self, details: Sequence[ErrorDetails]) -> None:
        errors = self._collapsed([_Error(d, self.top) for d in details], 0)
        torn = {e.path[:2] for e in errors if e.path[:1] == ("beats",) and len(self._verbs(e.path[:2])) > 1}
        for path in sorted(torn, key=str):
            verbs = self._verbs(path)
            message = f"two verbs in this beat, {verbs[0]!r} and {verbs[1]!r}; make two beats of it"
            self.found.add(_key_position(self.top, (*path, verbs[1])), "two-verbs", message)
        meant = {(e.path[:-1], self._nearest_key(e.path)) for e in errors if e.details["type"] == "extra_forbidden"}
        for error in errors:
            misspelt = error.details["type"] == "missing" and (error.path, error.missing) in meant
            if error.path[:2] not in torn and not misspelt:
                self._complain_of(error)

    def _verbs(self, path: Keys) -> list[str]:
        beat = _node(self.top, path)
        return [k for k in beat.keys if k in VERBS] if len(path) == 2 and isinstance(beat, Entries) else []

    def _collapsed(self, errors: Sequence[_Error], depth: int) -> list[_Error]:
        """Of the errors in the members of one union, those of the member that was meant.

        Meant is the first whose errors are not that the value is of another kind; if there is none, one error stands
        for all, with the kinds wanted joined.
        """
        kept: list[_Error] = []
        unions: dict[Keys, dict[str, list[_Error]]] = {}
        for error in errors:
            union = error.outer(depth)
            if union is None:
                kept.append(error)
            else:
                unions.setdefault(union[0], {}).setdefault(union[1], []).append(error)
        for path, members in unions.items():
            meant = next((m for m in members.values() if not any(self._is_other_kind(e, path) for e in m)), None)
            if meant is not None:
                kept += self._collapsed(meant, depth + 1)
            else:
                everything = [e for m in members.values() for e in m]
                kinds = [k for e in everything if len(e.path) == len(path) and (k := _kind(e.details))]
                everything[0].details = {**everything[0].details, "type": "literal_error"}
                everything[0].details["ctx"] = {"expected": _one_of(list(dict.fromkeys(kinds)))}
                kept.append(everything[0])
        return kept

    def _is_other_kind(self, error: _Error, union: Keys) -> bool:
        return error.path == union and _kind(error.details) is not None

    def _complain_of(self, error: _Error) -> None:
        kind = error.details["type"]
        if kind == "union_tag_not_found":
            self._complain_of_verb(error.path)
            return
        node, key_at = _node(self.top, error.path), _key_position(self.top, error.path)
        is_nothing = isinstance(node, Scalar) and node.text is None
        at_key = error.is_key or kind == "extra_forbidden" or is_nothing
        self.found.add(key_at if at_key and key_at else node.at, *self._rule_and_message(error))

    def _rule_and_message(self, error: _Error) -> tuple[str, str]:
        context = error.details.get("ctx", {})
        match error.details["type"]:
            case "extra_forbidden":
                return "unknown-key", self._unknown_key(error.path)
            case "missing":
                return "missing-key", f"the key {error.missing!r} is missing here"
            case "string_pattern_mismatch":
                name = shortened(str(error.path[-1] if error.is_key else error.details["input"]))
                return "bad-name", f"{name} is no name; a name is one word that begins with a letter"
            case "string_too_long":
                return "too-long", f"this text is too long; it can have {context['max_length']} characters"
            case "too_long":
                given, most = context["actual_length"], context["max_length"]
                return "too-long", f"{given} are too many here; at most {most} are possible"
            case "string_too_short":
                return "too-short", "this text is empty; write something"
            case "too_short":
                given, least = context["actual_length"], context["min_length"]
                return "too-short", f"{given} are too few here; {least} or more are needed"
            case "greater_than_equal":
                return "out-of-range", f"this number must be at least {context['ge']}"
            case "less_than_equal":
                return "out-of-range", f"this number must be at most {context['le']}"
        wanted = _kind(error.details)
        message = f"{self._found(error.path)}; {wanted} is wanted here" if wanted else error.details["msg"]
        return "wrong-kind", message

    def _found(self, path: Keys) -> str:
        match _node(self.top, path):
            case Scalar(_, None):
                return "this is empty"
            case Scalar(_, str() as text):
                return f"this is {shortened(text)}"
            case Items():
                return "this is a list"
            case _:
                return "this is a mapping"

    # ------------------------------------------------------------------------------------------------------- the keys
    def _complain_of_verb(self, path: Keys) -> None:
        beat = _node(self.top, path)
        usual = f"a beat has one of {', '.join(VERBS)}"
        if not isinstance(beat, Entries):
            message = f"{self._found(path)}; a beat is a mapping such as {{enter: sally, to: kitchen}}"
            self.found.add(beat.at, "no-verb", message)
            return
        close = {key: near[0] for key in beat.keys if (near := get_close_matches(key[:60], VERBS, 1, 0.6))}
        for key, verb in close.items():
            self.found.add(beat.keys[key], "no-verb", f"no verb in this beat; did you mean {verb!r}?")
            return
        self.found.add(beat.at, "no-verb", f"no verb in this beat; {usual}")

    def _nearest_key(self, path: Keys) -> str | None:
        keys = self._keys_at(path[:-1])
        twin = _OTHER_SPELLING.get(str(path[-1]))
        near = [twin] if twin in keys else get_close_matches(str(path[-1])[:60], keys, 1, 0.6)
        return near[0] if near else None

    def _unknown_key(self, path: Keys) -> str:
        near = self._nearest_key(path)
        if (
            near is not None
            and near == _OTHER_SPELLING.get(str(path[-1]))
            and _key_position(self.top, (*path[:-1], near))
        ):
            return f"{path[-1]!r} and {near!r} mean the same; remove one"
        hint = f"did you mean {near!r}?" if near else f"there is {', '.join(self._keys_at(path[:-1]))}"
        return f"unknown key {shortened(str(path[-1]))}; {hint}"

    def _keys_at(self, path: Keys) -> list[str]:
        """The keys that may stand in the mapping at a path."""
        model = self._model_at(path)
        return [field.alias or name for name, field in model.model_fields.items()] if model else []

    def _model_at(self, path: Keys) -> type[BaseModel] | None:
        match path:
            case ():
                return Scenario
            case ("cast", _) | ("beats", _, "as" | "character"):
                return written.Character
            case ("things", _):
                return written.ThingSpec
            case ("places", _):
                return written.PlaceSpec
            case ("facts", _):
                return written.FactSpec
            case ("author",):
                return written.AuthorSpec
            case ("narrator",):
                return written.NarratorSpec
            case ("trust",):
                return written.TrustSpec
            case ("rules",):
                return written.RulesSpec
            case ("beats", _):
                return next((b for b in BEATS if b.verb in self._verbs(path)), None)
            case ("probes", _):
                return written.ProbeSpec
            case ("probes", _, "xfail"):
                return written.FailureSpec
        return None
