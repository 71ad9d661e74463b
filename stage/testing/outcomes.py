"""How a question that was not answered right is told: at which line it stands, what was answered, whose mind that was,
and why something else is right."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from stage.course import Probe
from stage.inference.requests import ModelCard
from stage.performing.transcript import Answer
from stage.report.safe import printable
from stage.scoring.verdicts import Outcome, Verdict, verdict
from stage.testing.performing import Performed, StageModel


class NotRightError(Exception):
    """A question was not answered right. ``told`` is the whole story, its first line one sentence."""

    stage_outcome = "wrong"

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.told = told


class UndecidedError(NotRightError):
    """The margin lies within the noise: it was neither right nor wrong."""

    stage_outcome = "undecided"


class UnreadableError(NotRightError):
    """No answer could be told from the reply."""

    stage_outcome = "unreadable"


class UnexpectedError(NotRightError):
    """What the author expects is not what follows from the scene, whatever the model answers."""

    stage_outcome = "unexpected"


@dataclass(frozen=True)
class Case:
    """One question of a scene file, with where it stands: ``line`` counts from 1, ``source`` is what is written there."""

    file: str
    line: int
    source: str
    probe: Probe

    def judge(self, performed: Performed, model: StageModel) -> None:
        """Raises `NotRightError` unless the question was answered right."""
        answer = performed.answers[self.probe.id]
        self._check_expectation(performed, answer)
        found = verdict(answer, model.card.noise)
        error = _ERRORS.get(found.outcome)
        if error is not None:
            raise error(self._told(performed, model, answer, found))

    def _check_expectation(self, performed: Performed, answer: Answer) -> None:
        """What the author expects holds where the course was scripted; later it depends on what was performed."""
        first_open = performed.course.scene.first_open
        settled = first_open is None or self.probe.beat < first_open
        follows = "unknown" if answer.expected is None else answer.expected
        if settled and self.probe.expect not in (None, follows):
            headline = f'The scene expects "{self.probe.expect}", and the beliefs say "{follows}".'
            raise UnexpectedError("\n".join([headline, self._where(), *self._because(performed)]))

    def _where(self) -> str:
        return f"{self.file}:{self.line}: {self.source}"

    def _because(self, performed: Performed) -> list[str]:
        return ["Because:", *(f"  - {printable(step)}" for step in performed.reasons(self.probe))]

    def _told(self, performed: Performed, model: StageModel, answer: Answer, found: Verdict) -> str:
        lines = [
            printable(found.explanation),
            self._where(),
            f"Asked of {answer.voice}: {printable(answer.question)}",
            f"Options: {_options(answer)}",
            *self._because(performed),
            _made_by(model.card, model),
        ]
        if performed.course.scene.first_open is None:
            chain = ">".join(answer.viewpoint) or "reality"
            question = shlex.quote(f"{chain}: {answer.about}")
            context = shlex.quote(str(model.settings.context))
            lines.append(
                f"The prompt: stage prompt {shlex.quote(self.file)} --as {answer.voice} --at {answer.beat} "
                f"--context {context} --ask {question}"
            )
        return "\n".join(lines)


_ERRORS: dict[Outcome, type[NotRightError]] = {
    Outcome.OTHER: NotRightError,
    Outcome.NONE: NotRightError,
    Outcome.UNDECIDED: UndecidedError,
    Outcome.UNREADABLE: UnreadableError,
}


def _options(answer: Answer) -> str:
    words = ["does not know" if option is None else printable(option) for option in answer.options]
    if not answer.probabilities:
        return ", ".join(words)
    shares = (f"{word} {100 * share:.0f} %" for word, share in zip(words, answer.probabilities, strict=True))
    return ", ".join(shares)


def _made_by(card: ModelCard, model: StageModel) -> str:
    return f"Model {printable(card.name)}; context {model.settings.context}; seed {model.settings.seed}"
