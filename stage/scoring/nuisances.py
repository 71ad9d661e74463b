"""How far an answer hangs on what it must not hang on, before that is averaged over and after."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import exp
from statistics import fmean

from stage.performing.transcript import Answer, Variant
from stage.scoring.constancy import VARIED, Varied
from stage.scoring.intervals import Figure, clustered_mean


@dataclass(frozen=True)
class Nuisance:
    """What one thing that is varied does to answers; means over questions, with intervals for more such questions.

    - ``changed``: of pairs of wordings that differ in it alone, those whose likeliest option differs.
    - ``moved``: by how much the probability of the right answer differs between two such wordings.
    - ``left``: the same between the means over a half of its levels and over the other half, over all ways of halving
      them; `NOTHING` of fewer than four levels, which are all there are.
    """

    varied: Varied
    changed: Figure
    moved: Figure
    left: Figure


def nuisance(answers: Sequence[Answer], varied: Varied) -> Nuisance:
    """The figures of one thing over the answers in whose variants it is varied, and whose right answer is offered."""
    found: dict[str, list[tuple[float, Hashable]]] = {"changed": [], "moved": [], "left": []}
    for answer in answers:
        if answer.expected not in answer.options:
            continue
        changed, moved, left = [], [], []
        for levels in _levels(answer, varied):
            pairs = list(combinations(levels, 2))
            changed += [float(_likeliest(a) != _likeliest(b)) for a, b in pairs]
            moved += [abs(of_right(answer, [a]) - of_right(answer, [b])) for a, b in pairs]
            left += [abs(of_right(answer, one) - of_right(answer, other)) for one, other in _halves(levels)]
        for name, values in (("changed", changed), ("moved", moved), ("left", left)):
            if values:
                found[name].append((fmean(values), answer.id))
    return Nuisance(
        varied,
        **{name: clustered_mean([v for v, _ in rows], [w for _, w in rows], 0.0, 1.0) for name, rows in found.items()},
    )


def averaged(answer: Answer, over: Collection[Varied]) -> Answer:
    """The answer with the variants that differ in these things alone made one, of the mean log-probabilities."""
    groups: dict[tuple[object, ...], list[Variant]] = {}
    for variant in answer.variants:
        groups.setdefault(tuple(getattr(variant, name) for name in VARIED if name not in over), []).append(variant)
    return replace(answer, variants=tuple(_mean(group) for group in groups.values()))


def _mean(variants: Sequence[Variant]) -> Variant:
    logprobs = tuple(fmean(column) for column in zip(*(v.logprobs for v in variants), strict=True))
    return replace(variants[0], logprobs=logprobs)


def of_right(answer: Answer, variants: Sequence[Variant]) -> float:
    """The probability of the right answer by the mean log-probabilities over some variants."""
    means = [fmean(v.logprobs[i] for v in variants) for i in range(len(answer.options))]
    top = max(means)
    weights = [exp(m - top) for m in means]
    return weights[answer.options.index(answer.expected)] / sum(weights)


def _levels(answer: Answer, varied: Varied) -> list[list[Variant]]:
    """Variants that differ in one thing alone, together."""
    groups: dict[tuple[object, ...], list[Variant]] = {}
    for variant in answer.variants:
        groups.setdefault(tuple(getattr(variant, name) for name in VARIED if name != varied), []).append(variant)
    return list(groups.values())


def _halves(levels: Sequence[Variant]) -> list[tuple[list[Variant], list[Variant]]]:
    """The ways to halve four levels or more, each once."""
    if len(levels) < 4:
        return []
    first, *rest = levels
    return [([first, *some], [v for v in rest if v not in some]) for some in combinations(rest, len(levels) // 2 - 1)]


def _likeliest(variant: Variant) -> int:
    return max(range(len(variant.logprobs)), key=variant.logprobs.__getitem__)
