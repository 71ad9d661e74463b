"""What came of one question of a benchmark: all that is needed to score it again without a model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stage.performing.asking import softmax
from stage.performing.transcript import Variant
from stage.scoring.verdicts import averaged


@dataclass(frozen=True)
class Key:
    """What is right: by the label (``label`` as written, ``means`` as the answer that it says), and by what follows from
    the story. ``derivable`` is False for prose, from which nothing is derived; ``derived`` is None there, and where no one
    answer follows. ``reason`` is the audit's, where the two differ."""

    label: str
    means: str
    derivable: bool = False
    derived: str | None = None
    reason: str = ""

    @property
    def disputed(self) -> bool:
        """Whether the label is not what follows."""
        return self.derivable and self.derived != self.means


@dataclass(frozen=True)
class Item:
    """One question, as it was put, and its answer.

    ``says`` are the answers, in the benchmark's terms, that the options as they were put amount to, one each (of a
    question of yes and no several may amount to the same). ``story`` is the id of its unit; ``kind`` is the benchmark's own type, ``order`` None where it
    does not say; ``false_belief`` None where no belief is in question. ``untold`` are the variants put without the story. ``controls`` is what the control stages beside it
    answered, None where they left it undecided.
    """

    id: str
    kind: str
    question: str
    says: tuple[str, ...]
    key: Key
    story: str = ""
    order: int | None = None
    state: str = ""
    false_belief: bool | None = None
    variants: tuple[Variant, ...] = ()
    untold: tuple[Variant, ...] = ()
    controls: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def offered(self) -> tuple[str, ...]:
        """The different answers that can be given."""
        return tuple(dict.fromkeys(self.says))

    def chance(self, answer: str) -> float:
        """How often a blind choice among the options amounts to this answer."""
        return self.says.count(answer) / len(self.says)

    @property
    def means(self) -> list[float]:
        """The mean log-probability of each option over all variants, less what it is without the story."""
        return [a - b for a, b in zip(self._mean(self.variants), self._mean(self.untold), strict=True)]

    def _mean(self, variants: Sequence[Variant]) -> list[float]:
        return [sum(v.logprobs[i] for v in variants) / max(1, len(variants)) for i in range(len(self.says))]

    @property
    def readable(self) -> bool:
        return bool(self.variants) and all(map(math.isfinite, self.means))

    @property
    def probabilities(self) -> dict[str, float]:
        """By answer; empty where the reply was unreadable."""
        if not self.readable:
            return {}
        shares = dict.fromkeys(self.says, 0.0)
        for answer, share in zip(self.says, softmax(self.means), strict=True):
            shares[answer] += share
        return shares

    @property
    def leading(self) -> tuple[str, float] | None:
        """The likeliest answer and its lead in nats over the next; None where the reply was unreadable."""
        if not self.readable:
            return None
        best: dict[str, float] = {}
        for answer, mean in zip(self.says, self.means, strict=True):
            best[answer] = max(mean, best.get(answer, -math.inf))
        ranked = sorted(best, key=lambda a: -best[a])
        return ranked[0], best[ranked[0]] - best[ranked[1]] if len(ranked) > 1 else math.inf

    def answer(self, noise: float) -> str | None:
        """What was answered; None where that cannot be told: unreadable, or the lead is within the noise (in nats, of
        one variant)."""
        found = self.leading
        limit = averaged(noise, len(self.variants))
        if self.untold:
            limit = math.hypot(limit, averaged(noise, len(self.untold)))
        return found[0] if found is not None and found[1] > limit else None
