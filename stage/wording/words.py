"""How names, facts, questions and beliefs are put into words, in the present tense."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stage.scenes.scene import FactWording
from stage.world.facts import AT, AWAY, Belief, Fact, Fluent, Known, OneOf, Viewpoint, Whether
from stage.world.setting import AUTHOR, NARRATOR, PREPOSITIONS, Setting, bare_title

ARTICLES = ("the ", "a ", "an ", "his ", "her ", "their ", "my ", "some ")


@dataclass(frozen=True)
class Words:
    """The words of one scene for what there is in it and what is so."""

    setting: Setting
    facts: Mapping[Fluent, FactWording]

    # -------------------------------------------------------------------------------------------------- names and values
    def title(self, name: str) -> str:
        """A bare name: 'Sally', 'basket', 'old mill'."""
        return bare_title(self.setting.titles.get(name, name.replace("_", " ")))

    def noun(self, name: str) -> str:
        """A name with its article: 'Sally', 'the basket'."""
        title = self.title(name)
        if name in (AUTHOR, NARRATOR):
            return f"the {title}"
        is_named = name in self.setting.people or title[:1].isupper() or title.lower().startswith(ARTICLES)
        return title if is_named or name not in (*self.setting.things, *self.setting.places) else f"the {title}"

    def where(self, value: str) -> str:
        """A place as an answer to 'where': 'in the basket', 'with Sally', 'at home'."""
        if value == AWAY:
            return "gone"
        if value in self.setting.people:
            return f"with {self.noun(value)}"
        title = self.setting.titles.get(value, "")
        return title if title.lower().startswith(PREPOSITIONS) else f"in {self.noun(value)}"

    def names(self, names: Iterable[str]) -> str:
        """'Sally', 'Sally and Anne', 'Sally, Anne and Bob'."""
        nouns = [self.noun(n) for n in names]
        return f"{', '.join(nouns[:-1])} and {nouns[-1]}" if len(nouns) > 1 else "".join(nouns)

    # --------------------------------------------------------------------------------------------------- facts, beliefs
    def stem(self, fluent: Fluent) -> str:
        """A statement up to its value: 'the marble is'."""
        statement = self.facts.get(fluent, FactWording()).statement
        if statement:
            return uncapitalised(statement.partition("{value}")[0].rstrip(), self.setting)
        subject = self.noun(fluent.subject)
        return f"{subject} is" if fluent.relation == AT else f"{subject} {fluent.relation}"

    def ending(self, fluent: Fluent, value: str | None) -> str:
        """The rest of a statement, value included; None: 'somewhere unknown'."""
        if value is None:
            return "somewhere unknown" if fluent.relation == AT else "something unknown"
        word = self.where(value) if fluent.relation == AT else self.noun(value)
        statement = self.facts.get(fluent, FactWording()).statement
        return word + statement.partition("{value}")[2].rstrip(" .") if statement else word

    def clause(self, fluent: Fluent, value: str | None) -> str:
        """'the marble is in the basket'."""
        return f"{self.stem(fluent)} {self.ending(fluent, value)}"

    def sentence(self, fact: Fact) -> str:
        return f"{capitalised(self.clause(fact.fluent, fact.value))}."

    def question(self, fluent: Fluent) -> str:
        """'Where is the marble?'"""
        asked = self.facts.get(fluent, FactWording()).question
        if asked:
            return asked
        if fluent.relation == AT:
            return f"Where is {self.noun(fluent.subject)}?"
        return f"How does this go on: '{capitalised(self.stem(fluent))} ...'?"

    def about(self, viewpoint: Viewpoint, voice: str, verb: str = "believe") -> str:
        """Whose belief is asked for, as the beginning of a question put to ``voice``: 'What does Anne believe that you
        believe: '; empty where it is the voice's own, or reality."""
        others = viewpoint[1:] if viewpoint and viewpoint[0] == voice else viewpoint
        if not others:
            return ""
        first, *rest = ["you" if n == voice else self.noun(n) for n in others]
        chained = "".join(f" that {n} {verb}{'' if n == 'you' else 's'}" for n in rest)
        return f"What {'do' if first == 'you' else 'does'} {first} {verb}{chained}: "

    def noticed(self, viewpoint: Viewpoint, voice: str) -> str:
        """Asks ``voice`` what the last of a chain noticed: 'What did you notice of all this?', 'What does Anne believe
        that you noticed of all this?'"""
        others = viewpoint[1:] if viewpoint and viewpoint[0] == voice else viewpoint
        *middle, last = ["you" if n == voice else self.noun(n) for n in others] or ["you"]
        if not middle:
            return f"What did {last} notice of all this?"
        first, *rest = middle
        chained = "".join(f" that {n} believe{'' if n == 'you' else 's'}" for n in rest)
        return f"What {'do' if first == 'you' else 'does'} {first} believe{chained} that {last} noticed of all this?"

    def credo(self, viewpoint: Viewpoint, voice: str, pronoun: str = "I", verb: str = "believe") -> str:
        """How an answer about a viewpoint begins: 'I believe that Anne believes', empty for reality."""
        parts = [f"{pronoun if n == voice else self.noun(n)} {verb}{'' if n == voice else 's'}" for n in viewpoint]
        return " that ".join(parts)

    def held(self, viewpoint: Viewpoint, fluent: Fluent, belief: Belief | None) -> str:
        """A belief as it is told to the first of the chain: 'You believe that Anne believes that the marble is in the
        box.'"""
        you, holder = viewpoint[0], viewpoint[-1]
        credo = self.credo(viewpoint, you, "you")
        match belief:
            case Whether():
                thought = self.credo(viewpoint[:-1], you, "you")
                told = f"{thought} that {self.noun(holder)} knows {self._which(fluent)}, and cannot tell yourself"
            case OneOf(values):
                ends = [self.ending(fluent, v) for v in self.setting.range_of(fluent) if v in values]
                told = f"{credo} that {self.stem(fluent)} {' or '.join(ends)}, not knowing which"
            case Known(value):
                told = f"{credo} that {self.clause(fluent, value)}"
            case None:
                told = f"{credo} that {self.clause(fluent, None)}"
        return f"{capitalised(told)}."

    def _which(self, fluent: Fluent) -> str:
        if fluent.relation == AT:
            return f"where {self.noun(fluent.subject)} is"
        return f"how this goes on: '{capitalised(self.stem(fluent))} ...'"


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def uncapitalised(text: str, setting: Setting) -> str:
    """A sentence's beginning made fit for the middle of one; proper names stay as they are."""
    first = text.split(" ", 1)[0]
    is_name = any(setting.titles.get(p, p.title()) == first for p in setting.people)
    return text if is_name or first == "I" else text[:1].lower() + text[1:]
