"""How often 95 % intervals hold the truth, in simulated studies of a known one.

    python benchmarks/coverage.py [--studies 2000]

Clusters: each study has a number of them (scenes, or moments of one) with 2 to 8 probes each; a cluster's own rate is
drawn from Beta(3, 2), whose mean 0.6 is the truth. Probes are right or wrong at that rate, or carry a probability around it.

Cards: each study has n answers of a stage (`STAGES`), one in six of them with three options and the others with two;
the lead of the right option over each other one, in nats, is drawn from the stage's own distribution, and with it the
probability of the right answer. "moments": the same where answers come in moments of four that share a tenth of the
variance of the leads, while the intervals take them as independent.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import stats

from stage.scoring.intervals import bounded_mean, clustered_mean, proportion

TRUTH = 0.6
RESAMPLES = 500
RATES = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99)


def study(random: np.random.Generator, clusters: int, hard: bool) -> tuple[np.ndarray, np.ndarray]:
    """Values and the clusters they belong to."""
    labels = np.repeat(np.arange(clusters), random.integers(2, 9, size=clusters))
    rates = random.beta(3, 2, size=clusters)[labels]
    values = (random.random(len(labels)) < rates).astype(float) if hard else random.beta(4 * rates, 4 * (1 - rates))
    return values, labels


def percentile(random: np.random.Generator, values: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """The percentile bootstrap of whole clusters."""
    drawn = random.multinomial(labels[-1] + 1, np.full(labels[-1] + 1, 1 / (labels[-1] + 1)), size=RESAMPLES)
    means = (drawn @ np.bincount(labels, weights=values)) / (drawn @ np.bincount(labels))
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def coverage(clusters: int, hard: bool, studies: int) -> tuple[float, float]:
    """How often `clustered_mean` and the percentile bootstrap hold the truth."""
    random = np.random.default_rng(clusters)
    ours = theirs = 0
    for _ in range(studies):
        values, labels = study(random, clusters, hard)
        ours += bool(clustered_mean(values.tolist(), labels.tolist()).covers(TRUTH))
        low, high = percentile(random, values, labels)
        theirs += low <= TRUTH <= high
    return ours / studies, theirs / studies


Leads = np.ndarray


@dataclass(frozen=True)
class Stage:
    """Leads of the right option for studies of n answers, from standard normal noise and evenly drawn numbers of that
    shape, and one evenly drawn number of each study."""

    name: str
    leads: Callable[[Leads, Leads, Leads], Leads]


STAGES = (
    Stage("weak: N(0, 1)", lambda noise, even, own: noise),
    Stage("middling: N(1, 2)", lambda noise, even, own: 1 + 2 * noise),
    Stage("strong: N(3, 2)", lambda noise, even, own: 3 + 2 * noise),
    Stage("0.97 to the right one in 95 %", lambda noise, even, own: np.where(even < 0.95, 3.5, -3.5)),
    Stage("right at a rate of its own", lambda noise, even, own: np.where(even < own, 1, -1) * (1.5 + np.abs(noise))),
)
"""The weak one's probabilities are spread as the built-in model's over the suite: of half of them, 0.34 to 0.66."""

SIZES = (3, 6, 9, 12, 25, 50, 100)
MOMENT = 4
SHARED = 0.1


def leads(random: np.random.Generator, stage: Stage, n: int, own: np.ndarray, shared: float = 0.0) -> np.ndarray:
    """Leads of studies of n answers, one study for each of the stages' ``own`` numbers."""
    moments = -(-n // MOMENT)
    common = np.repeat(random.normal(size=(len(own), moments)), MOMENT, axis=1)[:, :n]
    noise = sqrt(shared) * common + sqrt(1 - shared) * random.normal(size=(len(own), n))
    even = stats.norm.cdf(sqrt(shared) * common + sqrt(1 - shared) * random.normal(size=(len(own), n)))
    return stage.leads(noise, even, own[:, None])


def probability(leads: np.ndarray, options: np.ndarray | int) -> np.ndarray:
    return np.asarray(1 / (1 + (options - 1) * np.exp(-leads)))


def truths(stage: Stage, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Separation and separation by probability of each study's stage, from a hundred thousand answers; of a stage with
    a rate of its own, which is linear in it, from those of the rates 0 and 1."""
    ends = []
    for rate in (0.0, 1.0):
        many = leads(np.random.default_rng(1), stage, 100_000, np.array([rate]))[0]
        chance = (1 / 2 * 5 + 1 / 3) / 6
        mass = (5 * probability(many, 2) + probability(many, 3)).mean() / 6
        ends.append((np.array([(many > 0).mean(), mass]) - chance) / (1 - chance))
    hard, soft = (low + (high - low) * own for low, high in zip(*ends, strict=True))
    return hard, soft


def cards(stage: Stage, n: int, studies: int, shared: float = 0.0) -> tuple[float, float, float, float]:
    """How often the interval of separation holds it, and of separation by probability ours, the t interval and the percentile
    bootstrap over answers."""
    random = np.random.default_rng(n)
    own = random.random(studies)
    drawn = leads(random, stage, n, own, shared)
    options = np.where(random.random((studies, n)) < 1 / 6, 3, 2)
    held = np.zeros(4)
    labels = np.arange(n)
    for lead, offered, hard, soft in zip(drawn, options, *truths(stage, own), strict=True):
        mass, chance = probability(lead, offered), float((1 / offered).mean())
        right = chance + (1 - chance) * soft
        low, high = percentile(random, mass, labels)
        found = (
            proportion(int((lead > 0).sum()), n).corrected(chance).covers(float(hard)),
            bounded_mean(mass.tolist()).corrected(chance).covers(float(soft)),
            bounded_mean(mass.tolist(), ends=0).covers(float(right)) is True,
            low <= right <= high,
        )
        held += np.array(found, dtype=float)
    ours, theirs, student, bootstrap = held / studies
    return float(ours), float(theirs), float(student), float(bootstrap)


def wilson(n: int, studies: int) -> float:
    """How often Wilson's interval holds a rate that is itself drawn evenly from 0 to 1 for each study."""
    random = np.random.default_rng(n)
    rates = random.random(studies)
    counts = random.binomial(n, rates)
    return float(np.mean([proportion(int(k), n).covers(float(p)) for k, p in zip(counts, rates, strict=True)]))


def wilson_at(n: int, rate: float) -> float:
    """How often Wilson's interval holds one rate: exactly, the probability of the counts whose interval does."""
    return float(sum(stats.binom.pmf(k, n, rate) for k in range(n + 1) if proportion(k, n).covers(rate)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=2000)
    studies = parser.parse_args().studies
    print("| clusters | hard | soft | bootstrap, hard | bootstrap, soft |\n|---|---|---|---|---|")
    for clusters in (3, 5, 8, 12, 20, 40):
        (hard, hard_b), (soft, soft_b) = coverage(clusters, True, studies), coverage(clusters, False, studies)
        print(f"| {clusters} | {hard:.3f} | {soft:.3f} | {hard_b:.3f} | {soft_b:.3f} |")
    print("\n| n | Wilson |\n|---|---|")
    for n in (2, 5, 10, 20, 50, 200):
        print(f"| {n} | {wilson(n, studies):.3f} |")
    print("\n| n | " + " | ".join(f"Wilson at {rate}" for rate in RATES) + " |\n" + "|---" * (len(RATES) + 1) + "|")
    for n in (5, 10, 20, 50, 200, 1000):
        print(f"| {n} | " + " | ".join(f"{wilson_at(n, rate):.3f}" for rate in RATES) + " |")
    for shared in (0.0, SHARED):
        print(f"\n{'moments: ' if shared else ''}separation; by probability: ours, t, bootstrap")
        print("| n | " + " | ".join(stage.name for stage in STAGES) + " |" + "\n" + "|---" * (len(STAGES) + 1) + "|")
        for n in SIZES:
            rows = [cards(stage, n, studies, shared) for stage in STAGES]
            print(f"| {n} | " + " | ".join(f"{h:.3f}; {o:.3f}, {t:.3f}, {b:.3f}" for h, o, t, b in rows) + " |")


if __name__ == "__main__":
    main()
