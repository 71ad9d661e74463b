"""Scenes as tests: what is collected, how it ends, what a failure says, and what the fixtures give."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from stage.inference.requests import ModelCard, Reply, Request, Score, Scored, Usage
from stage.pytest_plugin import is_scene
from stage.scenes.scene import Scene
from stage.testing import items  # noqa: F401 - what pytester finds loaded it does not load again, and numpy loads once
from stage.testing.performing import Performed, StageModel

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent
DOC = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")
SCENE = """cast: {sally: {at: kitchen}, anne: {at: kitchen}}
places: [kitchen, garden]
things: {basket: {at: kitchen, container: true}, box: {at: kitchen, container: true}, marble: {at: kitchen}}
facts: {marble at: [basket, box]}
beats:
  - {put: marble, in: basket, by: anne}
  - {leave: sally, to: garden}
  - {put: marble, in: box, by: anne}
"""
PROBES = SCENE + "probes:\n"
QUIET = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""The plugin is loaded in this process already, where pytest would like to load it anew."""
LOADED = (*QUIET, *(() if entry_points(group="pytest11", name="stage") else ("-p", "stage.pytest_plugin")))
"""An environment that was installed before the entry point was written needs to be told of it."""


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess(*LOADED, "-p", "no:cacheprovider", *arguments)


def scene(pytester: pytest.Pytester, text: str, name: str = "scene.yaml") -> Path:
    path = pytester.path / name
    path.write_text(text, encoding="utf-8")
    return path


def named(result: pytest.RunResult) -> list[str]:
    """What was collected, without the file."""
    return [line.partition("::")[2] for line in result.outlines if "::" in line]


# ---------------------------------------------------------------------------------------------------------- collecting
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (SCENE, True),
        ("\ufeff" + SCENE, True),
        ("'places': [a]\n\"cast\" : {b: }\n", True),
        ("cast: {\nplaces:\n", True),
        ("# yaml-language-server: $schema=../stage/scenario.schema.json\nplases: [a]\n", True),
        ("cast: {a: }\n", False),
        ("scene:\n  cast: {a: }\n  places: [b]\n", False),
        ("cast_of: {a: }\nplaces: [b]\n", False),
        ("# cast:\n# places:\n", False),
        ("# yaml-language-server: $schema=https://json.schemastore.org/github-workflow.json\non: push\n", False),
        ("- cast: x\n- places: y\n", False),
        ("a: [", False),
        ("", False),
    ],
)
def test_what_is_meant_as_a_scene(tmp_path: Path, text: str, meant: bool) -> None:
    path = tmp_path / "it.yaml"
    path.write_text(text, encoding="utf-8")
    assert is_scene(path) is meant


def test_a_file_that_is_no_text_or_not_there_is_no_scene(tmp_path: Path) -> None:
    path = tmp_path / "it.yaml"
    path.write_bytes(bytes(range(256)) * 10)
    assert not is_scene(path)
    assert not is_scene(tmp_path / "none.yaml")


def test_other_yaml_is_let_alone(pytester: pytest.Pytester) -> None:
    scene(pytester, "a: [1, 2", "broken.yaml")
    scene(pytester, "films: {cast: x, places: y}", "films.yml")
    pytester.makepyfile("def test_it(): pass")
    run(pytester).assert_outcomes(passed=1)


def test_loading_it_loads_nothing_of_the_stage() -> None:
    program = (
        "import sys, pytest; before = set(sys.modules); import stage.pytest_plugin;"
        "print(sorted(m for m in set(sys.modules) - before if m.split('.')[0] not in ('stage',) or m.count('.')))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['stage.pytest_plugin']"


def test_nothing_is_loaded_where_no_scene_is_met(pytester: pytest.Pytester) -> None:
    scene(pytester, "a: 1", "other.yaml")
    pytester.makepyfile(
        "import sys\n"
        "def test_it():\n"
        "    assert 'stage.pytest_plugin' in sys.modules\n"
        "    assert not {'stage.testing', 'stage.scenes.scenario', 'pydantic', 'ruamel.yaml', 'networkx'} & {*sys.modules}\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *LOADED, "--rootdir", str(pytester.path), str(pytester.path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_every_question_is_a_test_by_name(pytester: pytest.Pytester) -> None:
    scene(
        pytester,
        PROBES
        + "  - {ask: 'anne>sally: marble at', after: [1, 3]}\n"
        + "  - {ask: 'reality: marble at', question: 'Where [now]::really?', after: start}\n"
        + "  - {about: [marble at], minds: [sally, anne], orders: [0, 1]}\n",
    )
    result = run(pytester, "--collect-only", "-q")
    assert named(result) == [
        "reality marble (Where (now):really?)[after 0]",
        "anne>sally marble[after 1]",
        "anne>sally marble[after 3]",
        "reality marble[after 3]",
        "sally marble[after 3]",
        "anne marble[after 3]",
    ]


def test_a_broken_scene_is_told_with_line_and_column(pytester: pytest.Pytester) -> None:
    scene(pytester, SCENE + "probes: [{ask: 'saly: marble at'}]\ntitel: x\n", "one.yaml")
    scene(pytester, PROBES + "  - {ask: 'salli: marble at', xfail: {reason: x, strict: maybe}}\n", "two.yaml")
    scene(pytester, PROBES + "  - {ask: 'sally: marble at'}\n", "well.yaml")
    result = run(pytester)
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["one.yaml:10:1: unknown key 'titel'; did you mean 'title'? [[]unknown-key]*"])
    result.stdout.fnmatch_lines(["two.yaml:10:*'true' or 'false' is wanted here [[]wrong-kind]"])
    assert "Traceback" not in result.stdout.str()


# ------------------------------------------------------------------------------------------------------------ outcomes
ONE = PROBES + "  - {ask: 'sally: marble at', after: 3}\n"


def test_the_oracle_passes_and_reality_fails_where_somebody_is_wrong(pytester: pytest.Pytester) -> None:
    scene(pytester, PROBES + "  - {about: [marble at], orders: 2, after: [1, 3]}\n")
    assert run(pytester).ret == 0
    result = run(pytester, "--stage-model", "control:reality")
    failed = re.findall(r"^FAILED scene\.yaml::(.*?) - ", result.stdout.str(), re.MULTILINE)
    assert failed == [f"{chain} marble[after 3]" for chain in ("sally", "sally>anne", "anne>sally", "narrator>sally", "author>sally")]  # fmt: skip


def test_a_failure_tells_line_answer_mind_and_derivation(pytester: pytest.Pytester) -> None:
    scene(pytester, ONE)
    result = run(pytester, "--stage-model", "control:reality", "--stage-seed", "7", "--stage-context", "windowed:3")
    result.stdout.fnmatch_lines(
        [
            '*Answered "box", as reality, narrator, author and anne would; right for sally is "basket".',
            "scene.yaml:10: {ask: 'sally: marble at', after: 3}",
            "Asked of sally: Where is the marble?",
            "Options: basket 3 %, box 97 %",
            "Because:",
            "  - sally noticed e2 (beat 1: Anne puts the marble in the basket.): was at kitchen",
            "  - so it was seen",
            "  - sally did not notice e5 (beat 3: Anne puts the marble in the box.): sally was at garden since e3",
            "Model control:reality; context windowed:3; seed 7",
            "The prompt: stage prompt scene.yaml --as sally --at 3 --context windowed:3 --ask 'sally: marble at'",
            'FAILED scene.yaml::sally marble[[]after 3] - Answered "box", as*',
        ]
    )


def test_what_the_author_expects_against_the_beliefs_fails_whatever_the_model_answers(
    pytester: pytest.Pytester,
) -> None:
    scene(pytester, PROBES + "  - {ask: 'sally: marble at', expect: box, after: [1, 3]}\n")
    result = run(pytester)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(['The scene expects "box", and the beliefs say "basket".', "scene.yaml:10: *"])


class Indifferent:
    """A model to which all options are alike."""

    card, usage = ModelCard("indifferent", noise=0.5), Usage()

    def __init__(self, logprob: float) -> None:
        self.logprob = logprob

    def answer(self, requests: Sequence[Request]) -> list[Reply]:
        asked = [r for r in requests if isinstance(r, Score)]
        return [Scored((self.logprob,) * len(r.options), (1,) * len(r.options)) for r in asked]


@pytest.mark.parametrize(
    ("logprob", "outcome", "told"),
    [(-1.0, "undecided", "*within the noise (lead 0 nats*"), (float("nan"), "unreadable", "*could not be read*")],
)
def test_neither_right_nor_wrong_is_an_outcome_of_its_own(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, logprob: float, outcome: str, told: str
) -> None:
    monkeypatch.setattr(StageModel, "_opened", lambda self: Indifferent(logprob))
    scene(pytester, ONE)
    result = run(pytester)
    assert result.parseoutcomes() == {outcome: 1}
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines([f"=* {outcome.upper()} =*", told, "scene.yaml:10: *"])
    scene(pytester, ONE.replace("after: 3", "after: 3, xfail: it cannot"))
    run(pytester, "--stage-model", "control:guess").assert_outcomes(xfailed=1)


def test_a_model_that_is_missing_is_an_error_once_told(pytester: pytest.Pytester) -> None:
    scene(pytester, PROBES + "  - {ask: 'sally: marble at', after: [1, 3]}\n")
    result = run(pytester, "--stage-model", "gone.gguf")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["gone.gguf: no such model file*"])
    assert "Traceback" not in result.stdout.str()


@pytest.mark.parametrize("aid", ["graph", "think"])
def test_roles_can_be_helped(pytester: pytest.Pytester, aid: str) -> None:
    scene(pytester, ONE)
    run(pytester, "--stage-aid", aid).assert_outcomes(passed=1)


def test_a_context_that_is_none_is_told(pytester: pytest.Pytester) -> None:
    scene(pytester, ONE)
    result = run(pytester, "--stage-context", "dreamt")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["no context 'dreamt'*"])


# ---------------------------------------------------------------------------------------------------- expected failures
@pytest.mark.parametrize(
    ("xfail", "model", "arguments", "outcomes"),
    [
        ("it cannot", "control:reality", (), {"xfailed": 1}),
        ("it cannot", "control:reality", ("--runxfail",), {"failed": 1}),
        ("it cannot", "control:order-limited:2", (), {"xpassed": 1}),
        ("it cannot", "control:order-limited:2", ("-o", "xfail_strict=true"), {"failed": 1}),
        ("it cannot", "control:oracle", ("-o", "xfail_strict=true"), {"passed": 1}),
        ("{reason: it cannot, models: ['control:r*', 'Smol*']}", "control:reality", (), {"xfailed": 1}),
        ("{reason: it cannot, models: ['Smol*']}", "control:reality", (), {"failed": 1}),
        ("{reason: it cannot, strict: true}", "control:order-limited:2", (), {"failed": 1}),
        ("{reason: it cannot, strict: false}", "control:order-limited:2", ("-o", "xfail_strict=true"), {"xpassed": 1}),
    ],
)
def test_failures_can_be_expected(
    pytester: pytest.Pytester, xfail: str, model: str, arguments: tuple[str, ...], outcomes: dict[str, int]
) -> None:
    scene(pytester, ONE.replace("after: 3", f"after: 3, xfail: {xfail}"))
    assert run(pytester, "--stage-model", model, "-rx", *arguments).parseoutcomes() == outcomes


def test_a_model_that_is_missing_is_no_expected_failure(pytester: pytest.Pytester) -> None:
    scene(pytester, ONE.replace("after: 3", "after: 3, xfail: it cannot"))
    assert run(pytester, "--stage-model", "gone.gguf").ret == pytest.ExitCode.TESTS_FAILED


def test_what_is_asked_by_itself_goes_before_its_family(pytester: pytest.Pytester) -> None:
    family = "  - {about: [marble at], minds: [sally, anne], orders: [1], after: 3}\n"
    for text in (ONE.replace("after: 3", "after: 3, xfail: it cannot") + family, PROBES + family + ONE.removeprefix(PROBES).replace("after: 3", "after: 3, xfail: it cannot")):  # fmt: skip
        scene(pytester, text)
        run(pytester, "--stage-model", "control:reality").assert_outcomes(xfailed=1, passed=1)


# -------------------------------------------------------------------------------------------------------- pytest's ways
MANY = PROBES + "  - {about: [marble at], minds: [sally, anne], orders: [0, 1, 2], after: [1, 3]}\n"


@pytest.mark.parametrize(
    ("arguments", "outcomes"),
    [
        (("-k", "order2"), {"passed": 2, "failed": 2, "deselected": 6}),
        (("-k", "sally and beat3 and not anne"), {"failed": 1, "deselected": 9}),
        (("-x",), {"passed": 6, "failed": 1}),
        (("scene.yaml::anne>sally marble[after 3]",), {"failed": 1}),
        (("scene.yaml::anne>sally marble",), {"passed": 1, "failed": 1}),
    ],
)
def test_tests_are_chosen_as_usual(
    pytester: pytest.Pytester, arguments: tuple[str, ...], outcomes: dict[str, int]
) -> None:
    scene(pytester, MANY)
    assert run(pytester, "--stage-model", "control:reality", *arguments).parseoutcomes() == outcomes


def test_last_failed(pytester: pytest.Pytester) -> None:
    scene(pytester, MANY)
    scene(pytester, PROBES + "  - {ask: 'anne: marble at'}\n", "fine.yaml")
    assert pytester.runpytest(*LOADED, "--stage-model", "control:reality").parseoutcomes() == {"passed": 8, "failed": 3}
    assert pytester.runpytest(*LOADED, "--lf").parseoutcomes() == {"passed": 3}


def test_in_several_processes(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    scene(pytester, MANY)
    result = pytester.runpytest_subprocess(
        *LOADED, "-n", "2", "--stage-model", "control:reality", "-p", "no:cacheprovider"
    )
    assert result.parseoutcomes() == {"passed": 7, "failed": 3}
    result.stdout.fnmatch_lines(['*Answered "box", as reality*', "scene.yaml:10: *"])


def test_the_tests_of_a_scene_share_one_performance_and_all_scenes_one_model(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    performed: list[tuple[Scene, ModelCard]] = []
    perform = StageModel.perform

    def counted(model: StageModel, played: Scene) -> Performed:
        performed.append((played, model.card))
        return perform(model, played)

    monkeypatch.setattr(StageModel, "perform", counted)
    scene(pytester, MANY)
    scene(pytester, MANY, "other.yaml")
    run(pytester).assert_outcomes(passed=20)
    assert len(performed) == 2
    assert performed[0][1] is performed[1][1]


# --------------------------------------------------------------------------------------------------- performed scenes
def test_a_performed_scene_is_performed_and_its_questions_are_foreseen(pytester: pytest.Pytester) -> None:
    """Five beats, and a family of four minds about two facts, one of whose questions is among the five. Everybody
    knows of the door and nothing happens to it, so what the family might have asked of it is skipped."""
    scene(
        pytester,
        SCENE.replace("  - {leave", "  - {act: anne}\n  - {leave").replace(
            "box]}", "box], door is: [open, shut]}\ncommon: [door is open]"
        )
        + "  - {speak: anne, to: []}\nprobes:\n  - {ask: 'sally: marble at', after: every}\n"
        + "  - {about: contested, orders: [1]}\n",
    )
    for seed in ("0", "1"):
        result = run(pytester, "--stage-seed", seed, "-rs")
        assert result.parseoutcomes() == {"passed": 5 + 3, "skipped": 4}
        result.stdout.fnmatch_lines(["SKIPPED*not asked: *"])


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").glob("*.yaml")), ids=lambda p: p.stem)
def test_the_oracle_passes_every_shipped_scene(pytester: pytest.Pytester, path: Path) -> None:
    result = run(pytester, str(path))
    assert result.ret == 0
    assert result.parseoutcomes()["passed"] > 0


# ---------------------------------------------------------------------------------------------------------- the fixtures
PYTHON = re.findall(r"```python\n(.*?)```", DOC, re.DOTALL)


@pytest.mark.parametrize("block", PYTHON, ids=[b.partition("\n")[0][:30] for b in PYTHON])
def test_the_examples_of_the_documentation_run(pytester: pytest.Pytester, block: str) -> None:
    scene(pytester, (ROOT / "scenarios" / "sally_anne.yaml").read_text(encoding="utf-8"), "sally_anne.yaml")
    pytester.makepyfile(block)
    result = run(pytester, "--strict-markers", "-p", "no:randomly")
    assert set(result.parseoutcomes()) == {"passed"}


def test_there_are_examples() -> None:
    assert len(PYTHON) >= 3
    assert all(fixture in "".join(PYTHON) for fixture in ("stage_model", "scene", "minds"))


def test_a_fixture_without_its_mark_says_what_to_write(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(scene): pass")
    result = run(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*@pytest.mark.stage_scene('sally_anne.yaml')*"])


def test_the_options_are_documented() -> None:
    options = re.findall(r'"(--stage-\w+)"', (ROOT / "stage" / "pytest_plugin.py").read_text(encoding="utf-8"))
    assert options
    assert all(f"`{option}" in DOC for option in options)
