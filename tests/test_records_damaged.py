"""Whatever became of a record, every command that reads a run tells of it or refuses it with a message.

`benchmarks/fuzz_records.py` does the same with thousands of records.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import pytest
from damaged_records import bent, damage, read_by_all
from test_cli import stage
from test_resume import EVERYTHING

from stage.records.journal import read_log
from stage.records.manifest import RECORD
from stage.records.record import read_run


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    (folder / "scene.yaml").write_text(EVERYTHING, encoding="utf-8")
    assert stage("run", folder / "scene.yaml", "-m", "control:guess", "--out", folder / "run").code == 0
    return folder / "run"


def test_what_is_damaged_is_sound_before(sound: Path, tmp_path: Path) -> None:
    shutil.copytree(sound, tmp_path / "run")
    assert read_by_all(tmp_path / "run", Random(0)) == "read"
    assert read_run(sound).finished


def test_damage_changes_what_is_said(sound: Path) -> None:
    entries = [e.content for e in read_log(sound / RECORD).entries]
    assert sum(bent(entries, Random(n)) != entries for n in range(50)) > 40


@pytest.mark.parametrize("seed", range(8))
def test_damaged_records_are_read_or_refused(seed: int, sound: Path, tmp_path: Path) -> None:
    shutil.copytree(sound, tmp_path / "run")
    damage(tmp_path / "run", Random(seed))
    assert read_by_all(tmp_path / "run", Random(seed)) in ("read", "refused")
