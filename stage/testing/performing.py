"""The model of a test session, and the performances of scenes on it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property

import pytest

from stage.beliefs.explain import explain
from stage.course import Course, Probe
from stage.errors import ModelError, UsageError
from stage.inference.requests import LanguageModel, ModelCard, Reply, Request, Usage, reset
from stage.performing.audiences import Unwatched
from stage.performing.play import Performance
from stage.performing.settings import Settings
from stage.performing.transcript import Answer, Transcript
from stage.questions.answer_key import AnswerKey
from stage.records.session import opened_model
from stage.report.inspection import beat_number
from stage.resolve import ask_of
from stage.roles.aids import Aid
from stage.roles.views import Context
from stage.scenes.scene import ProbePlan, Scene

BUILT_IN = "built-in"


@dataclass(frozen=True)
class Performed:
    """A scene that was performed: what came of it, and the course it took."""

    course: Course
    transcript: Transcript

    @cached_property
    def answers(self) -> dict[str, Answer]:
        """By the id of the question."""
        return {a.id: a for a in self.transcript.answers}

    def reasons(self, probe: Probe) -> tuple[str, ...]:
        """Why the right answer to a question is right, in the course that the play took."""
        course = self.course
        before = course.moments[probe.beat]
        return explain(course.minds, probe.viewpoint, probe.fluent, before, course.wording.event).steps


class StageModel:
    """A language model as tests use it: it performs scenes, and answers single questions about them.

    It is opened when it is first needed and stays open until the session ends. It is a `LanguageModel` itself;
    requests to a control stage need an entry in ``key`` first.
    """

    def __init__(self, spec: str, settings: Settings) -> None:
        self.spec = spec
        self.settings = settings
        self.key: AnswerKey = {}
        self._stack = ExitStack()
        self._model: LanguageModel | None = None
        self._refusal: ModelError | None = None

    @property
    def card(self) -> ModelCard:
        return self._opened().card

    @property
    def usage(self) -> Usage:
        return self._opened().usage

    def answer(self, requests: Sequence[Request]) -> list[Reply]:
        return self._opened().answer(requests)

    def reset(self) -> None:
        reset(self._opened())

    def perform(self, scene: Scene) -> Performed:
        """Perform a scene from start to end, with all its questions."""
        self.key.clear()
        play = Performance(scene, self.card, self.settings, Unwatched(), self.key)
        transcript = play.whole(self)
        return Performed(play.course, transcript)

    def ask(self, scene: Scene, question: str, after: str = "end") -> Answer:
        """Perform a scene and put one question ('anne>sally: marble at') after a beat: a number, an id, 'start' or
        'end'. UsageError if there is no such question or beat, or only one answer to choose from."""
        asked = ask_of(scene, question)
        if isinstance(asked, str):
            raise UsageError(asked)
        viewpoint, fluent = asked
        plan = ProbePlan((beat_number(Course(scene), after),), viewpoint, (fluent,))
        answers = self.perform(replace(scene, probes=(plan,))).transcript.answers
        if not answers:
            raise UsageError(f"{question!r} has only one answer to choose from")
        return answers[0]

    def close(self) -> None:
        self._stack.close()

    def _opened(self) -> LanguageModel:
        if self._refusal is not None:
            raise self._refusal
        if self._model is None:
            try:
                opening = opened_model(None if self.spec == BUILT_IN else self.spec, self.key, self.settings.seed)
                self._model = self._stack.enter_context(opening)
            except ModelError as error:
                self._refusal = error
                raise
        return self._model


_MODEL = pytest.StashKey[StageModel]()


def session_model(config: pytest.Config) -> StageModel:
    """The one model of a test session. UsageError where an option makes no sense."""
    if _MODEL not in config.stash:
        context, aid = Context.parse(config.getoption("--stage-context")), Aid.parse(config.getoption("--stage-aid"))
        settings = Settings(config.getoption("--stage-seed"), context, aid=aid)
        model = config.stash[_MODEL] = StageModel(config.getoption("--stage-model"), settings)
        config.add_cleanup(model.close)
    return config.stash[_MODEL]
