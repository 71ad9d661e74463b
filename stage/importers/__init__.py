"""Benchmarks in their authors' own files, read into stories with questions. One format a module, one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from stage.importers import bigtom, exploretom, fantom, hitom, inspect_tomi, opentom, own, tomato, tombench, tomi
from stage.importers.story import Imported

IMPORTERS: Mapping[str, Callable[[Path], Imported]] = {
    "bigtom": bigtom.read,
    "exploretom": exploretom.read,
    "fantom": fantom.read,
    "hitom": hitom.read,
    "inspect": inspect_tomi.read,
    "opentom": opentom.read,
    "stage": own.read,
    "tomato": tomato.read,
    "tombench": tombench.read,
    "tomi": tomi.read,
}
