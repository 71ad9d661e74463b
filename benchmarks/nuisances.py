"""What moves an answer that should not: each nuisance before it is cancelled, and after.

    python benchmarks/nuisances.py [SCENE...] [-m MODEL] [--json]

One nuisance is varied at a time, everything else as written. Before: between two single wordings that differ in it alone,
the share of questions whose answer changes, and the mean change of the right answer's probability. After: the change that is
left between the means over a half of its levels and over the other half, of those that have four levels or more; where the
levels are all there are (each option in each place, each word for each value), the mean is over the same prompts whichever
comes first, and nothing is left. Form and person of the question are measured once more as a run asks them: each form in the
mean over all orders of the options and both mirrors. Intervals are for more such questions in these scenes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from stage.inference.llama import LlamaModel
from stage.inference.models import find_model
from stage.inference.requests import LanguageModel
from stage.performing.audiences import Unwatched
from stage.performing.play import perform
from stage.performing.settings import Settings
from stage.performing.transcript import Answer
from stage.performing.variations import MOST_NAMINGS
from stage.resources import scenarios_folder
from stage.scenes.scene import Scene
from stage.scenes.yaml_reader import load
from stage.scoring.constancy import Varied
from stage.scoring.intervals import Figure
from stage.scoring.nuisances import averaged, nuisance

BARE = Settings(mirrors=False, rotations=False)
CANCELLED: tuple[Varied, ...] = ("mirror", "rotation")
SETTINGS: tuple[tuple[Varied, Settings], ...] = (
    ("rotation", replace(BARE, rotations=True)),
    ("mirror", replace(BARE, mirrors=True)),
    ("names", replace(BARE, namings=MOST_NAMINGS)),
    ("layout", replace(BARE, layouts=True)),
    ("story", replace(BARE, shift_story=True)),
    ("form", replace(BARE, paraphrases=8)),
    ("person", replace(BARE, paraphrases=8)),
    ("form", Settings(paraphrases=8)),
    ("person", Settings(paraphrases=8)),
)


def as_asked(scene: Scene) -> Scene:
    """The scene up to its last question."""
    return replace(scene, beats=scene.beats[: scene.last_asked])


def rows(model: LanguageModel, scenes: Sequence[Scene]) -> list[dict[str, Any]]:
    played: dict[Settings, list[Answer]] = {}
    found = []
    for varied, settings in SETTINGS:
        if settings not in played:
            played[settings] = [a for s in scenes for a in perform(as_asked(s), model, settings, Unwatched()).answers]
        as_run = settings.mirrors and settings.rotations
        answers = [averaged(a, CANCELLED) for a in played[settings]] if as_run else played[settings]
        found.append(
            {"nuisance": f"{varied}, as a run asks" if as_run else varied, **asdict(nuisance(answers, varied))}
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="*", default=["slipped_out"])
    parser.add_argument("-m", "--model")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    paths = [Path(s) if Path(s).exists() else scenarios_folder() / f"{s}.yaml" for s in options.scenes]
    with LlamaModel(find_model(options.model)) as model:
        found = rows(model, [load(p) for p in paths])
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{'nuisance':<22}{'answers changed':<26}{'probability moved':<26}left after")
    for r in found:
        figures = (Figure(**r[name]) for name in ("changed", "moved", "left"))
        print(f"{r['nuisance']:<22}" + "".join(f"{_of(f):<26}" for f in figures).rstrip())


def _of(figure: Figure) -> str:
    if figure.value is None:
        return "0, all levels averaged"
    ends = "" if figure.low is None or figure.high is None else f" [{figure.low:.2f}, {figure.high:.2f}]"
    return f"{figure.value:.3f}{ends} n={figure.n}"


if __name__ == "__main__":
    main()
