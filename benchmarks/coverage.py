"""How often 95 % intervals hold the truth, in simulated studies of a known one.

    python benchmarks/coverage.py [--studies 2000]

Each study has a number of clusters (scenes, or moments of one) with 2 to 8 probes each; a cluster's own rate is drawn
from Beta(3, 2), whose mean 0.6 is the truth. Probes are right or wrong at that rate, or carry a probability around it.
"""

from __future__ import annotations

import argparse

import numpy as np

from stage.scoring.intervals import clustered_mean, proportion

TRUTH = 0.6
RESAMPLES = 500


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


def wilson(n: int, studies: int) -> float:
    """How often Wilson's interval holds a rate that is itself drawn evenly from 0 to 1 for each study."""
    random = np.random.default_rng(n)
    rates = random.random(studies)
    counts = random.binomial(n, rates)
    return float(np.mean([proportion(int(k), n).covers(float(p)) for k, p in zip(counts, rates, strict=True)]))


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


if __name__ == "__main__":
    main()
