"""The page of a run: everything in one file, nothing of a scene or a model that could be taken for markup."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_cli import stage

from stage.performing.settings import Settings
from stage.performing.transcript import Answer, Line
from stage.records.record import Run
from stage.records.replay import replayed
from stage.records.session import Planned, perform_file, scene_text
from stage.report.exports import COLUMNS, as_csv, as_junit, as_markdown, rows, write_parquet
from stage.report.page.build import page
from stage.report.page.payload import baselines, payload
from stage.report.page.prompts import front_coded
from stage.resources import scenarios_folder
from stage.scoring.comparison import compare
from stage.scoring.scorecard import Scorecard, score

HOSTILE = '</script><img src=x onerror="alert(1)">{{ 7*7 }} \x1b[31m\u202e=cmd|calc'


class Silent:
    """An audience that takes no note."""

    def made(self, made: object) -> None: ...

    def line(self, line: Line) -> None: ...

    def prompt(self, digest: str, text: str) -> None: ...

    def answer(self, answer: Answer) -> None: ...

    def beat_ended(self, number: int) -> None: ...


def performed(folder: Path, scene: str = "sally_anne", model: str = "control:oracle") -> Run:
    file = scenarios_folder() / f"{scene}.yaml"
    (run,) = perform_file(file, model, [Planned(Settings(), folder)], Silent(), folder.parent, lambda _: None)
    return run


def hostile(run: Run) -> Run:
    """The run, its model having said and its scene having named what a page must not obey."""
    lines = tuple(replace(line, text=HOSTILE) if line.performed else line for line in run.transcript.lines)
    answers = tuple(replace(answer, question=HOSTILE) for answer in run.transcript.answers)
    prompts = dict.fromkeys(run.prompts, HOSTILE)
    return replace(run, transcript=replace(run.transcript, lines=lines, answers=answers), prompts=prompts)


def made(run: Run, title: str = "Sally and Anne") -> str:
    scorecard = score(run.transcript)
    course, note = replayed(run)
    return page(title, [(run, scorecard, payload(run, scorecard, course, scene_text(run), note))])


def unpacked(html: str, name: str) -> Any:
    found = re.search(rf'id="{name}">([^<]*)</script>', html)
    assert found is not None
    return json.loads(gzip.decompress(base64.b64decode(found[1])))


def decoded(coded: dict[str, Any]) -> list[str]:
    """All texts of a front-coded list, one after the other."""
    texts: list[bytes] = []
    for back, shared, rest in zip(coded["back"], coded["shared"], coded["rest"], strict=True):
        beginning = texts[-back][: 2 * shared] if back else b""
        texts.append(beginning + rest.encode("utf-16-le", "surrogatepass"))
    return [text.decode("utf-16-le", "surrogatepass") for text in texts]


@given(st.lists(st.text("ab é😀\ud800\n", max_size=12)))
def test_prompts_are_kept_once_and_come_back_whole(texts: list[str]) -> None:
    coded = front_coded(texts)
    assert decoded(coded) == texts
    assert sum(map(len, coded["rest"])) <= sum(map(len, texts))


def test_what_prompts_share_is_kept_once() -> None:
    coded = front_coded([f"{'x' * 5000}{n:03}" for n in range(200)])
    assert sum(map(len, coded["rest"])) < 6000


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return performed(tmp_path_factory.mktemp("runs") / "run")


def test_everything_is_in_the_file(run: Run) -> None:
    html = made(run)
    assert not re.findall(r'(?:src|href)="|@import|url\(|https?://(?!www\.w3\.org/2000/svg)', html)
    data = unpacked(html, "data")
    (shown,) = data["runs"]
    assert len(shown["probes"]) == len(run.transcript.answers)
    assert [line["text"] for line in shown["lines"]] == [line.text for line in run.transcript.lines]
    assert [line["to"] for line in shown["lines"] if line["performed"]] == [["anne"]]
    assert not [line for line in shown["lines"] if line["to"] and not line["performed"]]
    assert [decoded(coded) for coded in unpacked(html, "prompts")] == [list(run.prompts.values())]
    assert all(v["prompt"] >= 0 for p in shown["probes"] for v in p["variants"])


def test_what_each_mind_believes_is_the_belief_engine_s(run: Run) -> None:
    (shown,) = unpacked(made(run), "data")["runs"]
    sally = shown["timeline"]["marble at"]["sally"]
    assert [(s["from"], s["values"]) for s in sally] == [
        (0, ["kitchen"]),
        (1, ["basket"]),
        (3, ["basket"]),
        (5, ["basket"]),
    ]
    assert any("sally noticed" in step for step in sally[1]["steps"])
    assert any("sally did not notice" in step for step in sally[2]["steps"])
    box = shown["graphs"]["anne>sally"]["marble at"][-1]
    assert (box["status"], box["values"]) == ("known", ["basket"])


def test_nothing_that_was_said_is_markup(run: Run) -> None:
    html = made(hostile(run), title=HOSTILE)
    assert "onerror=" not in html.replace("onerror=&#34;", "")
    assert html.count("</script>") == 3
    assert "{{ 7*7 }}" in html  # and not 49
    assert decoded(unpacked(html, "prompts")[0])[0] == HOSTILE


def test_several_runs_are_compared(tmp_path: Path) -> None:
    runs = [performed(tmp_path / name, model=f"control:{name}") for name in ("oracle", "reality")]
    parts = []
    for one in runs:
        scorecard = score(one.transcript)
        parts.append((one, scorecard, payload(one, scorecard, replayed(one)[0], scene_text(one))))
    comparison = compare([(str(one.folder), one.transcript) for one in runs])
    data = unpacked(page("Both", parts, comparison), "data")
    (contrast,) = data["comparison"]["contrasts"]
    assert contrast["fixed"] == []
    assert len(contrast["broke"]) == comparison.runs[1].contrast.broke  # type: ignore[union-attr]
    assert all("sally" in probe for probe in contrast["broke"])


def test_a_performed_scene_is_shown_as_it_went(tmp_path: Path) -> None:
    run = performed(tmp_path / "run", "improvised", "control:guess")
    course, note = replayed(run)
    assert note == ""
    assert len(course.moments) == len(course.scene.beats) + 1
    assert {e.beat for e in course.minds.events} >= {1}


def test_what_an_old_record_does_not_hold_is_said(tmp_path: Path) -> None:
    run = performed(tmp_path / "run")
    _, note = replayed(replace(run, made=()))
    assert "cannot be played again" in note


def test_baselines_are_what_simple_stages_would_get(tmp_path: Path) -> None:
    for name in ("reality", "egocentric"):
        run = performed(tmp_path / name, model=f"control:{name}")
        figures = score(run.transcript).accuracy_by_order
        assert baselines(run.transcript.answers)[name] == {o: f.value for o, f in figures.items()}


# --------------------------------------------------------------------------------------------------------- other forms
def scored(run: Run) -> list[tuple[Run, Scorecard]]:
    return [(run, score(run.transcript))]


def test_a_row_for_every_probe(run: Run, tmp_path: Path) -> None:
    table = list(csv.DictReader(io.StringIO(as_csv(scored(run)))))
    assert tuple(table[0]) == COLUMNS
    assert [row["id"] for row in table] == [a.id for a in run.transcript.answers]
    assert {row["verdict"] for row in table} == {"right"}
    write_parquet(scored(run), tmp_path / "rows.parquet")
    assert pyarrow.parquet.read_table(tmp_path / "rows.parquet").to_pylist() == rows(scored(run))


def test_a_spreadsheet_obeys_nothing(run: Run) -> None:
    answers = tuple(replace(a, question="=1+1") for a in run.transcript.answers)
    changed = replace(run, transcript=replace(run.transcript, answers=answers))
    assert {row["question"] for row in csv.DictReader(io.StringIO(as_csv(scored(changed))))} == {"'=1+1"}


def test_probes_are_test_cases(run: Run, tmp_path: Path) -> None:
    suite = ElementTree.fromstring(as_junit(scored(run))).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == (str(len(run.transcript.answers)), "0")
    wrong = performed(tmp_path / "reality", model="control:reality")
    top = ElementTree.fromstring(as_junit(scored(wrong)))
    assert len(top.findall(".//failure")) == sum(v.outcome != "right" for v in score(wrong.transcript).verdicts)
    assert ElementTree.fromstring(as_junit(scored(hostile(run)))) is not None


def test_markdown_shows_the_card(run: Run) -> None:
    text = as_markdown(scored(run))
    assert "**Separation 1.00" in text
    assert "| 1 | " in text
    bad = replace(run, manifest=run.manifest.model_copy(update={"scenario": "<b>|x|"}))
    assert "<b>" not in as_markdown(scored(bad))


@pytest.mark.parametrize("name", ["it.html", "it.xml", "it.md", "it.csv", "it.parquet"])
def test_a_report_is_written_over_a_report_and_nothing_else(run: Run, name: str, tmp_path: Path) -> None:
    out = tmp_path / name
    others = [b"my diary", b"<html><body>mine</body></html>", b"a,b\n1,2\n", b"# Notes\n", b"PAR1 mine PAR1"]
    for other in [*others, b'<testsuites name="pytest tests">']:
        out.write_bytes(other)
        done = stage("report", run.folder, "-o", out)
        assert done.code == 2
        assert "--force" in done.err
        assert out.read_bytes() == other
    assert stage("report", run.folder, "-o", out, "--force").code == 0
    first = out.read_bytes()
    for form in ("html", "junit", "markdown", "csv", "parquet"):  # any of ours over any of ours
        assert stage("report", run.folder, "-o", out, "--to", form).code == 0
    assert stage("report", run.folder, "-o", out).code == 0
    assert out.read_bytes() == first
    out.write_bytes(b"")
    assert stage("report", run.folder, "-o", out).code == 0


def test_a_report_goes_into_no_file_of_its_run(run: Run) -> None:
    record = run.folder / "record.jsonl"
    before = record.read_bytes()
    assert stage("report", run.folder, "-o", record).code == 2
    assert record.read_bytes() == before


def test_compared_runs_are_named_by_what_differs(tmp_path: Path) -> None:
    folders = [performed(tmp_path / name, model=f"control:{name}").folder for name in ("oracle", "reality")]
    data = unpacked(stage("report", *folders).out, "data")
    assert [run["name"] for run in data["runs"]] == ["oracle (control:oracle)", "reality (control:reality)"]
    assert data["comparison"]["baseline"] == "oracle (control:oracle)"
    assert [c["run"] for c in data["comparison"]["contrasts"]] == ["reality (control:reality)"]


def test_runs_that_differ_in_nothing_are_named_by_their_folders(tmp_path: Path) -> None:
    folders = [performed(tmp_path / name / "run").folder for name in ("a", "b")]
    data = unpacked(stage("report", *folders).out, "data")
    assert data["comparison"]["baseline"] == str(folders[0])
