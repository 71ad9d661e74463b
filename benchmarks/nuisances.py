"""What moves an answer that should not: each nuisance before it is cancelled, and after.

    python benchmarks/nuisances.py [SCENE...] [-m MODEL] [--json]

One nuisance is varied at a time, everything else as written. Before: between two single wordings that differ in it alone,
the share of questions whose answer changes, and the mean change of the right answer's probability. After: the change that is
left between the means over a half of its levels and over the other half, of those that have four levels or more; where the
levels are all there are (each option in each place, each word for each value), the mean is over the same prompts whichever
comes first, and nothing is left.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from math import exp
from pathlib import Path
from statistics import mean
from typing import Any

from stage.inference.llama import LlamaModel
from stage.inference.models import find_model
from stage.inference.requests import LanguageModel
from stage.performing.audiences import Unwatched
from stage.performing.play import perform
from stage.performing.settings import Settings
from stage.performing.transcript import Answer, Variant
from stage.resources import scenarios_folder
from stage.scenes.scene import Scene
from stage.scenes.yaml_reader import load
from stage.scoring.constancy import VARIED, Varied

BARE = Settings(mirrors=False, rotations=False)
SETTINGS: dict[Varied, Settings] = {
    "rotation": replace(BARE, rotations=True),
    "mirror": replace(BARE, mirrors=True),
    "names": replace(BARE, permute_names=True),
    "form": replace(BARE, paraphrases=8),
    "person": replace(BARE, paraphrases=8),
    "layout": replace(BARE, layouts=True),
}


def of_right(answer: Answer, variants: Sequence[Variant]) -> float:
    """The probability of the right answer by the mean log-probabilities over some variants."""
    means = [mean(v.logprobs[i] for v in variants) for i in range(len(answer.options))]
    top = max(means)
    weights = [exp(m - top) for m in means]
    return weights[answer.options.index(answer.expected)] / sum(weights)


def chosen(variant: Variant) -> int:
    return max(range(len(variant.logprobs)), key=variant.logprobs.__getitem__)


def row(answers: Sequence[Answer], varied: Varied) -> dict[str, Any]:
    changed: list[float] = []
    moved: list[float] = []
    left: list[float] = []
    for answer in answers:
        groups: dict[tuple[object, ...], list[Variant]] = {}
        for variant in answer.variants:
            rest = tuple(getattr(variant, name) for name in VARIED if name != varied)
            groups.setdefault(rest, []).append(variant)
        for levels in groups.values():
            pairs = list(combinations(levels, 2))
            changed += [float(chosen(a) != chosen(b)) for a, b in pairs]
            moved += [abs(of_right(answer, [a]) - of_right(answer, [b])) for a, b in pairs]
            if len(levels) >= 4 and varied == "form":
                half = len(levels) // 2
                left.append(abs(of_right(answer, levels[:half]) - of_right(answer, levels[half:])))
    return {
        "nuisance": varied,
        "questions": len(answers),
        "answers_changed": mean(changed),
        "probability_moved": mean(moved),
        "left_after": mean(left) if left else 0.0,
    }


def as_asked(scene: Scene) -> Scene:
    """The scene up to its last question."""
    return replace(scene, beats=scene.beats[: scene.last_asked])


def rows(model: LanguageModel, scenes: Sequence[Scene]) -> list[dict[str, Any]]:
    played: dict[Settings, list[Answer]] = {}
    for settings in SETTINGS.values():
        if settings not in played:
            found = [perform(as_asked(scene), model, settings, Unwatched()).answers for scene in scenes]
            played[settings] = [a for answers in found for a in answers if a.expected in a.options]
    return [row(played[settings], varied) for varied, settings in SETTINGS.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="*", default=["slipped_out", "ice_cream_van"])
    parser.add_argument("-m", "--model")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    paths = [Path(s) if Path(s).exists() else scenarios_folder() / f"{s}.yaml" for s in options.scenes]
    with LlamaModel(find_model(options.model)) as model:
        found = rows(model, [load(p) for p in paths])
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{'nuisance':<10}{'questions':>10}{'answers changed':>17}{'probability moved':>19}{'left after':>12}")
    for r in found:
        shares = f"{r['answers_changed']:>17.2f}{r['probability_moved']:>19.3f}{r['left_after']:>12.3f}"
        print(f"{r['nuisance']:<10}{r['questions']:>10}{shares}")


if __name__ == "__main__":
    main()
