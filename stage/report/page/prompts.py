"""The texts of prompts without what they share: prompts of one play are long, and begin alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def front_coded(texts: Sequence[str]) -> dict[str, Any]:
    """The texts sorted, each as what differs from the one before it (front coding; Witten, Moffat and Bell 1999).

    ``at`` gives the place of each text in that order, ``shared`` how many UTF-16 units of the text before it are its own
    beginning, ``rest`` what follows them. The page puts a text together when somebody looks at it."""
    order = sorted(range(len(texts)), key=texts.__getitem__)
    at = [0] * len(texts)
    shared, rest = [], []
    before = ""
    for place, number in enumerate(order):
        text = texts[number]
        common = _common(before, text)
        at[number] = place
        shared.append(len(text[:common].encode("utf-16-le", "surrogatepass")) // 2)
        rest.append(text[common:])
        before = text
    return {"at": at, "shared": shared, "rest": rest}


def _common(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning, by bisection."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
