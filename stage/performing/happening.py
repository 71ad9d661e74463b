"""What happens in a play, by script or by the stage's choice, and is put down with who noticed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stage.course import Course
from stage.performing.audiences import Curtain
from stage.performing.past import NOT_POSSIBLE
from stage.performing.transcript import Line, LineKind
from stage.world.events import Action, Ask, Event, Grade, Remark, Say
from stage.world.rules import Manner


class Happenings:
    """What has happened in a play: does it, and keeps its ``lines``."""

    def __init__(self, course: Course, curtain: Curtain) -> None:
        self.course = course
        self.curtain = curtain
        self.lines: list[Line] = []

    def follow(self, action: Action, manner: Manner) -> None:
        """Do what the script says."""
        if not manner.in_vain:
            self.object_to(action)
        self.do(action, manner)

    def object_to(self, action: Action) -> None:
        """Put down why something cannot be done, where what the stage did before has made it impossible."""
        objections = self.course.rules.objections(action, self.course.world(()))
        if objections:
            why = "; ".join(map(str, objections))
            self.put_down(Line(self.course.beat, "event", None, f"{NOT_POSSIBLE}{why}.)"))

    def do(self, action: Action, manner: Manner | None = None, performed: Line | None = None) -> None:
        """Let something happen, and put down who noticed it."""
        self.put_down_events(self.course.do(action, manner), performed)

    def put_down_events(self, events: Sequence[Event], performed: Line | None = None) -> None:
        for event in events:
            text = self.course.wording.event(event)
            if not text:
                continue
            fully, partly = self._noticed_by(event)
            kind: LineKind = "speech" if isinstance(event.action, Say | Ask | Remark) else "event"
            line = performed or Line(event.beat, kind, getattr(event.action, "who", None), text)
            self.put_down(replace(line, audience=fully, partly=partly))

    def _noticed_by(self, event: Event) -> tuple[tuple[str, ...], tuple[str, ...]]:
        reality = self.course.world((), event.time)
        grades = {p: self.course.minds.grade(reality.mind, p, event) for p in self.course.scene.setting.people}
        return (
            tuple(p for p, g in grades.items() if g is Grade.FULLY),
            tuple(p for p, g in grades.items() if g is Grade.PARTLY),
        )

    def put_down(self, line: Line) -> None:
        self.lines.append(line)
        self.curtain.front.line(line)
