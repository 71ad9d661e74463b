"""The suite: a fixed set of scenes by which stages are told apart, performed as a folder of runs.

The set has a version, and a digest of everything that decides what is asked; cards of the same digest may be compared. A
suite that was broken off is gone on with: what was performed is not performed again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from stage.errors import RunError
from stage.inference.requests import ModelCard
from stage.performing.audiences import Audience
from stage.performing.settings import Settings
from stage.questions.answer_key import AnswerKey
from stage.records.manifest import MANIFEST
from stage.records.record import Run, read_run
from stage.records.session import ModelChoice, Planned, opened_model, performed_in, resumed_in, settings_of
from stage.resources import scenarios_folder
from stage.roles.aids import Aid
from stage.roles.views import Context
from stage.scenes.scene import Act, Improvise, Speak
from stage.scenes.yaml_reader import loads, read

VERSION = 1
SEED = 0
SUITE = "suite"
"""The folder, within that of the shipped scenes, of those that were generated for the suite."""
THOROUGH = ("ice_cream_van", "slipped_out", "suite/scene-01")
"""The scenes in which names, wordings and layout are varied as well."""
LATER = ("in_vain",)
"""Scenes that are shipped since this version, and are no part of it."""
QUICK = ("slipped_out", "ice_cream_van", "suite/scene-01", "suite/scene-02")
VARIED = Settings(seed=SEED, paraphrases=4, namings=2, layouts=True)
PLAIN = Settings(seed=SEED)


@dataclass(frozen=True)
class Item:
    """One scene of the suite, and how it is performed."""

    name: str
    path: Path
    text: str
    settings: Settings


def items(quick: bool = False) -> list[Item]:
    """The scenes of the suite in their order: shipped ones whose course does not hang on the stage, then the generated.

    A quick suite has few of them, and varies nothing but values and the order of options.
    """
    folder = scenarios_folder()
    paths = [*sorted(folder.glob("*.yaml")), *sorted((folder / SUITE).glob("*.yaml"))]
    found = []
    for path in paths:
        name = str(path.relative_to(folder).with_suffix(""))
        text = read(path)
        if name in LATER or (quick and name not in QUICK) or not _is_fixed(text):
            continue
        found.append(Item(name, path, text, VARIED if name in THOROUGH and not quick else PLAIN))
    return found


def _is_fixed(text: str) -> bool:
    """Whether the questions are the same whatever the stage does: it does and says nothing before the last of them."""
    scene = loads(text, SUITE)
    own = [b.number for b in scene.beats if isinstance(b.doing, Act | Improvise | Speak)]
    return not own or scene.last_asked < min(own)


def under(suite: list[Item], context: Context, aid: Aid) -> list[Item]:
    """The same scenes, under a context and with an aid; they are still the same suite."""
    return [replace(i, settings=replace(i.settings, context=context, aid=aid)) for i in suite]


def digest(suite: list[Item]) -> str:
    """What tells one set of scenes and settings from another."""
    told = "\n".join(
        f"{VERSION} {i.name} {i.settings == VARIED} {hashlib.sha256(i.text.encode()).hexdigest()}" for i in suite
    )
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def perform_suite(
    suite: list[Item],
    choice: ModelChoice | str | None,
    folder: Path,
    watcher: Audience,
    begun: Callable[[Item, int], None],
) -> Iterator[Run]:
    """Perform the scenes, each with its twin, with one loading of the model, each in a folder of its own below
    ``folder``; what is finished there is read, what was broken off is gone on with. ``begun`` is told each scene before
    it is performed, and its number.

    RunError if a run there is of another scene, other settings or another model.
    """
    key: AnswerKey = {}
    with opened_model(choice, key, SEED) as model:
        for number, item in enumerate(suite, start=1):
            own = folder / item.name.replace("/", "-")
            planned = Planned(item.settings, own, twins=True)
            if not (own / MANIFEST).exists():
                begun(item, number)
                key.clear()
                yield performed_in(planned, item.path, item.text, model, key, watcher)
                continue
            run = read_run(own)
            _check(run, item, model.card)
            if run.finished:
                yield run
            else:
                begun(item, number)
                key.clear()
                yield resumed_in(run, model, key, watcher)


def _check(run: Run, item: Item, card: ModelCard) -> None:
    made = run.manifest
    ours = (hashlib.sha256(item.text.encode()).hexdigest(), card.name, card.sha256, settings_of(made))
    if (made.scene_sha256, made.model.name, made.model.sha256, item.settings) != ours:
        raise RunError(
            f"{run.folder} was made of another scene, by another model or under other settings; name another folder with --out"
        )
