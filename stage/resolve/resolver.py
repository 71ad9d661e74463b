"""One scene, resolved: the parts put together, and the course of it checked as far as it is scripted."""

from __future__ import annotations

from collections.abc import Sequence

from stage.resolve.beats import BeatReader
from stage.resolve.flaws import Flaw, Flaws
from stage.resolve.probes import ProbeReader
from stage.resolve.start import Beginning, Values
from stage.resolve.verbs import place_of_part
from stage.resolve.vocabulary import Vocabulary
from stage.scenes import scenario as written
from stage.scenes.scenario import Scenario
from stage.scenes.scene import (
    Act,
    Doing,
    FactWording,
    Improvise,
    Scene,
    SceneBeat,
    Scripted,
    Speak,
)
from stage.world.events import (
    Event,
    Remark,
)
from stage.world.facts import AT, AWAY, Fact, Fluent
from stage.world.rules import Manner, Rules
from stage.world.setting import (
    Conventions,
    NarratorKnowledge,
    Reveals,
    Setting,
    Shown,
    ShownTo,
    Thing,
    Trust,
    TrustRule,
    place_fluent,
)

REVEALS = {"nothing": Reveals.NOTHING, "in-sight": Reveals.IN_SIGHT, "everything": Reveals.EVERYTHING}
SHOWN_TO = {"everybody": ShownTo.EVERYBODY_PRESENT, "enterer": ShownTo.ENTERER}
TRUST_RULES = {"declared": TrustRule.DECLARED, "left-later": TrustRule.LEFT_LATER}


def resolve(scenario: Scenario) -> tuple[Scene | None, list[Flaw]]:
    """Understand a scene. With flaws the scene is None."""
    resolver = _Resolver(scenario)
    scene = resolver.scene()
    return (None if resolver.vocabulary.flaws.found else scene), resolver.vocabulary.flaws.found


class _Resolver:
    def __init__(self, scenario: Scenario) -> None:
        self.vocabulary = Vocabulary(scenario, Flaws())
        self.beginning = Beginning(self.vocabulary)
        self.beats = BeatReader(self.vocabulary)
        self.probes = ProbeReader(self.vocabulary)

    def scene(self) -> Scene | None:
        reality = self.beginning.reality()
        known = {n: self.beginning.known_to(n, c, reality) for n, c in self.vocabulary.cast.items()}
        common = self.beginning.true(("common",), self.vocabulary.written.common, reality)
        author, narrator = self.vocabulary.written.author, self.vocabulary.written.narrator
        plan = self.vocabulary.facts(("author", "plan"), author.plan)
        secrets = self.beginning.true(("author", "secrets"), author.secrets, reality)
        false = self.vocabulary.facts(("narrator", "false_facts"), narrator.false_facts)
        doings = [self.beats.doing(("beats", i), b) for i, b in enumerate(self.vocabulary.written.beats)]
        self._open_ranges(doings)
        for fluent in [f for f in self.vocabulary.ranges if f.relation == AT and f.subject in self.vocabulary.cast]:
            del self.vocabulary.ranges[fluent]
        self._person_ranges()
        self.vocabulary.check_words()
        plans = [
            p
            for i, s in enumerate(self.vocabulary.written.probes)
            if (p := self.probes.plan(("probes", i), s)) is not None
        ]
        turns = [self.probes.turn(("turns", i), text) for i, text in enumerate(self.vocabulary.written.turns)]
        setting = self._setting(false)
        if self.vocabulary.flaws.found:
            return None
        rules = Rules(setting)
        start = self.beginning.start(rules, reality, known, common, plan, secrets, false)
        beats = tuple(
            SceneBeat(i + 1, d, b.id, b.text)
            for i, (d, b) in enumerate(zip(doings, self.vocabulary.written.beats, strict=True))
            if d is not None
        )
        self._check_course(rules, start, beats)
        return Scene(
            title=self.vocabulary.written.title or "Untitled",
            premise=self.vocabulary.written.premise,
            format=self.vocabulary.written.format,
            setting=setting,
            cast=self.vocabulary.cast,
            author=author,
            narrator=narrator,
            start=start,
            beats=beats,
            probes=tuple(plans) or (self.probes.usual(),),
            wording={f: _wording(s) for f, s in self.vocabulary.declared.items()},
            aliases=self.vocabulary.aliases,
            turns=tuple(t for t in turns if t is not None),
        )

    def _open_ranges(self, doings: Sequence[Doing | None]) -> None:
        """Where the stage itself may move things, they can come to any container, and into the hands of whoever acts;
        so nobody concludes that a thing must be in the one container where he did not look."""
        acting = {d.who for d in doings if isinstance(d, Act)}
        if any(isinstance(d, Improvise) for d in doings):
            acting |= {*self.vocabulary.cast}
        if not acting:
            return
        containers = [n for n, t in self.vocabulary.things.items() if t.container]
        hands = [n for n in self.vocabulary.cast if n in acting]
        for name, thing in self.vocabulary.things.items():
            if not thing.container and thing.at is not None:
                for spot in (*containers, *hands):
                    self.vocabulary.can_be(place_fluent(name), spot)

    def _person_ranges(self) -> None:
        """People can be at any place, or off stage."""
        for name in self.vocabulary.cast:
            self.vocabulary.ranges[place_fluent(name)] = [*self.vocabulary.places, AWAY]

    def _setting(self, false: Sequence[Fact]) -> Setting:
        narrator, trust = self.vocabulary.written.narrator, self.vocabulary.written.trust
        minds = None
        if not isinstance(narrator.knows, str):
            for i, name in enumerate(narrator.knows):
                self.vocabulary.flaws.name(("narrator", "knows", i), name, self.vocabulary.cast, "character")
            minds = frozenset(narrator.knows)
        spec = written.TrustSpec(usual=trust) if isinstance(trust, Trust) else trust
        pairs = {}
        for hearer, speakers in spec.pairs.items():
            self.vocabulary.flaws.name(("trust", "pairs", hearer), hearer, self.vocabulary.cast, "character")
            for speaker, how in speakers.items():
                self.vocabulary.flaws.name(
                    ("trust", "pairs", hearer, speaker), speaker, self.vocabulary.cast, "character"
                )
                pairs[hearer, speaker] = how
        places = self.vocabulary.written.places
        specs = places if isinstance(places, dict) else {}
        titles = {n: (specs.get(n) or written.PlaceSpec()).title or n.replace("_", " ") for n in places}
        titles |= {n: t.title or n.replace("_", " ") for n, t in self.vocabulary.things.items()}
        titles |= {n: c.title or n.replace("_", " ").title() for n, c in self.vocabulary.cast.items()}
        titles |= self.vocabulary.subjects
        shown = {f: s.shown or self._usually_shown(f) for f, s in self.vocabulary.declared.items()}
        shown |= {Fluent(n, "is"): Shown.OPENLY for n, t in self.vocabulary.things.items() if t.lid}
        return Setting(
            people=tuple(self.vocabulary.cast),
            places=self.vocabulary.places,
            things={
                n: Thing(n, t.container, t.transparent, t.lid is not None, t.letter)
                for n, t in self.vocabulary.things.items()
            },
            ranges={f: tuple(v) for f, v in self.vocabulary.ranges.items()},
            shown=shown,
            trust=pairs,
            usual_trust=spec.usual,
            narrator=NarratorKnowledge(minds, {f.fluent: f.value for f in false}),
            titles=titles,
            conventions=_conventions(self.vocabulary.written.rules),
        )

    def _usually_shown(self, fluent: Fluent) -> Shown:
        """What a box contains is seen inside, how a thing or place is, openly; what somebody alone knows, never."""
        if fluent.relation == "contains":
            return Shown.INSIDE
        alone = [*self.vocabulary.written.author.secrets, *self.vocabulary.written.author.plan]
        for character in self.vocabulary.cast.values():
            alone += [*character.knows, *character.believes]
        is_private = any(" ".join(text.split()).startswith(f"{fluent} ") for text in alone)
        has_place = fluent.subject in self.vocabulary.things or fluent.subject in self.vocabulary.places
        return Shown.OPENLY if has_place and not is_private else Shown.NEVER

    def _check_course(self, rules: Rules, start: Sequence[Event], beats: Sequence[SceneBeat]) -> None:
        """Play what is scripted, as long as nothing else can have changed the world, and complain of what cannot be."""
        reality = Values({})
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
            as_written = self.vocabulary.written.beats[beat.number - 1]
            if manner.in_vain:
                reality.fold(rules.failure(action, reality, 0, beat.number, manner))
                continue
            objections = rules.objections(action, reality)
            for objection in objections:
                self.vocabulary.flaws.add(
                    place_of_part(("beats", beat.number - 1), as_written, objection.part, objection.name),
                    "impossible",
                    f"beat {beat.number} cannot happen: {objection.why}; mend what comes before it"
                    + (", or add 'in_vain: true' if it is to fail" if isinstance(beat.doing, Scripted) else ""),
                )
            if not objections:
                reality.fold(rules.events(action, reality, 0, beat.number, manner))


def _wording(spec: written.FactSpec) -> FactWording:
    return FactWording(spec.question, spec.statement, {v: tuple(phrases) for v, phrases in spec.phrases.items()})


def _conventions(spec: written.RulesSpec) -> Conventions:
    return Conventions(
        entering=REVEALS[spec.entering],
        entering_shown_to=SHOWN_TO[spec.entering_shown_to],
        departures_show_way=spec.departures_show_way,
        trust=TRUST_RULES[spec.trust],
        containers=spec.containers,
        hearsay=spec.hearsay,
        speakers_expect=spec.speakers_expect,
        exposed_lies=spec.exposed_lies,
        trust_after_lie=spec.trust_after_lie,
        credit=spec.credit,
    )
