"""Whole scenes performed by the built-in model: not what it says, but that whatever it says is held to the rules."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stage.course import Course
from stage.inference.opening import open_model
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
    reset,
)
from stage.performing.audiences import Unwatched
from stage.performing.play import empty_transcript, perform
from stage.performing.settings import Settings
from stage.performing.transcript import Line, Transcript
from stage.records.manifest import Manifest
from stage.records.record import Run, read_run
from stage.records.record_writer import RunWriter
from stage.records.session import Planned, perform_file
from stage.report.document import document
from stage.resources import scenarios_folder
from stage.scenes.scene import Act, Improvise, Narrate, Scene, Scripted
from stage.scenes.yaml_reader import load
from stage.scoring.scorecard import score
from stage.wording import Wording
from stage.world.rules import Manner

pytestmark = pytest.mark.model

SETTINGS = {
    "sally_anne": Settings(seed=1),
    "base_model": Settings(seed=2, mirrors=False),
    "improvised": Settings(seed=3, mirrors=False),
}
each_play = pytest.mark.parametrize("name", SETTINGS)


@dataclass
class Overheard:
    """A model with everything that was asked of it, and what it replied."""

    model: LanguageModel
    heard: list[tuple[Request, Reply]] = field(default_factory=list)

    @property
    def card(self) -> ModelCard:
        return self.model.card

    @property
    def usage(self) -> Usage:
        return self.model.usage

    def reset(self) -> None:
        reset(self.model)

    def answer(self, requests: Sequence[Request]) -> list[Reply]:
        replies = self.model.answer(requests)
        self.heard += zip(requests, replies, strict=True)
        return replies


@dataclass(frozen=True)
class Play:
    scene: Scene
    settings: Settings
    performed: Transcript
    run: Run
    heard: list[tuple[Request, Reply]]
    usage: Usage


def played(name: str, settings: Settings, folder: Path) -> Play:
    scene = load(scenarios_folder() / f"{name}.yaml")
    with open_model(None) as model:
        overheard = Overheard(model)
        manifest = Manifest(
            scenario=name, scene_sha256="", model=model.card, seed=settings.seed, context=str(settings.context),
            temperature=settings.temperature, max_tokens=settings.max_tokens, mirrors=settings.mirrors, started="",
        )  # fmt: skip
        with RunWriter.create(folder, manifest, "", empty_transcript(scene, model.card.noise)) as record:
            transcript = perform(scene, overheard, settings, record)
            record.finish()
        return Play(scene, settings, transcript, read_run(folder), overheard.heard, model.usage)


@pytest.fixture(scope="module")
def plays(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Play]:
    """Every play, performed once."""
    return {name: played(name, settings, tmp_path_factory.mktemp(name)) for name, settings in SETTINGS.items()}


@each_play
def test_every_reply_ends_within_its_bound(name: str, plays: dict[str, Play]) -> None:
    play = plays[name]
    generated = [(q, r) for q, r in play.heard if isinstance(q, Generate)]
    assert generated
    for request, reply in generated:
        assert isinstance(reply, Generated)
        assert reply.length <= request.max_tokens
        assert reply.ended in ("stop", "length", "end")
        assert math.isfinite(reply.logprob)
        assert not any(stop in reply.text for stop in request.stop)
    for line in play.performed.lines:
        if line.performed and line.kind != "act":
            assert line.ended in ("stop", "length", "end", "repeat", "empty")


def cues(scene: Scene, speaker: str) -> list[str]:
    """Where somebody else would begin to speak."""
    titles = [Wording.of(scene).title(name) for name in scene.minds if name != speaker]
    return [cue for title in titles for cue in (f"{title}:", f"{title.upper()}:")]


@each_play
def test_nobody_speaks_in_anothers_place(name: str, plays: dict[str, Play]) -> None:
    play = plays[name]
    spoken = [one for one in play.performed.lines if one.performed and one.kind in ("speech", "thought")]
    for line in spoken:
        assert line.speaker is not None
        assert not any(cue in line.text for cue in (*cues(play.scene, line.speaker), '"', "\n"))
    assert spoken or name == "improvised"


@each_play
def test_every_answer_is_a_distribution(name: str, plays: dict[str, Play]) -> None:
    answers = plays[name].performed.answers
    assert answers
    for answer in answers:
        assert answer.readable
        assert sum(answer.probabilities) == pytest.approx(1)
        assert len(answer.probabilities) == len(answer.options) == len(set(answer.options))
        assert answer.answer in answer.options
        assert max(answer.probabilities) == answer.probabilities[answer.options.index(answer.answer)]
        assert answer.margin >= 0
        assert len(answer.variants) >= len(answer.options)  # each option stood in each place
        for variant in answer.variants:
            assert all(math.isfinite(x) and x <= 0 for x in variant.logprobs)
            assert sum(map(math.exp, variant.logprobs)) <= 1 + 1e-6
            assert variant.prompt in plays[name].run.prompts
    for request, reply in plays[name].heard:
        if isinstance(request, Score):
            assert isinstance(reply, Scored)
            assert len(reply.logprobs) == len(request.options)


@each_play
def test_the_record_holds_what_was_performed_and_scores_the_same(name: str, plays: dict[str, Play]) -> None:
    play = plays[name]
    run = play.run
    assert run.finished
    assert run.transcript == play.performed
    assert score(run.transcript) == score(play.performed)
    made = run.manifest
    found = document(
        scenario=made.scenario, model=made.model, seed=made.seed, context=made.context, transcript=run.transcript,
        scorecard=score(run.transcript),
    )  # fmt: skip
    assert len(found["model"]["sha256"]) == 64
    assert len(found["probes"]) == len(play.performed.answers)


@each_play
def test_no_token_is_evaluated_twice_for_nothing(name: str, plays: dict[str, Play]) -> None:
    usage = plays[name].usage
    assert 0 < usage.tree <= usage.evaluated < usage.asked / 2


def test_what_is_improvised_and_enacted_is_possible(plays: dict[str, Play]) -> None:
    """The play again, from what was said to happen: every choice is a legal move, and leads to the same beliefs."""
    play = plays["improvised"]
    course = Course(play.scene)
    chosen = [one for one in play.performed.lines if one.kind in ("author", "act")]
    left = iter(chosen)
    for beat in play.scene.beats:
        match beat.doing:
            case Scripted(action, manner):
                course.do(action, manner)
            case Improvise(count):
                for _ in range(count):
                    direct(course, next(left))
            case Act(who):
                enact(course, who, next(left))
            case Narrate():
                pass
        course.end_beat()
    assert next(left, None) is None
    assert {one.kind for one in chosen} == {"author", "act"}
    for answer in play.performed.answers:
        (probe,) = (p for p in course.probes(answer.beat) if p.id == answer.id)
        assert course.world(probe.viewpoint, course.moments[answer.beat]).value(probe.fluent) == answer.expected


def direct(course: Course, line: Line) -> None:
    """Let happen what the author chose: a move that somebody could make in reality, openly or not."""
    moves = [m for p in course.scene.setting.people for m in course.rules.legal_moves(p, course.world(()))]
    told = {f"{course.wording.noun(m.who)} {course.wording.move(m)}": m for m in moves}
    secretly = line.text.endswith(", unseen by anybody.")
    sentence = line.text.removesuffix(", unseen by anybody.").removesuffix(".")
    assert sentence in told
    course.do(told[sentence], Manner(secretly=secretly))


def enact(course: Course, who: str, line: Line) -> None:
    """Let somebody do what he chose: a move that was possible as he saw things."""
    told = {course.wording.move(m): m for m in course.rules.legal_moves(who, course.world((who,)))}
    move = line.text.removeprefix(f"{course.wording.noun(who)} ").removesuffix(".")
    assert move in told
    assert line.act_probability is not None
    assert 0 < line.act_probability <= 1
    course.do(told[move])


def _performed(path: Path, out: Path) -> Run:
    planned = [Planned(Settings(seed=5, mirrors=False), out)]
    (done,) = perform_file(path, None, planned, Unwatched(), out.parent, lambda _: None)
    return done


def test_the_same_seed_gives_the_same_play(tmp_path: Path) -> None:
    """From a file, each time with the model loaded anew; another seed only changes what is drawn."""
    path = scenarios_folder() / "whisper.yaml"
    first, again = (_performed(path, tmp_path / name) for name in ("first", "again"))
    assert first.transcript == again.transcript
    assert first.prompts == again.prompts
    assert any(line.performed and line.text for line in first.transcript.lines)
    assert score(first.transcript) == score(again.transcript)
