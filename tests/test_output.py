"""What is printed fits a terminal, stays whole elsewhere, and names what to do next."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from rich.cells import cell_len
from test_cli import run, stage

from stage.commands.output import fitted, resumes, terminal_width
from stage.errors import UsageError
from stage.fixtures.exporting import one_of
from stage.report.comparison import tail


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("ab cd ef", None, "ab cd ef"),
        ("ab cd ef", 8, "ab cd ef"),
        ("ab cd ef", 6, "ab cd\nef"),
        ("  - ab cd ef", 9, "  - ab cd\n    ef"),
        ("a\n\nb c", 2, "a\n\nb\nc"),
        ("see runs/2026-11-25-a-b now", 10, "see\nruns/2026-11-25-a-b\nnow"),
    ],
)
def test_lines_are_broken_between_words(text: str, width: int | None, shown: str) -> None:
    assert fitted(text, width) == shown


def test_only_a_terminal_has_a_width() -> None:
    assert terminal_width(None) is None
    assert terminal_width(io.StringIO()) is None
    ours, theirs = os.openpty()
    try:
        with open(theirs, "w", closefd=False) as terminal:
            width = terminal_width(terminal)
    finally:
        os.close(ours)
        os.close(theirs)
    assert width is None or width >= 0
    assert fitted("ab cd", width) == "ab cd"


def test_each_command_that_goes_on_stands_on_a_line_of_its_own() -> None:
    lines = resumes("run")(Path("runs/one")).splitlines()
    assert "  stage run --resume runs/one" in lines
    assert "  stage score runs/one" in lines


@pytest.mark.parametrize(("name", "width"), [("runs/one", 8), ("runs/one", 5), ("房" * 9, 8), ("", 3)])
def test_of_a_long_name_the_end_is_shown(name: str, width: int) -> None:
    shown = tail(name, width)
    assert cell_len(shown) <= width
    assert name.endswith(shown.removeprefix("…"))
    assert shown == name or shown.startswith("…")


def test_a_run_named_without_its_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("sally_anne", "oracle", Path("runs")).code == 0
    folder = next(Path("runs").iterdir())
    done = stage("score", folder.name)
    assert (done.code, done.err.strip().partition("; ")[2]) == (5, f"did you mean {folder}?")
    assert "'stage runs' lists" in stage("score", "nowhere").err


def test_a_file_of_questions_is_read_with_its_format(tmp_path: Path) -> None:
    file = tmp_path / "peek.jsonl"
    file.write_text("{}\n")
    with pytest.raises(UsageError, match=f"'stage export stage {file}'"):
        one_of(str(file), Path)


def test_models_are_listed_with_sizes_for_people() -> None:
    lines = stage("models").out.splitlines()
    assert any(line.startswith("built-in  ") and line.endswith(" MiB") for line in lines)
    assert "control:oracle" in lines
