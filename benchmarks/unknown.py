"""How "not known" is best asked for: does a stage's liking for the phrase tell ignorance from knowledge?

    python benchmarks/unknown.py [-m MODEL] [--scenes N] [--json]

"Not known" has no mirror, so a liking for its wording does not cancel. Four treatments of it are measured on generated
scenes in which it is sometimes right: as it is; less its likelihood, against the values', in the same prompt without a
story; the mean over several wordings of it, so corrected; and whether the fact is known, asked as a question of yes or
no in both senses. For each: how often a probe to which it is right scores higher on it than one to which a value is right
(AUC; 0.5 is chance), and how often it would be chosen in either.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import exp, log
from statistics import mean
from typing import Any

import numpy as np
from scipy import stats

from stage.generator import GeneratedScene, GeneratorSettings, generate
from stage.inference.llama import LlamaModel
from stage.inference.models import find_model
from stage.inference.requests import Chat, LanguageModel, Message, ModelCard, Reply, Request, Score, Scored, Usage
from stage.performing.audiences import Unwatched
from stage.performing.play import perform
from stage.performing.settings import Settings
from stage.resolve import resolve

UNKNOWN = (" somewhere unknown", " something unknown")
OTHER_WORDS = (" not known", " anybody's guess", " a matter of which nothing is known")
NOTHING_HAPPENED = "What happened so far:\n- Nothing yet.\n\n"
TREATMENTS = ("as it is", "less without a story", "several wordings, so corrected", "asked as yes or no")


@dataclass
class Overheard:
    """A model whose requests and replies are kept."""

    model: LanguageModel
    heard: dict[str, list[tuple[Score, Scored]]] = field(default_factory=dict)

    @property
    def card(self) -> ModelCard:
        return self.model.card

    @property
    def usage(self) -> Usage:
        return self.model.usage

    def answer(self, requests: Sequence[Request]) -> list[Reply]:
        replies = self.model.answer(requests)
        for request, reply in zip(requests, replies, strict=True):
            if isinstance(request, Score) and isinstance(reply, Scored):
                self.heard.setdefault(request.label.partition("#")[0], []).append((request, reply))
        return replies


@dataclass(frozen=True)
class Judged:
    """One probe: whether "not known" is right, and how far each treatment leans to it, in nats."""

    scene: int
    is_right: bool
    leanings: tuple[float, ...]


def without_story(prompt: Chat) -> Chat:
    *before, user = prompt.messages
    bare = re.sub(r"What happened so far:\n.*?\n\n(?=You are )", NOTHING_HAPPENED, user.content, flags=re.DOTALL)
    return replace(prompt, messages=(*before, Message("user", bare)))


def yes_or_no(prompt: Chat, known: bool) -> Chat:
    """The prompt that asks whether the fact is known (or unknown) at the viewpoint, where it asked for the value."""
    *before, user = prompt.messages
    told, _, _ = user.content.rpartition("Question: ")
    sense = "can be completed" if known else "cannot be completed, because it is not known,"
    asked = (
        f'Question: Is it so that this sentence {sense} from what was noticed: "{prompt.begun} ..."?\nAnswer yes or no.'
    )
    return Chat((*before, Message("user", told + asked)), "Answer:")


def leaning(logprobs: Sequence[float], at: int) -> float:
    """The log-odds of one option against all others together."""
    return logprobs[at] - log(sum(exp(x) for i, x in enumerate(logprobs) if i != at))


def leanings(model: LanguageModel, heard: Sequence[tuple[Score, Scored]]) -> tuple[float, ...]:
    plain, corrected, several, asked = [], [], [], []
    for request, reply in heard:
        at = next(i for i, o in enumerate(request.options) if o in UNKNOWN)
        assert isinstance(request.prompt, Chat)
        bare = without_story(request.prompt)
        both = replace(request, options=(*request.options, *OTHER_WORDS))
        here, there = scored(model, both), scored(model, replace(both, prompt=bare))
        plain.append(leaning(reply.logprobs, at))
        corrected.append(plain[-1] - leaning(there[: len(request.options)], at))
        values = [i for i in range(len(request.options)) if i != at]
        words = [at, *range(len(request.options), len(both.options))]
        several.append(mean(_one(here, w, values) - _one(there, w, values) for w in words))
        senses = [scored(model, Score(yes_or_no(request.prompt, k), (" yes", " no"))) for k in (True, False)]
        asked.append(((senses[0][1] - senses[0][0]) + (senses[1][0] - senses[1][1])) / 2)
    return (mean(plain), mean(corrected), mean(several), mean(asked))


def _one(logprobs: Sequence[float], at: int, values: Sequence[int]) -> float:
    return leaning([logprobs[at], *(logprobs[v] for v in values)], 0)


def scored(model: LanguageModel, request: Score) -> Sequence[float]:
    (reply,) = model.answer([replace(request, label="")])
    assert isinstance(reply, Scored)
    return reply.logprobs


def wanted(scenes: int) -> Sequence[GeneratedScene]:
    features = ("moves", "looks", "tells", "behind-back", "secret-departures")
    return generate(GeneratorSettings(scenes=scenes, people=3, events=10, features=features, unknown=True)).scenes


def judged(model: LanguageModel, scenes: int) -> list[Judged]:
    found = []
    for number, made in enumerate(wanted(scenes)):
        overheard = Overheard(model)
        scene, flaws = resolve(made.scenario)
        assert scene is not None, flaws
        transcript = perform(scene, overheard, Settings(), Unwatched())
        for answer in transcript.answers:
            if None in answer.options:
                heard = overheard.heard[answer.id]
                found.append(Judged(number, answer.expected is None, leanings(model, heard)))
    return found


def auc(right: Sequence[float], wrong: Sequence[float]) -> float:
    return float(stats.mannwhitneyu(right, wrong).statistic / len(right) / len(wrong))


def summary(found: Sequence[Judged]) -> list[dict[str, Any]]:
    rows = []
    for place, name in enumerate(TREATMENTS):
        right = [j.leanings[place] for j in found if j.is_right]
        wrong = [j.leanings[place] for j in found if not j.is_right]
        low, high = _interval(found, place)
        rows.append(
            {
                "treatment": name,
                "auc": auc(right, wrong),
                "low": low,
                "high": high,
                "chosen_where_right": mean(x > 0 for x in right),
                "chosen_where_wrong": mean(x > 0 for x in wrong),
                "n_right": len(right),
                "n_wrong": len(wrong),
            }
        )
    return rows


def _interval(found: Sequence[Judged], place: int) -> tuple[float, float]:
    """By a bootstrap of scenes, from a fixed seed."""
    rng = np.random.default_rng(20)
    scenes = sorted({j.scene for j in found})
    drawn: list[float] = []
    while len(drawn) < 1000:
        picked = [j for s in rng.choice(scenes, len(scenes)) for j in found if j.scene == s]
        sides = [[j.leanings[place] for j in picked if j.is_right is truth] for truth in (True, False)]
        if all(sides):
            drawn.append(auc(*sides))
    return float(np.percentile(drawn, 2.5)), float(np.percentile(drawn, 97.5))


def main(show: Callable[[str], None] = print) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-m", "--model")
    parser.add_argument("--scenes", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with LlamaModel(find_model(options.model)) as model:
        rows = summary(judged(model, options.scenes))
    if options.json:
        show(json.dumps(rows, indent=2))
        return
    show(f"{'treatment':<32}{'AUC':>6}  95 %          chosen where right, wrong")
    for r in rows:
        interval = f"[{r['low']:.2f}, {r['high']:.2f}]"
        shares = f"{r['chosen_where_right']:.2f} of {r['n_right']}, {r['chosen_where_wrong']:.2f} of {r['n_wrong']}"
        show(f"{r['treatment']:<32}{r['auc']:>6.2f}  {interval:<14}{shares}")


if __name__ == "__main__":
    main()
