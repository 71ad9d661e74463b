"""Control stages do what they were built to do, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from math import exp

import pytest

from stage.controls import CONFIDENCE, CONTROLS, PARAMETERS, RULES, AnswerKey, KnownAnswer, control_stage
from stage.errors import ModelError
from stage.inference.requests import Generate, Generated, LanguageModel, Score, Scored, Script, Usage
from stage.questions.answer_key import age

PROMPT = Script("Where is the marble?")
MINDS = {"reality": "box", "sally": "basket", "anne": "box", "narrator": "box", "author": "box"}


def score(name: str, known: KnownAnswer, label: str = "p1#0.0", seed: int = 7) -> Scored:
    options = tuple("ABCDEF"[: len(known.values)])
    [reply] = control_stage(name, {label: known}, seed).answer([Score(PROMPT, options, label)])
    assert isinstance(reply, Scored)
    return reply


def chosen(name: str, known: KnownAnswer, label: str = "p1#0.0", seed: int = 7) -> str | None:
    logprobs = score(name, known, label, seed).logprobs
    return known.values[logprobs.index(max(logprobs))]


def generate(name: str, known: KnownAnswer, **extra: object) -> Generated:
    request = Generate(PROMPT, label="l1", **extra)  # type: ignore[arg-type]
    [reply] = control_stage(name, {"l1": known}, 7).answer([request])
    assert isinstance(reply, Generated)
    return reply


FIRST = KnownAnswer(("basket", "box", None), "basket", MINDS, ("sally",))


@pytest.mark.parametrize(
    ("name", "known", "value"),
    [
        ("oracle", FIRST, "basket"),
        ("reality", FIRST, "box"),
        ("oracle", KnownAnswer(("basket", None), None, MINDS), None),
        # not offered: "does not know" where that is offered
        ("reality", KnownAnswer(("basket", None), "basket", MINDS), None),
        ("oracle", KnownAnswer(("drawer",), "basket", MINDS), "drawer"),
        # no mind is asked about: the honest choice
        ("reality", KnownAnswer(("marble at basket", ""), "marble at basket", {}), "marble at basket"),
    ],
)
def test_what_a_control_chooses(name: str, known: KnownAnswer, value: str | None) -> None:
    assert chosen(name, known) == value


def test_scores_are_a_distribution_over_the_options() -> None:
    reply = score("oracle", FIRST)
    assert [exp(x) for x in reply.logprobs] == pytest.approx([CONFIDENCE, 0.015, 0.015])
    assert reply.lengths == (1, 1, 1)
    assert score("oracle", KnownAnswer(("basket",), "basket", MINDS)).logprobs == (0.0,)
    twice = score("oracle", KnownAnswer(("basket", "basket", "box"), "basket", MINDS))
    assert [exp(x) for x in twice.logprobs] == pytest.approx([CONFIDENCE / 2, CONFIDENCE / 2, 0.03])


def test_a_guess_is_by_value_and_the_same_in_all_variants() -> None:
    values = ("basket", "box", None)
    for probe in range(40):
        picks = set()
        for mirror in range(2):
            for rotation in range(3):
                turned = KnownAnswer(values[rotation:] + values[:rotation], "basket", MINDS)
                picks.add(chosen("guess", turned, f"p{probe}#{mirror}.{rotation}"))
        assert len(picks) == 1


def test_guesses_are_uniform_and_hang_on_seed_and_label() -> None:
    picks = [chosen("guess", FIRST, f"p{i}#0.0") for i in range(900)]
    assert all(abs(picks.count(value) - 300) < 60 for value in FIRST.values)  # 60: four standard deviations
    assert picks == [chosen("guess", FIRST, f"p{i}#0.0") for i in range(900)]
    assert picks != [chosen("guess", FIRST, f"p{i}#0.0", seed=8) for i in range(900)]


def test_a_value_that_is_not_offered_is_guessed_where_nobody_may_not_know() -> None:
    known = KnownAnswer(("basket", "drawer"), "basket", MINDS)
    assert {chosen("reality", known, f"p{i}") for i in range(30)} == {"basket", "drawer"}


LINES = ("It is in the basket.\nANNE: No.", "I do not know.")


@pytest.mark.parametrize("name", [*RULES, "leaky:0.5", "forgetful:1", "order-limited:2"])
def test_what_a_control_says(name: str) -> None:
    reply = generate(name, KnownAnswer(LINES, LINES[0], {}))
    allowed = {"It is in the basket.", LINES[1]} if name == "guess" else {"It is in the basket."}
    assert reply.text in allowed


def test_speech_ends_where_it_is_told_to() -> None:
    known = KnownAnswer(LINES, LINES[0], {})
    assert generate("oracle", known, stop=("ANNE:", "\n")) == Generated("It is in the basket.", "stop", 0.0, 5)
    assert generate("oracle", known, stop=()) == Generated(LINES[0], "end", 0.0, 7)
    assert generate("oracle", known, max_tokens=2) == Generated("It is", "length", 0.0, 2)
    assert generate("oracle", KnownAnswer((), None, {})) == Generated("", "end", 0.0, 0)


def test_a_control_is_a_language_model() -> None:
    model = control_stage("oracle", {"a": FIRST}, 3)
    assert isinstance(model, LanguageModel)
    assert (model.card.name, model.card.chat, model.card.noise) == ("control:oracle", True, 0.0)
    model.answer([Score(PROMPT, ("a", "b", "c"), "a")] * 2)
    assert model.usage == Usage(requests=2)


def test_the_key_may_be_filled_later() -> None:
    key: AnswerKey = {}
    model = control_stage("oracle", key, 0)
    with pytest.raises(ValueError, match=r"control:oracle has no answer for the request 'late'"):
        model.answer([Score(PROMPT, ("a", "b", "c"), "late")])
    key["late"] = FIRST
    assert len(model.answer([Score(PROMPT, ("a", "b", "c"), "late")])) == 1


def test_an_entry_that_does_not_fit_its_request_is_refused() -> None:
    model = control_stage("oracle", {"p": FIRST}, 0)
    with pytest.raises(ValueError, match="but its entry has"):
        model.answer([Score(PROMPT, ("a", "b"), "p")])


def test_an_unknown_control_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ModelError, match=r"'orcle': did you mean oracle\? There are: oracle, reality, guess"):
        control_stage("orcle", {}, 0)
    with pytest.raises(ModelError, match=r"'xyz'\. There are"):
        control_stage("xyz", {}, 0)


def test_names_and_rules_agree() -> None:
    assert set(CONTROLS) >= {"oracle", "reality", "guess"}
    assert all(rule.__doc__ for rule in RULES.values())
    assert all(made.__doc__ for _, made in PARAMETERS.values())


DEEP = KnownAnswer(
    ("basket", "box", "drawer", None),
    "basket",
    {"reality": "box", "sally": "basket", "anne": "drawer", "narrator": "box", "author": "box"},
    ("anne", "bob", "sally"),
    cast=("sally", "anne"),
    history=("basket", "basket", "box"),
    told=("basket", "drawer", "basket", "box"),
    texts=(" in the basket", " in the box", " at the drawer", " (not known)"),
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("egocentric", "drawer"),
        ("one-mind", "basket"),  # a tie, neither is so: the first of the cast
        ("first-place", "basket"),
        ("last-place", "box"),
        ("most-named", "basket"),
        ("innermost", "basket"),
        ("position-A", "basket"),
        ("word", "basket"),
        ("phrase", "drawer"),
        ("forgetful:1", "basket"),
        ("forgetful:0", None),
        ("order-limited:2", "box"),
        ("order-limited:3", "basket"),
        ("leaky:0", "basket"),
    ],
)
def test_a_planted_defect(name: str, value: str | None) -> None:
    assert chosen(name, DEEP) == value


def test_the_innermost_mind_of_a_chain() -> None:
    assert chosen("innermost", replace(DEEP, viewpoint=("sally", "anne"))) == "drawer"
    assert chosen("innermost", replace(DEEP, viewpoint=(), expected="box")) == "box"


def test_a_leak_is_another_minds_belief_and_as_frequent_as_planted() -> None:
    picks = [chosen("leaky:0.3", DEEP, f"p{i}#0.0") for i in range(1000)]
    assert set(picks) == {"basket", "box", "drawer"}
    assert abs(picks.count("basket") - 700) < 60  # four standard deviations
    assert abs(picks.count("box") - 150) < 46


def test_the_merged_mind_prefers_what_most_hold_then_what_is_so() -> None:
    minds = {"reality": "box", "sally": "basket", "anne": "box", "bob": "basket"}
    assert chosen("one-mind", KnownAnswer(("box", "basket"), "box", minds, (), ("sally", "anne", "bob"))) == "basket"
    assert chosen("one-mind", KnownAnswer(("box", "basket"), "basket", minds, (), ("sally", "anne"))) == "box"
    nobody = {"reality": "box", "sally": None}
    assert chosen("one-mind", KnownAnswer(("box", None), None, nobody, ("sally",), ("sally",))) == "box"


@pytest.mark.parametrize(
    ("history", "beats"), [(("a",), 0), (("a", "b"), 0), (("a", "a", "b", "a"), 1), ((None, None), 1)]
)
def test_the_age_of_a_belief(history: tuple[str | None, ...], beats: int) -> None:
    assert age(history) == beats


@pytest.mark.parametrize(
    "name", ["leaky", "leaky:", "leaky:1.5", "leaky:nan", "forgetful:-1", "forgetful:0.5", "order-limited:two"]
)
def test_a_number_that_makes_no_sense_is_refused(name: str) -> None:
    with pytest.raises(ModelError, match="wants a"):
        control_stage(name, {}, 0)
