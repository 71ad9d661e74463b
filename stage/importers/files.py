"""The files a user names: one file, or those of a folder; plain or packed with gzip. What cannot be read is told by
file, place and remedy, never by a traceback."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from stage.errors import UsageError

LARGEST = 1 << 30
"""More bytes than this, unpacked, are no file of a benchmark."""

_MARKS = {b"\xff\xfe\x00\x00": "utf-32", b"\x00\x00\xfe\xff": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
"""By the byte order mark with which a file may begin; UTF-8 has one of its own, and without any it is UTF-8."""
_FOREIGN = {
    b"PK\x03\x04": "a zip archive (or a spreadsheet); unpack it, and name the file or folder that comes out",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive; unpack it, and name the file or folder that comes out",
    b"Rar!": "a rar archive; unpack it, and name the file or folder that comes out",
    b"BZh": "packed with bzip2; unpack it, and name what comes out",
    b"\xfd7zXZ\x00": "packed with xz; unpack it, and name what comes out",
    b"PAR1": "a parquet table; save it as .csv or .jsonl, and name that",
    b"version https://git-lfs": "not the file but what git keeps in its place; fetch it with 'git lfs pull'",
}
"""By the bytes with which it begins what a file is instead, and what to do."""
_TAR_MARK = slice(257, 262)
ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".7z", ".rar")


@dataclass(frozen=True)
class Torn:
    """A line that is not the JSON value it should be."""

    text: str
    why: str

    def __str__(self) -> str:
        return self.text


def files(path: Path, *patterns: str) -> list[Path]:
    """The file itself, or the files of a folder whose names fit, sorted; where there are none, those of its subfolders.
    At least one."""
    try:
        if path.is_file():
            return [path]
        if not path.is_dir():
            raise UsageError(f"{path} is neither a file nor a folder")
        found = _fitting(path, patterns, "") or _fitting(path, patterns, "**/")
        packed = [] if found else sorted(p.name for p in path.iterdir() if p.name.endswith(ARCHIVES))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    if not found:
        hint = f"; unpack {packed[0]}, which is there" if packed else ""
        raise UsageError(f"there is no {' or '.join(patterns)} in {path}{hint}")
    return found


def below(path: Path, *patterns: str) -> list[Path]:
    """The files of a folder's subfolders whose names fit, sorted; none of what is no folder."""
    try:
        return [f for f in _fitting(path, patterns, "**/") if f.parent != path] if path.is_dir() else []
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def preferred(found: Sequence[Path], *names: str) -> list[Path]:
    """Of several files those whose names fit the first of these patterns that any fits; all where none does."""
    fitting = ([f for f in found if fnmatch(f.name.removesuffix(".gz"), name)] for name in names)
    return next((some for some in fitting if some), list(found))


def is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # the name is too long, or a folder above it is closed to us
        return False


def subfolder(path: Path, name: str) -> Path:
    """The folder of that name in a folder; where there is none, the path itself."""
    try:
        return path / name if (path / name).is_dir() else path
    except OSError:
        return path


def _fitting(folder: Path, patterns: tuple[str, ...], below: str) -> list[Path]:
    wanted = [f"{below}{p}{end}" for p in patterns for end in ("", ".gz")]
    return sorted({p for w in wanted for p in folder.glob(w) if p.is_file() and not p.name.startswith(".")})


def stem(path: Path) -> str:
    """The name of a file without what it is packed in and its kind: "a.txt.gz" is "a"."""
    return Path(path.name.removesuffix(".gz")).stem


def read_text(path: Path) -> str:
    data = _read(path)
    foreign = next((what for mark, what in _FOREIGN.items() if data.startswith(mark)), None)
    if data[_TAR_MARK] == b"ustar":
        foreign = "a tar archive; unpack it, and name the file or folder that comes out"
    if foreign is not None:
        raise UsageError(f"{path} is {foreign}")
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8-sig")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} is not {encoding.removesuffix('-sig').upper()} text: byte {error.start} does not fit; "
            "save the file as UTF-8"
        ) from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as plain:
            if plain.read(2) == b"\x1f\x8b":
                plain.seek(0)
                with gzip.open(plain) as unpacked:
                    data = unpacked.read(LARGEST + 1)
            else:
                plain.seek(0)
                data = plain.read(LARGEST + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UsageError(f"{path} is packed with gzip and damaged: {error}; download it again") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > LARGEST:
        raise UsageError(f"{path} holds more than {LARGEST >> 20} MiB; this is no file of a benchmark")
    return data


def lines(path: Path) -> Iterator[str]:
    """The lines of a text without their ends, however these are written."""
    return (line.rstrip("\n") for line in io.StringIO(read_text(path), newline=None))


def read_json(path: Path) -> Any:
    found = value_of(read_text(path))
    if isinstance(found, Torn):
        raise UsageError(f"{path} is {found.why}; is it whole?")
    return found


def value_of(text: str) -> Any:
    """The value that JSON says, or why it says none."""
    try:
        return json.loads(text)
    except RecursionError:
        return Torn(text, "nested too deeply for JSON")
    except ValueError as error:  # beyond what is no JSON, numbers of too many digits
        return Torn(text, f"not JSON: {error}")


def read_object(path: Path) -> dict[str, Any]:
    found = read_json(path)
    if not isinstance(found, dict):
        raise UsageError(f"{path} is not one JSON object")
    return found


def read_rows(path: Path) -> list[tuple[int, Any]]:
    """The values of a file with one JSON value a line, or of one JSON list, each with its number from 1; one JSON object
    over several lines is one value. What is no JSON is `Torn`: a line, or the rest of a list."""
    text = read_text(path)
    if text.lstrip().startswith("["):
        return list(enumerate(_elements(text), 1))
    if text.lstrip().partition("\n")[0].strip() == "{" and not isinstance(whole := value_of(text), Torn):
        return [(1, whole)]
    return [(n, value_of(line)) for n, line in enumerate(io.StringIO(text, newline=None), 1) if line.strip()]


def read_table(path: Path, delimiter: str) -> Iterator[tuple[int, list[str] | Torn]]:
    """The rows of a table that are not empty, numbered from 1; what cannot be read as one is `Torn`."""
    csv.field_size_limit(LARGEST)
    rows = csv.reader(io.StringIO(read_text(path), newline=""), delimiter=delimiter)
    number = 0
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            number += 1
            yield number, Torn("", f"not a row of a table: {error}")
            continue
        if row is None:
            return
        if row:
            number += 1
            yield number, row


def _elements(text: str) -> Iterator[Any]:
    """The elements of a JSON list, as far as it is whole."""
    at = text.index("[") + 1
    while True:
        at = _after_blanks(text, at)
        if text[at : at + 1] == "]":
            return
        try:
            value, at = _DECODER.raw_decode(text, at)
        except RecursionError:
            yield Torn(text[at:], "nested too deeply for JSON")
            return
        except ValueError as error:
            yield Torn(text[at:], f"not JSON: {error}; is the file whole?")
            return
        yield value
        at = _after_blanks(text, at)
        if text[at : at + 1] == ",":
            at += 1
        elif text[at : at + 1] != "]":
            yield Torn(text[at:], "not JSON: the list does not go on; is the file whole?")
            return


def _after_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


_DECODER = json.JSONDecoder()
