"""A run on disk: a manifest that says what was performed by what, and an append-only record of what came of it.

``manifest.json``, the scene as it was (``scene.yaml``), and ``record.jsonl``: a log (`stage.records.journal`) of objects, each
with its ``kind`` ("cast", "choice", "words", "line", "prompt", "answer", "beat", "end"). The record is synced to the
disk at the end of every beat: whatever happens to the process, at most the beat in progress is lost, and with the
choices and words of the stage in it the play can be taken up from there.

A prompt is kept as what it adds to an earlier one (`stage.records.prompts`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import TypeAdapter

from stage.errors import RunError
from stage.performing.past import AFRESH, Past
from stage.performing.transcript import Answer, Chosen, Line, Made, Transcript, Worded
from stage.records.journal import Entry, Log, read_log
from stage.records.manifest import (
    GONE_ON_WITH,
    MANIFEST,
    RECORD,
    TWIN,
    Manifest,
    Parent,
    after,
    in_short,
    read_manifest,
)
from stage.records.prompts import KeptPrompt, Prompts

LINE, ANSWER, CAST = TypeAdapter(Line), TypeAdapter(Answer), TypeAdapter(Transcript)
CHOSEN, WORDED = TypeAdapter(Chosen), TypeAdapter(Worded)
PROMPT = TypeAdapter(KeptPrompt)
NUMBER: TypeAdapter[int] = TypeAdapter(int)


@dataclass(frozen=True)
class Run:
    """A run read back. ``beats`` is the number of the last beat that was performed whole (-1: none); ``torn`` tells
    that the last line of the record was cut off and left out; ``ended`` that the whole scene was performed, and
    ``finished`` that its twin was so too, if it has one. ``twin`` is the run of the twin, and its transcript is with
    that of the run."""

    folder: Path
    manifest: Manifest
    transcript: Transcript
    prompts: Prompts = field(default_factory=Prompts)
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


def shared_log(folder: Path, manifest: Manifest) -> Log:
    """What a branch shares with its parent, and that with its own; nothing for a run without one. RunError where one of them
    is gone, or is not what it was."""
    families: list[tuple[Path, Parent, Log]] = []
    seen, child, made = {os.path.realpath(folder)}, folder, manifest
    while (parent := made.parent) is not None:
        where = child / parent.folder
        if (real := os.path.realpath(where)) in seen:
            raise RunError(f"{child} branches from {where}, which branches from it: a manifest is damaged")
        seen.add(real)
        try:
            above, _ = read_manifest(where)
            log = read_log(where / RECORD, above.format > 1, after(above))
        except RunError as error:
            raise RunError(f"{child} branches from the run {where}, which cannot be read: {error}") from error
        families.append((child, parent, log))
        child, made = where, above
    entries: tuple[Entry, ...] = ()
    for child, parent, log in reversed(families):
        entries = _shared(child, parent, (*entries, *log.entries), log)
    return Log(folder / RECORD, entries)


def _shared(child: Path, parent: Parent, entries: tuple[Entry, ...], log: Log) -> tuple[Entry, ...]:
    """The entries up to the beat after which a child branches; ``log`` is that of its parent alone."""
    ends = [n for n, e in enumerate(entries) if e.content.get("kind") == "beat" and e.check == parent.check]
    end = entries[ends[0]] if ends else None
    if end is None or (end in log.entries and any(d.number <= end.number for d in log.damages)):
        raise RunError(
            f"{child} branches from {child / parent.folder} after beat {parent.beat}, and that run is not what it was there"
        )
    return entries[: ends[0] + 1]


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


def begins_afresh(ended: int) -> bool:
    """Whether prompts begin afresh after a beat has ended: where the model does."""
    return (ended + 1) % AFRESH == 0


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
                    if begins_afresh(run.beats):
                        prompts.begin_afresh()
                case "end":
                    run = replace(run, ended=True)
                case _:
                    pass
        except (ValueError, KeyError) as error:  # pydantic's among them
            raise RunError(f"{entry.where}: damaged entry of kind {kind!r}: {in_short(error)}") from error
    transcript = replace(run.transcript, lines=tuple(lines), answers=tuple(answers), aid=manifest.aid)
    return replace(run, transcript=transcript, made=tuple(made), prompts=prompts, lost=tuple(lost))
