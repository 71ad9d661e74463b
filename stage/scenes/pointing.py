"""Where in a scene file something stands: nodes and positions by their path of keys and numbers."""

from __future__ import annotations

import re

from stage.scenes.yaml_positions import Entries, Items, Node, Position, Scalar

Keys = tuple[str | int, ...]
"""A path in a file, such as ("beats", 2, "to")."""

OTHER_SPELLING = {"in": "to", "to": "in", "as": "character", "character": "as"}
"""Keys that may be written in two ways."""


def step(node: Node, key: str | int) -> Node | None:
    if isinstance(node, Entries) and isinstance(key, str):
        return node.entries.get(key) or node.entries.get(OTHER_SPELLING.get(key, ""))
    if isinstance(node, Items) and isinstance(key, int):
        return node.items[key] if key < len(node.items) else None
    return None


def node_at(top: Node, path: Keys) -> Node:
    """What stands at a path, or at its nearest ancestor that there is."""
    for key in path:
        below = step(top, key)
        if below is None:
            break
        top = below
    return top


def key_position(top: Node, path: Keys) -> Position | None:
    parent = node_at(top, path[:-1])
    return parent.keys.get(str(path[-1])) if path and isinstance(parent, Entries) else None


def place(top: Node, path: Keys) -> Position:
    """Where to point: at a value that is a text, at the key of a larger or missing one. In 'trust' names are keys."""
    node = node_at(top, path)
    is_name = path[:2] == ("trust", "pairs")
    if not is_name and isinstance(node, Scalar) and node.text is not None:
        return node.at
    return key_position(top, path) or node.at


def word_within(top: Node, path: Keys, word: str, line: str) -> Position | None:
    """Where a word stands in the text at a path, ``line`` being the file's line at which that begins; the last of several
    if the text ends with it. None where the text is no more than the word, or is written otherwise than it reads."""
    node = node_at(top, path)
    if not isinstance(node, Scalar) or node.text is None or not word or node.text.strip() == word:
        return None
    start = node.at.column - 1
    written = line[start : start + len(node.text) + 1]  # a quotation mark stands before it
    found = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", written)]
    if not found:
        return None
    return Position(node.at.line, node.at.column + found[-1 if node.text.rstrip().endswith(word) else 0])
