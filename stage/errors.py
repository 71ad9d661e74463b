"""What can go wrong, as one tree; the exit code of the command line hangs on the class.

StageError
├── SceneError        a scene that cannot be used: every complaint at once       exit 3
├── ModelError        a model file that is missing, damaged or does not fit      exit 4
├── RunError          a run folder that is missing, damaged or not finished      exit 5
└── UsageError        a request that names something the scene does not have     exit 2
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a complaint matters."""

    ERROR = "error"
    """The scene cannot be performed, or contradicts itself."""
    WARNING = "warning"
    """The scene can be performed, and hardly means this."""
    NOTE = "note"
    """Worth knowing."""


class StageError(Exception):
    """Base of all errors that a user can act on; the message says what to do."""

    exit_code = 1


@dataclass(frozen=True, order=True)
class Complaint:
    """One flaw of a scene file. Line and column count from 1; both are 0 when the file as a whole is meant."""

    file: str
    line: int
    column: int
    rule: str
    message: str
    severity: Severity = Severity.ERROR
    because: tuple[str, ...] = ()
    """The steps by which the message is derived, where it is."""

    @property
    def whole(self) -> str:
        """The message and its derivation on one line."""
        return f"{self.message}: {'; '.join(self.because)}" if self.because else self.message

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.whole} [{self.rule}]"


class SceneError(StageError):
    """A scene that cannot be used; carries every complaint about it."""

    exit_code = 3

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        self.complaints = tuple(sorted(complaints))
        super().__init__("\n".join(str(c) for c in self.complaints))


class ModelError(StageError):
    """A model that is missing, unreadable, or asked for more than it can hold."""

    exit_code = 4


class RunError(StageError):
    """A run folder that is missing, damaged or not finished."""

    exit_code = 5


class UsageError(StageError):
    """A request that names something that is not there."""

    exit_code = 2
