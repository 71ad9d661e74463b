"""`stage export`, `stage generate` and `stage schema --of fixture` as their users meet them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stage.commands.authoring import lint
from stage.commands.fixtures import ExportFormat, export, generate
from stage.commands.writing import Described, schema
from stage.errors import UsageError
from stage.resources import scenarios_folder
from stage.scenes.yaml_reader import load, loads


def test_questions_go_to_stdout_or_to_a_new_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export("peek")
    printed = capsys.readouterr().out
    assert [json.loads(line)["story_id"] for line in printed.splitlines()] == ["peek"] * 4
    file = tmp_path / "peek.jsonl"
    export("peek", out=file)
    assert file.read_text(encoding="utf-8") == printed
    with pytest.raises(UsageError, match="is there already"):
        export("peek", out=file)
    capsys.readouterr()
    export("stage", file)
    assert capsys.readouterr().out == printed


def test_a_scene_goes_to_stdout_and_scenes_to_a_new_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export("peek", to=ExportFormat.YAML)
    assert loads(capsys.readouterr().out) == load(scenarios_folder() / "peek.yaml")
    with pytest.raises(UsageError, match="scene files; name a folder with -o"):
        export(str(scenarios_folder()), to=ExportFormat.YAML)
    export(str(scenarios_folder()), to=ExportFormat.YAML, out=tmp_path / "scenes")
    below = [path.relative_to(scenarios_folder()) for path in scenarios_folder().rglob("*.yaml")]
    assert {p.name for p in (tmp_path / "scenes").iterdir()} == {"_".join(path.parts) for path in below}
    with pytest.raises(UsageError, match="is not empty"):
        export(str(scenarios_folder()), to=ExportFormat.YAML, out=tmp_path / "scenes")


def test_what_is_left_out_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    export("improvised")
    assert "improvised: left out" in capsys.readouterr().err
    with pytest.raises(UsageError, match="nothing to export from peek that fits 'other'"):
        export("peek", only="other")


def test_generated_scenes_are_written_told_of_and_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "suite"
    generate(count=2, seed=7, events=9, order=1, features="moves, peeks", folder=folder, as_json=True)
    said = capsys.readouterr()
    assert json.loads(said.out)["counts"]["1"] == {"true": 2, "false": 2, "unknown": 0}
    assert json.loads(said.out)["questions"] == 6
    assert "order    true   false unknown" in said.err
    assert [p.name for p in sorted(folder.iterdir())] == ["scene-1.yaml", "scene-2.yaml"]
    lint([folder])
    assert "# Made by: stage generate -n 2 --seed 7" in (folder / "scene-1.yaml").read_text(encoding="utf-8")
    with pytest.raises(UsageError, match="is not empty"):
        generate(count=2, folder=folder)


def test_the_schema_of_a_line_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    schema(Described.FIXTURE)
    assert json.loads(capsys.readouterr().out)["$id"] == "urn:llm-stage:stage-fixture/1"
