"""Who is told what: in an isolated context nothing of an unnoticed event reaches the prompt, whatever happens."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from stage.course import Course, Thought, unfold
from stage.roles.prompts import Layout, Prompter, as_text
from stage.roles.views import Context, view, withheld
from stage.scenes.scenario import AuthorSpec, Character, NarratorSpec
from stage.scenes.scene import Scene
from stage.scenes.yaml_reader import loads
from stage.world.events import Enter, Say
from stage.world.facts import Fact, Fluent, Known
from stage.world.rules import Manner
from stage.world.setting import AUTHOR
from tests.belief_oracle import Oracle
from tests.worlds import Play, plays


def scene_of(play: Play) -> Scene:
    """A scene in which a generated play can be told; everybody has private texts that nobody else may read."""
    start = tuple(e for e in play.events if e.beat == 0)
    cast = {
        p: Character(persona=f"persona-of-{p}", goal=f"goal-of-{p}", private=[f"secret-of-{p}"])
        for p in play.setting.people
    }
    author = AuthorSpec(intent="intent-of-author", notes=["note-of-author"])
    return Scene("A play", "", "chat", play.setting, cast, author, NarratorSpec(), start, (), ())


def told_course(play: Play) -> Course:
    """The play with a text of its own for every event, and a thought of everybody after it."""
    course = Course(scene_of(play))
    course.minds.append(*(replace(e, text=f"<text {e.time}>") for e in play.events if e.beat > 0))
    course.end_beat()
    course.thoughts += [Thought(course.minds.now, 1, p, f"<thought of {p}>") for p in play.setting.people]
    return course


layouts = st.sampled_from([Layout(first, story) for first in (False, True) for story in (0, 1, 2)])


@settings(max_examples=60)
@given(plays(), layouts)
def test_no_text_of_an_unnoticed_event_is_in_an_isolated_prompt(play: Play, layout: Layout) -> None:
    course = told_course(play)
    prompter = Prompter(course, Context())
    oracle = Oracle(play.setting, course.minds.events)
    for role in play.setting.people:
        prompt = as_text(prompter.prompt(role, course.minds.now, prompter.think(role), layout))
        seen = oracle.course((role,)).seen
        for event in course.minds.events:
            if event.text:
                look = seen[event.time]
                assert (event.text in prompt) == (look is not None and not look.outlined)
        for other in play.setting.people:
            for private in (f"persona-of-{other}", f"goal-of-{other}", f"secret-of-{other}", f"<thought of {other}>"):
                assert (private in prompt) == (other == role)
        assert "of-author" not in prompt


@st.composite
def confidences(draw: st.DrawFn) -> tuple[Course, dict[str, int]]:
    """People move between two places and tell each other values, each told once; with the time of each telling."""
    values = [f"v{i:02}" for i in range(12)]
    text = f"""
cast: {{anne: {{at: kitchen}}, bob: {{at: kitchen}}, carl: {{at: garden}}}}
places: [kitchen, garden]
facts: {{code is: [{", ".join(values)}]}}
"""
    course = Course(loads(text))
    told = {}
    for value in values:
        who = draw(st.sampled_from(("anne", "bob", "carl")))
        if draw(st.booleans()):
            place = draw(st.sampled_from(("kitchen", "garden")))
            if not course.rules.objections(Enter(who, place), course.world(())):
                course.do(Enter(who, place), Manner(secretly=draw(st.booleans())))
        near = [
            p
            for p in ("anne", "bob", "carl")
            if p != who and not course.rules.objections(Say(who, _code(value), (p,)), course.world(()))
        ]
        if near:
            whispered = draw(st.booleans())
            told[value] = course.minds.now
            course.do(
                Say(who, _code(value), (draw(st.sampled_from(near)),), whispered), Manner(secretly=draw(st.booleans()))
            )
    course.end_beat()
    return course, told


def _code(value: str) -> Fact:
    return Fact(Fluent("code", "is"), value)


@settings(max_examples=60)
@given(confidences())
def test_no_fact_of_an_unnoticed_event_is_in_an_isolated_prompt(confidence: tuple[Course, dict[str, int]]) -> None:
    course, told = confidence
    oracle = Oracle(course.scene.setting, course.minds.events)
    prompter = Prompter(course, Context())
    for role in ("anne", "bob", "carl"):
        prompt = as_text(prompter.prompt(role, course.minds.now, prompter.think(role)))
        seen = oracle.course((role,)).seen
        for value, time in told.items():
            look = seen[time]
            assert (value in prompt) == (look is not None and not look.outlined)
        belief = course.world((role,)).belief(Fluent("code", "is"))
        if isinstance(belief, Known):
            assert belief.value in prompt


@settings(max_examples=30)
@given(plays())
def test_what_is_withheld_and_what_is_told_make_up_the_whole(play: Play) -> None:
    course = told_course(play)
    now = course.minds.now
    for role in play.setting.people:
        told = {t.time for t in view(course, role, now, Context())}
        kept = [w.text for w in withheld(course, role, now, Context())]
        for event in course.minds.events:
            if event.text:
                assert event.time in told or course.wording.event(event) in kept


SECRET = """
cast:
  anne: {at: kitchen}
  bob: {at: garden, persona: bobs persona}
places: [kitchen, garden]
things: {box: {at: kitchen, container: true}, coin: {at: kitchen}}
beats:
  - {put: coin, in: box, by: anne}
  - {enter: bob, to: kitchen}
  - {say: coin at kitchen, by: anne, to: bob}
"""


def played(text: str) -> Course:
    return unfold(loads(text))


def test_the_shared_context_shows_everything_and_marks_what_was_private() -> None:
    course = played(SECRET)
    told = [t.text for t in view(course, "bob", course.minds.now, Context("shared"))]
    assert "Anne puts the coin in the box. [only Anne noticed this]" in told
    assert [w.text for w in withheld(course, "anne", course.minds.now, Context("shared"))] == ["bobs persona"]


def test_a_window_keeps_the_start_and_the_last_beats() -> None:
    course = played(SECRET)
    told = [t.beat for t in view(course, "anne", course.minds.now, Context("windowed", 1))]
    assert set(told) == {0, 3}


def test_a_window_at_an_earlier_moment_counts_from_there() -> None:
    course = played(SECRET)
    told = [t.beat for t in view(course, "anne", course.moments[2], Context("windowed", 1))]
    assert set(told) == {0, 2}


def test_the_author_is_told_everything() -> None:
    course = played(SECRET)
    told = " ".join(t.text for t in view(course, AUTHOR, course.minds.now, Context()))
    assert "Anne puts the coin in the box." in told
    assert "Bob comes into the kitchen." in told


WHISPERED = """
cast: {ann: {at: hall}, ben: {at: hall}, cy: {at: hall}}
places: [hall, yard]
facts: {code is: {values: [one, two], shown: never}}
narrator: {knows: [cy]}
beats:
  - {whisper: code is two, by: ann, to: ben}
  - {leave: ann, to: yard}
probes:
  - {ask: 'ben: code is', after: 1}
  - {ask: 'cy: code is', after: 2}
"""


def test_the_shared_script_says_who_noticed_something_only_in_part_and_what() -> None:
    course = played(WHISPERED)
    told = [t.text for t in view(course, "cy", course.minds.now, Context("shared"))]
    assert (
        'Ann whispers to Ben: "Code is two." [only Ann and Ben noticed this; Cy noticed no more than: Ann whispers something to Ben about code.]'
        in told
    )
    assert (
        "Ann leaves the hall for the yard. [only Ann noticed this; Ben and Cy noticed no more than: Ann leaves the hall.]"
        in told
    )


def test_a_narrator_limited_to_one_mind_is_told_what_that_mind_is_told() -> None:
    course = played(WHISPERED)
    told = [[t.text for t in view(course, role, course.minds.now, Context())] for role in ("narrator", "cy")]
    assert told[0] == told[1]
    assert told[0]


def test_not_known_is_offered_wherever_a_fact_is_asked_for_or_nowhere() -> None:
    course = played(WHISPERED)
    code = Fluent("code", "is")
    offered = [course.options(code, course.moments[b], [p.viewpoint for p in course.probes(b)]) for b in (1, 2)]
    assert offered == [("one", "two", None), ("one", "two", None)]


def test_nobody_is_told_of_the_absence_of_what_he_never_heard_of() -> None:
    course = played(SECRET)
    told = " ".join(t.text for t in view(course, "bob", course.moments[2], Context()))
    assert "coin" not in told
