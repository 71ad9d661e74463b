"""Going on from a point of a run: what is shared is shared on disk, what follows is counted, and a parent that changed
is told."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from test_cli import ROOT, SLOW, environment, stage
from test_resume import EVERYTHING, Moody, performed

from stage.errors import RunError, SceneError, UsageError
from stage.inference.requests import Generate, Reply, Request
from stage.performing.audiences import Unwatched
from stage.performing.play import Performance, perform, whole_together
from stage.performing.settings import Settings
from stage.performing.transcript import Answer, Line, Transcript
from stage.records.branching import Branch, Casting, Fork, edited, fork, perform_branches, perform_together, turn_beats
from stage.records.journal import Journal, read_log
from stage.records.manifest import FORMAT, MANIFEST, RECORD
from stage.records.record import Run, read_run
from stage.records.rerolls import REROLLS, begun, remove_unbegun, rerolls_of, taken_up
from stage.records.session import manifest_of, resume_run
from stage.resolve.probes import turn_of
from stage.scenes.yaml_reader import loads
from stage.scoring.rerolls import spread


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("runs")
    (folder / "everything.yaml").write_text(EVERYTHING, encoding="utf-8")
    return performed(folder / "everything.yaml", folder / "run")


def branched(run: Run, at: int, *branches: Branch, text: str = EVERYTHING) -> list[Run]:
    return perform_branches(fork(run, at, text), None, branches, Unwatched(), lambda _: None, pytest.fail)


@pytest.mark.parametrize("at", range(8))
def test_with_the_same_dice_what_follows_is_the_same(run: Run, at: int, tmp_path: Path) -> None:
    (branch,) = branched(run, at, Branch(run.manifest.seed, tmp_path / "branch"))
    assert branch.transcript == run.transcript
    assert branch.prompts == run.prompts
    assert (branch.made, branch.beats, branch.finished) == (run.made, run.beats, True)
    kept = (tmp_path / "branch" / RECORD).read_text(encoding="utf-8")
    beats = {json.loads(row).get("beat") for row in kept.splitlines()} - {None}
    assert beats == {line.beat for line in run.transcript.lines if line.beat > at} | {
        a.beat for a in run.transcript.answers if a.beat > at
    }


def test_with_other_dice_only_what_follows_differs(run: Run, tmp_path: Path) -> None:
    branches = branched(run, 2, *(Branch(seed, tmp_path / str(seed)) for seed in range(10, 18)))
    early = [line for line in run.transcript.lines if line.beat <= 2]
    for branch in branches:
        assert [line for line in branch.transcript.lines if line.beat <= 2] == early
    assert len({tuple(x.text for x in branch.transcript.lines) for branch in branches}) > 1


def test_a_branch_of_a_branch_shares_with_both(run: Run, tmp_path: Path) -> None:
    (child,) = branched(run, 2, Branch(10, tmp_path / "child"))
    (grandchild,) = branched(child, 4, Branch(11, tmp_path / "grandchild"))
    (early,) = branched(child, 1, Branch(12, tmp_path / "early"))
    assert [x for x in grandchild.transcript.lines if x.beat <= 4] == [x for x in child.transcript.lines if x.beat <= 4]
    assert [x for x in early.transcript.lines if x.beat <= 1] == [x for x in run.transcript.lines if x.beat <= 1]


def test_an_interrupted_branch_is_gone_on_with(run: Run, tmp_path: Path) -> None:
    (child,) = branched(run, 2, Branch(10, tmp_path / "child"))
    whole = (child.folder / RECORD).read_bytes()
    for entry in read_log(
        child.folder / RECORD, after=child.manifest.parent.check if child.manifest.parent else ""
    ).entries:
        (child.folder / RECORD).write_bytes(whole[: entry.end])
        resume_run(child.folder, None, Unwatched(), lambda _: None, pytest.fail)
        assert (child.folder / RECORD).read_bytes() == whole


# ------------------------------------------------------------------------------------------------------ what is refused
def family(run: Run, folder: Path) -> tuple[Path, Path]:
    shutil.copytree(run.folder, folder / "parent")
    (child,) = branched(read_run(folder / "parent"), 3, Branch(5, folder / "child"))
    return folder / "parent", child.folder


def test_a_family_may_move_together(run: Run, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    _, child = family(run, tmp_path / "here")
    before = read_run(child).transcript
    (tmp_path / "here").rename(tmp_path / "there")
    assert read_run(tmp_path / "there" / "child").transcript == before


def test_a_missing_parent_is_told(run: Run, tmp_path: Path) -> None:
    parent, child = family(run, tmp_path)
    shutil.rmtree(parent)
    with pytest.raises(RunError, match=rf"{child} branches from the run .*, which cannot be read: no run in"):
        read_run(child)


def test_a_parent_that_changed_where_it_is_shared_is_told(run: Run, tmp_path: Path) -> None:
    parent, child = family(run, tmp_path)
    whole = (parent / RECORD).read_bytes()
    shared = whole.index(b'{"kind": "beat", "number": 3')
    (parent / RECORD).write_bytes(whole[:shared])
    with pytest.raises(RunError, match="that run is not what it was there"):
        read_run(child)
    (parent / RECORD).write_bytes(whole.replace(b"two", b"twe", 1).replace(b"kitchen", b"kitchfn", 1))
    with pytest.raises(RunError, match="that run is not what it was there"):
        read_run(child)
    (parent / RECORD).write_bytes(whole[: shared + 200].rpartition(b"\n")[0] + b"\nnull\n")
    assert read_run(child).finished  # damage after the shared beats is the parent's own matter


@pytest.mark.parametrize("folder", ["../child", ".", "../parent/../child", "../grandchild"])
def test_a_branch_of_itself_is_told_at_once(folder: str, run: Run, tmp_path: Path) -> None:
    """Its manifest was changed, with its checksum; once that led into a message of megabytes."""
    _, child = family(run, tmp_path)
    (grandchild,) = branched(read_run(child), 5, Branch(6, tmp_path / "grandchild"))
    made = read_run(child).manifest
    assert made.parent is not None
    bent = made.model_copy(update={"parent": made.parent.model_copy(update={"folder": folder})})
    (child / MANIFEST).write_text(bent.checked_json(), encoding="utf-8")
    for branch in (child, grandchild.folder):
        with pytest.raises(RunError, match="which branches from it: a manifest is damaged") as told:
            read_run(branch)
        assert len(str(told.value)) < 1000


def test_a_parent_that_no_folder_can_be_called_is_told(run: Run, tmp_path: Path) -> None:
    _, child = family(run, tmp_path)
    text = (child / MANIFEST).read_text(encoding="utf-8")
    (child / MANIFEST).write_text(text.replace("../parent", "a\\u0000b"), encoding="utf-8")
    with pytest.raises(RunError, match=r"not a run's manifest: parent\.folder: String should match"):
        read_run(child)


def test_a_branch_of_a_branch_of_format_2_adds_to_its_prompts(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole prompts are as good a beginning as any."""
    (tmp_path / "scene.yaml").write_text(EVERYTHING, encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(
            "stage.records.session.manifest_of", lambda *told: manifest_of(*told).model_copy(update={"format": 2})
        )
        old = performed(tmp_path / "scene.yaml", tmp_path / "old")
    (child,) = branched(old, 3, Branch(old.manifest.seed, tmp_path / "child"))
    (grandchild,) = branched(child, 5, Branch(old.manifest.seed, tmp_path / "grandchild"))
    assert [r.manifest.format for r in (old, child, grandchild)] == [2, FORMAT, FORMAT]
    assert child.prompts == grandchild.prompts == old.prompts == run.prompts
    theirs = {e.content["sha256"] for e in read_log(old.folder / RECORD).entries if e.content["kind"] == "prompt"}
    ours = [e.content for e in read_log(child.folder / RECORD, after=child.manifest.parent.check).entries]  # type: ignore[union-attr]
    assert any(content.get("after") in theirs for content in ours)


def test_a_scene_that_leads_elsewhere_is_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"the record does not follow from its scene|goes another way"):
        branched(run, 5, Branch(1, tmp_path / "b"), text=EVERYTHING.replace("think: anne", "think: sally"))
    with pytest.raises(RunError, match="was not performed"):
        fork(run, 8, EVERYTHING)


# --------------------------------------------------------------------------------------------------------------- edits
def test_texts_are_replaced_and_nothing_else() -> None:
    text = edited(
        EVERYTHING, ['sally.goal=Lose it: "now".', "author.notes=A storm.", "narrator.voice=Dry.", "premise=P"]
    )
    before, after = loads(EVERYTHING), loads(text)
    assert after.cast["sally"].goal == 'Lose it: "now".'
    assert (after.author.notes, after.narrator.voice, after.premise) == (["A storm."], "Dry.", "P")
    assert (after.beats, after.probes, after.start) == (before.beats, before.probes, before.start)


@pytest.mark.parametrize("text", ["2001-13-45", "1e400", "yes", "2001-12-14t21:59:43.10-05:00", "null", ""])
def test_texts_that_look_like_dates_or_numbers_stay_texts(text: str) -> None:
    scene = EVERYTHING.replace("goal: Find it.", f"goal: {text if text not in ('null', '') else 'x'}")
    made = loads(edited(scene, [f"anne.goal={text}"]))
    assert made.cast["sally"].goal == loads(scene).cast["sally"].goal
    assert made.cast["anne"].goal == text


@pytest.mark.parametrize("edit", ["saly.goal=x", "sally.at=garden", "sally.goal", "goal=x", "", "beats=[]", "sally=x"])
def test_what_cannot_be_replaced_is_told(edit: str) -> None:
    with pytest.raises(UsageError, match="cannot set"):
        edited(EVERYTHING, [edit])


def test_an_edited_goal_is_in_the_prompts_that_follow_and_in_none_before(run: Run, tmp_path: Path) -> None:
    text = edited(EVERYTHING, ["sally.goal=Dance on the roof."])
    (branch,) = branched(run, 4, Branch(3, tmp_path / "b"), text=text)
    told = {digest for digest, prompt in branch.prompts.items() if "Dance on the roof." in prompt}
    asked = [(a.beat, v.prompt) for a in branch.transcript.answers if a.voice == "sally" for v in a.variants]
    assert {beat for beat, digest in asked if digest in told} == {5, 7}
    assert {beat for beat, digest in asked if digest not in told} == {0, 1, 3}


# ------------------------------------------------------------------------------------------------------------ together
class Counting(Moody):
    """Replies by the request alone, and notes how many came at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[int] = []

    def answer(self, requests: Sequence[Request]) -> list[Reply]:
        self.batches.append(sum(isinstance(r, Generate) for r in requests))
        replies = []
        for request in requests:
            self.mood = ""
            replies.append(self._reply(request))
        return replies


def test_plays_in_lockstep_are_the_plays_alone_and_ask_together() -> None:
    scene, together = loads(EVERYTHING), Counting()
    settings = [Settings(seed=seed) for seed in range(5)]
    alone = [perform(scene, Counting(), one, Unwatched()) for one in settings]
    plays = [Performance(scene, together.card, one, Unwatched(), {}) for one in settings]
    whole_together(plays, [None] * 5, together)
    assert [play.transcript() for play in plays] == alone
    assert len({tuple(x.text for x in t.lines) for t in alone}) == 5
    assert max(together.batches) == 5


# ------------------------------------------------------------------------------------------------- together, broken off
LONG = EVERYTHING.replace("probes:", "".join("  - {narrate: true}\n" for _ in range(30)) + "probes:")
"""A scene in which the model is reset once more, and all that comes after hangs on it."""


@pytest.fixture(scope="module", params=["short", "long"])
def point(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Fork:
    folder = tmp_path_factory.mktemp("runs")
    text = LONG if request.param == "long" else EVERYTHING
    (folder / "scene.yaml").write_text(text, encoding="utf-8")
    return fork(performed(folder / "scene.yaml", folder / "run"), 2, text)


def together(point: Fork, folder: Path) -> list[bytes]:
    """Three plays by a model whose replies hang on all that it was asked since it was reset; their records."""
    group = [Branch(10 + i, folder / str(i)) for i in range(3)]
    for branch in group:
        remove_unbegun(branch.out)
    perform_together(point, group, Casting(Moody()), Unwatched(), lambda _: None)
    return [(branch.out / RECORD).read_bytes() for branch in group]


class TornOffError(Exception):
    pass


def broken_off_after(writes: int, point: Fork, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Perform, and stop without a warning after so many lines were written to all records together."""
    left, add = [writes], Journal.add

    def stopping(self: Journal, content: Mapping[str, Any]) -> None:
        if not left[0]:
            raise TornOffError
        left[0] -= 1
        add(self, content)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "add", stopping)
        with pytest.raises(TornOffError):
            together(point, folder)


def test_plays_in_lockstep_broken_off_anywhere_end_as_they_would_have(
    point: Fork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = together(point, tmp_path / "whole")
    assert len(set(whole)) == 3
    writes = sum(record.count(b"\n") for record in whole)
    dice = random.Random(1)
    for number in [*sorted(dice.sample(range(writes), 8)), writes - 1]:
        folder = tmp_path / str(number)
        broken_off_after(number, point, folder, monkeypatch)
        if number < writes // 2:
            broken_off_after(number % 20, point, folder, monkeypatch)  # and once more, early
        assert together(point, folder) == whole, number
        assert all(read_run(folder / str(i)).finished for i in range(3))


def test_a_play_that_was_gone_on_with_alone_or_lost_is_brought_back(point: Fork, tmp_path: Path) -> None:
    whole = together(point, tmp_path)
    shutil.rmtree(tmp_path / "1")
    assert together(point, tmp_path) == whole
    before = (tmp_path / "0" / RECORD).stat().st_mtime_ns
    assert together(point, tmp_path) == whole
    assert (tmp_path / "0" / RECORD).stat().st_mtime_ns == before  # all are finished: nothing is touched


def test_another_run_in_the_place_of_a_play_is_told(point: Fork, tmp_path: Path) -> None:
    together(point, tmp_path)
    shutil.rmtree(tmp_path / "1")
    shutil.copytree(tmp_path / "2", tmp_path / "1")
    with pytest.raises(RunError, match="1 is another run than the one that was begun there"):
        together(point, tmp_path)


# --------------------------------------------------------------------------------------------------------------- turns
TURNING = EVERYTHING.replace("probes:", "turns: ['sally: marble at basket', 'anne>bob: marble at box']\nprobes:")


def test_turns_are_read_with_the_scene() -> None:
    scene = loads(TURNING)
    assert [str(t) for t in scene.turns] == ["sally: marble at basket", "anne>bob: marble at box"]
    assert turn_of(scene, "anne>bob: marble at box") == scene.turns[1]
    for bad, rule in (("sally marble", "form"), ("saly: marble at box", "saly"), ("sally: marble at bin", "bin")):
        with pytest.raises(SceneError, match=rule):
            loads(TURNING.replace("'sally: marble at basket'", f"'{bad}'"))
        assert rule in str(turn_of(scene, bad))


def test_a_turn_comes_at_the_first_beat_at_which_it_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "scene.yaml"
    path.write_text(
        "cast: {sally: {at: kitchen}, anne: {at: kitchen}}\nplaces: [kitchen, garden]\n"
        "things: {basket: {at: kitchen, container: true}, box: {at: kitchen, container: true}, marble: {at: basket}}\n"
        "facts: {marble at: [basket, box]}\ncommon: [marble at basket]\nbeats:\n"
        "  - {leave: sally, to: garden}\n  - {put: marble, in: box, by: anne}\n  - {enter: sally, to: kitchen}\n"
        "  - {look: box, by: sally}\nprobes: [{ask: 'sally: marble at'}]\n",
        encoding="utf-8",
    )
    done = performed(path, tmp_path / "run", "control:oracle")
    scene = loads(path.read_text(encoding="utf-8"))
    turns = [turn_of(scene, t) for t in ("reality: marble at box", "sally: marble at box", "sally: marble at basket")]
    watched = [t for t in turns if not isinstance(t, str)]
    assert turn_beats(done, watched, 0) == [2, 4, 0]
    assert turn_beats(done, watched, 4) == [4, 4, None]


# ------------------------------------------------------------------------------------------------------------ counting
def play(said: str, answer: str, act: str) -> Transcript:
    line = Line(2, "speech", "sally", said, performed=True, act=act)
    asked = Answer(
        "p", 2, ("anne",), "anne", "marble at", "?", ("box", "basket"), "box",
        {"reality": "basket", "anne": "box"}, answer=answer, margin=9.0,
    )  # fmt: skip
    return Transcript((Line(1, "event", None, "x"), line), (asked,), ("sally", "anne"))


def test_what_follows_is_counted() -> None:
    plays = [play("a", "box", ""), play("b", "box", "marble at box"), play("b", "basket", "marble at box")]
    found = spread(plays, 1, {"t": [2, None, 4]})
    assert (found.plays, found.different) == (3, 2)
    (choice,), (answer,), (turn,) = found.choices, found.answers, found.turns
    assert choice.counts == {"marble at box": 2, "(asserts nothing)": 1}
    assert answer.counts == {"box": 2, "basket": 1}
    assert answer.right is not None
    assert answer.right.value == pytest.approx(2 / 3)
    assert (turn.counts, turn.median) == ({2: 1, 4: 1}, 3)
    assert turn.came.value == pytest.approx(2 / 3)
    assert spread(plays, 2, {}).answers == ()


# -------------------------------------------------------------------------------------------------------- command line
def test_rerolls_and_branches_from_the_command_line(run: Run, tmp_path: Path) -> None:
    parent = tmp_path / "parent"
    shutil.copytree(run.folder, parent)
    rolled = stage("reroll", parent, "--at", "3", "-n", "4", "--turn", "reality: marble at box", "--json")
    assert rolled.code == 0, rolled.err
    found = rolled.document
    assert (found["plays"], found["at"], len(found["runs"])) == (4, 3, 4)
    assert [sum(s["counts"].values()) for s in found["answers"]] == [4] * len(found["answers"])
    assert found["turns"][0]["came"]["n"] == 4
    again = stage("reroll", parent, "--at", "3", "-n", "4", "--turn", "reality: marble at box", "--json")
    assert {**again.document, "runs": 0} == {**found, "runs": 0}
    told = stage("reroll", parent, "--at", "3", "-n", "2", "--out", tmp_path / "out")
    assert told.out.startswith("2 plays from after beat 3")
    assert "[after" not in told.out
    branch = stage("branch", parent, "--at", "2", "--set", "sally.goal=Dance.", "--json")
    assert branch.code == 0, branch.err
    rows = stage("runs", "--runs", tmp_path).out.splitlines()
    assert rows[0].startswith(f"{parent}  finished")
    named = Path(run.manifest.scenario).stem.replace("_", "-")
    assert sum(f"-{named}-rerolls" in row or f"-{named}-branch" in row for row in rows) == 3
    assert all(row.startswith(("  (after beat ", "      ")) for row in rows[2:])
    assert sum("4 of 4 rerolls finished" in row for row in rows) == 2
    documents = stage("runs", "--runs", tmp_path, "--json").document
    assert sum("parent" in row for row in documents) == 4 + 4 + 2 + 1


def test_rerolls_killed_in_the_midst_are_gone_on_with_by_one_command(run: Run, tmp_path: Path) -> None:
    parent = tmp_path / "parent"
    shutil.copytree(run.folder, parent)
    asked = ("reroll", parent, "--at", "3", "-n", "6", "--turn", "reality: marble at box", "--json")
    whole = stage(*asked, "--out", tmp_path / "whole")
    killed, folder = [], tmp_path / "rerolls"
    command = [*asked, "--out", folder]
    for _ in range(3):
        slow = subprocess.Popen(
            [sys.executable, "-c", SLOW, *map(str, command)], env=environment(SLOW="0.02"), cwd=ROOT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        at_least = len(killed) * 2 + 1
        while len(list(folder.glob(f"*/{MANIFEST}"))) < at_least and slow.poll() is None:
            time.sleep(0.01)
        slow.kill()
        killed.append(slow.wait())
        command = ["reroll", "--resume", folder, "--json"]
    assert killed == [-9, -9, -9]
    rows = stage("runs", "--runs", tmp_path).out
    assert re.search(r"rerolls +[1-5] of 6 rerolls finished", rows)
    done = stage(*command)
    assert done.code == 0, done.err
    assert {**done.document, "run": "", "runs": 0} == {**whole.document, "run": "", "runs": 0}
    for number in range(1, 7):
        assert (folder / str(number) / RECORD).read_bytes() == (tmp_path / "whole" / str(number) / RECORD).read_bytes()


def test_what_is_to_be_rerolled_is_on_the_disk_before_a_play_begins(
    point: Fork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_size))
    with begun(tmp_path, rerolls_of(point, tmp_path, 3, 7)):
        size = (tmp_path / REROLLS).stat().st_size
        assert size > 0
        assert size in synced


def test_rerolls_of_a_run_that_was_performed_anew_are_told(run: Run, tmp_path: Path) -> None:
    """The parent's record is another up to the beat; the plays that are there do not go on from it."""
    parent, folder = tmp_path / "parent", tmp_path / "it"
    shutil.copytree(run.folder, parent)
    assert stage("reroll", parent, "--at", "3", "-n", "2", "--out", folder).code == 0
    shutil.rmtree(parent)
    (tmp_path / "scene.yaml").write_text(EVERYTHING, encoding="utf-8")
    assert stage("run", tmp_path / "scene.yaml", "-m", "control:guess", "--seed", "8", "--out", parent).code == 0
    for play in ("1", "2"):
        shutil.rmtree(folder / play)
    done = stage("reroll", "--resume", folder)
    assert (done.code, "which is not what it was there" in done.err) == (5, True)


def test_rerolls_are_performed_by_one_process_at_a_time(run: Run, tmp_path: Path) -> None:
    assert stage("reroll", run.folder, "--at", "3", "-n", "2", "--out", tmp_path / "it").code == 0
    with taken_up(tmp_path / "it"):
        done = stage("reroll", "--resume", tmp_path / "it")
        assert (done.code, "is being written by another process" in done.err) == (5, True)
    assert stage("reroll", "--resume", tmp_path / "it").code == 0


@pytest.mark.parametrize("content", [b"", b"{}\n", b'{"n": 2}\n', b"\x00" * 50])
def test_rerolls_that_cannot_be_made_out_are_told(content: bytes, run: Run, tmp_path: Path) -> None:
    stage("reroll", run.folder, "--at", "3", "-n", "2", "--out", tmp_path / "it")
    (tmp_path / "it" / REROLLS).write_bytes(content)
    done = stage("reroll", "--resume", tmp_path / "it")
    assert (done.code, "Traceback" in done.err) == (5, False)
    assert str(tmp_path / "it") in done.err
    assert "2 of 2 rerolls finished" in stage("runs", "--runs", tmp_path).out or content


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("reroll", "RUN"), 2), (("reroll", "--resume", "RUN"), 5), (("reroll", "--resume", "RUN", "-n", "3"), 2),
        (("reroll", "--resume", "RUN/none"), 5), (("reroll",), 2), (("reroll", "RUN", "--at", "99"), 2), (("reroll", "RUN", "--at", "1", "-n", "0"), 2),
        (("reroll", "RUN", "--at", "1", "--turn", "nonsense"), 2), (("branch", "RUN", "--at", "1", "--set", "x"), 2),
        (("branch", "RUN/none", "--at", "1"), 5), (("branch", "RUN", "--at", "1", "-m", "control:oracle"), 5),
    ],
)  # fmt: skip
def test_what_cannot_be_gone_on_from_is_told(args: tuple[str, ...], code: int, run: Run, tmp_path: Path) -> None:
    done = stage(
        *(a.replace("RUN", str(run.folder)) for a in args),
        *(("--out", tmp_path / "o") if "none" not in str(args) and "--resume" not in args else ()),
    )
    assert (done.code, done.out) == (code, "")
    assert done.err.strip()
    assert "Traceback" not in done.err
