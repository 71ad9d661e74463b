"""Aids: they help with what the asked role itself holds, in every context, and betray nothing of the question."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from test_cli import stage
from test_play import HEAD, Puppet
from test_views import confidences, told_course

from stage.controls import control_stage
from stage.course import Course, chains, unfold
from stage.errors import UsageError
from stage.inference.requests import Chat, Generate, Score, Script
from stage.performing.audiences import Unwatched
from stage.performing.play import perform
from stage.performing.settings import Settings
from stage.questions.answer_key import AnswerKey
from stage.report.text import aid_in_words
from stage.resources import scenarios_folder
from stage.roles.aids import Aid, beliefs_in_words
from stage.roles.prompts import as_text
from stage.roles.views import Context
from stage.scenes.yaml_reader import load, loads
from stage.scoring.aided import Aided
from stage.scoring.pooled import pooled
from stage.scoring.scorecard import score
from stage.world.facts import Fluent, Known
from tests.worlds import Play, plays

MOVED = (
    HEAD
    + """
beats:
  - {leave: sally, to: garden}
  - {put: marble, in: box, by: anne}
probes:
  - {about: [marble at], minds: [sally, anne], orders: 2, after: 2}
"""
)
SHARED = Context("shared")


@dataclass
class Noted(Unwatched):
    """An audience that keeps the prompts."""

    prompts: list[str] = field(default_factory=list)

    def prompt(self, digest: str, text: str) -> None:
        self.prompts.append(text)


def played(aid: Aid, context: Context = SHARED, text: str = MOVED) -> tuple[Puppet, Noted, list[str]]:
    """A scene performed by a puppet: what it was asked, the recorded prompts, and what each variant keeps as aid."""
    puppet, noted = Puppet(words="Marble in basket, I say."), Noted()
    transcript = perform(loads(text), puppet, Settings(context=context, aid=aid), noted)
    return puppet, noted, [v.aid for a in transcript.answers for v in a.variants]


def test_there_are_four() -> None:
    assert [Aid.parse(a) for a in ("none", "perspective", "graph", "think")] == list(Aid)
    with pytest.raises(UsageError, match="no aid 'hints'; there is none, perspective, graph, think"):
        Aid.parse("hints")


def test_a_graph_in_words_says_what_is_believed_at_every_viewpoint() -> None:
    course = unfold(loads(MOVED))
    assert beliefs_in_words(course, "anne", course.minds.now, 2) == [
        "You believe that the marble is in the box.",
        "You believe that Sally believes that the marble is in the basket.",
        "You believe that Bob believes that the marble is in the basket.",
    ]
    assert beliefs_in_words(course, "sally", course.minds.now, 1) == ["You believe that the marble is in the basket."]


UNSETTLED = """
cast: {anne: {at: kitchen}, bob: {at: kitchen}}
places: [kitchen]
things: {jar: {at: kitchen, container: true}, box: {at: kitchen, container: true}, tin: {at: kitchen, container: true}, key: {at: tin}}
facts: {key at: [jar, box, tin]}
beats:
  - {look: jar, by: anne}
  - {look: box, by: bob}
"""


def test_a_graph_in_words_says_what_is_unsettled_too() -> None:
    course = unfold(loads(UNSETTLED))
    told = beliefs_in_words(course, "anne", course.minds.now, 2)
    assert told[0] == "You believe that the key is in the box or in the tin, not knowing which."
    assert told[1].startswith("You believe that Bob ")


@settings(max_examples=40)
@given(confidences())
def test_a_graph_in_words_holds_no_value_that_its_role_never_heard(confidence: tuple[Course, dict[str, int]]) -> None:
    course, told = confidence
    for role in ("anne", "bob", "carl"):
        words = " ".join(beliefs_in_words(course, role, course.minds.now, 3))
        noticed = {e.time for e in course.world((role,)).noticed()}
        heard = {v for v, time in told.items() if time in noticed}
        assert {v for v in told if v in words} <= heard
        belief = course.world((role,)).belief(Fluent("code", "is"))
        assert not isinstance(belief, Known) or belief.value in words


@settings(max_examples=25)
@given(plays())
def test_a_graph_in_words_says_all_that_its_role_believes(play: Play) -> None:
    """Every belief at every viewpoint of the role's stands in it."""
    course = told_course(play)
    for role in play.setting.people:
        words = beliefs_in_words(course, role, course.minds.now, 2)
        known = [n for n in play.setting.people if course.world((role, n)).noticed()]
        for viewpoint in [v for order in (1, 2) for v in chains((*known, role), order) if v[0] == role]:
            for fluent, held in course.world(viewpoint).beliefs().items():
                if course.is_story(fluent) and len(play.setting.range_of(fluent)) > 1:
                    assert course.wording.held(viewpoint, fluent, held.belief) in words


def test_a_graph_tells_the_same_whatever_is_asked_of_a_role() -> None:
    puppet, _, said = played(Aid.GRAPH)
    told: dict[str, set[str]] = {}
    for request in puppet.asked:
        assert isinstance(request, Score)
        assert isinstance(request.prompt, Chat)
        user = request.prompt.messages[-1].content
        reminder = user[user.index("What you believe now:") : user.index("Question:")]
        who = next((n for n in ("sally", "anne") if f"You are {n.title()}." in user), "author")
        mirror = "in the box." in user[user.index("puts") :].partition("\n")[0]  # where Anne puts it
        told.setdefault(f"{who} {mirror}", set()).add(reminder)
    assert set(told) == {f"{who} {mirror}" for who in ("sally", "anne", "author") for mirror in (True, False)}
    assert all(len(reminders) == 1 for reminders in told.values())
    assert "box" not in told["sally True"].pop()  # in a shared context too: what Sally is told is hers
    assert set(said) == {""}


@pytest.mark.parametrize("aid", [Aid.PERSPECTIVE, Aid.THINK])
@pytest.mark.parametrize("context", [Context(), SHARED], ids=str)
def test_what_is_said_first_leads_on_to_the_question(aid: Aid, context: Context) -> None:
    puppet, noted, said = played(aid, context)
    first = [r for r in puppet.asked if isinstance(r, Generate)]
    asked = [r for r in puppet.asked if isinstance(r, Score)]
    assert len({r.prompt for r in first}) == len(first)
    openings = set()
    for request in first:
        assert isinstance(request.prompt, Chat)
        assert request.max_tokens <= 60
        assert "Answer with one of" not in as_text(request.prompt)  # the order of the options is not seen
        openings.add(request.prompt.messages)
    for request in asked:
        assert isinstance(request.prompt, Chat)
        *before, reply, question = request.prompt.messages
        assert tuple(before) in openings
        assert (reply.role, question.role) == ("assistant", "user")
        assert reply.content.endswith("Marble in basket, I say.")  # said in this mirror, so not exchanged again
        assert question.content.startswith("Question:")
        assert as_text(request.prompt) in noted.prompts
    assert set(said) == {"Marble in basket, I say."}


def test_what_is_said_first_is_drawn_by_the_seed_alike_in_all_mirrors() -> None:
    def seeds(seed: int) -> list[int]:
        puppet = Puppet()
        perform(loads(MOVED), puppet, Settings(seed, aid=Aid.THINK), Unwatched())
        return [r.seed for r in puppet.asked if isinstance(r, Generate)]

    assert seeds(1) == seeds(1) != seeds(2)
    assert len(seeds(1)) == 2 * len(set(seeds(1)))


def test_one_perspective_serves_all_questions_of_a_viewpoint() -> None:
    puppet, _, _ = played(Aid.PERSPECTIVE)
    asked = [as_text(r.prompt) for r in puppet.asked if isinstance(r, Generate)]
    assert (
        sum("What did you notice of all this?" in a for a in asked) == 6
    )  # the author, Sally and Anne, each in two mirrors
    assert sum("What did Anne notice of all this?" in a for a in asked) == 2
    assert sum("What did Sally notice of all this?" in a for a in asked) == 2


def test_an_aid_in_a_script_is_an_aside() -> None:
    puppet, _, _ = played(Aid.THINK, text="format: script\n" + MOVED)
    score = next(r for r in puppet.asked if isinstance(r, Score) and "You are Sally." in as_text(r.prompt))
    assert isinstance(score.prompt, Script)
    thought = score.prompt.text.index("SALLY: Marble in basket, I say.")
    assert score.prompt.text.index("Think about it first") < thought < score.prompt.text.index("Answer with one of")
    graph, _, _ = played(Aid.GRAPH, text="format: script\n" + MOVED)
    assert isinstance(graph.asked[0].prompt, Script)
    assert "[What you believe now:" in graph.asked[0].prompt.text


@pytest.mark.parametrize("aid", Aid)
def test_nothing_begun_for_the_stage_ends_in_a_blank(aid: Aid) -> None:
    """Tokens begin with the blank before a word: after one a small model ends the line and has said nothing."""
    puppet, _, _ = played(aid)
    begun = [r.prompt.begun for r in puppet.asked if isinstance(r.prompt, Chat)]
    assert begun
    assert begun == [b.rstrip() for b in begun]


@pytest.mark.parametrize("aid", Aid)
def test_the_oracle_needs_no_aid_and_is_right_under_each(aid: Aid) -> None:
    for name in ("sally_anne", "base_model", "newcomer", "authors_secret"):
        key: AnswerKey = {}
        scene = load(scenarios_folder() / f"{name}.yaml")
        transcript = perform(scene, control_stage("oracle", key, 0), Settings(aid=aid), Unwatched(), key)
        assert all(a.answer == a.expected for a in transcript.answers)
        assert transcript.answers


@pytest.mark.parametrize(("words", "empty"), [("", 1.0), ("Marble in basket, I say.", 0.0)])
def test_an_aid_that_comes_to_nothing_is_counted(words: str, empty: float) -> None:
    settings = Settings(context=SHARED, aid=Aid.THINK)
    transcript = perform(loads(MOVED), Puppet(words=words), settings, Unwatched())
    found = score(transcript).aided
    surroundings = {(a.id, a.beat, v.mirror) for a in transcript.answers for v in a.variants}
    assert found.of == len(surroundings) > len(transcript.answers)
    assert found.empty == empty * found.of
    assert pooled([transcript, transcript]).aided == Aided(2 * found.empty, 2 * found.of)
    assert aid_in_words(found) == f", aid empty in {found.empty} of {found.of}"


def test_where_no_aid_is_worded_none_is_empty() -> None:
    for aid in (Aid.NONE, Aid.GRAPH):
        transcript = perform(loads(MOVED), Puppet(words=""), Settings(context=SHARED, aid=aid), Unwatched())
        assert score(transcript).aided == Aided(0, 0)
    assert aid_in_words(Aided(0, 0)) == ""


def test_a_run_knows_its_aid_when_it_is_scored_again(tmp_path: Path) -> None:
    made = stage("run", "sally_anne", "-m", "control:oracle", "--aid", "think", "--out", tmp_path / "run", "--json")
    again = stage("score", tmp_path / "run", "--json")
    assert made.document["scores"]["aided"] == again.document["scores"]["aided"]
    assert made.document["scores"]["aided"]["of"] > 0
    assert "aid empty in 0 of" in stage("score", tmp_path / "run").out
