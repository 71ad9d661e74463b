"""Which facts a text mentions: a reader of words, not of grammar.

The rules, sentence by sentence:

- A fact is mentioned where one of its values is named as a whole word, by title or by name, upper or lower case. It is
  the fact of the nearest subject before the value that can have this value, else of the nearest after it.
- Where no such subject is named, the value goes with the subject of an earlier sentence, with the fact the line was
  chosen to state, or with the only fact that can have this value. But only where nothing else can be meant: the
  sentence says "it" or "the poor thing" ("she left it in the box"; not "the dog is in the box"), "he" or "she" where
  one person alone was named before, or little but the value ("in the box!").
- A fact may have words of its own ("we stay at home"); where they stand it is mentioned whatever else is named.
- A person as the value of where something is ("marble at anne") is mentioned where the person is said to have
  something; as the value of anything else ("skipper is anne") where the two are joined ("Anne is our skipper").
- A state may be put as what somebody did ("who broke the clock?", `stage.scoring.verbs`).
- A place named for a place already named ("in the basket in the kitchen") is not a value.
- What a sentence asks, the next may answer ("Is it in the box? No.").

How a fact is mentioned is for `stage.scoring.stance` to say. What it cannot do: follow other pronouns, or facts put in
other words than the scene's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from stage.scoring.names import ARTICLE, Names, Span, plain
from stage.scoring.persons import People
from stage.scoring.stance import COPULA, HOLDS, Stance, answer_to_own_question, is_jest, openness, puts_there
from stage.scoring.verbs import brought_about

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


_SENTENCE = re.compile(r"(?:\"[^\"\n]*\"|(?<!\w)'(?:[^'\n]|(?<=\w)'(?=\w))*'(?!\w)|[^.!?…\n])+[.!?…]*")
_AROUND = re.compile(rf"\s*,?\s*(?:in|inside|at|on|of|by|near|under)\s+{ARTICLE}?(?:[\w-]+\s+)?")
_PRONOUN = re.compile(
    r"\b(?:it|it's|its|them|they|they're|that's|(?:the|this|that|my|our)(?: \w+){0,2} thing|(?:this|that) one)\b"
)
_DEFINITE = ARTICLE.replace("|an?|", "|")
_OBJECT = re.compile(r"\s+(?:it|them)\b")
_HE = re.compile(r"\b(?:he|she|he's|she's|him)\b")
_BARE = re.compile(
    r"(?:\W|\b(?:in|inside|into|at|on|onto|under|behind|near|to|the|an?|my|your|his|her|its|their|our|yes|no|not|well|"
    r"of course|oh|ah|look|still|just|only|always|there|here|over|back|down|up|right|maybe|perhaps|probably)\b)*"
)
_INVERSION = re.compile(
    rf"\s*,?\s*(?:(?:that is|that's|that was)\s+(?:what|how)\s+{ARTICLE}?(?:[\w-]+\s+)?|(?:is|was|are|were|remains)\s+{ARTICLE}?(?:[\w-]+\s+)?)"
)
"""What stands between a state and what it is said of, where the state comes first: "ruined is the cake"."""
_AFTER_FRAGMENT = re.compile(
    r"\s*(?:$|[.!?…,;:–—]|(?:like|as|beyond|from|through|since|by|all|too|again|everywhere|now|already)\b)"
)


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
class _Talk:
    """What is spoken of so far: the last thing named, and whom "he" or "she" would mean; empty where there is none."""

    people: People
    act_fluent: str
    topic: str = ""
    third: str = ""


def _relation(fluent: str) -> str:
    return fluent.partition(" ")[2]


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
        text = plain(text)
        found: list[Mention] = []
        people = People(self.names, self.cast, speaker, text)
        talk = _Talk(people, act_fluent)
        open_yet: list[Mention] = []
        jest = is_jest(text)
        for sentence in _sentences(text):
            said = list(self._in_sentence(sentence, talk))
            answer = answer_to_own_question(sentence)
            said = [*(replace(m, stance=answer) for m in open_yet if answer is not None), *said]
            open_yet = [m for m in said if m.stance is Stance.ASKED]
            found += [replace(m, stance=Stance.HEDGED) if jest and m.stance is Stance.ASSERTED else m for m in said]
            talk = self._after(sentence, talk)
        return found

    def _after(self, sentence: str, talk: _Talk) -> _Talk:
        """What is spoken of once a sentence has been said."""
        named = [s.name for s in self._subjects(sentence, talk) if s.name not in {*self.cast, talk.people.speaker}]
        topic = named[-1] if named else talk.topic
        return replace(talk, topic=topic, third=talk.people.third(sentence) or talk.third)

    def _in_sentence(self, sentence: str, talk: _Talk) -> Iterator[Mention]:
        phrases = self.names.facts_said(sentence)
        for phrase in phrases:
            fluent = next((f for f, values in self.facts.items() if phrase.name in {f"{f} {v}" for v in values}), None)
            if fluent is not None:
                value = phrase.name.removeprefix(f"{fluent} ")
                yield Mention(
                    fluent, value, openness(sentence, phrase.start, _relation(fluent), False) or Stance.ASSERTED
                )
        yield from self._roles(sentence, talk)
        values = [v for v in self._values(sentence, talk) if not any(v.overlaps(p) for p in phrases)]
        subjects = [
            s for s in self._subjects(sentence, talk) if not any(s.overlaps(v) and s.name != v.name for v in values)
        ]
        before: dict[str, list[Span]] = {}
        for value_span in values:
            of = self._fluent(sentence, value_span, subjects, talk)
            if of is None:
                continue
            earlier = before.setdefault(of, [])
            if earlier and _AROUND.fullmatch(sentence[earlier[-1].end : value_span.start]):
                continue
            earlier.append(value_span)
        for fluent, mentioned in before.items():
            several = len({v.name for v in mentioned}) > 1 and re.search(r"\bor\b", sentence) is not None
            for value_span in mentioned:
                stance = openness(sentence, value_span.start, _relation(fluent), several)
                yield Mention(fluent, value_span.name, stance or self._put(sentence, fluent, value_span, subjects))

    def _roles(self, sentence: str, talk: _Talk) -> Iterator[Mention]:
        """Who is said to be what: facts other than of a place whose values are people."""
        for fluent, values in self.facts.items():
            role, relation = fluent.split(" ", 1)
            if relation == AT or not {*values} & {*self.cast}:
                continue
            said = {
                who.name: at
                for who, at in talk.people.roles(sentence, role, talk.topic, talk.third)
                if who.name in values
            }
            several = len(said) > 1 and re.search(r"\bor\b", sentence) is not None
            for name, at in said.items():
                yield Mention(fluent, name, openness(sentence, at, relation, several) or Stance.ASSERTED)

    def _subjects(self, sentence: str, talk: _Talk) -> list[Span]:
        things = (fluent.split(" ", 1)[0] for fluent in self.facts)
        found = self.names.spans(sentence, [*(t for t in things if t not in self.cast), *self.cast])
        found += [s for s in talk.people.named(sentence) if s not in found]
        return sorted(found, key=lambda s: s.start)

    def _values(self, sentence: str, talk: _Talk) -> list[Span]:
        """Where values are named, people only where they are said to have something."""
        values = dict.fromkeys(value for values in self.facts.values() for value in values)
        subjects = dict.fromkeys(fluent.split(" ", 1)[0] for fluent in self.facts)
        found = [
            s for s in self.names.spans(sentence, [*values, *subjects]) if s.name in values and s.name not in self.cast
        ]
        held = {f.removesuffix(f" {AT}"): vs for f, vs in self.facts.items() if f.endswith(f" {AT}")}
        havers = {value for vs in held.values() for value in vs}
        found += [s for s in talk.people.holders(sentence, held) if s.name in havers]
        for fluent, states in self.facts.items():
            for state in states if _relation(fluent) != AT else ():
                done = self._brought_about(sentence, fluent.split(" ", 1)[0], state)
                found += [Span(start, end, state) for start, end in done.items()]
        return sorted(dict.fromkeys(found), key=lambda s: s.start)

    def _brought_about(self, sentence: str, subject: str, state: str) -> dict[int, int]:
        """Where somebody is said to have brought a state of a subject about: from where to where the verb stands."""
        things = self.names.forms(subject)
        return {a: b for form in self.names.forms(state) for a, b in brought_about(sentence, form, things)}

    def _fluent(self, sentence: str, value: Span, subjects: list[Span], talk: _Talk) -> str | None:
        """What this value is said of; None if that cannot be told."""
        speaker, act_fluent = talk.people.speaker, talk.act_fluent
        candidates = [f for f, values in self.facts.items() if value.name in values]
        if value.name in self.cast:
            candidates = [f for f in candidates if _relation(f) == AT]
        able = {fluent.split(" ", 1)[0] for fluent in candidates}
        around = [s for s in subjects if not s.overlaps(value) and s.name != value.name]
        named = [s for s in around if s.name in able]
        if named:
            earlier = [s for s in named if s.end <= value.start]
            subject = (earlier[-1] if earlier else named[0]).name
        else:
            head, tail = sentence[: value.start], sentence[value.end :]
            bare = _BARE.fullmatch(head) and not HOLDS.match(tail) and not COPULA.match(tail.strip())
            it = _PRONOUN.search(head) or _OBJECT.match(tail) or (HOLDS.match(tail) and _PRONOUN.search(tail))
            he = _HE.search(head) is not None and not it and talk.third in able
            if any(s.name not in self.cast and s.name != speaker for s in around) or not (bare or it or he):
                return None
            topic = talk.third if he else talk.topic
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
        to_come = [sentence[value.end : s.start] for s in subjects if s.name == subject and s.start >= value.end]
        attribute = re.search(rf"(?<!\w){_DEFINITE}$", head) and any(not between.strip() for between in to_come)
        inverted = any(_INVERSION.fullmatch(between) for between in to_come)
        done = value.start in self._brought_about(sentence, subject, value.name)
        alone = not to_come and _BARE.fullmatch(head) and _AFTER_FRAGMENT.match(tail)
        return Stance.ASSERTED if said_of or attribute or inverted or done or alone else Stance.NAMED
