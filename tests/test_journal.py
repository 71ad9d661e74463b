"""The log on disk: what was written whole is read back, a torn end is dropped, all other damage is found by its line."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stage.errors import RunError
from stage.records.journal import Journal, read_log, write_whole

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
contents = st.dictionaries(
    texts.filter(lambda name: name != "check"), st.none() | st.integers() | texts | st.lists(texts, max_size=2),
    min_size=1, max_size=3,
)  # fmt: skip


def entry(number: int) -> dict[str, Any]:
    return {"kind": "line", "number": number, "text": "two\nrows\u2028" * (number % 3)}


def written(path: Path, count: int) -> bytes:
    with Journal.create(path) as journal:
        for number in range(count):
            journal.add(entry(number))
        journal.sync()
    return path.read_bytes()


@given(st.lists(contents, max_size=5), st.lists(contents, max_size=5))
def test_what_is_written_is_read_back_also_in_two_goes(first: list[dict[str, Any]], then: list[dict[str, Any]]) -> None:
    with TemporaryDirectory() as folder:
        path, other = Path(folder) / "log", Path(folder) / "at once"
        with Journal.create(path) as journal:
            for one in first:
                journal.add(one)
        with Journal.reopen(path) as journal:
            assert [e.content for e in journal.found.entries] == first
            for one in then:
                journal.add(one)
        log = read_log(path)
        with Journal.create(other) as journal:
            for one in [*first, *then]:
                journal.add(one)
            assert journal.check == (log.entries[-1].check if log.entries else "")
        assert path.read_bytes() == other.read_bytes()
    assert ([e.content for e in log.entries], log.damages, log.torn) == ([*first, *then], (), False)


def test_a_log_cut_anywhere_is_its_whole_lines_and_can_be_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "log"
    whole = written(path, 4)
    ends = [0, *(i + 1 for i, byte in enumerate(whole) if byte == 10)]
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        log = read_log(path)
        kept = sum(end <= length for end in ends) - 1
        assert ([e.content for e in log.entries], log.damages) == ([entry(n) for n in range(kept)], ())
        assert log.torn is (length not in ends)
        with Journal.reopen(path) as journal:
            for number in range(kept, 4):
                journal.add(entry(number))
        assert path.read_bytes() == whole


def test_every_flipped_bit_is_found_in_its_line_and_the_others_stay_readable(tmp_path: Path) -> None:
    path = tmp_path / "log"
    whole = written(path, 3)
    for place in range(len(whole)):
        for bit in (0, 3, 7):
            changed = bytearray(whole)
            changed[place] ^= 1 << bit
            path.write_bytes(changed)
            line = whole[:place].count(b"\n") + 1
            log = read_log(path)
            if place == len(whole) - 1:
                assert log.torn
            else:
                assert line in [d.number for d in log.damages]
            if whole[place] != 10 and changed[place] != 10:
                others = [n for n in range(3) if n != line - 1]
                assert [e.content for e in log.entries] == [entry(n) for n in others]
                assert len(log.damages) == 1


@pytest.mark.parametrize(
    ("changed", "damaged", "sound"),
    [
        (lambda rows: [rows[0], *rows[2:]], [2], [0, 3]),
        (lambda rows: [rows[0], rows[0], *rows[1:]], [2], [0, 1, 2, 3]),
        (lambda rows: [rows[1], rows[0], *rows[2:]], [1, 3], [0, 3]),
        (lambda rows: [rows[0], b"null", *rows[1:]], [2], [0, 1, 2, 3]),
        (lambda rows: [rows[0], b'{"kind": "line", "check": "0123456789abcdef"}', *rows[1:]], [2], [0, 1, 2, 3]),
        (lambda rows: [b"", *rows], [1], [0, 1, 2, 3]),
        (lambda rows: rows[1:], [1], [2, 3]),
        (lambda rows: [b"[" * 100_000, *rows], [1], [0, 1, 2, 3]),
    ],
)
def test_lines_lost_doubled_moved_and_put_in(
    changed: Callable[[list[bytes]], list[bytes]], damaged: list[int], sound: list[int], tmp_path: Path
) -> None:
    path = tmp_path / "log"
    rows = written(path, 4).split(b"\n")[:-1]
    path.write_bytes(b"".join(row + b"\n" for row in changed(rows)))
    log = read_log(path)
    assert [d.number for d in log.damages] == damaged
    assert [e.content["number"] for e in log.entries] == sound
    with pytest.raises(RunError, match=f"{path}:{damaged[0]}: damaged"):
        Journal.reopen(path)
    assert path.read_bytes() == b"".join(row + b"\n" for row in changed(rows))


def test_a_log_without_checks_is_read_where_that_is_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text('{"kind": "a"}\n{"kind": "b"}\n{"ki', encoding="utf-8")
    log = read_log(path, checked=False)
    assert ([e.content for e in log.entries], log.torn) == ([{"kind": "a"}, {"kind": "b"}], True)
    assert [d.number for d in read_log(path).damages] == [1, 2]


def test_two_cannot_write_one_log(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with Journal.create(path) as journal:
        journal.add(entry(0))
        with pytest.raises(RunError, match="another process"):
            Journal.reopen(path)
        program = (
            "import sys, pathlib; from stage.records.journal import Journal; Journal.reopen(pathlib.Path(sys.argv[1]))"
        )
        other = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
        assert "is being written by another process" in other.stderr
        journal.add(entry(1))
    with pytest.raises(RunError, match="File exists"):
        Journal.create(path)
    with Journal.reopen(path) as journal:
        assert len(journal.found.entries) == 2


def test_what_follows_an_entry_can_be_dropped(tmp_path: Path) -> None:
    path = tmp_path / "log"
    whole = written(path, 4)
    with Journal.reopen(path) as journal:
        journal.cut(journal.found.entries[1])
        assert journal.check == journal.found.entries[1].check
        journal.add(entry(2))
        journal.add(entry(3))
    assert path.read_bytes() == whole


@pytest.mark.parametrize("content", [{}, {"check": 1}])
def test_what_is_no_entry_is_refused(content: dict[str, Any], tmp_path: Path) -> None:
    with Journal.create(tmp_path / "log") as journal, pytest.raises(ValueError, match="no entry"):
        journal.add(content)


def added_until_refused(journal: Journal) -> int:
    for number in range(100):
        try:
            journal.add(entry(number))
        except RunError:
            return number
    raise AssertionError("nothing was refused")


@pytest.mark.parametrize("short", [True, False])
@pytest.mark.parametrize("refused", range(8))
def test_a_write_that_fails_leaves_whole_lines(
    refused: int, short: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every write is cut in two, and one of them is refused, with half a line on the disk or with nothing of it."""
    real, calls = os.pwrite, iter(range(100))

    def pwrite(file: int, data: bytes, offset: int) -> int:
        if next(calls) == refused:
            if short:
                real(file, data[: len(data) // 2], offset)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(file, data[: (len(data) + 1) // 2], offset)

    monkeypatch.setattr(os, "pwrite", pwrite)
    path = tmp_path / "log"
    with Journal.create(path) as journal:
        done = added_until_refused(journal)
        monkeypatch.setattr(os, "pwrite", real)
        log = read_log(path)
        assert ([e.content for e in log.entries], log.damages, log.torn) == ([entry(n) for n in range(done)], (), False)
        journal.add(entry(done))  # somebody made room
    assert len(read_log(path).entries) == done + 1


@pytest.mark.parametrize("operation", ["fsync", "close", "ftruncate"])
def test_whatever_the_disk_refuses_is_told(operation: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log"
    journal = Journal.create(path)
    journal.add(entry(0))

    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(os, operation, refuse)
        with pytest.raises(RunError, match=f"cannot write {path}"):
            {"fsync": journal.sync, "close": journal.close, "ftruncate": lambda: journal.cut(None)}[operation]()
    journal.close()
    assert len(read_log(path).entries) == 1


def test_a_missing_or_unreadable_log_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(RunError, match="cannot read"):
            read_log(path)
    with pytest.raises(RunError, match="cannot write"):
        Journal.create(tmp_path / "no folder" / "log")


def test_a_file_replaced_as_a_whole_is_the_old_or_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file.json"
    write_whole(path, "old")
    for operation in ("fsync",):
        with monkeypatch.context() as patch:
            patch.setattr(os, operation, lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left")))
            with pytest.raises(RunError, match="No space left"):
                write_whole(path, "new")
        assert path.read_text() == "old"
    write_whole(path, json.dumps("new"))
    assert path.read_text() == '"new"'
