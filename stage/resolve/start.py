"""How a scene stands at the start, as the events from which everybody knows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from stage.resolve.flaws import Path
from stage.resolve.vocabulary import Vocabulary
from stage.scenes import scenario as written
from stage.world.events import (
    Attention,
    Begin,
    Effect,
    Event,
    Exactly,
    Grade,
)
from stage.world.facts import AT, AWAY, Fact, Fluent
from stage.world.rules import Rules
from stage.world.setting import AUTHOR, NARRATOR, place_fluent
from stage.world.sight import hidden_fluent

PLANS = "what the author plans"
"""The event from which the author, and nobody else, knows the plan."""


class Beginning:
    """How things stand at the start, and who knows it. ``reality`` grows as facts are stated that are so."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def reality(self) -> dict[Fluent, str]:
        """What is so at the start."""
        reality: dict[Fluent, str] = {}
        for name, character in self.vocabulary.cast.items():
            introduced = name not in self.vocabulary.written.cast
            if introduced and character.at is not None:
                self.vocabulary.flaws.add(
                    ("cast", name, "at"), "introduced-later", f"{name} appears where 'introduce' says"
                )
            if character.at is not None:
                if self.vocabulary.flaws.name(("cast", name, "at"), character.at, self.vocabulary.places, "place"):
                    reality[place_fluent(name)] = character.at
            elif not introduced:
                reality[place_fluent(name)] = AWAY
            if character.hidden:
                reality[hidden_fluent(name)] = "yes"
        for name, thing in self.vocabulary.things.items():
            if thing.at is not None and self.vocabulary.flaws.name(
                ("things", name, "at"),
                thing.at,
                [*self.vocabulary.places, *self.vocabulary.things, *self.vocabulary.cast],
                "place, thing or character",
            ):
                reality[place_fluent(name)] = thing.at
                self.vocabulary.can_be(place_fluent(name), thing.at)
                self.vocabulary.check_container(("things", name, "at"), thing.at)
            if thing.lid is not None:
                reality[Fluent(name, "is")] = thing.lid
                self.vocabulary.ranges[Fluent(name, "is")] = ["open", "closed"]
        self._check_containment(reality)
        for fluent, spec in self.vocabulary.declared.items():
            if spec.start is not None:
                reality[fluent] = spec.start
        return reality

    def _check_containment(self, reality: dict[Fluent, str]) -> None:
        for name in self.vocabulary.things:
            seen = [name]
            inside = reality.get(place_fluent(name))
            while inside in self.vocabulary.things and inside not in seen:
                seen.append(inside)
                inside = reality.get(place_fluent(inside))
            if inside == name:
                self.vocabulary.flaws.add(
                    ("things", name, "at"), "cyclic", f"{name!r} is inside itself: {' in '.join([*seen, name])}"
                )

    def true(self, path: Path, texts: Sequence[str], reality: dict[Fluent, str]) -> list[Fact]:
        """Facts that are so: they join reality, and must not contradict it."""
        facts = []
        for i, text in enumerate(texts):
            fact = self.vocabulary.fact((*path, i), text)
            if fact is None:
                continue
            is_so = reality.get(fact.fluent)
            declared_start = fact.fluent in self.vocabulary.declared and isinstance(
                self.vocabulary.written.facts.get(str(fact.fluent)), list
            )
            if is_so is not None and is_so != fact.value and not declared_start:
                self.vocabulary.flaws.add(
                    (*path, i), "not-so", f"{text!r} is not so at the start: {fact.fluent} is {is_so!r}"
                )
            reality[fact.fluent] = fact.value
            facts.append(fact)
        return facts

    def known_to(self, name: str, character: written.Character, reality: dict[Fluent, str]) -> list[Fact]:
        at: Path = ("cast", name)
        if name not in self.vocabulary.written.cast:
            beats = self.vocabulary.written.beats
            at = ("beats", next(i for i, b in enumerate(beats) if getattr(b, "introduce", None) == name), "as")
        knows = self.true((*at, "knows"), character.knows, reality)
        return knows + self.vocabulary.facts((*at, "believes"), character.believes)

    def start(
        self,
        rules: Rules,
        reality: dict[Fluent, str],
        known: dict[str, list[Fact]],
        common: list[Fact],
        plan: list[Fact],
        secrets: list[Fact],
        false: list[Fact],
    ) -> tuple[Event, ...]:
        secret = {f.fluent for f in secrets}
        world = [Effect(f, Exactly(v), change=True) for f, v in reality.items() if f not in secret]
        events = [Event(0, 0, Begin("how things stand"), None, frozenset(), effects=tuple(world))]
        shares = self.vocabulary.written.narrator.secrets
        kept = () if shares else (Attention(NARRATOR, Grade.NOT),)
        if secrets:
            hidden = tuple(Effect(f.fluent, Exactly(f.value), change=True) for f in secrets)
            events.append(Event(0, 0, Begin("the author's secrets"), None, frozenset(), effects=hidden, attention=kept))
        present = {
            n: c.at for n, c in self.vocabulary.cast.items() if c.at is not None and n in self.vocabulary.written.cast
        }
        events += rules.beginning(present, Values(reality))
        learnt: list[tuple[str, Iterable[str], list[Fact]]] = [
            ("what everybody knows", (*self.vocabulary.cast, NARRATOR, AUTHOR), common),
            *((f"what {n} alone knows", (n,), facts) for n, facts in known.items()),
            (PLANS, (AUTHOR, NARRATOR) if shares else (AUTHOR,), plan),
            ("what the narrator holds to", (NARRATOR,), false),
        ]
        for about, names, facts in learnt:
            if facts:
                shown = tuple(Effect(f.fluent, Exactly(f.value), change=False) for f in facts)
                exceptions = kept if about == PLANS else ()
                events.append(Event(0, 0, Begin(about), None, frozenset(names), effects=shown, attention=exceptions))
        return tuple(replace(e, time=i) for i, e in enumerate(events))


@dataclass
class Values:
    """Reality while a scene is checked."""

    values: dict[Fluent, str]

    def value(self, fluent: Fluent) -> str | None:
        return self.values.get(fluent)

    def at(self, spot: str) -> list[str]:
        return [fluent.subject for fluent, value in self.values.items() if fluent.relation == AT and value == spot]

    def fold(self, events: Iterable[Event]) -> None:
        for event in events:
            for effect in event.effects:
                if isinstance(effect, Effect) and effect.change and isinstance(effect.content, Exactly):
                    self.values[effect.fluent] = effect.content.value
