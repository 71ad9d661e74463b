"""How events are put into words, as they look to whoever is told of them, so that an outline stays an outline.

Everything is in the present tense and the third person; nothing here decides who is told what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from stage.scenes.scene import Scene
from stage.wording.words import Words, capitalised
from stage.world.events import (
    Action,
    Appear,
    Ask,
    Begin,
    Close,
    Effect,
    Enter,
    Event,
    Exactly,
    Grade,
    Look,
    Not,
    Open,
    Peek,
    Put,
    Read,
    Remark,
    Say,
    Set,
    Wait,
    Watch,
    Write,
    doers,
)
from stage.world.facts import AT, AWAY, Fact, Fluent
from stage.world.possible import WRITTEN_BY
from stage.world.setting import AUTHOR
from stage.world.sight import singly


@dataclass(frozen=True)
class Wording(Words):
    """The words of one scene, for its events as well."""

    @classmethod
    def of(cls, scene: Scene) -> Wording:
        return cls(scene.setting, scene.wording)

    def event(self, event: Event) -> str:
        """An event as it looks to whoever noticed it so; empty where there is nothing to tell."""
        if isinstance(event.action, Begin):
            return self._beginning(event)
        told = event.text or capitalised(self._action(event))
        if not told:
            return ""
        parts = [f"Secretly: {told}" if event.onlookers is Grade.NOT else told, *self._seen(event)]
        parts += self._exceptions(event)
        return " ".join(parts)

    def move(self, action: Action) -> str:
        """What somebody may choose to do, as it goes on after the name: 'puts the marble in the box'."""
        if isinstance(action, Enter):
            return "leaves the stage" if action.to == AWAY else f"goes to {self.noun(action.to)}"
        told = self._action(Event(0, 0, action, None, frozenset()))
        return told.removeprefix(f"{self.noun(getattr(action, 'who', ''))} ").rstrip(".")

    def _beginning(self, event: Event) -> str:
        told = self._shown(singly(event.effects, self.setting), everything=True)
        match sorted(event.participants):
            case [name] if event.place is None and name == AUTHOR:
                head = "The author plans"
            case [name] if event.place is None:
                head = f"{capitalised(self.noun(name))} is sure of this from the start"
            case [_, *_] if event.place is None:
                head = "Everybody knows from the start"
            case _:
                head = "At the start"
        return f"{head}: {' '.join(told)}" if told else ""

    def _seen(self, event: Event) -> list[str]:
        """What somebody sees on arriving, looking or failing."""
        action = event.action
        looks = isinstance(action, Look | Peek | Watch | Open | Appear) or (
            isinstance(action, Enter) and not event.departure
        )
        if event.outlined or not (looks or event.failed):
            return []
        themselves = {Fluent(name, AT) for name in doers(action)}
        shown = [e for e in singly(event.effects, self.setting) if e.fluent not in themselves]
        if not isinstance(action, Look | Peek):  # in passing, nobody misses what is never found in such a place
            shown = [e for e in shown if not (isinstance(e.content, Not) and self._is_out_of_range(e))]
        return self._shown(shown, everything=False)

    def _is_out_of_range(self, effect: Effect) -> bool:
        ruled_out = effect.content.values if isinstance(effect.content, Not) else frozenset()
        return not ruled_out & {*self.setting.range_of(effect.fluent)}

    def _shown(self, effects: Sequence[Effect], everything: bool) -> list[str]:
        told = []
        for effect in effects:
            if not everything and effect.change:
                continue
            is_carried = isinstance(effect.content, Exactly) and effect.content.value in self.setting.people
            if not (everything or is_carried or len(self.setting.range_of(effect.fluent)) > 1):
                continue
            if effect.fluent.relation in ("hides", "watches") or effect.fluent.relation == WRITTEN_BY:
                continue
            is_person = effect.fluent.subject in self.setting.people
            match effect.content:
                case Exactly(value):
                    told.append(self.sentence(Fact(effect.fluent, value)))
                case Not(values) if not is_person and values & {*self.setting.places}:
                    told.append(f"{capitalised(self.noun(effect.fluent.subject))} is not in sight.")
                case Not(values) if not is_person:
                    where = " or ".join(self.ending(effect.fluent, v) for v in sorted(values))
                    told.append(f"{capitalised(self.stem(effect.fluent))} not {where}.")
                case _:
                    pass
        return list(dict.fromkeys(told))

    def _exceptions(self, event: Event) -> list[str]:
        """Who, among those there, does not notice, or notices unseen, as far as whoever is told reckons with it."""
        told = []
        missing = list(dict.fromkeys(a.who for a in event.attention if a.grade is Grade.NOT))
        unseen = list(dict.fromkeys(a.who for a in event.attention if a.grade is Grade.FULLY))
        partly = list(dict.fromkeys(a.who for a in event.attention if a.grade is Grade.PARTLY))
        if missing:
            told.append(f"({self.names(missing)} {verb(missing, 'does', 'do')} not notice this.)")
        if unseen:
            told.append(f"({self.names(unseen)} {verb(unseen, 'notices', 'notice')} this, unseen by the others.)")
        if partly:
            told.append(f"({self.names(partly)} cannot make out what exactly.)")
        return told

    def _action(self, event: Event) -> str:
        action = event.action
        who = getattr(action, "who", None)
        name = self.noun(who) if isinstance(who, str) else ""
        if event.failed and not isinstance(action, Put):
            people = doers(action)
            return f"{self.names(people)} {verb(people, 'tries', 'try')} in vain to {self._attempt(action)}."
        match action:
            case Enter(_, to, shows_way):
                return self._movement(event, action.people, to, shows_way)
            case Put(_, thing, to):
                return self._putting(event, name, thing, to)
            case Open(_, box):
                return f"{name} opens {self.noun(box)}."
            case Close(_, box):
                return f"{name} closes {self.noun(box)}."
            case Look(_, None):
                return f"{name} looks around."
            case Look(_, str() as box):
                return f"{name} looks into {self.noun(box)}."
            case Look():
                raise TypeError(f"no container or None: {action!r}")
            case Peek(_, place):
                return f"{name} peeks into {self.noun(place)}, unseen from there."
            case Watch(_, None):
                return f"{name} stops watching."
            case Watch(_, place):
                return f"{name} begins to watch {self.noun(place or '')}, unseen from there."
            case Say() | Ask() | Remark():
                return self._speech(event)
            case Write(_, letter, fact):
                what = "something" if event.outlined else f'"{self.sentence(fact)}"'
                return f"{name} writes {what} in {self.noun(letter)}."
            case Read(_, letter):
                return self._reading(event, name, letter)
            case Set(fact):
                if event.outlined:
                    return f"Something happens to {self.noun(fact.fluent.subject)}."
                now = self.clause(fact.fluent, fact.value)
                return f"{name} sees to it that {now}." if name else f"Now {now}."
            case Wait():
                return f"{name} waits."
            case Appear(_, place):
                return f"{name} appears {self.where(place)}."
            case Begin():
                return ""
            case _:
                assert_never(action)

    def _movement(self, event: Event, people: Sequence[str], to: str, shows_way: bool) -> str:
        going = [p for p in people if p in event.participants] if event.departure else people
        names = self.names(going)
        if event.place is None:  # the movement itself is told already
            return "" if event.departure or not event.effects else f"{names} {verb(going, 'looks', 'look')} about."
        if not event.departure:
            return f"{names} {verb(going, 'comes', 'come')} into {self.noun(to)}."
        way = f" for {self.noun(to)}" if to != AWAY and (shows_way or not event.outlined) else ""
        return f"{names} {verb(going, 'leaves', 'leave')} {self.noun(event.place)}{way}."

    def _putting(self, event: Event, name: str, thing: str, to: str) -> str:
        if event.failed:
            return f"{name} reaches for {self.noun(thing)} in vain."
        if event.outlined:
            return f"{name} does something with {self.noun(thing)}."
        if isinstance(event.action, Put) and to == event.action.who:
            return f"{name} takes {self.noun(thing)}."
        if to in self.setting.people:
            return f"{name} gives {self.noun(thing)} to {self.noun(to)}."
        return f"{name} puts {self.noun(thing)} {self.where(to)}."

    def _attempt(self, action: Action) -> str:
        """What somebody tries, as it goes on after 'tries in vain to': of words whom and what they concern, not what they
        would have said."""
        whom = self.names(getattr(action, "to", ())) if isinstance(action, Say | Ask | Remark) else ""
        match action:
            case Enter(_, to):
                return "leave" if to == AWAY else f"go to {self.noun(to)}"
            case Open(_, box):
                return f"open {self.noun(box)}"
            case Close(_, box):
                return f"close {self.noun(box)}"
            case Look(_, box):
                return "look around" if box is None else f"look into {self.noun(box)}"
            case Peek(_, place):
                return f"peek into {self.noun(place)}"
            case Watch(_, place):
                return "stop watching" if place is None else f"watch {self.noun(place)}"
            case Say(_, fact, _, whispered, from_afar):
                tell = f"whisper to {whom}" if whispered and whom else f"tell {whom or 'somebody'} something"
                return f"{tell}{' from afar' if from_afar else ''} about {self.noun(fact.fluent.subject)}"
            case Ask(_, fluent):
                return f"ask {whom or 'somebody'} about {self.noun(fluent.subject)}"
            case Remark():
                return f"speak to {whom or 'somebody'}"
            case Write(_, letter):
                return f"write in {self.noun(letter)}"
            case Read(_, letter):
                return f"read {self.noun(letter)}"
            case Wait():
                return "wait"
            case Put() | Set() | Appear() | Begin():  # the first has words of its own, the others never fail
                return "do something"
            case _:
                assert_never(action)

    def spoken(self, action: Say | Ask | Remark, words: str) -> str:
        """What somebody says, in these words: 'Sally says to Anne: "The marble is in the box."'"""
        whom = self.names(action.to)
        match action:
            case Ask():
                verb, to = "asks", f" {whom}" if whom else ""
            case Say(_, _, _, whispered, from_afar):
                verb, to = self._says(whispered, from_afar), f" to {whom}" if whom else ""
            case Remark():
                verb, to = "says", f" to {whom}" if whom else ""
        return f'{self.noun(action.who)} {verb}{to}: "{words}"'

    def _says(self, whispered: bool, from_afar: bool) -> str:
        return "whispers" if whispered else "says from afar" if from_afar else "says"

    def _speech(self, event: Event) -> str:
        action = event.action
        assert isinstance(action, Say | Ask | Remark)
        name, to = self.noun(action.who), f" to {self.names(action.to)}" if action.to else ""
        match action:
            case Say(_, fact, _, whispered, from_afar) if event.outlined:
                verb = self._says(whispered, from_afar)
                return f"{name} {verb} something{to} about {self.noun(fact.fluent.subject)}."
            case Say(_, fact):
                return self.spoken(action, self.sentence(fact))
            case Ask(_, fluent):
                return self.spoken(action, self.question(fluent))
            case Remark():
                return f"{name} says something{to}."

    def _reading(self, event: Event, name: str, letter: str) -> str:
        if event.outlined or not event.assertions:
            return f"{name} reads {self.noun(letter)}."
        said = event.assertions[0]
        if not isinstance(said.content, Exactly):
            return f"{name} reads {self.noun(letter)}."
        text = self.sentence(Fact(said.fluent, said.content.value))
        return f'{name} reads {self.noun(letter)}, written by {self.noun(said.speaker)}: "{text}"'


def verb(subjects: Sequence[str], singular: str, plural: str) -> str:
    return singular if len(subjects) == 1 else plural
