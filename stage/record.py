"""A run on disk: a manifest that says what was performed by what, and an append-only record of what came of it.

``manifest.json``, the scene as it was (``scene.yaml``), and ``record.jsonl``: one JSON object a line, each with its
``kind`` ("cast", "line", "prompt", "answer", "beat", "end"). The record is flushed to the disk at the end of every
beat, so whatever happens to the process, at most the beat in progress is lost and at most the last line is torn.
"""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from stage import __version__
from stage.errors import RunError
from stage.inference.requests import ModelCard
from stage.transcript import Answer, Line, Transcript

FORMAT = 1
MANIFEST, RECORD, SCENE = "manifest.json", "record.jsonl", "scene.yaml"
_LINE, _ANSWER, _CAST = TypeAdapter(Line), TypeAdapter(Answer), TypeAdapter(Transcript)


class Manifest(BaseModel):
    """What is needed to perform a run again."""

    model_config = ConfigDict(extra="ignore")

    format: int = FORMAT
    scenario: str
    scene_sha256: str
    model: ModelCard
    seed: int
    context: str
    aid: str = "none"
    temperature: float
    max_tokens: int
    mirrors: bool
    second_reader: bool = False
    started: str
    finished: str | None = None
    versions: dict[str, str] = {}

    @property
    def conditions(self) -> dict[str, str]:
        """That in which runs are made to differ, by name."""
        names = {"model": self.model.name, "seed": str(self.seed), "context": self.context, "aid": self.aid}
        return names | {"mirrors": "with mirrors" if self.mirrors else "no mirrors"}


def versions() -> dict[str, str]:
    """The versions of whatever could change a run."""
    found = {"stage": __version__, "python": platform.python_version(), "machine": platform.machine()}
    for package in ("llama-cpp-python", "numpy", "networkx", "pydantic"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def new_folder(parent: Path, title: str) -> Path:
    """A folder for a new run below ``parent``, named by time and scene; created, and nobody else's.

    RunError if it cannot be made.
    """
    stem = f"{datetime.now():%Y-%m-%d-%H%M%S}-{re.sub(r'[^a-z0-9]+', '-', title.lower()).strip('-')[:40] or 'scene'}"
    for attempt in range(1000):
        folder = parent / (stem if not attempt else f"{stem}-{attempt + 1}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise RunError(
                f"cannot make the run folder {folder}: {error.strerror}; choose another with --out"
            ) from error
        return folder
    raise RunError(f"there are a thousand runs called {stem} below {parent} already")


def own_folder(folder: Path) -> Path:
    """A folder that was asked for by name, made if need be. RunError if there is anything in it: nothing is
    overwritten."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = {p.name for p in folder.iterdir()}
    except FileExistsError as error:
        raise RunError(f"{folder} is a file; name a folder for the run") from error
    except OSError as error:
        raise RunError(f"cannot make the run folder {folder}: {error.strerror}") from error
    if held:
        what = "holds a run already" if MANIFEST in held else "is not empty"
        raise RunError(f"{folder} {what}; name another folder, or remove it first")
    return folder


class RunWriter:
    """Writes a run as it is performed; an `Audience` of the play. Close it, or use it as a context manager.

    RunError where the disk refuses; what was written before stays readable.
    """

    def __init__(self, folder: Path, manifest: Manifest, scene_text: str, start: Transcript) -> None:
        self.folder = folder
        self.manifest = manifest
        self._write(SCENE, scene_text)
        self._write(MANIFEST, manifest.model_dump_json(indent=2))
        try:
            self._record = (folder / RECORD).open("x", encoding="utf-8")
        except OSError as error:
            raise RunError(f"cannot write {folder / RECORD}: {error.strerror}") from error
        try:
            self._add("cast", _CAST.dump_python(replace(start, lines=(), answers=()), mode="json"))
        except RunError:
            self.close()
            raise

    def __enter__(self) -> RunWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def line(self, line: Line) -> None:
        self._add("line", _LINE.dump_python(line, mode="json"))

    def prompt(self, digest: str, text: str) -> None:
        self._add("prompt", {"sha256": digest, "text": text})

    def answer(self, answer: Answer) -> None:
        self._add("answer", _ANSWER.dump_python(answer, mode="json"))

    def beat_ended(self, number: int) -> None:
        self._add("beat", {"number": number})
        self._sync()

    def finish(self) -> None:
        """Note that the whole scene was performed."""
        self._add("end", {})
        self._sync()
        self.manifest = self.manifest.model_copy(update={"finished": now()})
        self._write(MANIFEST, self.manifest.model_dump_json(indent=2))

    def close(self) -> None:
        if not self._record.closed:
            try:
                self._record.close()
            except OSError as error:
                raise self._refused(RECORD, error) from error

    def _add(self, kind: str, content: dict[str, Any]) -> None:
        try:
            self._record.write(json.dumps({"kind": kind, **_without_kind(content)}, ensure_ascii=False) + "\n")
        except OSError as error:
            raise self._refused(RECORD, error) from error

    def _sync(self) -> None:
        try:
            self._record.flush()
            os.fsync(self._record.fileno())
        except OSError as error:
            raise self._refused(RECORD, error) from error

    def _write(self, name: str, text: str) -> None:
        """Replace a file as a whole: readers see the old one or the new one."""
        path = self.folder / name
        draft = path.with_suffix(".draft")
        try:
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)
        except OSError as error:
            raise self._refused(name, error) from error

    def _refused(self, name: str, error: OSError) -> RunError:
        return RunError(f"cannot write {self.folder / name}: {error.strerror}; what was written before is kept")


def _without_kind(content: dict[str, Any]) -> dict[str, Any]:
    """A line of the play has a kind of its own, which is kept under another name."""
    return {("line_kind" if key == "kind" else key): value for key, value in content.items()}


@dataclass(frozen=True)
class Run:
    """A run read back. ``torn`` tells that the last line of the record was cut off and left out; ``finished`` that the
    whole scene was performed."""

    folder: Path
    manifest: Manifest
    transcript: Transcript
    prompts: dict[str, str] = field(default_factory=dict)
    finished: bool = False
    torn: bool = False


def read_run(folder: Path) -> Run:
    """Read a run from its folder. RunError if there is none, or if it is damaged anywhere but in its last line."""
    manifest = _manifest(folder)
    transcript, prompts, finished, torn = Transcript(), {}, False, False
    lines, answers = [], []
    for number, entry in _entries(folder / RECORD):
        if entry is None:
            torn = True
            break
        kind = entry.pop("kind", None)
        try:
            match kind:
                case "cast":
                    transcript = _CAST.validate_python(entry, strict=False)
                case "line":
                    entry["kind"] = entry.pop("line_kind")
                    lines.append(_LINE.validate_python(entry))
                case "answer":
                    answers.append(_ANSWER.validate_python(entry))
                case "prompt":
                    prompts[entry["sha256"]] = entry["text"]
                case "end":
                    finished = True
                case _:
                    pass
        except (ValidationError, KeyError) as error:
            raise RunError(
                f"{folder / RECORD}:{number}: damaged entry of kind {kind!r}: {_first_line(error)}"
            ) from error
    return Run(
        folder, manifest, replace(transcript, lines=tuple(lines), answers=tuple(answers)), prompts, finished, torn
    )


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise RunError(f"no run in {folder}: there is no {MANIFEST}; 'stage runs' lists the runs there are") from error
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"cannot read {path}: {error}") from error
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        raise RunError(f"{path}: not a run's manifest: {_first_line(error)}") from error
    if manifest.format > FORMAT:
        raise RunError(f"{path} has format {manifest.format}, made by a newer stage; this one reads up to {FORMAT}")
    return manifest


def _entries(path: Path) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """The record's entries with their line numbers; None for a last line that is torn."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror}") from error
    pieces = raw.split(b"\n")
    for number, piece in enumerate(pieces, start=1):
        is_last = number == len(pieces)
        if not piece:
            continue
        try:
            entry = json.loads(piece)
        except ValueError as error:
            if is_last:
                yield number, None
                return
            raise RunError(f"{path}:{number}: damaged line; the lines before it are sound") from error
        if not isinstance(entry, dict):
            raise RunError(f"{path}:{number}: damaged line; the lines before it are sound")
        yield number, entry


def list_runs(parent: Path) -> list[Path]:
    """The run folders directly below a folder, by name."""
    return sorted(p.parent for p in parent.glob(f"*/{MANIFEST}"))
