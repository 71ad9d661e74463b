"""One performance from start to end: open the model, make the run folder, play, and leave a record."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stage.answer_key import AnswerKey
from stage.controls import control_stage
from stage.inference.models import find_model
from stage.inference.requests import LanguageModel
from stage.inference.settings import Settings as Inference
from stage.play import Audience, Settings, empty_transcript, perform
from stage.record import Manifest, Run, RunWriter, new_folder, now, own_folder, read_run, versions
from stage.scenario_yaml import loads, read
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


def perform_file(
    path: Path,
    model_spec: str | None,
    settings: Settings,
    watcher: Audience,
    out: Path | None,
    runs: Path,
    made: Callable[[Path], None],
) -> Run:
    """Perform the scene of a file and keep it in a run folder: ``out``, or a new one below ``runs``.

    ``made`` is told the folder before the first line is played, so that an interrupted run can be found. Raises
    SceneError, ModelError or RunError; what was performed by then is on disk.
    """
    text = read(path)
    scene = loads(text, str(path))
    key: AnswerKey = {}
    with opened_model(model_spec, key, settings.seed) as model:
        manifest = Manifest(
            scenario=os.fsencode(path).decode("utf-8", "replace"),  # a name of a file need not be UTF-8
            scene_sha256=hashlib.sha256(text.encode()).hexdigest(),
            model=model.card,
            seed=settings.seed,
            context=str(settings.context),
            temperature=settings.temperature,
            max_tokens=settings.max_tokens,
            mirrors=settings.mirrors,
            second_reader=settings.second_reader,
            started=now(),
            versions=versions(),
        )
        folder = own_folder(out) if out is not None else new_folder(runs, path.stem)
        with RunWriter(folder, manifest, text, empty_transcript(scene, model.card.noise)) as record:
            made(folder)
            perform(scene, model, settings, _Both(record, watcher), key)
            record.finish()
    return read_run(folder)
