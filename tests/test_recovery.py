"""The instrument recovers what was planted in the control stages: the small version of `stage calibrate`."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from test_cli import stage
from test_scorecard import EXAMPLE, draw, perform

from stage.controls import control_stage
from stage.performing.audiences import Unwatched
from stage.performing.play import perform as play
from stage.performing.settings import Settings
from stage.performing.transcript import Transcript
from stage.questions.answer_key import AnswerKey
from stage.report.recovery import as_text
from stage.resources import scenarios_folder
from stage.scenes.yaml_reader import load
from stage.scoring.intervals import NOTHING
from stage.scoring.minds_apart import told_apart
from stage.suites.controls import performed_by
from stage.suites.drawn import Claim, Tally, coverage, leak_rate
from stage.suites.planted import ALONE, BARE, WORDINGS, nuisance_check
from stage.suites.recovery import Recovery, _cliff_check, _memory_check, recover

NAMES = ("sally_anne", "double_bluff", "whisper")


@pytest.fixture(scope="module")
def small() -> Recovery:
    return recover([load(scenarios_folder() / f"{name}.yaml") for name in NAMES], seeds=3)


def test_what_was_planted_is_recovered(small: Recovery) -> None:
    assert [check for check in small.checks if check.holds is not True] == []  # nor is there any that could not be told
    assert small.holds
    assert len(small.checks) == 21
    assert small.scenes == 3


def test_each_control_is_what_it_was_built_to_be(small: Recovery) -> None:
    by_name = {found.control: found for found in small.controls}
    assert by_name["oracle"].told_apart.value == 1
    assert [f.value for f in by_name["order-limited:2"].by_order.values()][:3] == [1, 1, 1]
    assert (by_name["order-limited:2"].by_order[3].value or 0) < 1
    egocentric = [f.value for f in by_name["egocentric"].by_order.values()]
    assert egocentric[:2] == [1, 1]
    assert (egocentric[2] or 0) < 1
    assert by_name["position-A"].separation == NOTHING  # every answer is a tie
    for name in ("reality", "one-mind"):
        assert (by_name[name].told_apart.value or 0) < 0


def test_twins_and_nuisances_are_planted_and_recovered(small: Recovery) -> None:
    planted = {check.planted.partition(":")[0] for check in small.checks}
    assert planted >= {"oracle", "reality", "word", "rotation", "mirror", "names", "form", "person", "layout", "story"}


def test_what_is_not_varied_is_not_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check of a nuisance fails where half of its wordings is left out."""
    scene = load(scenarios_folder() / "sally_anne.yaml")
    scene = replace(scene, beats=scene.beats[: scene.last_asked])
    assert nuisance_check([scene], "person").holds
    monkeypatch.setitem(ALONE, "person", replace(BARE, paraphrases=5))
    monkeypatch.setitem(WORDINGS, "person", 5)
    assert not nuisance_check([scene], "person").holds


def test_a_broken_instrument_is_noticed(small: Recovery) -> None:
    assert not replace(small, checks=(*small.checks, replace(small.checks[0], holds=False))).holds


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5])
def test_a_planted_rate_of_leaks_comes_back(rate: float) -> None:
    probes = draw(Random(1), 100)
    covering = sum(bool(leak_rate([perform(f"leaky:{rate}", probes, seed)]).covers(rate)) for seed in range(100))
    assert covering >= 90  # of 100 at 95 %, less two standard deviations


def test_single_intervals_miss_one_of_several_more_often_than_they_promise() -> None:
    """Three planted rates, each with draws of its own: the joint coverage of single intervals is about 0.95 cubed, that of
    simultaneous ones at least 0.95, and both by the binomial within four standard deviations of 1000 studies."""
    random, studies, n = Random(3), 1000, 200
    claims = [
        Claim(
            f"{rate}", 0.0, tuple(Tally(sum(random.random() < rate for _ in range(n)), n, rate) for _ in range(studies))
        )
        for rate in (0.2, 0.35, 0.5)
    ]
    found = coverage(claims)
    assert found.confidence == pytest.approx(1 - 0.05 / 3)
    assert 0.82 < found.jointly.single / studies < 0.90
    assert 0.93 < found.jointly.simultaneous / studies < 0.98
    assert all(found.jointly.single < h.single < h.simultaneous for h in found.claims)
    assert all(check.holds for check in found.checks())


def test_coverage_by_hand() -> None:
    """60 of 100 are within neither interval of 0.5 with one claim, within the simultaneous one with two; a seed in which
    nothing was counted holds nothing."""
    fair, off, none = Tally(50, 100, 0.5), Tally(60, 100, 0.5), Tally(0, 0, 0.5)
    one = coverage([Claim("one", 0.5, (fair, off, none))])
    assert (one.seeds, one.claims[0].single, one.claims[0].simultaneous) == (3, 1, 1)
    two = coverage([Claim("one", 0.5, (fair, off, none)), Claim("other", 0.5, (fair, fair, fair))])
    assert (two.claims[0].single, two.claims[0].simultaneous) == (1, 2)
    assert (two.jointly.single, two.jointly.simultaneous) == (1, 2)


def test_few_answers_are_judged_by_what_their_intervals_hold() -> None:
    """Of two answers Wilson's 98.75 % interval holds a share of 0.05 unless both are hits, which is so in 0.0025 of studies,
    and one of nothing is not judged at all."""
    none, some = Tally(0, 2, 0.05), Tally(2, 2, 0.05)
    claims = [Claim("few", 0.0, (none, none, none, some)), *[Claim("nothing", 0.0, (Tally(0, 0, 0.5),) * 4)] * 3]
    found = coverage(claims)
    share = sum(p for k, p in enumerate((0.9025, 0.095, 0.0025)) if Tally(k, 2, 0.05).holds(found.confidence))
    assert found.claims[0].expected == pytest.approx(share)
    assert (found.claims[1].expected, found.jointly.simultaneous) == (None, found.claims[0].simultaneous)
    assert [c.holds for c in found.checks()][1:4] == [None] * 3


@pytest.mark.parametrize("name", ["in_vain", "sally_anne", "sally_anne_stays", "letter", "base_model"])
def test_a_scene_that_lacks_what_could_tell_is_not_taken_for_a_broken_instrument(name: str) -> None:
    found = recover([load(scenarios_folder() / f"{name}.yaml")], seeds=2)
    assert found.holds, [check for check in found.checks if check.holds is False]
    if any(check.holds is None for check in found.checks):
        assert "nothing in these scenes could tell" in as_text(found)


def test_an_instrument_that_sees_no_cliff_is_noticed(small: Recovery) -> None:
    by_name = {found.control: found for found in small.controls}
    oracle = by_name["oracle"]
    assert _cliff_check(oracle, by_name["reality"]).holds is False
    assert _memory_check(oracle).holds is False
    assert _cliff_check(oracle, oracle).holds is None


@pytest.mark.parametrize("control", ["leaky:0.2", "guess"])
def test_answering_anew_with_another_seed_is_performing_with_it(control: str) -> None:
    scene = load(scenarios_folder() / "double_bluff.yaml")

    def performed(seed: int) -> Transcript:
        key: AnswerKey = {}
        return play(scene, control_stage(control, key, seed), Settings(seed), Unwatched(), key)

    first = performed(0)
    for seed in (1, 2):
        (anew,) = performed_by(control, [first], seed, as_alone=True)
        assert [a.answer for a in anew.answers] == [a.answer for a in performed(seed).answers]


def test_too_few_seeds_that_hold_are_noticed() -> None:
    """Of 100 seeds the interval of one of four may miss four, not five; all at once eleven, not twelve."""

    def holds(missed: int) -> list[bool]:
        fair, off = Tally(50, 100, 0.5), Tally(90, 100, 0.5)
        drawn = (*(off for _ in range(missed)), *(fair for _ in range(100 - missed)))
        return [c.holds for c in coverage([Claim("it", 0.5, drawn), *[Claim("", 0.5, (fair,) * 100)] * 3]).checks()]

    assert holds(4) == [True] * 5
    assert holds(5) == [False, True, True, True, True]
    assert holds(12) == [False, True, True, True, False]


def test_what_is_judged_is_what_is_shown(small: Recovery) -> None:
    by_name = {found.control: found for found in small.controls}
    for name in ("position-A", "word"):
        assert by_name[name].separation_mirrored.value == pytest.approx(0, abs=1e-9)
    assert small.coverage.seeds == small.seeds == 3
    assert len({h.n for h in small.coverage.claims[:3]}) == 1


def test_pairs_by_hand() -> None:
    """Of the example's five decided questions at beat 4, a c (box) pair with b d e (basket): six pairs. a and c are
    right, of the others d alone: two pairs are."""
    figure = told_apart([EXAMPLE])
    assert figure.n == 6
    assert figure.value == pytest.approx((2 / 6 - 1 / 9) / (8 / 9))
    assert told_apart([Transcript()]) == NOTHING


def test_guessers_tell_no_pair_apart() -> None:
    values = [told_apart([perform("guess", draw(Random(s), 300), s)]).value or 0.0 for s in range(20)]
    assert abs(sum(values) / len(values)) < 0.05


def test_the_command_prints_planted_beside_recovered() -> None:
    done = stage("calibrate", "sally_anne", "double_bluff", "--seeds", "1")
    assert max(map(len, done.out.splitlines())) <= 80
    assert done.code == 0, done.out
    assert "ok   order-limited: a cliff after order 2" in done.out
    document = stage("calibrate", "sally_anne", "double_bluff", "--seeds", "1", "--json").document
    assert {c["control"] for c in document["controls"]} >= {"oracle", "one-mind", "leaky:0.2", "word"}
    assert all(check["holds"] for check in document["checks"])
