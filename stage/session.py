"""Performances from start to end: open the model, make the run folder, play, and leave a record."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from stage.answer_key import AnswerKey
from stage.controls import control_stage
from stage.inference.models import find_model
from stage.inference.requests import LanguageModel, ModelCard
from stage.inference.settings import Settings as Inference
from stage.play import Audience, empty_transcript, perform
from stage.record import Manifest, Run, RunWriter, new_folder, now, own_folder, read_run, versions
from stage.roles.aids import Aid
from stage.roles.views import Context
from stage.scenario_yaml import loads, read
from stage.settings import Settings
from stage.transcript import Answer, Line

CONTROL = "control:"


@contextmanager
def opened_model(spec: str | None, key: AnswerKey, seed: int, threads: int | None = None) -> Iterator[LanguageModel]:
    """The model that ``spec`` names: 'control:NAME', a path, 'hf:repo/file.gguf', or the built-in one (None).

    ModelError where it is missing or unreadable. A real model is closed on leaving; a control answers from ``key``.
    """
    if spec is not None and spec.startswith(CONTROL):
        yield control_stage(spec.removeprefix(CONTROL), key, seed)
        return
    path = find_model(spec)
    from stage.inference.llama import LlamaModel

    with LlamaModel(path, Inference(threads=threads) if threads else None) as model:
        yield model


@dataclass(frozen=True)
class _Both:
    """An audience of two: the record first, then whoever watches."""

    record: Audience
    watcher: Audience

    def line(self, line: Line) -> None:
        self.record.line(line)
        self.watcher.line(line)

    def prompt(self, digest: str, text: str) -> None:
        self.record.prompt(digest, text)
        self.watcher.prompt(digest, text)

    def answer(self, answer: Answer) -> None:
        self.record.answer(answer)
        self.watcher.answer(answer)

    def beat_ended(self, number: int) -> None:
        self.record.beat_ended(number)
        self.watcher.beat_ended(number)


@dataclass(frozen=True)
class Planned:
    """One performance to be given: how, and in which folder it is kept (None: a new one below the runs)."""

    settings: Settings
    out: Path | None = None


def plan(settings: Settings, contexts: Sequence[Context], aids: Sequence[Aid], out: Path | None) -> list[Planned]:
    """A performance for every context with every aid; several are kept below ``out``, by their names."""
    combined = [(c, a) for c in contexts for a in aids]
    return [
        Planned(
            replace(settings, context=c, aid=a),
            out if out is None or len(combined) == 1 else out / f"{str(c).replace(':', '-')}-{a}",
        )
        for c, a in combined
    ]


def perform_file(
    path: Path,
    model_spec: str | None,
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
    scene = loads(text, str(path))
    key: AnswerKey = {}
    with opened_model(model_spec, key, planned[0].settings.seed) as model:
        for plan in planned:
            manifest = manifest_of(path, text, model.card, plan.settings)
            folder = own_folder(plan.out) if plan.out is not None else new_folder(runs, path.stem)
            with RunWriter(folder, manifest, text, empty_transcript(scene, model.card.noise)) as record:
                made(folder)
                perform(scene, model, plan.settings, _Both(record, watcher), key)
                record.finish()
            yield read_run(folder)


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
        second_reader=settings.second_reader,
        started=now(),
        versions=versions(),
    )
