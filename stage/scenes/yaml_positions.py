"""YAML as texts, lists and mappings that remember where they stand.

A strict part of YAML 1.2: one document, no anchors, aliases, tags or directives, no key twice, nothing nested too deeply.
Every scalar is the text that stands in the file; what kind of value it is to be, the reader of the tree decides. The
tree is built from the parser's events one by one, so neither nesting nor repetition can blow it up.

Knows nothing of scenes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from stage.errors import Complaint, Severity

DEEPEST = 30
MOST_COMPLAINTS = 100
NULLS = frozenset({"", "~", "null", "Null", "NULL"})

Plain = str | None | list["Plain"] | dict[str, "Plain"]


@dataclass(frozen=True)
class Position:
    """Both count from 1."""

    line: int
    column: int


@dataclass
class Scalar:
    """A text; None where nothing is written, or an unquoted null."""

    at: Position
    text: str | None


@dataclass
class Items:
    """A list."""

    at: Position
    items: list[Node] = field(default_factory=list)


@dataclass
class Entries:
    """A mapping, each key with its position."""

    at: Position
    entries: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Position] = field(default_factory=dict)


Node = Scalar | Items | Entries


def plain(node: Node) -> Plain:
    """A tree without its positions. Recursive: no tree is deeper than DEEPEST."""
    match node:
        case Scalar(_, text):
            return text
        case Items(_, items):
            return [plain(item) for item in items]
        case Entries(_, entries):
            return {key: plain(value) for key, value in entries.items()}


class Complaints:
    """Complaints about one file in the making. There is an end to them: a broken file can be broken everywhere."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Complaint] = []

    @property
    def full(self) -> bool:
        return len(self.found) > MOST_COMPLAINTS

    def add(
        self,
        at: Position | None,
        rule: str,
        message: str,
        severity: Severity = Severity.ERROR,
        because: tuple[str, ...] = (),
    ) -> None:
        """Note a complaint; None means the file as a whole."""
        line, column = (at.line, at.column) if at else (0, 0)
        if len(self.found) == MOST_COMPLAINTS:
            rule, message = "too-many", f"there is more; only {MOST_COMPLAINTS} complaints are shown"
        if not self.full:
            self.found.append(Complaint(self.file, line, column, rule, message, severity, because))


def compose(text: str, complaints: Complaints) -> Node | None:
    """The tree of a text. None if there is none, or if it is not whole; then at least one complaint says why."""
    before = len(complaints.found)
    if _has_unreadable_characters(text, complaints) or _has_directive(text, complaints):
        return None
    composer = _Composer(complaints)
    for event in _events(text, complaints):
        composer.take(event)
        if composer.stopped:
            return None
    if composer.top is None and len(complaints.found) == before:
        complaints.add(
            Position(1, 1), "empty", "nothing is written here; a scene is a mapping with 'cast' and 'places'"
        )
    return composer.top if composer.whole and not complaints.full else None


# ----------------------------------------------------------------------------------------------------- the characters
_UNREADABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_INVISIBLE = re.compile("[\u180e\u200b\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]|(?<=[\x21-\x7e])[\u200c\u200d]")
_LINE = re.compile("\r\n|\r|\n")


def position_of(text: str, offset: int) -> Position:
    """Line and column of a character of a text."""
    line, start = 1, 0
    for line, end in enumerate(_LINE.finditer(text, 0, offset), start=2):  # noqa: B007
        start = end.end()
    return Position(line, offset - start + 1)


def unreadable(text: str) -> tuple[int, str, str] | None:
    """The first character that is no part of a readable text: its offset, the rule, and what to do."""
    if found := _UNREADABLE.search(text):
        what = f"a control character (U+{ord(found[0]):04X}) stands here; remove it"
        return found.start(), "control-character", what
    if found := _INVISIBLE.search(text):
        what = f"an invisible character (U+{ord(found[0]):04X}) stands here; remove it"
        return found.start(), "invisible-character", what
    return None


def _has_unreadable_characters(text: str, complaints: Complaints) -> bool:
    if (found := unreadable(text)) is None:
        return False
    offset, rule, message = found
    complaints.add(position_of(text, offset), rule, message)
    return True


def _has_directive(text: str, complaints: Complaints) -> bool:
    for number, line in enumerate(_LINE.split(text), start=1):
        if line.startswith("%"):
            complaints.add(Position(number, 1), "directive", "a scene needs no YAML directives; remove this line")
            return True
        if line.strip() and not line.lstrip().startswith("#"):
            break
    return False


# --------------------------------------------------------------------------------------------------------- the syntax
_REMEDIES = (
    (
        "mapping values are not allowed",
        "a ':' is not possible here; check the indentation, put a text with ': ' in quotes, and several keys on one line in {}",
    ),
    (
        "could not find expected ':'",
        "a ':' is missing after this key, or at the end of the line above; check the indentation",
    ),
    ("sequence entries are not allowed", "a list cannot begin here; put its '- ' on a new line"),
    ("found unexpected end of stream", "a quote is opened and not closed"),
    ("cannot start any token", "a text cannot begin with this character; put it in quotes"),
    ("expected ',' or ']'", "a ',' or a ']' is missing here"),
    ("expected ',' or '}'", "a ',' or a '}' is missing here; a text with ': ' or ', ' in it goes into quotes"),
    ("expected <block end>", "this does not fit what is above it; check the indentation and the '-'"),
    ("expected '<document start>'", "this is indented less than what is above it; check the indentation"),
    ("expected the node content", "something is missing here; is a bracket or a quote left open?"),
    ("unknown escape character", "no such escape in double quotes; write '\\\\' for a backslash, or use single quotes"),
)


def _events(text: str, complaints: Complaints) -> Iterator[Event]:
    events = YAML(typ="safe", pure=True).parse(text)
    last: Position | None = None
    while True:
        try:
            event = next(events, None)
        except MarkedYAMLError as error:
            _complain_of_syntax(error, text, complaints)
            return
        except (YAMLError, ValueError, OverflowError) as error:  # such as the escape \UFFFFFFFF
            complaints.add(last, "syntax", f"what follows is not YAML ({error}); check its quotes and escapes")
            return
        if event is None:
            return
        last = Position(event.end_mark.line + 1, event.end_mark.column + 1)
        yield event


def _complain_of_syntax(error: MarkedYAMLError, text: str, complaints: Complaints) -> None:
    mark = error.problem_mark or error.context_mark
    problem = error.problem or "something is wrong"
    line = mark.line + 1 if mark else 0
    lines = _LINE.split(text)
    indent = re.match(r"[ \t]*", lines[line - 1]) if 0 < line <= len(lines) else None
    if indent and "\t" in indent[0]:
        at = Position(line, indent[0].index("\t") + 1)
        complaints.add(at, "tab", "a tab stands where the line is indented; YAML wants spaces")
        return
    if "unexpected end of stream" in problem and error.context_mark is not None:
        mark = error.context_mark
    at_or_file = Position(mark.line + 1, mark.column + 1) if mark else None
    remedy = next((r for part, r in _REMEDIES if part in problem), problem)
    complaints.add(at_or_file, "syntax", remedy)


# ----------------------------------------------------------------------------------------------------------- the tree
class _Composer:
    """Builds the tree from events, with a stack of what is still open."""

    def __init__(self, complaints: Complaints) -> None:
        self.complaints = complaints
        self.top: Node | None = None
        self.whole = False
        self.stopped = False
        self._open: list[Items | Entries] = []
        self._keys: list[tuple[str | None, Position] | None] = []
        """Per open collection the key that waits for its value; its text is None if it cannot be used."""
        self._documents = 0
        self._lost = False

    def take(self, event: Event) -> None:
        at = Position(event.start_mark.line + 1, event.start_mark.column + 1)
        self._check(event, at)
        match event:
            case DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._stop(at, "second-document", "a second document begins here; one file holds one scene")
            case ScalarEvent():
                self._add(self._scalar(event, at))
            case AliasEvent():
                self._add(Scalar(at, None))
            case SequenceStartEvent():
                self._begin(Items(at))
            case MappingStartEvent():
                self._begin(Entries(at))
            case SequenceEndEvent() | MappingEndEvent():
                self._open.pop()
                self._keys.pop()
            case StreamEndEvent():
                self.whole = not self._lost
        self.stopped = self.stopped or self.complaints.full

    def _check(self, event: Event, at: Position) -> None:
        anchor = getattr(event, "anchor", None)
        if isinstance(event, AliasEvent):
            self._lost = True
            message = f"'*{str(anchor)[:60]}' repeats what stands elsewhere; write it out"
            self.complaints.add(at, "alias", message)
        elif anchor is not None:
            message = f"'&{str(anchor)[:60]}' marks a part for repetition; remove the mark"
            self.complaints.add(at, "anchor", message)
        tag = getattr(event, "tag", None)
        if tag is not None:
            name = str(tag).replace("tag:yaml.org,2002:", "!!")[:60]
            self.complaints.add(at, "tag", f"the tag '{name}' is not wanted in a scene; remove it")

    def _scalar(self, event: ScalarEvent, at: Position) -> Scalar:
        text: str = event.value
        if (found := unreadable(text)) is not None:  # written as an escape
            self.complaints.add(at, *found[1:])
            text = ""
        return Scalar(at, None if event.style is None and text in NULLS else text)

    def _begin(self, node: Items | Entries) -> None:
        self._add(node)
        self._open.append(node)
        self._keys.append(None)
        if len(self._open) > DEEPEST:
            self._stop(node.at, "too-deep", f"this is nested more than {DEEPEST} levels deep; a scene needs five")

    def _add(self, node: Node) -> None:
        """Put a node where it belongs: at the top, into the open list, or as key or value into the open mapping."""
        if not self._open:
            self.top = self.top or node
            return
        parent = self._open[-1]
        if isinstance(parent, Items):
            parent.items.append(node)
        elif (key := self._keys[-1]) is None:
            self._keys[-1] = (self._key(node, parent), node.at)
        else:
            self._keys[-1] = None
            if key[0] is not None:
                parent.entries[key[0]] = node
                parent.keys[key[0]] = key[1]

    def _key(self, node: Node, parent: Entries) -> str | None:
        if not isinstance(node, Scalar):
            self.complaints.add(node.at, "bad-key", "a key must be a single text, not a list or a mapping")
            return None
        if node.text is None:
            self.complaints.add(node.at, "bad-key", "a key is missing before this ':'")
            return None
        if node.text in parent.keys:
            first = parent.keys[node.text]
            name = shortened(node.text)
            self.complaints.add(node.at, "duplicate-key", f"{name} is already given on line {first.line}; remove one")
            return None
        return node.text

    def _stop(self, at: Position, rule: str, message: str) -> None:
        self.stopped = True
        self.complaints.add(at, rule, message)


def shortened(text: str, most: int = 60) -> str:
    """A text in quotes, cut if it is long."""
    return repr(text if len(text) <= most else text[: most - 1] + "…")
