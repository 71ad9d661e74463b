"""How "not known" is best asked for: does a stage's liking for the phrase tell ignorance from knowledge?

    python benchmarks/unknown.py [-m MODEL] [--scenes N] [--no-shipped] [--json]

"Not known" has no mirror, so a liking for its wording does not cancel. Four treatments of it are measured on the scenes of
the suite that offer it and on N generated ones, in all of which it is sometimes right: as it is; less its likelihood, against the values', in the same prompt without a
story; the mean over several wordings of it, so corrected; and whether the fact is known, asked as a question of yes or
no in both senses. For each: how often a probe to which it is right scores higher on it than one to which a value is right
(AUC; 0.5 is chance), and how often it would be chosen in either.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import exp, log
from statistics import mean
from typing import Any

import numpy as np
from scipy import stats

from stage.course import unfold
from stage.generator import GeneratedScene, GeneratorSettings, generate
from stage.inference.llama import LlamaModel
from stage.inference.models import find_model
from stage.inference.requests import Chat, LanguageModel, Message, ModelCard, Reply, Request, Score, Scored, Usage
from stage.performing.audiences import Unwatched
from stage.performing.play import perform
from stage.performing.settings import Settings
from stage.resolve import resolve
from stage.scenes.scene import Scene
from stage.scenes.yaml_reader import loads
from stage.suites.suite import items

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


@dataclass(frozen=True)
class Wording:
    """One wording of a probe: where "not known" stands among its options, how they were scored, and what else is to be
    asked of it: with further wordings of "not known", the same without a story, and as yes or no in both senses."""

    at: int
    logprobs: Sequence[float]
    further: tuple[Score, Score, Score, Score]


def wording_of(request: Score, reply: Scored) -> Wording:
    assert isinstance(request.prompt, Chat)
    at = next(i for i, o in enumerate(request.options) if o in UNKNOWN)
    both = replace(request, options=(*request.options, *OTHER_WORDS), label="")
    senses = (Score(yes_or_no(request.prompt, k), (" yes", " no")) for k in (True, False))
    bare = replace(both, prompt=without_story(request.prompt))
    return Wording(at, reply.logprobs, (both, bare, *senses))


def leanings(wordings: Sequence[Wording], scored: Callable[[Score], Sequence[float]]) -> tuple[float, ...]:
    plain, corrected, several, asked = [], [], [], []
    for worded in wordings:
        at, options = worded.at, len(worded.logprobs)
        here, there, known, unknown = (scored(request) for request in worded.further)
        plain.append(leaning(worded.logprobs, at))
        corrected.append(plain[-1] - leaning(there[:options], at))
        values = [i for i in range(options) if i != at]
        words = [at, *range(options, len(here))]
        several.append(mean(_one(here, w, values) - _one(there, w, values) for w in words))
        asked.append(((known[1] - known[0]) + (unknown[0] - unknown[1])) / 2)
    return (mean(plain), mean(corrected), mean(several), mean(asked))


def _one(logprobs: Sequence[float], at: int, values: Sequence[int]) -> float:
    return leaning([logprobs[at], *(logprobs[v] for v in values)], 0)


def wanted(scenes: int) -> Sequence[GeneratedScene]:
    features = ("moves", "looks", "tells", "behind-back", "secret-departures")
    return generate(GeneratorSettings(scenes=scenes, people=3, events=10, features=features, unknown=True)).scenes


def shipped() -> Iterator[Scene]:
    """The scenes of the suite in which a question offers "not known", performed in chat as the generated ones are."""
    for item in items():
        scene = loads(item.text, item.name)
        course = unfold(scene)
        probes = [(p, course.probes(b), m) for b, m in enumerate(course.moments) for p in course.probes(b)]
        offers = (
            None in course.options(p.fluent, before, [o.viewpoint for o in beside if o.fluent == p.fluent])
            for p, beside, before in probes
        )
        if scene.format == "chat" and any(offers):
            yield replace(scene, beats=scene.beats[: scene.last_asked])


def generated(scenes: int) -> Iterator[Scene]:
    for made in wanted(scenes) if scenes else ():
        scene, flaws = resolve(made.scenario)
        assert scene is not None, flaws
        yield scene


def judged(model: LanguageModel, scenes: Iterable[Scene]) -> list[Judged]:
    found = []
    for number, scene in enumerate(scenes):
        overheard = Overheard(model)
        asked = [a for a in perform(scene, overheard, Settings(), Unwatched()).answers if None in a.options]
        wordings = {a.id: [wording_of(*heard) for heard in overheard.heard[a.id]] for a in asked}
        requests = list(dict.fromkeys(r for ws in wordings.values() for w in ws for r in w.further))
        replies = dict(zip(requests, model.answer(requests), strict=True))  # one batch: they share the story

        def scored(request: Score, replies: dict[Score, Reply] = replies) -> Sequence[float]:
            reply = replies[request]
            assert isinstance(reply, Scored)
            return reply.logprobs

        found += [Judged(number, a.expected is None, leanings(wordings[a.id], scored)) for a in asked]
        print(f"scene {number + 1}, {scene.title}: {len(asked)} probes", file=sys.stderr)
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
    parser.add_argument("--scenes", type=int, default=24)
    parser.add_argument("--shipped", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with LlamaModel(find_model(options.model)) as model:
        scenes = (*(shipped() if options.shipped else ()), *generated(options.scenes))
        rows = summary(judged(model, scenes))
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
