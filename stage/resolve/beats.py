"""From beats as written to what is done in them, and how."""

from __future__ import annotations

from stage.resolve.flaws import Path
from stage.resolve.vocabulary import Vocabulary
from stage.scenes import scenario as written
from stage.scenes.scene import (
    Act,
    Doing,
    Improvise,
    Narrate,
    Scripted,
    Speak,
    Think,
)
from stage.world.events import (
    Action,
    Appear,
    Ask,
    Attention,
    Close,
    Enter,
    Grade,
    Look,
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
)
from stage.world.facts import AT, AWAY, Fluent
from stage.world.possible import SAYS
from stage.world.rules import Manner
from stage.world.setting import place_fluent


class BeatReader:
    """Understands the beats of a scene."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def doing(self, path: Path, beat: written.Beat) -> Doing | None:
        at = (*path, beat.verb)
        match beat:
            case written.SpeakBeat():
                about = [self.vocabulary.fluent((*path, "about", i), t) for i, t in enumerate(beat.about)]
                fluents = tuple(f for f in about if f is not None)
                return Speak(
                    self.vocabulary.who(at, beat.speak), self.vocabulary.people((*path, "to"), beat.to), fluents or None
                )
            case written.ThinkBeat():
                return Think(self.vocabulary.who(at, beat.think))
            case written.ActBeat():
                return Act(self.vocabulary.who(at, beat.act))
            case written.NarrateBeat():
                return Narrate(beat.narrate if isinstance(beat.narrate, str) else "")
            case written.ImproviseBeat():
                return Improvise(beat.improvise)
            case written.Noticed():
                action = self._action(path, beat)
                return Scripted(action, self._manner(path, beat)) if action is not None else None
        raise TypeError(f"no beat: {beat!r}")

    def _action(self, path: Path, beat: written.Noticed) -> Action | None:
        at = (*path, beat.verb)
        who = getattr(beat, "by", None)
        if isinstance(who, str):
            self.vocabulary.who((*path, "by"), who)
        match beat:
            case written.EnterBeat(enter=who, to=to):
                self.vocabulary.flaws.name((*path, "to"), to, self.vocabulary.places, "place")
                return self._enter(at, who, to, beat.shows_way)
            case written.LeaveBeat(leave=who, to=to):
                if to is not None:
                    self.vocabulary.flaws.name((*path, "to"), to, self.vocabulary.places, "place")
                return self._enter(at, who, to or AWAY, beat.shows_way)
            case written.PutBeat(put=thing, to=to) | written.MoveBeat(move=thing, to=to):
                return self._put(path, at, beat.by, thing, to)
            case written.TakeBeat(take=thing, by=by):
                return self._put(path, at, by, thing, by)
            case written.OpenBeat(open=box, by=by):
                return Open(by, self.vocabulary.thing(at, box, lambda t: t.lid, "lid"))
            case written.CloseBeat(close=box, by=by):
                return Close(by, self.vocabulary.thing(at, box, lambda t: t.lid, "lid"))
            case written.LookBeat(look=box, by=by):
                around = box == "around"
                return Look(by, None if around else self.vocabulary.thing(at, box, lambda t: t.container, "container"))
            case written.PeekBeat(peek=place, by=by):
                self.vocabulary.flaws.name(at, place, self.vocabulary.places, "place")
                return Peek(by, place)
            case written.WatchBeat(watch=place, by=by):
                if place != "nothing":
                    self.vocabulary.flaws.name(at, place, self.vocabulary.places, "place")
                return Watch(by, None if place == "nothing" else place)
            case written.AskBeat(ask=text, by=by, to=to):
                fluent = self.vocabulary.fluent(at, text)
                return Ask(by, fluent, self.vocabulary.people((*path, "to"), to)) if fluent else None
            case written.RemarkBeat(remark=who, to=to):
                return Remark(self.vocabulary.who(at, who), self.vocabulary.people((*path, "to"), to))
            case written.WaitBeat(wait=who):
                return Wait(self.vocabulary.who(at, who))
            case written.ReadBeat(read=letter, by=by):
                return Read(by, self.vocabulary.thing(at, letter, lambda t: t.letter, "letter"))
            case written.IntroduceBeat(introduce=who, at=place):
                self.vocabulary.flaws.name((*path, "at"), place, self.vocabulary.places, "place")
                return Appear(who, place)
        return self._action_with_fact(path, at, beat)

    def _action_with_fact(self, path: Path, at: Path, beat: written.Noticed) -> Action | None:
        match beat:
            case written.SayBeat(say=text, by=by, to=to):
                fact, hearers = self.vocabulary.fact(at, text), self.vocabulary.people((*path, "to"), to)
                return Say(by, fact, hearers, from_afar=beat.from_afar) if fact else None
            case written.AnnounceBeat(announce=text, by=by):
                fact = self.vocabulary.fact(at, text)
                return Say(by, fact) if fact else None
            case written.WhisperBeat(whisper=text, by=by, to=to):
                fact, hearers = self.vocabulary.fact(at, text), self.vocabulary.people((*path, "to"), to)
                return Say(by, fact, hearers, whispered=True) if fact else None
            case written.WriteBeat(write=letter, says=text, by=by):
                self.vocabulary.thing(at, letter, lambda t: t.letter, "letter")
                fact = self.vocabulary.fact((*path, "says"), text)
                if fact is None:
                    return None
                self.vocabulary.can_be(Fluent(letter, SAYS), str(fact))
                return Write(by, letter, fact)
            case written.SetBeat(set=text, by=by, at=place):
                if place is not None:
                    self.vocabulary.flaws.name((*path, "at"), place, self.vocabulary.places, "place")
                fact = self.vocabulary.fact(at, text)
                if fact is not None and fact.fluent.subject in self.vocabulary.cast and fact.fluent.relation == AT:
                    self.vocabulary.flaws.add(at, "use-enter", "people move with 'enter' and 'leave', not with 'set'")
                return Set(fact, by, place) if fact else None
        raise TypeError(f"no beat: {beat!r}")

    def _enter(self, at: Path, names: str | list[str], to: str, shows_way: bool) -> Action | None:
        people = self.vocabulary.people(at, names)
        if len(set(people)) < len(people):
            self.vocabulary.flaws.add(at, "name-twice", "somebody is named twice")
        if not people:
            self.vocabulary.flaws.add(at, "nobody", "at least one character is needed")
            return None
        return Enter(people[0], to, shows_way, people[1:])

    def _put(self, path: Path, at: Path, who: str, thing: str, to: str) -> Action:
        key = "to" if isinstance(at[-1], str) and at[-1] == "move" else "in"
        known = self.vocabulary.flaws.name(at, thing, self.vocabulary.things, "thing")
        goals = [*self.vocabulary.things, *self.vocabulary.places, *self.vocabulary.cast]
        if self.vocabulary.flaws.name((*path, key), to, goals, "place, thing or character") and known:
            self.vocabulary.check_container((*path, key), to)
            self.vocabulary.can_be(place_fluent(thing), to)
        return Put(who, thing, to)

    def _manner(self, path: Path, beat: written.Noticed) -> Manner:
        aware: dict[str, set[str]] = {}
        for i, entry in enumerate(beat.seen_by):
            for name, known in (entry if isinstance(entry, dict) else {entry: []}).items():
                aware.setdefault(self.vocabulary.who((*path, "seen_by", i), name), set()).add(name)
                for k, other in enumerate(known):
                    aware.setdefault(self.vocabulary.who((*path, "seen_by", i, name, k), other), {other}).add(name)
        attention = [Attention(n, Grade.FULLY, frozenset(who)) for n, who in aware.items()]
        for key, grade, known_to in (
            ("hidden_from", Grade.NOT, None),
            ("distracted", Grade.NOT, frozenset[str]()),
            ("partly", Grade.PARTLY, None),
        ):
            for i, name in enumerate(getattr(beat, key)):
                if any(a.who == name for a in attention):
                    self.vocabulary.flaws.add(
                        (*path, key, i), "notices-twice", f"it is said twice how {name!r} notices this beat"
                    )
                attention.append(Attention(self.vocabulary.who((*path, key, i), name), grade, known_to))
        in_vain = isinstance(beat, written.Tried) and beat.in_vain
        return Manner(beat.secretly, tuple(attention), beat.text, in_vain)
