"""The performance: what is chosen happens, what is worded is heard, and what cannot happen is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from stage.course import Course
from stage.inference.requests import (
    Generate,
    Generated,
    LanguageModel,
    ModelCard,
    Reply,
    Request,
    Score,
    Scored,
    Usage,
)
from stage.performing.past import Past
from stage.performing.play import perform
from stage.performing.settings import Settings
from stage.performing.transcript import Answer, Line, Made, Transcript
from stage.roles.prompts import as_text
from stage.roles.replies import before_repeat
from stage.scenes.yaml_reader import loads
from stage.world.facts import Fluent

MARBLE = Fluent("marble", "at")
HEAD = """
cast: {sally: {at: kitchen}, anne: {at: kitchen}, bob: {at: garden}}
places: [kitchen, garden]
things: {basket: {at: kitchen, container: true}, box: {at: kitchen, container: true}, marble: {at: basket}}
facts: {marble at: [basket, box]}
common: [marble at basket]
"""


@dataclass
class Puppet:
    """A model that says what it is told to: the option that holds ``wish``, and ``words``."""

    wish: str = ""
    words: str = "Hello there."
    asked: list[Request] = field(default_factory=list)
    card: ModelCard = field(default_factory=lambda: ModelCard("puppet"))
    usage: Usage = field(default_factory=Usage)

    def answer(self, requests: Sequence[Request]) -> list[Reply]:
        self.asked += requests
        return [self._reply(r) for r in requests]

    def _reply(self, request: Request) -> Reply:
        match request:
            case Score(_, options):
                likes = [0.0 if self.wish and self.wish in o else -30.0 for o in options]
                return Scored(tuple(likes), tuple(1 for _ in options))
            case Generate(grammar=str(grammar)):
                choices = [c.strip().strip('"') for c in grammar.removeprefix("root ::= ").split(" | ")]
                return Generated(next(c for c in choices if self.wish in c), "end", 0.0, 1)
            case Generate():
                return Generated(self.words, "stop", 0.0, 1)


class Stalls:
    """An audience that remembers."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.chosen: list[Made] = []

    def made(self, made: Made) -> None:
        self.chosen.append(made)
        self.seen.append(f"made {made.beat}")

    def line(self, line: Line) -> None:
        self.seen.append(f"line {line.beat}")

    def prompt(self, digest: str, text: str) -> None:
        self.seen.append("prompt")

    def answer(self, answer: Answer) -> None:
        self.seen.append(f"answer {answer.beat}")

    def beat_ended(self, number: int) -> None:
        self.seen.append(f"end {number}")


def played(beats: str, model: LanguageModel, probes: str = "[]") -> tuple[Transcript, Stalls]:
    stalls = Stalls()
    scene = loads(f"{HEAD}beats:{beats}\nprobes: {probes}")
    return perform(scene, model, Settings(), stalls), stalls


ASKED = "[{ask: 'anne: marble at'}, {ask: 'anne>sally: marble at'}, {ask: 'sally: marble at'}, {ask: 'bob: marble at'}]"


def expected(transcript: Transcript) -> dict[str, str | None]:
    return {">".join(a.viewpoint): a.expected for a in transcript.answers}


def test_the_act_changes_minds_whatever_the_words() -> None:
    puppet = Puppet("says that the marble is in the box", "What a lovely day.")
    transcript, _ = played(
        "\n  - {put: marble, in: box, by: anne, secretly: true}\n  - {speak: sally, to: anne, about: [marble at]}",
        puppet,
        ASKED,
    )
    line = transcript.lines[-1]
    assert (line.kind, line.text, line.act) == ("speech", "What a lovely day.", "marble at box")
    assert line.audience == ("sally", "anne")
    assert expected(transcript) == {"anne": "box", "anne>sally": "box", "sally": "basket", "bob": "basket"}


def test_saying_nothing_of_facts_changes_no_mind_though_the_words_name_one() -> None:
    transcript, _ = played(
        "\n  - {speak: sally, to: anne, about: [marble at]}", Puppet("speaks of other", "It is in the box!"), ASKED
    )
    assert transcript.lines[-1].act == ""
    assert set(expected(transcript).values()) == {"basket"}


def test_words_are_heard_by_those_present_and_by_nobody_else() -> None:
    puppet = Puppet("speaks of other", "Cuckoo.")
    played("\n  - {speak: sally, to: anne}\n  - {think: anne}\n  - {think: bob}", puppet)
    prompts = {r.label.split("/")[1]: as_text(r.prompt) for r in puppet.asked if r.label.startswith("think")}
    assert "Cuckoo." in prompts["2"]
    assert "Cuckoo." not in prompts["3"]


def test_a_question_is_put_to_somebody_and_a_line_names_whom_it_is_said_to() -> None:
    puppet = Puppet("asks", "Where is it?")
    transcript, _ = played("\n  - {speak: sally, to: anne, about: [marble at]}\n  - {think: anne}", puppet)
    assert next(line for line in transcript.lines if line.kind == "speech").to == ("anne",)
    prompts = [as_text(r.prompt) for r in puppet.asked if r.label.startswith("think")]
    assert 'Sally asks Anne: "Where is it?"' in prompts[0]


def test_a_record_that_does_not_name_whom_lines_are_said_to_is_played_again() -> None:
    beats = "\n  - {speak: sally, to: anne, about: [marble at]}"
    told, stalls = played(beats, Puppet("speaks of other", "Well."))
    past = Past(1, tuple(stalls.chosen), tuple(replace(line, to=()) for line in told.lines))
    again = perform(loads(f"{HEAD}beats:{beats}\nprobes: []"), Puppet(), Settings(), Stalls(), past=past)
    assert [(line.text, line.to) for line in again.lines] == [(line.text, line.to) for line in told.lines]


def test_a_thought_stays_with_its_thinker() -> None:
    puppet = Puppet("waits", "Nobody must know.")
    played("\n  - {think: sally}\n  - {think: anne}\n  - {think: sally}", puppet)
    prompts = {r.label.split("/")[1]: as_text(r.prompt) for r in puppet.asked if r.label.startswith("think")}
    assert "Nobody must know." not in prompts["2"]
    assert "Nobody must know." in prompts["3"]


def test_a_move_that_fails_shows_what_it_shows() -> None:
    beats = "\n  - {leave: sally, to: garden}\n  - {put: marble, in: box, by: anne}\n  - {enter: sally, to: kitchen}\n  - {act: sally}"
    transcript, _ = played(beats, Puppet("takes the marble"), ASKED)
    assert transcript.lines[-1].text.startswith("Sally reaches for the marble in vain.")
    assert expected(transcript)["sally"] == "box"


SEARCH = """
cast: {{nell: {{at: parlour}}, jack: {{at: parlour}}}}
places: [parlour, cellar]
things: {{cupboard: {{at: parlour, container: true}}, barrel: {{at: cellar, container: true}}, parrot: {{at: parlour}}}}
beats:
  - {{leave: nell, to: cellar}}
  - {{act: jack}}
  - {{leave: jack}}
  - {{enter: nell, to: parlour}}
  - {{look: cupboard, by: nell}}
{beats}probes: [{{ask: 'nell: parrot at'}}]
"""


@pytest.mark.parametrize(("beats", "believed"), [("", None), ("  - {peek: cellar, by: nell}\n  - {enter: nell, to: cellar}\n  - {look: barrel, by: nell}\n", "jack")])  # fmt: skip
def test_what_the_stage_may_have_pocketed_need_not_be_in_the_last_container(beats: str, believed: str | None) -> None:
    scene = loads(SEARCH.format(beats=beats))
    assert scene.setting.range_of(Fluent("parrot", "at")) == ("parlour", "cupboard", "barrel", "jack")
    transcript = perform(scene, Puppet("takes the parrot"), Settings(), Stalls())
    assert expected(transcript) == {"nell": believed}


def test_the_author_chooses_among_what_is_possible() -> None:
    transcript, _ = played("\n  - {improvise: 1}", Puppet("Anne puts the marble in the box, unseen"), ASKED)
    author, event = transcript.lines[-2:]
    assert author.kind == "author"
    assert event.text == "Secretly: Anne puts the marble in the box."
    assert expected(transcript) == {"anne": "box", "anne>sally": "basket", "sally": "basket", "bob": "basket"}


def test_what_the_stage_made_impossible_is_said_and_the_play_goes_on() -> None:
    beats = "\n  - {improvise: 1}\n  - {put: marble, in: box, by: anne}\n  - {leave: anne}"
    transcript, _ = played(beats, Puppet("Anne goes to the garden."))
    said = [line.text for line in transcript.lines if line.beat == 2]
    assert said[0].startswith("(Not possible any more: anne cannot reach marble")
    assert transcript.lines[-1].text == "Anne leaves the garden."


def test_words_to_one_who_has_slipped_out_are_told_to_come_to_nothing() -> None:
    beats = "\n  - {improvise: 1}\n  - {speak: sally, to: anne, about: [marble at]}"
    transcript, _ = played(beats, Puppet("Anne goes to the garden"))
    told, line = [line for line in transcript.lines if line.beat == 2]
    assert told.text == "(Not possible any more: anne is not at kitchen, but garden.)"
    assert line.performed


def test_a_record_that_does_not_say_why_words_came_to_nothing_is_played_again() -> None:
    beats = "\n  - {improvise: 1}\n  - {speak: sally, to: anne, about: [marble at]}"
    told, stalls = played(beats, Puppet("Anne goes to the garden"))
    older = tuple(line for line in told.lines if not line.text.startswith("(Not possible"))
    assert len(older) < len(told.lines)
    past = Past(2, tuple(stalls.chosen), older)
    again = perform(loads(f"{HEAD}beats:{beats}\nprobes: []"), Puppet(), Settings(), Stalls(), past=past)
    assert again.lines == told.lines


def test_an_empty_line_is_put_down_as_such() -> None:
    transcript, _ = played(
        "\n  - {speak: sally, to: anne, about: [marble at]}\n  - {narrate: true}",
        Puppet("says that the marble is in the box", "  "),
    )
    assert (transcript.lines[0].text, transcript.lines[0].ended) == ("", "empty")


def test_answers_come_before_the_end_of_their_beat() -> None:
    _, stalls = played(
        "\n  - {leave: sally}\n  - {enter: sally, to: kitchen}",
        Puppet(),
        "[{ask: 'anne: marble at', after: [start, 1, end]}]",
    )
    order = [s for s in stalls.seen if s not in ("prompt",)]
    assert order[:2] == ["answer 0", "end 0"]
    assert (
        order.index("answer 1")
        < order.index("end 1")
        < order.index("line 2")
        < order.index("answer 2")
        < order.index("end 2")
    )


def test_every_option_stands_in_every_place_and_in_the_other_s_stead() -> None:
    puppet = Puppet()
    transcript, _ = played("\n  - {leave: bob}", puppet, "[{ask: 'anne: marble at'}]")
    (answer,) = transcript.answers
    scores = [r for r in puppet.asked if isinstance(r, Score)]
    assert [(v.mirror, v.rotation) for v in answer.variants] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    firsts = [s.options[0] for s in scores]
    assert {firsts.count(o) for o in set(firsts)} == {len(firsts) // len(set(firsts))}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("One. Two. One. Three.", "One. Two."),
        ("Same! Same! Same!", "Same!"),
        ("The cat sat. The cat sat. The cat", "The cat sat."),
        ("No repeat here.", "No repeat here."),
        ("", ""),
    ],
)
def test_going_round_in_circles_is_cut(text: str, kept: str) -> None:
    assert before_repeat(text) == kept


def test_a_course_without_probes_asks_what_is_contested() -> None:
    course = Course(loads(f"{HEAD}beats: []"))
    assert course.live(course.minds.now) == []
