"""Questions in other words: what a probe asks, in several forms, put to its role or about it.

All forms of a question ask for the same belief and offer the same options; what differs is nothing that an answer should
hang on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

from stage.wording import Wording, capitalised
from stage.world.facts import Fluent, Viewpoint

Person = Literal["first", "third"]
Form = Literal[0, 1, 2, 3]
"""A plain question; a sentence to be completed; what somebody tells a visitor who asks; as far as somebody knows."""


@dataclass(frozen=True)
class Phrasing:
    """One form of a question, and whether its role is addressed as "you" or spoken about by name."""

    form: Form = 0
    person: Person = "first"


PLAIN = Phrasing()
_FORMS: tuple[Form, ...] = (0, 1, 2, 3)
_PERSONS: tuple[Person, ...] = ("first", "third")
PHRASINGS = tuple(Phrasing(form, person) for form in _FORMS for person in _PERSONS)
"""All of them; the first N are those of N paraphrases."""


@dataclass(frozen=True)
class Question:
    """What is asked of ``voice``: what is believed of a fluent at a viewpoint. ``own_words`` are the author's, which
    stay as they are."""

    viewpoint: Viewpoint
    fluent: Fluent
    voice: str
    own_words: str = ""


@dataclass(frozen=True)
class Phrased:
    """A question with its options, and how the answer begins."""

    asked: str
    begun: str


def phrasings(question: Question, count: int) -> tuple[Phrasing, ...]:
    """The first ``count`` phrasings that a question has; one in the author's own words is not put about its role."""
    return tuple(p for p in PHRASINGS[:count] if p.person == "first" or not question.own_words)


def plain(wording: Wording, question: Question) -> str:
    """The question in its usual words, without its options."""
    return _asked(wording, question, question.voice)


def phrased(wording: Wording, question: Question, phrasing: Phrasing, options: Sequence[str | None]) -> Phrased:
    """The question in one phrasing, with its options named in this order."""
    endings = [wording.ending(question.fluent, v) for v in options]
    listed = f"{', '.join(endings[:-1])} or {endings[-1]}" if len(endings) > 1 else endings[0]
    you = question.voice if phrasing.person == "first" else ""
    match phrasing.form:
        case 0:
            head = (
                f"Question about {wording.noun(question.voice)}: " if question.viewpoint and not you else "Question: "
            )
            begun = _begun(wording, question, you)
            return Phrased(f"{head}{_asked(wording, question, you)}\nAnswer with one of: {listed}.", begun)
        case 1:
            begun = _begun(wording, question, you)
            own = f"This is about the question: {question.own_words}\n" if question.own_words else ""
            return Phrased(f'{own}Complete this sentence: "{begun} ..."\nPut in one of these: {listed}.', begun)
        case 2:
            return _to_a_visitor(wording, question, you, listed)
        case 3:
            return _as_far_as_known(wording, question, you, listed)
        case _:
            assert_never(phrasing.form)


def _asked(wording: Wording, question: Question, you: str, verb: str = "believe") -> str:
    asked = question.own_words or wording.question(question.fluent)
    if question.own_words:
        return asked
    about = wording.about(question.viewpoint, you, verb)
    if not about and not you:
        about = "What is so in truth: "
    return f"{about}{_lowered(asked)}" if about else asked


def _begun(wording: Wording, question: Question, you: str) -> str:
    credo = wording.credo(question.viewpoint, you)
    stem = wording.stem(question.fluent)
    if not credo and not you:
        return f"In truth, {stem}"
    return capitalised(f"{credo} that {stem}" if credo else stem)


def _to_a_visitor(wording: Wording, question: Question, you: str, listed: str) -> Phrased:
    """What the first of the others on the chain would tell a visitor, as the role sees it; the role itself, if there is
    no other."""
    viewpoint = question.viewpoint or (question.voice,)
    role = wording.noun(question.voice)
    asked = question.own_words or wording.question(question.fluent)
    if len(viewpoint) == 1 or question.own_words:
        whom, tells = ("you", "I tell") if you else (role, f"{role} tells")
        text = f'A visitor asks {whom}: "{asked}" What is the true answer, as far as {whom} can tell?'
        credo = wording.credo(viewpoint[1:], you)
        begun = f"{tells} the visitor that {f'{credo} that ' if credo else ''}{wording.stem(question.fluent)}"
    else:
        _, other, *rest = viewpoint
        if rest:
            asked = f"{wording.about(tuple(rest), other)}{_lowered(asked)}"
        credo = wording.credo(tuple(rest), "")
        would = f"{wording.noun(other)} would answer that {f'{credo} that ' if credo else ''}"
        text = f'Suppose that a visitor asks {wording.noun(other)}: "{asked}"'
        text += " What would be the answer, as you see it?" if you else f" What would be the answer, as {role} sees it?"
        begun = f"{'I' if you else role} believe{'' if you else 's'} that {would}{wording.stem(question.fluent)}"
    return Phrased(f"{text}\nChoose from: {listed}.", capitalised(begun))


def _as_far_as_known(wording: Wording, question: Question, you: str, listed: str) -> Phrased:
    stem = wording.stem(question.fluent)
    if not question.viewpoint:
        asked = _lowered(question.own_words or wording.question(question.fluent))
        head = "You know the truth of it" if you else "The truth of it is known"
        return Phrased(f"{head}: {asked}\nThe possible answers: {listed}.", f"The truth is that {stem}")
    knows = "you know" if you else f"{wording.noun(question.voice)} knows"
    others = Question(question.viewpoint[1:], question.fluent, "", question.own_words)
    asked = _asked(wording, others, you, "think") if others.viewpoint else wording.question(question.fluent)
    credo = wording.credo(others.viewpoint, you, verb="think")
    tail = f"{credo} that {stem}" if credo else stem
    begun = f"As far as {'I know' if you else knows}, {tail}"
    asked = question.own_words or asked
    return Phrased(f"As far as {knows}, {_lowered(asked)}\nThe possible answers: {listed}.", begun)


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
