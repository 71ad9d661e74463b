"""The second sieve of a scene file: what pydantic finds wrong with its shape, said of the file and in its words."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from stage.scenes import scenario as written
from stage.scenes.pointing import OTHER_SPELLING, Keys, key_position, node_at, step
from stage.scenes.scenario import BEATS, VERBS, Scenario
from stage.scenes.yaml_positions import Complaints, Entries, Items, Node, Scalar, shortened

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


_SAID_OTHERWISE = {
    "tell": "say",
    "lie": "say",
    "talk": "speak",
    "go": "leave",
    "walk": "leave",
    "exit": "leave",
    "come": "enter",
    "arrive": "enter",
    "give": "put",
    "place": "put",
    "hide": "put",
    "see": "look",
    "notice": "look",
    "change": "set",
    "do": "act",
}
"""Words that beginners try, and the verb that does it."""


def _verb_meant(key: str) -> str:
    """A hint at the verb that a beat's key was meant to be; empty if none is near."""
    if key in _SAID_OTHERWISE:
        return f"{_SAID_OTHERWISE[key]!r} is the verb for {key!r}"
    near = get_close_matches(key[:60], VERBS, 1, 0.6)
    return f"did you mean {near[0]!r}?" if near else ""


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
            below = None if is_missing else step(node, part)
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


class Shape:
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
            self.found.add(key_position(self.top, (*path, verbs[1])), "two-verbs", message)
        meant = {(e.path[:-1], self._nearest_key(e.path)) for e in errors if e.details["type"] == "extra_forbidden"}
        for error in errors:
            misspelt = error.details["type"] == "missing" and (error.path, error.missing) in meant
            if error.path[:2] not in torn and not misspelt:
                self._complain_of(error)

    def _verbs(self, path: Keys) -> list[str]:
        beat = node_at(self.top, path)
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
        node, key_at = node_at(self.top, error.path), key_position(self.top, error.path)
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
        if wanted is None:
            return "wrong-kind", error.details["msg"]
        return "wrong-kind", f"{self._found(error.path)}; {wanted} is wanted here{self._as_list(error.path, wanted)}"

    def _as_list(self, path: Keys, wanted: str) -> str:
        """How a text would be written as a list, where a list is wanted."""
        node = node_at(self.top, path)
        if "a list" not in wanted or not isinstance(node, Scalar) or not node.text or len(node.text) > 40:
            return ""
        return f": [{node.text}]" if node.text.isprintable() else ""

    def _found(self, path: Keys) -> str:
        match node_at(self.top, path):
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
        beat = node_at(self.top, path)
        usual = f"a beat has one of {', '.join(VERBS)}"
        if not isinstance(beat, Entries):
            message = f"{self._found(path)}; a beat is a mapping such as {{enter: sally, to: kitchen}}"
            self.found.add(beat.at, "no-verb", message)
            return
        for key in beat.keys:
            if hint := _verb_meant(key):
                self.found.add(beat.keys[key], "no-verb", f"no verb in this beat; {hint}")
                return
        self.found.add(beat.at, "no-verb", f"no verb in this beat; {usual}")

    def _nearest_key(self, path: Keys) -> str | None:
        keys = self._keys_at(path[:-1])
        twin = OTHER_SPELLING.get(str(path[-1]))
        near = [twin] if twin in keys else get_close_matches(str(path[-1])[:60], keys, 1, 0.6)
        return near[0] if near else None

    def _unknown_key(self, path: Keys) -> str:
        near = self._nearest_key(path)
        if (
            near is not None
            and near == OTHER_SPELLING.get(str(path[-1]))
            and key_position(self.top, (*path[:-1], near))
        ):
            return f"{path[-1]!r} and {near!r} mean the same; remove one"
        node = node_at(self.top, path)
        if near is None and isinstance(node, Scalar) and node.text is None:
            hint = "if it is the rest of a text, put the whole text in quotes: a ',' ends a text within {}"
            return f"unknown key {shortened(str(path[-1]))}; {hint}"
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
