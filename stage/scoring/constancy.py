"""Does an answer hold: in another wording, another order of the options, another moment at which nothing has changed?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Literal, get_args

from stage.performing.transcript import Answer, Transcript, Variant
from stage.scoring.intervals import Figure, clustered_mean, proportion
from stage.scoring.verdicts import Outcome, chance, verdict

Varied = Literal["rotation", "mirror", "names", "form", "person", "layout", "story"]
VARIED: tuple[Varied, ...] = get_args(Varied)
"""In what variants differ that a belief does not hang on."""


@dataclass(frozen=True)
class Constancy:
    """How far answers hold; each figure is in [0, 1], 1 the best for all but ``forgetting``.

    - ``over_order``: pairs of wordings that differ in the order of the options alone and choose the same; the mean over
      answers, clustered by fact and beat. ``over_words``: the same for wordings that differ in the exchange of
      values alone; ``over_names`` in the exchange of names, ``over_form`` in the form of the question, ``over_person`` in
      whether the role is addressed or spoken about, ``over_layout`` in where who it is stands, ``over_story`` in where what
      happened stands. A run that does not vary one of these has no such figure.
    - ``over_time``: of questions put again with the same right answer in every mind, those answered the same.
    - ``forgetting``: of questions answered right and put again with the same right answer, those then answered wrong.
    - ``chance``: the mean agreement of blind choices over the answers, for all but ``forgetting``.
    """

    over_order: Figure
    over_words: Figure
    over_names: Figure
    over_form: Figure
    over_person: Figure
    over_layout: Figure
    over_story: Figure
    over_time: Figure
    forgetting: Figure
    chance: float | None

    @property
    def by_varied(self) -> dict[Varied, Figure]:
        """The figures of what wordings differ in."""
        over = (self.over_order, self.over_words, self.over_names, self.over_form, self.over_person, self.over_layout)
        return dict(zip(VARIED, (*over, self.over_story), strict=True))


def constancy(transcript: Transcript) -> Constancy:
    answers = [a for a in transcript.answers if a.readable and len(a.options) > 1]
    again = [(a, b) for a, b in _put_again(answers) if a.minds == b.minds and a.expected == b.expected]
    decided = [
        (a, b) for a, b in again if verdict(a, transcript.noise).decided and verdict(b, transcript.noise).decided
    ]
    kept = [_is_right(b, transcript.noise) for a, b in _put_again(answers) if _could_forget(a, b, transcript.noise)]
    return Constancy(
        over_order=agreement(answers, "rotation"),
        over_words=agreement(answers, "mirror"),
        over_names=agreement(answers, "names"),
        over_form=agreement(answers, "form"),
        over_person=agreement(answers, "person"),
        over_layout=agreement(answers, "layout"),
        over_story=agreement(answers, "story"),
        over_time=proportion(sum(a.answer == b.answer for a, b in decided), len(decided)),
        forgetting=proportion(kept.count(False), len(kept)),
        chance=sum(map(chance, answers)) / len(answers) if answers else None,
    )


def _is_right(answer: Answer, noise: float) -> bool:
    return verdict(answer, noise).outcome == Outcome.RIGHT


def _could_forget(before: Answer, after: Answer, noise: float) -> bool:
    same = before.expected is not None and before.expected == after.expected
    return same and _is_right(before, noise) and verdict(after, noise).decided


def _put_again(answers: Sequence[Answer]) -> list[tuple[Answer, Answer]]:
    """Each question with its next putting."""
    times: dict[tuple[object, ...], list[Answer]] = {}
    for answer in answers:
        times.setdefault((answer.viewpoint, answer.about, answer.question, answer.options), []).append(answer)
    return [pair for putting in times.values() for pair in pairwise(putting)]


def agreement(answers: Sequence[Answer], varied: Varied) -> Figure:
    """The mean over answers of the share of agreeing pairs of variants among those that differ in this alone."""
    found: list[tuple[float, tuple[int, str]]] = []
    for answer in answers:
        pairs = [(v, w) for v, w in combinations(answer.variants, 2) if _differ(v, w, varied)]
        if pairs:
            found.append(
                (sum(_likeliest(v) == _likeliest(w) for v, w in pairs) / len(pairs), (answer.beat, answer.about))
            )
    return clustered_mean([share for share, _ in found], [where for _, where in found], 0.0, 1.0)


def _differ(one: Variant, other: Variant, varied: Varied) -> bool:
    return [name for name in VARIED if getattr(one, name) != getattr(other, name)] == [varied]


def _likeliest(variant: Variant) -> int:
    return max(range(len(variant.logprobs)), key=variant.logprobs.__getitem__)
