"""What the play knows about each request that it makes, for control stages alone: no real model ever sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class KnownAnswer:
    """What the play knows about one request, entered under the request's label before it is made.

    ``values`` says what each option of the request stands for, in the request's order (for a generation: the texts
    that could be said); ``expected`` is the right one of them; ``minds`` what each mind of the scene would answer, by
    name. For a choice that is not a probe (an act, a line) ``minds`` is empty and ``expected`` the honest choice.
    ``cast`` are those of the minds that are characters. ``history`` is what was believed at the viewpoint now, one beat
    ago, and so on back to the start; ``told`` the values in the order in which the view that is shown names them, each
    time anew; ``texts`` how the options are worded.
    """

    values: tuple[str | None, ...]
    expected: str | None
    minds: Mapping[str, str | None]
    viewpoint: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    history: tuple[str | None, ...] = ()
    told: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


AnswerKey = dict[str, KnownAnswer]
"""Labels of requests to what is known about them; filled by the play as it goes, read by controls alone."""


def age(history: Sequence[str | None]) -> int:
    """For how many beats the present belief (the first) has been held without a break; 0 if it is new."""
    return next((beats for beats, value in enumerate(history) if value != history[0]), len(history)) - 1
