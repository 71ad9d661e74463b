"""What stays the same while a scene is played: who and what there is, which values a fact can take, who trusts whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from stage.world.facts import AT, Fact, Fluent

WATCHES = "watches"
"""The relation of which other place somebody watches."""
AUTHOR = "author"
NARRATOR = "narrator"
INTERNAL = ("hides", "watches", "written by", "written at")
"""Relations that keep the books of a scene and are nobody's belief about its story."""


class Trust(StrEnum):
    """What a hearer makes of a speaker's word."""

    YES = "yes"
    """Takes the speaker to be sincere, and the word to be true."""
    SINCERE = "sincere"
    """Takes the speaker to believe it, and does not believe it for that."""
    NO = "no"
    """Learns only that it was said."""


class Shown(StrEnum):
    """When a fact can be seen."""

    OPENLY = "openly"
    """By whoever is where its subject is."""
    INSIDE = "inside"
    """By whoever looks into its subject."""
    NEVER = "never"


@dataclass(frozen=True)
class Thing:
    """``container``: other things can be in it; ``transparent``: they can be seen without looking inside;
    ``lid``: it can be opened and closed, and must be open to be reached into; ``letter``: it can be written and read.
    """

    name: str
    container: bool = False
    transparent: bool = False
    lid: bool = False
    letter: bool = False


class Reveals(StrEnum):
    """What coming into a place shows of the things there; who is there it always shows."""

    NOTHING = "nothing"
    IN_SIGHT = "what is in sight"
    EVERYTHING = "everything, also what is inside of things"


class ShownTo(StrEnum):
    """To whom the things are shown when somebody comes into a place."""

    ENTERER = "whoever enters"
    """And nobody else reckons with it."""
    EVERYBODY_PRESENT = "everybody present"


class TrustRule(StrEnum):
    """Where trust comes from."""

    DECLARED = "as declared"
    LEFT_LATER = "trusts who left later"
    """Whoever has left a place trusts those who left one later, and nobody who left earlier; the order in which people
    left is known to all (the rule of Hi-ToM; He et al., 2023)."""


class Insides(StrEnum):
    """Which containers show what is in them to whoever does not look into them or open them."""

    DECLARED = "as-declared"
    """Those that are transparent, and those whose lid is open."""
    OPAQUE = "opaque"
    """None."""
    TRANSPARENT = "transparent"
    """All."""


class Hearsay(StrEnum):
    """Who takes over a word, of those who hear it and trust the speaker. The speaker is taken for sincere by all of
    them."""

    LATEST_WORD = "latest-word"
    """All, whatever they saw before."""
    OWN_EYES = "own-eyes"
    """Whoever does not know better from his own eyes, or from the start: a word fills in what he did not see and takes
    the place of an earlier word."""
    ADDRESSED = "addressed"
    """Whoever is addressed; all, where nobody in particular is."""
    NOBODY = "nobody"


class Expects(StrEnum):
    """What somebody who says something takes his hearers to make of it."""

    BY_TRUST = "by-trust"
    """What follows from their trust in him, as he sees it."""
    BELIEF = "belief"
    """He takes it that they believe him, whoever they are."""
    NOTHING = "nothing"
    """He does not count on it that anybody does."""


class Exposure(StrEnum):
    """When a hearer who took a speaker for sincere finds out that he lied: sees that the word is not so, has noticed no
    change of it since, and takes it that the speaker knew better. Who knew no better spoke in good faith."""

    WITNESSED = "witnessed"
    """If he has also been on the spot ever since the word, so that it was not so when it was said."""
    CONTRADICTED = "contradicted"
    """Wherever he has been."""
    NEVER = "never"


class TrustAfterLie(StrEnum):
    """What becomes of the trust in a speaker who is found out."""

    KEPT = "kept"
    LOST = "lost"
    """None is left, until trust is set anew."""


class Credit(StrEnum):
    """What becomes of what somebody was credited with for being there, once it turns out that he was not there.

    It turns out where he was taken to be at a place and an event shows that he is not, or was not until now: a look
    around misses him, he is seen elsewhere, he comes in, he leaves from elsewhere. From then on it is seen so; what was
    believed before that moment is as it was."""

    STAYS = "stays"
    """It stays, until there is new evidence about the very fact. There is no revision backwards."""
    UNTIL_LAST_SIGHTING = "until-last-sighting"
    """It ends where he was last seen to be anywhere, or to go: of what happened since, he counts as not having noticed
    what he was placed to notice by no more than that he was taken to be there. It goes back only as far as whoever finds
    it out has been at that place himself: before he came there, the other may have left openly."""


@dataclass(frozen=True)
class Conventions:
    """The rules in which benchmarks differ. The defaults are those of a scene that says nothing about them."""

    entering: Reveals = Reveals.IN_SIGHT
    entering_shown_to: ShownTo = ShownTo.EVERYBODY_PRESENT
    departures_show_way: bool = False
    """Whether those left behind see where somebody goes."""
    trust: TrustRule = TrustRule.DECLARED
    containers: Insides = Insides.DECLARED
    hearsay: Hearsay = Hearsay.LATEST_WORD
    speakers_expect: Expects = Expects.BY_TRUST
    exposed_lies: Exposure = Exposure.WITNESSED
    trust_after_lie: TrustAfterLie = TrustAfterLie.KEPT
    credit: Credit = Credit.STAYS


@dataclass(frozen=True)
class NarratorKnowledge:
    """What the narrator notices: everything (``minds`` is None), or what any of the named minds notices, as they do.
    ``false`` facts are what an unreliable narrator holds to, whatever happens."""

    minds: frozenset[str] | None = None
    false: Mapping[Fluent, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Setting:
    """Names are keys of the scene; ``titles`` are how they are written in prose where that differs."""

    people: tuple[str, ...]
    places: tuple[str, ...]
    things: Mapping[str, Thing]
    ranges: Mapping[Fluent, tuple[str, ...]]
    """Per fluent the values it can take, in the order in which the scene names them."""
    shown: Mapping[Fluent, Shown]
    trust: Mapping[tuple[str, str], Trust] = field(default_factory=dict)
    """(hearer, speaker) pairs that differ from ``usual_trust``."""
    usual_trust: Trust = Trust.YES
    narrator: NarratorKnowledge = NarratorKnowledge()
    titles: Mapping[str, str] = field(default_factory=dict)
    conventions: Conventions = Conventions()

    def range_of(self, fluent: Fluent) -> tuple[str, ...]:
        return self.ranges.get(fluent, ())

    def trust_of(self, hearer: str, speaker: str) -> Trust:
        return self.trust.get((hearer, speaker), self.usual_trust)

    def facts(self) -> Iterator[Fact]:
        """Every fact that could be the case."""
        return (Fact(fluent, value) for fluent, values in self.ranges.items() for value in values)


def trust_fluent(hearer: str, speaker: str) -> Fluent:
    """The fluent of a hearer's trust in a speaker; where a scene never sets it, `Setting.trust_of` holds."""
    return Fluent(hearer, f"trusts {speaker}")


def said_fluent(speaker: str, about: Fluent) -> Fluent:
    """The fluent of what somebody last said about another fluent."""
    return Fluent(speaker, f"said {about}")


@cache
def place_fluent(name: str) -> Fluent:
    return Fluent(name, AT)


@cache
def watch_fluent(name: str) -> Fluent:
    """The fluent of which other place somebody watches."""
    return Fluent(name, WATCHES)


PREPOSITIONS = ("in ", "at ", "on ", "by ", "under ", "behind ", "near ", "beside ")
"""With these the title of a place may begin, and then says by itself where something is."""


def bare_title(title: str) -> str:
    """A title without its preposition: 'the shelf' of 'on the shelf'."""
    return title.partition(" ")[2] if title.lower().startswith(PREPOSITIONS) else title
