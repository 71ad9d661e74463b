"""Which facts a text mentions: a reader of words, not of grammar.

The rules, sentence by sentence:

- A fact is mentioned where one of its values is named as a whole word, by title or by name, upper or lower case. It is
  the fact of the nearest subject before the value that can have this value, else of the nearest after it.
- Where no such subject is named, the value goes with the subject of an earlier sentence, with the fact the line was
  chosen to state, or with the only fact that can have this value. But only where nothing else can be meant: the
  sentence says "it" ("she left it in the box"; not "the dog is in the box"), or little but the value ("in the box!").
- A fact may have words of its own ("we stay at home"); where they stand it is mentioned whatever else is named.
- A person as a value ("marble at anne") is mentioned where the person is said to have something.
- A place named for a place already named ("in the basket in the kitchen") is not a value.

How a fact is mentioned is for `stage.scoring.stance` to say. What it cannot do: follow pronouns beyond "it", or facts
put in other words than the scene's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from stage.scoring.names import ARTICLE, Names, Span, plain
from stage.scoring.stance import COPULA, HOLDS, Stance, is_jest, openness, puts_there

AT = "at"
LONGEST_SENTENCE = 500
"""Characters that are read as one sentence."""


@dataclass(frozen=True)
class Mention:
    """``fluent`` ("marble at") is mentioned with ``value`` ("box")."""

    fluent: str
    value: str
    stance: Stance

    @property
    def fact(self) -> str:
        return f"{self.fluent} {self.value}"


_SENTENCE = re.compile(r"(?:\"[^\"\n]*\"|[^.!?…\n])+[.!?…]*")
_AROUND = re.compile(rf"\s*,?\s*(?:in|inside|at|on|of|by|near|under)\s+{ARTICLE}?(?:[\w-]+\s+)?")
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


def _sentences(text: str) -> Iterator[str]:
    """The sentences of a text. One that does not end is taken apart: reading takes the square of its length."""
    for match in _SENTENCE.finditer(text):
        rest = match[0].strip()
        while len(rest) > LONGEST_SENTENCE:
            cut = rest.rfind(" ", 1, LONGEST_SENTENCE) + 1 or LONGEST_SENTENCE
            yield rest[:cut].strip()
            rest = rest[cut:].strip()
        yield rest


@dataclass(frozen=True)
class Reader:
    """Reads the lines of one scene: ``facts`` are its fluents ("marble at") with their values, ``names`` how they are
    written, ``cast`` its people."""

    facts: Mapping[str, Sequence[str]]
    names: Names
    cast: Collection[str]

    def mentions(self, text: str, speaker: str | None, act_fluent: str = "") -> list[Mention]:
        """The facts that a text mentions, in the order of their values. ``act_fluent`` is what the line was chosen to
        speak of, and settles what "it" is where nothing else does."""
        found: list[Mention] = []
        topic = ""
        jest = is_jest(plain(text))
        for sentence in _sentences(plain(text)):
            said = self._in_sentence(sentence, speaker, topic, act_fluent)
            found += [replace(m, stance=Stance.HEDGED) if jest and m.stance is Stance.ASSERTED else m for m in said]
            named = [s.name for s in self._subjects(sentence, speaker) if s.name not in self.cast and s.name != speaker]
            topic = named[-1] if named else topic
        return found

    def _in_sentence(self, sentence: str, speaker: str | None, topic: str, act_fluent: str) -> Iterator[Mention]:
        phrases = self.names.facts_said(sentence)
        for phrase in phrases:
            fluent = next((f for f, values in self.facts.items() if phrase.name in {f"{f} {v}" for v in values}), None)
            if fluent is not None:
                value = phrase.name.removeprefix(f"{fluent} ")
                stance = openness(sentence, phrase.start, fluent.partition(" ")[2], several=False)
                yield Mention(fluent, value, stance or Stance.ASSERTED)
        values = [v for v in self._values(sentence, speaker) if not any(v.overlaps(p) for p in phrases)]
        subjects = [
            s for s in self._subjects(sentence, speaker) if not any(s.overlaps(v) and s.name != v.name for v in values)
        ]
        before: dict[str, list[Span]] = {}
        for value_span in values:
            of = self._fluent(sentence, value_span, subjects, speaker, topic, act_fluent)
            if of is None:
                continue
            earlier = before.setdefault(of, [])
            if earlier and _AROUND.fullmatch(sentence[earlier[-1].end : value_span.start]):
                continue
            earlier.append(value_span)
        for fluent, mentioned in before.items():
            several = len({v.name for v in mentioned}) > 1 and re.search(r"\bor\b", sentence) is not None
            for value_span in mentioned:
                stance = openness(sentence, value_span.start, fluent.partition(" ")[2], several)
                yield Mention(fluent, value_span.name, stance or self._put(sentence, fluent, value_span, subjects))

    def _subjects(self, sentence: str, speaker: str | None) -> list[Span]:
        found = self.names.spans(sentence, [*(fluent.split(" ", 1)[0] for fluent in self.facts), *self.cast])
        if speaker is not None:
            found += [Span(m.start(), m.end(), speaker) for m in _SPEAKER.finditer(sentence)]
        return sorted(found, key=lambda s: s.start)

    def _values(self, sentence: str, speaker: str | None) -> list[Span]:
        found = []
        values = dict.fromkeys(value for values in self.facts.values() for value in values)
        subjects = (fluent.split(" ", 1)[0] for fluent in self.facts)
        for span in self.names.spans(sentence, [*values, *subjects]):
            if span.name not in values:
                continue
            if span.name not in self.cast or _HAS.match(sentence, span.end) or _WITH.search(sentence[: span.start]):
                found.append(span)
        if speaker is not None and any(speaker in values for values in self.facts.values()):
            found += [Span(m.start(), m.end(), speaker) for m in _I_HAVE.finditer(sentence)]
        return sorted(found, key=lambda s: s.start)

    def _fluent(
        self, sentence: str, value: Span, subjects: list[Span], speaker: str | None, topic: str, act_fluent: str
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
            bare = _BARE.fullmatch(head) and not HOLDS.match(tail) and not COPULA.match(tail.strip())
            it = _PRONOUN.search(head) or (HOLDS.match(tail) and _PRONOUN.search(tail))
            if any(s.name not in self.cast and s.name != speaker for s in around) or not (bare or it):
                return None
            subject = topic if topic in able else act_fluent.split(" ", 1)[0] if act_fluent in candidates else ""
            if not subject and len(candidates) > 1:
                return None
        fits = [fluent for fluent in candidates if not subject or fluent.split(" ", 1)[0] == subject]
        return act_fluent if act_fluent in fits else fits[0]

    def _put(self, sentence: str, fluent: str, value: Span, subjects: list[Span]) -> Stance:
        """Whether the words around a value put its subject there, or merely name both."""
        subject, _, relation = fluent.partition(" ")
        head, tail = sentence[: value.start], sentence[value.end :]
        if len(sentence.split()) <= 3 and not re.search(r"\w", tail):
            return Stance.ASSERTED
        if relation == AT:
            return Stance.ASSERTED if value.name in self.cast or puts_there(head, tail) else Stance.NAMED
        said_of = any(s.name == subject and s.end <= value.start for s in subjects) or bool(COPULA.search(head))
        attribute = re.search(rf"{ARTICLE}$", head) and any(
            s.name == subject and not sentence[value.end : s.start].strip() for s in subjects if s.start >= value.end
        )
        return Stance.ASSERTED if said_of or attribute else Stance.NAMED
