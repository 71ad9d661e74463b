"""How a scene is performed: values that follow a run from the command line into its manifest."""

from __future__ import annotations

from dataclasses import dataclass

from stage.errors import UsageError
from stage.questions.phrasing import PHRASINGS
from stage.roles.aids import Aid
from stage.roles.views import Context


@dataclass(frozen=True)
class Settings:
    """``temperature`` holds for whatever the stage words or chooses; probes are never sampled. ``aid`` is what helps a
    role before it is asked.

    Each probe is put in every rotation of its options, and with ``mirrors`` in every exchange of its values, in
    ``paraphrases`` wordings; in up to ``namings`` of the cast, everybody called as he is, as the next, as the one after that,
    and so on; with ``layouts`` also with who the role is told before the story; with ``shift_story`` with the story before
    and after remarks that nobody's belief hangs on. All of these are combined with each other.
    """

    seed: int = 0
    context: Context = Context()
    temperature: float = 0.7
    max_tokens: int = 40
    mirrors: bool = True
    second_reader: bool = False
    """Whether the stage itself is asked of every line that it performs what the line says."""
    aid: Aid = Aid.NONE
    paraphrases: int = 1
    namings: int = 1
    layouts: bool = False
    shift_story: bool = False
    rotations: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.paraphrases <= len(PHRASINGS):
            raise UsageError(f"{self.paraphrases} paraphrases; there are 1 to {len(PHRASINGS)}")
        if self.namings < 1:
            raise ValueError(f"{self.namings} namings; the cast is called as it is in one")
