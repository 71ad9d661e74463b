"""docs/scenes.md is true: all its examples load, and it leaves out no key and no verb."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stage.resolve import RESERVED
from stage.scenes import scenario as written
from stage.scenes.scenario import BEATS, VERBS
from stage.scenes.yaml_reader import loads

DOC = (Path(__file__).parent.parent / "docs" / "scenes.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)
SCENE = BLOCKS[0]
MODELS = (
    written.Scenario, written.Character, written.ThingSpec, written.PlaceSpec, written.FactSpec, written.AuthorSpec,
    written.NarratorSpec, written.TrustSpec, written.RulesSpec, written.ProbeSpec, *BEATS,
)  # fmt: skip


def sections(text: str) -> dict[str, str]:
    """The top keys of a YAML text, each with its lines."""
    parts = re.split(r"^(?=\w+:)", text, flags=re.MULTILINE)
    return {part.partition(":")[0]: part for part in parts if part}


def completed(block: str) -> str:
    """A scene made of a block: itself, or the page's scene with the block's beats or keys in place of its own."""
    if block.startswith("- "):
        block = "beats:\n" + block + "probes: []\n"
    return "".join((sections(SCENE) | sections(block)).values())


@pytest.mark.parametrize("block", BLOCKS, ids=[b.partition("\n")[0][:30] for b in BLOCKS])
def test_every_example_loads(block: str) -> None:
    scene = loads(completed(block), "docs/scenes.md")
    assert scene.beats
    if block.startswith("- "):
        assert len(scene.beats) == len(re.findall(r"^- ", block, re.MULTILINE))


def test_there_are_examples_to_load() -> None:
    assert len(BLOCKS) >= 15
    assert SCENE.startswith("title:")


def test_every_verb_has_an_example() -> None:
    shown = set(re.findall(r"^- \{(\w+):", DOC, re.MULTILINE))
    assert shown == set(VERBS)


def test_every_key_is_named() -> None:
    keys = {f.alias or name for model in MODELS for name, f in model.model_fields.items()}
    words = set(re.findall(r"\w+", " ".join(re.findall(r"`[^`\n]+`", DOC)) + " ".join(BLOCKS)))
    assert keys <= words


def test_every_reserved_word_is_named() -> None:
    assert {f"`{word}`" for word in RESERVED} <= set(re.findall(r"`\w+`", DOC))
