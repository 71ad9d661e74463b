"""How a scene is performed: values that follow a run from the command line into its manifest."""

from __future__ import annotations

from dataclasses import dataclass

from stage.roles.aids import Aid
from stage.roles.views import Context


@dataclass(frozen=True)
class Settings:
    """``temperature`` holds for whatever the stage words or chooses; probes are never sampled. ``aid`` is what helps a
    role before it is asked."""

    seed: int = 0
    context: Context = Context()
    temperature: float = 0.7
    max_tokens: int = 40
    mirrors: bool = True
    second_reader: bool = False
    """Whether the stage itself is asked of every line that it performs what the line says."""
    aid: Aid = Aid.NONE
