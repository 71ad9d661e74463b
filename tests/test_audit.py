"""Audits: the figures on the published data, every reason on a small key with a planted flaw, and the command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from published import published
from test_cli import stage
from test_importer_hitom import item
from test_importer_opentom import MISSED, OPENING, SEEN, meta

from stage.audits.audit import ALL_FAULTS, Audit, Disagreement, Tally, audit
from stage.audits.reasons import Reason
from stage.errors import UsageError
from stage.faults import GENERATORS
from stage.importers import IMPORTERS

TOMI = {"memory": (999, 999), "reality": (999, 999), "first_order": (1998, 1998)}
BOTH = ("", "/deception")


def figures(found: Audit) -> dict[str, tuple[int, int]]:
    return {kind: (t.agree, t.n) for kind, t in found.agreement.items()}


# ---------------------------------------------------------------------------------------------------------- the figures
@pytest.mark.parametrize(
    ("compat", "second"),
    [
        (None, 1476),
        (ALL_FAULTS, 1998),
        ("bystander-entry-built-late", 1888),
        ("departed-mover-still-observes", 1682),
    ],
)
def test_tomi(compat: str | None, second: int) -> None:
    found = audit("tomi", published("tomi"), compat)
    assert (found.items, found.parsed) == (5994, 5994)
    assert figures(found) == TOMI | {"second_order": (second, 1998)}
    assert {d.reason for d in found.disagreements} <= {Reason.GENERATOR_FAULT}


def test_hitom() -> None:
    found = audit("hitom", published("hitom"))
    assert (found.items, found.parsed) == (600, 600)
    agreed = figures(found)
    for half in ("VP", "CoTP"):
        assert all(agreed[f"{half}/order_{n}{end}"] == (30, 30) for n in (0, 1) for end in BOTH)
    assert [agreed[f"CoTP/order_{n}"][0] for n in (2, 3, 4)] == [28, 28, 28]
    assert [agreed[f"CoTP/order_{n}/deception"][0] for n in (2, 3, 4)] == [23, 22, 21]
    assert [agreed[f"VP/order_{n}"][0] for n in (2, 3, 4)] == [23, 18, 15]
    assert found.all_explained


def test_hitom_with_its_generator_s_faults() -> None:
    agreed = figures(audit("hitom", published("hitom"), ALL_FAULTS))
    assert all(agree == n for kind, (agree, n) in agreed.items() if kind.startswith("VP/"))
    assert [agreed[f"CoTP/order_{n}/deception"][0] for n in (2, 3, 4)] == [29, 29, 28]
    agreed = figures(audit("hitom", published("hitom"), "nested-tables-in-list-order"))
    assert [agreed[f"VP/order_{n}"][0] for n in (2, 3, 4)] == [30, 30, 30]


def test_opentom() -> None:
    found = audit("opentom", published("opentom"))
    agreed = figures(found)
    assert agreed["location_cg_fo"] == (606, 606)
    assert agreed["location_fg_fo_new"] == (1212, 1212)
    assert agreed["multihop_fo"] == (1173, 1210)
    assert (found.items, found.parsed) == (5151, 5149)
    where = [d.reason for d in found.disagreements if d.id.startswith("location")]
    assert set(where) == {Reason.NOT_DERIVABLE, Reason.IMPOSSIBLE}
    assert where.count(Reason.IMPOSSIBLE) == 8
    full = [d.reason for d in found.disagreements if d.id.startswith("multihop")]
    assert (full.count(Reason.IMPOSSIBLE), full.count(Reason.CONTRADICTING), len(full)) == (34, 3, 37)


def test_inspect() -> None:
    found = audit("inspect", published("inspect"))
    assert sum(agree for agree, _ in figures(found).values()) == 94
    reasons = [(d.reason, d.detail) for d in found.disagreements]
    assert reasons.count((Reason.OPPOSITE_SWITCH, "entering reveals nothing")) == 3
    assert [r for r, _ in reasons].count(Reason.GENERATOR_FAULT) == 3


def test_tombench() -> None:
    """In the Chinese text every label follows, of places and of contents; what does not in English is translation."""
    found = audit("tombench", published("tombench"))
    agreed = figures(found)
    assert sum(n for kind, (_, n) in agreed.items() if kind.startswith("zh/")) == 600
    assert all(agree == n for kind, (agree, n) in agreed.items() if kind.startswith("zh/"))
    assert (found.items, found.parsed, found.underivable) == (3040, 3030, 1850)
    assert len(found.disagreements) == 11
    assert found.all_explained


# ---------------------------------------------------------------------------------------------------------- the reasons
PLAIN = (
    "1 Ann, Bob and Cid entered the hall.\n2 The fig is in the red_box.\n3 Ann moved the fig to the jar.\n"
    "4 Ann exited the hall.\n5 Bob moved the fig to the tin.\n6 Cid likes the sack.\n7 Bob exited the hall.\n"
    "8 Cid moved the fig to the red_box.\n9 Bob entered the hall.\n"
)
BOB_OF_CID = "Where does Bob think Cid thinks the fig is?"
CID_OF_ANN = "Where does Cid think Ann thinks the fig is?"
ANN_OF_CID = "Where does Ann think Cid thinks the fig is?"


def hitom(*items: dict[str, Any]) -> Callable[[Path], Audit]:
    def of(folder: Path) -> Audit:
        (folder / "key.json").write_text(json.dumps(items))
        return audit("hitom", folder / "key.json")

    return of


def plain(question: str, label: str, half: str = "CoTP") -> dict[str, Any]:
    choices = "A. red_box, B. tin, C. jar, D. cup"
    order = question.count("think")
    found = item(question, order, story=PLAIN, answer=label, choices=choices, deception=False)
    return found | {"prompting_type": half}


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (hitom(plain(BOB_OF_CID, "tin")), "follows-opposite-switch: entering reveals nothing"),
        (hitom(plain(CID_OF_ANN, "cup")), "label-equals-distractor: the thing never was there"),
        (hitom(plain(CID_OF_ANN, "sack")), "label-equals-distractor: the thing never was there"),
        (hitom(plain(CID_OF_ANN, "moon")), "impossible-label: it is in neither story nor options"),
        (hitom(plain(ANN_OF_CID, "tin")), "impossible-label: Ann never came across it"),
        (hitom(plain(CID_OF_ANN, "red_box")), "stale-label: leaves out 'Ann moved the fig to the jar.'"),
        (hitom(plain(CID_OF_ANN, "tin")), None),
        (
            hitom(plain(CID_OF_ANN, "tin"), plain(CID_OF_ANN, "jar", "VP")),
            "contradicting-labels: jar, tin",
        ),
        (hitom(plain(BOB_OF_CID, "tin", "VP")), "follows-opposite-switch: entering reveals nothing"),
    ],
)
def test_each_reason_on_a_planted_flaw(tmp_path: Path, key: Callable[[Path], Audit], reason: str | None) -> None:
    """Ann saw the fig put into the jar and left; Bob saw it put into the tin, left, and comes in again."""
    found = key(tmp_path)
    (row,) = found.to_json()["disagreements"]
    assert row["reason"] == reason
    assert found.all_explained is (reason is not None)
    assert row["derived"] in ("jar", "red_box")
    assert row["explanation"]


def test_a_fault_of_the_generator_is_named_for_the_half_that_has_it(tmp_path: Path) -> None:
    """Bob's move is recorded for those in the order Cid, Bob: what Bob takes Cid to believe stays behind."""
    story = PLAIN.partition("7 ")[0]
    rows = [plain(BOB_OF_CID, "jar", half) | {"story": story} for half in ("VP", "CoTP")]
    old, new = hitom(*rows)(tmp_path).to_json()["disagreements"]
    assert old["reason"] == "generator-fault: nested-tables-in-list-order"
    assert new["reason"] == "stale-label: leaves out 'Bob moved the fig to the tin.'"


def test_a_telling_that_the_generator_cut_short(tmp_path: Path) -> None:
    asked = "Where does Bob think Cid thinks Ann thinks the fig is?"
    story = (
        "1 Ann, Bob and Cid entered the hall.\n2 The fig is in the jar.\n3 Ann exited the hall.\n4 Bob exited the hall.\n"
        "5 Cid exited the hall.\n6 Ann, Bob and Cid entered the waiting_room.\n7 Cid publicly claimed that fig is in the tin.\n"
    )
    row = item(asked, 3, story=story, answer="jar", choices="A. jar, B. tin")
    (found,) = hitom(row)(tmp_path).to_json()["disagreements"]
    assert (found["derived"], found["reason"]) == ("tin", "generator-fault: telling-updates-two-orders")


def test_what_no_text_settles(tmp_path: Path) -> None:
    asked = "From {}'s perspective, does {} think that the hat is in its initial location by the end of the story?"
    rows = [
        {"question": asked.format("Mia", "Ned"), "answer": "Yes"},
        {"question": asked.format("Ned", "Mia"), "answer": "Yes"},
    ]
    (tmp_path / "meta_data.json").write_text(json.dumps({"s": meta(OPENING + SEEN, True)}))
    (tmp_path / "location_cg_so.json").write_text(json.dumps({"s": rows}))
    found = [d.reason for d in audit("opentom", tmp_path).disagreements]
    assert found == [Reason.NOT_DERIVABLE, Reason.STALE]
    (tmp_path / "meta_data.json").write_text(json.dumps({"s": meta(OPENING + MISSED, False)}))
    rows[1]["answer"] = "No"
    (tmp_path / "location_cg_so.json").write_text(json.dumps({"s": rows}))
    (only,) = audit("opentom", tmp_path).disagreements
    assert (only.reason, only.detail) == (Reason.IMPOSSIBLE, "Ned never came across it")


def test_many_questions_about_one_story_cost_no_more_than_their_number(tmp_path: Path) -> None:
    """Each is held against all others of its matter, and none is compared with each of them."""
    story = "1 Ann and Bob entered the hall.\n2 The fig is in the jar.\n3 Bob exited the hall.\n4 Ann moved the fig to the tin.\n"
    asked = "".join(f"{n} Where does Ann think that Bob searches for the fig?\ttin\t1\n" for n in range(5, 4005))
    (tmp_path / "a.txt").write_text(story + asked)
    found = audit("tomi", tmp_path)
    assert (found.items, len(found.disagreements)) == (4000, 4000)
    assert {(d.derived, d.reason) for d in found.disagreements} == {("jar", None)}


# ---------------------------------------------------------------------------------------------------------- the command
def test_the_document_has_exactly_these_keys(tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text(json.dumps([plain(CID_OF_ANN, "cup"), plain(CID_OF_ANN, "jar"), {"odd": 1}]))
    done = stage("audit", "hitom", tmp_path, "--json")
    document = json.loads(done.out)
    assert done.code == 0
    assert list(document) == ["format", "items", "parsed", "agreement", "disagreements"]
    assert (document["format"], document["items"], document["parsed"]) == ("hitom", 3, 2)
    assert document["agreement"] == {"CoTP/order_2": {"n": 2, "agree": 1}}
    (row,) = document["disagreements"]
    assert list(row) == ["id", "question", "label", "derived", "reason", "explanation"]
    assert "not understood: 3: the item has no 'story'" in done.err


def test_a_difference_without_a_reason_is_told_by_the_exit_code(tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text(json.dumps([plain(CID_OF_ANN, "tin")]))
    done = stage("audit", "hitom", tmp_path)
    assert done.code == 1
    assert "label tin, derived jar: no reason found" in done.out
    done = stage("audit", "hitom", tmp_path, "--json")
    assert (done.code, json.loads(done.out)["disagreements"][0]["reason"]) == (1, None)


def test_the_figures_come_last_and_no_more_is_listed_than_fits_a_look(tmp_path: Path) -> None:
    stories = [plain(CID_OF_ANN, "moon")] * 31 + [{"odd": 1}] * 30
    (tmp_path / "key.json").write_text(json.dumps(stories))
    done = stage("audit", "hitom", tmp_path)
    lines = done.out.splitlines()
    assert sum(line.startswith("  label ") for line in lines) == 20
    last = lines[lines.index("11 more disagreements; --all shows them.") + 1 :]
    assert last[:3] == ["", "hitom: 61 items, 31 parsed", "  CoTP/order_2  0 of 31"]
    assert last[3].startswith("  31 x impossible-label")
    assert (done.err.count("not understood"), "10 more like this" in done.err) == (20, True)
    every = stage("audit", "hitom", tmp_path, "--all")
    assert sum(line.startswith("  label ") for line in every.out.splitlines()) == 31
    assert every.err.count("not understood") == 30
    assert len(stage("audit", "hitom", tmp_path, "--json").document["disagreements"]) == 31


def test_what_has_no_reason_is_listed_first() -> None:
    found = [Disagreement(f"{i}", "Where?", "a", "b", None if i == 8 else Reason.STALE, "", "so") for i in range(9)]
    text = Audit("hitom", 9, 9, {"t": Tally(9, 0)}, tuple(found), ()).to_text(2)
    assert [line for line in text.splitlines() if line.endswith("Where?")] == ["8: Where?", "0: Where?"]
    assert "7 more disagreements" in text


@pytest.mark.parametrize(
    ("form", "compat", "message"),
    [
        ("babi", None, "there is no format 'babi'"),
        ("hitom", "vp", "telling-updates-two-orders"),
        ("opentom", ALL_FAULTS, "there are: none"),
        ("hitom", None, "there are no items"),
    ],
)
def test_what_cannot_be_audited(tmp_path: Path, form: str, compat: str | None, message: str) -> None:
    (tmp_path / "key.json").write_text("[]")
    with pytest.raises(UsageError, match=message):
        audit(form, tmp_path, compat)


def test_every_format_is_named_in_the_help_and_on_the_page() -> None:
    page = (Path(__file__).resolve().parent.parent / "docs" / "audit.md").read_text(encoding="utf-8")
    told = stage("audit", "--help").out
    assert all(form in told and f"| `{form}` |" in page for form in IMPORTERS)


def test_every_fault_is_described() -> None:
    page = (Path(__file__).resolve().parent.parent / "docs" / "audit.md").read_text(encoding="utf-8")
    for generator in GENERATORS.values():
        assert all(f"`{fault.name}`" in page for fault in generator.faults)
    assert all(f"`{reason}`" in page for reason in Reason)
