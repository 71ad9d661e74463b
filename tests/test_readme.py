"""The README is run: its scene is the shipped one, its commands exist, its explanation is what the program says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from stage.suites.suite import digest, items

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def stage(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "stage", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_it_starts_with_the_two_commands() -> None:
    assert [line.split("#")[0].strip() for line in blocks("sh")[0].splitlines()] == ["make play", "make test"]
    assert README.index("make play") < 100


def test_its_scene_is_the_shipped_one_and_short() -> None:
    (scene,) = blocks("yaml")
    assert scene == (ROOT / "scenarios" / "sally_anne.yaml").read_text(encoding="utf-8")
    assert len(scene.splitlines()) <= 25


def test_what_it_shows_of_asking_is_what_the_program_says() -> None:
    (shown,) = blocks("console")
    command, _, output = shown.partition("\n")
    arguments = re.fullmatch(r'\$ stage ask (\S+) "(.*)" --at (\S+)', command)
    assert arguments is not None
    name, question, beat = arguments.groups()
    assert stage("ask", name, question, "--at", beat) == output


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)]+)\)", README))))
def test_its_links_lead_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


def test_its_card_of_the_suite_is_of_the_suite_there_is() -> None:
    assert f"suite 1 [{digest(items(quick=False))}]" in README


def test_its_card_has_the_shape_of_the_program_s(tmp_path: Path) -> None:
    (shown,) = blocks("text")
    done = stage("run", "scenarios/sally_anne.yaml", "-m", "control:reality", "--runs", str(tmp_path))
    assert [line.split("  ")[0] for line in shown.splitlines()[:6]] == done.splitlines()[:6]
    for heading in ("Accuracy by order of belief", "Whose mind spoke", "Probes 24"):
        assert heading in shown
        assert heading in done
