"""An append-only log on disk: JSON objects, one a line, each with a checksum of all that came before it.

What is promised, whatever happens to the process or the disk: a line that was written whole is read back whole; a last
line that was cut off is told apart from damage, and dropped; any other damage is found, and named by its line; two
processes never write one log. What the objects mean is not known here.

A line ends in ``"check": "<16 hex digits>"}``: the sha256 of the check of the line before (none for the first) and
of this line without its check. So a line's check stands for the whole log up to it.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any

from stage.errors import RunError

_CHECK_LENGTH = len(', "check": "0123456789abcdef"}')
_CHECK = re.compile(rb', "check": "([0-9a-f]{16})"\}$')


@dataclass(frozen=True)
class Entry:
    """One line: its number (from 1), what it holds, its check, the length in bytes of the log up to its end, and the
    file that it is in."""

    number: int
    content: dict[str, Any]
    check: str
    end: int
    path: Path

    @property
    def where(self) -> str:
        return f"{self.path}:{self.number}"


@dataclass(frozen=True)
class Damage:
    """A line that is not what was written."""

    number: int
    why: str


@dataclass(frozen=True)
class Log:
    """What a file holds. ``entries`` are its sound lines; ``torn`` tells that the last line was cut off and left out."""

    path: Path
    entries: tuple[Entry, ...] = ()
    damages: tuple[Damage, ...] = ()
    torn: bool = False

    def complaint(self) -> str:
        """The damages in words, by line; empty where there is none."""
        return "\n".join(f"{self.path}:{d.number}: damaged line: {d.why}" for d in self.damages)


def check_of(before: str, body: bytes) -> str:
    """The check of a line, from the check of the line before and the line's own text without a check."""
    return sha256(before.encode() + body).hexdigest()[:16]


def read_log(path: Path, checked: bool = True, after: str = "") -> Log:
    """Everything in a log. ``checked`` is False for logs that were written without checks; ``after`` is the check that
    its first line follows, where it goes on from another log. RunError where the file cannot be read at all."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror}") from error
    return _parsed(path, raw, checked, after)


def _parsed(path: Path, raw: bytes, checked: bool, after: str) -> Log:
    *lines, rest = raw.split(b"\n")
    entries, damages, end = [], [], 0
    before = [after]
    for number, line in enumerate(lines, start=1):
        end += len(line) + 1
        check, body = _taken_apart(line)
        found: Entry | Damage
        if not checked and not line:
            continue
        if not checked:
            found = _entry(path, number, line, end)
        elif not check:
            found = Damage(number, "it has no checksum")
        elif check not in (check_of(one, body) for one in before):
            found = Damage(number, "its checksum does not fit, or a line before it is missing")
        else:
            found = _entry(path, number, line, end)
        if isinstance(found, Damage):
            damages.append(found)
            # the next line is sound if it follows what this one says, or should have been, or was put in between
            before = [*([check] if check else []), check_of(before[0], body), before[0]]
        else:
            entries.append(found)
            before = [check]
    return Log(path, tuple(entries), tuple(damages), torn=bool(rest))


def _taken_apart(line: bytes) -> tuple[str, bytes]:
    """A line's check (empty if it cannot be made out) and its text without it."""
    check = _CHECK.search(line)
    return check[1].decode() if check else "", line[:-_CHECK_LENGTH] + b"}"


def _entry(path: Path, number: int, line: bytes, end: int) -> Entry | Damage:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return Damage(number, "it is no JSON")
    if not isinstance(content, dict):
        return Damage(number, "it is no JSON object")
    return Entry(number, content, content.pop("check", ""), end, path)


class Journal:
    """Writes a log, alone: other writers are refused for as long as it is open. Close it, or use it as a context
    manager. RunError where the disk refuses; what was written before stays readable."""

    def __init__(self, path: Path, file: int, log: Log, after: str) -> None:
        self.path = path
        self._file = file
        self._log = log
        self._after = after
        self._check, self._end = after, 0

    @classmethod
    def create(cls, path: Path, after: str = "") -> Journal:
        """Begin a log, or one that goes on from another, ``after`` the line with this check. RunError if there is a file
        of that name."""
        return cls(path, _opened(path, os.O_RDWR | os.O_CREAT | os.O_EXCL), Log(path), after)

    @classmethod
    def reopen(cls, path: Path, after: str = "") -> Journal:
        """Go on with a log; a torn last line is cut away. RunError if it is damaged, or another process writes it."""
        file = _opened(path, os.O_RDWR | os.O_CREAT)
        try:
            with os.fdopen(os.dup(file), "rb") as whole:
                log = _parsed(path, whole.read(), True, after)
            if log.damages:
                raise RunError(f"{log.complaint()}\nNothing is added to a damaged record; what is sound stays readable")
            journal = cls(path, file, log, after)
            journal.cut(log.entries[-1] if log.entries else None)
        except OSError as error:
            os.close(file)
            raise RunError(f"cannot read {path}: {error.strerror}") from error
        except RunError:
            os.close(file)
            raise
        return journal

    @property
    def found(self) -> Log:
        """What the log held when it was opened."""
        return self._log

    @property
    def check(self) -> str:
        """The check of the last line: it stands for everything up to there."""
        return self._check

    def cut(self, last: Entry | None) -> None:
        """Drop everything after one of the entries found (None: everything)."""
        self._check, self._end = (last.check, last.end) if last else (self._after, 0)
        try:
            os.ftruncate(self._file, self._end)
        except OSError as error:
            raise self._refused(error) from error

    def add(self, content: Mapping[str, Any]) -> None:
        """Write one object ("check" must not be among its names) as a line. It is out of the process when this
        returns, and on the disk after the next `sync`."""
        if "check" in content or not content:
            raise ValueError(f"no entry of a log: {content!r}")
        body = json.dumps(content, ensure_ascii=False).encode()
        check = check_of(self._check, body)
        line = body[:-1] + f', "check": "{check}"}}\n'.encode()
        try:
            written = 0
            while written < len(line):
                written += os.pwrite(self._file, line[written:], self._end + written)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._file, self._end)
            raise self._refused(error) from error
        self._check, self._end = check, self._end + len(line)

    def sync(self) -> None:
        """Have everything written so far on the disk."""
        try:
            os.fsync(self._file)
        except OSError as error:
            raise self._refused(error) from error

    def close(self) -> None:
        """Give the log back; closing again does nothing."""
        if self._file >= 0:
            file, self._file = self._file, -1
            try:
                os.close(file)
            except OSError as error:
                raise self._refused(error) from error

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def _refused(self, error: OSError) -> RunError:
        return RunError(f"cannot write {self.path}: {error.strerror}; what was written before is kept")


def _opened(path: Path, flags: int) -> int:
    """A file opened and locked. RunError if that is refused."""
    try:
        file = os.open(path, flags | getattr(os, "O_CLOEXEC", 0), 0o644)
    except OSError as error:
        raise RunError(f"cannot write {path}: {error.strerror}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(file)
        raise RunError(f"{path} is being written by another process; wait for it, or end it first") from error
    except OSError as error:
        os.close(file)
        raise RunError(f"cannot lock {path}: {error.strerror}; keep runs on another file system") from error
    try:
        sync_folder(path.parent)
    except RunError:
        os.close(file)
        raise
    return file


def write_whole(path: Path, text: str) -> None:
    """Replace a small file as a whole: readers, and whoever comes after a crash, see the old one or the new one."""
    draft = path.with_name(f"{path.name}.draft")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise RunError(f"cannot write {path}: {error.strerror}; what was written before is kept") from error
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, where the file system can be asked for that. RunError if it refuses."""
    try:
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EACCES):
            raise RunError(f"cannot write {folder}: {error.strerror}; what was written before is kept") from error
