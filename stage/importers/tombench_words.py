"""How names and things are written in ToMBench, which is not the same throughout an item."""

from __future__ import annotations

import re
from difflib import get_close_matches

SIMILAR = 0.85
"""Above it one word is the other spelt otherwise: "hats" is "hat", "skirt" is not "shirt"."""

_ARTICLE = re.compile(r"^(?:the|an?) ")


def who(name: str) -> str:
    """Names are written in one word or in two ("Xiaoming", "Xiao Ming")."""
    return name.replace(" ", "").title()


def thing(name: str) -> str:
    return _ARTICLE.sub("", name.strip().lower())


def place(name: str) -> str:
    """The key of a room; a room and a container may share a name."""
    return f"the {thing(name)}"


def meant(label: str, values: tuple[str, ...]) -> str:
    """Which of the story's values a label is, where it spells it otherwise; else empty."""
    plain = thing(label)
    found = plain if plain in values else next(iter(get_close_matches(plain, values, 1, SIMILAR)), plain)
    return "" if found == label else found
