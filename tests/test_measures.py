"""The further measures: each recovers what was planted for it."""

from __future__ import annotations

from dataclasses import replace
from math import comb
from random import Random

import pytest
from test_scorecard import ANSWERS, EXAMPLE

from stage.controls import AnswerKey, control_stage
from stage.performing.audiences import Unwatched
from stage.performing.play import perform
from stage.performing.settings import Settings
from stage.performing.transcript import Answer, Transcript, Variant
from stage.resources import scenarios_folder
from stage.scenes.yaml_reader import load
from stage.scoring.calibration import calibration
from stage.scoring.constancy import constancy
from stage.scoring.intervals import NOTHING, proportion
from stage.scoring.scorecard import score
from stage.scoring.together import contagion, errors_together


def played(control: str, scene: str = "sally_anne") -> Transcript:
    key: AnswerKey = {}
    model = control_stage(control, key, 0)
    return perform(load(scenarios_folder() / f"{scene}.yaml"), model, Settings(), Unwatched(), key)


def test_an_order_that_decides_shows_in_its_own_figure_alone() -> None:
    place, oracle = constancy(played("position-A")), constancy(played("oracle"))
    assert place.over_order.value == 0  # two options: each rotation chooses the other one
    assert place.over_words.value == 1
    assert (oracle.over_order.value, oracle.over_words.value, oracle.forgetting.value) == (1, 1, 0)
    words = constancy(played("word"))
    assert (words.over_order.value, words.over_words.value) == (1, 0)


def test_what_is_forgotten_is_a_right_answer_that_was_lost() -> None:
    again = tuple(replace(a, beat=a.beat + 1) for a in ANSWERS[:4])
    whole = constancy(Transcript(answers=(*ANSWERS[:4], *again)))
    assert (whole.over_time, whole.forgetting) == (proportion(4, 4), proportion(0, 3))  # b was never right
    lost = (replace(again[0], answer="basket"), *again[1:])
    figures = constancy(Transcript(answers=(*ANSWERS[:4], *lost)))
    assert (figures.over_time, figures.forgetting) == (proportion(3, 4), proportion(1, 3))
    changed = (replace(again[0], answer="basket", expected="basket"), *again[1:])
    assert constancy(Transcript(answers=(*ANSWERS[:4], *changed))).forgetting == proportion(0, 2)


def test_the_distance_at_which_a_forgetful_stage_forgets() -> None:
    found = score(played("forgetful:1", "newcomer")).accuracy_by_distance
    oracle = score(played("oracle", "newcomer")).accuracy_by_distance
    assert {k: f.n for k, f in found.items()} == {k: f.n for k, f in oracle.items()}
    assert all(f.value == 1 for f in oracle.values())
    assert all(f.value == 1 for k, f in found.items() if k <= 1)


def test_calibration_by_hand() -> None:
    found = calibration(Transcript(answers=(ANSWERS[0], ANSWERS[4])))
    first = 0.3**2 + 2 * 0.15**2  # a: 0.7 on the right one of three
    second = 0.8**2 + 2 * 0.4**2  # e: 0.2 on the right one
    assert found.brier.value == pytest.approx((first + second) / 2)
    assert found.brier_chance == pytest.approx(2 / 3)
    assert [(b.confidence, b.right.n) for b in found.reliability] == [(pytest.approx(0.4), 1), (pytest.approx(0.7), 1)]
    assert found.error == pytest.approx((0.4 + 0.3) / 2)
    assert calibration(Transcript()).brier == NOTHING


def test_whoever_says_how_sure_it_is_is_calibrated() -> None:
    random = Random(1)
    answers = []
    for i in range(3000):
        p = random.uniform(0.5, 1)
        right = random.random() < p
        answers.append(
            replace(ANSWERS[0], id=str(i), beat=i % 50, options=("box", "basket"), answer="box" if right else "basket",
                    probabilities=(p, 1 - p) if right else (1 - p, p))
        )  # fmt: skip
    found = calibration(Transcript(answers=tuple(answers)))
    assert (found.error or 0) < 0.03
    sure = tuple(replace(a, probabilities=(1.0, 0.0) if a.answer == "box" else (0.0, 1.0)) for a in answers)
    assert (calibration(Transcript(answers=sure)).error or 0) > 0.2


def errors(together: float, seed: int) -> Transcript:
    """Two voices asked 200 times; with this probability the second errs as the first does, else by itself."""
    random = Random(seed)
    answers: list[Answer] = []
    for beat in range(200):
        first = random.random() < 0.4
        second = first if random.random() < together else random.random() < 0.4
        for voice, wrong in (("sally", first), ("anne", second)):
            base = ANSWERS[2]
            answers.append(replace(base, beat=beat, voice=voice, answer="basket" if wrong else "box"))
    return Transcript(answers=tuple(answers))


@pytest.mark.parametrize("together", [0.0, 0.5, 1.0])
def test_minds_that_fail_together_are_found_out(together: float) -> None:
    covering = sum(bool(errors_together(errors(together, seed)).covers(together)) for seed in range(40))
    assert covering >= 34


def test_voices_that_never_or_always_fail_tell_nothing() -> None:
    assert errors_together(played("oracle")) == NOTHING


def test_leaks_after_a_leak_of_somebody_else() -> None:
    spoken = [("sally", False), ("sally", True), ("sally", True), ("anne", True), ("sally", False), ("anne", False)]
    found = contagion(spoken)
    assert found.after_another == proportion(1, 3)  # anne, sally, anne: sally's own second leak is before another's
    assert found.before == proportion(2, 3)
    assert found.p == pytest.approx(1)
    assert contagion([]).before == NOTHING
    assert contagion([]).p is None


def test_contagion_is_tested_as_fisher_did() -> None:
    """One leak of eleven lines before, nine of ten after: of all tables with these margins those no likelier."""
    found = contagion([("sally", False)] * 10 + [("sally", True)] + [("anne", True)] * 9 + [("bob", False)])
    assert (found.before, found.after_another) == (proportion(1, 11), proportion(9, 10))
    tables = [comb(10, k) * comb(11, 10 - k) for k in range(11)]
    assert found.p == pytest.approx(sum(t for t in tables if t <= tables[9]) / comb(21, 10))


def test_they_are_all_on_the_scorecard() -> None:
    card = score(EXAMPLE)
    assert card.contagion.before.n + card.contagion.after_another.n == card.lines
    assert card.calibration.brier.n == 6
    assert card.constancy.over_order == NOTHING  # the example keeps no wordings
    two = (Variant(0, 0, (0.0, -1.0, -1.0), (1, 1, 1)), Variant(0, 1, (-1.0, 0.0, -1.0), (1, 1, 1)))
    varied = score(replace(EXAMPLE, answers=(replace(ANSWERS[0], variants=two), *ANSWERS[1:])))
    assert (varied.constancy.over_order.value, varied.constancy.over_order.n) == (0, 1)
