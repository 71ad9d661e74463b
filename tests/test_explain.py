"""Every belief of any play can be explained and drawn; explanations name the events that matter."""

from __future__ import annotations

from hypothesis import given, settings

from stage.beliefs.explain import explain
from stage.beliefs.graph import INTERNAL, belief_graph
from stage.course import Course, unfold
from stage.report import graphs
from stage.scenes.yaml_reader import loads
from stage.world.facts import Fluent, Known, OneOf
from tests.worlds import Play, plays, viewpoints

MARBLE = Fluent("marble", "at")


@settings(max_examples=25)
@given(plays())
def test_everything_believed_can_be_explained_and_drawn(play: Play) -> None:
    minds = play.minds()
    for viewpoint in viewpoints(play.setting, 3):
        world = minds.world(viewpoint)
        drawn = belief_graph(world)
        for fluent, held in world.beliefs().items():
            explanation = explain(minds, viewpoint, fluent, minds.now, lambda e: f"event {e.time}")
            assert explanation.belief == held.belief
            assert explanation.time == held.event.time
            assert any(f"e{held.event.time} (" in step for step in explanation.steps)
            if fluent.relation not in INTERNAL:
                edges = [v for _, v, k in drawn.edges(fluent.subject, keys=True) if k == fluent.relation]
                match held.belief:
                    case Known(value):
                        assert edges == [value]
                    case OneOf(values):
                        assert sorted(edges) == sorted(values)
                    case _:
                        assert edges == ["?"]
        assert graphs.as_dot(drawn).count("{") == graphs.as_dot(drawn).count("}")


def played(beats: str) -> Course:
    return unfold(
        loads(f"""
cast: {{sally: {{at: kitchen}}, anne: {{at: kitchen}}, bob: {{at: garden}}}}
places: [kitchen, garden]
things: {{basket: {{at: kitchen, container: true}}, box: {{at: kitchen, container: true}}, marble: {{at: kitchen}}}}
facts: {{marble at: [basket, box]}}
beats:
{beats}
""")
    )


def steps(course: Course, *viewpoint: str) -> tuple[str, ...]:
    return explain(course.minds, viewpoint, MARBLE, course.minds.now, course.wording.event).steps


def test_what_got_through_and_what_was_lost_and_where() -> None:
    course = played("""
  - {put: marble, in: basket, by: sally}
  - {leave: sally, to: garden}
  - {put: marble, in: box, by: anne}
""")
    told = steps(course, "anne", "sally")
    assert told[0].startswith("anne noticed e3 (beat 1: Sally puts the marble in the basket.)")
    assert told[1].startswith("anne takes it that sally noticed e3")
    assert (
        told[-1]
        == "anne takes it that sally did not notice e6 (beat 3: Anne puts the marble in the box.): sally was elsewhere since e4"
    )


def test_a_word_is_traced_to_its_speaker() -> None:
    course = played("""
  - {put: marble, in: basket, by: sally}
  - {say: marble at box, by: anne, to: bob, from_afar: true}
""")
    assert "so it was told, by anne" in steps(course, "bob")


def test_what_nobody_told_is_said_to_be_so() -> None:
    course = played("""
  - {put: marble, in: basket, by: sally}
""")
    told = steps(course, "bob")
    assert told[0] == "bob was not told how it was at the start"
    assert told[1].startswith("bob did not notice e3")


def test_remaining_values_and_doubts_are_drawn_dashed() -> None:
    course = played("""
  - {put: marble, in: basket, by: sally}
  - {leave: sally}
""")
    dot = graphs.as_dot(belief_graph(course.world(("anne", "sally"))))
    assert '"sally" -> "?" [label="at (saw, beat 2)", style=dashed]' in dot
