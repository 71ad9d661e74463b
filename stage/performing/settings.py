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
    ``paraphrases`` wordings; with ``permute_names`` also with the names of the cast exchanged, and with ``layouts`` also
    with who the role is told before the story. All of these are combined with each other.
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
    permute_names: bool = False
    layouts: bool = False
    rotations: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.paraphrases <= len(PHRASINGS):
            raise UsageError(f"{self.paraphrases} paraphrases; there are 1 to {len(PHRASINGS)}")
