"""A bench on disk: a manifest that says what was put to what and how, and an append-only log of what came of it.

``bench.json`` and ``answers.jsonl``, one line for each unit (a story or passage) with all its questions, written when
all of them are answered: whatever happens to the process, a unit is there as a whole or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from stage.bench.answers import Item
from stage.errors import RunError
from stage.inference.requests import ModelCard
from stage.records.journal import Entry, Journal, read_log, write_whole
from stage.records.manifest import in_short

FORMAT = 1
MANIFEST, RECORD = "bench.json", "answers.jsonl"
_ITEMS = TypeAdapter(tuple[Item, ...])


class BenchManifest(BaseModel):
    """What is needed to do it again. ``spec`` is how the model was named; ``data_sha256`` is that of everything that
    was read of the benchmark."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = FORMAT
    benchmark: str
    path: str
    data_sha256: str
    items: int
    parsed: int
    unput: int
    asked: int
    units: int
    limit: int | None
    seed: int
    context: str
    aid: str
    mirrors: bool
    read_out: bool
    spec: str | None
    model: ModelCard
    started: str
    finished: str | None = None
    versions: dict[str, str] = {}


@dataclass(frozen=True)
class Bench:
    """A bench read back. ``whole`` are the stories and passages of which every question was put."""

    folder: Path
    manifest: BenchManifest
    items: tuple[Item, ...]
    units: frozenset[str]
    whole: frozenset[str]
    torn: bool = False

    @property
    def finished(self) -> bool:
        return len(self.units) == self.manifest.units


class BenchWriter:
    """Writes a bench as it goes on. Use it as a context manager; RunError where the disk refuses."""

    def __init__(self, folder: Path, manifest: BenchManifest, journal: Journal) -> None:
        self.folder = folder
        self.manifest = manifest
        self._journal = journal

    @classmethod
    def begin(cls, folder: Path, manifest: BenchManifest) -> BenchWriter:
        journal = Journal.create(folder / RECORD)
        write_whole(folder / MANIFEST, manifest.model_dump_json(indent=2))
        return cls(folder, manifest, journal)

    @classmethod
    def resume(cls, folder: Path) -> BenchWriter:
        """Go on with a bench that was broken off. RunError if it is damaged, or somebody is writing it."""
        manifest = _manifest(folder)
        return cls(folder, manifest, Journal.reopen(folder / RECORD))

    @property
    def done(self) -> frozenset[str]:
        """The units that were there already."""
        return frozenset(str(entry.content.get("unit")) for entry in self._journal.found.entries)

    def add(self, unit: str, whole: bool, items: tuple[Item, ...]) -> None:
        self._journal.add({"unit": unit, "whole": whole, "items": _ITEMS.dump_python(items, mode="json")})

    def sync(self) -> None:
        self._journal.sync()

    def finish(self, when: str) -> None:
        """Note that everything was put."""
        self._journal.sync()
        self.manifest = self.manifest.model_copy(update={"finished": when})
        write_whole(self.folder / MANIFEST, self.manifest.model_dump_json(indent=2))

    def __enter__(self) -> BenchWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._journal.close()


def is_bench(folder: Path) -> bool:
    return (folder / MANIFEST).is_file()


def list_benches(parent: Path) -> list[Path]:
    """The folders of benches directly below a folder, by name."""
    return sorted(p.parent for p in parent.glob(f"*/{MANIFEST}"))


def read_bench(folder: Path) -> Bench:
    """Read a bench from its folder. RunError if there is none, or if it is damaged anywhere but in its last line."""
    manifest = _manifest(folder)
    log = read_log(folder / RECORD)
    if log.damages:
        raise RunError(log.complaint())
    items: list[Item] = []
    units: dict[str, bool] = {}
    for entry in log.entries:
        found, unit, whole = _unit(folder, entry)
        items += found
        units[unit] = whole
    whole_units = frozenset(unit for unit, whole in units.items() if whole)
    return Bench(folder, manifest, tuple(items), frozenset(units), whole_units, log.torn)


def _unit(folder: Path, entry: Entry) -> tuple[tuple[Item, ...], str, bool]:
    content: dict[str, Any] = entry.content
    try:
        return _ITEMS.validate_python(content["items"]), str(content["unit"]), bool(content["whole"])
    except (KeyError, ValidationError) as error:
        raise RunError(f"{folder / RECORD}:{entry.number}: this is no unit of a bench: {in_short(error)}") from error


def _manifest(folder: Path) -> BenchManifest:
    path = folder / MANIFEST
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"no bench in {folder}: {path} cannot be read: {error}") from error
    try:
        manifest = BenchManifest.model_validate_json(text)
    except ValidationError as error:
        raise RunError(f"{path}: not the manifest of a bench: {in_short(error)}") from error
    if manifest.format > FORMAT:
        raise RunError(f"{path} has format {manifest.format}, made by a newer stage; this one reads up to {FORMAT}")
    return manifest
