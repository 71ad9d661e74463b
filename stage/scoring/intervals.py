"""Figures with the range in which chance may have moved them. Plain numbers; nothing here knows what they count."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import inf, sqrt
from statistics import NormalDist

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
ENDS = 1 / 3
"""Of an observation, added at either end by `bounded_mean`: chosen by the coverage of simulated studies."""

_ROUNDING = 1e-18
"""A sum of squares of so little is none."""


@dataclass(frozen=True)
class Figure:
    """A measured value over ``n`` observations with its 95 % interval from ``low`` to ``high``.

    ``value`` is None where nothing was observed (n = 0): unknown, not zero. The ends are None where there is no value
    or no way to tell how far it may be off.
    """

    value: float | None
    n: int
    low: float | None
    high: float | None

    def covers(self, value: float) -> bool | None:
        """Whether the interval holds this value; None where there is no interval."""
        return None if self.low is None or self.high is None else self.low <= value <= self.high

    def corrected(self, chance: float) -> Figure:
        """This figure and its interval put through (x - chance) / (1 - chance): 1 stays 1, chance becomes 0.

        Nothing remains of it where chance is 1. The interval keeps its meaning because the map is increasing.
        """
        if chance >= 1:
            return Figure(None, self.n, None, None)

        def correct(x: float | None) -> float | None:
            return None if x is None else (x - chance) / (1 - chance)

        return Figure(correct(self.value), self.n, correct(self.low), correct(self.high))


NOTHING = Figure(None, 0, None, None)
"""The figure of no observations."""


def proportion(count: int, n: int, confidence: float = CONFIDENCE) -> Figure:
    """``count`` out of ``n`` with the score interval (Wilson, 1927), which stays within [0, 1] and does not shrink to
    a point at 0 or n. `NOTHING` for n = 0; ValueError unless 0 <= count <= n. Another ``confidence`` than 95 % is for
    intervals that are to hold together with others."""
    if not 0 <= count <= n:
        raise ValueError(f"{count} out of {n} is no proportion")
    if n == 0:
        return NOTHING
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    p = count / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low = 0.0 if count == 0 else centre - half
    high = 1.0 if count == n else centre + half
    return Figure(p, n, low, high)


def bounded_mean(values: Sequence[float], ends: float = ENDS) -> Figure:
    """The mean of independent values in [0, 1], such as probabilities, with an interval for few of them and for skewed ones.

    A t interval (Student, 1908) to which ``ends`` of an observation are added at 0 and at 1 each, as Agresti and Coull
    (1998) do for proportions: values that happen to be alike do not pass for values that are always alike. What is
    added does not vary, so the spread has (n - 1) (all / observed)^2 degrees of freedom in the sums of squares
    (Satterthwaite, 1946). With ``ends`` of 0 it is the plain t interval. Cut at 0 and 1; no ends for a single value.
    docs/measures.md says how often it holds the truth.
    """
    x = np.asarray(values, dtype=np.float64)
    if not len(x):
        return NOTHING
    n, weight = len(x), len(x) + 2 * ends
    mean, centre = float(x.mean()), float((x.sum() + ends) / weight)
    observed = float(((x - centre) ** 2).sum())
    added = ends * (centre**2 + (1 - centre) ** 2)
    if n == 1 or observed + added < _ROUNDING:
        return Figure(mean, n, None, None)
    freedom = (n - 1) * ((observed + added) / observed) ** 2 if observed > _ROUNDING else inf
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom)) * sqrt((observed + added) / (weight - 1) / weight)
    return Figure(mean, n, max(0.0, centre - half), min(1.0, centre + half))


def clustered_mean(
    values: Sequence[float], clusters: Sequence[Hashable], least: float = -math.inf, most: float = math.inf
) -> Figure:
    """The mean of values that come in clusters (the probes of one scene, or of one moment), which need not be
    independent within one.

    A t interval on the sums of residuals of the clusters, each divided by 1 - h where h is the cluster's share of the
    values (Bell and McCaffrey, 2002), with one degree of freedom less than the effective number of clusters,
    1 / sum(h * h) (Kish, 1965). It keeps what it promises with few clusters, where a bootstrap of clusters does not
    (docs/measures.md has the figures). No ends for a single cluster, and where all clusters have the same mean. Few clusters
    make it wide, but not wider than from ``least`` to ``most``, between which every mean lies.
    """
    if len(values) != len(clusters):
        raise ValueError(f"{len(values)} values, {len(clusters)} clusters")
    if not values:
        return NOTHING
    y = np.asarray(values, dtype=np.float64)
    places = {label: place for place, label in enumerate(dict.fromkeys(clusters))}
    index = np.asarray([places[label] for label in clusters])
    mean = float(y.mean())
    share = np.bincount(index) / len(y)
    if len(places) == 1 or np.ptp(y) == 0:
        return Figure(mean, len(y), None, None)
    sums = np.bincount(index, weights=y - mean) / len(y)
    error = float(np.sqrt((sums**2 / (1 - share)).sum()))
    if error < 1e-12:  # clusters that balance by chance say nothing of how far others would be off
        return Figure(mean, len(y), None, None)
    freedom = max(1.0, 1 / float((share**2).sum()) - 1)
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom)) * error
    return Figure(mean, len(y), max(least, mean - half), min(most, mean + half))


def smallest_detectable(n: int, chance: float) -> float | None:
    """The smallest rate of successes among ``n`` whose interval lies wholly above ``chance``; None if none does."""
    found = (proportion(count, n) for count in range(n + 1) if n)
    return next((f.value for f in found if f.low is not None and f.low > chance), None)
