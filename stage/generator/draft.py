"""A scene in the making: beats are added one by one, as long as they can happen, and it is known at every moment who is
where and who believes what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from stage.course import Course
from stage.generator.furnishing import Furnished
from stage.resolve import resolve
from stage.resolve.beats import BeatReader
from stage.resolve.flaws import Flaws
from stage.resolve.vocabulary import Vocabulary
from stage.scenes.scenario import Beat, PeekBeat, Scenario
from stage.scenes.scene import Scripted
from stage.world.facts import Fluent, Viewpoint
from stage.world.rules import Manner
from stage.world.setting import place_fluent, watch_fluent


@dataclass
class Draft:
    """What has been written so far, and its course. ``features`` are those that have happened; ``saw`` by name is the
    last beat after which somebody was where the thing is, or looked in there."""

    stage: Furnished
    beats: list[Beat] = field(default_factory=list)
    features: set[str] = field(default_factory=set)
    saw: dict[str, int] = field(default_factory=dict)
    letter_by: str | None = None

    def __post_init__(self) -> None:
        scene, flaws = resolve(self.stage.scenario.model_copy(update={"beats": []}))
        if scene is None:
            raise ValueError(f"a generated scene cannot begin: {flaws}")
        self.course = Course(scene)
        self._reader = BeatReader(Vocabulary(self.stage.scenario, Flaws()))
        for beat in self.stage.scenario.beats:
            if not self.add(beat):
                raise ValueError(f"a generated scene cannot begin with {beat!r}")

    @property
    def fluent(self) -> Fluent:
        """Where the thing is."""
        return place_fluent(self.stage.thing)

    @property
    def people(self) -> tuple[str, ...]:
        return self.course.scene.setting.people

    def place_of(self, name: str) -> str | None:
        return self.course.rules.sight.place_of(name, self.course.world(()))

    def present(self, place: str) -> list[str]:
        return [p for p in self.people if self.place_of(p) == place]

    def believed(self, *viewpoint: str) -> str | None:
        """Where the thing is at a viewpoint; nobody named: where it really is."""
        return self.course.world(viewpoint).value(self.fluent)

    def add(self, beat: Beat) -> bool:
        """Let a beat happen, if it can."""
        doing = self._reader.doing(("beats", len(self.beats)), beat)
        if self._reader.vocabulary.flaws.found or not isinstance(doing, Scripted):
            raise ValueError(f"a generated beat that no scene can have: {self._reader.vocabulary.flaws.found}")
        if self.course.rules.objections(doing.action, self.course.world(())):
            return False
        self.course.do(doing.action, Manner(doing.manner.secretly, doing.manner.attention, beat.text))
        self.course.end_beat()
        self.beats.append(beat)
        reality = self.course.world(())
        for name in self.people:
            watches = reality.value(watch_fluent(name)) == self.stage.main
            peeks = isinstance(beat, PeekBeat) and beat.by == name
            if watches or peeks or self.place_of(name) == self.stage.main:
                self.saw[name] = len(self.beats)
        return True

    def has_news(self, speaker: str, hearer: str, honest: bool) -> bool:
        """Whether a hearer can take a speaker to know better: what the speaker knows is newer, or, of a lie, he was with
        the thing since the hearer was."""
        known, heard = (self.course.world((n,)).held(self.fluent) for n in (speaker, hearer))
        if known is None or known.belief is None or heard is None or heard.belief is None:
            return known is not None
        if honest:
            return known.event.time > heard.event.time
        return self.saw.get(speaker, 0) > self.saw.get(hearer, 0)

    def written(self) -> Scenario:
        return self.stage.scenario.model_copy(update={"beats": list(self.beats)})


def other(of: Sequence[str], one: str | None) -> str:
    """Of two, that which is not this one."""
    return next(o for o in of if o != one)


def viewpoint_text(viewpoint: Viewpoint, fluent: Fluent) -> str:
    """A question as a scene file has it: 'anne>sally: marble at'."""
    return f"{'>'.join(viewpoint) or 'reality'}: {fluent}"
