"""Questions of imported stories, whatever the benchmark: when they are put, and how their answers are said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stage.audits.played import play
from stage.importers.rooms import story
from stage.importers.story import Question
from stage.world.facts import Viewpoint
from stage.world.setting import Conventions, place_fluent

TOLD = story(
    "small",
    [
        "Ann and Bob entered the hall.",
        "The fig is in the jar.",
        "Bob exited the hall.",
        "Ann moved the fig to the tin.",
    ],
    Conventions(),
)
WHERE = Question("q", "where", "Where is the fig?", (), place_fluent("fig"), "jar")
IS_IN_TIN = replace(WHERE, is_it="tin", answers=("yes", "no"))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (WHERE, "tin"),
        (replace(WHERE, at_start=True), "jar"),
        (replace(WHERE, after=0), "jar"),
        (replace(WHERE, after=3), "jar"),
        (replace(WHERE, after=4), "tin"),
        (replace(WHERE, viewpoint=("Ann",), after=1), None),
        (replace(WHERE, viewpoint=("Ann",), after=2), "jar"),
    ],
)
def test_a_question_is_put_at_its_time(question: Question, answer: str | None) -> None:
    assert play(TOLD).answer(question) == answer


@pytest.mark.parametrize(
    ("viewpoint", "unknown_is_no", "after", "answer"),
    [
        ((), False, None, "yes"),
        (("Bob",), False, None, "no"),
        (("Ann",), False, 1, None),
        (("Ann",), True, 1, "no"),
    ],
)
def test_yes_and_no_are_said_as_the_benchmark_says_them(
    viewpoint: Viewpoint, unknown_is_no: bool, after: int | None, answer: str | None
) -> None:
    question = replace(IS_IN_TIN, viewpoint=viewpoint, unknown_is_no=unknown_is_no, after=after)
    assert play(TOLD).answer(question) == answer


def test_the_choices_are_the_benchmark_s_own_or_what_the_story_has() -> None:
    assert TOLD.choices(WHERE) == ("jar", "tin")
    assert TOLD.choices(replace(WHERE, options=("jar", "cup"))) == ("jar", "cup")
    assert TOLD.choices(IS_IN_TIN) == ("yes", "no")
