"""How names and things are written in ToMBench, which is not the same throughout an item."""

from __future__ import annotations

import re
from collections.abc import Iterable
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


def known(name: str, things: Iterable[str]) -> str:
    """The thing of a story that is meant by a name, as the story spells it; the name itself where there is none."""
    plain, told = thing(name), list(things)
    return plain if plain in told else next(iter(get_close_matches(plain, told, 1, SIMILAR)), plain)


def meant(label: str, values: Iterable[str]) -> str:
    """Which of the story's values a label is, where it spells it otherwise; else empty."""
    found = known(label, values)
    return "" if found == label else found
