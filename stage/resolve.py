"""From a scene as written to a scene as understood, or to everything that is wrong with it.

Nothing is refused at the first flaw: each is noted with the path of keys at which it stands, the rule it breaks and the
nearest right name, and the loader turns paths into lines and columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from stage import scenario as written
from stage.events import (
    Action,
    Appear,
    Ask,
    Attention,
    Begin,
    Close,
    Effect,
    Enter,
    Event,
    Exactly,
    Grade,
    Look,
    Open,
    Peek,
    Put,
    Read,
    Remark,
    Say,
    Set,
    Watch,
    Write,
)
from stage.facts import AT, AWAY, Fact, Fluent, Viewpoint, chain
from stage.rules import SAYS, Manner, Rules
from stage.scenario import Scenario
from stage.scene import (
    Act,
    Doing,
    FactWording,
    Improvise,
    Narrate,
    ProbePlan,
    Scene,
    SceneBeat,
    Scripted,
    Speak,
    Think,
)
from stage.setting import AUTHOR, NARRATOR, NarratorKnowledge, Setting, Shown, Thing, Trust, place_fluent
from stage.sight import hidden_fluent

Path = tuple[str | int, ...]

RESERVED = frozenset(
    {"reality", AUTHOR, NARRATOR, AWAY, "around", "nothing", "unknown", "own", "none", "all", "start", "end", "every"}
)
UNKNOWN = "unknown"
"""How a scene writes that somebody has no belief, where an answer is expected."""
REALITY_NAMES = ("", "reality")


@dataclass(frozen=True)
class Flaw:
    """One thing wrong with a scene: where (keys from the top), which rule, and what to do about it."""

    path: Path
    rule: str
    message: str


class Flaws:
    """A list of flaws in the making."""

    def __init__(self) -> None:
        self.found: list[Flaw] = []

    def add(self, path: Path, rule: str, message: str) -> None:
        self.found.append(Flaw(path, rule, message))

    def name(self, path: Path, name: str, known: Iterable[str], what: str) -> bool:
        """Whether a name is one of those known; complains with the nearest one if not."""
        names = list(known)
        if name in names:
            return True
        self.add(path, "unknown-name", f"no {what} is called {name!r}{nearest(name, names)}")
        return False


def nearest(name: str, names: Sequence[str]) -> str:
    """A hint at the right spelling, or at what there is."""
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; there is {', '.join(repr(n) for n in names[:6])}" if names else ""


def resolve(scenario: Scenario) -> tuple[Scene | None, list[Flaw]]:
    """Understand a scene. With flaws the scene is None."""
    resolver = _Resolver(scenario)
    scene = resolver.scene()
    return (None if resolver.flaws.found else scene), resolver.flaws.found


class _Resolver:
    def __init__(self, scenario: Scenario) -> None:
        self.written = scenario
        self.flaws = Flaws()
        self.cast = self._cast()
        self.places = tuple(scenario.places)
        self.things = {n: t or written.ThingSpec() for n, t in scenario.things.items()}
        self.declared = self._declared_facts()
        self.ranges: dict[Fluent, list[str]] = {f: list(spec.values) for f, spec in self.declared.items()}
        self._check_names()
        self._check_ids()

    # ------------------------------------------------------------------------------------------------------ the names
    def _cast(self) -> dict[str, written.Character]:
        cast = {n: c or written.Character() for n, c in self.written.cast.items()}
        for i, beat in enumerate(self.written.beats):
            if isinstance(beat, written.IntroduceBeat):
                if beat.introduce in cast:
                    self.flaws.add(
                        ("beats", i, "introduce"), "name-twice", f"{beat.introduce!r} is in the cast already"
                    )
                cast.setdefault(beat.introduce, beat.character)
        return cast

    def _check_names(self) -> None:
        seen: dict[str, str] = {}
        for section, names in (("cast", self.cast), ("places", self.places), ("things", self.things)):
            for i, name in enumerate(names):
                path: Path = (section, i if isinstance(self.written.places, list) and section == "places" else name)
                if name in RESERVED:
                    self.flaws.add(path, "reserved-name", f"{name!r} has a meaning of its own; choose another name")
                elif name in seen:
                    self.flaws.add(path, "name-twice", f"{name!r} is already a name in {seen[name]}")
                seen.setdefault(name, section)

    def _check_ids(self) -> None:
        seen: dict[str, int] = {}
        for i, beat in enumerate(self.written.beats):
            if beat.id in RESERVED:
                self.flaws.add(("beats", i, "id"), "reserved-name", f"{beat.id!r} has a meaning of its own")
            elif beat.id in seen:
                self.flaws.add(
                    ("beats", i, "id"), "name-twice", f"{beat.id!r} is the id of beat {seen[beat.id]} already"
                )
            elif beat.id is not None:
                seen[beat.id] = i + 1

    def _declared_facts(self) -> dict[Fluent, written.FactSpec]:
        declared = {}
        for text, spec in self.written.facts.items():
            subject, _, relation = text.strip().partition(" ")
            if not relation.strip():
                self.flaws.add(
                    ("facts", text), "fact-form", f"{text!r} needs a subject and a relation, such as 'door is'"
                )
                continue
            where = relation.strip() == AT  # where a thing is at the start, the thing itself says
            full = (
                spec
                if isinstance(spec, written.FactSpec)
                else written.FactSpec.model_construct(values=spec, start=None if where else spec[0])
            )
            if isinstance(spec, list) and len(spec) < 2:
                self.flaws.add(
                    ("facts", text), "range-too-small", f"{text!r} needs two values or more to be a question"
                )
            if len(set(full.values)) != len(full.values):
                self.flaws.add(("facts", text), "value-twice", f"{text!r} names a value twice")
            if full.start is not None and full.start not in full.values:
                hint = nearest(full.start, full.values)
                self.flaws.add(
                    ("facts", text, "start"), "unknown-value", f"{full.start!r} is no value of {text!r}{hint}"
                )
            if full.statement and "{value}" not in full.statement:
                self.flaws.add(("facts", text, "statement"), "fact-form", "a statement needs '{value}' in it")
            declared[Fluent(subject, relation.strip())] = full
        return declared

    # ------------------------------------------------------------------------------------------------------ the facts
    def fluent(self, path: Path, text: str) -> Fluent | None:
        """The fluent that a text names, complaining if there is none."""
        subject, _, relation = " ".join(text.split()).partition(" ")
        fluent = Fluent(subject, relation or AT)
        if fluent in self.declared or (fluent.relation == AT and (subject in self.things or subject in self.cast)):
            return fluent
        if fluent.relation == "is" and subject in self.things and self.things[subject].lid:
            return fluent
        subjects = [*self.things, *self.cast, *(f.subject for f in self.declared)]
        if subject not in subjects:
            self.flaws.name(path, subject, dict.fromkeys(subjects), "thing, character or declared fact")
        else:
            known = [str(f) for f in self.declared if f.subject == subject]
            known += [f"{subject} at"] if subject in self.things or subject in self.cast else []
            self.flaws.add(
                path, "unknown-fact", f"nothing is declared about {str(fluent)!r}{nearest(str(fluent), known)}"
            )
        return None

    def fact(self, path: Path, text: str) -> Fact | None:
        """The fact that a text states, complaining if there is none; a new place of a thing joins its range."""
        words = " ".join(text.split())
        for fluent in sorted(self.declared, key=lambda f: -len(str(f))):
            if words.startswith(f"{fluent} "):
                return self._fact_with(path, fluent, words[len(str(fluent)) + 1 :])
        subject, _, rest = words.partition(" ")
        relation, _, value = rest.partition(" ")
        if not value:
            self.flaws.add(
                path, "fact-form", f"{text!r} needs a subject, a relation and a value, such as 'marble at basket'"
            )
            return None
        fluent_or_none = self.fluent(path, f"{subject} {relation}")
        return self._fact_with(path, fluent_or_none, value) if fluent_or_none else None

    def _fact_with(self, path: Path, fluent: Fluent, value: str) -> Fact | None:
        if fluent in self.declared:
            known: Sequence[str] = self.declared[fluent].values
        elif fluent.relation == "is":
            known = ("open", "closed")
        elif fluent.subject in self.cast:
            known = (*self.places, AWAY)
        else:
            containers = [n for n, t in self.things.items() if t.container]
            known = (*containers, *self.places, *self.cast)
        if value not in known:
            hint = nearest(value, list(known))
            self.flaws.add(path, "unknown-value", f"{value!r} is no value of {str(fluent)!r}{hint}")
            return None
        self.can_be(fluent, value)
        return Fact(fluent, value)

    def can_be(self, fluent: Fluent, value: str) -> None:
        """A value that the scene mentions joins the range of a fluent, unless the author declared the range."""
        if fluent in self.declared:
            return
        values = self.ranges.setdefault(fluent, [])
        if value not in values:
            values.append(value)

    def facts(self, path: Path, texts: Sequence[str]) -> list[Fact]:
        return [f for i, t in enumerate(texts) if (f := self.fact((*path, i), t)) is not None]

    # ------------------------------------------------------------------------------------------------------ the scene
    def scene(self) -> Scene | None:
        reality = self._reality()
        known = {n: self._known_to(n, c, reality) for n, c in self.cast.items()}
        common = self._true("common", ("common",), self.written.common, reality)
        author, narrator = self.written.author, self.written.narrator
        plan = self.facts(("author", "plan"), author.plan)
        secrets = self._true("secret", ("author", "secrets"), author.secrets, reality)
        false = self.facts(("narrator", "false_facts"), narrator.false_facts)
        doings = [self._doing(("beats", i), b) for i, b in enumerate(self.written.beats)]
        if any(isinstance(d, Act | Improvise) for d in doings):
            self._open_ranges()
        for fluent in [f for f in self.ranges if f.relation == AT and f.subject in self.cast]:
            del self.ranges[fluent]
        self._person_ranges(reality, doings)
        plans = [p for i, s in enumerate(self.written.probes) if (p := self._probe(("probes", i), s)) is not None]
        setting = self._setting(false)
        if self.flaws.found:
            return None
        rules = Rules(setting)
        start = self._start(rules, reality, known, common, plan, secrets, false)
        beats = tuple(
            SceneBeat(i + 1, d, b.id, b.text)
            for i, (d, b) in enumerate(zip(doings, self.written.beats, strict=True))
            if d is not None
        )
        self._check_course(rules, start, beats)
        return Scene(
            title=self.written.title or "Untitled",
            premise=self.written.premise,
            format=self.written.format,
            setting=setting,
            cast=self.cast,
            author=author,
            narrator=narrator,
            start=start,
            beats=beats,
            probes=tuple(plans) or (self._usual_probe(),),
            wording={f: FactWording(s.question, s.statement) for f, s in self.declared.items()},
        )

    def _reality(self) -> dict[Fluent, str]:
        """What is so at the start."""
        reality: dict[Fluent, str] = {}
        for name, character in self.cast.items():
            introduced = name not in self.written.cast
            if introduced and character.at is not None:
                self.flaws.add(("cast", name, "at"), "introduced-later", f"{name} appears where 'introduce' says")
            if character.at is not None:
                if self.flaws.name(("cast", name, "at"), character.at, self.places, "place"):
                    reality[place_fluent(name)] = character.at
            elif not introduced:
                reality[place_fluent(name)] = AWAY
            if character.hidden:
                reality[hidden_fluent(name)] = "yes"
        for name, thing in self.things.items():
            if thing.at is not None and self.flaws.name(
                ("things", name, "at"), thing.at, [*self.places, *self.things, *self.cast], "place, thing or character"
            ):
                reality[place_fluent(name)] = thing.at
                self.can_be(place_fluent(name), thing.at)
                self._check_container(("things", name, "at"), thing.at)
            if thing.lid is not None:
                reality[Fluent(name, "is")] = thing.lid
                self.ranges[Fluent(name, "is")] = ["open", "closed"]
        self._check_containment(reality)
        for fluent, spec in self.declared.items():
            if spec.start is not None:
                reality[fluent] = spec.start
        return reality

    def _check_container(self, path: Path, name: str) -> None:
        thing = self.things.get(name)
        if thing is not None and not thing.container:
            self.flaws.add(path, "not-a-container", f"nothing can be put into {name!r}; give it 'container: true'")

    def _check_containment(self, reality: dict[Fluent, str]) -> None:
        for name in self.things:
            seen = [name]
            inside = reality.get(place_fluent(name))
            while inside in self.things and inside not in seen:
                seen.append(inside)
                inside = reality.get(place_fluent(inside))
            if inside == name:
                self.flaws.add(
                    ("things", name, "at"), "cyclic", f"{name!r} is inside itself: {' in '.join([*seen, name])}"
                )

    def _true(self, what: str, path: Path, texts: Sequence[str], reality: dict[Fluent, str]) -> list[Fact]:
        """Facts that are so: they join reality, and must not contradict it."""
        facts = []
        for i, text in enumerate(texts):
            fact = self.fact((*path, i), text)
            if fact is None:
                continue
            is_so = reality.get(fact.fluent)
            declared_start = fact.fluent in self.declared and isinstance(self.written.facts.get(str(fact.fluent)), list)
            if is_so is not None and is_so != fact.value and not declared_start:
                self.flaws.add((*path, i), "not-so", f"{text!r} is not so at the start: {fact.fluent} is {is_so!r}")
            reality[fact.fluent] = fact.value
            facts.append(fact)
        return facts

    def _known_to(self, name: str, character: written.Character, reality: dict[Fluent, str]) -> list[Fact]:
        at: Path = ("cast", name)
        if name not in self.written.cast:
            beats = self.written.beats
            at = ("beats", next(i for i, b in enumerate(beats) if getattr(b, "introduce", None) == name), "as")
        knows = self._true("known", (*at, "knows"), character.knows, reality)
        return knows + self.facts((*at, "believes"), character.believes)

    def _open_ranges(self) -> None:
        """Where the stage itself may move things, they can come to any container."""
        containers = [n for n, t in self.things.items() if t.container]
        for name, thing in self.things.items():
            if not thing.container and thing.at is not None:
                for container in containers:
                    self.can_be(place_fluent(name), container)

    def _person_ranges(self, reality: dict[Fluent, str], doings: Sequence[Doing | None]) -> None:
        actions = [d.action for d in doings if isinstance(d, Scripted)]
        for name in self.cast:
            leaves = any(isinstance(a, Enter) and a.who == name and a.to == AWAY for a in actions)
            off_stage = reality.get(place_fluent(name), AWAY) == AWAY
            self.ranges[place_fluent(name)] = [*self.places, *([AWAY] if leaves or off_stage else [])]

    def _setting(self, false: Sequence[Fact]) -> Setting:
        narrator, trust = self.written.narrator, self.written.trust
        minds = None
        if not isinstance(narrator.knows, str):
            for i, name in enumerate(narrator.knows):
                self.flaws.name(("narrator", "knows", i), name, self.cast, "character")
            minds = frozenset(narrator.knows)
        spec = written.TrustSpec(usual=trust) if isinstance(trust, Trust) else trust
        pairs = {}
        for hearer, speakers in spec.pairs.items():
            self.flaws.name(("trust", "pairs", hearer), hearer, self.cast, "character")
            for speaker, how in speakers.items():
                self.flaws.name(("trust", "pairs", hearer, speaker), speaker, self.cast, "character")
                pairs[hearer, speaker] = how
        places = self.written.places
        specs = places if isinstance(places, dict) else {}
        titles = {n: (specs.get(n) or written.PlaceSpec()).title or n.replace("_", " ") for n in places}
        titles |= {n: t.title or n.replace("_", " ") for n, t in self.things.items()}
        titles |= {n: c.title or n.replace("_", " ").title() for n, c in self.cast.items()}
        shown = {f: s.shown or self._usually_shown(f) for f, s in self.declared.items()}
        shown |= {Fluent(n, "is"): Shown.OPENLY for n, t in self.things.items() if t.lid}
        return Setting(
            people=tuple(self.cast),
            places=self.places,
            things={
                n: Thing(n, t.container, t.transparent, t.lid is not None, t.letter) for n, t in self.things.items()
            },
            ranges={f: tuple(v) for f, v in self.ranges.items()},
            shown=shown,
            trust=pairs,
            usual_trust=spec.usual,
            narrator=NarratorKnowledge(minds, {f.fluent: f.value for f in false}),
            titles=titles,
        )

    def _usually_shown(self, fluent: Fluent) -> Shown:
        """What a box contains is seen inside, how a thing or place is, openly; what somebody alone knows, never."""
        if fluent.relation == "contains":
            return Shown.INSIDE
        alone = [*self.written.author.secrets, *self.written.author.plan]
        for character in self.cast.values():
            alone += [*character.knows, *character.believes]
        is_private = any(" ".join(text.split()).startswith(f"{fluent} ") for text in alone)
        has_place = fluent.subject in self.things or fluent.subject in self.places
        return Shown.OPENLY if has_place and not is_private else Shown.NEVER

    def _start(
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
        if secrets:
            kept = () if self.written.narrator.secrets else (Attention(NARRATOR, Grade.NOT),)
            hidden = tuple(Effect(f.fluent, Exactly(f.value), change=True) for f in secrets)
            events.append(Event(0, 0, Begin("the author's secrets"), None, frozenset(), effects=hidden, attention=kept))
        present = {n: c.at for n, c in self.cast.items() if c.at is not None and n in self.written.cast}
        events += rules.beginning(present, _Values(reality))
        learnt: list[tuple[str, Iterable[str], list[Fact]]] = [
            ("what everybody knows", (*self.cast, NARRATOR, AUTHOR), common),
            *((f"what {n} alone knows", (n,), facts) for n, facts in known.items()),
            ("what the author plans", (AUTHOR,), plan),
            ("what the narrator holds to", (NARRATOR,), false),
        ]
        for about, names, facts in learnt:
            if facts:
                shown = tuple(Effect(f.fluent, Exactly(f.value), change=False) for f in facts)
                events.append(Event(0, 0, Begin(about), None, frozenset(names), effects=shown))
        return tuple(replace(e, time=i) for i, e in enumerate(events))

    # ------------------------------------------------------------------------------------------------------ the beats
    def _who(self, path: Path, name: str) -> str:
        self.flaws.name(path, name, self.cast, "character")
        return name

    def _people(self, path: Path, names: str | Sequence[str]) -> tuple[str, ...]:
        if isinstance(names, str):
            return (self._who(path, names),)
        return tuple(self._who((*path, i), n) for i, n in enumerate(names))

    def _thing(self, path: Path, name: str, has: Callable[[written.ThingSpec], object], trait: str) -> str:
        if self.flaws.name(path, name, self.things, "thing") and not has(self.things[name]):
            self.flaws.add(path, f"not-{trait}", f"{name!r} is not declared with '{trait}'")
        return name

    def _doing(self, path: Path, beat: written.Beat) -> Doing | None:
        at = (*path, beat.verb)
        match beat:
            case written.SpeakBeat():
                about = [self.fluent((*path, "about", i), t) for i, t in enumerate(beat.about)]
                fluents = tuple(f for f in about if f is not None)
                return Speak(self._who(at, beat.speak), self._people((*path, "to"), beat.to), fluents or None)
            case written.ThinkBeat():
                return Think(self._who(at, beat.think))
            case written.ActBeat():
                return Act(self._who(at, beat.act))
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
            self._who((*path, "by"), who)
        match beat:
            case written.EnterBeat(enter=who, to=to):
                self.flaws.name((*path, "to"), to, self.places, "place")
                return Enter(self._who(at, who), to, beat.shows_way)
            case written.LeaveBeat(leave=who, to=to):
                if to is not None:
                    self.flaws.name((*path, "to"), to, self.places, "place")
                return Enter(self._who(at, who), to or AWAY, beat.shows_way)
            case written.PutBeat(put=thing, to=to) | written.MoveBeat(move=thing, to=to):
                return self._put(path, at, beat.by, thing, to)
            case written.TakeBeat(take=thing, by=by):
                return self._put(path, at, by, thing, by)
            case written.OpenBeat(open=box, by=by):
                return Open(by, self._thing(at, box, lambda t: t.lid, "lid"))
            case written.CloseBeat(close=box, by=by):
                return Close(by, self._thing(at, box, lambda t: t.lid, "lid"))
            case written.LookBeat(look=box, by=by):
                around = box == "around"
                return Look(by, None if around else self._thing(at, box, lambda t: t.container, "container"))
            case written.PeekBeat(peek=place, by=by):
                self.flaws.name(at, place, self.places, "place")
                return Peek(by, place)
            case written.WatchBeat(watch=place, by=by):
                if place != "nothing":
                    self.flaws.name(at, place, self.places, "place")
                return Watch(by, None if place == "nothing" else place)
            case written.AskBeat(ask=text, by=by, to=to):
                fluent = self.fluent(at, text)
                return Ask(by, fluent, self._people((*path, "to"), to)) if fluent else None
            case written.ReadBeat(read=letter, by=by):
                return Read(by, self._thing(at, letter, lambda t: t.letter, "letter"))
            case written.IntroduceBeat(introduce=who, at=place):
                self.flaws.name((*path, "at"), place, self.places, "place")
                return Appear(who, place)
        return self._action_with_fact(path, at, beat)

    def _action_with_fact(self, path: Path, at: Path, beat: written.Noticed) -> Action | None:
        match beat:
            case written.SayBeat(say=text, by=by, to=to):
                fact, hearers = self.fact(at, text), self._people((*path, "to"), to)
                return Say(by, fact, hearers, from_afar=beat.from_afar) if fact else None
            case written.AnnounceBeat(announce=text, by=by):
                fact = self.fact(at, text)
                return Say(by, fact) if fact else None
            case written.WhisperBeat(whisper=text, by=by, to=to):
                fact, hearers = self.fact(at, text), self._people((*path, "to"), to)
                return Say(by, fact, hearers, whispered=True) if fact else None
            case written.WriteBeat(write=letter, says=text, by=by):
                self._thing(at, letter, lambda t: t.letter, "letter")
                fact = self.fact((*path, "says"), text)
                if fact is None:
                    return None
                self.can_be(Fluent(letter, SAYS), str(fact))
                return Write(by, letter, fact)
            case written.SetBeat(set=text, by=by, at=place):
                if place is not None:
                    self.flaws.name((*path, "at"), place, self.places, "place")
                fact = self.fact(at, text)
                if fact is not None and fact.fluent.subject in self.cast and fact.fluent.relation == AT:
                    self.flaws.add(at, "use-enter", "people move with 'enter' and 'leave', not with 'set'")
                return Set(fact, by, place) if fact else None
        raise TypeError(f"no beat: {beat!r}")

    def _put(self, path: Path, at: Path, who: str, thing: str, to: str) -> Action:
        key = "to" if isinstance(at[-1], str) and at[-1] == "move" else "in"
        known = self.flaws.name(at, thing, self.things, "thing")
        goals = [*self.things, *self.places, *self.cast]
        if self.flaws.name((*path, key), to, goals, "place, thing or character") and known:
            self._check_container((*path, key), to)
            self.can_be(place_fluent(thing), to)
        return Put(who, thing, to)

    def _manner(self, path: Path, beat: written.Noticed) -> Manner:
        aware: dict[str, set[str]] = {}
        for i, entry in enumerate(beat.seen_by):
            for name, known in (entry if isinstance(entry, dict) else {entry: []}).items():
                aware.setdefault(self._who((*path, "seen_by", i), name), set()).add(name)
                for k, other in enumerate(known):
                    aware.setdefault(self._who((*path, "seen_by", i, name, k), other), {other}).add(name)
        attention = [Attention(n, Grade.FULLY, frozenset(who)) for n, who in aware.items()]
        for key, grade, known_to in (
            ("hidden_from", Grade.NOT, None),
            ("distracted", Grade.NOT, frozenset[str]()),
            ("partly", Grade.PARTLY, None),
        ):
            for i, name in enumerate(getattr(beat, key)):
                if any(a.who == name for a in attention):
                    self.flaws.add((*path, key, i), "notices-twice", f"it is said twice how {name!r} notices this beat")
                attention.append(Attention(self._who((*path, key, i), name), grade, known_to))
        return Manner(beat.secretly, tuple(attention), beat.text)

    def _check_course(self, rules: Rules, start: Sequence[Event], beats: Sequence[SceneBeat]) -> None:
        """Play what is scripted, as long as nothing else can have changed the world, and complain of what cannot be."""
        reality = _Values({})
        reality.fold(start)
        for beat in beats:
            if isinstance(beat.doing, Act | Improvise):
                return
            match beat.doing:
                case Scripted(action, manner):
                    pass
                case Speak(who, to):
                    action, manner = Remark(who, to), Manner()
                case _:
                    continue
            verb = self.written.beats[beat.number - 1].verb
            objections = rules.objections(action, reality)
            for objection in objections:
                self.flaws.add(
                    ("beats", beat.number - 1, verb), "impossible", f"beat {beat.number} cannot happen: {objection}"
                )
            if not objections:
                reality.fold(rules.events(action, reality, 0, beat.number, manner))

    # ----------------------------------------------------------------------------------------------------- the probes
    def _usual_probe(self) -> ProbePlan:
        return ProbePlan((len(self.written.beats),), minds=(*self.cast, NARRATOR, AUTHOR), orders=(0, 1, 2))

    def _probe(self, path: Path, spec: written.ProbeSpec) -> ProbePlan | None:
        beats = self._moments((*path, "after"), spec.after)
        if spec.ask is not None:
            return self._one_question(path, spec, beats)
        if spec.expect is not None or spec.question:
            key = "expect" if spec.expect is not None else "question"
            self.flaws.add((*path, key), "probe-form", f"{key!r} goes with 'ask', which names one question")
        about = None
        if not isinstance(spec.about, str):
            found = [self.fluent((*path, "about", i), t) for i, t in enumerate(spec.about)]
            about = tuple(f for f in found if f is not None)
        everyone = (*self.cast, NARRATOR, AUTHOR)
        minds = everyone if isinstance(spec.minds, str) else tuple(spec.minds)
        for i, name in enumerate(minds):
            self.flaws.name((*path, "minds", i), name, everyone, "mind")
        orders = tuple(range(spec.orders + 1)) if isinstance(spec.orders, int) else tuple(spec.orders)
        return ProbePlan(beats, about=about, minds=minds, orders=orders)

    def _one_question(self, path: Path, spec: written.ProbeSpec, beats: tuple[int, ...]) -> ProbePlan | None:
        assert spec.ask is not None
        for key in ("about", "minds", "orders"):
            if key in spec.model_fields_set:
                self.flaws.add((*path, key), "probe-form", f"'ask' names one question by itself; remove {key!r}")
        parsed = self.question((*path, "ask"), spec.ask)
        if parsed is None:
            return None
        viewpoint, fluent = parsed
        expect = spec.expect
        if expect not in (None, UNKNOWN) and self._fact_with((*path, "expect"), fluent, expect or "") is None:
            return None
        return ProbePlan(beats, viewpoint, (fluent,), question=spec.question, expect=expect)

    def question(self, path: Path, text: str) -> tuple[Viewpoint, Fluent] | None:
        """A viewpoint and a fluent from 'anne>sally: marble at'."""
        names, colon, about = text.partition(":")
        if not colon:
            self.flaws.add(path, "probe-form", f"{text!r} is not of the form 'anne>sally: marble at'")
            return None
        everyone = (*self.cast, NARRATOR, AUTHOR)
        viewpoint = () if names.strip() in REALITY_NAMES else tuple(n.strip() for n in names.split(">"))
        strangers = [n for n in viewpoint if not self.flaws.name(path, n, everyone, "mind")]
        if len(viewpoint) > 8:
            self.flaws.add(path, "too-deep", f"order {len(viewpoint)} is deeper than 8")
        fluent = self.fluent(path, about)
        return (chain(*viewpoint), fluent) if fluent and not strangers else None

    def _moments(self, path: Path, after: object) -> tuple[int, ...]:
        count = len(self.written.beats)
        ids = {b.id: i + 1 for i, b in enumerate(self.written.beats) if b.id}
        names = {**ids, "start": 0, "end": count}
        if after == "every":
            return tuple(range(1, count + 1))
        beats = set()
        for i, moment in enumerate(after if isinstance(after, list) else [after]):
            at = (*path, i) if isinstance(after, list) else path
            if isinstance(moment, int):
                if moment > count:
                    self.flaws.add(at, "no-such-beat", f"there is no beat {moment}; the last is {count}")
                beats.add(moment)
            elif self.flaws.name(at, moment, names, "beat"):
                beats.add(names[moment])
        return tuple(sorted(beats))


@dataclass
class _Values:
    """Reality while a scene is checked."""

    values: dict[Fluent, str]

    def value(self, fluent: Fluent) -> str | None:
        return self.values.get(fluent)

    def fold(self, events: Iterable[Event]) -> None:
        for event in events:
            for effect in event.effects:
                if effect.change and isinstance(effect.content, Exactly):
                    self.values[effect.fluent] = effect.content.value


def ask_of(scene: Scene, text: str) -> tuple[Viewpoint, Fluent] | str:
    """A viewpoint and a fluent of an understood scene from 'anne>sally: marble at', or what is wrong with the text."""
    names, colon, about = text.partition(":")
    if not colon:
        return f"{text!r} is not of the form 'anne>sally: marble at'"
    viewpoint = () if names.strip() in REALITY_NAMES else tuple(n.strip() for n in names.split(">"))
    for name in viewpoint:
        if name not in scene.minds:
            return f"no mind is called {name!r}{nearest(name, scene.minds)}"
    subject, _, relation = " ".join(about.split()).partition(" ")
    fluent = Fluent(subject, relation or AT)
    if fluent not in scene.setting.ranges:
        return (
            f"nothing is declared about {str(fluent)!r}{nearest(str(fluent), [str(f) for f in scene.setting.ranges])}"
        )
    return chain(*viewpoint), fluent
