"""What an answer must not hang on: each is varied by design, found by the measure where it matters, and cancelled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import log
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_cli import stage
from test_record import manifest

from stage.controls import control_stage
from stage.course import unfold
from stage.errors import UsageError
from stage.inference.requests import LanguageModel, ModelCard, Reply, Request, Score, Scored, Usage
from stage.performing.play import perform
from stage.performing.settings import Settings
from stage.performing.transcript import Answer, Transcript, Variant
from stage.performing.variations import MOST_NAMINGS, surroundings
from stage.questions.answer_key import AnswerKey
from stage.questions.exchange import Exchange
from stage.questions.phrasing import PHRASINGS, Question, phrased, phrasings
from stage.records.manifest import Manifest
from stage.records.record import read_run
from stage.report.text import NUISANCES
from stage.resources import scenarios_folder
from stage.roles.prompts import as_text
from stage.scenes.scene import ProbePlan
from stage.scenes.yaml_reader import load, loads
from stage.scoring.constancy import VARIED, Varied
from stage.scoring.intervals import NOTHING
from stage.scoring.nuisances import averaged, nuisance
from stage.scoring.scorecard import Scorecard, score
from stage.suites.recovery import Unwatched
from stage.world.facts import Fluent

SALLY = scenarios_folder() / "sally_anne.yaml"
ALL = Settings(paraphrases=4, namings=2, layouts=True, shift_story=True)
OVER = {
    "rotation": "over_order", "mirror": "over_words", "names": "over_names", "form": "over_form", "person": "over_person",
    "layout": "over_layout", "story": "over_story",
}  # fmt: skip


@dataclass
class Liking:
    """A model that answers by one thing that it likes about a prompt and its options, and by nothing else."""

    what: Varied
    card: ModelCard = field(default_factory=lambda: ModelCard("liking"))
    usage: Usage = field(default_factory=Usage)

    def answer(self, requests: Sequence[Request]) -> list[Reply]:
        return [self._reply(r) for r in requests if isinstance(r, Score)]

    def _reply(self, request: Score) -> Scored:
        text = as_text(request.prompt)
        words = sorted(request.options)  # " in the basket", " in the box"
        put_there = min(words, key=lambda o: len(text.partition(f"puts the marble{o}")[0]))  # the first to be told
        other = next(o for o in words if o != put_there)
        chosen = put_there if self._finds(text) else other
        if self.what in ("rotation", "mirror"):
            chosen = request.options[0] if self.what == "rotation" else words[0]
        return Scored(tuple(0.0 if o == chosen else -3.0 for o in request.options), (1,) * len(request.options))

    def _finds(self, text: str) -> bool:
        """Whether the prompt is of one kind."""
        begun = text.rpartition("[assistant]")[2]
        return {
            "names": "Sally leaves the kitchen" in text,
            "form": "Complete this sentence" in text,
            "person": begun.strip().startswith(("I ", "As far as I ")),
            "story": text.find("About this evening") < text.index("What happened"),
            "layout": min(text.find(f"You are {n}.") % 10**6 for n in ("Sally", "Anne")) < text.index("What happened"),
        }.get(self.what, True)


def scored(model: LanguageModel, settings: Settings = ALL) -> Scorecard:
    return score(acted(model, settings))


def acted(model: LanguageModel, settings: Settings = ALL) -> Transcript:
    scene = load(SALLY)
    asked = ProbePlan((4,), minds=scene.setting.people, orders=(1, 2))
    return perform(replace(scene, beats=scene.beats[:-1], probes=(asked,)), model, settings, Unwatched())


@pytest.mark.parametrize("liked", VARIED)
def test_what_a_model_goes_by_shows_in_that_figure_and_in_no_other(liked: Varied) -> None:
    found = scored(Liking(liked)).constancy
    figures = {name: getattr(found, attribute).value for name, attribute in OVER.items()}
    assert figures[liked] is not None
    assert figures[liked] < 1
    assert all(figures[name] == 1 for name in VARIED if name != liked)


@pytest.mark.parametrize("liked", ["rotation", "mirror", "names", "layout", "story"])
def test_what_a_model_goes_by_is_gone_from_the_score_once_it_is_varied(liked: Varied) -> None:
    soft = scored(Liking(liked)).separation_soft.value
    assert soft == pytest.approx(0, abs=1e-9)


def test_it_matters_as_long_as_it_is_not_varied() -> None:
    """A model that answers by whether Sally is called Sally."""
    alone = scored(Liking("names"), Settings(mirrors=True))
    assert abs(alone.separation_soft.value or 0) > 0.05


def test_a_liking_for_words_is_gone_where_every_option_has_a_mirror() -> None:
    """ "Does not know" has none: a stage that never says it is off 0 wherever it is offered, and 0 elsewhere."""
    answers: list[Answer] = []
    for name in ("sally_anne", "newcomer", "whisper", "letter"):
        key: AnswerKey = {}
        model = control_stage("word", key, 0)
        answers += perform(load(scenarios_folder() / f"{name}.yaml"), model, Settings(), Unwatched(), key).answers
    found = score(Transcript(answers=tuple(answers)))
    assert found.separation_mirrored.value == pytest.approx(0, abs=1e-9)
    assert 0 < found.separation_mirrored.n < found.separation_soft.n
    assert abs(found.separation_soft.value or 0) > 0.01


@pytest.mark.parametrize("viewpoint", [(), ("sally",), ("anne", "sally"), ("anne", "sally", "anne")])
def test_every_kind_of_question_has_four_forms_and_two_persons(viewpoint: tuple[str, ...]) -> None:
    course = unfold(load(SALLY))
    fluent = Fluent("marble", "at")
    question = Question(viewpoint, fluent, viewpoint[0] if viewpoint else "author")
    found = [phrased(course.wording, question, p, ("basket", "box")) for p in PHRASINGS]
    assert len({f.asked for f in found}) == 8
    assert all("in the basket or in the box" in f.asked for f in found)
    assert all(f.begun.lower().endswith("the marble is") for f in found)
    for phrasing, told in zip(PHRASINGS, found, strict=True):
        words = re.findall(r"\w+", f"{told.asked} {told.begun}".lower())
        if phrasing.person == "third":
            assert not {"you", "i"} & set(words)
        for name in viewpoint[1:2]:
            assert name in words


def test_an_author_s_own_words_stay() -> None:
    course = unfold(load(SALLY))
    fluent = Fluent("marble", "at")
    question = Question(("sally",), fluent, "sally", "Where will you look first?")
    assert [p.person for p in phrasings(question, 8)] == ["first"] * 4
    for phrasing in phrasings(question, 8):
        assert "ill you look first?" in phrased(course.wording, question, phrasing, ("basket", "box")).asked


@pytest.mark.parametrize("count", [0, 9, -1])
def test_there_are_one_to_eight_paraphrases(count: int) -> None:
    with pytest.raises(UsageError, match=f"{count} paraphrases; there are 1 to 8"):
        Settings(paraphrases=count)


def test_everything_is_combined_with_everything() -> None:
    for answer in acted(Liking("mirror")).answers:
        kinds = [tuple(getattr(v, name) for name in VARIED) for v in answer.variants]
        assert len(set(kinds)) == len(kinds) == 2 * 2 * 2 * 4 * 2 * 2
        assert all(v.prompt for v in answer.variants)


def test_names_are_exchanged_in_the_prompt_and_in_the_options() -> None:
    exchange = Exchange((("basket", "box"),), 1, Exchange((("Sally", "Anne"),), 1))
    assert exchange.text("SALLY: the Basket of Sally's, by Anne") == "ANNE: the Box of Anne's, by Sally"


@given(st.text(max_size=60))
def test_exchanging_two_names_twice_changes_nothing(text: str) -> None:
    exchange = Exchange((("Sally", "Anne"),), 1)
    told = f"{text} Sally and ANNE, Sally's"
    assert exchange.text(exchange.text(told)) == told or re.search("sally|anne", text, re.IGNORECASE)


def forms(*right: float, mirror: int = 0) -> list[Variant]:
    """A question of two options in forms in which the first has this probability."""
    return [Variant(mirror, 0, (log(p), log(1 - p)), (1, 1), form=i) for i, p in enumerate(right)]


def asked(*variants: Variant) -> Answer:
    minds: dict[str, str | None] = {"reality": "box"}
    return Answer("q", 1, ("sally",), "sally", "marble at", "Where?", ("box", "basket"), "box", minds, variants)


def test_a_nuisance_by_hand() -> None:
    """Of six pairs of forms with 0.8, 0.8, 0.2, 0.2 four change the answer and move it by 0.6. Of the three ways to halve
    them one leaves 0.6, and two nothing: the mean log-odds of 0.8 and 0.2 is 0."""
    found = nuisance([asked(*forms(0.8, 0.8, 0.2, 0.2))], "form")
    assert found.changed.value == pytest.approx(4 / 6)
    assert found.moved.value == pytest.approx(0.4)
    assert found.left.value == pytest.approx(0.2)
    assert nuisance([asked(*forms(0.8, 0.2))], "form").left == NOTHING
    assert nuisance([asked(*forms(0.8, 0.2))], "names").changed == NOTHING


def test_what_hangs_on_form_and_word_together_goes_with_the_words() -> None:
    """Each form pulls to another word: in the mean over mirrors nothing is left of either."""
    answer = asked(*forms(0.8, 0.2), *forms(0.2, 0.8, mirror=1))
    assert nuisance([answer], "form").moved.value == pytest.approx(0.6)
    assert nuisance([averaged(answer, ["mirror"])], "form").moved.value == pytest.approx(0)


THREE = """
cast: {sally: {at: hut}, anne: {at: hut}, bob: {at: hut}}
places: [hut]
things: {basket: {at: hut, container: true}, box: {at: hut, container: true}, marble: {at: sally}}
beats:
  - {put: marble, in: basket, by: sally}
probes:
  - {about: [marble at], orders: 1, minds: [sally, anne, bob]}
"""


@dataclass
class ByName(Liking):
    """A model that leans to the basket, more or less by the name of the role, and goes by nothing else."""

    def _reply(self, request: Score) -> Scored:
        name = re.search(r"You are (\w+)\.", as_text(request.prompt))
        lean = {"Sally": 2.0, "Anne": 1.0, "Bob": -0.5}[name.group(1)] if name else 0.0
        return Scored(tuple(lean if "basket" in o else 0.0 for o in request.options), (1,) * len(request.options))


@pytest.mark.parametrize(("namings", "is_gone"), [(1, False), (2, False), (3, True), (4, True)])
def test_a_liking_for_a_name_is_the_same_for_everybody_once_each_has_had_each_name(namings: int, is_gone: bool) -> None:
    answers = perform(loads(THREE), ByName("names"), Settings(mirrors=False, namings=namings), Unwatched()).answers
    leads = [a.probabilities[a.options.index("basket")] for a in answers if a.order == 1]
    assert len(leads) == 3
    assert (max(leads) - min(leads) < 1e-12) is is_gone
    assert {v.names for a in answers for v in a.variants} == set(range(min(namings, 3)))


def test_a_cast_of_four_has_four_namings_in_which_each_name_is_once_each_one_s() -> None:
    text = THREE.replace("bob: {at: hut}", "bob: {at: hut}, eve: {at: hut}")
    course = unfold(loads(text))
    found = surroundings(course, ("basket", "box"), Settings(mirrors=False, namings=MOST_NAMINGS))
    called = [s.exchange.text("Sally Anne Bob Eve").split() for s in found]
    assert all(len({names[place] for names in called}) == 4 for place in range(4))
    assert all(len(set(names)) == 4 for names in called)


RENAMED = {"sally": "zoe", "anne": "ivan"}


def renamed() -> str:
    text = SALLY.read_text()
    for old, new in RENAMED.items():
        text = text.replace(old, new).replace(old.title(), new.title())
    return text


def test_the_card_of_the_oracle_does_not_change_with_the_names() -> None:
    def card(text: str) -> Scorecard:
        key: AnswerKey = {}
        return score(perform(loads(text), control_stage("oracle", key, 0), Settings(), Unwatched(), key))

    one, other = card(SALLY.read_text()), card(renamed())
    assert (one.separation, one.separation_soft, one.told_apart, one.constancy, one.calibration) == (
        other.separation, other.separation_soft, other.told_apart, other.constancy, other.calibration,
    )  # fmt: skip
    assert one.accuracy_by_belief == other.accuracy_by_belief


@pytest.mark.parametrize("control", ["guess", "leaky:0.4", "egocentric"])
def test_the_card_of_a_control_stays_within_its_interval_when_people_are_renamed(control: str) -> None:
    def card(text: str) -> Scorecard:
        key: AnswerKey = {}
        return score(perform(loads(text), control_stage(control, key, 3), Settings(), Unwatched(), key))

    one, other = card(SALLY.read_text()).separation, card(renamed()).separation
    assert one.low is not None
    assert other.high is not None
    assert one.low <= (other.high or 0)
    assert (other.low or 0) <= (one.high or 0)


def test_a_run_says_how_it_was_varied_and_an_older_one_did_not(tmp_path: Path) -> None:
    done = stage(
        "run", "sally_anne", "-m", "control:oracle", "--paraphrases", "4", "--permute-names", "--layouts",
        "--shift-story", "--out",
        tmp_path / "run", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    made = read_run(tmp_path / "run").manifest
    assert (made.paraphrases, made.namings, made.layouts, made.shift_story) == (4, 4, True, True)
    constancy = done.document["scores"]["constancy"]
    assert {constancy[name]["value"] for name in OVER.values()} == {1.0}
    shown = stage("score", tmp_path / "run").out
    assert all(f"\n{told} " in shown for told in NUISANCES.values())
    assert (
        "order of the options" not in stage("run", "sally_anne", "-m", "control:oracle", "--out", tmp_path / "as").out
    )
    assert score(read_run(tmp_path / "run").transcript).constancy.by_varied.keys() == NUISANCES.keys() == set(VARIED)
    plain = stage("score", tmp_path / "as", "--json").document
    assert {plain["scores"]["constancy"][name]["n"] for name in ("over_form", "over_person", "over_names")} == {0}
    assert stage("run", "sally_anne", "-m", "control:oracle", "--paraphrases", "9", "--runs", tmp_path).code == 2
    refused = stage("run", "--resume", tmp_path / "run", "--shift-story")
    assert (refused.code, "leave out: shift_story" in refused.err) == (2, True)


def test_a_manifest_of_a_version_that_permuted_names_once_says_two_namings() -> None:
    made = manifest().model_dump()
    del made["namings"]
    assert Manifest.model_validate({**made, "permute_names": True}).namings == 2
    assert Manifest.model_validate({**made, "permute_names": False}).namings == 1
