"""A run that was broken off, anywhere, is gone on with, and ends with the record that it would have had."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest

from stage.errors import RunError
from stage.inference.requests import Generate, Generated, ModelCard, Reply, Request, Scored, Usage
from stage.performing.audiences import Unwatched
from stage.performing.play import empty_transcript, perform
from stage.performing.settings import Settings
from stage.performing.transcript import Line
from stage.records.journal import Journal, read_log
from stage.records.manifest import FORMAT, MANIFEST, RECORD, SCENE, Manifest
from stage.records.record import Run, read_run
from stage.records.record_writer import RunWriter
from stage.records.session import Planned, manifest_of, perform_file, resume_run, settings_of
from stage.resources import scenarios_folder
from stage.roles.aids import Aid
from stage.roles.views import Context
from stage.scenes.yaml_reader import load, loads

EVERYTHING = """
cast: {sally: {at: kitchen, goal: Find it.}, anne: {at: kitchen}, bob: {at: garden}}
places: [kitchen, garden]
things: {basket: {at: kitchen, container: true}, box: {at: kitchen, container: true}, marble: {at: basket}}
facts: {marble at: [basket, box]}
beats:
  - {speak: sally, to: anne, about: [marble at]}
  - {think: anne}
  - {improvise: 2}
  - {act: bob}
  - {leave: sally, to: garden}
  - {narrate: true}
  - {act: sally}
probes:
  - {ask: 'sally: marble at', after: [start, 1, 3, 5, end]}
  - {ask: 'anne>sally: marble at', after: [2, 5, end]}
"""
"""Every way in which the stage makes something itself."""


class Shown(Unwatched):
    def __init__(self) -> None:
        self.lines: list[Line] = []

    def line(self, line: Line) -> None:
        self.lines.append(line)


def performed(scene: Path, folder: Path, model: str = "control:guess", aid: Aid = Aid.NONE) -> Run:
    settings = Settings(seed=3, second_reader=True, aid=aid)
    (run,) = perform_file(scene, model, [Planned(settings, folder)], Unwatched(), folder, lambda _: None)
    return run


def resumed(folder: Path, model: str | None = None) -> tuple[Run, Shown, list[str]]:
    shown, warnings = Shown(), list[str]()
    return resume_run(folder, model, shown, lambda _: None, warnings.append), shown, warnings


def broken_off(whole: Path, at: int, folder: Path) -> Path:
    """A copy of a run whose record ends after so many bytes."""
    shutil.copytree(whole, folder, dirs_exist_ok=True)
    (folder / RECORD).write_bytes((whole / RECORD).read_bytes()[:at])
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("whole")
    (folder / "everything.yaml").write_text(EVERYTHING, encoding="utf-8")
    return performed(folder / "everything.yaml", folder / "run")


def test_a_run_broken_off_anywhere_ends_as_it_would_have(whole: Run, tmp_path: Path) -> None:
    """Cut after every line, and at a hundred places within lines."""
    record = (whole.folder / RECORD).read_bytes()
    ends = [0, *(e.end for e in read_log(whole.folder / RECORD).entries)]
    places = ends + random.Random(0).sample(range(len(record)), 100)
    for number, place in enumerate(places):
        folder = broken_off(whole.folder, place, tmp_path / str(number))
        found, shown, warnings = resumed(folder)
        assert (folder / RECORD).read_bytes() == record, place
        assert (found.transcript, found.prompts, found.made) == (whole.transcript, whole.prompts, whole.made)
        assert (found.finished, warnings) == (True, [])
        assert place == len(record) or shown.lines == list(whole.transcript.lines)


@pytest.mark.parametrize("name", ["sally_anne", "improvised", "base_model", "lie_believed", "unreliable_narrator"])
def test_shipped_scenes_broken_off_at_every_beat(name: str, tmp_path: Path) -> None:
    run = performed(scenarios_folder() / f"{name}.yaml", tmp_path / "whole", "control:leaky:0.5", Aid.PERSPECTIVE)
    for number, entry in enumerate(read_log(run.folder / RECORD).entries):
        if entry.content["kind"] == "beat":
            folder = broken_off(run.folder, entry.end, tmp_path / str(number))
            resumed(folder)
            assert (folder / RECORD).read_bytes() == (run.folder / RECORD).read_bytes()


def test_it_may_be_broken_off_again_and_again(whole: Run, tmp_path: Path) -> None:
    folder = broken_off(whole.folder, 0, tmp_path / "run")
    for entry in read_log(whole.folder / RECORD).entries:
        if entry.content["kind"] != "beat":
            continue
        resumed(folder)
        broken_off(whole.folder, entry.end, folder)
    resumed(folder)
    assert (folder / RECORD).read_bytes() == (whole.folder / RECORD).read_bytes()
    assert len(read_run(folder).manifest.resumed) == 1  # the copying brought the first manifest back each time


def test_a_run_of_format_2_ends_in_format_2_as_it_would_have(
    whole: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So whoever could read its beginning can read the rest."""
    of_format_2 = partial(Manifest.model_copy, update={"format": 2})
    with monkeypatch.context() as patch:
        patch.setattr("stage.records.session.manifest_of", lambda *told: of_format_2(manifest_of(*told)))
        old = performed(whole.folder / SCENE, tmp_path / "old")
    record = (old.folder / RECORD).read_bytes()
    assert (old.manifest.format, whole.manifest.format) == (2, FORMAT)
    assert (old.transcript, old.prompts, old.made) == (whole.transcript, whole.prompts, whole.made)
    kept = [e.content for e in read_log(old.folder / RECORD).entries if e.content["kind"] == "prompt"]
    assert [set(k) for k in kept] == [{"kind", "sha256", "text"}] * len(whole.prompts)
    for number, entry in enumerate(read_log(old.folder / RECORD).entries):
        if entry.content["kind"] == "beat":
            found, _, _ = resumed(broken_off(old.folder, entry.end, tmp_path / str(number)))
            assert (found.folder / RECORD).read_bytes() == record
            assert found.manifest.format == 2


def test_a_finished_run_is_read_and_not_touched(whole: Run, tmp_path: Path) -> None:
    folder = broken_off(whole.folder, 10**9, tmp_path / "run")
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    found, shown, _ = resumed(folder)
    assert (found.transcript, shown.lines) == (whole.transcript, [])
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_every_setting_is_found_in_the_manifest_again() -> None:
    """None of these is the default."""
    settings = Settings(7, Context("windowed", 3), 0.1, 9, False, True, Aid.THINK, 2, 3, True, True, False)
    assert all(getattr(settings, f.name) != getattr(Settings(), f.name) for f in fields(Settings))
    assert settings_of(manifest_of(Path("scene.yaml"), "", ModelCard("m"), settings)) == settings


# ----------------------------------------------------------------------------------------------- a model that remembers
@dataclass
class Moody:
    """A model whose replies move with everything that it was asked since it was reset, as those of a real one do in
    the last bits: only more."""

    card: ModelCard = field(default_factory=lambda: ModelCard("moody"))
    usage: Usage = field(default_factory=Usage)
    mood: str = ""

    def reset(self) -> None:
        self.mood = ""

    def answer(self, requests: Sequence[Request]) -> list[Reply]:
        return [self._reply(request) for request in requests]

    def _reply(self, request: Request) -> Reply:
        self.mood = sha256(f"{self.mood}{request}".encode()).hexdigest()
        dice = random.Random(self.mood)
        if isinstance(request, Generate):
            text = dice.choice(request.grammar.split('"')[1::2]) if request.grammar else f"Words {self.mood[:6]}."
            return Generated(text, "stop", -1.5, 3)
        return Scored(tuple(-5 * dice.random() for _ in request.options), tuple(1 for _ in request.options))


class Forgetless(Moody):
    def reset(self) -> None:
        pass


def by_hand(model: Moody, folder: Path, cut: int | None = None) -> bytes:
    """The record of a performance by a model; of one that was broken off and taken up by a fresh model, with a cut."""
    scene = loads(EVERYTHING)
    if cut is None:
        folder.mkdir()
        manifest = Manifest(
            scenario="", scene_sha256="", model=model.card, seed=0, context="isolated", temperature=1, max_tokens=9,
            mirrors=True, started="",
        )  # fmt: skip
        writer = RunWriter.create(folder, manifest, EVERYTHING, empty_transcript(scene, 0))
    else:
        (folder / RECORD).write_bytes((folder / RECORD).read_bytes()[:cut])
        writer = RunWriter.reopen(folder, empty_transcript(scene, 0))
    with writer:
        perform(scene, model, Settings(temperature=1, second_reader=True), writer, None, writer.past)
        writer.finish()
    return (folder / RECORD).read_bytes()


@pytest.mark.parametrize("afresh", [1, 2, 32])
def test_a_reply_hangs_on_what_was_asked_since_the_last_reset(
    afresh: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And that is asked again. A model that cannot be reset shows what resetting is worth."""
    monkeypatch.setattr("stage.performing.play.AFRESH", afresh)
    parted = 0
    whole = by_hand(Moody(), tmp_path / "moody")
    other = by_hand(Forgetless(), tmp_path / "forgetless")
    for entry in read_log(tmp_path / "moody" / RECORD).entries:
        if entry.content["kind"] == "beat":
            assert by_hand(Moody(), tmp_path / "moody", entry.end) == whole
    for entry in read_log(tmp_path / "forgetless" / RECORD).entries:
        if entry.content["kind"] == "beat":
            parted += by_hand(Forgetless(), tmp_path / "forgetless", entry.end) != other
            (tmp_path / "forgetless" / RECORD).write_bytes(other)
    assert (parted > 0) == (afresh < 32)


# ---------------------------------------------------------------------------------------------------- what is refused
def half(whole: Run, tmp_path: Path) -> Path:
    return broken_off(whole.folder, len((whole.folder / RECORD).read_bytes()) // 2, tmp_path / "half")


def test_another_scene_is_refused(whole: Run, tmp_path: Path) -> None:
    folder = half(whole, tmp_path)
    (folder / SCENE).write_text(EVERYTHING.replace("Find it.", "Hide it."), encoding="utf-8")
    with pytest.raises(RunError, match="not the scene that was performed"):
        resumed(folder)


def test_another_model_is_refused(whole: Run, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"made by control:guess .* and this is control:oracle"):
        resumed(half(whole, tmp_path), "control:oracle")


def test_other_versions_are_told(whole: Run, tmp_path: Path) -> None:
    folder = half(whole, tmp_path)
    made = read_run(folder).manifest
    older = made.model_copy(update={"versions": {**made.versions, "numpy": "0.1"}})
    (folder / MANIFEST).write_text(older.checked_json(), encoding="utf-8")
    _, _, warnings = resumed(folder)
    (warning,) = warnings
    assert warning.startswith("numpy was 0.1 when the run was begun and is ")


def test_a_damaged_record_is_not_gone_on_with(whole: Run, tmp_path: Path) -> None:
    folder = half(whole, tmp_path)
    text = (folder / RECORD).read_text(encoding="utf-8")
    (folder / RECORD).write_text(text.replace('"beat": 1', '"beat": 7', 1), encoding="utf-8")
    with pytest.raises(RunError, match=rf"{RECORD}:\d+: damaged line"):
        resumed(folder)
    with pytest.raises(RunError, match=rf"{RECORD}:\d+: damaged line"):
        RunWriter.reopen(folder, whole.transcript)


def test_two_do_not_go_on_with_one_run(whole: Run, tmp_path: Path) -> None:
    folder = half(whole, tmp_path)
    manifest = (folder / MANIFEST).read_bytes()
    with Journal.reopen(folder / RECORD):
        record = (folder / RECORD).read_bytes()
        with pytest.raises(RunError, match="being written by another process"):
            resumed(folder)
        assert (folder / RECORD).read_bytes() == record
        assert (folder / MANIFEST).read_bytes() == manifest
    assert resumed(folder)[0].finished


def test_a_record_that_does_not_follow_from_its_scene_is_refused(whole: Run, tmp_path: Path) -> None:
    """Its checksums are right: it was written by a program with other rules."""
    scene = load(whole.folder / SCENE)
    for change in ("line", "chosen", "worded"):
        folder = tmp_path / change
        with RunWriter.create(folder_made(folder), whole.manifest, EVERYTHING, empty_transcript(scene, 0)) as record:
            for made in whole.made:
                if made.beat == 1 and type(made).__name__.lower() != change:
                    record.made(made)
            for line in whole.transcript.lines:
                if line.beat == 1:
                    record.line(replace(line, text="Something else.") if change == "line" else line)
            record.beat_ended(0)
            record.beat_ended(1)
        with pytest.raises(RunError, match=r"its scene gives|goes another way"):
            resumed(folder)


def folder_made(folder: Path) -> Path:
    folder.mkdir()
    return folder
