"""A run on disk: what is written is read back, and whatever the disk refuses, what came before stays readable."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stage.errors import RunError
from stage.inference.requests import ModelCard
from stage.performing.transcript import Answer, Chosen, Line, Made, Transcript, Variant, Worded
from stage.records.folders import list_runs, new_folder, own_folder
from stage.records.journal import Journal, read_log
from stage.records.manifest import MANIFEST, RECORD, Manifest
from stage.records.prompts import digest_of
from stage.records.record import DamagedRunError, read_run
from stage.records.record_writer import RunWriter
from stage.scoring.scorecard import score

START = Transcript(
    (), (), ("sally", "anne", "narrator", "author"), 0.5, {"sally": ("a secret",)}, {"marble at": ("basket", "box")},
    {"box": "the box"},
)  # fmt: skip

names = st.sampled_from(["sally", "anne", "kind", "名"])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
values = st.none() | texts
numbers = st.floats(allow_nan=False)
variants = st.builds(
    Variant, st.integers(0, 3), st.integers(0, 3), st.lists(numbers, max_size=3).map(tuple),
    st.lists(st.integers(1, 9), max_size=3).map(tuple), texts,
)  # fmt: skip
lines = st.builds(
    Line,
    beat=st.integers(0, 99),
    kind=st.sampled_from(["event", "speech", "thought", "narration", "act", "author"]),
    speaker=st.none() | names,
    text=texts,
    audience=st.lists(names, max_size=3).map(tuple),
    partly=st.lists(names, max_size=3).map(tuple),
    performed=st.booleans(),
    act=texts,
    act_probability=st.none() | st.floats(0, 1),
    ended=texts,
    known=st.lists(texts, max_size=3).map(tuple),
)
labels = st.sampled_from(["choose/1/1", "say/2/2"])
mades = st.builds(
    Chosen, st.integers(0, 99), labels, texts, st.lists(texts, max_size=2).map(tuple),
    st.lists(numbers, max_size=2).map(tuple), st.lists(st.integers(1, 9), max_size=2).map(tuple), st.integers(0, 1),
) | st.builds(
    Worded, st.integers(0, 99), labels, texts, texts, st.sampled_from(["stop", "length", "end"]), numbers,
    st.integers(0, 99),
)  # fmt: skip
answers = st.builds(
    Answer,
    id=texts,
    beat=st.integers(0, 99),
    viewpoint=st.lists(names, max_size=3).map(tuple),
    voice=names,
    about=texts,
    question=texts,
    options=st.lists(values, max_size=3).map(tuple),
    expected=values,
    minds=st.dictionaries(names, values, max_size=3),
    variants=st.lists(variants, max_size=2).map(tuple),
    probabilities=st.lists(st.floats(0, 1), max_size=3).map(tuple),
    answer=values,
    margin=numbers,
    readable=st.booleans(),
)


def manifest() -> Manifest:
    return Manifest(
        scenario="scene.yaml", scene_sha256="0" * 64, model=ModelCard("tiny", details={"layers": 3, "tree": True}), seed=3,
        context="windowed:2", temperature=0.7, max_tokens=40, mirrors=True, started="2025-01-01T00:00:00+00:00",
        versions={"python": "3"},
    )  # fmt: skip


def line(number: int) -> Line:
    return Line(number, "speech", "sally", f"line {number}\nwith two rows\u2028", ("anne",), performed=True)


def answer(number: int) -> Answer:
    return Answer(
        f"p{number}", number, ("sally",), "sally", "marble at", "Where?", ("basket", None), None, {"reality": "box"}
    )


def write(folder: Path, beats: int, finish: bool = True) -> None:
    with RunWriter.create(folder, manifest(), "title: é\n", START) as record:
        for number in range(beats):
            record.line(line(number))
            record.prompt(digest_of(f"prompt {number}"), f"prompt {number}")
            record.answer(answer(number))
            record.beat_ended(number)
        if finish:
            record.finish()


@given(
    st.lists(lines, max_size=3), st.lists(answers, max_size=3), st.lists(texts, max_size=3, unique=True),
    st.lists(mades, max_size=3),
)  # fmt: skip
def test_whatever_is_written_is_read_back(
    said: list[Line], asked: list[Answer], told: list[str], made: list[Made]
) -> None:
    prompts = {digest_of(text): text for text in told}
    with TemporaryDirectory() as folder:
        with RunWriter.create(Path(folder), manifest(), "title: é\n", START) as record:
            for new in made:
                record.made(new)
            for one in said:
                record.line(one)
            for digest, text in prompts.items():
                record.prompt(digest, text)
            for other in asked:
                record.answer(other)
            record.beat_ended(1)
            record.finish()
        found = read_run(Path(folder))
    assert found.transcript == replace(START, lines=tuple(said), answers=tuple(asked))
    assert found.prompts == prompts
    assert (found.made, found.beats) == (tuple(made), 1)
    assert (found.finished, found.torn) == (True, False)
    assert found.manifest.finished is not None
    assert found.manifest.model_copy(update={"finished": None}) == manifest()


def test_what_is_not_a_number_is_read_back_as_such(tmp_path: Path) -> None:
    unread = replace(answer(1), variants=(Variant(0, 0, (float("-inf"), float("nan")), (1, 1)),), readable=False)
    with RunWriter.create(tmp_path, manifest(), "", START) as record:
        record.answer(unread)
    (found,) = read_run(tmp_path).transcript.answers
    assert str(found) == str(unread)


def test_a_run_is_finished_only_when_it_says_so(tmp_path: Path) -> None:
    write(tmp_path, beats=2, finish=False)
    found = read_run(tmp_path)
    assert (found.finished, found.torn, found.manifest.finished) == (False, False, None)
    assert [one.beat for one in found.transcript.lines] == [0, 1]


def test_where_there_is_a_manifest_there_is_a_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a run that is killed as it begins is none, or can be gone on with."""
    seen = []
    replace_file = Path.replace

    def replaced(self: Path, target: Path) -> Path:
        seen.append((target.name, sorted(p.name for p in tmp_path.iterdir() if p.suffix != ".draft")))
        return replace_file(self, target)

    monkeypatch.setattr(Path, "replace", replaced)
    with RunWriter.create(tmp_path, manifest(), "", START):
        assert seen == [("scene.yaml", []), (MANIFEST, [RECORD, "scene.yaml"])]


@pytest.fixture
def unsynced(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The files and folders that were written, or in which a name came, and were not synced to the disk since."""
    found: set[str] = set()
    pwrite, fsync, opened, replace_ = os.pwrite, os.fsync, os.open, Path.replace

    def named(file: int) -> str:
        return os.readlink(f"/proc/self/fd/{file}")

    def writes(file: int, data: bytes, offset: int) -> int:
        found.add(named(file))
        return pwrite(file, data, offset)

    def syncs(file: int) -> None:
        found.discard(named(file))
        fsync(file)

    def opens(path: str | Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT and not os.path.exists(path):
            found.add(str(Path(path).parent))
        return opened(path, flags, mode)

    def replaces(self: Path, target: Path) -> Path:
        assert str(self) in synced, "what replaces a file is on the disk before"
        found.add(str(self.parent))
        return replace_(self, target)

    synced: set[str] = set()

    def syncs_and_notes(file: int) -> None:
        synced.add(named(file))
        syncs(file)

    monkeypatch.setattr(os, "pwrite", writes)
    monkeypatch.setattr(os, "fsync", syncs_and_notes)
    monkeypatch.setattr(os, "open", opens)
    monkeypatch.setattr(Path, "replace", replaces)
    return found


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="tells files by /proc")
def test_every_beat_is_on_the_disk_when_it_ends(tmp_path: Path, unsynced: set[str]) -> None:
    with RunWriter.create(tmp_path, manifest(), "", START) as record:
        assert unsynced == {str(tmp_path / RECORD)}  # the names of all files are on the disk, the manifest too
        for number in range(3):
            record.line(line(number))
            assert unsynced == {str(tmp_path / RECORD)}
            record.beat_ended(number)
            assert unsynced == set()
            assert len(read_run(tmp_path).transcript.lines) == number + 1
        record.finish()
        assert unsynced == set()


@given(st.integers(0, 4000))
def test_a_record_cut_anywhere_holds_a_beginning_of_the_run(length: int) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, beats=3)
        record = folder / RECORD
        record.write_bytes(record.read_bytes()[:length])
        found = read_run(folder)
    assert found.transcript.lines == tuple(map(line, range(len(found.transcript.lines))))
    assert found.transcript.answers == tuple(map(answer, range(len(found.transcript.answers))))


@given(
    st.integers(0, 12),
    st.sampled_from(["{", "null", "7", '"text"', "[]", '{"kind": "line"}', '{"kind": "prompt"}', "\x00"]),
)
def test_a_damaged_line_is_refused_with_its_number(place: int, damage: str) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, beats=3)
        rows = (folder / RECORD).read_text(encoding="utf-8").split("\n")[:-1]
        (folder / RECORD).write_text("\n".join([*rows[:place], damage, *rows[place:]]) + "\n", encoding="utf-8")
        with pytest.raises(RunError) as refused:
            read_run(folder)
        assert str(refused.value).startswith(f"{folder / RECORD}:{place + 1}: damaged")


def test_the_rest_of_a_damaged_run_stays_readable(tmp_path: Path) -> None:
    write(tmp_path, beats=3)
    whole = (tmp_path / RECORD).read_text(encoding="utf-8")
    (tmp_path / RECORD).write_text(whole.replace("line 1", "lime 1", 1), encoding="utf-8")
    with pytest.raises(DamagedRunError, match=f"{RECORD}:6: damaged line: its checksum") as refused:
        read_run(tmp_path)
    sound = refused.value.sound
    assert sound.transcript.lines == (line(0), line(2))
    assert len(sound.transcript.answers) == 3
    assert sound.finished


def test_a_manifest_that_was_changed_is_told_and_the_rest_stays_readable(tmp_path: Path) -> None:
    write(tmp_path, beats=1)
    path = tmp_path / MANIFEST
    path.write_text(path.read_text(encoding="utf-8").replace('"seed": 3', '"seed": 4'), encoding="utf-8")
    with pytest.raises(DamagedRunError, match=f"{MANIFEST}: damaged") as refused:
        read_run(tmp_path)
    assert refused.value.sound.transcript.lines == (line(0),)
    with pytest.raises(RunError, match=f"{MANIFEST}: damaged"):
        RunWriter.reopen(tmp_path, START)


def test_a_manifest_with_fields_of_a_later_stage_is_sound(tmp_path: Path) -> None:
    class Later(Manifest):
        mood: str = "fair"

    later = Later.model_validate(manifest().model_dump())
    with RunWriter.create(tmp_path, later, "", START):
        pass
    assert read_run(tmp_path).manifest == manifest()


DATA = Path(__file__).parent / "data"
OLD = DATA / "run-of-format-1"


def test_a_record_of_format_1_is_still_read() -> None:
    """It was written by the first version that kept records."""
    old = read_run(OLD)
    assert (old.manifest.format, old.finished, old.torn) == (1, True, False)
    assert [one.kind for one in old.transcript.lines] == ["event"] * 6 + ["speech"]
    assert [(a.id, a.expected) for a in old.transcript.answers] == [
        ("sally: marble at [after 4]", "basket"),
        ("sally: marble at [after 5]", "basket"),
        ("anne>sally: marble at [after 5]", "basket"),
    ]
    assert all(v.prompt in old.prompts for a in old.transcript.answers for v in a.variants)
    assert score(old.transcript).probes == 3


def test_a_record_of_format_1_can_not_be_gone_on_with(tmp_path: Path) -> None:
    shutil.copytree(OLD, tmp_path / "old")
    before = (tmp_path / "old" / RECORD).read_bytes()
    with pytest.raises(RunError, match="older stage"):
        RunWriter.reopen(tmp_path / "old", START)
    assert (tmp_path / "old" / RECORD).read_bytes() == before


def test_a_record_of_format_2_and_its_branch_are_still_read() -> None:
    """They were written by the last version that kept every prompt whole."""
    old, branch = read_run(DATA / "run-of-format-2"), read_run(DATA / "branch-of-format-2")
    assert (old.manifest.format, old.finished, old.torn, old.beats) == (2, True, False, 5)
    assert (branch.manifest.format, branch.finished, branch.beats) == (2, True, 5)
    for run in (old, branch):
        asked = [v.prompt for a in run.transcript.answers for v in a.variants]
        assert len(asked) == 12
        assert all("Question: " in run.prompts[digest] for digest in asked)
        assert score(run.transcript).probes == 3


def test_entries_of_a_later_format_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, beats=1)
    with Journal.reopen(tmp_path / RECORD) as journal:
        journal.add({"kind": "remark", "text": "?"})
    assert len(read_run(tmp_path).transcript.lines) == 1


@pytest.mark.parametrize(
    "entry",
    [{"kind": "prompt", "sha256": {}, "text": "x"}, {"kind": "prompt", "sha256": "x", "text": 7}, {"kind": "prompt"},
     {"kind": "prompt", "sha256": "x", "text": "", "after": "y", "shared": -1}, {"kind": "prompt", "sha256": "x", "text": "", "shared": 1},
     {"kind": "prompt", "sha256": "x", "text": "", "after": "y", "shared": None}, {"kind": "beat", "number": "x"}, {"kind": "beat", "number": None}, {"kind": "beat", "number": 1e400}],
)  # fmt: skip
def test_an_entry_that_says_what_none_can_say_is_told(entry: dict[str, Any], tmp_path: Path) -> None:
    """Its checksum fits: it is what somebody wrote there."""
    with RunWriter.create(tmp_path, manifest(), "", START):
        pass
    with Journal.reopen(tmp_path / RECORD) as journal:
        journal.add(entry)
    with pytest.raises(RunError, match=rf"{RECORD}:2: damaged entry of kind '{entry['kind']}'"):
        read_run(tmp_path)


def prompts_of_one_beginning(folder: Path) -> list[str]:
    """A run with four prompts, of which each but the first adds to the one before; their digests."""
    told = ["what happened", "what happened so", "what happened so far", "what happened so far and then"]
    with RunWriter.create(folder, manifest(), "", START) as record:
        for text in told:
            record.prompt(digest_of(text), text)
        record.prompt(digest_of("other"), "other")
        record.beat_ended(0)
    kept = [e.content for e in read_log(folder / RECORD).entries if e.content["kind"] == "prompt"]
    assert [k.get("after") for k in kept] == [None, *map(digest_of, told[:3]), None]
    assert [k["text"] for k in kept] == ["what happened", " so", " far", " and then", "other"]
    return [k["sha256"] for k in kept]


@pytest.mark.parametrize("line", [2, 3, 4, 5])
def test_prompts_that_add_to_a_damaged_one_are_told_and_all_others_stay_readable(line: int, tmp_path: Path) -> None:
    digests = prompts_of_one_beginning(tmp_path)
    rows = (tmp_path / RECORD).read_bytes().split(b"\n")
    rows[line - 1] = rows[line - 1].replace(b'"text": "', b'"text": "?')
    (tmp_path / RECORD).write_bytes(b"\n".join(rows))
    with pytest.raises(DamagedRunError, match=f"{RECORD}:{line}: damaged line: its checksum") as refused:
        read_run(tmp_path)
    _, *further = str(refused.value).splitlines()
    many = {2: "damaged prompts, 3 in all", 3: "damaged prompts, 2 in all", 4: "damaged prompt"}
    what = "kept as what is added to a prompt that is missing or damaged"
    assert further == ([f"{tmp_path / RECORD}:{line + 1}: {many[line]}: {what}"] if line in many else [])
    sound = refused.value.sound
    assert list(sound.prompts) == [*digests[: line - 2], digests[4]]
    assert [digest_of(text) for text in sound.prompts.values()] == list(sound.prompts)


def test_no_more_prompts_are_lost_with_a_damaged_one_than_those_of_32_beats(tmp_path: Path) -> None:
    with RunWriter.create(tmp_path, manifest(), "", START) as record:
        for beat in range(70):
            record.prompt(digest_of("so far" + "!" * beat), "so far" + "!" * beat)
            record.beat_ended(beat)
    rows = (tmp_path / RECORD).read_bytes().split(b"\n")
    (tmp_path / RECORD).write_bytes(
        b"\n".join(row.replace(b'"!"', b'"?"') if b"!" in row else row for row in rows[:4])
        + b"\n"
        + b"\n".join(rows[4:])
    )
    with pytest.raises(DamagedRunError, match="damaged prompts, 30 in all") as told:
        read_run(tmp_path)
    kept = list(told.value.sound.prompts.values())
    assert kept == ["so far" + "!" * beat for beat in (0, *range(32, 70))]


def test_a_record_with_a_prompt_whose_beginning_is_missing_is_not_gone_on_with(tmp_path: Path) -> None:
    """Its checksums fit."""
    write(tmp_path, beats=1, finish=False)
    with Journal.reopen(tmp_path / RECORD) as journal:
        journal.add({"kind": "prompt", "sha256": "x", "text": "", "after": "y", "shared": 0})
        journal.add({"kind": "beat", "number": 1})
    with pytest.raises(
        DamagedRunError, match=rf"{RECORD}:6: damaged prompt: kept as what is added to a prompt"
    ) as told:
        read_run(tmp_path)
    assert told.value.sound.transcript.lines == (line(0),)
    with pytest.raises(RunError, match=rf"{RECORD}:6: damaged prompt"):
        RunWriter.reopen(tmp_path, START)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "\0", '{"format": 1}'])
def test_a_damaged_manifest_is_refused(text: str, tmp_path: Path) -> None:
    write(tmp_path, beats=1)
    (tmp_path / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(RunError, match=MANIFEST):
        read_run(tmp_path)


def test_a_manifest_of_a_newer_stage_is_refused(tmp_path: Path) -> None:
    write(tmp_path, beats=1)
    newer = manifest().model_copy(update={"format": 99})
    (tmp_path / MANIFEST).write_text(newer.checked_json(), encoding="utf-8")
    with pytest.raises(RunError, match="newer"):
        read_run(tmp_path)


def test_a_missing_record_is_refused(tmp_path: Path) -> None:
    write(tmp_path, beats=1)
    (tmp_path / RECORD).unlink()
    with pytest.raises(RunError, match=RECORD):
        read_run(tmp_path)


# ------------------------------------------------------------------------------------------------------------- folders
def test_folders_are_new_and_nobody_elses(tmp_path: Path) -> None:
    made = [new_folder(tmp_path / "runs", title) for title in ("A Play!", "A Play!", "名", "../../etc", "x" * 300)]
    assert len(set(made)) == 5
    assert all(folder.is_dir() and folder.parent == tmp_path / "runs" for folder in made)
    assert list_runs(tmp_path / "runs") == []
    for folder in made[:2]:
        write(folder, beats=0)
    assert list_runs(tmp_path / "runs") == sorted(made[:2])


def test_a_folder_asked_for_by_name_must_be_empty(tmp_path: Path) -> None:
    assert own_folder(tmp_path / "a" / "b").is_dir()
    own_folder(tmp_path / "a" / "b")
    write(tmp_path / "a" / "b", beats=0)
    with pytest.raises(RunError, match="holds a run already"):
        own_folder(tmp_path / "a" / "b")
    with pytest.raises(RunError, match="not empty"):
        own_folder(tmp_path / "a")
    with pytest.raises(RunError, match="is a file"):
        own_folder(tmp_path / "a" / "b" / MANIFEST)


# ------------------------------------------------------------------------------------------------------------ full disk
class FullDisk:
    """A disk that does so many operations (opening, writing, syncing, replacing) and no more; what is written when it
    is full is written in half."""

    def __init__(self, refused: int) -> None:
        self.refused = refused
        self.asked = 0

    def ask(self) -> None:
        self.asked += 1
        if self.asked > self.refused:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def guarded(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            self.ask()
            return real(*args, **more)

        return call

    def written(self, real: Callable[[int, bytes, int], int]) -> Callable[[int, bytes, int], int]:
        def call(file: int, data: bytes, offset: int) -> int:
            try:
                self.ask()
            except OSError:
                real(file, data[: len(data) // 2], offset)
                raise
            return real(file, data, offset)

        return call

    def opened(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Path, *args: Any, **more: Any) -> Any:
            self.ask()
            return real(path, *args, **more)

        return call


@contextmanager
def on(disk: FullDisk) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "open", disk.opened(Path.open))
        patch.setattr(Path, "replace", disk.guarded(Path.replace))
        patch.setattr(os, "open", disk.guarded(os.open))
        patch.setattr(os, "fsync", disk.guarded(os.fsync))
        patch.setattr(os, "pwrite", disk.written(os.pwrite))
        yield


def perform_on(disk: FullDisk, folder: Path, ended: list[int]) -> None:
    """Perform three beats, and note which ended before the disk refused."""
    with on(disk), RunWriter.create(folder, manifest(), "title: é\n", START) as record:
        for number in range(3):
            record.line(line(number))
            record.prompt(digest_of(f"prompt {number}"), f"prompt {number}")
            record.answer(answer(number))
            record.beat_ended(number)
            ended.append(number)
        record.finish()


def operations_of_a_run() -> int:
    with TemporaryDirectory() as folder:
        disk = FullDisk(10_000)
        perform_on(disk, Path(folder), [])
        return disk.asked


@pytest.mark.parametrize("refused", range(operations_of_a_run()))
def test_a_disk_that_is_full_at_any_moment_keeps_what_had_ended(refused: int, tmp_path: Path) -> None:
    ended: list[int] = []
    with pytest.raises(RunError, match="No space left") as told:
        perform_on(FullDisk(refused), tmp_path, ended)
    assert str(tmp_path) in str(told.value)
    if not (tmp_path / MANIFEST).exists():
        assert not ended
        return
    found = read_run(tmp_path)
    assert len(found.transcript.lines) >= len(ended)
    assert found.transcript.lines == tuple(map(line, range(len(found.transcript.lines))))
    assert found.transcript.answers == tuple(map(answer, range(len(found.transcript.answers))))


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
@pytest.mark.parametrize("kilobytes", [4, 20, 40])
def test_a_disk_that_is_really_full(kilobytes: int, tmp_path: Path) -> None:
    """The kernel refuses to let the record grow; the last write goes through in part."""
    program = f"""
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({kilobytes * 1024},) * 2)
from stage.__main__ import main
main()
"""
    args = ["run", "sally_anne", "-m", "control:oracle", "--out", str(tmp_path / "run"), "--json"]
    done = subprocess.run(
        [sys.executable, "-c", program, *args], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stdout) == (5, "")
    assert "what was written before is kept" in done.stderr
    assert "Traceback" not in done.stderr
    found = read_run(tmp_path / "run")
    assert not found.finished
    assert (tmp_path / "run" / RECORD).stat().st_size <= kilobytes * 1024
