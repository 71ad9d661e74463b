"""A run on disk: a manifest that says what was performed by what, and an append-only record of what came of it.

``manifest.json``, the scene as it was (``scene.yaml``), and ``record.jsonl``: a log (`stage.records.journal`) of objects, each
with its ``kind`` ("cast", "choice", "words", "line", "prompt", "answer", "beat", "end"). The record is synced to the
disk at the end of every beat: whatever happens to the process, at most the beat in progress is lost, and with the
choices and words of the stage in it the play can be taken up from there.

A prompt is kept as what it adds to an earlier one (`stage.records.prompts`). Records of format 2 kept every prompt whole;
they are read, and gone on with as they are. Records of format 1 had neither checksums nor choices and words; they are
read, and cannot be gone on with.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator

from stage import __version__
from stage.errors import RunError
from stage.inference.requests import ModelCard
from stage.performing.past import Past
from stage.performing.transcript import Answer, Chosen, Line, Made, Transcript, Worded
from stage.records.journal import Log, check_of, read_log
from stage.records.prompts import KeptPrompt, Prompts

FORMAT = 3
GONE_ON_WITH = 2
"""The oldest format that holds enough to go on from."""
MANIFEST, RECORD, SCENE = "manifest.json", "record.jsonl", "scene.yaml"
TWIN = "twin"
"""The folder, within that of a run, in which the run of the scene's twin is kept."""
LINE, ANSWER, CAST = TypeAdapter(Line), TypeAdapter(Answer), TypeAdapter(Transcript)
CHOSEN, WORDED = TypeAdapter(Chosen), TypeAdapter(Worded)
PROMPT = TypeAdapter(KeptPrompt)
NUMBER: TypeAdapter[int] = TypeAdapter(int)


class Parent(BaseModel):
    """The run from which another branches: its folder, relative to the branch's; the last beat that they share; and the
    check of that beat's line, which stands for all that they share."""

    folder: str
    beat: int
    check: str


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
    namings: int = 1
    layouts: bool = False
    shift_story: bool = False
    twin: str = ""
    """What is otherwise in the scene's twin, which is performed as well; empty if there is none."""
    is_twin: bool = False
    rotations: bool = True
    temperature: float
    max_tokens: int
    mirrors: bool
    second_reader: bool = False
    parent: Parent | None = None
    started: str
    resumed: tuple[str, ...] = ()
    finished: str | None = None
    versions: dict[str, str] = {}

    @model_validator(mode="before")
    @classmethod
    def _of_older_versions(cls, found: Any) -> Any:
        """Names were permuted once or not at all before they were permuted in several ways."""
        if isinstance(found, dict) and found.get("permute_names") and "namings" not in found:
            return {**found, "namings": 2}
        return found

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


@dataclass(frozen=True)
class Run:
    """A run read back. ``beats`` is the number of the last beat that was performed whole (-1: none); ``torn`` tells
    that the last line of the record was cut off and left out; ``ended`` that the whole scene was performed, and
    ``finished`` that its twin was so too, if it has one. ``twin`` is the run of the twin, and its transcript is with
    that of the run."""

    folder: Path
    manifest: Manifest
    transcript: Transcript
    prompts: Mapping[str, str] = field(default_factory=Prompts)
    made: tuple[Made, ...] = ()
    beats: int = -1
    ended: bool = False
    torn: bool = False
    twin: Run | None = None
    lost: tuple[str, ...] = ()
    """Where the entries of prompts stand that begin like one that is not there; they are left out."""

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
    manifest, complaints = read_manifest(folder)
    log = read_log(folder / RECORD, manifest.format > 1, after(manifest))
    shared = shared_log(folder, manifest)
    run = folded(folder, manifest, replace(log, entries=(*shared.entries, *log.entries)))
    complaints += [told for told in (log.complaint(), lost_complaint(run.lost)) if told]
    if complaints:
        raise DamagedRunError("\n".join(complaints), run)
    if not manifest.twin or not (folder / TWIN / MANIFEST).exists():
        return run
    twin = read_run(folder / TWIN)
    return replace(run, twin=twin, transcript=replace(run.transcript, twin=twin.transcript))


def lost_complaint(lost: Sequence[str]) -> str:
    """What is said of prompts that are left out; empty where there are none."""
    if not lost:
        return ""
    many = f"damaged prompts, {len(lost)} in all" if len(lost) > 1 else "damaged prompt"
    return f"{lost[0]}: {many}: kept as what is added to a prompt that is missing or damaged"


def after(manifest: Manifest) -> str:
    return manifest.parent.check if manifest.parent else ""


def shared_log(folder: Path, manifest: Manifest) -> Log:
    """What a branch shares with its parent; nothing for a run without one. RunError where the parent is gone, or is
    not what it was."""
    parent, path = manifest.parent, folder / RECORD
    if parent is None:
        return Log(path)
    where = folder / parent.folder
    try:
        above, _ = read_manifest(where)
        log = read_log(where / RECORD, above.format > 1, after(above))
        entries = (*shared_log(where, above).entries, *log.entries)
    except RunError as error:
        raise RunError(f"{folder} branches from the run {where}, which cannot be read: {error}") from error
    ends = [n for n, e in enumerate(entries) if e.content.get("kind") == "beat" and e.check == parent.check]
    end = entries[ends[0]] if ends else None
    if end is None or (end in log.entries and any(d.number <= end.number for d in log.damages)):
        raise RunError(
            f"{folder} branches from {where} after beat {parent.beat}, and that run is not what it was there"
        )
    return Log(path, entries[: ends[0] + 1])


def beat_check(folder: Path, beat: int) -> str:
    """The check of the line that ends a beat of a run. RunError if the beat was not performed whole, or not soundly."""
    manifest, _ = read_manifest(folder)
    log = read_log(folder / RECORD, manifest.format > 1, after(manifest))
    entries = (*shared_log(folder, manifest).entries, *log.entries)
    found = [e for e in entries if e.content.get("kind") == "beat" and e.content.get("number") == beat]
    if manifest.format < GONE_ON_WITH:
        raise RunError(f"{folder} was made by an older stage, which kept too little to go on from")
    if not found:
        raise RunError(f"beat {beat} of {folder} was not performed")
    if found[-1] in log.entries and any(d.number <= found[-1].number for d in log.damages):
        raise RunError(f"{log.complaint()}\nThere is no going on from a damaged part of a record")
    return found[-1].check


def folded(folder: Path, manifest: Manifest, log: Log) -> Run:
    """What the entries of a record say together."""
    run = Run(folder, manifest, Transcript(), torn=log.torn)
    prompts = Prompts()
    lost: list[str] = []
    lines: list[Line] = []
    answers: list[Answer] = []
    made: list[Made] = []
    for entry in log.entries:
        content = dict(entry.content)
        kind = content.pop("kind", None)
        try:
            match kind:
                case "cast":
                    run = replace(run, transcript=CAST.validate_python(content, strict=False))
                case "choice":
                    made.append(CHOSEN.validate_python(content))
                case "words":
                    made.append(WORDED.validate_python(content))
                case "line":
                    content["kind"] = content.pop("line_kind")
                    lines.append(LINE.validate_python(content))
                case "answer":
                    answers.append(ANSWER.validate_python(content))
                case "prompt":
                    if not prompts.add(PROMPT.validate_python(content), entry.where):
                        lost.append(entry.where)
                case "beat":
                    run = replace(run, beats=NUMBER.validate_python(content["number"]))
                case "end":
                    run = replace(run, ended=True)
                case _:
                    pass
        except (ValueError, KeyError) as error:  # pydantic's among them
            raise RunError(f"{entry.where}: damaged entry of kind {kind!r}: {_first_line(error)}") from error
    transcript = replace(run.transcript, lines=tuple(lines), answers=tuple(answers), aid=manifest.aid)
    return replace(run, transcript=transcript, made=tuple(made), prompts=prompts, lost=tuple(lost))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def read_manifest(folder: Path) -> tuple[Manifest, list[str]]:
    """A run's manifest, and what is amiss with it. RunError where it cannot be made out."""
    path = folder / MANIFEST
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        hint = (
            f"did you mean {below}?"
            if (below := Path("runs") / folder).is_dir()
            else "'stage runs' lists the runs there are"
        )
        raise RunError(f"no run in {folder}: there is no {MANIFEST}; {hint}") from error
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
