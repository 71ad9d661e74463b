"""McNemar's exact test of two runs on the same probes, and what it can find with so many."""

from __future__ import annotations

import numpy as np
from scipy import stats

from stage.scoring.intervals import CONFIDENCE

POWER = 0.8
"""How often a detectable difference is found."""

_EXACT = 1e-4
"""To within so much a detectable difference is worked out."""


def mcnemar(fixed: int, broke: int) -> float:
    """The two-sided p of McNemar's exact test (1947); 1 where nothing differs."""
    return float(stats.binomtest(fixed, fixed + broke).pvalue) if fixed + broke else 1.0


def least_significant(n: int) -> float | None:
    """The smallest difference of the shares of right answers among n pairs that can be significant at all: none broke,
    and as few fixed as make p at most 0.05. None where n is too small for any."""
    needed = next(k for k in range(1, 100) if mcnemar(k, 0) <= 1 - CONFIDENCE)
    return needed / n if n >= needed else None


def power(n: int, changing: float, difference: float) -> float:
    """How often the exact test finds two runs to differ, of n independent pairs a share ``changing`` of which is right in
    one alone, ``difference`` more of them in the one than in the other (Duffy, 1984, the exact unconditional power): with
    D pairs drawn from Bin(n, changing) and fixed ones from Bin(D, (1 + difference / changing) / 2), the probability of all
    (D, fixed) whose p is at most 0.05.

    ValueError unless 0 <= difference <= changing <= 1.
    """
    if not 0 <= difference <= changing <= 1:
        raise ValueError(f"of {changing} that change, {difference} more one way than the other")
    if changing == 0:
        return 0.0
    pairs = np.arange(n + 1)
    middle = np.asarray(stats.binom.ppf((1 - CONFIDENCE) / 2, pairs, 0.5))
    most = middle - (stats.binom.cdf(middle, pairs, 0.5) > (1 - CONFIDENCE) / 2)  # broke at most so many, or fixed
    better = min(1.0, (1 + difference / changing) / 2)
    found = stats.binom.cdf(most, pairs, 1 - better) + stats.binom.cdf(most, pairs, better)
    return float(stats.binom.pmf(pairs, n, changing) @ found)


def detectable(n: int, changing: float) -> float | None:
    """The smallest difference of shares that the exact test finds in at least `POWER` of studies of n pairs. ``changing`` is
    the share of pairs right in one run alone, where the difference is no larger; else all change one way. None where
    not even a difference of 1 is found so often."""
    if power(n, 1.0, 1.0) < POWER:
        return None
    low, high = 0.0, 1.0
    while high - low > _EXACT:
        middle = (low + high) / 2
        low, high = (low, middle) if power(n, max(changing, middle), middle) >= POWER else (middle, high)
    return high
