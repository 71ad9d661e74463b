"""Going on from a point of a run in other ways: with other dice, or from an edited scene.

A branch is a run of its own that holds only what follows; the beats before are its parent's, by reference and checksum.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from ruamel.yaml.error import YAMLError

from stage.controls import control_stage
from stage.errors import RunError, UsageError
from stage.inference.requests import LanguageModel, ModelCard
from stage.performing.audiences import Audience, Audiences
from stage.performing.play import Performance, empty_transcript, whole_together
from stage.performing.transcript import Transcript
from stage.questions.answer_key import AnswerKey
from stage.records.folders import own_folder
from stage.records.manifest import FORMAT, MANIFEST, SCENE, Manifest, Parent, now, versions
from stage.records.record import DamagedRunError, Run, beat_check, read_run
from stage.records.record_writer import RunWriter
from stage.records.replay import replayed
from stage.records.session import CONTROL, ModelChoice, changes, inference_of, opened_model, settings_of
from stage.scenes.scene import Scene, Turn
from stage.scenes.yaml_kept import keeping_yaml
from stage.scenes.yaml_reader import loads

EDITABLE = (
    "title",
    "premise",
    "NAME.persona",
    "NAME.goal",
    "NAME.private",
    "author.intent",
    "author.notes",
    "narrator.voice",
)
"""What ``--set`` reaches: texts that are told to roles and change nothing of what has happened."""


@dataclass(frozen=True)
class Fork:
    """A point of a run from which others go on: after ``beat``, with the scene as it is from there on."""

    run: Run
    beat: int
    text: str
    check: str

    @property
    def scene(self) -> Scene:
        return loads(self.text, str(self.run.folder / SCENE))

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def manifest(self, folder: Path, card: ModelCard, seed: int) -> Manifest:
        """What is put down of a branch that begins now."""
        parent = Parent(folder=os.path.relpath(self.run.folder, folder), beat=self.beat, check=self.check)
        changed = {
            "format": FORMAT, "scene_sha256": self.digest, "model": card, "seed": seed,
            "parent": parent, "started": now(), "resumed": (), "twin": "", "finished": None, "versions": versions(),
        }  # fmt: skip
        return self.run.manifest.model_copy(update=changed)


def fork(run: Run, beat: int, text: str) -> Fork:
    """RunError where the beat was not performed. ``text`` is the scene from there on; what it says of the beats before
    must be what was performed, which shows when a branch is begun."""
    return Fork(run, beat, text, beat_check(run.folder, beat))


def sound_run(folder: Path) -> Run:
    """A run, or what is sound of it: what lies before a damage can be gone on from. RunError where there is none."""
    try:
        return read_run(folder)
    except DamagedRunError as error:
        return error.sound


def edited(text: str, edits: Sequence[str]) -> str:
    """A scene with some texts replaced, each by 'anne.goal=Keep it.' UsageError for what cannot be replaced."""
    if not edits:
        return text
    yaml = keeping_yaml()
    try:
        document = yaml.load(text)
    except YAMLError as error:
        raise RunError(f"the scene cannot be read: {error}") from error
    for edit in edits:
        path, equals, value = edit.partition("=")
        _replace(document, path.strip(), value if equals else None, edit)
    written = io.StringIO()
    yaml.dump(document, written)
    return written.getvalue()


def _replace(document: dict[str, object], path: str, value: str | None, edit: str) -> None:
    owner, _, name = path.rpartition(".")
    cast = document.get("cast")
    people = cast if isinstance(cast, dict) else {}
    allowed = {"": ("title", "premise"), "author": ("intent", "notes"), "narrator": ("voice",)}
    names = allowed.get(owner, ("persona", "goal", "private") if owner in people else ())
    if value is None or name not in names:
        raise UsageError(
            f"cannot set {edit!r}; there is {', '.join(EDITABLE)}, such as 'anne.goal=Keep it.', and NAME one of "
            f"{', '.join(map(str, people))}; for more than that edit the scene and name it with --scene"
        )
    place: object = document
    if owner:
        within = people if owner in people else document
        if not isinstance(within.get(owner), dict):
            within[owner] = {}
        place = within[owner]
    if isinstance(place, dict):
        place[name] = [value] if name in ("private", "notes") else value


@dataclass(frozen=True)
class Branch:
    """A branch to be performed: its dice and its folder."""

    seed: int
    out: Path


def perform_branches(
    fork: Fork,
    model_spec: str | None,
    branches: Sequence[Branch],
    watcher: Audience,
    made: Callable[[Path], None],
    warn: Callable[[str], None],
) -> list[Run]:
    """Go on from a fork, once for each branch; those that were begun and broken off are gone on with. On a real model all
    are performed in lockstep, their requests as one batch; ``watcher`` follows the first. On a control stage they are performed one
    after the other, each as alone.

    RunError where the scene does not lead to what was performed up to there, or for another model than the run's.
    """
    was = fork.run.manifest
    spec = model_spec or was.model.path or was.model.name
    choice = ModelChoice(spec, inference_of(was.model))
    with opened_model(choice, {}, branches[0].seed) as model:
        for change in changes(was, model.card, but=("seed",)):
            warn(change)
        if not spec.startswith(CONTROL):
            perform_together(fork, branches, Casting(model), watcher, made)
            return [read_run(b.out) for b in branches]
        for branch in branches:
            key: AnswerKey = {}
            stage = control_stage(spec.removeprefix(CONTROL), key, branch.seed)
            perform_together(fork, [branch], Casting(stage, key), watcher, made)
    return [read_run(b.out) for b in branches]


@dataclass(frozen=True)
class Casting:
    """The model that performs, and the answer key that is filled in for a control stage."""

    model: LanguageModel
    key: AnswerKey = field(default_factory=dict)


def perform_together(
    fork: Fork, group: Sequence[Branch], casting: Casting, watcher: Audience, made: Callable[[Path], None]
) -> None:
    """Go on from a fork in lockstep, from the last beat that all of the branches have performed whole: what some of them
    performed beyond it is performed again. Finished branches are left as they are."""
    begun = [_begun(fork, branch) for branch in group]
    if all(run is not None and run.finished for run in begun):
        return
    upto = min(fork.beat if run is None else run.beats for run in begun)
    scene, model = fork.scene, casting.model
    start = empty_transcript(scene, model.card.noise)
    with ExitStack() as open_records:
        plays, records = [], []
        for branch, run in zip(group, begun, strict=True):
            record = open_records.enter_context(
                _new_record(fork, branch, model.card, start)
                if run is None
                else RunWriter.reopen(branch.out, start, upto)
            )
            made(branch.out)
            settings = replace(settings_of(fork.run.manifest), seed=branch.seed)
            watched = (watcher,) if branch is group[-1] else ()  # told last: it may stop the play
            plays.append(Performance(scene, model.card, settings, Audiences((record, *watched)), casting.key))
            records.append(record)
        if len(plays) == 1:  # to the bit as a run that is gone on with
            plays[0].whole(model, records[0].past)
        else:
            whole_together(plays, [record.past for record in records], model, fork.beat + 1)
        for record in records:
            record.finish()


def _begun(fork: Fork, branch: Branch) -> Run | None:
    """A branch as far as it was performed; None if it was not begun. RunError for a run that is something else."""
    if not (branch.out / MANIFEST).exists():
        return None
    run = read_run(branch.out)
    parent = run.manifest.parent
    told = parent.check if parent else "", run.manifest.seed, run.manifest.scene_sha256
    if told != (fork.check, branch.seed, fork.digest):
        raise RunError(f"{branch.out} is another run than the one that was begun there")
    return run


def _new_record(fork: Fork, branch: Branch, card: ModelCard, start: Transcript) -> RunWriter:
    folder = own_folder(branch.out)
    return RunWriter.create(folder, fork.manifest(folder, card, branch.seed), fork.text, start)


def turn_beats(run: Run, turns: Sequence[Turn], at: int) -> list[int | None]:
    """Per turn, the first beat from ``at`` on after which the belief was held in a run; None where it never was. Worked
    out from the record by the belief engine, without a model."""
    course, complaint = replayed(run)
    if complaint:
        raise RunError(f"{run.folder}: {complaint}")

    def is_held(turn: Turn, beat: int) -> bool:
        return course.world(turn.viewpoint, course.moments[beat]).value(turn.fact.fluent) == turn.fact.value

    return [next((b for b in range(at, run.beats + 1) if is_held(turn, b)), None) for turn in turns]
