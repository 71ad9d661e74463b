"""How the names and values of a scene are written in what is said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

ARTICLE = r"(?:(?:the|an?|my|your|his|her|its|their|our|this|that)\s+)"


def plain(text: str) -> str:
    """Text for comparison: case folded, compatibility forms and apostrophes made one, single spaces within lines."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("‘", "'")
    text = text.replace("“", '"').replace("”", '"').replace("_", " ")
    return re.sub(r"[^\S\n]+", " ", text)


@dataclass(frozen=True)
class Span:
    """Where a name is written in a text."""

    start: int
    end: int
    name: str

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Names:
    """``titles`` are how names are written in prose where that differs, ``aliases`` further ways of writing them,
    ``phrases`` ways of saying a whole fact ("trip is off": "we stay at home")."""

    titles: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    phrases: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def forms(self, name: str) -> list[str]:
        """How a name or value is written, as plain text without an article or preposition, longest first."""
        written = (name, self.titles.get(name, ""), *self.aliases.get(name, ()))
        bare = {
            re.sub(rf"^(?:(?:in|at|on|by|under|behind|near|beside)\s+)?{ARTICLE}?", "", plain(w).strip())
            for w in written
            if w
        }
        return sorted(bare - {""}, key=lambda form: (-len(form), form))

    def spans(self, text: str, names: Iterable[str]) -> list[Span]:
        """Where names occur in plain text as whole words; of two that overlap, the longer."""
        found = [
            span for name in dict.fromkeys(names) for form in self.forms(name) for span in _whole(text, form, name)
        ]
        return _longest(found)

    def facts_said(self, text: str) -> list[Span]:
        """Where facts are put in words of their own; the name of a span is the fact."""
        found = [s for fact, said in self.phrases.items() for phrase in said for s in self._said(text, phrase, fact)]
        return _longest(found)

    def _said(self, text: str, phrase: str, fact: str) -> list[Span]:
        """Where a phrase occurs, its subject named in any of the ways there are."""
        subject, phrase = fact.split(" ", 1)[0], plain(phrase)
        named = next(iter(self.spans(phrase, [subject])), None)
        if named is None:
            return _whole(text, phrase, fact)
        ways = [phrase[: named.start] + form + phrase[named.end :] for form in self.forms(subject)]
        return [span for way in ways for span in _whole(text, way, fact)]


def _whole(text: str, form: str, name: str) -> list[Span]:
    pattern = rf"(?<!\w)(?<!\w-){re.escape(form)}(?!\w|-\w)"
    return [Span(m.start(), m.end(), name) for m in re.finditer(pattern, text)]


def _longest(found: Iterable[Span]) -> list[Span]:
    ordered = sorted(set(found), key=lambda s: (s.start, -s.end, s.name))
    return [s for s in ordered if not any(s.overlaps(t) and t.end - t.start > s.end - s.start for t in ordered)]
