"""Whose belief an answer is, as a table of small scenes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stage.performing.transcript import Answer, Variant
from stage.scoring.verdicts import Outcome, Verdict, believers, minds_differ, other_minds, verdict

MINDS = {"reality": "box", "sally": "basket", "anne": "box", "bob": None, "narrator": "box", "author": "drawer"}


def answer(viewpoint: tuple[str, ...], expected: str | None, given: str | None, **extra: object) -> Answer:
    fields: dict[str, object] = {
        "id": "p", "beat": 3, "viewpoint": viewpoint, "voice": "sally", "about": "marble at", "question": "Where?",
        "options": ("basket", "box", "drawer", "shelf", None), "expected": expected, "minds": MINDS, "answer": given,
        "margin": 1.0, **extra,
    }  # fmt: skip
    return Answer(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("viewpoint", "expected", "given", "outcome", "mind"),
    [
        ((), "box", "box", "right", "own"),
        ((), "box", "basket", "other", "sally"),
        ((), "box", "drawer", "other", "author"),
        ((), "box", None, "other", "bob"),
        ((), "box", "shelf", "none", "none"),
        (("sally",), "basket", "basket", "right", "own"),
        (("sally",), "basket", "box", "other", "reality|narrator|anne"),
        (("sally",), "basket", "shelf", "none", "none"),
        (("bob",), None, None, "right", "own"),
        (("bob",), None, "box", "other", "reality|narrator|anne"),
        (("anne",), "box", "basket", "other", "sally"),
        (("narrator",), "box", "drawer", "other", "author"),
        # one's own name is not another's: were Sally's belief the answer, it would be right
        (("sally",), "drawer", "basket", "none", "none"),
        # deeper: every mind is another one, those of the chain included
        (("anne", "sally"), "basket", "basket", "right", "own"),
        (("anne", "sally"), "drawer", "box", "other", "reality|narrator|anne"),
        (("anne", "sally"), "drawer", "basket", "other", "sally"),
        (("anne", "sally", "anne"), "basket", "box", "other", "reality|narrator|anne"),
    ],
)
def test_whose_belief_it_was(
    viewpoint: tuple[str, ...], expected: str | None, given: str | None, outcome: str, mind: str
) -> None:
    found = verdict(answer(viewpoint, expected, given), noise=0.1)
    assert (found.outcome, found.mind) == (outcome, mind)
    assert found.matches == (tuple(mind.split("|")) if outcome == "other" else ())
    assert found.explanation.endswith(".")


@pytest.mark.parametrize(
    ("margin", "noise", "variants", "outcome"),
    [
        (0.30, 0.2, 1, "right"),
        (0.15, 0.2, 1, "undecided"),
        (0.15, 0.2, 4, "right"),
        (0.09, 0.2, 4, "undecided"),
        (0.20, 0.2, 0, "undecided"),
        (0.0, 0.0, 1, "undecided"),
        (1e-12, 0.0, 6, "undecided"),
        (1e-6, 0.0, 6, "right"),
    ],
)
def test_a_margin_within_the_noise_shows_nothing(margin: float, noise: float, variants: int, outcome: str) -> None:
    wording = Variant(0, 0, (-1.0,), (1,))
    found = verdict(answer((), "box", "box", margin=margin, variants=(wording,) * variants), noise)
    assert found.outcome == outcome
    assert found.decided == (outcome == "right")


def test_a_lone_option_needs_no_margin() -> None:
    assert verdict(answer((), "box", "box", options=("box",), margin=0.0), 1.0).outcome == Outcome.RIGHT


def test_unreadable_is_not_wrong_whatever_else_the_answer_says() -> None:
    found = verdict(answer((), "box", "box", readable=False), 0.0)
    assert found == Verdict(Outcome.UNREADABLE, "", (), "The reply could not be read as any of the options.")
    assert not found.decided


def test_the_explanation_names_both_minds() -> None:
    assert verdict(answer(("anne", "sally"), "basket", "drawer"), 0).explanation == (
        'Answered "drawer", as author would; right for anne > sally is "basket".'
    )
    assert verdict(answer(("sally",), "basket", "box"), 0).explanation == (
        'Answered "box", as reality, narrator and anne would; right for sally is "basket".'
    )
    assert verdict(answer(("bob",), None, "shelf"), 0).explanation == (
        'Answered "shelf", as nobody would; right for bob is "does not know".'
    )


def test_minds_differ_only_where_another_would_answer_otherwise() -> None:
    agreed = dict.fromkeys(MINDS, "box")
    assert not minds_differ(answer(("sally",), "box", "box", minds=agreed))
    # only Sally's own belief differs from what is expected of her: that is no other mind
    assert not minds_differ(answer(("sally",), "box", "box", minds=agreed | {"sally": "basket"}))
    assert minds_differ(answer(("anne", "sally"), "box", "box", minds=agreed | {"sally": "basket"}))
    assert minds_differ(answer(("sally",), "box", "box", minds=agreed | {"bob": None}))


def test_other_minds_in_their_fixed_order() -> None:
    deep = answer(("anne", "sally"), "basket", "basket")
    assert other_minds(deep) == ["reality", "narrator", "author", "sally", "anne", "bob"]
    assert other_minds(replace(deep, viewpoint=("anne",))) == ["reality", "narrator", "author", "sally", "bob"]
    assert other_minds(replace(deep, viewpoint=())) == ["narrator", "author", "sally", "anne", "bob"]
    assert believers(deep, "box") == ("reality", "narrator", "anne")
