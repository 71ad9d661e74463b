"""BigToM's rows, cut into conditions as its authors' script does. The fixture row is our own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from published import published

from stage.audits.audit import Reason, audit
from stage.errors import UsageError
from stage.importers import bigtom
from stage.importers.story import Asked, Passage

ROW = [
    "Ida is a baker. Ida wants to bake rye bread. Ida fills the jar with rye. Ida believes the jar holds rye. A boy swaps the rye for oats.",
    "Ida sees the boy.",
    "Ida does not see the boy.",
    "Ida fetches rye.",
    "Ida bakes from the jar.",
    "Does Ida believe the jar holds rye or oats?",
    "Does Ida want to bake with rye or oats?",
    "What will Ida do?",
    "Ida believes the jar holds oats.",
    "Ida wants rye.",
    "Ida will fetch rye.",
    "Ida believes the jar holds rye.",
    "Ida wants rye.",
    "Ida will bake from the jar.",
    "A cat jumps on a shelf.",
    "A cat jumps on a shelf.",
    "Ida sees the cat.",
    "Ida does not see the cat.",
    "0",
]


def test_the_conditions_that_the_authors_script_wrote_are_read(tmp_path: Path) -> None:
    kinds = ("0_forward_belief_false_belief", "1_backward_desire_true_control")
    for kind in kinds:
        (tmp_path / "conditions" / kind).mkdir(parents=True)
        row = ["Ida is a baker. Ida does not see the boy.", "What does Ida hold?", "It is rye.", "It is oats."]
        (tmp_path / "conditions" / kind / "stories.csv").write_text(f"{';'.join(row)}\r\nIda;bakes\r\n")
    imported = bigtom.read(tmp_path)
    asked = [q for passage in imported.passages for q in passage.questions]
    assert [(q.id, q.kind, q.state, q.false_belief, q.order) for q in asked] == [
        ("0_forward_belief_false_belief:1", kinds[0], "belief", True, 1),
        ("1_backward_desire_true_control:1", kinds[1], "desire", False, None),
    ]
    assert {(q.label, q.options) for q in asked} == {("It is rye.", ("It is oats.", "It is rye."))}
    assert [u.id for u in imported.unparsed] == [f"{kind}:2" for kind in kinds]
    (tmp_path / "bigtom.csv").write_text(";".join(ROW))
    assert bigtom.read(tmp_path).items == 24
    (tmp_path / "stories.csv").write_text("a;b;c;d")
    with pytest.raises(UsageError, match="lies in no folder of a condition"):
        bigtom.read(tmp_path / "stories.csv")


def found(tmp_path: Path, *rows: list[str]) -> dict[str, tuple[Passage, Asked]]:
    file = tmp_path / "bigtom.csv"
    file.write_text("\n".join(";".join(row) for row in rows))
    return {q.id: (p, q) for p in bigtom.read(file).passages for q in p.questions}


@pytest.mark.parametrize(
    ("kind", "text", "label", "false"),
    [
        (
            "0_forward_belief_false_belief",
            "Ida is a baker. Ida wants to bake rye bread. Ida fills the jar with rye. A boy swaps the rye for oats. Ida does not see the boy.",
            "Ida believes the jar holds rye.",
            True,
        ),
        (
            "1_forward_belief_true_belief",
            f"{ROW[0]} Ida sees the boy.",
            "Ida believes the jar holds oats.",
            False,
        ),
        (
            "1_forward_action_true_control",
            "Ida is a baker. Ida wants to bake rye bread. Ida fills the jar with rye. Ida believes the jar holds rye. A cat jumps on a shelf. Ida sees the cat.",
            "Ida will bake from the jar.",
            False,
        ),
        (
            "0_backward_belief_true_belief",
            "Ida is a baker. Ida wants to bake rye bread. Ida fills the jar with rye. A boy swaps the rye for oats. Ida fetches rye.",
            "Ida believes the jar holds oats.",
            False,
        ),
    ],
)
def test_a_condition_is_cut_as_its_authors_do(tmp_path: Path, kind: str, text: str, label: str, false: bool) -> None:
    passage, question = found(tmp_path, ROW)[f"bigtom:1:{kind}"]
    assert passage.text == text
    assert (question.label, question.false_belief, question.kind) == (label, false, kind)
    assert label in question.options


def test_questions_about_one_text_stand_together(tmp_path: Path) -> None:
    passage, _ = found(tmp_path, ROW)["bigtom:1:0_forward_belief_false_belief"]
    assert [q.kind for q in passage.questions] == ["0_forward_belief_false_belief", "0_forward_action_false_belief"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (ROW[:7], "a row has 19 fields, this one has 7"),
        (["One. Two.", *ROW[1:]], "a story has 5 sentences, this one has 2"),
        ([*ROW[:8], " ", *ROW[9:]], "field 9 is empty"),
    ],
)
def test_a_row_that_cannot_be_cut_is_listed(tmp_path: Path, row: list[str], why: str) -> None:
    file = tmp_path / "bigtom.csv"
    file.write_text("\n".join(";".join(r) for r in (ROW, row)))
    imported = bigtom.read(file)
    assert [(u.id, u.why) for u in imported.unparsed] == [("bigtom:2", why)]
    assert imported.items == imported.questions + 1 == 25


@given(
    st.lists(
        st.lists(st.text(alphabet=st.characters(blacklist_characters="\x00\r\n"), max_size=30), max_size=25), max_size=4
    )
)
def test_no_table_breaks_the_importer(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    file = tmp_path_factory.mktemp("bigtom") / "bigtom.csv"
    file.write_text("\n".join(";".join(row) for row in rows), encoding="utf-8", errors="replace")
    try:
        imported = bigtom.read(file)
    except UsageError:
        return
    assert imported.items == imported.questions + len(imported.unparsed)


def test_what_cannot_be_derived_is_still_audited(tmp_path: Path) -> None:
    """Both answers of the belief question read the same: whichever is the label, it is not right alone."""
    row = [*ROW[:11], ROW[8], *ROW[12:]]
    file = tmp_path / "bigtom.csv"
    file.write_text(";".join(row))
    result = audit("bigtom", file)
    assert result.items == result.parsed == 24
    assert result.agreement == {}
    assert {d.reason for d in result.disagreements} == {Reason.IMPOSSIBLE}
    assert {d.derived for d in result.disagreements} == {None}
    assert len(result.disagreements) == 16
    assert "24 questions have labels and nothing to derive them from" in result.to_text()


def test_labels_that_contradict_each_other_are_found(tmp_path: Path) -> None:
    """What happens to the aware and to the unaware is told in the same words, and two answers are called right."""
    row = [*ROW[:2], ROW[1], *ROW[3:]]
    file = tmp_path / "bigtom.csv"
    file.write_text(";".join(row))
    result = audit("bigtom", file)
    assert Counter(d.reason for d in result.disagreements) == {Reason.CONTRADICTING: 8}


def test_the_published_rows() -> None:
    imported = bigtom.read(published("bigtom"))
    assert (imported.items, imported.questions, imported.unparsed) == (4800, 4800, ())
