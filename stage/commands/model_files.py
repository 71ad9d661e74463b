"""Commands about one model file: fetch it, look at it, check it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from stage.commands.options import N_CTX, AsJson, GpuLayers, ModelArgument, NCtx, Threads, inference
from stage.commands.output import note, show, show_json
from stage.errors import ModelError


def pull(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="hf:owner/repo/file.gguf, optionally with @revision.")],
    as_json: AsJson = False,
) -> None:
    """Fetch a model from a hub, check it, and print where it lies. What broke off is gone on with."""
    from stage.inference.hub import fetch, forget
    from stage.inference.verification import verify

    path = fetch(model)
    try:
        found = verify(path)
    except ModelError as error:
        note(f"{error}\nIt is taken out of the cache and fetched anew.")
        forget(path)
        found = verify(fetch(model))
    _show_verified(found, as_json)


def verify(
    model: ModelArgument = None,
    load: Annotated[
        bool, typer.Option("--load", help="Also load it, in a process of its own, and compute one token.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check that a model file is whole, and is what it was published as; exit with 4 if it is damaged."""
    from stage.inference.models import find_model
    from stage.inference.verification import verify as verified

    found = verified(find_model(model))
    copy = None
    if model is None:
        from stage.inference.opening import serving_file

        serving = serving_file(None)
        copy = None if serving.path == found.path else verified(serving.path)
    if load:
        from stage.inference.trial import attempt

        for checked in filter(None, (found, copy)):
            attempt(checked.path)
        note("It was loaded, and computes.")
    _show_verified(found, as_json, copy)


def _show_verified(found: Any, as_json: bool, copy: Any = None) -> None:
    """The path on stdout, what is known of the contents beside it; likewise of the converted ``copy`` that serves in
    its place, where there is one."""
    if as_json:
        show_json(_verified_json(found) | ({"served_by": _verified_json(copy)} if copy else {}))
        return
    show(str(found.path))
    note(_verified_text(found))
    if copy:
        note(f"What the stage loads is a copy in another format:\n{copy.path}\n{_verified_text(copy)}")


def _verified_json(found: Any) -> dict[str, Any]:
    document = {"path": str(found.path), "sha256": found.sha256, "bytes": found.path.stat().st_size}
    return document | {"tensors": found.header.tensors, "checksum_known_from": found.witness}


def _verified_text(found: Any) -> str:
    said = f"as {found.witness} says" if found.witness else "nobody is known who has it on record"
    return f"Sound: {found.header.tensors} tensors, all whole; sha256 {found.sha256}, {said}."


def info(
    model: ModelArgument = None,
    n_ctx: NCtx = N_CTX,
    threads: Threads = 0,
    gpu_layers: GpuLayers = 0,
    as_json: AsJson = False,
) -> None:
    """What a model is, and the memory it needs with these settings beside what there is; nothing is loaded."""
    from stage.inference.description import describe
    from stage.inference.models import find_model
    from stage.inference.opening import serving_file

    asked = find_model(model)
    found = describe(serving_file(model), inference(n_ctx, threads, gpu_layers))
    if as_json:
        show_json({"asked_for": str(asked), **found.to_json()})
        return
    rows = _told(found, n_ctx)
    if asked != found.file.path:
        rows = [("model", str(asked)), ("served by", str(found.file.path)), *rows[1:]]
    for name, value in rows:
        show(f"{name:<15} {value}")
    if asked != found.file.path:
        note("All but the first line is of the copy that the stage loads; 'stage models verify' checks both files.")
    if found.refusal:
        note(f"It would be refused: {found.refusal}")


def _told(found: Any, n_ctx: int) -> list[tuple[str, str]]:
    from stage.inference.memory import mib

    need, there = found.need, found.available
    special = ", ".join(f"{name} {token.text or token.id}" for name, token in found.special_tokens.items())
    rows = [
        ("file", str(found.file.path)),
        ("origin", found.file.origin),
        ("name", found.name),
        ("architecture", f"{found.architecture}, {_or_unknown(found.layers)} layers"),
        ("parameters", f"{found.parameters / 1e6:,.1f} million"),
        ("quantization", found.quantization),
        ("context trained", f"{_or_unknown(found.context_trained)} tokens"),
        ("vocabulary", found.vocabulary or "unknown"),
        ("special tokens", special or "none"),
        ("chat template", "yes" if found.template else "none: it is prompted with a play script"),
        ("size", f"{found.size / 2**20:,.1f} MiB"),
        ("sha256", found.sha256),
        ("memory needed", f"{mib(need.total)}: {mib(need.weights)} for the weights, {mib(need.cache)} for a cache"),
        ("", f"of {n_ctx} tokens, {mib(need.buffers)} to compute on"),
        ("memory free", "unknown" if there is None else mib(there)),
        ("would load", "no" if found.refusal else "yes"),
    ]
    return [(name, value) for name, value in rows if value]


def _or_unknown(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"
