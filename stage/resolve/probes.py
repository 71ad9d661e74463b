"""From questions as written to plans of what to ask whom after which beat."""

from __future__ import annotations

from stage.resolve.flaws import REALITY_NAMES, UNKNOWN, Path, nearest
from stage.resolve.vocabulary import Vocabulary
from stage.scenes import scenario as written
from stage.scenes.scene import (
    ExpectedFailure,
    ProbePlan,
    Scene,
    Turn,
)
from stage.world.facts import AT, Fact, Fluent, Viewpoint, chain
from stage.world.setting import AUTHOR, NARRATOR


class ProbeReader:
    """Understands the questions of a scene."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def usual(self) -> ProbePlan:
        return ProbePlan(
            (len(self.vocabulary.written.beats),), minds=(*self.vocabulary.cast, NARRATOR, AUTHOR), orders=(0, 1, 2)
        )

    def plan(self, path: Path, spec: written.ProbeSpec) -> ProbePlan | None:
        beats = self._moments((*path, "after"), spec.after)
        if spec.ask is not None:
            return self._one_question(path, spec, beats)
        if spec.expect is not None or spec.question:
            key = "expect" if spec.expect is not None else "question"
            self.vocabulary.flaws.add((*path, key), "probe-form", f"{key!r} goes with 'ask', which names one question")
        about = None
        if not isinstance(spec.about, str):
            found = [self.vocabulary.fluent((*path, "about", i), t) for i, t in enumerate(spec.about)]
            about = tuple(f for f in found if f is not None)
        everyone = (*self.vocabulary.cast, NARRATOR, AUTHOR)
        minds = everyone if isinstance(spec.minds, str) else tuple(spec.minds)
        for i, name in enumerate(minds):
            self.vocabulary.flaws.name((*path, "minds", i), name, everyone, "mind")
        orders = tuple(range(spec.orders + 1)) if isinstance(spec.orders, int) else tuple(spec.orders)
        return ProbePlan(beats, about=about, minds=minds, orders=orders, xfail=self._failure(path, spec))

    def _one_question(self, path: Path, spec: written.ProbeSpec, beats: tuple[int, ...]) -> ProbePlan | None:
        assert spec.ask is not None
        for key in ("about", "minds", "orders"):
            if key in spec.model_fields_set:
                self.vocabulary.flaws.add(
                    (*path, key), "probe-form", f"'ask' names one question by itself; remove {key!r}"
                )
        parsed = self.question((*path, "ask"), spec.ask)
        if parsed is None:
            return None
        viewpoint, fluent = parsed
        expect = spec.expect
        if expect not in (None, UNKNOWN) and self.vocabulary.fact_with((*path, "expect"), fluent, expect or "") is None:
            return None
        xfail = self._failure(path, spec)
        return ProbePlan(beats, viewpoint, (fluent,), question=spec.question, expect=expect, xfail=xfail)

    def _failure(self, path: Path, spec: written.ProbeSpec) -> ExpectedFailure | None:
        """The failure that is expected. Of a whole family it can be, but some of its questions may be answered right."""
        if spec.xfail is None:
            return None
        if isinstance(spec.xfail, str):
            return ExpectedFailure(spec.xfail)
        if spec.xfail.strict and spec.ask is None:
            message = "'strict' goes with 'ask', which names one question: of a family some may well be right"
            self.vocabulary.flaws.add((*path, "xfail", "strict"), "probe-form", message)
        return ExpectedFailure(spec.xfail.reason, tuple(spec.xfail.models), spec.xfail.strict)

    def turn(self, path: Path, text: str) -> Turn | None:
        """A belief to be watched for from 'anne>sally: marble at box'."""
        parts = _parts(text)
        if parts is None:
            self.vocabulary.flaws.add(path, "turn-form", NO_TURN.format(text))
            return None
        everyone = (*self.vocabulary.cast, NARRATOR, AUTHOR)
        strangers = [n for n in parts[0] if not self.vocabulary.flaws.name(path, n, everyone, "mind")]
        fact = self.vocabulary.fact(path, parts[1].strip())
        return Turn(chain(*parts[0]), fact) if fact and not strangers else None

    def question(self, path: Path, text: str) -> tuple[Viewpoint, Fluent] | None:
        """A viewpoint and a fluent from 'anne>sally: marble at'."""
        parts = _parts(text)
        if parts is None:
            self.vocabulary.flaws.add(path, "probe-form", NO_QUESTION.format(text))
            return None
        viewpoint, about = parts
        everyone = (*self.vocabulary.cast, NARRATOR, AUTHOR)
        strangers = [n for n in viewpoint if not self.vocabulary.flaws.name(path, n, everyone, "mind")]
        if len(viewpoint) > 8:
            self.vocabulary.flaws.add(path, "too-deep", f"order {len(viewpoint)} is deeper than 8")
        fluent = self.vocabulary.fluent(path, about)
        return (chain(*viewpoint), fluent) if fluent and not strangers else None

    def _moments(self, path: Path, after: object) -> tuple[int, ...]:
        count = len(self.vocabulary.written.beats)
        ids = {b.id: i + 1 for i, b in enumerate(self.vocabulary.written.beats) if b.id}
        names = {**ids, "start": 0, "end": count}
        if after == "every":
            return tuple(range(1, count + 1))
        beats = set()
        for i, moment in enumerate(after if isinstance(after, list) else [after]):
            at = (*path, i) if isinstance(after, list) else path
            if isinstance(moment, int):
                if moment > count:
                    self.vocabulary.flaws.add(at, "no-such-beat", f"there is no beat {moment}; the last is {count}")
                beats.add(moment)
            elif self.vocabulary.flaws.name(at, moment, names, "beat"):
                beats.add(names[moment])
        return tuple(sorted(beats))


NO_TURN = "{!r} is not of the form 'anne>sally: marble at box'"
NO_QUESTION = "{!r} is not of the form 'anne>sally: marble at'"


def _parts(text: str) -> tuple[Viewpoint, str] | None:
    """The names of a chain, and what is asked about: the two sides of the colon; None without one."""
    names, colon, about = text.partition(":")
    if not colon:
        return None
    return () if names.strip() in REALITY_NAMES else tuple(n.strip() for n in names.split(">")), about


def ask_of(scene: Scene, text: str) -> tuple[Viewpoint, Fluent] | str:
    """A viewpoint and a fluent of an understood scene from 'anne>sally: marble at', or what is wrong with the text."""
    parts = _parts(text)
    if parts is None:
        return NO_QUESTION.format(text)
    viewpoint, about = parts
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


def turn_of(scene: Scene, text: str) -> Turn | str:
    """A turn of an understood scene from 'anne>sally: marble at box', or what is wrong with the text."""
    about, _, value = text.strip().rpartition(" ")
    asked = ask_of(scene, about)
    if isinstance(asked, str):
        return NO_TURN.format(text) if _parts(text) is None else asked
    viewpoint, fluent = asked
    values = scene.setting.range_of(fluent)
    if value not in values:
        return f"{str(fluent)!r} is never {value!r}{nearest(value, list(values))}"
    return Turn(viewpoint, Fact(fluent, value))
