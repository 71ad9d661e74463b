"""Who notices a beat, and how it is done, both ways: from its keys to a manner, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stage.resolve.flaws import Path
from stage.resolve.vocabulary import Vocabulary
from stage.scenes import scenario as written
from stage.world.events import Action, Attention, Grade, doers
from stage.world.rules import Manner

EXCEPTIONS: Mapping[str, tuple[Grade, frozenset[str] | None]] = {
    "hidden_from": (Grade.NOT, None),
    "distracted": (Grade.NOT, frozenset()),
    "partly": (Grade.PARTLY, None),
}
"""By the key of a beat at which grade those named in it notice, and who reckons with that (None: everybody)."""


def manner_of(vocabulary: Vocabulary, path: Path, beat: written.Noticed, action: Action) -> Manner:
    """How the action of a beat is done and noticed; notes flaws."""
    aware = _aware(vocabulary, path, beat)
    attention = [Attention(name, Grade.FULLY, frozenset(who)) for name, who in aware.items()]
    for key, (grade, known_to) in EXCEPTIONS.items():
        for i, name in enumerate(getattr(beat, key)):
            if name in doers(action):
                message = f"{name!r} does this, and cannot miss it; name others, or leave {key!r} out"
                vocabulary.flaws.add((*path, key, i), "misses-own-deed", message)
            if any(a.who == name for a in attention):
                message = f"it is said twice how {name!r} notices this beat"
                vocabulary.flaws.add((*path, key, i), "notices-twice", message)
            attention.append(Attention(vocabulary.who((*path, key, i), name), grade, known_to))
    in_vain = isinstance(beat, written.Tried) and beat.in_vain
    return Manner(beat.secretly, tuple(attention), beat.text, in_vain)


def _aware(vocabulary: Vocabulary, path: Path, beat: written.Noticed) -> dict[str, set[str]]:
    """By who notices unseen those who know of it."""
    aware: dict[str, set[str]] = {}
    for i, entry in enumerate(beat.seen_by):
        for name, known in (entry if isinstance(entry, dict) else {entry: []}).items():
            aware.setdefault(vocabulary.who((*path, "seen_by", i), name), set()).add(name)
            for k, other in enumerate(known):
                aware.setdefault(vocabulary.who((*path, "seen_by", i, name, k), other), {other}).add(name)
    return aware


def keys_of(manner: Manner) -> dict[str, Any]:
    """The keys of a beat that say so, but for its text."""
    found: dict[str, Any] = {"secretly": manner.secretly}
    for key, (grade, known_to) in EXCEPTIONS.items():
        found[key] = [a.who for a in manner.attention if a.grade is grade and a.aware == known_to]
    found["seen_by"] = list(_seen_by([a for a in manner.attention if a.grade is Grade.FULLY]))
    return found | ({"in_vain": True} if manner.in_vain else {})


def _seen_by(unseen: Sequence[Attention]) -> Iterator[str | dict[str, list[str]]]:
    """Who notices unseen; those of whom another of them knows it stand with that other."""
    known = {a.who: sorted((a.aware or frozenset()) - {a.who}) for a in unseen}
    knowing = {who: [other for other, others in known.items() if who in others] for who in known}
    for who in known:
        if knowing[who]:
            yield {who: knowing[who]}
        elif not known[who]:
            yield who
