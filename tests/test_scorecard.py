"""Measures recover what was planted, in scenes drawn at random and in the worked example of docs/measures.md."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from math import exp
from pathlib import Path
from random import Random

import pytest

from stage.controls import AnswerKey, KnownAnswer, control_stage
from stage.inference.requests import Score, Scored, Script
from stage.performing.transcript import Answer, Line, Transcript, Variant
from stage.scoring.intervals import NOTHING, Figure, proportion
from stage.scoring.scorecard import Scorecard, score
from stage.scoring.verdicts import minds_differ

DOCS = Path(__file__).parent.parent / "docs" / "measures.md"
NAMES = ("reality", "sally", "anne", "bob", "narrator", "author")
VALUES = ("basket", "box", "drawer", "shelf")
CHAINS = (
    (), ("sally",), ("anne",), ("bob",), ("narrator",), ("anne", "sally"), ("sally", "anne"), ("bob", "anne", "sally"),
)  # fmt: skip


def draw(random: Random, probes: int) -> list[Answer]:
    """Unanswered probes of some scene: all minds at random, own minds consistent with what is expected."""
    found = []
    for i in range(probes):
        options = (*VALUES[: random.choice([2, 3, 4])], None)
        minds = {name: random.choice(options) for name in NAMES} | {"reality": random.choice(options[:-1])}
        viewpoint = random.choice(CHAINS)
        own = random.choice(options) if len(viewpoint) > 1 else minds[viewpoint[0] if viewpoint else "reality"]
        voice = viewpoint[0] if viewpoint else "narrator"
        found.append(Answer(f"p{i}", i % 7, viewpoint, voice, "marble at", "Where is it?", options, own, minds))
    return found


def perform(control: str, probes: list[Answer], seed: int = 1) -> Transcript:
    """Every probe put to a control stage in two rotations, as the play does it."""
    key: AnswerKey = {}
    model = control_stage(control, key, seed)
    answers = []
    for probe in probes:
        n = len(probe.options)
        logprobs = [0.0] * n
        variants = []
        for rotation in range(2):
            values = probe.options[rotation:] + probe.options[:rotation]
            label = f"{probe.id}#0.{rotation}"
            key[label] = KnownAnswer(values, probe.expected, probe.minds, probe.viewpoint)
            [reply] = model.answer([Score(Script("?"), tuple("ABCDE"[:n]), label)])
            assert isinstance(reply, Scored)
            by_option = tuple(reply.logprobs[values.index(option)] for option in probe.options)
            variants.append(Variant(0, rotation, by_option, (1,) * n))
            logprobs = [a + b / 2 for a, b in zip(logprobs, by_option, strict=True)]
        total = sum(map(exp, logprobs))
        best, second = sorted(logprobs, reverse=True)[:2]
        answers.append(
            replace(
                probe, variants=tuple(variants), probabilities=tuple(exp(x) / total for x in logprobs),
                answer=probe.options[logprobs.index(best)], margin=best - second,
            )
        )  # fmt: skip
    return Transcript(answers=tuple(answers), cast=("sally", "anne", "bob"))


@pytest.mark.parametrize("seed", range(5))
def test_the_oracle_keeps_all_minds_apart(seed: int) -> None:
    card = score(perform("oracle", draw(Random(seed), 60)))
    assert card.accuracy.value == card.joint.value == card.separation.value == 1.0
    assert card.separation.high == 1.0
    assert card.separation_soft.value is not None
    assert 0.9 < card.separation_soft.value < 1.0
    assert all(row.shares["own"] == pytest.approx(1) for row in card.minds.values())
    assert card.undecided == card.unreadable == card.unanswerable == 0


@pytest.mark.parametrize("seed", range(5))
def test_reality_is_wrong_exactly_where_belief_is_not_so(seed: int) -> None:
    transcript = perform("reality", draw(Random(seed), 60))
    card = score(transcript)
    wrong = [v.outcome != "right" for v in card.verdicts]
    assert wrong == [a.expected != a.minds["reality"] for a in transcript.answers]
    assert all("reality" in v.matches for v in card.verdicts if v.outcome != "right")
    for order, parts in card.accuracy_by_belief.items():
        assert parts.get("true", NOTHING).value in (1.0, None)
        assert parts.get("false", NOTHING).value in (0.0, None), order
        assert parts.get("unknown", NOTHING).value in (0.0, None)


def test_guessing_is_not_taken_for_separation() -> None:
    """The 95 % intervals of about 95 % of guessers hold 0, and the values lie around it."""
    runs = 300
    cards = [score(perform("guess", draw(Random(seed), 50), seed)) for seed in range(runs)]
    for measure in ("separation", "separation_soft"):
        figures: list[Figure] = [getattr(card, measure) for card in cards]
        covering = sum(bool(figure.covers(0.0)) for figure in figures)
        assert 0.91 * runs <= covering <= 0.99 * runs
        values = [figure.value for figure in figures if figure.value is not None]
        assert len(values) == runs
        assert abs(sum(values) / runs) < 0.02  # standard error 0.0045


def test_the_shares_of_a_guesser_are_those_of_chance() -> None:
    probes = draw(Random(5), 4000)
    card = score(perform("guess", probes))
    assert set(card.minds) == {"narrator", "sally", "anne", "bob"}
    for row in card.minds.values():
        assert sum(row.shares.values()) == pytest.approx(1)
        assert sum(row.chance.values()) == pytest.approx(1)
        for mind, share in row.shares.items():
            assert share == pytest.approx(row.chance[mind], abs=0.05)


def test_figures_split_what_they_split() -> None:
    card = score(perform("guess", draw(Random(9), 200)))
    assert sum(f.n for f in card.accuracy_by_order.values()) == card.accuracy.n == 200
    assert sum(f.n for f in card.accuracy_by_voice.values()) == 200
    for order, figure in card.accuracy_by_order.items():
        assert sum(f.n for f in card.accuracy_by_belief[order].values()) == figure.n
    assert "false" not in card.accuracy_by_belief[0]
    assert list(card.accuracy_by_order) == [0, 1, 2, 3]


def test_an_empty_performance_has_no_figures() -> None:
    card = score(Transcript())
    figures = (card.accuracy, card.joint, card.separation, card.separation_soft, card.leaks, card.drift)
    assert set(figures) == {NOTHING}
    assert (card.chance, card.minds, card.bleed) == (None, {}, 0)


# ------------------------------------------------------------------------------------------- the example of the manual
MARBLE: dict[str, str | None] = {"reality": "box", "sally": "basket", "anne": "box", "narrator": "box", "author": "box"}


def example(
    probe: str, viewpoint: tuple[str, ...], voice: str, expected: str, given: str | None, mass: float
) -> Answer:
    rest = (1 - mass) / 2
    options = ("basket", "box", None)
    probabilities = tuple(mass if option == expected else rest for option in options)
    return Answer(
        probe, 4, viewpoint, voice, "marble at", "Where is the marble?", options, expected, MARBLE,
        probabilities=probabilities, answer=given, margin=1.0,
    )  # fmt: skip


ANSWERS = (
    example("a", (), "narrator", "box", "box", 0.70),
    example("b", ("sally",), "sally", "basket", "box", 0.30),
    example("c", ("anne",), "anne", "box", "box", 0.60),
    example("d", ("anne", "sally"), "anne", "basket", "basket", 0.50),
    example("e", ("sally", "anne"), "sally", "basket", None, 0.20),
    replace(example("f", ("narrator",), "narrator", "box", "box", 0.34), margin=0.01, beat=5),
)


def speech(beat: int, speaker: str, text: str, act: str = "") -> Line:
    known = {"sally": ("marble at basket",), "anne": ("marble at box",)}[speaker]
    return Line(beat, "speech", speaker, text, performed=True, act=act, known=known)


LINES = (
    Line(0, "event", None, "Anne moves the marble to the box.", ("anne",)),
    speech(2, "sally", "My marble is in the basket.", act="marble at basket"),
    speech(3, "anne", "Good morning!"),
    speech(4, "sally", "The marble is in the box.", act="marble at basket"),
    speech(4, "anne", "Oh dear.\nSALLY: What?"),
    Line(4, "thought", "anne", "The marble is in the basket.", performed=True),
)
EXAMPLE = Transcript(LINES, ANSWERS, ("sally", "anne"), 0.05, {}, {"marble at": ("basket", "box")}, {})


def test_the_worked_example_comes_out_as_the_manual_says() -> None:
    card = score(EXAMPLE)
    manual = DOCS.read_text(encoding="utf-8")
    figures = {
        "accuracy": card.accuracy,
        "accuracy_by_order 1": card.accuracy_by_order[1],
        "accuracy_by_belief 1 true": card.accuracy_by_belief[1]["true"],
        "accuracy_by_belief 1 false": card.accuracy_by_belief[1]["false"],
        "joint": card.joint,
        "separation": card.separation,
        "separation_soft": card.separation_soft,
        "leaks": card.leaks,
        "drift": card.drift,
    }
    for name, figure in figures.items():
        [row] = re.findall(rf"^\| `{name}` \| ([-.\d]+) \| (\d+) \| ([-.\d]+) \| ([-.\d]+) \|$", manual, re.MULTILINE)
        value, n, low, high = map(float, row)
        assert n == figure.n
        assert (value, low, high) == pytest.approx((figure.value, figure.low, figure.high), abs=0.0051), name
    columns = ("own", "reality", "narrator", "author", "sally", "anne", "none")
    for voice, whose in card.minds.items():
        for part, shares in (("answers", whose.shares), ("guessing", whose.chance)):
            cells = " | ".join(f"{shares.get(mind, 0):.3f}" for mind in columns)
            row = f"| {voice}, {part} | {whose.n} | {cells} |"
            assert row in manual, row
    assert f"undecided: {card.undecided}, unreadable: {card.unreadable}, bleed: {card.bleed}" in manual


def test_the_worked_example_by_hand() -> None:
    card = score(EXAMPLE)
    assert [v.mind for v in card.verdicts] == ["own", "reality|narrator|author|anne", "own", "own", "none", ""]
    assert card.accuracy == proportion(3, 5)
    assert card.chance == pytest.approx(1 / 3)
    assert card.separation.value == pytest.approx((3 / 5 - 1 / 3) / (2 / 3))
    assert card.separation_soft.value == pytest.approx((2.64 / 6 - 1 / 3) / (2 / 3))
    assert card.separation_soft.n == 6
    assert card.joint == proportion(0, 1)
    assert card.minds["sally"].shares == pytest.approx(
        {"own": 0, "reality": 1 / 8, "narrator": 1 / 8, "author": 1 / 8, "anne": 1 / 8, "sally": 0, "none": 1 / 2}
    )
    assert [(f.line, f.kind) for f in card.findings] == [(3, "leak"), (3, "drift"), (4, "bleed")]
    assert (card.leaks, card.drift, card.bleed, card.lines) == (proportion(1, 4), proportion(1, 4), 1, 4)


def changed(**changes: object) -> Scorecard:
    """The scorecard of the example with its first answer changed."""
    return score(replace(EXAMPLE, answers=(replace(ANSWERS[0], **changes), *ANSWERS[1:])))  # type: ignore[arg-type]


def test_undecided_and_unreadable_are_neither_right_nor_wrong() -> None:
    undecided, unreadable = changed(margin=0.0), changed(readable=False)
    assert undecided.accuracy == unreadable.accuracy == proportion(2, 4)
    assert (undecided.undecided, undecided.unreadable) == (2, 0)
    assert (unreadable.undecided, unreadable.unreadable) == (1, 1)
    assert (undecided.separation_soft.n, unreadable.separation_soft.n) == (6, 5)
    assert undecided.joint == unreadable.joint == NOTHING


def test_probes_that_cannot_be_answered_rightly_are_left_out() -> None:
    card = changed(options=("basket", None))
    assert (card.unanswerable, card.accuracy, card.probes) == (1, proportion(2, 4), 6)


def test_probes_on_which_all_minds_agree_do_not_tell_them_apart() -> None:
    agreed = changed(minds=dict.fromkeys(MARBLE, "box"))
    assert agreed.accuracy.n == 5
    assert agreed.separation.n == 4
    assert not minds_differ(replace(ANSWERS[0], minds=dict.fromkeys(MARBLE, "box")))


def test_without_probabilities_there_is_no_soft_figure_of_that_answer() -> None:
    assert changed(probabilities=()).separation_soft.n == 5


def test_believing_nothing_is_not_a_false_belief() -> None:
    card = changed(viewpoint=("bob",), expected=None, answer=None, minds={**MARBLE, "bob": None})
    assert {k: f.n for k, f in card.accuracy_by_belief[1].items()} == {"false": 1, "true": 1, "unknown": 1}


def test_a_scorecard_is_json() -> None:
    plain = score(EXAMPLE).to_json()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["separation"] == {"value": pytest.approx(0.4), "n": 5, "low": plain["separation"]["low"],
                                   "high": plain["separation"]["high"]}  # fmt: skip
    assert set(plain["accuracy_by_order"]) == {"0", "1", "2"}
    assert plain["minds"]["sally"]["n"] == 2
    assert "verdicts" not in plain
