"""A run on disk: a manifest that says what was performed by what, and an append-only record of what came of it.

``manifest.json``, the scene as it was (``scene.yaml``), and ``record.jsonl``: a log (`stage.journal`) of objects, each
with its ``kind`` ("cast", "choice", "words", "line", "prompt", "answer", "beat", "end"). The record is synced to the
disk at the end of every beat: whatever happens to the process, at most the beat in progress is lost, and with the
choices and words of the stage in it the play can be taken up from there.

Records of format 1 had neither checksums nor choices and words; they are read, and cannot be gone on with.
"""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Any, assert_never

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from stage import __version__
from stage.errors import RunError
from stage.inference.requests import ModelCard
from stage.journal import Journal, Log, check_of, read_log, write_whole
from stage.past import Past
from stage.transcript import Answer, Chosen, Line, Made, Transcript, Worded

FORMAT = 2
MANIFEST, RECORD, SCENE = "manifest.json", "record.jsonl", "scene.yaml"
TWIN = "twin"
"""The folder, within that of a run, in which the run of the scene's twin is kept."""
_LINE, _ANSWER, _CAST = TypeAdapter(Line), TypeAdapter(Answer), TypeAdapter(Transcript)
_CHOICE, _WORDS = TypeAdapter(Chosen), TypeAdapter(Worded)


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
    paraphrases: int = 1
    permute_names: bool = False
    layouts: bool = False
    twin: str = ""
    """What is otherwise in the scene's twin, which is performed as well; empty if there is none."""
    is_twin: bool = False
    temperature: float
    max_tokens: int
    mirrors: bool
    second_reader: bool = False
    started: str
    resumed: tuple[str, ...] = ()
    finished: str | None = None
    versions: dict[str, str] = {}

    @property
    def conditions(self) -> dict[str, str]:
        """That in which runs are made to differ, by name."""
        names = {
            "model": self.model.name,
            "seed": str(self.seed),
            "context": self.context,
            "aid": self.aid,
            "paraphrases": str(self.paraphrases),
        }
        return names | {"mirrors": "with mirrors" if self.mirrors else "no mirrors"}

    def checked_json(self) -> str:
        """The manifest as text, with a check of all that it says."""
        found = self.model_dump(mode="json")
        return json.dumps({**found, "check": _check_of_manifest(found)}, indent=2, ensure_ascii=False)


def _check_of_manifest(found: dict[str, Any]) -> str:
    """Whatever fields it has: later versions may add some."""
    bare = {name: value for name, value in found.items() if name != "check"}
    return check_of("", json.dumps(bare, sort_keys=True).encode())


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


class RunWriter:
    """Writes a run as it is performed; an `Audience` of the play. Close it, or use it as a context manager.

    RunError where the disk refuses, or where another process writes the run; what was written before stays readable.
    """

    def __init__(self, folder: Path, manifest: Manifest, journal: Journal, past: Past | None = None) -> None:
        self.folder = folder
        self.manifest = manifest
        self.past = past
        """What was performed before this writer took over."""
        self._journal = journal

    @classmethod
    def create(cls, folder: Path, manifest: Manifest, scene_text: str, start: Transcript) -> RunWriter:
        """Begin a run in an empty folder."""
        write_whole(folder / SCENE, scene_text)
        writer = cls(folder, manifest, Journal.create(folder / RECORD))._begun(start)
        try:
            writer._write_manifest()  # last: where there is a manifest there is a run
        except BaseException:
            writer.close()
            raise
        return writer

    @classmethod
    def reopen(cls, folder: Path, start: Transcript) -> RunWriter:
        """Go on with a run that was broken off: what was written of the beat in progress is dropped. RunError if the
        run is damaged, of an old format, or being written."""
        manifest, complaints = _manifest(folder)
        if complaints:
            raise RunError("\n".join(complaints))
        if manifest.format < FORMAT:
            raise RunError(
                f"{folder} was made by an older stage, which kept too little to go on from: "
                "it can be read, scored and compared, and has to be performed anew to be finished"
            )
        journal = Journal.reopen(folder / RECORD)
        try:
            entries = journal.found.entries
            ended = [n for n, entry in enumerate(entries) if entry.content.get("kind") == "beat"]
            kept = entries[: ended[-1] + 1] if ended else ()
            past = _folded(folder, manifest, Log(journal.path, kept)).past if kept else None
            writer = cls(folder, manifest.model_copy(update={"resumed": (*manifest.resumed, now())}), journal, past)
            writer._write_manifest()
            journal.cut(kept[-1] if kept else None)
            return writer if kept else writer._begun(start)
        except BaseException:
            journal.close()
            raise

    def _begun(self, start: Transcript) -> RunWriter:
        try:
            self._add("cast", _CAST.dump_python(replace(start, lines=(), answers=()), mode="json"))
        except RunError:
            self.close()
            raise
        return self

    def __enter__(self) -> RunWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def made(self, made: Made) -> None:
        match made:
            case Chosen():
                self._add("choice", _CHOICE.dump_python(made, mode="json"))
            case Worded():
                self._add("words", _WORDS.dump_python(made, mode="json"))
            case _:
                assert_never(made)

    def line(self, line: Line) -> None:
        self._add("line", _LINE.dump_python(line, mode="json"))

    def prompt(self, digest: str, text: str) -> None:
        self._add("prompt", {"sha256": digest, "text": text})

    def answer(self, answer: Answer) -> None:
        self._add("answer", _ANSWER.dump_python(answer, mode="json"))

    def beat_ended(self, number: int) -> None:
        self._add("beat", {"number": number})
        self._journal.sync()

    def finish(self) -> None:
        """Note that the whole scene was performed."""
        self._add("end", {})
        self._journal.sync()
        self.manifest = self.manifest.model_copy(update={"finished": now()})
        self._write_manifest()

    def close(self) -> None:
        self._journal.close()

    def _add(self, kind: str, content: dict[str, Any]) -> None:
        self._journal.add({"kind": kind, **_without_kind(content)})

    def _write_manifest(self) -> None:
        write_whole(self.folder / MANIFEST, self.manifest.checked_json())


def _without_kind(content: dict[str, Any]) -> dict[str, Any]:
    """A line of the play has a kind of its own, which is kept under another name."""
    return {("line_kind" if key == "kind" else key): value for key, value in content.items()}


@dataclass(frozen=True)
class Run:
    """A run read back. ``beats`` is the number of the last beat that was performed whole (-1: none); ``torn`` tells
    that the last line of the record was cut off and left out; ``ended`` that the whole scene was performed, and
    ``finished`` that its twin was so too, if it has one. ``twin`` is the run of the twin, and its transcript is with
    that of the run."""

    folder: Path
    manifest: Manifest
    transcript: Transcript
    prompts: dict[str, str] = field(default_factory=dict)
    made: tuple[Made, ...] = ()
    beats: int = -1
    ended: bool = False
    torn: bool = False
    twin: Run | None = None

    @property
    def finished(self) -> bool:
        return self.ended and (not self.manifest.twin or (self.twin is not None and self.twin.finished))

    @property
    def past(self) -> Past:
        """All that was performed, to be taken up."""
        return Past(self.beats, self.made, self.transcript.lines, self.transcript.answers, frozenset(self.prompts))


class DamagedRunError(RunError):
    """A run that is not as it was written. The message names every damaged line; ``sound`` is what the rest says."""

    def __init__(self, complaint: str, sound: Run) -> None:
        super().__init__(complaint)
        self.sound = sound


def read_run(folder: Path) -> Run:
    """Read a run from its folder. RunError if there is none; DamagedRunError if it is damaged anywhere but in a last
    line that was cut off."""
    manifest, complaints = _manifest(folder)
    log = read_log(folder / RECORD, checked=manifest.format > 1)
    if log.damages:
        complaints = [*complaints, log.complaint()]
    run = _folded(folder, manifest, log)
    if complaints:
        raise DamagedRunError("\n".join(complaints), run)
    if not manifest.twin or not (folder / TWIN / MANIFEST).exists():
        return run
    twin = read_run(folder / TWIN)
    return replace(run, twin=twin, transcript=replace(run.transcript, twin=twin.transcript))


def _folded(folder: Path, manifest: Manifest, log: Log) -> Run:
    """What the entries of a record say together."""
    run = Run(folder, manifest, Transcript(), torn=log.torn)
    lines: list[Line] = []
    answers: list[Answer] = []
    made: list[Made] = []
    for entry in log.entries:
        content = dict(entry.content)
        kind = content.pop("kind", None)
        try:
            match kind:
                case "cast":
                    run = replace(run, transcript=_CAST.validate_python(content, strict=False))
                case "choice":
                    made.append(_CHOICE.validate_python(content))
                case "words":
                    made.append(_WORDS.validate_python(content))
                case "line":
                    content["kind"] = content.pop("line_kind")
                    lines.append(_LINE.validate_python(content))
                case "answer":
                    answers.append(_ANSWER.validate_python(content))
                case "prompt":
                    run.prompts[content["sha256"]] = content["text"]
                case "beat":
                    run = replace(run, beats=int(content["number"]))
                case "end":
                    run = replace(run, ended=True)
                case _:
                    pass
        except (ValidationError, KeyError) as error:
            where = f"{log.path}:{entry.number}"
            raise RunError(f"{where}: damaged entry of kind {kind!r}: {_first_line(error)}") from error
    transcript = replace(run.transcript, lines=tuple(lines), answers=tuple(answers))
    return replace(run, transcript=transcript, made=tuple(made))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _manifest(folder: Path) -> tuple[Manifest, list[str]]:
    """A run's manifest, and what is amiss with it. RunError where it cannot be made out."""
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
    found = json.loads(text)
    if manifest.format > 1 and found.get("check") != _check_of_manifest(found):
        return manifest, [f"{path}: damaged: its checksum does not fit"]
    return manifest, []
