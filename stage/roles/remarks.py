"""Remarks about the performance that nobody's belief hangs on: what stands between a story and its question, or before the
story, so that a fact is told now early and now late.

They are of the hall and not of the scene: the same for every role at every moment and in every context, and without a
word of what the scene names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stage.scenes.scene import Scene
from stage.wording import Wording

MOST = 6
REMARKS = (
    "Programmes are free of charge.",
    "The seats are numbered.",
    "Flash photography is forbidden.",
    "There will be no interval.",
    "Smoking is not permitted.",
    "The costumes were sewn by hand.",
    "Tickets cost the same on all evenings.",
    "Latecomers are asked for patience.",
    "The music was composed last year.",
    "Applause is welcome at any time.",
    "The first night was sold out.",
    "The curtain is made of velvet.",
)
_LEAST_TELLING = 4
"""Shorter words ("the", "of") name nothing by themselves."""


def remarks(scene: Scene) -> tuple[str, ...]:
    """The first `MOST` of the remarks in which nothing is named that the scene has a name for; none if there is none."""
    named = {word for name in _names(scene) for word in _words(name)}
    return tuple(r for r in REMARKS if not named & _words(r))[:MOST]


def _names(scene: Scene) -> Iterator[str]:
    """Everything by which a scene calls its people, places, things and values."""
    setting, wording = scene.setting, Wording.of(scene)
    for name in {*scene.minds, *setting.people, *setting.places, *setting.things}:
        yield from (name, wording.title(name), wording.noun(name))
    for fluent, values in setting.ranges.items():
        yield from (fluent.subject, fluent.relation)
        for value in values:
            yield from (value, wording.ending(fluent, value))
    for told in scene.aliases.values():
        yield from told
    for words in scene.wording.values():
        yield from (words.statement, words.question, *(p for said in words.phrases.values() for p in said))


def _words(text: str) -> set[str]:
    """The telling words of a text, one of several as each."""
    return {w.removesuffix("s") for w in re.findall(r"[^\W_]+", text.casefold()) if len(w) >= _LEAST_TELLING}
