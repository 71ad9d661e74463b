"""Writing a run as it is performed; what is written is told in `stage.records.record`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, assert_never

from stage.errors import RunError
from stage.performing.past import Past
from stage.performing.transcript import Answer, Chosen, Line, Made, Transcript, Worded
from stage.records.journal import Entry, Journal, Log, write_whole
from stage.records.manifest import GONE_ON_WITH, MANIFEST, RECORD, SCENE, Manifest, after, now, read_manifest
from stage.records.prompts import PromptCoder
from stage.records.record import (
    ANSWER,
    CAST,
    CHOSEN,
    LINE,
    PROMPT,
    WORDED,
    Run,
    begins_afresh,
    folded,
    lost_complaint,
    shared_log,
)


class RunWriter:
    """Writes a run as it is performed; an `Audience` of the play. Close it, or use it as a context manager.

    RunError where the disk refuses, or where another process writes the run; what was written before stays readable.
    """

    def __init__(self, folder: Path, manifest: Manifest, journal: Journal, before: Run | None = None) -> None:
        self.folder = folder
        self.manifest = manifest
        self.past: Past | None = before.past if before else None
        """What was performed before this writer took over."""
        self._journal = journal
        self._coder = PromptCoder(before.prompts if before else None) if manifest.format > 2 else None

    @classmethod
    def create(cls, folder: Path, manifest: Manifest, scene_text: str, start: Transcript) -> RunWriter:
        """Begin a run in an empty folder; one with a parent goes on from there, and holds only what follows."""
        shared = _sound(folder, manifest, shared_log(folder, manifest)) if manifest.parent else None
        write_whole(folder / SCENE, scene_text)
        writer = cls(folder, manifest, Journal.create(folder / RECORD, after(manifest)), shared)._begun(start)
        try:
            writer._write_manifest()  # last: where there is a manifest there is a run
        except BaseException:
            writer.close()
            raise
        return writer

    @classmethod
    def reopen(cls, folder: Path, start: Transcript, upto: int | None = None) -> RunWriter:
        """Go on with a run that was broken off: what was written of the beat in progress is dropped, or all that was
        written after beat ``upto``. RunError if the run is damaged, of an old format, or being written."""
        manifest, complaints = read_manifest(folder)
        if complaints:
            raise RunError("\n".join(complaints))
        if manifest.format < GONE_ON_WITH:
            raise RunError(
                f"{folder} was made by an older stage, which kept too little to go on from: "
                "it can be read, scored and compared, and has to be performed anew to be finished"
            )
        journal = Journal.reopen(folder / RECORD, after(manifest))
        try:
            entries = journal.found.entries
            ended = [n for n, entry in enumerate(entries) if _ends_beat(entry, upto)]
            kept = entries[: ended[-1] + 1] if ended else ()
            shared = shared_log(folder, manifest)
            whole = Log(journal.path, (*shared.entries, *kept))
            before = _sound(folder, manifest, whole) if whole.entries else None
            again = manifest.model_copy(update={"resumed": (*manifest.resumed, now()), "finished": None})
            writer = cls(folder, again, journal, before)
            writer._write_manifest()
            journal.cut(kept[-1] if kept else None)
            return writer if kept else writer._begun(start)
        except BaseException:
            journal.close()
            raise

    def _begun(self, start: Transcript) -> RunWriter:
        try:
            self._add("cast", CAST.dump_python(replace(start, lines=(), answers=()), mode="json", exclude={"aid"}))
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
                self._add("choice", CHOSEN.dump_python(made, mode="json"))
            case Worded():
                self._add("words", WORDED.dump_python(made, mode="json"))
            case _:
                assert_never(made)

    def line(self, line: Line) -> None:
        self._add("line", LINE.dump_python(line, mode="json"))

    def prompt(self, digest: str, text: str) -> None:
        if self._coder is None:
            self._add("prompt", {"sha256": digest, "text": text})
            return
        self._add("prompt", PROMPT.dump_python(self._coder.kept(digest, text), mode="json", exclude_defaults=True))
        self._coder.add(digest, text)

    def answer(self, answer: Answer) -> None:
        unvaried = None if any(v.story for v in answer.variants) else {"variants": {"__all__": {"story"}}}
        self._add("answer", ANSWER.dump_python(answer, mode="json", exclude=unvaried))

    def beat_ended(self, number: int) -> None:
        self._add("beat", {"number": number})
        if self._coder is not None and begins_afresh(number):
            self._coder.begin_afresh()
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


def _sound(folder: Path, manifest: Manifest, log: Log) -> Run:
    """What the entries of a record say together. RunError if any is lost."""
    run = folded(folder, manifest, log)
    if run.lost:
        raise RunError(f"{lost_complaint(run.lost)}\nNothing is added to a damaged record")
    return run


def _ends_beat(entry: Entry, upto: int | None) -> bool:
    content = entry.content
    return content.get("kind") == "beat" and (upto is None or int(content["number"]) <= upto)


def _without_kind(content: dict[str, Any]) -> dict[str, Any]:
    """A line of the play has a kind of its own, which is kept under another name."""
    return {("line_kind" if key == "kind" else key): value for key, value in content.items()}
