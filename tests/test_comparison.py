"""Runs set side by side: what was planted between two runs is found, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from math import comb
from pathlib import Path
from random import Random

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console
from test_cli import stage
from test_scorecard import draw, perform

from stage.errors import UsageError
from stage.performing.transcript import Transcript
from stage.report.comparison import comparison_table
from stage.report.text import number
from stage.scoring.comparison import compare, holm
from stage.scoring.mcnemar import detectable, least_significant, mcnemar, power
from stage.scoring.scorecard import score


@pytest.mark.parametrize(("fixed", "broke"), [(0, 1), (3, 3), (1, 5), (6, 0), (10, 2)])
def test_mcnemar_is_the_doubled_tail_of_fair_coins(fixed: int, broke: int) -> None:
    n = fixed + broke
    tail = sum(comb(n, k) for k in range(min(fixed, broke) + 1)) / 2**n
    assert mcnemar(fixed, broke) == pytest.approx(min(1.0, 2 * tail)) == mcnemar(broke, fixed)
    assert mcnemar(0, 0) == 1


@pytest.mark.parametrize(
    ("n", "changing", "difference"), [(8, 1.0, 1.0), (20, 0.5, 0.4), (59, 0.3, 0.2), (40, 0.4, 0.0)]
)
def test_power_is_how_often_simulated_studies_find_a_difference(n: int, changing: float, difference: float) -> None:
    random = np.random.default_rng(n)
    pairs = random.binomial(n, changing, size=4000)
    fixed = random.binomial(pairs, (1 + difference / changing) / 2)
    found = np.mean([mcnemar(int(f), int(d - f)) <= 0.05 for f, d in zip(fixed, pairs, strict=True)])
    assert power(n, changing, difference) == pytest.approx(found, abs=0.025)  # over three standard errors


def test_what_is_detectable_is_found_in_four_of_five() -> None:
    for n, changing in ((12, 0.1), (40, 0.3), (300, 0.1)):
        least, able = least_significant(n), detectable(n, changing)
        assert least is not None
        assert able is not None
        assert least == 6 / n < able
        assert power(n, max(changing, able), able) == pytest.approx(0.8, abs=0.01)
    assert detectable(5, 0.5) is least_significant(5) is detectable(0, 0.0) is None
    assert detectable(6, 0.0) is not None
    with pytest.raises(ValueError, match=r"of 0\.1 that change, 0\.2 more one way"):
        power(10, 0.1, 0.2)


def test_holm_steps_down() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([0.5, 0.9]) == (1.0, 1.0)
    assert holm([]) == ()


def test_a_run_does_not_differ_from_itself() -> None:
    run = perform("guess", draw(Random(1), 60))
    contrast = compare([("a", run), ("b", run)]).runs[1].contrast
    assert contrast is not None
    assert (contrast.fixed, contrast.broke, contrast.p, contrast.difference.value) == (0, 0, 1.0, 0.0)
    assert not contrast.is_told_apart


def test_the_oracle_differs_from_a_guesser_by_what_separates_them() -> None:
    probes = draw(Random(2), 80)
    guess, oracle = perform("guess", probes), perform("oracle", probes)
    comparison = compare([("guess", guess), ("oracle", oracle)])
    contrast = comparison.runs[1].contrast
    assert contrast is not None
    assert contrast.broke == 0
    assert contrast.fixed == round(
        (1 - (score(guess).separation.value or 0)) * contrast.n * (1 - (score(guess).chance or 0))
    )
    assert contrast.difference.value == pytest.approx(1 - (score(guess).separation.value or 0))
    assert contrast.is_told_apart
    assert contrast.least_significant == pytest.approx(6 / contrast.n / (1 - (score(guess).chance or 0)))
    assert [r.separation for r in comparison.runs] == [score(guess).separation, score(oracle).separation]
    back = compare([("oracle", oracle), ("guess", guess)]).runs[1].contrast
    assert back is not None
    assert (back.fixed, back.broke, back.p) == (0, contrast.fixed, contrast.p)


def test_two_guessers_are_seldom_told_apart() -> None:
    found = 0
    for seed in range(200):
        probes = draw(Random(seed), 40)
        contrast = compare([("a", perform("guess", probes, 1)), ("b", perform("guess", probes, 2))]).runs[1].contrast
        assert contrast is not None
        found += contrast.is_told_apart
    assert found <= 16  # 5 % of 200, and two standard deviations; the exact test finds fewer


def test_more_comparisons_ask_for_more() -> None:
    probes = draw(Random(3), 30)
    runs = [(str(seed), perform("guess", probes, seed)) for seed in range(5)]
    for run in compare(runs).runs[1:]:
        assert run.contrast is not None
        assert run.contrast.p_holm >= run.contrast.p


def test_runs_that_were_asked_otherwise_are_refused_by_what_differs() -> None:
    run = perform("oracle", draw(Random(4), 10))
    less = Transcript(answers=run.answers[:-1])
    other = Transcript(answers=(*run.answers[:-1], replace(run.answers[-1], question="Where has it gone?")))
    with pytest.raises(UsageError, match=r"only in whole: p9 \(beat 2: Where is it\?\)\n--common"):
        compare([("whole", run), ("less", less)])
    with pytest.raises(UsageError, match=r"only in whole: p9.*\nonly in other: p9 \(beat 2: Where has it gone"):
        compare([("whole", run), ("other", other)])
    shared = compare([("whole", run), ("other", other)], common=True)
    assert (shared.probes, shared.left_out) == (9, 2)
    with pytest.raises(UsageError, match="no probe in common"):
        compare([("whole", run), ("none", Transcript())], common=True)
    with pytest.raises(UsageError, match="two runs"):
        compare([("whole", run)])


def test_the_text_tells_a_negative_result_as_such() -> None:
    probes = draw(Random(5), 20)
    found = compare([("a", perform("guess", probes, 1)), ("b\x1b[31m", perform("guess", probes, 2))])
    console = Console(width=200)
    with console.capture() as shown:
        console.print(comparison_table(found))
    text = shown.get()
    assert "b[31m: not distinguishable from the first (fixed " in text
    assert "differences are significant from 0." in text
    assert ", found in 80 % from 0." in text
    assert "\x1b" not in text


@pytest.mark.parametrize("name", ["b", "SmolLM2-135M-Instruct.Q4_1 in F16, shared, perspective", "房" * 40])
def test_figures_are_never_cut_for_a_name(name: str) -> None:
    probes = draw(Random(5), 20)
    found = compare([("a", perform("guess", probes, 1)), (name, perform("guess", probes, 2))])
    console = Console(width=80)
    with console.capture() as shown:
        console.print(comparison_table(found))
    lines = shown.get().splitlines()
    assert max(map(cell_len, lines)) <= 80
    head, row = lines[2], lines[5]
    assert all(word in head for word in ("separation", "difference", "by probability"))
    contrast = found.runs[1].contrast
    assert contrast is not None
    figures = (number(contrast.difference), number(contrast.difference_soft), f"{contrast.p_holm:.3f}")
    assert all(figure in row for figure in figures)


def test_the_command(tmp_path: Path) -> None:
    for control in ("reality", "oracle"):
        stage("run", "sally_anne", "-m", f"control:{control}", "--out", tmp_path / control)
    stage("run", "whisper", "-m", "control:oracle", "--out", tmp_path / "whisper")
    done = stage("compare", tmp_path / "reality", tmp_path / "oracle", "--json")
    contrast = done.document["runs"][1]["contrast"]
    assert (contrast["n"], contrast["fixed"], contrast["broke"], contrast["p"]) == (12, 5, 0, 0.0625)
    assert "fixed 5, broke 0 of 12" in stage("compare", tmp_path / "reality", tmp_path / "oracle").out
    refused = stage("compare", tmp_path / "oracle", tmp_path / "whisper")
    assert refused.code == 2
    assert "only in" in refused.err
