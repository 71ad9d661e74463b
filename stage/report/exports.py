"""A run for other programs: a row for every probe (CSV, Parquet), a JUnit report, and Markdown for people."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from stage.errors import UsageError
from stage.performing.transcript import Answer
from stage.records.record import Run
from stage.report.safe import printable
from stage.report.text import meaning, number
from stage.scoring.intervals import Figure
from stage.scoring.scorecard import Scorecard
from stage.scoring.verdicts import Outcome, Verdict, tells_apart

JUNIT_NAME = "stage"
MARKDOWN_HEAD = "<!-- made by stage report -->\n\n"
"""By these a report is known to be one of ours."""

Scored = tuple[Run, Scorecard]

COLUMNS = (
    "run", "scenario", "model", "context", "aid", "seed", "id", "beat", "viewpoint", "order", "voice", "about", "question",
    "options", "expected", "answer", "probability_right", "margin", "verdict", "mind", "tells_apart", "true_belief", "held",
)  # fmt: skip
"""Of the rows, in this order. ``options`` are joined by "|"; "does not know" is empty; ``margin`` is in nats."""


def rows(runs: Sequence[Scored]) -> list[dict[str, Any]]:
    """One row for each probe of each run, with the keys `COLUMNS`."""
    return [
        _row(run, answer, verdict)
        for run, scorecard in runs
        for answer, verdict in zip(run.transcript.answers, scorecard.verdicts, strict=True)
    ]


def _row(run: Run, answer: Answer, verdict: Verdict) -> dict[str, Any]:
    made = run.manifest
    has_right = answer.expected in answer.options and len(answer.probabilities) == len(answer.options)
    values = (
        os.fsencode(run.folder).decode("utf-8", "replace"), made.scenario, made.model.name, made.context, made.aid, made.seed, answer.id, answer.beat,
        ">".join(answer.viewpoint), answer.order, answer.voice, answer.about, answer.question,
        "|".join(o or "" for o in answer.options), answer.expected, answer.answer,
        answer.probabilities[answer.options.index(answer.expected)] if has_right else None, answer.margin,
        str(verdict.outcome), verdict.mind, tells_apart(answer), answer.true_belief, answer.held,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def as_csv(runs: Sequence[Scored]) -> str:
    """The rows as CSV (RFC 4180). A text that a spreadsheet would take for a formula has an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(v) for v in row.values()] for row in rows(runs))
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        text = printable(value)
        return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
    return value


def write_parquet(runs: Sequence[Scored], path: Path) -> None:
    """The rows as a Parquet file. UsageError where pyarrow is not installed, or the file cannot be written."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UsageError("Parquet needs pyarrow: pip install 'llm-stage[parquet]'") from error
    try:
        with path.open("wb") as file:
            pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows(runs)), file)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error}") from error


def as_junit(runs: Sequence[Scored]) -> str:
    """The probes as test cases: wrong ones fail, undecided and unreadable ones are skipped."""
    top = ElementTree.Element("testsuites", name=JUNIT_NAME)
    for run, scorecard in runs:
        judged = list(zip(run.transcript.answers, scorecard.verdicts, strict=True))
        wrong = sum(v.decided and v.outcome != Outcome.RIGHT for _, v in judged)
        skipped = sum(not v.decided for _, v in judged)
        name = printable(f"{run.manifest.scenario} ({run.manifest.model.name}, {run.manifest.context})")
        counts = {"tests": len(judged), "failures": wrong, "errors": 0, "skipped": skipped}
        suite = ElementTree.SubElement(top, "testsuite", name=name, timestamp=run.manifest.started)
        for what, count in counts.items():
            suite.set(what, str(count))
        for answer, verdict in judged:
            _case(suite, answer, verdict)
    ElementTree.indent(top)
    return ElementTree.tostring(top, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ElementTree.Element, answer: Answer, verdict: Verdict) -> None:
    case = ElementTree.SubElement(suite, "testcase", name=printable(answer.id), classname=printable(answer.voice))
    told = printable(verdict.explanation)
    if not verdict.decided:
        ElementTree.SubElement(case, "skipped", message=told)
    elif verdict.outcome != Outcome.RIGHT:
        failure = ElementTree.SubElement(case, "failure", message=told, type=str(verdict.outcome))
        failure.text = printable(f"{answer.question} options {', '.join(o or 'not known' for o in answer.options)}")


def as_markdown(runs: Sequence[Scored]) -> str:
    """The cards of runs as Markdown, texts of scenes and models escaped."""
    return MARKDOWN_HEAD + "\n\n".join(_section(run, scorecard) for run, scorecard in runs) + "\n"


def _section(run: Run, scorecard: Scorecard) -> str:
    made = run.manifest
    truths = ("true", "false", "unknown")
    table = ["| order | n | right | true | false | unknown |", "|---|---|---|---|---|---|"]
    for order, figure in scorecard.accuracy_by_order.items():
        parts = scorecard.accuracy_by_belief.get(order, {})
        cells = [_percent(parts.get(t)) for t in truths]
        table.append(f"| {order} | {figure.n} | {_percent(figure)} | {' | '.join(cells)} |")
    names = list(dict.fromkeys(m for row in scorecard.minds.values() for m in row.shares))
    minds = [f"| voice | n | {' | '.join(map(_escaped, names))} |", "|---" * (len(names) + 2) + "|"]
    for voice, row in scorecard.minds.items():
        shares = [f"{100 * row.shares[m]:.0f} ({100 * row.chance[m]:.0f})" if m in row.shares else "" for m in names]
        minds.append(f"| {_escaped(voice)} | {row.n} | {' | '.join(shares)} |")
    return "\n".join(
        [
            f"## {_escaped(made.scenario)}",
            "",
            f"Model {_escaped(made.model.name)}, context {_escaped(made.context)}, aid {_escaped(made.aid)}, seed {made.seed}.",
            "",
            f"**Separation {number(scorecard.separation)}**, by probability {number(scorecard.separation_soft)}. "
            + meaning(scorecard.separation, scorecard.detectable),
            "",
            "Per cent right, by order of belief and by whether what is believed is so:",
            "",
            *table,
            "",
            "Whose mind spoke, per cent of answers (guessing gives):",
            "",
            *minds,
        ]
    )


def _percent(figure: Figure | None) -> str:
    return "–" if figure is None else number(figure, 100, 0)


def _escaped(text: str) -> str:
    """Text in which nothing is markup."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!|<>~" else c for c in printable(text)).replace("\\<", "&lt;")
