"""Performances from start to end: open the model, make the run folder, play, and leave a record."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path

from stage.controls import control_stage
from stage.errors import RunError
from stage.inference.requests import LanguageModel, ModelCard
from stage.inference.settings import Settings as Inference
from stage.performing.audiences import Audience, Audiences
from stage.performing.play import empty_transcript, perform
from stage.performing.settings import Settings
from stage.questions.answer_key import AnswerKey
from stage.questions.twins import twin_of
from stage.records.folders import new_folder, own_folder
from stage.records.manifest import SCENE, TWIN, Manifest, now, versions
from stage.records.record import Run, read_run
from stage.records.record_writer import RunWriter
from stage.roles.aids import Aid
from stage.roles.views import Context
from stage.scenes.scene import Scene
from stage.scenes.yaml_reader import loads, read

CONTROL = "control:"


@dataclass(frozen=True)
class ModelChoice:
    """Which model performs and how it is run; ``opened`` is told of it once it can be asked."""

    spec: str | None = None
    inference: Inference | None = None
    opened: Callable[[LanguageModel], None] = lambda model: None


@contextmanager
def opened_model(choice: ModelChoice | str | None, key: AnswerKey, seed: int) -> Iterator[LanguageModel]:
    """The model of a choice, or that a name stands for: 'control:NAME', a path, 'hf:repo/file.gguf', or the built-in
    one (None).

    ModelError where it is missing or unreadable. A real model is closed on leaving; a control answers from ``key``.
    """
    if not isinstance(choice, ModelChoice):
        choice = ModelChoice(choice)
    if choice.spec is not None and choice.spec.startswith(CONTROL):
        control = control_stage(choice.spec.removeprefix(CONTROL), key, seed)
        choice.opened(control)
        yield control
        return
    from stage.inference.opening import open_model

    with open_model(choice.spec, choice.inference) as model:
        choice.opened(model)
        yield model


@dataclass(frozen=True)
class Planned:
    """One performance to be given: how, and in which folder it is kept (None: a new one below the runs)."""

    settings: Settings
    out: Path | None = None
    twins: bool = False


def plan(first: Planned, contexts: Sequence[Context], aids: Sequence[Aid]) -> list[Planned]:
    """A performance like the first for every context with every aid; several are kept below its folder, by their
    names."""
    settings, out = first.settings, first.out
    combined = [(c, a) for c in contexts for a in aids]
    return [
        replace(
            first,
            settings=replace(settings, context=c, aid=a),
            out=out if out is None or len(combined) == 1 else out / f"{str(c).replace(':', '-')}-{a}",
        )
        for c, a in combined
    ]


def perform_file(
    path: Path,
    choice: ModelChoice | str | None,
    planned: Sequence[Planned],
    watcher: Audience,
    runs: Path,
    made: Callable[[Path], None],
) -> Iterator[Run]:
    """Perform the scene of a file, once for each of ``planned``, with one loading of the model, and keep each run in its
    folder. All are of one seed.

    ``made`` is told each folder before its first line is played, so that an interrupted run can be found. Raises
    SceneError, ModelError or RunError; what was performed by then is on disk.
    """
    text = read(path)
    loads(text, str(path))  # refused before a model is loaded
    key: AnswerKey = {}
    with opened_model(choice, key, planned[0].settings.seed) as model:
        for plan in planned:
            folder = own_folder(plan.out) if plan.out is not None else new_folder(runs, path.stem)
            made(folder)
            yield performed_in(replace(plan, out=folder), path, text, model, key, watcher)


def performed_in(plan: Planned, path: Path, text: str, model: LanguageModel, key: AnswerKey, watcher: Audience) -> Run:
    """Perform a scene, and its twin if that is planned, in the folder of the plan."""
    assert plan.out is not None
    folder = own_folder(plan.out)
    scene = loads(text, str(path))
    twin = twin_of(scene) if plan.twins else None
    manifest = manifest_of(path, text, model.card, plan.settings)
    manifest = manifest.model_copy(update={"twin": twin.what if twin else ""})
    stage = _Stage(model, key, plan.settings, watcher)
    stage.perform_anew(scene, folder, manifest, text)
    if twin:
        stage.perform_anew(twin.scene, own_folder(folder / TWIN), as_twin(manifest), text)
    return read_run(folder)


def resumed_in(run: Run, model: LanguageModel, key: AnswerKey, watcher: Audience) -> Run:
    """Go on with a run that was broken off, and with its twin; nothing is performed again."""
    text, made_by, folder = scene_text(run), run.manifest, run.folder
    scene = loads(text, str(folder / SCENE))
    twin = twin_of(scene) if made_by.twin or made_by.is_twin else None
    if made_by.is_twin and twin:
        scene, twin = twin.scene, None
    stage = _Stage(model, key, settings_of(made_by), watcher)
    if not run.ended:
        stage.perform_rest(scene, folder)
    if twin and run.twin is None:
        stage.perform_anew(twin.scene, own_folder(folder / TWIN), as_twin(made_by), text)
    elif twin and run.twin and not run.twin.ended:
        stage.perform_rest(twin.scene, folder / TWIN)
    return read_run(folder)


@dataclass(frozen=True)
class _Stage:
    """A model, and how it performs."""

    model: LanguageModel
    key: AnswerKey
    settings: Settings
    watcher: Audience

    def perform_anew(self, scene: Scene, folder: Path, manifest: Manifest, text: str) -> None:
        with RunWriter.create(folder, manifest, text, empty_transcript(scene, self.model.card.noise)) as record:
            perform(scene, self.model, self.settings, Audiences((record, self.watcher)), self.key)
            record.finish()

    def perform_rest(self, scene: Scene, folder: Path) -> None:
        """Go on with what was broken off; the lines so far are shown to the watcher alone."""
        with RunWriter.reopen(folder, empty_transcript(scene, self.model.card.noise)) as record:
            for line in record.past.lines if record.past else ():
                self.watcher.line(line)
            perform(scene, self.model, self.settings, Audiences((record, self.watcher)), self.key, record.past)
            record.finish()


def as_twin(manifest: Manifest) -> Manifest:
    """The manifest of the twin of a run's scene."""
    return manifest.model_copy(update={"twin": "", "is_twin": True, "started": now(), "finished": None})


def manifest_of(path: Path, text: str, card: ModelCard, settings: Settings) -> Manifest:
    """What is put down of a performance that begins now."""
    return Manifest(
        scenario=os.fsencode(path).decode("utf-8", "replace"),  # a name of a file need not be UTF-8
        scene_sha256=hashlib.sha256(text.encode()).hexdigest(),
        model=card,
        seed=settings.seed,
        context=str(settings.context),
        aid=settings.aid.value,
        temperature=settings.temperature,
        max_tokens=settings.max_tokens,
        mirrors=settings.mirrors,
        paraphrases=settings.paraphrases,
        namings=settings.namings,
        layouts=settings.layouts,
        shift_story=settings.shift_story,
        rotations=settings.rotations,
        second_reader=settings.second_reader,
        started=now(),
        versions=versions(),
    )


def resume_run(
    folder: Path,
    choice: ModelChoice | str | None,
    watcher: Audience,
    made: Callable[[Path], None],
    warn: Callable[[str], None],
) -> Run:
    """Go on with a run that was broken off, from the end of the last beat that was performed whole; a finished one is
    read. The lines so far are shown to ``watcher`` again, and to it alone.

    With the same model, versions and settings the run ends with the record that it would have had; ``warn`` is told
    what of these has changed. The model is run as it was, whatever the choice
    says of that. RunError if the run cannot be gone on with, or if the choice is of another model.
    """
    run = read_run(folder)
    if run.finished:
        return run
    made_by = run.manifest
    scene_text(run)  # refused before a model is loaded
    key: AnswerKey = {}
    if not isinstance(choice, ModelChoice):
        choice = ModelChoice(choice)
    spec = choice.spec or made_by.model.path or made_by.model.name
    as_it_was = replace(choice, spec=spec, inference=inference_of(made_by.model))
    with opened_model(as_it_was, key, made_by.seed) as model:
        for change in changes(made_by, model.card):
            warn(change)
        made(folder)
        return resumed_in(run, model, key, watcher)


def inference_of(card: ModelCard) -> Inference:
    """How a model was run, from what its card says; what the card leaves out is as usual."""
    names = [f.name for f in fields(Inference) if f.name in card.details]
    return Inference(**{name: card.details[name] for name in names})  # type: ignore[arg-type]


def settings_of(manifest: Manifest) -> Settings:
    """The settings of a run: all fields, from what `manifest_of` put down of them."""
    kept = {field.name: getattr(manifest, field.name) for field in fields(Settings)}
    return Settings(**{**kept, "context": Context.parse(manifest.context), "aid": Aid.parse(manifest.aid)})


def scene_text(run: Run) -> str:
    """The scene of a run as it was performed. RunError if it is not that any more."""
    text = read(run.folder / SCENE)
    if hashlib.sha256(text.encode()).hexdigest() != run.manifest.scene_sha256:
        raise RunError(f"{run.folder / SCENE} is not the scene that was performed: its hash is another")
    return text


def changes(made_by: Manifest, card: ModelCard, but: Sequence[str] = ()) -> list[str]:
    """What, ``but`` some details, about a model and its surroundings is not as it was when a run was begun, and may move what comes of it in
    the last bits. RunError if it is another model."""
    was = made_by.model
    if (was.sha256, was.name if not was.sha256 else "") != (card.sha256, card.name if not card.sha256 else ""):
        raise RunError(
            f"the run was made by {was.name} ({was.sha256[:12] or 'no file'}), and this is {card.name} "
            f"({card.sha256[:12] or 'no file'}); name the same model with -m"
        )
    then = {**made_by.versions, **was.details}
    now_ = {**versions(), **card.details}
    return [
        f"{name} was {then.get(name)} when the run was begun and is {now_.get(name)} now: "
        "figures may differ from an uninterrupted run's"
        for name in sorted({*then, *now_})
        if then.get(name) != now_.get(name) and name not in but
    ]
