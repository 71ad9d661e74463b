"""How often an aid that the stage was to word itself came to nothing, so that its question was put without one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stage.performing.transcript import Transcript
from stage.roles.aids import Aid


@dataclass(frozen=True)
class Aided:
    """Of ``of`` questions that an aid in the stage's own words was to come before, in every surrounding in which they
    were put (mirror, names, layout, story), those before which it said nothing."""

    empty: int
    of: int


def aided(transcripts: Sequence[Transcript]) -> Aided:
    """Over all of these; 0 of 0 under an aid that the stage does not word, and without one."""
    worded = [t for t in transcripts if t.aid in (Aid.PERSPECTIVE, Aid.THINK)]
    said = [
        {(v.mirror, v.names, v.layout, v.story): v.aid for v in answer.variants} for t in worded for answer in t.answers
    ]
    return Aided(sum(not text for texts in said for text in texts.values()), sum(map(len, said)))
