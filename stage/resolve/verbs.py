"""Every verb of a scene file, both ways: what a beat says is done, and the beat that says it.

A verb is a list of keys, each with the part of the action that it says and the kind of thing that stands there. Read, a
key becomes its part; written, the part becomes its key. Which verb says an action is not written down again: it is the
first whose beat, read, means that action.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stage.resolve.flaws import Path
from stage.resolve.vocabulary import Vocabulary
from stage.scenes import scenario as written
from stage.scenes.scenario import ThingSpec
from stage.world.events import (
    Action,
    Appear,
    Ask,
    Close,
    Enter,
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
from stage.world.facts import AT, AWAY, Fact, Fluent
from stage.world.possible import SAYS
from stage.world.setting import place_fluent


# ------------------------------------------------------------------------------------------------- what stands in a key
@dataclass(frozen=True)
class Kind:
    """What may stand in a key. ``read`` notes flaws, and gives None where nothing is said by it; where it ``is_needed``
    that leaves the action open. ``write`` is the way back."""

    read: Callable[[Vocabulary, Path, Any], Any]
    write: Callable[[Any], Any] = lambda value: value
    is_needed: bool = True


def _named(known: Callable[[Vocabulary], Iterable[str]], what: str) -> Kind:
    def read(vocabulary: Vocabulary, path: Path, name: str) -> str:
        vocabulary.flaws.name(path, name, known(vocabulary), what)
        return name

    return Kind(read)


def _declared_with(trait: str) -> Kind:
    """A thing that has a key."""

    def has(thing: ThingSpec) -> object:
        return getattr(thing, trait)

    return Kind(lambda vocabulary, path, name: vocabulary.thing(path, name, has, trait))


def _or(kind: Kind, word: str | None, meant: str | None = None) -> Kind:
    """The same, or a word that stands for what has no name."""
    return Kind(
        lambda vocabulary, path, value: meant if value == word else kind.read(vocabulary, path, value),
        lambda value: word if value == meant else kind.write(value),
        is_needed=False,
    )


def _together(vocabulary: Vocabulary, path: Path, names: str | Sequence[str]) -> tuple[str, ...] | None:
    people = vocabulary.people(path, names)
    if len(set(people)) < len(people):
        vocabulary.flaws.add(path, "name-twice", "somebody is named twice")
    if not people:
        vocabulary.flaws.add(path, "nobody", "at least one character is needed")
    return people or None


def _one_or_several(names: Sequence[str]) -> str | list[str]:
    return names[0] if len(names) == 1 else list(names)


WHO = Kind(Vocabulary.who)
PEOPLE = Kind(Vocabulary.people, _one_or_several)
TOGETHER = Kind(_together, _one_or_several)
PLACE = _named(lambda vocabulary: vocabulary.places, "place")
THING = _named(lambda vocabulary: vocabulary.things, "thing")
GOAL = _named(lambda v: [*v.things, *v.places, *v.cast], "place, thing or character")
LID, CONTAINER, LETTER = _declared_with("lid"), _declared_with("container"), _declared_with("letter")
FACT = Kind(Vocabulary.fact, str)
FLUENT = Kind(Vocabulary.fluent, str)
AS_IT_STANDS = Kind(lambda vocabulary, path, value: value)


# ------------------------------------------------------------------------------------------------------------- the verbs
@dataclass(frozen=True)
class Verb:
    """``keys`` gives, by the key of the beat, the part of the action that it says, and its kind; ``means`` is the action
    of these parts. ``check`` complains of parts that do not go together, ``says`` tells of which actions it is said."""

    beat: type[written.Noticed]
    action: type[Action]
    keys: Mapping[str, tuple[str, Kind]]
    means: Callable[..., Action]
    check: Callable[[Vocabulary, Path, Any], None] = lambda vocabulary, path, action: None
    says: Callable[[Any], bool] = lambda action: True

    def read(self, vocabulary: Vocabulary, path: Path, beat: written.Noticed) -> Action | None:
        """What a beat says is done; None where it cannot be made out."""
        parts, is_whole = {}, True
        for key, (part, kind) in self.keys.items():
            parts[part] = kind.read(vocabulary, self._at(path, key), getattr(beat, key))
            is_whole = is_whole and not (kind.is_needed and parts[part] is None)
        if not is_whole:
            return None
        action = self.means(**parts)
        self.check(vocabulary, self._at(path, [*self.keys][-1]), action)
        return action

    def _at(self, path: Path, key: str) -> Path:
        return (*path, self.beat.model_fields[key].alias or key)

    def beat_of(self, action: Action) -> written.Noticed | None:
        """The beat that says so; None where this verb does not."""
        if not isinstance(action, self.action) or not self.says(action):
            return None
        parts = {part: getattr(action, part) for part, _ in self.keys.values()}
        if self.means(**parts) != action:
            return None
        return self.beat(**{key: kind.write(parts[part]) for key, (part, kind) in self.keys.items()})


def _goes(people: tuple[str, ...], to: str, shows_way: bool) -> Action:
    return Enter(people[0], to, shows_way, people[1:])


def _takes(who: str, thing: str) -> Action:
    return Put(who, thing, who)


def _whispers(who: str, fact: Fact, to: tuple[str, ...]) -> Action:
    return Say(who, fact, to, whispered=True)


def _can_be_put(vocabulary: Vocabulary, path: Path, action: Put) -> None:
    if action.to in (*vocabulary.things, *vocabulary.places, *vocabulary.cast):
        vocabulary.check_container(path, action.to)
        if action.thing in vocabulary.things:
            vocabulary.can_be(place_fluent(action.thing), action.to)


def _can_be_written(vocabulary: Vocabulary, path: Path, action: Write) -> None:
    vocabulary.can_be(Fluent(action.letter, SAYS), str(action.fact))


def _moves_nobody(vocabulary: Vocabulary, path: Path, action: Set) -> None:
    if action.fact.fluent.subject in vocabulary.cast and action.fact.fluent.relation == AT:
        message = "people move with 'enter' and 'leave', not with 'set'"
        vocabulary.flaws.add((*path[:-1], "set"), "use-enter", message)


_BY = {"by": ("who", WHO)}
_GOING = {"shows_way": ("shows_way", AS_IT_STANDS)}
_TO = {"to": ("to", PEOPLE)}

VERBS = (
    Verb(written.EnterBeat, Enter, {"enter": ("people", TOGETHER), "to": ("to", PLACE), **_GOING}, _goes,
         says=lambda action: action.to != AWAY),
    Verb(written.LeaveBeat, Enter, {"leave": ("people", TOGETHER), "to": ("to", _or(PLACE, None, AWAY)), **_GOING}, _goes),
    Verb(written.TakeBeat, Put, {**_BY, "take": ("thing", THING)}, _takes, _can_be_put),
    Verb(written.MoveBeat, Put, {**_BY, "move": ("thing", THING), "to": ("to", GOAL)}, Put, _can_be_put),
    Verb(written.PutBeat, Put, {**_BY, "put": ("thing", THING), "to": ("to", GOAL)}, Put, _can_be_put),
    Verb(written.OpenBeat, Open, {**_BY, "open": ("container", LID)}, Open),
    Verb(written.CloseBeat, Close, {**_BY, "close": ("container", LID)}, Close),
    Verb(written.LookBeat, Look, {**_BY, "look": ("into", _or(CONTAINER, "around"))}, Look),
    Verb(written.PeekBeat, Peek, {**_BY, "peek": ("place", PLACE)}, Peek),
    Verb(written.WatchBeat, Watch, {**_BY, "watch": ("place", _or(PLACE, "nothing"))}, Watch),
    Verb(written.SayBeat, Say, {**_BY, "say": ("fact", FACT), **_TO, "from_afar": ("from_afar", AS_IT_STANDS)}, Say),
    Verb(written.AnnounceBeat, Say, {**_BY, "announce": ("fact", FACT)}, Say),
    Verb(written.WhisperBeat, Say, {**_BY, "whisper": ("fact", FACT), **_TO}, _whispers),
    Verb(written.AskBeat, Ask, {**_BY, "ask": ("fluent", FLUENT), **_TO}, Ask),
    Verb(written.RemarkBeat, Remark, {"remark": ("who", WHO), **_TO}, Remark),
    Verb(written.WriteBeat, Write, {**_BY, "write": ("letter", LETTER), "says": ("fact", FACT)}, Write, _can_be_written),
    Verb(written.ReadBeat, Read, {**_BY, "read": ("letter", LETTER)}, Read),
    Verb(written.SetBeat, Set, {"by": ("who", _or(WHO, None)), "at": ("place", _or(PLACE, None)), "set": ("fact", FACT)},
         Set, _moves_nobody),
    Verb(written.WaitBeat, Wait, {"wait": ("who", WHO)}, Wait),
    Verb(written.IntroduceBeat, Appear, {"introduce": ("who", WHO), "at": ("place", PLACE)}, Appear,
         says=lambda action: False),
)  # fmt: skip
"""Of several verbs for one action the first is written. Nobody is introduced twice, so that is never written."""

BY_BEAT: dict[type[written.Beat], Verb] = {verb.beat: verb for verb in VERBS}


def action_of(vocabulary: Vocabulary, path: Path, beat: written.Noticed) -> Action | None:
    """What a beat says is done; None where it cannot be made out, which is noted."""
    return BY_BEAT[type(beat)].read(vocabulary, path, beat)


def place_of_part(path: Path, beat: written.Beat, part: str, name: str = "") -> Path:
    """Where a beat says a part of its action, and of several people there, where it says this name; the verb where it
    does not say the part."""
    verb = BY_BEAT.get(type(beat))
    keys = {part: key for key, (part, _) in verb.keys.items()} if verb is not None else {"to": "to"}
    key = keys.get(part, beat.verb)
    said = getattr(beat, key, None)
    at = (*path, type(beat).model_fields[key].alias or key)
    return (*at, said.index(name)) if isinstance(said, list) and name in said else at


def beat_of(action: Action) -> written.Noticed | None:
    """The beat that says that this is done; None where no verb does."""
    return next((beat for verb in VERBS if (beat := verb.beat_of(action)) is not None), None)
