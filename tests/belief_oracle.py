"""What everybody believes, in the slow and obvious form: the definition (docs/design.md) written out once more.

    Belief at a viewpoint is the world as it would be if only the events noticed along that chain had happened,
    as they looked to those who noticed them.

Nothing is shared with `stage.beliefs`: every viewpoint folds the whole play, from its beginning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from stage.world.events import (
    Appear,
    Assertion,
    Attention,
    Effect,
    Enter,
    Event,
    Exactly,
    Grade,
    Hidden,
    Kind,
    Look,
    Not,
    Open,
    Peek,
    Read,
    Settled,
    Showing,
    Watch,
)
from stage.world.facts import Belief, Fact, Fluent, Known, OneOf, Viewpoint, Whether
from stage.world.setting import (
    AUTHOR,
    NARRATOR,
    Conventions,
    Credit,
    Expects,
    Exposure,
    Hearsay,
    Setting,
    Trust,
    TrustAfterLie,
)


@dataclass(frozen=True)
class Evidence:
    """What is believed of a fluent, the time of the evidence on which that rests, and whose word it is, if it is one."""

    belief: Belief | None = None
    time: int = -1
    word_of: str | None = None


World = dict[Fluent, Evidence]


@dataclass
class Course:
    """How a play runs at a viewpoint: per real event how it looks there (None: not noticed), and the world before it;
    ``worlds`` has one more, for the end."""

    viewpoint: Viewpoint
    outer: Course | None
    seen: list[Event | None]
    worlds: list[World] = field(default_factory=lambda: [{}])
    found_out: list[int] = field(default_factory=list)
    """When the one above found out that the last name of the viewpoint had lied."""
    absences: dict[str, list[tuple[int, int, str]]] = field(default_factory=dict)

    def believed(self, before: int) -> dict[Fluent, Belief]:
        return {f: e.belief for f, e in self.worlds[before].items() if e.belief is not None}

    def history(self, before: int) -> list[Event]:
        return [e for e in self.seen[:before] if e is not None]


@dataclass(frozen=True)
class Oracle:
    setting: Setting
    events: Sequence[Event]
    courses: dict[tuple[Viewpoint, int], Course] = field(default_factory=dict, compare=False)

    @property
    def rules(self) -> Conventions:
        return self.setting.conventions

    def believed(self, v: Viewpoint, before: int) -> dict[Fluent, Belief]:
        """What is believed at a viewpoint before an event. Where credit is taken back, that is the world as it then was,
        and not what was later made of that moment."""
        is_final = self.rules.credit is Credit.STAYS
        return self.course(v, None if is_final else before).believed(before)

    def course(self, v: Viewpoint, until: int | None = None) -> Course:
        """How the play, or its first events, runs at a viewpoint, seen from its end."""
        until = len(self.events) if until is None else until
        if len(v) > 1 and v[-1] == v[-2]:  # introspection
            return self.course(v[:-1], until)
        if (v, until) not in self.courses:
            self.courses[v, until] = self.folded(v, until)
        return self.courses[v, until]

    def folded(self, v: Viewpoint, until: int) -> Course:
        if not v:
            course = Course((), None, [replace(e, effects=tuple(self.spelt_out(e))) for e in self.events[:until]])
        else:
            outer = self.course(v[:-1], until)
            looks = (None if self.is_taken_back(outer, t, v[-1]) else self.look(outer, t, v[-1]) for t in range(until))
            course = Course(v, outer, list(looks))
        for time, event in enumerate(course.seen):
            world = dict(course.worlds[time])
            self.see_through(course, world, time)
            self.take_in(course, world, event)
            self.hear(course, world, time)
            course.worlds.append(world)
        return course

    def spelt_out(self, event: Event) -> Iterator[Effect]:
        """Per fluent what an event does and shows of it: a sweep finds some, and rules all others out of its spots.
        Who was seen somewhere was not missed elsewhere."""
        shown: dict[Fluent, Effect] = {}
        for effect in (e for whole in event.effects for e in self.parts(whole)):
            other = shown.get(effect.fluent)
            if effect.change:
                yield effect
            elif isinstance(effect.content, Not) and other is not None:
                missed = other.content.values | effect.content.values if isinstance(other.content, Not) else None
                shown[effect.fluent] = replace(other, content=Not(missed)) if missed else other
            else:
                shown[effect.fluent] = effect
        yield from shown.values()

    def parts(self, whole: Showing) -> Iterator[Effect]:
        if isinstance(whole, Effect):
            yield whole
            return
        people = whole.kind is Kind.PEOPLE
        for name, spot in whole.found.items():
            yield Effect(Fluent(name, "at"), Exactly(spot), change=False, outline=whole.outline)
        for name in sorted({*(self.setting.people if people else self.setting.things)} - {*whole.found}):
            possible = {*self.setting.places, *self.setting.ranges.get(Fluent(name, "at"), ())}
            if missed := whole.spots if people else whole.spots & possible:
                yield Effect(Fluent(name, "at"), Not(missed), change=False, outline=whole.outline)

    # ------------------------------------------------------------------------------------------------------ noticing
    def eyes(self, x: str) -> frozenset[str] | None:
        """Whose eyes x sees with; None: nothing escapes x."""
        return {AUTHOR: None, NARRATOR: self.setting.narrator.minds}.get(x, frozenset({x}))

    def grade(self, course: Course, time: int, x: str) -> Grade:
        """How well x notices an event, in the world of a viewpoint."""
        event, world = course.seen[time], course.worlds[time]
        if event is None:
            return Grade.NOT
        if exceptions := [a.grade for a in event.attention if a.who == x]:
            return exceptions[0]
        if x in (AUTHOR, NARRATOR) and not {AUTHOR, NARRATOR}.issuperset(course.viewpoint):
            return Grade.NOT  # no character knows of either
        eyes = self.eyes(x)
        if x in event.participants or eyes is None:
            return Grade.FULLY
        if x == NARRATOR:
            return max((self.grade(course, time, other) for other in eyes), default=Grade.NOT)
        if event.place is None:
            return Grade.NOT
        shown = [e for e in event.effects if e.fluent == Fluent(x, "at") and not e.change]
        there = known(world, Fluent(x, "at")) == event.place
        if any(self.is_learnt(course.viewpoint, world, e, event) and says_not(e, event.place) for e in shown):
            there = False  # whoever is shown not to be there is no longer credited
        if any(e.content == Exactly(event.place) for e in shown) or known(world, Fluent(x, "watches")) == event.place:
            there = True
        return event.onlookers if there else Grade.NOT

    def look(self, outer: Course, time: int, x: str) -> Event | None:
        """How an event looks to x, seen from the viewpoint above; None if x does not notice it."""
        event, grade, eyes = outer.seen[time], self.grade(outer, time, x), self.eyes(x)
        false = self.setting.narrator.false if x == NARRATOR else {}
        if event is None or grade is Grade.NOT:
            return None

        def reckons_with(exception: Attention) -> bool:
            return exception.aware is None or eyes is None or bool(eyes & exception.aware)

        def sees(effect: Effect) -> Effect:
            if effect.fluent in false:
                return replace(effect, content=Exactly(false[effect.fluent]))
            if grade is Grade.PARTLY:
                return effect if effect.outline is None else replace(effect, content=Hidden(effect.outline))
            return replace(effect, content=Settled()) if isinstance(effect.content, Hidden) else effect

        def hears(word: Assertion) -> Assertion:
            if grade is Grade.PARTLY:
                return replace(word, content=Hidden())
            heard = replace(word, content=Settled()) if isinstance(word.content, Hidden) else word
            return self.as_read_above(outer, heard, event)

        return replace(
            event,
            effects=tuple(self.as_known_above(outer, sees(e), event) for e in event.effects),
            assertions=tuple(map(hears, event.assertions)),
            attention=tuple(filter(reckons_with, event.attention)),
            outlined=event.outlined or grade is Grade.PARTLY,
            text="" if grade is Grade.PARTLY else event.text,
        )

    # ------------------------------------------------------------------------------------------- credit that is taken back
    def is_taken_back(self, course: Course, time: int, x: str) -> bool:
        """Whether x, in hindsight, is not credited with an event for his being there: a later event shows that he was
        not where he was thought to be, by one who has been there himself, and he was last seen before."""
        event, v = course.seen[time], course.viewpoint
        if self.rules.credit is Credit.STAYS or not v or event is None or x in (AUTHOR, NARRATOR):
            return False
        is_exception = x in event.participants or any(a.who == x for a in event.attention)
        if is_exception or Effect(Fluent(x, "at"), Exactly(event.place or ""), change=False) in map(
            bare, event.effects
        ):
            return False
        return any(
            sighted < time <= later and any(stayed(course, n, place, time, later) for n in self.eyes(v[-1]) or ())
            for sighted, later, place in self.absences(course, x)
        )

    def absences(self, course: Course, x: str) -> list[tuple[int, int, str]]:
        """When x was last seen to be anywhere, or to go, before an event at which he turned out not to be where he was
        thought to be; when that was; and where he was thought to be."""
        if x not in course.absences:
            sighted, found = -1, []
            for time in range(len(course.seen)):
                if (place := self.missed_at(course, time, x)) is not None:
                    found.append((sighted, time, place))
                if any(e.change or isinstance(e.content, Exactly) for e in self.told_of(course, time, x)):
                    sighted = time
            course.absences[x] = found
        return course.absences[x]

    def told_of(self, course: Course, time: int, x: str) -> list[Effect]:
        """What an event tells a viewpoint of where x is."""
        event, world = course.seen[time], course.worlds[time + 1]
        effects = [e for e in event.effects if e.fluent == Fluent(x, "at")] if event is not None else []
        return [e for e in effects if event is not None and self.is_learnt(course.viewpoint, world, e, event)]

    def missed_at(self, course: Course, time: int, x: str) -> str | None:
        """The place where x was thought to be, if an event shows that he is not there, or comes there, or leaves from
        elsewhere."""
        event, told, place = (
            course.seen[time],
            self.told_of(course, time, x),
            known(course.worlds[time], Fluent(x, "at")),
        )
        if event is None or not told or place is None:
            return None
        is_elsewhere = any(denies(e, place) for e in told if not e.change)
        moves = isinstance(event.action, Enter | Appear) and not event.failed
        goers = {event.action.who, *getattr(event.action, "others", ())} if moves else set()
        leaves, comes = event.departure, not event.departure
        is_against = (leaves and event.place != place) or (comes and event.place == place)
        return place if is_elsewhere or (x in goers and is_against) else None

    # ----------------------------------------------------------------------------------------------------- believing
    def is_learnt(self, v: Viewpoint, world: World, effect: Effect, event: Event) -> bool:
        """Whether an effect, as it looks at a viewpoint, counts there. Reality is not changed by being seen, nor is a
        mind that misses nothing; that somebody is not seen tells nothing to himself, nor to who believes him hidden."""
        if effect.change:
            return True
        if not v or ((eyes := self.eyes(v[-1])) is None and v[-1] not in event.participants):
            return False
        who, relation = effect.fluent.subject, effect.fluent.relation
        hides = who in (eyes or ()) or known(world, Fluent(who, "hides")) == "yes"
        return not (relation == "at" and isinstance(effect.content, Not) and hides)

    def take_in(self, course: Course, world: World, event: Event | None) -> None:
        """What the event does and shows."""
        for effect in event.effects if event is not None else ():
            if self.is_learnt(course.viewpoint, world, effect, event):
                world[effect.fluent] = self.revised(world, effect, event.time)

    def as_known_above(self, outer: Course, effect: Effect, event: Event) -> Effect:
        """Who sees what the mind above could not see, but knows, sees it as that mind knows it; a look into a
        container tells of a thing only whether it is in there."""
        value = known(outer.worlds[event.time + 1], effect.fluent)
        if value is None or effect.change or effect.content != Settled():
            return effect
        box = getattr(event.action, "into", None) or getattr(event.action, "container", None)
        if not isinstance(event.action, Look | Open) or box is None or effect.fluent.relation != "at" or box == value:
            return replace(effect, content=Exactly(value))
        return replace(effect, content=Not(frozenset({box})))

    def as_read_above(self, outer: Course, word: Assertion, event: Event) -> Assertion:
        """Who reads a letter that the mind above cannot see into, but knows, reads what that mind knows to be in it."""
        if word.content != Settled() or not isinstance(event.action, Read):
            return word
        text = known(outer.worlds[event.time + 1], Fluent(event.action.letter, "says"))
        known_texts = {str(Fact(word.fluent, v)): v for v in self.setting.ranges.get(word.fluent, ())}
        return replace(word, content=Exactly(known_texts[text])) if text in known_texts else word

    def hear(self, course: Course, world: World, time: int) -> None:
        """What was said tells whoever heard it of the speaker too, even of one who does not notice it (a letter)."""
        event, outer = course.seen[time], course.outer.seen[time] if course.outer is not None else None
        words = [w for w in event.assertions if not isinstance(w.content, Hidden)] if event is not None else []
        if not words and outer is not None:
            words = [w for w in outer.assertions if w.speaker == course.viewpoint[-1]]
        for word in words:
            if self.is_believed(course, world, word, time) and not self.is_outdated(world, word, course.seen[:time]):
                told = Known(word.content.value) if isinstance(word.content, Exactly) else Whether()
                of_himself = word.speaker == course.viewpoint[-1] and evidence(world, word.fluent).belief is not None
                if not (of_himself and told == Whether()):  # unheard words do not unsettle a view of the speaker
                    world[word.fluent] = Evidence(told, time, word.speaker)

    def see_through(self, course: Course, world: World, time: int) -> None:
        """Who sees that a word is not so, knowing of no change since, and takes it that the speaker knew better, takes
        him to believe what he did before he lied. Unless the scene has it otherwise, he must have been on the spot."""
        outer, rule = course.outer, self.rules.exposed_lies
        if outer is None or outer.outer is None or rule is Exposure.NEVER or (event := outer.seen[time]) is None:
            return
        for effect in event.effects:
            word = evidence(world, effect.fluent)
            told_in = outer.seen[word.time] if word.word_of == course.viewpoint[-1] else None
            said = word.belief.value if isinstance(word.belief, Known) else None
            if told_in is None or said is None or effect.change or not denies(effect, said):
                continue
            if not self.is_learnt(outer.viewpoint, outer.worlds[time + 1], effect, event):
                continue
            given = min([word.time, *(w.since for w in told_in.assertions if w.fluent == effect.fluent)])
            there = rule is Exposure.CONTRADICTED or any(
                self.was_here(outer, n, given, time) for n in self.eyes(outer.viewpoint[-1]) or ()
            )
            knew = self.knew(course, outer, effect.fluent, given, time)
            if there and knew not in (None, Known(said)) and not changes(outer, effect.fluent, given, time + 1):
                world[effect.fluent] = Evidence(knew, time)
                course.found_out.append(time)

    def was_here(self, course: Course, name: str, since: int, time: int) -> bool:
        """Whether somebody has been where an event happens since an earlier moment, as a viewpoint has it."""
        event = course.seen[time]
        if event is None or event.place is None or isinstance(event.action, Peek | Watch):
            return False
        return stayed(course, name, event.place, since, time)

    def knew(self, course: Course, outer: Course, fluent: Fluent, given: int, time: int) -> Belief | None:
        """What the speaker, as the one above sees it, believed when he gave his word. If he had seen what it was, and
        nothing has changed, he had seen what is seen now."""
        then = evidence(course.worlds[given], fluent)
        if isinstance(then.belief, Known):
            return then.belief
        if then.belief != Whether() or then.word_of is not None or changes(outer, fluent, then.time + 1, given):
            return None
        now = known(outer.worlds[time + 1], fluent)
        return Whether() if now is None else Known(now)

    def revised(self, world: World, effect: Effect, time: int) -> Evidence:
        """A change takes away what was believed, a sighting adds to it. A sighting that only rules out what was not
        believed anyway is no new evidence."""
        old = evidence(world, effect.fluent)
        match effect.content:
            case Exactly(value):
                return Evidence(Known(value), time)
            case Settled():
                return Evidence(Whether(), time)
            case Not(values) | Hidden(values):
                new = self.without(None if effect.change else old.belief, values, effect.fluent)
                return Evidence(new, time) if effect.change or new != old.belief else old

    def without(self, old: Belief | None, ruled_out: frozenset[str], fluent: Fluent) -> Belief | None:
        """A belief once these values are ruled out; nothing if none of the range remain, or all."""
        if isinstance(old, Whether) or (isinstance(old, Known) and old.value not in ruled_out):
            return old
        values = set(self.setting.ranges.get(fluent, ()))
        left = (set(old.values) if isinstance(old, OneOf) else values) - ruled_out
        if not left or left == values:
            return None
        return Known(left.pop()) if len(left) == 1 else OneOf(frozenset(left))

    def is_outdated(self, world: World, word: Assertion, past: Sequence[Event | None]) -> bool:
        """Whether there is evidence younger than the word: what the belief rests on, or a look that speaks against it."""
        younger = [e for event in past if event and event.time > word.since for e in event.effects]
        against = any(
            e.fluent == word.fluent and isinstance(word.content, Exactly) and says_not(e, word.content.value)
            for e in younger
        )
        return against or evidence(world, word.fluent).time > word.since

    def is_believed(self, course: Course, world: World, word: Assertion, time: int) -> bool:
        """Whether what was said comes to be believed. The speaker's own belief never changes by it; the speaker's as
        a hearer sees it does if the hearer takes him for sincere; the hearer's own if the hearer trusts him, and, where
        the scene has it so, does not know better from his own eyes."""
        if isinstance(word.content, Hidden) or course.outer is None:
            return False
        if course.viewpoint[-1] != word.speaker:
            old = evidence(world, word.fluent)
            fits = isinstance(word.content, Exactly) and isinstance(old.belief, OneOf)
            fits = fits and word.content.value in old.belief.values
            seen = old.belief is not None and old.word_of is None and not fits
            if seen and self.rules.hearsay is Hearsay.OWN_EYES:
                return False
            return Trust.YES in self.trusts(course.outer, course.viewpoint[-1], word, time)
        if course.outer.outer is None:
            return False
        return bool({Trust.YES, Trust.SINCERE} & self.trusts(course.outer.outer, course.viewpoint[-2], word, time))

    def trusts(self, course: Course, hearer: str, word: Assertion, time: int) -> set[Trust]:
        """How a hearer stands to a speaker, in the world of a viewpoint. The narrator stands as those do through whom
        he notices it best. Whoever sees with the speaker's eyes, or misses nothing, learns nothing from words."""
        eyes = self.eyes(hearer)
        if eyes is None or word.speaker in eyes:
            return set()
        if hearer == NARRATOR:
            if word.fluent in self.setting.narrator.false:
                return set()
            grades = {n: self.grade(course, time, n) for n in eyes}
            eyes = frozenset(n for n, grade in grades.items() if grade is max(grades.values()) is not Grade.NOT)
        found = {n: self.trust(course, n, word.speaker, time) for n in eyes}
        if self.rules.hearsay is Hearsay.NOBODY:
            listeners: frozenset[str] = frozenset()
        elif self.rules.hearsay is Hearsay.ADDRESSED:
            listeners = frozenset(n for n in eyes if is_meant_for(self.events[time], n))
        else:
            listeners = eyes
        return {Trust.SINCERE if t is Trust.YES and n not in listeners else t for n, t in found.items()}

    def trust(self, course: Course, hearer: str, speaker: str, time: int) -> Trust:
        """In a speaker's own world the scene may have it that he counts on belief, or on nothing."""
        whose = self.eyes(course.viewpoint[-1]) if course.viewpoint else None
        if whose == {speaker} and self.rules.speakers_expect is not Expects.BY_TRUST:
            return Trust.YES if self.rules.speakers_expect is Expects.BELIEF else Trust.NO
        declared = self.setting.trust.get((hearer, speaker), self.setting.usual_trust)
        fluent = Fluent(hearer, f"trusts {speaker}")
        if self.rules.trust_after_lie is TrustAfterLie.LOST:
            lies = self.course((*course.viewpoint, hearer, speaker), time).found_out
            if lies and lies[-1] > evidence(course.worlds[time], fluent).time:
                return Trust.NO
        return Trust(known(course.worlds[time], fluent) or declared)


def bare(effect: Effect) -> Effect:
    return replace(effect, outline=None)


def stayed(course: Course, name: str, place: str, since: int, time: int) -> bool:
    """Whether somebody has been at a place from before one event to after another, as a viewpoint has it."""
    fluent = Fluent(name, "at")
    return known(course.worlds[since], fluent) == place and not changes(course, fluent, since, time + 1)


def changes(course: Course, fluent: Fluent, begin: int, end: int) -> bool:
    """Whether a change of a fluent was noticed at a viewpoint between two times."""
    return any(e.fluent == fluent and e.change for event in course.seen[begin:end] if event for e in event.effects)


def denies(effect: Effect, value: str) -> bool:
    return says_not(effect, value) or (isinstance(effect.content, Exactly) and effect.content.value != value)


def evidence(world: World, fluent: Fluent) -> Evidence:
    return world.get(fluent, Evidence())


def is_meant_for(event: Event, name: str) -> bool:
    """Whether somebody is addressed, where anybody is; a letter is for its reader."""
    addressed = getattr(event.action, "to", ()) or (name,)
    return getattr(event.action, "who", None) == name if isinstance(event.action, Read) else name in addressed


def known(world: World, fluent: Fluent) -> str | None:
    """The value, where exactly one is believed."""
    belief = evidence(world, fluent).belief
    return belief.value if isinstance(belief, Known) else None


def says_not(effect: Effect, value: str) -> bool:
    return isinstance(effect.content, Not) and value in effect.content.values
