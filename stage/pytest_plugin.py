"""Scenes as tests: ``pytest scenarios/`` puts every question of every scene to a model, each as a test of its own.

Loaded by pytest in every project of the environment, so it costs nothing and does nothing until a scene file is met:
all that it needs is imported then. What a scene file is, is told from two keys at the beginning of lines; no other
YAML is parsed, or complained of.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from stage.scenes.scene import Scene
    from stage.testing.fixtures import SceneMinds
    from stage.testing.performing import StageModel

ORACLE = "control:oracle"
MOST_READ = 1_000_000
"""Bytes of a file that are looked at; no scene has more."""
OUTCOME = "stage_outcome"
OWN_OUTCOMES = {"undecided": "u", "unreadable": "?"}
"""Outcomes that are neither right nor wrong, with their letters. They fail a test all the same: it has not been passed."""

_TOP_KEY = re.compile(rb"""^(?:\xef\xbb\xbf)?(["']?)(cast|places)\1[ \t]*:(?=\s|$)""", re.MULTILINE)
_MODELINE = re.compile(rb"^#[^\n]*yaml-language-server:[^\n]*\$schema=\S*scenario\.schema\.json", re.MULTILINE)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("stage", "scenes of the stage")
    group.addoption(
        "--stage-model",
        metavar="MODEL",
        default=ORACLE,
        help="who answers the questions of scenes: control:NAME, built-in, a path or hf:repo/file.gguf "
        f"(default: {ORACLE})",
    )
    group.addoption("--stage-seed", metavar="N", type=int, default=0, help="seed of every performance (default: 0)")
    group.addoption(
        "--stage-context",
        metavar="CONTEXT",
        default="isolated",
        help="what a role is shown: isolated, shared or windowed:N (default: isolated)",
    )
    group.addoption(
        "--stage-aid",
        metavar="AID",
        default="none",
        help="what helps a role before it is asked: none, perspective, graph or think (default: none)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "stage_scene(path): the scene file, or shipped scene, of the fixtures 'scene' and 'minds'"
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix not in (".yaml", ".yml") or not is_scene(file_path):
        return None
    from stage.testing.items import SceneFile

    return SceneFile.from_parent(parent, path=file_path)


def is_scene(path: Path) -> bool:
    """Whether a file is meant as a scene: 'cast' and 'places' stand at the beginning of lines, or a comment names the
    schema of scenes."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_READ)
    except OSError:
        return False
    return len({match[2] for match in _TOP_KEY.finditer(data)}) == 2 or bool(_MODELINE.search(data))


# ---------------------------------------------------------------------------------------------------------- the outcomes
@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    outcome = getattr(call.excinfo.value, OUTCOME, None) if call.excinfo is not None else None
    if outcome in OWN_OUTCOMES:
        setattr(report, OUTCOME, outcome)
    return report


def pytest_report_teststatus(report: Any) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    outcome = getattr(report, OUTCOME, None)
    if outcome is None or hasattr(report, "wasxfail"):
        return None
    return outcome, OWN_OUTCOMES[outcome], (outcome.upper(), {"yellow": True})


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for outcome in OWN_OUTCOMES:
        reports = terminalreporter.getreports(outcome)
        if reports:
            terminalreporter.write_sep("=", outcome.upper())
        for report in reports:
            terminalreporter.write_sep("_", report.nodeid, yellow=True, bold=True)
            terminalreporter.write_line(str(report.longrepr))


# ---------------------------------------------------------------------------------------------------------- the fixtures
@pytest.fixture(scope="session")
def stage_model(pytestconfig: pytest.Config) -> StageModel:
    """The model that --stage-model names, opened when it is first used, once for all tests."""
    from stage.testing.performing import session_model

    return session_model(pytestconfig)


@pytest.fixture
def scene(request: pytest.FixtureRequest) -> Scene:
    """The scene that the test is marked with: @pytest.mark.stage_scene('sally_anne.yaml')."""
    from stage.testing.fixtures import marked_scene

    return marked_scene(request.node)


@pytest.fixture
def minds(scene: Scene) -> SceneMinds:
    """What everybody believes in the scene that the test is marked with."""
    from stage.testing.fixtures import SceneMinds

    return SceneMinds(scene)
