"""The same probes under several contexts and aids: one model, one run for each, one table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from test_cli import stage
from test_scorecard import draw, perform

from stage.performing.transcript import Transcript
from stage.records.record import read_run
from stage.scoring.comparison import compare_all


def test_every_context_is_run_with_every_aid(tmp_path: Path) -> None:
    out = tmp_path / "all"
    done = stage(
        "run", "sally_anne", "-m", "control:leaky:0.4", "--context", "isolated,shared,windowed:2", "--aid", "none,graph,think",
        "--out", out, "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert sorted(p.name for p in out.iterdir()) == sorted(
        f"{c}-{a}" for c in ("isolated", "shared", "windowed-2") for a in ("none", "graph", "think")
    )
    found = done.document
    assert [(r["context"], r["aid"]) for r in found["runs"]] == [
        (c, a) for c in ("isolated", "shared", "windowed:2") for a in ("none", "graph", "think")
    ]
    assert [r["name"] for r in found["comparison"]["runs"]][:2] == ["isolated, none", "isolated, graph"]
    assert [(e["factor"], e["level"], e["pairs"]) for e in found["comparison"]["effects"]] == [
        ("context", "shared", 3), ("context", "windowed:2", 3), ("aid", "graph", 3), ("aid", "think", 3),
    ]  # fmt: skip
    for run in found["runs"]:
        kept = read_run(Path(run["folder"]))
        assert (kept.manifest.context, kept.manifest.aid, kept.finished) == (run["context"], run["aid"], True)
    again = stage("compare", *(r["folder"] for r in found["runs"]), "--common", "--json").document
    assert again == found["comparison"]


def test_the_table_names_what_differs_and_says_what_is_not_told_apart(tmp_path: Path) -> None:
    done = stage("run", "sally_anne", "-m", "control:oracle", "--aid", "none,perspective", "--runs", tmp_path)
    assert done.code == 0
    assert max(map(len, done.out.splitlines())) <= 80
    assert [line.split()[0] for line in done.out.splitlines() if line.startswith(("none", "perspective"))][:2] == [
        "none",
        "perspective",
    ]
    assert "perspective: not distinguishable from the first (fixed 0, broke 0 of " in done.out
    assert done.err.count("The run is kept in") == 2


@pytest.mark.parametrize(
    "arguments",
    [("--aid", "hints"), ("--context", "isolated,blurred"), ("--aid", "none,graph", "--fail-under", "0.5")],
)
def test_what_cannot_be_performed_is_refused(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = stage("run", "sally_anne", "-m", "control:oracle", "--runs", tmp_path, *arguments)
    assert (done.code, done.out) == (2, "")
    assert not list(tmp_path.iterdir())


def test_an_older_run_was_made_without_an_aid() -> None:
    older = Path(__file__).parent / "data" / "run-of-format-1"
    assert "aid" not in (older / "manifest.json").read_text()
    made = read_run(older).manifest
    assert (made.aid, made.paraphrases, made.namings, made.layouts, made.shift_story, made.twin) == (
        "none",
        1,
        1,
        False,
        False,
        "",
    )


def scenes(control: str, seed: int) -> list[Transcript]:
    return [perform(control, draw(Random(s), 40), seed) for s in range(6)]


def test_the_effect_of_a_factor_is_that_of_its_level_all_else_alike() -> None:
    """What is planted: `shared` costs what lies between an oracle and a guesser, an aid does nothing."""
    made = [{"context": c, "aid": a} for c in ("isolated", "shared") for a in ("none", "graph")]
    runs = [(f"{m}", scenes("oracle" if m["context"] == "isolated" else "guess", 1)) for m in made]
    found = {(e.factor, e.level): e for e in compare_all(runs, made=made).effects}
    assert set(found) == {("context", "shared"), ("aid", "graph")}
    context, aid = found["context", "shared"].difference_soft, found["aid", "graph"].difference_soft
    assert (found["context", "shared"].reference, found["context", "shared"].pairs) == ("isolated", 2)
    assert context.high is not None
    assert context.high < -0.5
    assert aid.value == 0


def test_with_one_factor_the_contrasts_say_it_all() -> None:
    runs = [("a", scenes("guess", 1)), ("b", scenes("guess", 2))]
    assert compare_all(runs, made=[{"aid": "none"}, {"aid": "think"}]).effects == ()


def test_differences_over_several_scenes_take_a_scene_as_a_cluster() -> None:
    """Two scenes in which one run is right throughout and the other wrong: four hundred probes, and no certainty."""
    one, other = scenes("oracle", 0)[:2], scenes("guess", 0)[:2]
    contrast = compare_all([("oracle", one), ("guess", other)]).runs[1].contrast
    alone = compare_all([("oracle", one[:1]), ("guess", other[:1])]).runs[1].contrast
    assert contrast is not None
    assert alone is not None
    assert contrast.difference.low is not None
    assert alone.difference.low is not None
    assert contrast.n > alone.n
    again = [replace(t, answers=tuple(replace(a, about=f"{a.about}!") for a in t.answers)) for t in other]
    with pytest.raises(Exception, match="not asked the same"):
        compare_all([("oracle", one), ("otherwise", again)])
