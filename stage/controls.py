"""Control stages: models of known defect behind the same seam as real ones.

A control answers from what the play entered in its answer key, never from the prompt. A measure that does not recover
what a control was built to do is not to be trusted with a real model.

A further control is one function from what is known to what is answered, and one line in `RULES`; one that wants a
number is one that makes such a function, and one line in `PARAMETERS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from hashlib import sha256
from math import log
from random import Random

from stage.errors import ModelError
from stage.inference.requests import Generate, Generated, LanguageModel, ModelCard, Reply, Request, Score, Scored, Usage
from stage.questions.answer_key import AnswerKey, KnownAnswer, age

Rule = Callable[[KnownAnswer, Random], str | None]
"""The value that a control answers with. The generator is the same for all variants of one probe, so a rule that
draws from it must not draw by position. Where no probe is asked ``minds`` is empty: most rules are honest there."""

CONFIDENCE = 0.97
"""The probability a control puts on its choice; the other options share the rest equally."""

_VARIANT = re.compile(r"#[\d.]+$")


def oracle(known: KnownAnswer, random: Random) -> str | None:
    """Always the right answer."""
    return known.expected


def reality(known: KnownAnswer, random: Random) -> str | None:
    """What is the case, whoever is asked about; where no mind is asked about, the honest choice."""
    return known.minds["reality"] if known.minds else known.expected


def guess(known: KnownAnswer, random: Random) -> str | None:
    """Any of the values that are offered, each as likely as the others, in whatever order they are offered."""
    values = sorted(set(known.values), key=lambda value: (value is not None, value or ""))
    return random.choice(values) if values else known.expected


def egocentric(known: KnownAnswer, random: Random) -> str | None:
    """For whoever is asked about, the asked role's own belief; about reality, the right answer."""
    return known.minds.get(known.viewpoint[0], known.expected) if known.viewpoint else known.expected


def innermost(known: KnownAnswer, random: Random) -> str | None:
    """For a chain of minds, what the last of them believes; about reality, the right answer."""
    return known.minds.get(known.viewpoint[-1], known.expected) if known.viewpoint else known.expected


def first_place(known: KnownAnswer, random: Random) -> str | None:
    """The value that what is shown names first; a guess where it names none."""
    return known.told[0] if known.told else guess(known, random)


def last_place(known: KnownAnswer, random: Random) -> str | None:
    """The value that what is shown names last; a guess where it names none."""
    return known.told[-1] if known.told else guess(known, random)


def most_named(known: KnownAnswer, random: Random) -> str | None:
    """The value that what is shown names most often, of several the one named first; a guess where it names none."""
    return max(known.told, key=known.told.count) if known.told else guess(known, random)


def position_a(known: KnownAnswer, random: Random) -> str | None:
    """The option that is offered first."""
    return known.values[0] if known.values else known.expected


def word(known: KnownAnswer, random: Random) -> str | None:
    """The option whose last word comes first in the alphabet, "does not know" left aside."""
    return _first_worded(known, lambda text: text.split()[-1:])


def phrase(known: KnownAnswer, random: Random) -> str | None:
    """The option whose wording as a whole ("at the church") comes first in the alphabet, "does not know" left aside."""
    return _first_worded(known, str.split)


def _first_worded(known: KnownAnswer, part: Callable[[str], list[str]]) -> str | None:
    worded = [(part(t), v) for t, v in zip(known.texts, known.values, strict=False) if v is not None]
    return min(worded)[1] if worded else known.expected


def one_mind(known: KnownAnswer, random: Random) -> str | None:
    """What all characters together hold: the belief that most of them share; of several, what is so, else the first
    in the order of the cast. Nobody's ignorance counts."""
    held = [known.minds[name] for name in known.cast if known.minds[name] is not None]
    if not held:
        return reality(known, random)
    return max(held, key=lambda value: (held.count(value), value == known.minds["reality"]))


def forgetful(beats: float) -> Rule:
    """Right for ``beats`` beats after a belief took its present value; then it is forgotten: "does not know"."""

    def rule(known: KnownAnswer, random: Random) -> str | None:
        return None if known.history and age(known.history) > beats else known.expected

    return rule


def leaky(rate: float) -> Rule:
    """The belief of some other mind, all that differ being as likely, with this probability; else the right answer."""

    def rule(known: KnownAnswer, random: Random) -> str | None:
        others = {v for v in known.minds.values() if v != known.expected and v in known.values}
        leaks = random.random() < rate
        return random.choice(sorted(others, key=str)) if others and leaks else known.expected

    return rule


def order_limited(order: float) -> Rule:
    """Right up to this order of belief; beyond it, what is the case."""

    def rule(known: KnownAnswer, random: Random) -> str | None:
        return known.expected if len(known.viewpoint) <= order else reality(known, random)

    return rule


RULES: dict[str, Rule] = {
    "oracle": oracle,
    "reality": reality,
    "guess": guess,
    "egocentric": egocentric,
    "innermost": innermost,
    "one-mind": one_mind,
    "first-place": first_place,
    "last-place": last_place,
    "most-named": most_named,
    "position-A": position_a,
    "word": word,
    "phrase": phrase,
}

PARAMETERS: dict[str, tuple[str, Callable[[float], Rule]]] = {
    "forgetful": ("N", forgetful),
    "leaky": ("P", leaky),
    "order-limited": ("K", order_limited),
}
"""The controls that want a number, with the name of it: "leaky:0.2"."""

CONTROLS = (*RULES, *(f"{name}:{number}" for name, (number, _) in PARAMETERS.items()))
"""The names that `control_stage` takes, a capital letter standing for a number."""


class ControlStage:
    """A `LanguageModel` that answers by a rule from the answer key.

    A `Score` puts `CONFIDENCE` on the rule's value (shared equally where several options stand for it; all of it where
    no other value is offered); every option counts one token. A value that is not offered becomes "does not know"
    where that is offered, else a guess.

    A `Generate` says the rule's value, or the expected text where that is not one of ``values``; None is said as
    nothing. A word, with the space before it, counts as a token; the log-probability is 0. Grammars are not looked at.

    The guess about a request hangs on ``seed`` and on the request's label without its variant (``#7``)
    alone: a probe is guessed alike in all its variants, and whatever else is asked. ValueError for a label that is not
    in the key, and for an entry that does not fit its request.
    """

    def __init__(self, name: str, rule: Rule, key: AnswerKey, seed: int) -> None:
        self._card = ModelCard(name=f"control:{name}", chat=True, noise=0.0, details={"seed": seed})
        self._rule = rule
        self._key = key
        self._seed = seed
        self._requests = 0

    @property
    def card(self) -> ModelCard:
        return self._card

    @property
    def usage(self) -> Usage:
        return Usage(requests=self._requests)

    def answer(self, requests: Sequence[Request]) -> list[Reply]:
        self._requests += len(requests)
        return [self._reply(request) for request in requests]

    def _reply(self, request: Request) -> Reply:
        try:
            known = self._key[request.label]
        except KeyError as error:
            raise ValueError(
                f"{self._card.name} has no answer for the request {request.label!r}: "
                "it must be entered in the answer key first"
            ) from error
        random = self._random(request.label)
        match request:
            case Score():
                return self._scored(request, known, random)
            case Generate():
                return self._generated(request, known, random)

    def _random(self, label: str) -> Random:
        digest = sha256(f"{self._seed}\n{_VARIANT.sub('', label)}".encode()).digest()
        return Random(int.from_bytes(digest))

    def _scored(self, request: Score, known: KnownAnswer, random: Random) -> Scored:
        if len(known.values) != len(request.options):
            raise ValueError(f"{request.label!r}: options {request.options!r}, but its entry has {known.values!r}")
        chosen = self._rule(known, random)
        if chosen not in known.values:
            chosen = None if None in known.values else guess(known, random)
        picked = [value == chosen for value in known.values]
        count, rest = sum(picked), len(picked) - sum(picked)
        high = log((CONFIDENCE if rest else 1.0) / count)
        low = log((1 - CONFIDENCE) / rest) if rest else high
        return Scored(tuple(high if pick else low for pick in picked), (1,) * len(picked))

    def _generated(self, request: Generate, known: KnownAnswer, random: Random) -> Generated:
        chosen = self._rule(known, random)
        text = (chosen if chosen in known.values else known.expected) or ""
        cut = min((at for stop in request.stop if stop and (at := text.find(stop)) >= 0), default=None)
        text = text[:cut]
        words = re.findall(r"\s*\S+", text)
        if len(words) > request.max_tokens:
            return Generated("".join(words[: request.max_tokens]), "length", 0.0, request.max_tokens)
        return Generated(text, "end" if cut is None else "stop", 0.0, len(words))


def control_stage(name: str, key: AnswerKey, seed: int) -> LanguageModel:
    """The control of this name (one of `CONTROLS`) over an answer key that may still grow; ModelError for any other."""
    return ControlStage(name, _rule(name), key, seed)


def _rule(name: str) -> Rule:
    if name in RULES:
        return RULES[name]
    kind, _, number = name.partition(":")
    if kind in PARAMETERS:
        letter, made = PARAMETERS[kind]
        try:
            value = float(number)
        except ValueError:
            value = -1.0
        if (letter == "P" and 0 <= value <= 1) or (letter != "P" and value >= 0 and value.is_integer()):
            return made(value)
        wanted = "a rate from 0 to 1" if letter == "P" else "a whole number"
        raise ModelError(f"the control stage {kind!r} wants {wanted}: {kind}:{letter}; {number!r} is none")
    near = get_close_matches(name, CONTROLS, n=1)
    hint = f": did you mean {near[0]}?" if near else "."
    raise ModelError(f"there is no control stage {name!r}{hint} There are: {', '.join(CONTROLS)}")
