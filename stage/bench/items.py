"""What of a benchmark is put: its questions in the units that belong together, and a sample of them.

Nothing here knows a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from random import Random

from stage.bench.telling import choices_of
from stage.errors import UsageError
from stage.importers import IMPORTERS
from stage.importers.story import Asked, Imported, Passage, Question, Story


@dataclass(frozen=True)
class Unit:
    """A story or passage with those of its questions that are put; ``whole`` tells whether these are all it has."""

    id: str
    told: Story | Passage
    whole: bool = True

    @property
    def questions(self) -> tuple[Question, ...] | tuple[Asked, ...]:
        return self.told.questions

    @property
    def kinds(self) -> tuple[str, ...]:
        """The types of its questions: units that ask alike."""
        return tuple(sorted(q.kind for q in self.questions))

    def cut(self, count: int) -> Unit:
        """The unit with its first so many questions."""
        if count >= len(self.questions):
            return self
        match self.told:
            case Story():
                return Unit(self.id, replace(self.told, questions=self.told.questions[:count]), whole=False)
            case Passage():
                return Unit(self.id, replace(self.told, questions=self.told.questions[:count]), whole=False)


@dataclass(frozen=True)
class Selection:
    """What is put of a benchmark. ``items`` and ``parsed`` count the questions that there are and that were understood;
    ``unput`` those that have no options to choose from. ``data`` is the sha256 of all that was read of it."""

    benchmark: str
    items: int
    parsed: int
    unput: int
    data: str
    units: tuple[Unit, ...]

    @property
    def count(self) -> int:
        return sum(len(u.questions) for u in self.units)


def select(form: str, path: Path, limit: int | None, seed: int) -> Selection:
    """Read a benchmark and choose what is put. UsageError where there is no such format, or nothing to put."""
    if form not in IMPORTERS:
        raise UsageError(f"there is no format {form!r}; there are {', '.join(sorted(IMPORTERS))}")
    imported = IMPORTERS[form](path)
    units = [unit for place, told in enumerate(_told(imported)) if (unit := _choosable(place, told)).questions]
    if not units:
        raise UsageError(f"there is nothing in {path} that format {form} could ask")
    putable = sum(len(u.questions) for u in units)
    chosen = units if limit is None else sample(units, limit, seed)
    return Selection(
        form, imported.items, imported.questions, imported.questions - putable, fingerprint(imported), tuple(chosen)
    )


def _told(imported: Imported) -> list[Story | Passage]:
    return [*imported.stories, *imported.passages]


def _choosable(place: int, told: Story | Passage) -> Unit:
    """With the questions that have two answers or more to choose from, and are not about what somebody believed before
    anything was told. Its place is in the id: names may recur."""
    name = f"{place}:{told.id}"
    match told:
        case Story():
            kept = tuple(q for q in told.questions if len(choices_of(told, q)) > 1 and not (q.at_start and q.viewpoint))
            return Unit(name, replace(told, questions=kept))
        case Passage():
            return Unit(name, replace(told, questions=tuple(a for a in told.questions if _can_choose(a.options))))


def _can_choose(options: Sequence[str]) -> bool:
    """Whether there are two answers or more, which can be told apart."""
    return len(options) > 1 and all(o.strip() for o in options) and len(set(options)) == len(options)


def sample(units: Sequence[Unit], limit: int, seed: int) -> list[Unit]:
    """Units with ``limit`` questions together, drawn so that units of every sort (those with the same types of
    questions) are there in proportion, and at least one of each as far as the limit goes. The last one may be cut.
    In the order of the benchmark."""
    random = Random(f"{seed}/sample")
    sorts: dict[tuple[str, ...], list[int]] = {}
    for place, unit in enumerate(units):
        sorts.setdefault(unit.kinds, []).append(place)
    turns: list[tuple[float, float, int]] = []
    for places in sorts.values():
        shuffled = random.sample(places, len(places))
        turns += [(turn / len(places), random.random(), place) for turn, place in enumerate(shuffled)]
    chosen: dict[int, Unit] = {}
    left = limit
    for _, _, place in sorted(turns):
        if left <= 0:
            break
        chosen[place] = units[place].cut(left)
        left -= len(chosen[place].questions)
    return [chosen[place] for place in sorted(chosen)]


def fingerprint(imported: Imported) -> str:
    """The sha256 of everything that was read: stories, questions, what they offer, labels."""
    digest = sha256(imported.format.encode())
    for told in _told(imported):
        digest.update(f"\n{told.id}\n{told.text}".encode())
        for asked in told.questions:
            digest.update(f"\n{asked.id}\t{asked.kind}\t{asked.text}\t{asked.options}\t{asked.label}".encode())
    for item in imported.unparsed:
        digest.update(f"\n{item.id}\t{item.sentence}".encode())
    return digest.hexdigest()
