"""Generated scenes: they are valid, their questions say what they claim, and nothing but minds gives the answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stage.authoring.expectations import contradictions
from stage.controls import RULES, AnswerKey, control_stage
from stage.course import unfold
from stage.errors import UsageError
from stage.generator import FEATURES, Generated, GeneratorSettings, generate
from stage.generator.balance import balance
from stage.generator.questions import HEURISTICS
from stage.generator.words import GOALS, PEOPLE, SURROUNDINGS
from stage.performing.audiences import Unwatched
from stage.performing.play import perform
from stage.performing.settings import Settings
from stage.performing.transcript import Transcript
from stage.scenes.scene import Scene
from stage.scenes.writer import as_yaml
from stage.scenes.yaml_reader import loads
from stage.scoring.scorecard import score
from stage.scoring.verdicts import tells_apart
from stage.world.facts import Fact

SETTINGS = GeneratorSettings(seed=5, scenes=len(FEATURES), people=3, events=10, order=3)


@pytest.fixture(scope="module")
def made() -> Generated:
    return generate(SETTINGS)


@pytest.fixture(scope="module")
def scenes(made: Generated) -> list[Scene]:
    """As whoever gets the files has them."""
    return [loads(as_yaml(s.scenario), s.name, contradictions) for s in made.scenes]


def performed(scenes: list[Scene], control: str) -> list[Transcript]:
    found = []
    for scene in scenes:
        key: AnswerKey = {}
        found.append(perform(scene, control_stage(control, key, 0), Settings(mirrors=False), Unwatched(), key))
    return found


def test_they_have_as_many_people_and_events_as_asked_for(made: Generated, scenes: list[Scene]) -> None:
    assert len(scenes) == SETTINGS.scenes
    for scene in scenes:
        assert len(scene.setting.people) == SETTINGS.people
        assert len(scene.beats) == SETTINGS.events
        assert len(scene.setting.places) == 3
    assert len({s.name for s in made.scenes}) == len({s.scenario.title for s in made.scenes}) == SETTINGS.scenes


def test_every_order_has_as_many_true_as_false_beliefs(made: Generated) -> None:
    counts = balance(made).counts
    n = SETTINGS.scenes
    assert counts[0] == {"true": n, "false": 0, "unknown": 0}
    assert all(counts[k] == {"true": n, "false": n, "unknown": 0} for k in (1, 2, 3))


def test_every_question_tells_minds_apart_and_is_answered_as_it_says(made: Generated, scenes: list[Scene]) -> None:
    for generated, scene, transcript in zip(made.scenes, scenes, performed(scenes, "oracle"), strict=True):
        course = unfold(scene)
        assert len(transcript.answers) == len(generated.questions) == 1 + 2 * SETTINGS.order
        for answer, question in zip(transcript.answers, generated.questions, strict=True):
            assert tells_apart(answer)
            assert answer.viewpoint == question.viewpoint
            assert answer.expected == question.known.expected
            assert sorted(answer.options, key=str) == sorted(question.known.values, key=str)
            is_so = course.world(()).value(question.fluent) == answer.expected
            assert question.truth == ("true" if is_so else "false")
        assert score(transcript).separation.value == 1


@pytest.mark.parametrize("name", [n for n in HEURISTICS if n != "position-A"])
def test_heuristics_are_what_the_control_stage_of_that_name_scores(
    name: str, made: Generated, scenes: list[Scene]
) -> None:
    for generated, transcript in zip(made.scenes, performed(scenes, name), strict=True):
        for answer, question in zip(transcript.answers, generated.questions, strict=True):
            if name in question.right and (question.known.told or not name.endswith(("place", "named"))):
                assert (answer.answer == answer.expected) is question.right[name], (generated.name, answer.id)


def test_no_heuristic_is_off_chance(made: Generated) -> None:
    found = balance(made)
    assert {s.name for s in found.shortcuts} == {*HEURISTICS} <= {*RULES}
    for shortcut in found.shortcuts:
        assert shortcut.is_near_chance, shortcut
        assert shortcut.right.value == pytest.approx(shortcut.chance, abs=0.1), shortcut
    assert sum(found.positions[2]) == found.questions


def test_every_feature_happens_and_only_what_was_asked_for(made: Generated) -> None:
    assert all(balance(made).features.values())
    few = generate(replace(SETTINGS, scenes=2, features=("moves", "peeks"), order=1))
    verbs = {beat.verb for scene in few.scenes for beat in scene.scenario.beats}
    assert verbs <= {"put", "move", "look", "leave", "enter", "peek"}
    assert "peek" in verbs


def test_lies_are_what_their_speakers_do_not_believe() -> None:
    told = 0
    for scene in generate(replace(SETTINGS, scenes=4, features=("moves", "lies"), order=1)).scenes:
        course = unfold(loads(as_yaml(scene.scenario)))
        for i, beat in [(i, b) for i, b in enumerate(scene.scenario.beats) if b.verb == "say"]:
            told += 1
            fact = next(f for f in course.scene.setting.facts() if str(f) == beat.say)
            believed = course.world((beat.by,), course.moments[i]).value(fact.fluent)
            assert believed is not None
            assert fact != Fact(fact.fluent, believed)
    assert told >= 2


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(made: Generated) -> None:
    def texts(generated: Generated) -> list[str]:
        return [as_yaml(s.scenario) for s in generated.scenes]

    few = replace(SETTINGS, scenes=2)
    assert texts(generate(few)) == texts(generate(few))
    assert not {*texts(generate(few))} & {*texts(generate(replace(few, seed=6)))}


def test_ignorance_is_asked_about_where_that_is_wanted() -> None:
    made = generate(replace(SETTINGS, scenes=6, order=2, unknown=True))
    assert sum(row["unknown"] for row in balance(made).counts.values()) >= 6
    for scene in made.scenes:
        loads(as_yaml(scene.scenario), scene.name, contradictions)
        assert {len(q.known.values) for q in scene.questions} == {3}
        assert any(q.truth == "unknown" for q in scene.questions)


REFUSED = (
    ({"people": 1}, "1 for people is out of range: it takes 2 to 6"),
    ({"people": 2}, "a whisper takes three people: somebody has to be left out"),
    ({"events": 100}, "100 for events is out of range: it takes 4 to 40"),
    ({"order": 0}, "0 for order is out of range: it takes 1 to 6"),
    ({"scenes": 0}, "0 for scenes is out of range: it takes 1 to 10000"),
    ({"features": ("moves", "lye")}, "there is no feature 'lye'; there are moves, looks"),
    ({"features": ()}, "name one feature or more of moves, looks"),
)


@pytest.mark.parametrize(("changes", "message"), REFUSED, ids=[str(c) for c, _ in REFUSED])
def test_what_cannot_be_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as refused:
        replace(SETTINGS, **changes)  # type: ignore[arg-type]
    assert str(refused.value).startswith(message)


def test_what_chance_does_not_bring_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stage.generator.selection.MOST_TRIES", 20)
    with pytest.raises(UsageError, match="allow more events"):
        generate(replace(SETTINGS, scenes=1, people=2, events=4, order=6, features=("letters",)))


@pytest.mark.parametrize("around", SURROUNDINGS, ids=[s.opening[:20] for s in SURROUNDINGS])
def test_no_two_names_of_one_scene_share_a_word(around: object) -> None:
    names = [n for field in ("rooms", "containers", "shelves", "chests", "things") for n in getattr(around, field)]
    words = [w.lower() for name in [*names, around.paper, *PEOPLE] for w in name.split() if w != "of"]
    assert len(words) == len({*words})


def test_there_are_words_enough() -> None:
    assert len({*PEOPLE}) == len(PEOPLE) >= 40
    assert len({*GOALS}) == len(GOALS) >= 6
    for around in SURROUNDINGS:
        assert len(around.rooms) >= 4
        assert len(around.containers) >= 4
