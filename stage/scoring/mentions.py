"""Which facts a text mentions, and how: a reader of words, not of grammar.

The rules, sentence by sentence:

- A fact is mentioned where one of its values is named as a whole word, by title or by name, upper or lower case. It is
  the fact of the nearest subject before the value that can have this value, else of the nearest after it.
- Where no such subject is named, the value goes with the subject of an earlier sentence, with the fact the line was
  chosen to state, or with the only fact that can have this value. But only where nothing else can be meant: the
  sentence says "it" ("she left it in the box"; not "the dog is in the box"), or little but the value ("in the box!").
- A person as a value ("marble at anne") is mentioned where the person is said to have something.
- A place named for a place already named ("in the basket in the kitchen") is not a value.

What it cannot do: follow irony, pronouns beyond "it", or facts put in other words than the scene's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

AT = "at"


class Stance(StrEnum):
    """How a fact is mentioned; of several that fit, the first in this order."""

    ASKED = "asked"
    """The sentence is a question, and not one that merely asks to be agreed with ("..., isn't it?")."""
    DENIED = "denied"
    """Negated shortly before the value, or the value is where something came from."""
    HEDGED = "hedged"
    """Put as possible, as one of several, or as what somebody else thinks or said."""
    NAMED = "named"
    """Named together, without a word that puts one where the other is."""
    ASSERTED = "asserted"


@dataclass(frozen=True)
class Mention:
    """``fluent`` ("marble at") is mentioned with ``value`` ("box")."""

    fluent: str
    value: str
    stance: Stance

    @property
    def fact(self) -> str:
        return f"{self.fluent} {self.value}"


@dataclass(frozen=True)
class _Found:
    start: int
    end: int
    name: str

    def overlaps(self, other: _Found) -> bool:
        return self.start < other.end and other.start < self.end


_ARTICLE = r"(?:(?:the|an?|my|your|his|her|its|their|our|this|that)\s+)"
_SENTENCE = re.compile(r"[^.!?…\n]+[.!?…]*")
_TAG = re.compile(
    r",\s*(?:right|ok|okay|yes|no|you know|(?:is|was|are|do|does|did|has|have|can|will)(?:n't)?\s+\w+)\s*\?+$"
)
_CLAUSE = re.compile(r"[,;:()–—]|--|\bbut\b|\bthough\b")
_NEGATION = re.compile(
    r"\b(?:not(?! only\b)|never|neither|nor|without|cannot|nowhere|hardly)\b"
    r"|\b(?:do|does|did|is|was|are|were|ca|wo|has|have)nt\b"
    r"|n't\b|\bno\b(?! doubt\b| question\b| wonder\b)"
)
_PLAIN_NO = re.compile(r"^\s*no\s+(?=(?:it|it's|the|i|i'm|he|she|we|you|they|that|that's|my|there)\b)")
_WORDS_OF_NEGATION = 6
_HEDGE = re.compile(
    r"\b(?:maybe|perhaps|possibly|probably|might|may|could|would|should|seems?|guess|suppose|suspect|wonder|if|whether|"
    r"unless|either|likely|hopefully|bet|i think|i believe|i heard|i was told|i hope|not sure|no idea|let's say)\b"
)
_REPORT = re.compile(r"(?<!\bi )\b(?:thinks?|thought|believes?|believed|says?|said|claims?|claimed|told|tells|hopes)\b")
_ORIGIN = re.compile(rf"\b(?:from|out of|leaving)\s+{_ARTICLE}?(?:\w+\s+){{0,2}}$")
_PLACED = re.compile(
    r"\b(?:in|inside|into|at|on|onto|under|within|behind|near|beside|to|towards?)\s+"
    rf"(?:{_ARTICLE}(?:[\w-]+\s+){{0,2}})?$|(?:\b(?:is|was)|'s)\s+{_ARTICLE}?$"
)
_HOLDS = re.compile(r"\s+(?:holds?|held|contains?|contained|hides?|keeps?|has|had|is where|was where)\b")
_AROUND = re.compile(rf"\s*,?\s*(?:in|inside|at|on|of|by|near|under)\s+{_ARTICLE}?(?:[\w-]+\s+)?")
_COPULA = re.compile(r"\b(?:is|was|are|were|be|been|stays?|remains?|says?)\b|'s\b")
_PRONOUN = re.compile(r"\b(?:it|it's|its|them|they|they're|that's)\b")
_BARE = re.compile(
    r"(?:\W|\b(?:in|inside|into|at|on|onto|under|behind|near|to|the|an?|my|your|his|her|its|their|our|yes|no|not|well|"
    r"of course|oh|ah|look|still|just|only|always|there|here|over|back|down|up|right|maybe|perhaps|probably)\b)*"
)
_SPEAKER = re.compile(r"\b(?:i|i'm|i've|i'll|i'd|me)\b")
_I_HAVE = re.compile(
    r"\bi\s+(?:still\s+)?(?:have|hold|keep|took)\s+(?=(?:it|the|that|this|my|an?)\b)|\bi've got\b|\bwith me\b"
)
_HAS = re.compile(
    r"\s*(?:(?:still\s+)?(?:has|had|holds|held|keeps|kept|took|carries|got|is holding)\b|'s got\b)"
    r"(?!\s+(?:been|seen|to|\w+ed)\b)"
)
_WITH = re.compile(r"\b(?:with|on)\s+$")


def plain(text: str) -> str:
    """Text for comparison: case folded, compatibility forms and apostrophes made one, single spaces within lines."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("‘", "'").replace("_", " ")
    return re.sub(r"[^\S\n]+", " ", text)


def forms(name: str, titles: Mapping[str, str]) -> list[str]:
    """How a name or value is written in prose, as plain text without an article, longest first."""
    found = {re.sub(rf"^{_ARTICLE}", "", plain(form).strip()) for form in (name, titles.get(name, "")) if form}
    return sorted(found - {""}, key=lambda form: (-len(form), form))


@dataclass(frozen=True)
class Reader:
    """Reads the lines of one scene: ``facts`` are its fluents ("marble at") with their values, ``titles`` how names
    are written in prose, ``cast`` its people."""

    facts: Mapping[str, Sequence[str]]
    titles: Mapping[str, str]
    cast: Collection[str]

    def mentions(self, text: str, speaker: str | None, act_fluent: str = "") -> list[Mention]:
        """The facts that a text mentions, in the order of their values. ``act_fluent`` is what the line was chosen to
        speak of, and settles what "it" is where nothing else does."""
        found: list[Mention] = []
        topic = ""
        for match in _SENTENCE.finditer(plain(text)):
            sentence = match[0].strip()
            found += self._in_sentence(sentence, speaker, topic, act_fluent)
            named = [s.name for s in self._subjects(sentence, speaker) if s.name not in self.cast and s.name != speaker]
            topic = named[-1] if named else topic
        return found

    def _in_sentence(self, sentence: str, speaker: str | None, topic: str, act_fluent: str) -> Iterator[Mention]:
        values = self._values(sentence, speaker)
        subjects = [
            s for s in self._subjects(sentence, speaker) if not any(s.overlaps(v) and s.name != v.name for v in values)
        ]
        before: dict[str, list[_Found]] = {}
        for value in values:
            fluent = self._fluent(sentence, value, subjects, speaker, topic, act_fluent)
            if fluent is None:
                continue
            earlier = before.setdefault(fluent, [])
            if earlier and _AROUND.fullmatch(sentence[earlier[-1].end : value.start]):
                continue
            earlier.append(value)
        for fluent, mentioned in before.items():
            several = len({v.name for v in mentioned}) > 1 and re.search(r"\bor\b", sentence) is not None
            for value in mentioned:
                yield Mention(fluent, value.name, self._stance(sentence, fluent, value, subjects, several))

    def _spans(self, sentence: str, names: Iterable[str]) -> list[_Found]:
        """Where names occur as whole words; of two that overlap, the longer."""
        found = []
        for name in dict.fromkeys(names):
            for form in forms(name, self.titles):
                pattern = rf"(?<!\w)(?<!\w-){re.escape(form)}(?!\w|-\w)"
                found += [_Found(m.start(), m.end(), name) for m in re.finditer(pattern, sentence)]
        found = sorted(set(found), key=lambda f: (f.start, -f.end))
        return [f for f in found if not any(f.overlaps(g) and g.end - g.start > f.end - f.start for g in found)]

    def _subjects(self, sentence: str, speaker: str | None) -> list[_Found]:
        found = self._spans(sentence, [*(fluent.split(" ", 1)[0] for fluent in self.facts), *self.cast])
        if speaker is not None:
            found += [_Found(m.start(), m.end(), speaker) for m in _SPEAKER.finditer(sentence)]
        return sorted(found, key=lambda f: f.start)

    def _values(self, sentence: str, speaker: str | None) -> list[_Found]:
        found = []
        for span in self._spans(sentence, (value for values in self.facts.values() for value in values)):
            if span.name not in self.cast or _HAS.match(sentence, span.end) or _WITH.search(sentence[: span.start]):
                found.append(span)
        if speaker is not None and any(speaker in values for values in self.facts.values()):
            found += [_Found(m.start(), m.end(), speaker) for m in _I_HAVE.finditer(sentence)]
        return sorted(found, key=lambda f: f.start)

    def _fluent(
        self, sentence: str, value: _Found, subjects: list[_Found], speaker: str | None, topic: str, act_fluent: str
    ) -> str | None:
        """What this value is said of; None if that cannot be told."""
        candidates = [fluent for fluent, values in self.facts.items() if value.name in values]
        able = {fluent.split(" ", 1)[0] for fluent in candidates}
        around = [s for s in subjects if not s.overlaps(value) and s.name != value.name]
        named = [s for s in around if s.name in able]
        if named:
            earlier = [s for s in named if s.end <= value.start]
            subject = (earlier[-1] if earlier else named[0]).name
        else:
            head, tail = sentence[: value.start], sentence[value.end :]
            bare = _BARE.fullmatch(head) and not _HOLDS.match(tail) and not _COPULA.match(tail.strip())
            it = _PRONOUN.search(head) or (_HOLDS.match(tail) and _PRONOUN.search(tail))
            if any(s.name not in self.cast and s.name != speaker for s in around) or not (bare or it):
                return None
            subject = topic if topic in able else act_fluent.split(" ", 1)[0] if act_fluent in candidates else ""
            if not subject and len(candidates) > 1:
                return None
        fits = [fluent for fluent in candidates if not subject or fluent.split(" ", 1)[0] == subject]
        return act_fluent if act_fluent in fits else fits[0]

    def _stance(self, sentence: str, fluent: str, value: _Found, subjects: list[_Found], several: bool) -> Stance:
        head = sentence[: value.start]
        if sentence.endswith("?") and not _TAG.search(sentence):
            return Stance.ASKED
        clause = _CLAUSE.split(_PLAIN_NO.sub("", head))[-1]
        if _NEGATION.search(" ".join(clause.split()[-_WORDS_OF_NEGATION:])) or _ORIGIN.search(head):
            return Stance.DENIED
        reported = _REPORT.search(head) and not _REPORT.search(fluent)
        if several or reported or _HEDGE.search(sentence):
            return Stance.HEDGED
        return Stance.ASSERTED if self._said_of(sentence, fluent, value, subjects) else Stance.NAMED

    def _said_of(self, sentence: str, fluent: str, value: _Found, subjects: list[_Found]) -> bool:
        """Whether the words around a value put its subject there, and do not merely name both."""
        subject, _, relation = fluent.partition(" ")
        head, tail = sentence[: value.start], sentence[value.end :]
        if len(sentence.split()) <= 3 and not re.search(r"\w", tail):
            return True
        if relation == AT:
            return value.name in self.cast or bool(_PLACED.search(head) or _HOLDS.match(tail))
        if any(s.name == subject and s.end <= value.start for s in subjects) or _COPULA.search(head):
            return True
        return bool(re.search(rf"{_ARTICLE}$", head)) and any(
            s.name == subject and not sentence[value.end : s.start].strip() for s in subjects if s.start >= value.end
        )
