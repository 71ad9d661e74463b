"""States as what somebody did: "Who broke the clock?" says that the clock is broken.

A table of words of the language, not of a scene: participles whose past tense is another word, and adjectives with the
verb that brings them about. Regular participles ("locked") are their own past tense.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from stage.scoring.names import ARTICLE

_PAST = {
    "broken": "broke", "torn": "tore", "stolen": "stole", "hidden": "hid", "written": "wrote", "eaten": "ate", "drunk": "drank",
    "frozen": "froze", "shaken": "shook", "sunk": "sank", "taken": "took", "thrown": "threw", "worn": "wore", "woken": "woke",
    "given": "gave", "forgotten": "forgot", "fallen": "fell", "blown": "blew", "drawn": "drew", "chosen": "chose",
    "begun": "began", "bitten": "bit", "beaten": "beat", "awake": "woke", "dead": "killed|murdered|shot|slew", "open": "opened",
    "dry": "dried", "empty": "emptied", "clean": "cleaned", "warm": "warmed", "free": "freed", "full": "filled", "wet": "wetted|soaked",
    "burnt": "burned|burnt", "spilt": "spilled|spilt", "spoilt": "spoiled|spoilt", "lost": "lost", "sold": "sold", "sent": "sent",
    "shut": "shut", "cut": "cut", "split": "split", "bent": "bent", "built": "built", "found": "found", "won": "won", "lit": "lit",
}  # fmt: skip
_REGULAR = re.compile(r"^\w+ed$")


def pasts(value: str) -> tuple[str, ...]:
    """The verbs, in the past tense, that bring a state about; none for words that are no participle."""
    known = _PAST.get(value)
    if known is not None:
        return tuple(known.split("|"))
    return (value,) if _REGULAR.match(value) else ()


def brought_about(text: str, value: str, subjects: Iterable[str]) -> list[tuple[int, int]]:
    """Where a text says that somebody brought ``value`` about for one of ``subjects`` ("broke the old clock", "broke it"):
    the places of the verb."""
    verbs = "|".join(map(re.escape, pasts(value)))
    things = "|".join(map(re.escape, subjects))
    if not verbs or not things:
        return []
    thing = rf"(?:{ARTICLE}|[\w-]+'s\s+)(?:[\w-]+\s+)?(?:{things})|it|them"
    pattern = rf"(?<!\w)(?:{verbs})(?=(?:\s+(?:up|down|off|out))?\s+(?:{thing})(?!\w))"
    return [m.span() for m in re.finditer(pattern, text)]
