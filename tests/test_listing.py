"""A run in the list of runs: what fits, what is shortened, and what never is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from test_cli import ESCAPES, stage

from stage.report.listing import run_lines
from stage.report.text import WIDTH

ROW = {"folder": "runs/one", "state": "finished", "scenario": "/a/b/sally_anne.yaml", "model": "m.Q4_1 in F16",
       "context": "isolated", "seed": "0", "started": "2026-11-24T23:49:25+00:00"}  # fmt: skip


@pytest.mark.parametrize(
    ("row", "depth", "lines"),
    [
        ({}, 0, ["runs/one  finished  2026-11-24 23:49", "    sally_anne, m.Q4_1 in F16, isolated, seed 0"]),
        (
            {"beat": 3},
            1,
            ["  (after beat 3) runs/one  finished  2026-11-24 23:49", "      sally_anne, m.Q4_1 in F16, isolated, seed 0"],
        ),
        ({"folder": "runs/" + "x" * 65}, 0, ["runs/" + "x" * 65 + "  finished", "    sally_anne, m.Q4_1 in F16, isolated, seed 0"]),
        ({"model": "m" * 90}, 0, ["runs/one  finished  2026-11-24 23:49", f"    sally_anne, {'m' * 45}…, isolated, seed 0"]),
    ],
)  # fmt: skip
def test_a_run_in_two_lines(row: dict[str, Any], depth: int, lines: list[str]) -> None:
    assert run_lines(ROW | row, depth) == lines


def test_damage_is_told_in_full() -> None:
    lines = run_lines({"folder": "runs/one", "state": "damaged", "error": "word " * 40}, 1)
    assert lines[0] == "  runs/one  damaged"
    assert sum(line.count("word") for line in lines) == 40
    assert max(map(len, lines)) <= WIDTH


def test_rerolls_have_no_line_of_their_own_below() -> None:
    assert run_lines({"folder": "r", "state": "3 of 4 rerolls finished", "beat": 2}, 1) == [
        "  (after beat 2) r  3 of 4 rerolls finished"
    ]


@given(
    st.fixed_dictionaries({key: st.text(max_size=120) for key in ("scenario", "model")}),
    st.text("abc名/", max_size=100),
    st.integers(0, 6),
)
def test_nothing_but_a_folder_makes_a_line_too_long(row: dict[str, str], folder: str, depth: int) -> None:
    first, second = run_lines(ROW | row | {"folder": folder}, depth)
    assert folder in first
    assert cell_len(first) <= max(WIDTH, 2 * depth + cell_len(folder) + len("  finished"))
    assert cell_len(second) <= WIDTH
    assert not ESCAPES.search(second)


def test_the_list_of_runs_fits_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for control in ("oracle", "guess"):
        assert stage("run", "sally_anne", "-m", f"control:{control}").code == 0
    lines = stage("runs").out.splitlines()
    assert len(lines) == 4
    assert max(map(len, lines)) <= WIDTH
    assert [Path(line.split()[0]).is_dir() for line in lines[::2]] == [True, True]
