"""The command line as its users meet it: what it prints where, how it ends, and what it leaves on disk."""

from __future__ import annotations

import io
import itertools
import json
import math
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import typer

from stage import __version__
from stage.__main__ import command_line
from stage.beliefs.graph import belief_graph
from stage.course import Course, chains, unfold
from stage.inference.models import builtin_model
from stage.report import graphs
from stage.resources import scenarios_folder
from stage.scenes.yaml_reader import load
from stage.world.facts import Viewpoint

ROOT = Path(__file__).resolve().parent.parent
SCENES = sorted(scenarios_folder().glob("*.yaml"))
each_scene = pytest.mark.parametrize("path", SCENES, ids=[p.stem for p in SCENES])
SLOW = """
import os, sys, time
from stage.controls import ControlStage
answer = ControlStage.answer
ControlStage.answer = lambda self, requests: (time.sleep(float(os.environ["SLOW"])), answer(self, requests))[1]
from stage.__main__ import main
main()
"""
"""The command line over control stages that take their time."""


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


def stage(*args: str | Path) -> Done:
    """The whole command line in this process."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    argv = ["stage", *map(str, args)]
    with patch.object(sys, "argv", argv), redirect_stdout(out), redirect_stderr(err):
        try:
            command_line().answer()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return Done(code, out.getvalue(), err.getvalue())


def environment(**more: str) -> dict[str, str]:
    """The surroundings of a child process: nothing that would colour its output or change its width."""
    without = ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "PYTHONIOENCODING")
    kept = {k: v for k, v in os.environ.items() if k not in without}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def process(*args: str | Path, cwd: Path, **more: str) -> Done:
    """The command line in a process of its own."""
    command = [sys.executable, "-m", "stage", *map(str, args)]
    done = subprocess.run(command, cwd=cwd, env=environment(**more), capture_output=True, timeout=120, check=False)
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def run(scene: str | Path, control: str, runs: Path, *more: str | Path) -> Done:
    return stage("run", scene, "-m", f"control:{control}", "--runs", runs, "--json", *more)


def document(scene: str | Path, control: str, runs: Path, *more: str | Path) -> Any:
    done = run(scene, control, runs, *more)
    assert done.code == 0, done.err
    return done.document


def figures(found: object) -> list[dict[str, Any]]:
    """Every figure anywhere in a document's scores."""
    if isinstance(found, dict):
        if "value" in found:
            return [found]
        return [f for value in found.values() for f in figures(value)]
    return []


# ----------------------------------------------------------------------------------------------------------------- run
@each_scene
def test_a_run_is_one_document_in_which_the_oracle_is_always_right(path: Path, tmp_path: Path) -> None:
    found = document(path, "oracle", tmp_path)
    assert set(found) >= {"scenario", "model", "seed", "context", "transcript", "probes", "scores"}
    assert set(found["model"]) >= {"name", "sha256"}
    assert (found["scenario"], found["seed"], found["context"]) == (str(path), 0, "isolated")
    assert found["transcript"]
    assert all(set(line) >= {"beat", "kind", "speaker", "text", "audience"} for line in found["transcript"])
    assert found["probes"]
    for probe in found["probes"]:
        assert set(probe) >= {"beat", "viewpoint", "question", "options", "expected", "answer", "verdict", "mind"}
        assert sum(probe["probabilities"]) == pytest.approx(1)
        assert len(probe["probabilities"]) == len(probe["options"])
        assert (probe["answer"], probe["verdict"], probe["mind"]) == (probe["expected"], "right", "own")
    scores = found["scores"]
    assert set(scores) >= {"accuracy_by_order", "separation", "minds", "leaks"}
    assert scores["accuracy"]["value"] == 1
    assert scores["accuracy"]["n"] == len(found["probes"])
    assert all(set(f) == {"value", "n", "low", "high"} for f in figures(scores))
    assert len(figures(scores)) >= 6


@each_scene
def test_the_realist_is_wrong_where_a_mind_differs_from_reality_and_nowhere_else(path: Path, tmp_path: Path) -> None:
    probes = document(path, "reality", tmp_path)["probes"]
    sure = [p for p in probes if p["minds"]["reality"] in p["options"]]
    assert sure
    for probe in sure:
        is_right = probe["expected"] == probe["minds"]["reality"]
        assert (probe["verdict"] == "right") is is_right, probe["id"]


def test_guessing_is_worth_nothing(tmp_path: Path) -> None:
    """Over all scenes together, each with a seed of its own, since one scene asks too little."""
    right = by_chance = variance = 0.0
    for seed, path in enumerate(SCENES):
        for probe in document(path, "guess", tmp_path, "--seed", str(seed))["probes"]:
            chance = 1 / len(probe["options"])
            right += probe["verdict"] == "right"
            by_chance += chance
            variance += chance * (1 - chance)
    assert abs(right - by_chance) < 3 * math.sqrt(variance)


@pytest.mark.parametrize("scene", ["sally_anne", "improvised"])
def test_the_same_seed_gives_the_same_document(scene: str, tmp_path: Path) -> None:
    first, again, *others = (
        document(scene, "guess", tmp_path, "--seed", str(seed)) for seed in (7, 7, 8, 9, 10)
    )  # fmt: skip
    assert first == again
    assert any(other["transcript"] != first["transcript"] for other in others)


@pytest.mark.parametrize("context", ["isolated", "shared", "windowed:2"])
@pytest.mark.parametrize("scene", ["sally_anne", "base_model", "improvised"])
def test_every_context_is_performed(scene: str, context: str, tmp_path: Path) -> None:
    assert document(scene, "oracle", tmp_path, "--context", context)["context"] == context


def test_each_run_gets_a_folder_of_its_own(tmp_path: Path) -> None:
    for _ in range(3):
        document("sally_anne", "oracle", tmp_path)
    listed = stage("runs", "--runs", tmp_path, "--json").document
    assert len({row["folder"] for row in listed}) == 3
    assert {row["state"] for row in listed} == {"finished"}


def test_mirrors_and_their_absence(tmp_path: Path) -> None:
    with_mirrors, without = (tmp_path / name for name in ("with", "without"))
    run("sally_anne", "oracle", tmp_path, "--out", with_mirrors)
    run("sally_anne", "oracle", tmp_path, "--no-mirrors", "--out", without)
    prompts = [
        (f / "record.jsonl").read_text(encoding="utf-8").count('"kind": "prompt"') for f in (with_mirrors, without)
    ]
    assert prompts[0] > prompts[1] > 0


# ---------------------------------------------------------------------------------------------------------- looking in
def beats_of(course: Course) -> list[str]:
    ids = [beat.id for beat in course.scene.beats if beat.id]
    return ["start", *map(str, range(len(course.moments))), *ids, "end"]


def viewpoints_of(course: Course) -> list[Viewpoint]:
    return [v for order in range(4) for v in chains(list(course.scene.minds), order)]


def is_balanced(dot: str) -> bool:
    """Whether every brace and bracket outside quoted names is closed, and every quote."""
    bare = re.sub(r'"(?:\\.|[^"\\])*"', "", dot)
    same = all(bare.count(a) == bare.count(b) for a, b in ("{}", "[]"))
    return same and '"' not in bare and bare.count("{") == 1


@each_scene
def test_graphs_of_every_beat_and_viewpoint(path: Path) -> None:
    course = unfold(load(path))
    for viewpoint, moment in itertools.product(viewpoints_of(course), sorted(set(course.moments))):
        beliefs = belief_graph(course.world(viewpoint, moment))
        assert is_balanced(graphs.as_dot(beliefs))
        assert graphs.as_text(beliefs)
        assert json.loads(json.dumps(graphs.as_json(beliefs)))["graph"]["viewpoint"] == list(viewpoint)


@each_scene
def test_graph_is_shown_at_every_beat_in_every_format(path: Path) -> None:
    course = unfold(load(path))
    viewpoints = itertools.cycle(viewpoints_of(course))
    for beat in beats_of(course):
        for form in ("text", "dot", "json"):
            viewpoint = next(viewpoints)
            done = stage("graph", path, "--as", ",".join(viewpoint) or "reality", "--at", beat, "--format", form)
            assert done.code == 0, done.err
            if form == "json":
                assert done.document["graph"]["viewpoint"] == list(viewpoint)
            if form == "dot":
                assert is_balanced(done.out)


@each_scene
def test_every_role_has_a_prompt_at_every_beat(path: Path) -> None:
    course = unfold(load(path))
    roles = itertools.cycle(course.scene.minds)
    beats = beats_of(course)
    for beat, _ in itertools.product(beats, range(2 if len(beats) < 8 else 1)):
        role = next(roles)
        done = stage("prompt", path, "--as", role, "--at", beat, "--json")
        assert done.code == 0, done.err
        assert done.document["role"] == role
        assert done.document["prompt"].strip()
        assert all(w["why"] and w["text"] for w in done.document["withheld"])


@each_scene
def test_every_belief_is_explained(path: Path) -> None:
    course = unfold(load(path))
    viewpoints = itertools.cycle(viewpoints_of(course))
    fluents = course.live(course.moments[-1])
    assert fluents
    for beat, fluent in itertools.product(beats_of(course), fluents[:2]):
        viewpoint = next(viewpoints)
        question = f"{'>'.join(viewpoint) or 'reality'}: {fluent}"
        found = stage("ask", path, question, "--at", beat, "--json")
        assert found.code == 0, found.err
        assert found.document["viewpoint"] == list(viewpoint)
        assert found.document["about"] == str(fluent)
        assert found.document["status"] in ("known", "one of", "whether", None)
        told = stage("ask", path, question, "--at", beat)
        assert told.code == 0
        assert told.out.startswith(f"{question}: ")


def test_who_could_answer_is_told_by_viewpoint() -> None:
    asked = ("ask", "sally_anne", "reality: marble at", "--at", "3", "--who")
    assert stage(*asked).out.splitlines()[-2:] == ["sally: would answer, and be wrong", "anne: can answer"]
    assert stage(*asked, "--json").document["standings"] == {"sally": "mistaken", "anne": "knows"}
    assert "standings" not in stage(*asked[:-1], "--json").document


def test_what_sally_believes_and_why() -> None:
    done = stage("ask", "sally_anne", "anne>sally: marble at", "--at", "3")
    assert done.out.splitlines()[0] == "anne>sally: marble at: basket"
    assert len(done.out.splitlines()) > 1
    assert "marble at basket" in stage("graph", "sally_anne", "--as", "sally", "--at", "3").out
    withheld = stage("prompt", "sally_anne", "--as", "sally", "--at", "3").out.partition("--- withheld")
    assert "Sally puts the marble in the basket." in withheld[0]
    assert "Anne puts the marble in the box." not in withheld[0]
    assert "Anne puts the marble in the box." in withheld[2]


# ---------------------------------------------------------------------------------------------------------- exit codes
@pytest.mark.parametrize(
    "args",
    [
        ("run", "sally_anne", "--no-such-option"),
        ("run",),
        ("no-such-command",),
        ("run", "sally_anne", "--seed", "many"),
        ("run", "sally_anne", "--temperature", "-1"),
        ("run", "sally_anne", "-m", "control:oracle", "--context", "blurred"),
        ("run", "sally_anne", "-m", "control:oracle", "--context", "windowed:0"),
        ("graph", "sally_anne", "--as", "bob"),
        ("graph", "sally_anne", "--at", "99"),
        ("graph", "sally_anne", "--at", "-1"),
        ("graph", "sally_anne", "--at", "bak"),
        ("graph", "sally_anne", "--format", "png"),
        ("prompt", "sally_anne", "--as", "saly"),
        ("prompt", "sally_anne", "--as", "sally", "--ask", "nonsense"),
        ("ask", "sally_anne", "saly: marble at"),
        ("ask", "sally_anne", "sally: marble inside"),
        ("ask", "sally_anne", ""),
    ],
)
def test_a_request_for_what_is_not_there_is_a_usage_error(args: tuple[str, ...], tmp_path: Path) -> None:
    more = ("--runs", tmp_path) if args[:2] == ("run", "sally_anne") else ()
    done = stage(*args, *more)
    assert (done.code, done.out) == (2, "")
    assert done.err.strip()
    assert "Traceback" not in done.err
    assert not list(tmp_path.iterdir())


def test_the_nearest_right_name_is_told() -> None:
    assert "'sally'" in stage("prompt", "sally_anne", "--as", "saly").err
    assert "'back'" in stage("graph", "sally_anne", "--at", "bak").err
    assert "oracle" in stage("run", "sally_anne", "-m", "control:orcle").err


def test_a_threshold_that_is_not_reached_is_1(tmp_path: Path) -> None:
    for threshold, code in (("1.01", 1), ("1", 0), ("-1", 0), ("nan", 1)):
        assert run("sally_anne", "oracle", tmp_path, "--fail-under", threshold).code == code
    assert run("sally_anne", "oracle", tmp_path, "--out", tmp_path / "kept").code == 0
    assert stage("score", tmp_path / "kept", "--fail-under", "1.01").code == 1
    unmeasured = run("sally_anne_stays", "oracle", tmp_path, "--fail-under", "0")
    assert unmeasured.code == 1
    assert "could not be measured" in unmeasured.err


@pytest.mark.parametrize("command", [("run",), ("graph",), ("lint",), ("ask",), ("prompt", "--as", "sally")])
def test_a_bad_scene_is_3_and_told_with_its_place(command: tuple[str, ...], tmp_path: Path) -> None:
    text = (scenarios_folder() / "sally_anne.yaml").read_text(encoding="utf-8")
    bad = tmp_path / "bad scene.yaml"
    bad.write_text(text.replace("persona: You love", "personna: You love"), encoding="utf-8")
    more = ("sally: marble at",) if command == ("ask",) else ()
    done = stage(command[0], bad, *command[1:], *more)
    assert done.code == 3
    assert re.search(rf"{re.escape(str(bad))}:5:\d+: .*persona", done.out if command == ("lint",) else done.err)
    missing = stage(command[0], tmp_path / "none.yaml", *command[1:], *more)
    assert missing.code == 3
    assert "Traceback" not in missing.err + done.err


def test_lint_counts_and_lists(tmp_path: Path) -> None:
    assert stage("lint", *SCENES).code == 0
    (tmp_path / "a.yaml").write_text("title: [", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("cast: {}\nmore: 1\n", encoding="utf-8")
    found = stage("lint", tmp_path, "--json")
    assert found.code == 3
    assert len(found.document["files"]) == 2
    assert {Path(c["file"]).name for c in found.document["complaints"]} == {"a.yaml", "b.yaml"}
    assert stage("lint", tmp_path / "..").code in (0, 3)
    (tmp_path / "empty").mkdir()
    assert stage("lint", tmp_path / "empty").code == 2


def bad_models(folder: Path) -> list[str]:
    (folder / "empty.gguf").touch()
    (folder / "text.gguf").write_text("not a model")
    with builtin_model().open("rb") as file:
        (folder / "cut.gguf").write_bytes(file.read(3_000_000))
    names = ["none.gguf", "empty.gguf", "text.gguf", "cut.gguf"]
    return [*(str(folder / name) for name in names), str(folder), "control:orcle", "control:", "hf:nonsense"]


def test_a_model_that_cannot_be_used_is_4(tmp_path: Path) -> None:
    for model in bad_models(tmp_path):
        done = stage("run", "sally_anne", "-m", model, "--runs", tmp_path / "runs", "--json")
        assert (done.code, done.out) == (4, ""), model
        assert done.err.strip()
        assert "Traceback" not in done.err
    assert not (tmp_path / "runs").exists()


def test_what_is_no_finished_run_is_5(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        done = stage("score", folder)
        assert (done.code, done.out) == (5, "")
        assert "no run in" in done.err
    unfinished = recorded(tmp_path / "run")
    lines = (unfinished / "record.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (unfinished / "record.jsonl").write_text("".join(lines[:-2]), encoding="utf-8")
    done = stage("score", unfinished)
    assert done.code == 5
    assert "Separation" in done.out
    assert "not finished" in done.err


# ------------------------------------------------------------------------------------------------------- interruptions
def performing(folder: Path, *more: str, slow: float = 0.4) -> subprocess.Popen[str]:
    """A slow run that has begun: a line of the play is on disk."""
    args = ["run", "sally_anne", "-m", "control:oracle", "--out", str(folder), *more]
    going = subprocess.Popen(
        [sys.executable, "-c", SLOW, *args],
        env=environment(SLOW=str(slow)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    deadline = time.monotonic() + 60
    record = folder / "record.jsonl"
    while not (record.exists() and b'\n{"kind": "line"' in record.read_bytes()):
        assert going.poll() is None, going.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return going


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("runs")
    assert run("sally_anne", "oracle", folder, "--out", folder / "run").code == 0
    return (folder / "run" / "record.jsonl").read_bytes()


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_ctrl_c_finishes_the_beat_and_says_how_to_go_on(
    more: tuple[str, ...], uninterrupted: bytes, tmp_path: Path
) -> None:
    going = performing(tmp_path / "run", *more)
    going.send_signal(signal.SIGINT)
    out, err = going.communicate(timeout=60)
    assert going.returncode == 130
    assert "Traceback" not in err
    assert "Finishing the beat" in err
    assert f"  stage run --resume {tmp_path / 'run'}\n" in err
    assert f"  stage score {tmp_path / 'run'}\n" in err
    assert out == "" if more else "Separation" not in out
    last = (tmp_path / "run" / "record.jsonl").read_bytes().splitlines()[-1]
    assert json.loads(last)["kind"] == "beat"
    done = stage("score", tmp_path / "run", "--json")
    assert done.code == 5
    assert done.document["transcript"]
    assert "not finished" in done.err
    assert f"stage run --resume {tmp_path / 'run'}" in done.err
    resumed = stage("run", "--resume", tmp_path / "run", *more)
    assert resumed.code == 0, resumed.err
    assert (tmp_path / "run" / "record.jsonl").read_bytes() == uninterrupted
    assert more or resumed.out.startswith("Sally puts the marble in the basket.\n")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_twice_stops_at_once(uninterrupted: bytes, tmp_path: Path) -> None:
    going = performing(tmp_path / "run", slow=30)
    going.send_signal(signal.SIGINT)
    assert going.stderr is not None
    while "Finishing the beat" not in going.stderr.readline():
        assert going.poll() is None
    began = time.monotonic()
    going.send_signal(signal.SIGINT)
    _, err = going.communicate(timeout=60)
    assert time.monotonic() - began < 20
    assert going.returncode == 130
    assert "Traceback" not in err
    assert stage("run", "--resume", tmp_path / "run").code == 0
    assert (tmp_path / "run" / "record.jsonl").read_bytes() == uninterrupted


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_killed_run_is_readable_up_to_its_last_beat_and_goes_on(uninterrupted: bytes, tmp_path: Path) -> None:
    going = performing(tmp_path / "run")
    refused = stage("run", "--resume", tmp_path / "run")
    assert (refused.code, refused.out) == (5, "")
    assert "is being written by another process" in refused.err
    going.kill()
    going.communicate(timeout=60)
    done = stage("score", tmp_path / "run", "--json")
    assert done.code == 5
    assert done.document["transcript"]
    assert stage("runs", "--runs", tmp_path, "--json").document[0]["state"] == "not finished"
    assert stage("run", "--resume", tmp_path / "run").code == 0
    assert (tmp_path / "run" / "record.jsonl").read_bytes() == uninterrupted
    assert stage("runs", "--runs", tmp_path, "--json").document[0]["state"] == "finished"


@pytest.mark.parametrize(
    "args", [("sally_anne", "--resume", "RUN"), ("--resume", "RUN", "--seed", "1"), ("--resume", "RUN", "--no-mirrors")]
)
def test_a_run_that_is_gone_on_with_has_settings_of_its_own(args: tuple[str, ...], tmp_path: Path) -> None:
    folder = recorded(tmp_path / "run")
    done = stage("run", *(str(folder) if a == "RUN" else a for a in args))
    assert (done.code, done.out) == (2, "")
    assert "leave out" in done.err


def test_a_damaged_run_is_told_by_its_line_and_the_rest_scored(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "run")
    text = (folder / "record.jsonl").read_text(encoding="utf-8")
    (folder / "record.jsonl").write_text(text.replace("Sally puts", "Anne puts", 1), encoding="utf-8")
    done = stage("score", folder)
    assert done.code == 5
    assert "Separation" in done.out
    assert re.search(r"record.jsonl:\d+: damaged line", done.err)
    for command in (("run", "--resume"), ("compare",)):
        refused = stage(*command, folder)
        assert (refused.code, refused.out) == (5, "")
        assert re.search(r"record.jsonl:\d+: damaged line", refused.err)


# ---------------------------------------------------------------------------------------------------------- the record
def recorded(folder: Path, scene: str = "sally_anne") -> Path:
    assert run(scene, "guess", folder, "--out", folder).code == 0
    return folder


@pytest.mark.parametrize("scene", ["sally_anne", "base_model", "improvised", "unreliable_narrator"])
def test_a_run_is_scored_again_to_the_same_document_and_card(scene: str, tmp_path: Path) -> None:
    first = run(scene, "guess", tmp_path, "--out", tmp_path / "one")
    again = stage("score", tmp_path / "one", "--json")
    assert again.document == first.document
    assert (again.code, again.err) == (0, "")
    told = stage("run", scene, "-m", "control:guess", "--out", tmp_path / "two")
    card = stage("score", tmp_path / "two").out
    assert card.startswith("What each mind believes after a beat\n")
    assert told.out.endswith("\n\n" + card)


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "run")
    record = folder / "record.jsonl"
    record.write_bytes(record.read_bytes()[:-7])
    done = stage("score", folder, "--json")
    assert done.code == 5
    assert "cut off" in done.err
    assert done.document["probes"]


def test_a_record_cut_anywhere_is_readable(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "run")
    record = folder / "record.jsonl"
    whole = record.read_bytes()
    for length in [0, 1, 50, *range(1000, len(whole) - 20, len(whole) // 25)]:
        record.write_bytes(whole[:length])
        done = stage("score", folder, "--json")
        assert done.code == 5
        assert len(done.document["probes"]) <= 24


@pytest.mark.parametrize("damage", ["garbage", "", '["a list"]', '{"kind": "answer"}', '{"kind": "line", "beat": []}'])
def test_a_damaged_line_within_is_told_with_its_place(damage: str, tmp_path: Path) -> None:
    folder = recorded(tmp_path / "run")
    record = folder / "record.jsonl"
    lines = record.read_text(encoding="utf-8").splitlines()
    record.write_text("\n".join([*lines[:4], damage, *lines[5:]]) + "\n", encoding="utf-8")
    done = stage("score", folder)
    assert done.code == 5
    assert "Separation" in done.out
    assert f"{record}:5: damaged line: it has no checksum" in done.err


def test_a_damaged_manifest_is_told(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "run")
    for text in ("", "{}", "[]", "\0", '{"format": 99}'):
        (folder / "manifest.json").write_text(text, encoding="utf-8")
        done = stage("score", folder)
        assert (done.code, done.out) == (5, "")
        assert str(folder / "manifest.json") in done.err
    assert [row["state"] for row in stage("runs", "--runs", tmp_path, "--json").document] == ["damaged"]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "run")
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    assert "holds a run already" in run("whisper", "oracle", tmp_path, "--out", folder).err
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "scene.yaml").write_text("my own", encoding="utf-8")
    done = run("whisper", "oracle", tmp_path, "--out", tmp_path / "mine")
    assert (done.code, done.out) == (5, "")
    assert (tmp_path / "mine" / "scene.yaml").read_text(encoding="utf-8") == "my own"


def test_a_folder_that_cannot_be_made_is_5(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    if sys.platform == "linux":
        assert stage("run", "sally_anne", "-m", "control:oracle", "--out", "/proc/of-the-stage").code == 5
    for args in (("--out", tmp_path / "file"), ("--out", tmp_path / "file" / "x"), ("--runs", tmp_path / "file")):
        done = stage("run", "sally_anne", "-m", "control:oracle", *args)
        assert (done.code, done.out) == (5, "")
        assert str(tmp_path / "file") in done.err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_5(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    done = stage("run", "sally_anne", "-m", "control:oracle", "--runs", tmp_path / "locked" / "runs")
    assert (done.code, done.out) == (5, "")
    assert "ermission" in done.err


# --------------------------------------------------------------------------------------------------------- hostile text
HOSTILE = (
    "[bold red]red[/bold red] [/] [link=http://x]y[/link] <script>alert(1)</script> {value} {{x}} {} {0} %s $(id) é 名"
)
REORDERING = "\u202egnp.exe\u2066 \u200f\u200b"
HOSTILE_SCENE = f"""
title: '{HOSTILE}'
premise: '{HOSTILE}'
cast:
  sally: {{at: kitchen, title: 'Sally [b]', persona: '{HOSTILE} :smile:', private: ['{HOSTILE}']}}
  anne: {{at: kitchen}}
places: [kitchen, garden]
things:
  basket: {{at: kitchen, container: true}}
  box: {{at: kitchen, container: true, title: 'the [red]box[/red] {{value}}'}}
  marble: {{at: kitchen}}
facts:
  marble at: [basket, box]
beats:
  - {{put: marble, in: basket, by: sally, text: '{HOSTILE}'}}
  - {{leave: sally, to: garden}}
  - {{put: marble, in: box, by: anne}}
  - {{speak: anne}}
  - {{narrate: true}}
probes:
  - {{about: [marble at], orders: 2, after: [1, end]}}
"""
ESCAPES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    path = tmp_path / "hostile.yaml"
    path.write_text(HOSTILE_SCENE, encoding="utf-8")
    return path


def test_markup_and_braces_are_only_text(hostile: Path, tmp_path: Path) -> None:
    found = document(hostile, "oracle", tmp_path)
    assert found["transcript"][0]["text"] == HOSTILE
    told = stage("run", hostile, "-m", "control:oracle", "--out", tmp_path / "run")
    assert told.code == 0, told.err
    assert "".join(HOSTILE.split()) in "".join(told.out.split())
    assert HOSTILE in stage("prompt", hostile, "--as", "sally").out
    for args in (
        ("minds", hostile),
        ("graph", hostile),
        ("graph", hostile, "--format", "dot"),
        ("ask", hostile, "sally: marble at"),
    ):
        done = stage(*args)
        assert done.code == 0, done.err
        assert not ESCAPES.search(done.out)
    assert is_balanced(stage("graph", hostile, "--format", "dot").out)


def test_marks_that_reorder_text_never_reach_the_terminal(hostile: Path, tmp_path: Path) -> None:
    marked = HOSTILE_SCENE.replace("$(id)", REORDERING)
    hostile.write_text(marked, encoding="utf-8")
    for args in (
        ("run", hostile, "-m", "control:oracle", "--out", tmp_path / "run"),
        ("run", hostile, "-m", "control:oracle", "--out", tmp_path / "json", "--json"),
        ("prompt", hostile, "--as", "sally"),
        ("graph", hostile),
        ("minds", hostile),
        ("lint", hostile),
    ):
        done = stage(*args)
        assert done.code in (0, 3)  # the loader may refuse such marks outright
        assert not ESCAPES.search(done.out + done.err), args


def test_a_hostile_name_of_a_file_is_harmless(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m\u202eb [red].yaml"
    path.write_text((scenarios_folder() / "whisper.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    for more in ((), ("--json",)):
        done = stage("run", path, "-m", "control:oracle", "--runs", tmp_path / "runs", *more)
        assert done.code == 0
        assert not ESCAPES.search(done.out + done.err)
    path.write_text("x: 1", encoding="utf-8")
    assert not ESCAPES.search(stage("lint", path).out)


def test_odd_names_of_files_and_folders(tmp_path: Path) -> None:
    folder = tmp_path / "päth with spaces 名"
    folder.mkdir()
    names = ["sälly ★.yaml"]
    if sys.platform == "linux":
        names.append(os.fsdecode(b"not \xff utf-8.yaml"))
    for name in names:
        (folder / name).write_bytes((scenarios_folder() / "whisper.yaml").read_bytes())
        done = process("run", name, "-m", "control:oracle", "--json", cwd=folder)
        assert done.code == 0, done.err
        assert done.document["scores"]["accuracy"]["value"] == 1
    kept = sorted((folder / "runs").iterdir())
    assert len(kept) == len(names)
    assert [process("score", path, cwd=folder).code for path in kept] == [0] * len(names)


# ------------------------------------------------------------------------------------------------------------ terminals
@pytest.mark.parametrize("more", [{}, {"TERM": "xterm-256color"}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_what_is_piped_is_plain_text(more: dict[str, str], tmp_path: Path) -> None:
    done = process("run", "whisper", "-m", "control:guess", cwd=tmp_path, **more)
    assert done.code == 0
    assert not ESCAPES.search(done.out + done.err)
    assert max(map(len, done.out.splitlines())) <= 80
    assert [line for line in done.err.splitlines() if line] == [
        f"The run is kept in {next((tmp_path / 'runs').iterdir()).relative_to(tmp_path)}"
    ]


def on_terminal(columns: int, args: Sequence[str], cwd: Path, code: int = 0, **more: str) -> str:
    """What a terminal of so many columns is sent."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    command = [sys.executable, "-m", "stage", *args]
    surroundings = environment(**{"TERM": "xterm-256color", **more})
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=cwd, env=surroundings) as going:
        os.close(theirs)
        sent = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            sent += piece
        os.close(ours)
        assert going.wait(timeout=60) == code
    return sent.decode(errors="replace")


@pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")
def test_a_terminal_has_colour_unless_it_is_declined(tmp_path: Path) -> None:
    args = ("run", "whisper", "-m", "control:guess")
    colour = re.compile(r"\x1b\[(?:\d+;)*3\d[;m]")
    assert colour.search(on_terminal(80, args, tmp_path))
    assert not colour.search(on_terminal(80, args, tmp_path, NO_COLOR="1"))


@pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")
def test_a_line_of_the_play_begins_on_a_row_of_its_own(tmp_path: Path) -> None:
    sent = on_terminal(80, ("run", "sally_anne", "-m", "control:oracle"), tmp_path)
    play = sent[: sent.index("Separation")]
    before = play[: play.index("Sally puts")]
    assert before.endswith(("\r\x1b[2K", "\r\x1b[2K\x1b[2m", "\x1b[1A\x1b[2K", "\x1b[1A\x1b[2K\x1b[2m"))
    bare = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", sent)
    assert "Sally leaves the kitchen for the garden.\r\n" in bare


@pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")
def test_a_narrow_terminal_loses_nothing(tmp_path: Path) -> None:
    args = ("run", "sally_anne", "-m", "control:guess")
    narrow = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", on_terminal(40, args, tmp_path))
    card = stage("score", next((tmp_path / "runs").iterdir())).out
    figures_shown = re.findall(r"\d+ \[\d+, \d+\]", card)
    assert figures_shown
    assert all(figure in narrow for figure in figures_shown)


@pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")
def test_steps_of_a_derivation_are_broken_below_themselves(tmp_path: Path) -> None:
    text = (ROOT / "scenarios" / "sally_anne.yaml").read_text(encoding="utf-8")
    (tmp_path / "a.yaml").write_text(
        text.replace("'sally: marble at', expect: basket", "'sally: marble at', expect: box")
    )
    shown = on_terminal(60, ("lint", "a.yaml"), tmp_path, code=3, NO_COLOR="1")
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).splitlines()
    assert max(map(len, lines)) <= 60
    steps = lines[next(n for n, line in enumerate(lines) if line.startswith("  - ")) : -1]
    assert all(line.startswith(("  - ", "    ")) for line in steps)
    assert any(line.startswith("    ") for line in steps)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("args", [("run", "whisper", "-m", "control:oracle"), ("schema",), ("models",)])
def test_a_full_disk_behind_stdout_is_told(args: tuple[str, ...], tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "stage", *args]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr.strip().endswith("No space left on device")
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
@pytest.mark.parametrize("args", [("run", "sally_anne", "-m", "control:oracle"), ("schema",), ("models",)])
def test_a_reader_that_leaves_is_no_matter(args: tuple[str, ...], tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "stage", *args]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(), stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_an_old_terminal_gets_what_it_can_show(encoding: str, tmp_path: Path) -> None:
    done = process("run", "whisper", "-m", "control:oracle", cwd=tmp_path, PYTHONIOENCODING=encoding)
    assert done.code == 0, done.err
    assert "Whose mind spoke" in done.out


# ------------------------------------------------------------------------------------------------------------- entries
@pytest.mark.parametrize("entry", [("cli.py",), ("-m", "stage")])
def test_every_way_in_lists_the_commands(entry: tuple[str, ...]) -> None:
    command = [sys.executable, *entry, "--help"]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert all(f"\n  {name}" in done.stdout for name in commands())


def test_without_a_command_there_is_help_and_a_version() -> None:
    bare, asked = stage(), stage("--help")
    assert (bare.code, bare.out, bare.err) == (0, asked.out, "")
    assert "stage new my_scene.yaml" in bare.out
    assert max(len(line) for line in bare.out.splitlines()) <= 80
    assert stage("--version").out == f"stage {__version__}\n"
    mistyped = stage("lnit")
    assert (mistyped.code, mistyped.out) == (2, "")
    assert "Did you mean 'lint'?" in mistyped.err


def test_the_list_of_commands_says_what_each_does_in_whole_sentences() -> None:
    listed = stage("--help").out.partition("Commands:")[2]
    assert "..." not in listed
    assert listed.count(".") >= len(commands())


def commands() -> list[str]:
    group = typer.main.get_command(command_line().parser())
    names = list(getattr(group, "commands", {}))
    assert {"run", "score", "lint", "graph"} <= set(names)
    return names


@pytest.mark.parametrize("command", commands())
def test_every_command_has_help_and_is_documented(command: str) -> None:
    done = stage(command, "--help")
    assert done.code == 0
    assert f"stage {command}" in done.out
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    documented = [page.name for page in pages if re.search(rf"stage {command}\b", page.read_text(encoding="utf-8"))]
    assert documented, f"'stage {command}' stands neither in README.md nor in docs/"


def test_the_models_at_hand_and_the_schema() -> None:
    names = [model["name"] for model in stage("models", "--json").document]
    assert {"control:oracle", "control:reality", "control:guess"} <= set(names)
    assert "control:oracle" in stage("models").out
    assert "properties" in stage("schema").document
