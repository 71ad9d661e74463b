"""Whatever a file looks like, an importer lists what it cannot read or refuses the file; it never breaks, and drops
nothing."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from damaged import VALID, any_value, write_damaged
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stage.audits.audit import audit
from stage.errors import UsageError
from stage.importers import IMPORTERS
from stage.importers.story import Imported

FORMATS = sorted(IMPORTERS)


def read(form: str, path: Path) -> Imported | None:
    """What comes in, audited; None where the file is refused with a message."""
    try:
        imported = IMPORTERS[form](path)
    except UsageError:
        return None
    assert imported.items == imported.questions + len(imported.unparsed)
    assert all(u.why for u in (*imported.not_understood, *imported.left_aside))
    if imported.items:
        found = audit(form, path)
        assert found.parsed == imported.items - len(imported.not_understood)
        assert found.to_json()["items"] == found.items
    return imported


def whole(form: str, folder: Path) -> Path:
    for name, text in VALID[form]().items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def counts(imported: Imported | None) -> tuple[int, int, int]:
    assert imported is not None
    return imported.items, imported.questions, len(imported.not_understood)


@pytest.mark.parametrize("form", FORMATS)
def test_the_files_that_are_damaged_are_whole_before(tmp_path: Path, form: str) -> None:
    items, questions, odd = counts(read(form, whole(form, tmp_path)))
    assert items == questions > 0
    assert odd == 0


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(random=st.randoms(use_true_random=False))
def test_damaged_files_are_listed_or_refused(
    tmp_path_factory: pytest.TempPathFactory, form: str, random: Random
) -> None:
    folder = tmp_path_factory.mktemp(form)
    write_damaged(folder, form, random)
    read(form, folder)


SUFFIX = {"tomi": "txt", "bigtom": "csv", "hitom": "json"}


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=30, deadline=None)
@given(data=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, form: str, data: bytes) -> None:
    file = tmp_path_factory.mktemp(form) / f"tomato.{SUFFIX.get(form, 'json')}"
    file.write_bytes(data)
    read(form, file)


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
@pytest.mark.parametrize("form", FORMATS)
def test_lines_may_end_in_any_way(tmp_path: Path, form: str, ending: str) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "other").mkdir()
    before = counts(read(form, whole(form, tmp_path / "plain")))
    for name, text in VALID[form]().items():
        (tmp_path / "other" / name).write_bytes(text.replace("\n", ending).encode())
    assert counts(read(form, tmp_path / "other")) == before


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("form", FORMATS)
def test_a_byte_order_mark_tells_the_encoding(tmp_path: Path, form: str, encoding: str) -> None:
    before = counts(read(form, whole(form, tmp_path)))
    for name, text in VALID[form]().items():
        (tmp_path / name).write_text(text, encoding=encoding)
    assert counts(read(form, tmp_path)) == before


@pytest.mark.parametrize("form", ["tomi", "bigtom", "exploretom", "fantom", "hitom", "inspect", "tomato", "tombench"])
def test_files_may_be_packed(tmp_path: Path, form: str) -> None:
    before = counts(read(form, whole(form, tmp_path)))
    for name, text in VALID[form]().items():
        (tmp_path / name).unlink()
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    assert counts(read(form, tmp_path)) == before


@pytest.mark.parametrize("form", FORMATS)
def test_a_folder_may_hold_other_files(tmp_path: Path, form: str) -> None:
    before = counts(read(form, whole(form, tmp_path)))
    for name in ("README.txt", "LICENSE", ".hidden.json", "table.csv.bak"):
        (tmp_path / name).write_text("Read me, please.\n")
    (tmp_path / "figures").mkdir()
    assert counts(read(form, tmp_path)) == before


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe", b"{}", b"[]", b"\x1f\x8b"])
def test_nothing_in_a_file(tmp_path: Path, form: str, content: bytes) -> None:
    for name in VALID[form]():
        (tmp_path / name).write_bytes(content)
    imported = read(form, tmp_path)
    assert imported is None or imported.questions == 0


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_not_there_is_refused(tmp_path: Path, form: str) -> None:
    for path in (tmp_path / "none.json", tmp_path, tmp_path / ("n" * 5000)):
        with pytest.raises(UsageError):
            IMPORTERS[form](path)


@pytest.mark.parametrize("form", ["tomi", "bigtom", "exploretom", "fantom", "inspect", "tomato", "tombench"])
def test_the_folder_of_a_repository_may_be_named_whole(tmp_path: Path, form: str) -> None:
    """What stands at its top may be of the same kinds, and hold nothing of the benchmark."""
    before = counts(read(form, whole(form, tmp_path)))
    (tmp_path / "repository" / "data").mkdir(parents=True)
    for name in VALID[form]():
        (tmp_path / name).rename(tmp_path / "repository" / "data" / name)
    for name in ("requirements.txt", "settings.json", "table.csv", "log.jsonl"):
        (tmp_path / "repository" / name).write_text("")
    assert counts(read(form, tmp_path / "repository")) == before


FOREIGN = (
    (b"PK\x03\x04\x14\x00", "is a zip archive (or a spreadsheet); unpack it, and name the file or folder"),
    (gzip.compress(b"a.txt".ljust(257, b"\0") + b"ustar\x00".ljust(255, b"\0")), "is a tar archive; unpack it"),
    (b"PAR1\x15\x04", "is a parquet table; save it as .csv or .jsonl"),
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "fetch it with 'git lfs pull'"),
)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("content", "why"), FOREIGN, ids=[why[5:15] for _, why in FOREIGN])
def test_what_is_packed_or_of_another_kind_is_refused_with_the_remedy(
    tmp_path: Path, form: str, content: bytes, why: str
) -> None:
    for name in VALID[form]():
        (tmp_path / name).write_bytes(content)
    name = next(iter(VALID[form]()))
    with pytest.raises(UsageError) as refused:
        IMPORTERS[form](tmp_path / name)
    assert why in str(refused.value)


def test_a_folder_that_holds_an_archive_alone_says_so(tmp_path: Path) -> None:
    (tmp_path / "ToMi.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(UsageError, match=r"there is no \*.txt in .*; unpack ToMi.zip, which is there"):
        IMPORTERS["tomi"](tmp_path)


def test_an_object_over_several_lines_is_one_value(tmp_path: Path) -> None:
    (tmp_path / "fantom_v1.json").write_text(json.dumps({"data": [1, 2]}, indent=2))
    assert IMPORTERS["fantom"](tmp_path).items == 1


def test_a_folder_with_one_file_that_cannot_be_read_gives_the_others(tmp_path: Path) -> None:
    whole("inspect", tmp_path)
    (tmp_path / "z.jsonl").write_bytes(b"\xff\xfe\xff")
    imported = IMPORTERS["inspect"](tmp_path)
    assert imported.questions == 4
    (aside,) = imported.left_aside
    assert (aside.id, "is not UTF-16 text" in aside.why) == ("z.jsonl", True)


def test_a_torn_last_line_is_listed(tmp_path: Path) -> None:
    text = VALID["inspect"]()["a.jsonl"]
    (tmp_path / "a.jsonl").write_text(text[:-30])
    imported = IMPORTERS["inspect"](tmp_path)
    assert (imported.items, imported.questions) == (4, 3)
    assert imported.unparsed[0].why.startswith("the line is not JSON")


def test_a_list_that_is_cut_off_gives_what_is_whole(tmp_path: Path) -> None:
    (tmp_path / "tomato.json").write_text((VALID["tomato"]()["tomato.json"][:-1] + ", {") * 1)
    imported = IMPORTERS["tomato"](tmp_path)
    assert (imported.items, imported.questions) == (2, 1)
    assert "is the file whole?" in imported.unparsed[0].why


def test_a_story_that_is_cut_off_is_listed(tmp_path: Path) -> None:
    text = VALID["tomi"]()["a.txt"]
    (tmp_path / "a.txt").write_text(text[: text.rindex("\t", 0, text.rindex("\t"))])
    imported = IMPORTERS["tomi"](tmp_path)
    assert (imported.items, imported.questions) == (4, 3)
    assert imported.unparsed[0].why == "no question with an answer follows; is the file whole?"


@given(random=st.randoms(use_true_random=False))
def test_any_value_is_one_of_json(random: Random) -> None:
    value: Any = any_value(random)
    assert value is None or isinstance(value, bool | int | float | str | list | dict)
