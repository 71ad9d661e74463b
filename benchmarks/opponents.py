"""Three ways to perform the same workload: the stage's own engine, a good loop over `llama_cpp.Llama`, llama.cpp's server.

Each is run in a process of its own by `sharing.py`. All get the same file, threads, batch size and attention, and are
given tokens, not text. A line has as many tokens for all of them as it had with the engine.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, assert_never

import numpy as np
from workload import Beat

from stage.inference.llama import LlamaModel
from stage.inference.memory import peak
from stage.inference.native import REPACKS, Native
from stage.inference.prefixes import Row
from stage.inference.requests import Generated, Prompt
from stage.inference.sampling import log_normalizer
from stage.inference.settings import Settings

Tokens = tuple[int, ...]
Order = Literal["asked", "by role", "sorted"]
"""How a loop takes the questions of a moment: as they come, one role after the other, or so that it goes back least."""


@dataclass
class Spent:
    """What one performance cost: seconds on the clock and of processors, tokens evaluated, calls of the model."""

    seconds: float
    cpu: float
    tokens: int
    batches: int
    peak: int
    lengths: list[int]
    floor: float = 0.0
    floor_cpu: float = 0.0
    deep: float = 0.0
    deep_cpu: float = 0.0
    tree: int = 0


@dataclass(frozen=True)
class Batch:
    """How large a batch of the engine was: its rows, those whose logits were wanted, the mean of their positions, and
    whether it was hurried."""

    size: int
    wanted: int
    position: int
    hurried: bool


def engine(path: Path, settings: Settings, beats: Sequence[Beat], with_floor: bool = True) -> Spent:
    """The stage's engine, and after it the floors: the same batches once more, each over an empty cache, and each over as
    much of one view as its rows had before them."""
    with LlamaModel(path, settings) as model:
        batches: list[Batch] = []
        decode = model._native.decode

        def noted(rows: Sequence[Row], hurried: bool = False) -> None:
            position = sum(row.position for row in rows) // len(rows)
            batches.append(Batch(len(rows), sum(row.wanted for row in rows), position, hurried))
            decode(rows, hurried)

        model._native.decode = noted  # type: ignore[method-assign]
        lengths: list[int] = []
        start, cpu = time.perf_counter(), time.process_time()
        for beat in beats:
            lengths += [reply.length for reply in model.answer(beat.lines) if isinstance(reply, Generated)]
            model.answer(beat.probes)
        spent = Spent(
            time.perf_counter() - start, time.process_time() - cpu, model.usage.evaluated, model.usage.batches, peak(),
            lengths, tree=model.usage.tree,
        )  # fmt: skip
        model._native.decode = decode  # type: ignore[method-assign]
        if with_floor:
            spent.floor, spent.floor_cpu = floor(model._native, batches, deep=False)
            spent.deep, spent.deep_cpu = floor(model._native, batches, deep=True)
    return spent


def floor(native: Native, batches: Sequence[Batch], deep: bool) -> tuple[float, float]:
    """Seconds, on the clock and of processors, for batches of these sizes and outputs: few tokens as sequences of their
    own, many as one prompt. There is nothing before them, or, where ``deep``, one view in one piece, as long as their rows
    had one on average; what it takes to lay that down is not counted."""
    seconds = cpu = 0.0
    held = 0
    native.clear()
    for batch in batches:
        alone = batch.size <= 32
        depth = max(0, batch.position - (0 if alone else batch.size // 2)) if deep else 0
        native.cut(0, depth)
        for start in range(min(held, depth), depth, 512):
            native.decode([Row(1000 + n, n, [0]) for n in range(start, min(depth, start + 512))])
        if alone and depth:
            for n in range(1, batch.size + 1):
                native.copy(0, n, depth)
        began, began_cpu = time.perf_counter(), time.process_time()
        rows = [
            Row(2000 + n, depth + (0 if alone else n), [n + 1 if alone else 0], n >= batch.size - batch.wanted)
            for n in range(batch.size)
        ]
        native.decode(rows, batch.hurried)
        for n in range(batch.size - batch.wanted, batch.size):
            native.logits(n)
        seconds, cpu = seconds + time.perf_counter() - began, cpu + time.process_time() - began_cpu
        held = depth if alone else depth + batch.size
        for n in range(1, batch.size + 1) if alone else ():
            native.cut(n)
    native.clear()
    return seconds, cpu


def tokens_of(path: Path, beats: Sequence[Beat]) -> list[tuple[list[Tokens], list[tuple[Tokens, list[Tokens]]]]]:
    """The workload as tokens: per beat the prompts of its lines, and its probes with their options."""
    with LlamaModel(path, Settings(n_ctx=256, threads=1)) as model:
        tokenizer = model._tokenizer

        def prompt(text: Prompt) -> Tokens:
            return tokenizer.prompt(text)

        return [
            ([prompt(line.prompt) for line in beat.lines],
             [(prompt(probe.prompt), [tokenizer.option(o) for o in probe.options]) for probe in beat.probes])
            for beat in beats
        ]  # fmt: skip


def loop(path: Path, settings: Settings, beats: Sequence[Beat], lengths: Sequence[int], order: Order) -> Spent:
    """One sequence that goes back to the longest beginning it shares with what comes next, asked the questions of a
    moment in an order."""
    import llama_cpp

    default = llama_cpp.llama_model_default_params

    def params() -> object:
        made = default()
        made.use_extra_bufts = REPACKS
        return made

    llama_cpp.llama_cpp.llama_model_default_params = params
    said, work = iter(lengths), tokens_of(path, beats)
    llama = llama_cpp.Llama(
        str(path), n_ctx=settings.n_ctx, n_batch=settings.n_batch, n_ubatch=settings.n_batch,
        n_threads=settings.threads, n_threads_batch=settings.threads, flash_attn=settings.flash_attn, verbose=False,
    )  # fmt: skip
    counts = [0, 0]

    def evaluate(tokens: Tokens) -> np.ndarray:
        held = llama.input_ids[: llama.n_tokens]
        shared = 0
        while shared < min(len(held), len(tokens) - 1) and held[shared] == tokens[shared]:
            shared += 1
        llama.n_tokens = shared
        llama.eval(tokens[shared:])
        counts[0] += len(tokens) - shared
        counts[1] += 1
        return np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(llama._ctx.ctx, -1), shape=(llama.n_vocab(),))

    start, cpu = time.perf_counter(), time.process_time()
    for beat, (lines, probes) in zip(beats, work, strict=True):
        for prompt in lines:
            text = prompt
            for _ in range(next(said)):
                text = (*text, int(evaluate(text).argmax()))
        for prompt, options in _ordered(beat, probes, order):
            for stem in sorted({option[:-1] for option in options} | {()}, key=len):
                logits = evaluate(prompt + stem)
                log_normalizer(logits)
    return Spent(time.perf_counter() - start, time.process_time() - cpu, counts[0], counts[1], peak(), [])


def _ordered(beat: Beat, probes: list[tuple[Tokens, list[Tokens]]], order: Order) -> list[tuple[Tokens, list[Tokens]]]:
    match order:
        case "asked":
            return probes
        case "by role":
            roles = [_role(probe.prompt) for probe in beat.probes]
            return [probes[n] for n in sorted(range(len(probes)), key=lambda n: roles[n])]
        case "sorted":
            return sorted(probes)
        case _:
            assert_never(order)


@contextmanager
def served(path: Path, settings: Settings, slots: int, binary: Path) -> Iterator[tuple[int, int]]:
    """llama.cpp's server with a slot for each role; yields its port and its process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(binary), "-m", str(path), "--host", "127.0.0.1", "--port", str(port), "-np", str(slots), "-c",
               str(settings.n_ctx * (1 if slots < 8 else 2)), "-b", str(settings.n_batch), "-ub",
               str(settings.n_batch), "-t", str(settings.threads), "-tb", str(settings.threads), "-fa",
               "on" if settings.flash_attn else "off", "--cache-prompt", "--no-webui", "-cram", "0",
               "--kv-unified"]  # fmt: skip
    command += [] if REPACKS else ["--no-repack"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                if ask(port, "GET", "/health", None).get("status") == "ok":
                    break
            except OSError:
                pass
            if server.poll() is not None:
                raise RuntimeError(f"the server ended with {server.returncode}: {' '.join(command)}")
            time.sleep(0.2)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(timeout=30)


def ask(port: int, method: str, where: str, body: dict[str, object] | None) -> dict[str, object]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request(method, where, json.dumps(body), {"Content-Type": "application/json"})
    reply = json.loads(connection.getresponse().read())
    connection.close()
    if not isinstance(reply, dict):
        raise TypeError(f"the server replied {reply!r}")
    return reply


def server(path: Path, settings: Settings, beats: Sequence[Beat], lengths: Sequence[int], binary: Path) -> Spent:
    """Every role has its slot, and all slots are asked at once, once for each place in an option whose successor is wanted
    (options that begin alike share it). Only the ten likeliest tokens are asked back, though an honest score would need
    more: that favours the server."""
    said, work = iter(lengths), tokens_of(path, beats)
    names = sorted({_role(request.prompt) for beat in beats for request in (*beat.lines, *beat.probes)})
    counts = [0, 0]

    def completion(port: int, slot: int, prompt: Tokens, length: int, probabilities: int) -> None:
        body: dict[str, object] = {"prompt": list(prompt), "n_predict": length, "cache_prompt": True, "id_slot": slot,
                                   "temperature": 0, "ignore_eos": True, "n_probs": probabilities}  # fmt: skip
        reply = ask(port, "POST", "/completion", body)
        timings = reply["timings"]
        assert isinstance(timings, dict), reply
        counts[0] += int(timings["prompt_n"]) + length - 1
        counts[1] += 1

    with served(path, settings, len(names), binary) as (port, pid):
        before, start = _cpu(pid), time.perf_counter()
        with ThreadPoolExecutor(len(names)) as pool:
            for beat, (lines, probes) in zip(beats, work, strict=True):
                queues: list[list[Callable[[], None]]] = [[] for _ in names]
                for request, prompt in zip(beat.lines, lines, strict=True):
                    slot, length = _slot(names, request.prompt), next(said)
                    queues[slot].append(lambda s=slot, p=prompt, n=length: completion(port, s, p, n, 0))
                list(pool.map(_run, queues))
                queues = [[] for _ in names]
                for probe, (prompt, options) in zip(beat.probes, probes, strict=True):
                    slot = _slot(names, probe.prompt)
                    for stem in sorted({option[:-1] for option in options} | {()}, key=len):
                        queues[slot].append(lambda s=slot, p=prompt + stem: completion(port, s, p, 1, 10))
                list(pool.map(_run, queues))
        seconds, cpu = time.perf_counter() - start, _cpu(pid) - before
        most = next(
            int(line.split()[1]) * 1024
            for line in Path(f"/proc/{pid}/status").read_text().splitlines()
            if line.startswith("VmHWM:")
        )
    return Spent(seconds, cpu, counts[0], counts[1], most, [])


def _run(queue: Sequence[Callable[[], None]]) -> None:
    for call in queue:
        call()


def _slot(names: Sequence[str], prompt: Prompt) -> int:
    return names.index(_role(prompt))


def _role(prompt: Prompt) -> str:
    text = prompt.messages[-1].content  # type: ignore[union-attr]
    return text.rsplit("You are ", 1)[1].split(",")[0]


def _cpu(pid: int) -> float:
    """Seconds of processors that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rerolls(path: Path, settings: Settings, beat: Beat, count: int) -> float:
    """Tokens a second of so many replies to one prompt, after the prompt has been read."""
    line = replace(beat.lines[0], temperature=1.5)
    with LlamaModel(path, settings) as model:
        model.answer([replace(line, max_tokens=1)])
        start = time.process_time()
        replies = model.answer([replace(line, seed=seed) for seed in range(count)])
        spent = time.process_time() - start
        return sum(reply.length for reply in replies if isinstance(reply, Generated)) / spent
