"""Intervals against scipy's, and against what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stage.scoring.intervals import (
    NOTHING,
    Figure,
    bounded_mean,
    clustered_mean,
    proportion,
    smallest_detectable,
)


@pytest.mark.parametrize("confidence", [0.95, 0.9875])
@pytest.mark.parametrize("n", [1, 2, 3, 7, 20, 137, 5000])
def test_wilson_is_that_of_scipy(n: int, confidence: float) -> None:
    for count in sorted({0, 1, n // 3, n // 2, n - 1, n}):
        expected = stats.binomtest(count, n).proportion_ci(confidence, method="wilson")
        figure = proportion(count, n, confidence)
        assert (figure.value, figure.n) == (count / n, n)
        assert figure.low == pytest.approx(expected.low, abs=1e-12)
        assert figure.high == pytest.approx(expected.high, abs=1e-12)


def test_nothing_observed_is_unknown_not_zero() -> None:
    assert proportion(0, 0) == NOTHING == Figure(None, 0, None, None)
    assert NOTHING.covers(0) is None
    assert NOTHING.corrected(0.5) == NOTHING
    assert bounded_mean([]) == NOTHING


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


@pytest.mark.parametrize("n", [2, 3, 12, 200])
def test_without_added_ends_a_mean_of_bounded_values_has_the_t_interval_of_scipy(n: int) -> None:
    values = np.random.default_rng(n).beta(2, 2, size=n)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    figure = bounded_mean(values.tolist(), ends=0)
    assert (figure.value, figure.n) == (pytest.approx(values.mean()), n)
    assert figure.low == pytest.approx(max(0, expected.low))
    assert figure.high == pytest.approx(min(1, expected.high))


def test_added_ends_are_observations_with_the_freedom_of_the_others() -> None:
    """With one observation at either end, against scipy's t interval of all of them, its freedom put right."""
    values = [0.9, 0.95, 0.6, 0.99]
    figure, plain = bounded_mean(values, ends=1), stats.sem([*values, 0, 1])
    centre = np.mean([*values, 0, 1])
    observed = sum((x - centre) ** 2 for x in values)
    freedom = 3 * ((observed + centre**2 + (1 - centre) ** 2) / observed) ** 2
    low, high = stats.t.interval(0.95, freedom, loc=centre, scale=plain)
    assert (figure.low, figure.high) == (pytest.approx(max(0, low)), pytest.approx(min(1, high)))


@given(st.lists(st.floats(0, 1), min_size=2, max_size=40))
def test_the_interval_of_bounded_values_holds_their_mean_and_mirrors(values: list[float]) -> None:
    figure, turned = bounded_mean(values), bounded_mean([1 - x for x in values])
    assert figure.value is not None
    assert figure.low is not None
    assert figure.high is not None
    assert 0 <= figure.low <= figure.value + 1e-12
    assert figure.value - 1e-12 <= figure.high <= 1
    assert (turned.low, turned.high) == (pytest.approx(1 - figure.high), pytest.approx(1 - figure.low))


def test_values_that_are_alike_do_not_pass_for_certain() -> None:
    assert bounded_mean([0.4]) == Figure(0.4, 1, None, None)
    few, many = bounded_mean([0.97] * 6), bounded_mean([0.97] * 600)
    assert few.low is not None
    assert many.low is not None
    assert few.low < 0.9 < 0.96 < many.low


@pytest.mark.parametrize("n", [6, 12, 40])
def test_intervals_of_a_card_hold_the_truth_as_often_as_they_promise(n: int) -> None:
    """Stages that are right at a rate drawn evenly, and sure of it; and one that is hardly better than guessing."""
    random = np.random.default_rng(n)
    studies = 1000
    rates = random.random(studies)
    right = random.random((studies, n)) < rates[:, None]
    sure = np.where(right, random.beta(8, 1, size=right.shape), random.beta(1, 8, size=right.shape))
    weak = random.beta(2, 2, size=right.shape)
    hard = [proportion(int(k), n).covers(float(p)) for k, p in zip(right.sum(axis=1), rates, strict=True)]
    soft = [bounded_mean(x).covers(float(p * 8 / 9 + (1 - p) / 9)) for x, p in zip(sure.tolist(), rates, strict=True)]
    assert 0.93 <= np.mean(hard) <= 0.975
    assert 0.93 <= np.mean(soft) <= 0.975
    assert np.mean([bounded_mean(x).covers(0.5) for x in weak.tolist()]) >= 0.93


def test_clusters_of_one_size_give_the_t_interval_of_their_means() -> None:
    values = np.random.default_rng(4).normal(size=(9, 4))
    figure = clustered_mean(values.ravel().tolist(), [i // 4 for i in range(36)])
    expected = stats.ttest_1samp(values.mean(axis=1), 0).confidence_interval(0.95)
    assert (figure.value, figure.n) == (pytest.approx(values.mean()), 36)
    assert (figure.low, figure.high) == (pytest.approx(expected.low), pytest.approx(expected.high))


def test_clusters_that_tell_nothing_of_their_spread_have_no_interval() -> None:
    assert clustered_mean([], []) == NOTHING
    assert clustered_mean([0.2, 0.4], ["a", "a"]) == Figure(pytest.approx(0.3), 2, None, None)
    free, cut = (clustered_mean([0.1, 0.9], ["a", "b"], *ends) for ends in ((), (0.0, 1.0)))
    assert free.low is not None
    assert free.low < 0
    assert (cut.value, cut.low, cut.high) == (free.value, 0.0, 1.0)
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
