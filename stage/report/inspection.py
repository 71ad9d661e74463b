"""Looking into a scene without a model: the exact prompt of a role, a viewpoint's beliefs, and their reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stage.beliefs.answers import Standing, standings
from stage.beliefs.explain import Explanation, explain
from stage.course import Course, Probe
from stage.errors import UsageError
from stage.performing.aiding import voice_of
from stage.performing.transcript import REALITY
from stage.questions.phrasing import Question
from stage.report.minds import status_of
from stage.resolve import ask_of, nearest
from stage.roles.prompts import Prompter, as_text
from stage.roles.views import Context, Withheld, withheld
from stage.world.facts import Fluent, Viewpoint, chain


@dataclass(frozen=True)
class InspectedPrompt:
    """A prompt as it would be put to a model, and what its role was not told."""

    role: str
    beat: int
    text: str
    withheld: list[Withheld]

    def to_json(self) -> dict[str, Any]:
        kept = [{"beat": w.beat, "text": w.text, "why": w.why} for w in self.withheld]
        return {"role": self.role, "beat": self.beat, "prompt": self.text, "withheld": kept}


def beat_number(course: Course, at: str) -> int:
    """The number of a beat from its number, its id, 'start' or 'end'. UsageError if there is none."""
    count = len(course.scene.beats)
    names = {"start": 0, "end": count, **{b.id: b.number for b in course.scene.beats if b.id}}
    if at in names:
        return names[at]
    if at.isdecimal() and int(at) <= count:
        return int(at)
    raise UsageError(f"no beat {at!r}; there are 1 to {count}{nearest(at, list(names))}")


def moment(course: Course, at: str) -> int:
    """The event time at the end of a beat."""
    return course.moments[beat_number(course, at)]


def viewpoint_of(course: Course, names: str) -> Viewpoint:
    """A viewpoint from 'anne,sally' or 'anne>sally'. UsageError on a name that nobody has."""
    if names.strip() == REALITY:
        return ()
    viewpoint = tuple(n.strip() for n in names.replace(">", ",").split(","))
    for name in viewpoint:
        if name not in course.scene.minds:
            raise UsageError(f"no mind is called {name!r}{nearest(name, course.scene.minds)}")
    return chain(*viewpoint)


def fluent_of(course: Course, text: str) -> Fluent:
    """A fluent of the scene from its text, 'marble at'. UsageError if there is none."""
    known = {str(f): f for f in course.scene.setting.ranges}
    if text not in known:
        raise UsageError(f"the scene has no fact {text!r}{nearest(text, list(known))}")
    return known[text]


def explained(course: Course, question: str, at: str) -> Explanation:
    """What is believed, and why."""
    asked = ask_of(course.scene, question)
    if isinstance(asked, str):
        raise UsageError(asked)
    viewpoint, fluent = asked
    return explain(course.minds, viewpoint, fluent, moment(course, at), course.wording.event)


def answerable(course: Course, explanation: Explanation, at: str) -> dict[str, Standing]:
    """How everybody stands to the question that is explained, as its viewpoint has it."""
    return standings(course.world(explanation.viewpoint, moment(course, at)), explanation.fluent)


def explanation_json(explanation: Explanation) -> dict[str, Any]:
    """An explanation as JSON; ``status`` is 'known', 'one of', 'whether' or null."""
    status, values = status_of(explanation.belief)
    return {
        "viewpoint": list(explanation.viewpoint),
        "about": str(explanation.fluent),
        "status": status,
        "values": values,
        "source": explanation.source.value if explanation.source else None,
        "event": explanation.time,
        "steps": list(explanation.steps),
    }


def inspected_prompt(course: Course, role: str, at: str, question: str | None, context: str) -> InspectedPrompt:
    """The prompt in which a role is asked a question at a moment: the one given, the first that the scene asks of the
    role there, or else what it believes of the first contested fact."""
    if role not in course.scene.minds:
        raise UsageError(f"no role is called {role!r}{nearest(role, course.scene.minds)}")
    beat = beat_number(course, at)
    before = course.moments[beat]
    shown = Context.parse(context)
    prompter = Prompter(course, shown)
    probe = _probe(course, role, beat, question)
    if probe is None:
        task = prompter.think(role)
    else:
        others = [p.viewpoint for p in course.probes(beat) if p.fluent == probe.fluent]
        options = course.options(probe.fluent, before, [*others, probe.viewpoint])
        task = prompter.ask(Question(probe.viewpoint, probe.fluent, role, probe.question), options)
    text = as_text(prompter.prompt(role, before, task))
    return InspectedPrompt(role, beat, text, withheld(course, role, before, shown))


def _probe(course: Course, role: str, beat: int, question: str | None) -> Probe | None:
    if question is not None:
        asked = ask_of(course.scene, question)
        if isinstance(asked, str):
            raise UsageError(asked)
        return Probe(beat, *asked)
    own = [p for p in course.probes(beat) if voice_of(p) == role]
    live = course.live(course.moments[beat])
    return own[0] if own else Probe(beat, (role,), live[0]) if live else None
