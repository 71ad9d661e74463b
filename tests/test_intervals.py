"""Intervals against scipy's, and against what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from stage.scoring.intervals import (
    NOTHING,
    Figure,
    Rows,
    bootstrap,
    clustered_mean,
    proportion,
    smallest_detectable,
)


def mean(means: Rows) -> Rows:
    return means[..., 0]


@pytest.mark.parametrize("n", [1, 2, 3, 7, 20, 137, 5000])
def test_wilson_is_that_of_scipy(n: int) -> None:
    for count in sorted({0, 1, n // 3, n // 2, n - 1, n}):
        expected = stats.binomtest(count, n).proportion_ci(0.95, method="wilson")
        figure = proportion(count, n)
        assert (figure.value, figure.n) == (count / n, n)
        assert figure.low == pytest.approx(expected.low, abs=1e-12)
        assert figure.high == pytest.approx(expected.high, abs=1e-12)


def test_nothing_observed_is_unknown_not_zero() -> None:
    assert proportion(0, 0) == NOTHING == Figure(None, 0, None, None)
    assert NOTHING.covers(0) is None
    assert NOTHING.corrected(0.5) == NOTHING
    assert bootstrap(np.zeros((0, 1)), mean) == NOTHING


@pytest.mark.parametrize(("count", "n"), [(-1, 3), (4, 3), (1, 0)])
def test_what_is_no_proportion_is_refused(count: int, n: int) -> None:
    with pytest.raises(ValueError, match=f"{count} out of {n}"):
        proportion(count, n)


def test_correction_for_chance() -> None:
    figure = Figure(0.75, 8, 0.5, 1.0).corrected(0.5)
    assert figure == Figure(0.5, 8, 0.0, 1.0)
    assert figure.covers(0.0)
    assert not figure.covers(-0.01)
    assert Figure(1.0, 8, 0.7, 1.0).corrected(1.0) == Figure(None, 8, None, None)


def test_the_bootstrap_can_be_repeated_and_agrees_with_scipy() -> None:
    values = np.random.default_rng(3).beta(2, 1, size=80)
    figure = bootstrap(values[:, None], mean)
    assert figure == bootstrap(values[:, None], mean)
    assert figure.value == pytest.approx(values.mean())
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=9999, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    assert figure.low == pytest.approx(theirs.low, abs=0.01)
    assert figure.high == pytest.approx(theirs.high, abs=0.01)


def test_one_observation_has_no_bootstrap_interval() -> None:
    assert bootstrap(np.array([[0.4]]), mean) == Figure(0.4, 1, None, None)


def test_many_rows_are_resampled_in_portions_with_the_same_promise() -> None:
    rows = np.arange(30_000, dtype=np.float64)[:, None] / 30_000
    figure = bootstrap(rows, mean)
    assert figure.low is not None
    assert figure.high is not None
    assert figure.high - figure.low == pytest.approx(2 * 1.96 * rows.std() / np.sqrt(30_000), rel=0.1)


def test_clusters_of_one_size_give_the_t_interval_of_their_means() -> None:
    values = np.random.default_rng(4).normal(size=(9, 4))
    figure = clustered_mean(values.ravel().tolist(), [i // 4 for i in range(36)])
    expected = stats.ttest_1samp(values.mean(axis=1), 0).confidence_interval(0.95)
    assert (figure.value, figure.n) == (pytest.approx(values.mean()), 36)
    assert (figure.low, figure.high) == (pytest.approx(expected.low), pytest.approx(expected.high))


def test_clusters_that_tell_nothing_of_their_spread_have_no_interval() -> None:
    assert clustered_mean([], []) == NOTHING
    assert clustered_mean([0.2, 0.4], ["a", "a"]) == Figure(pytest.approx(0.3), 2, None, None)
    assert clustered_mean([1.0, 1.0], ["a", "b"]) == Figure(1.0, 2, None, None)
    with pytest.raises(ValueError, match="2 values, 1 clusters"):
        clustered_mean([1.0, 2.0], ["a"])


@pytest.mark.parametrize("clusters", [3, 6, 20])
def test_intervals_over_clusters_hold_the_truth_as_often_as_they_promise(clusters: int) -> None:
    random = np.random.default_rng(clusters)
    studies, covering = 1000, 0
    for _ in range(studies):
        labels = np.repeat(np.arange(clusters), random.integers(2, 9, size=clusters))
        values = random.random(len(labels)) < random.beta(3, 2, size=clusters)[labels]
        covering += clustered_mean(values.astype(float).tolist(), labels.tolist()).covers(0.6) is not False
    assert 0.93 <= covering / studies <= 0.97


@pytest.mark.parametrize(
    ("n", "chance", "rate"), [(11, 0.5, 9 / 11), (5, 1 / 3, 4 / 5), (1, 0.5, None), (0, 0.5, None)]
)
def test_the_smallest_rate_that_shows(n: int, chance: float, rate: float | None) -> None:
    assert smallest_detectable(n, chance) == rate
    if rate is not None:
        assert not proportion(round(rate * n), n).covers(chance)
        assert proportion(round(rate * n) - 1, n).covers(chance)


def test_clusters_that_are_all_alike_do_not_tell_how_far_others_would_be_off() -> None:
    assert clustered_mean([1.0, 0.0, 1.0, 0.0], ["a", "a", "b", "b"]) == Figure(0.5, 4, None, None)
