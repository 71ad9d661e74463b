"""A bench from start to end: read the benchmark, choose, put every unit to the model and to the controls beside it,
and leave a record."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from stage.bench.answers import Item
from stage.bench.items import Selection, select
from stage.bench.putting import Mouth, Sitting, Way
from stage.bench.record import Bench, BenchManifest, BenchWriter, read_bench
from stage.controls import control_stage
from stage.errors import RunError
from stage.importers.story import Story
from stage.inference.requests import ModelCard
from stage.performing.settings import Settings
from stage.questions.answer_key import AnswerKey
from stage.records.folders import new_folder, own_folder
from stage.records.manifest import now, versions
from stage.records.session import ModelChoice, inference_of, opened_model
from stage.roles.aids import Aid
from stage.roles.views import Context

BESIDE_STORIES = ("oracle", "reality", "egocentric", "first-place", "last-place", "guess")
BESIDE_PROSE = ("oracle", "phrase", "guess")
"""The control stages that answer beside the model. Of prose only the label is known, so that what is so, or what
anybody there believes, cannot be told from it: those who would answer with that are left out."""

SECONDS_BETWEEN_SYNCS = 2.0


@dataclass(frozen=True)
class Plan:
    """What is put, and how. ``limit`` None: everything."""

    benchmark: str
    path: Path
    limit: int | None
    settings: Settings
    read_out: bool = False

    @property
    def way(self) -> Way:
        return Way(self.benchmark, self.settings, self.read_out)


class Follower(Protocol):
    """Whoever follows a bench: is told how many of all questions are answered."""

    def progressed(self, done: int, of: int) -> None: ...


def run_bench(
    plan: Plan,
    choice: ModelChoice | str | None,
    folder: Callable[[], Path],
    made: Callable[[Path], None],
    follower: Follower,
) -> Bench:
    """Put a benchmark to a model, in a new folder that ``folder`` makes once the benchmark is read and the model open;
    ``made`` is told it. Raises UsageError, ModelError or RunError; what was answered by then is on disk."""
    selection = select(plan.benchmark, plan.path, plan.limit, plan.settings.seed)
    key: AnswerKey = {}
    if not isinstance(choice, ModelChoice):
        choice = ModelChoice(choice)
    with opened_model(choice, key, plan.settings.seed) as model:
        at = folder()
        with BenchWriter.begin(at, _manifest(plan, choice.spec, selection, model.card)) as writer:
            made(at)
            _put_all(selection, plan.way, Mouth(model, key), writer, follower)
    return read_bench(at)


def resume_bench(folder: Path, made: Callable[[Path], None], follower: Follower) -> Bench:
    """Go on with a bench that was broken off, with its own model and settings. RunError if the benchmark or the model
    is not what it was."""
    with BenchWriter.resume(folder) as writer:
        made(folder)
        manifest = writer.manifest
        plan = _plan(manifest)
        selection = select(plan.benchmark, plan.path, plan.limit, plan.settings.seed)
        if selection.data != manifest.data_sha256:
            raise RunError(f"{plan.path} is not what was put at first: what is read of it has changed")
        key: AnswerKey = {}
        as_it_was = ModelChoice(manifest.spec, inference_of(manifest.model))
        with opened_model(as_it_was, key, plan.settings.seed) as model:
            if (model.card.name, model.card.sha256) != (manifest.model.name, manifest.model.sha256):
                raise RunError(f"{model.card.name} is not the model that began this: {manifest.model.name}")
            _put_all(selection, plan.way, Mouth(model, key), writer, follower)
    return read_bench(folder)


def in_folder(out: Path | None, runs: Path, benchmark: str) -> Callable[[], Path]:
    """The folder ``out``, or a new one below ``runs``."""
    return lambda: own_folder(out) if out is not None else new_folder(runs, f"bench-{benchmark}")


def _manifest(plan: Plan, spec: str | None, selection: Selection, card: ModelCard) -> BenchManifest:
    settings = plan.settings
    return BenchManifest(
        benchmark=plan.benchmark,
        path=os.fsencode(os.path.abspath(plan.path)).decode("utf-8", "replace"),
        data_sha256=selection.data,
        items=selection.items,
        parsed=selection.parsed,
        unput=selection.unput,
        asked=selection.count,
        units=len(selection.units),
        limit=plan.limit,
        seed=settings.seed,
        context=str(settings.context),
        aid=str(settings.aid),
        mirrors=settings.mirrors,
        read_out=plan.read_out,
        spec=spec,
        model=card,
        started=now(),
        versions=versions(),
    )


def _plan(manifest: BenchManifest) -> Plan:
    context, aid = Context.parse(manifest.context), Aid.parse(manifest.aid)
    settings = Settings(manifest.seed, context, mirrors=manifest.mirrors, aid=aid)
    return Plan(manifest.benchmark, Path(manifest.path), manifest.limit, settings, manifest.read_out)


def _put_all(selection: Selection, way: Way, mouth: Mouth, writer: BenchWriter, follower: Follower) -> None:
    """Put what is not answered yet, unit by unit, each in one batch."""
    left = [unit for unit in selection.units if unit.id not in writer.done]
    done = selection.count - sum(len(unit.questions) for unit in left)
    follower.progressed(done, selection.count)
    synced = time.monotonic()
    for unit in left:
        sitting = Sitting(unit, way)
        items = sitting.put(mouth, way.settings)
        writer.add(unit.id, unit.whole, _beside(sitting, items))
        if time.monotonic() - synced > SECONDS_BETWEEN_SYNCS:
            writer.sync()
            synced = time.monotonic()
        done += len(items)
        follower.progressed(done, selection.count)
    writer.finish(now())


def _beside(sitting: Sitting, items: Sequence[Item]) -> tuple[Item, ...]:
    """The items with what the control stages answer, who need no aid, and are led by no word that a mirror exchanges."""
    settings = replace(sitting.way.settings, mirrors=False, aid=Aid.NONE)
    found: list[dict[str, str | None]] = [{} for _ in items]
    for name in BESIDE_STORIES if isinstance(sitting.unit.told, Story) else BESIDE_PROSE:
        key: AnswerKey = {}
        control = control_stage(name, key, settings.seed)
        for said, item in zip(found, sitting.put(Mouth(control, key), settings), strict=True):
            said[name] = item.answer(0.0)
    return tuple(replace(item, controls=said) for item, said in zip(items, found, strict=True))
