"""Beginning, checking, laying out and watching a scene, as its author meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stage.authoring.advice import advice
from stage.authoring.expectations import contradictions
from stage.authoring.formatting import formatted
from stage.course import unfold
from stage.errors import Complaint, SceneError, Severity
from stage.report.annotations import as_github
from stage.report.complaints import as_text
from stage.resources import scenarios_folder
from stage.scenes.yaml_reader import complaints, load, loads
from stage.templates import TEMPLATES, begun
from stage.world.events import Grade
from stage.world.facts import Fluent

ROOT = Path(__file__).resolve().parent.parent
SCENES = sorted(scenarios_folder().glob("*.yaml"))

BROKEN = """\
cast: {sally: {at: kitchen}, anne: {at: kitchn}, bob: }
places: [kitchen, garden]
beats:
  - {leave: sall, to: garden}
"""


def stage(*arguments: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "cli.py"), *map(str, arguments)]
    return subprocess.run(command, cwd=folder or ROOT, capture_output=True, text=True, check=False)


# ------------------------------------------------------------------------------------------------------------ checking
def test_checking_loads_nothing_that_performs_or_draws() -> None:
    program = """if True:
        import atexit, sys
        from stage.__main__ import main
        heavy = {'llama_cpp', 'numpy', 'scipy', 'networkx', 'jinja2', 'rich'}
        atexit.register(lambda: print(sorted(heavy & {*sys.modules}), 'stage.course' in sys.modules))
        sys.argv = ['stage', 'lint', 'sally_anne']
        main()
    """
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[] True\n"


def test_a_complaint_shows_the_line_and_marks_the_place(tmp_path: Path) -> None:
    file = tmp_path / "scene.yaml"
    file.write_text(BROKEN)
    done = stage("lint", file)
    assert done.returncode == 3
    first, source, mark = done.stdout.splitlines()[:3]
    assert first == f"{file}:1:41: error[unknown-name]: no place is called 'kitchn'; did you mean 'kitchen'?"
    assert source == f"    1 | {BROKEN.splitlines()[0]}"
    assert mark == " " * 6 + "| " + " " * 40 + "^" * len("kitchn")
    assert done.stderr.strip() == "1 scene, 2 errors"


def test_a_derivation_stands_step_by_step_below_its_complaint() -> None:
    complaint = Complaint("f", 1, 1, "expect-differs", "not so", because=("sally was there", "so it was seen"))
    shown = as_text(complaint, ["sally"]).plain
    assert shown.splitlines()[0] == "f:1:1: error[expect-differs]: not so"
    assert shown.splitlines()[3:] == ["  - sally was there", "  - so it was seen"]
    assert str(complaint) == "f:1:1: not so: sally was there; so it was seen [expect-differs]"


def test_a_shipped_scene_misspelt_is_told_without_a_line() -> None:
    done = stage("run", "sally_ane")
    assert done.returncode == 3
    assert done.stderr.strip() == (
        "sally_ane: there is no such file; check the path, or did you mean the shipped scene 'sally_anne'? [no-such-file]"
    )


def test_annotations_of_a_workflow(tmp_path: Path) -> None:
    file = tmp_path / "scene.yaml"
    file.write_text(BROKEN)
    assert stage("lint", "--format", "github", file).stdout.splitlines()[0] == (
        f"::error file={file},line=1,col=41,title=unknown-name::no place is called 'kitchn'; did you mean 'kitchen'?"
    )


def test_what_a_workflow_would_take_for_a_command_is_escaped() -> None:
    complaint = Complaint("a,b:c.yaml", 1, 2, "x", "50 %\n::error::", Severity.NOTE)
    assert as_github(complaint) == "::notice file=a%2Cb%3Ac.yaml,line=1,col=2,title=x::50 %25 ::error::"


@pytest.mark.parametrize("form", [("--json",), ("--format", "json")])
def test_complaints_as_a_document(tmp_path: Path, form: tuple[str, ...]) -> None:
    file = tmp_path / "scene.yaml"
    file.write_text(BROKEN)
    found = json.loads(stage("lint", *form, file).stdout)
    assert [(c["line"], c["column"], c["rule"], c["severity"]) for c in found["complaints"]] == [
        (1, 41, "unknown-name", "error"),
        (4, 13, "unknown-name", "error"),
    ]


def test_warnings_are_no_errors_unless_wanted(tmp_path: Path) -> None:
    file = tmp_path / "scene.yaml"
    file.write_text("cast: {sally: {at: hall}, bob: }\nplaces: [hall]\nbeats:\n  - {look: around, by: sally}\n")
    assert stage("lint", file).returncode == 0
    assert "warning[unused-character]" in stage("lint", file).stdout
    assert stage("lint", "--strict", file).returncode == 3


def test_notes_are_shown_when_asked_for() -> None:
    done = stage("lint", "sally_anne_stays")
    assert (done.returncode, done.stdout) == (0, "")
    assert "shown with --notes" in done.stderr
    assert "note[minds-agree]" in stage("lint", "--notes", "sally_anne_stays").stdout


@pytest.mark.parametrize("file", SCENES, ids=lambda file: file.stem)
def test_shipped_scenes_have_nothing_to_complain_of(file: Path) -> None:
    found = complaints(file, contradictions, advice)
    assert [c for c in found if c.severity is not Severity.NOTE] == []


@given(st.text(max_size=200), st.integers(0, 3), st.integers(0, 300))
def test_any_line_can_be_shown(line: str, number: int, column: int) -> None:
    shown = as_text(Complaint("f", number, column or 1, "r", "m"), [line]).plain
    assert not set(shown) & set(map(chr, {*range(32), 127, *range(128, 160)} - {10}))
    assert all(len(part) <= 80 for part in shown.split("\n"))


ADVISED = {
    "who does nothing": ("cast: {a: {at: hall}, b: }\nplaces: [hall]\nbeats: [{look: around, by: a}]\n", {"unused-character"}),
    "who is asked about": (
        "cast: {a: {at: hall}, b: }\nplaces: [hall]\nfacts: {lamp is: [on, off]}\nbeats: [{set: lamp is off, by: a}]\n"
        "probes: [{ask: 'b: lamp is'}]\n",
        set(),
    ),
    "who notices": ("cast: {a: {at: hall}, b: {at: hall}}\nplaces: [hall]\nbeats: [{look: around, by: a}]\n", set()),
    "who may yet come": ("cast: {a: {at: hall}, b: }\nplaces: [hall, attic]\nbeats: [{act: a}]\n", set()),
    "where nobody comes": ("cast: {a: {at: hall}}\nplaces: [hall, attic]\nbeats: [{look: around, by: a}]\n", {"unreachable-place"}),
    "where somebody looks": ("cast: {a: {at: hall}}\nplaces: [hall, attic]\nbeats: [{peek: attic, by: a}]\n", set()),
    "where something could be": (
        "cast: {a: {at: hall}}\nplaces: [hall, attic]\nfacts: {ball at: [hall, attic]}\nthings: {ball: {at: hall}}\n"
        "beats: [{look: around, by: a}]\n",
        set(),
    ),
    "what nobody notices": (
        "cast: {a: {at: hall}}\nplaces: [hall, attic]\nthings: {bed: {at: attic}}\nfacts: {lamp is: [on, off]}\n"
        "beats: [{set: lamp is off, at: attic}, {look: around, by: a}]\n",
        {"unnoticed-event"},
    ),
    "what has an article in prose and none as a fact": (
        "premise: They sell the old house.\ncast: {a: {at: hall}}\nplaces: [hall]\nfacts: {house is: [sold, kept]}\nbeats: [{set: house is kept, by: a}]\n",
        {"reads-oddly"},
    ),
    "what has none in prose either": (
        "premise: They wait for dinner.\ncast: {a: {at: hall}}\nplaces: [hall]\nfacts: {dinner is: [ready, late]}\nbeats: [{set: dinner is late, by: a}]\n",
        set(),
    ),
    "what is expected of an open moment": (
        "cast: {a: {at: hall}}\nplaces: [hall, attic]\nbeats: [{leave: a, to: attic}, {speak: a}]\n"
        "probes: [{ask: 'a: a at', expect: attic, after: [1, 2]}]\n",
        {"expect-open"},
    ),
    "what is expected before it": (
        "cast: {a: {at: hall}}\nplaces: [hall, attic]\nbeats: [{leave: a, to: attic}, {speak: a}]\n"
        "probes: [{ask: 'a: a at', expect: attic, after: 1}]\n",
        set(),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "rules"), ADVISED.values(), ids=ADVISED.keys())
def test_advice(text: str, rules: set[str]) -> None:
    assert {flaw.rule for flaw in advice(loads(text)) if flaw.severity is Severity.WARNING} == rules


def test_what_a_fact_is_about_is_told_with_its_article() -> None:
    text = (
        "cast: {{a: {{at: hall}}, b: {{at: hall}}, c: {{at: hall}}}}\nplaces: [hall]\nfacts: {{house is: {{values: [sold, kept]{title}}}}}\n"
        "beats: [{{whisper: house is sold, by: a, to: b}}, {{set: house is kept, by: a}}]\n"
    )
    told = {}
    for title in ("", ", title: the house"):
        course = unfold(loads(text.format(title=title)))
        whispered, done = (e for e in course.minds.events if e.beat)
        told[title] = [
            course.wording.event(whispered.as_noticed(frozenset({"c"}), Grade.PARTLY)),
            course.wording.event(done),
            course.wording.question(Fluent("house", "is")),
        ]
    assert told[", title: the house"] == [
        "A whispers something to B about the house.",
        "A sees to it that the house is kept.",
        "How does this go on: 'The house is ...'?",
    ]
    assert told[""][0] == "A whispers something to B about house."


# ------------------------------------------------------------------------------------------------------------ beginning
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_is_a_sound_scene_that_says_what_it_does(tmp_path: Path, template: str) -> None:
    done = stage("new", tmp_path / "mine", "--template", template)
    assert done.returncode == 0, done.stderr
    file = tmp_path / "mine.yaml"
    assert file.read_text().startswith("# yaml-language-server: $schema=")
    assert file.read_text().count("#") >= 5
    assert max(len(line) for line in file.read_text().splitlines()[1:]) <= 80
    assert [c for c in complaints(file, contradictions, advice) if c.severity is not Severity.NOTE] == []
    assert formatted(file.read_text(), "it") == file.read_text()


def test_the_schema_that_editors_are_pointed_to_is_there(tmp_path: Path) -> None:
    for target in (tmp_path / "a.yaml", ROOT / "scenarios" / "b.yaml"):
        schema = begun("lie", target).splitlines()[0].partition("$schema=")[2]
        assert (target.parent / schema).resolve().is_file()
    assert begun("lie", ROOT / "scenarios" / "b.yaml").splitlines()[0].endswith("=../stage/scenario.schema.json")


def test_a_scene_that_is_not_there_is_sought_beside_its_name(tmp_path: Path) -> None:
    assert stage("new", tmp_path / "mine").returncode == 0
    for meant in ("mine", "mine.yml", "mien.yaml"):
        assert f"did you mean '{tmp_path / 'mine.yaml'}'?" in stage("run", tmp_path / meant).stderr
    assert "or name a shipped scene" in stage("run", tmp_path / "quite_another").stderr
    assert "there is no folder" in stage("new", tmp_path / "none" / "mine").stderr


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("mine")
    done = stage("new", tmp_path / "mine.yaml")
    assert (done.returncode, (tmp_path / "mine.yaml").read_text()) == (2, "mine")
    assert "is there already" in done.stderr
    unknown = stage("new", tmp_path / "other", "--template", "opera")
    assert unknown.returncode == 2
    assert "false-belief, secret, lie" in unknown.stderr


# ----------------------------------------------------------------------------------------------------------- laying out
@pytest.mark.parametrize("file", SCENES, ids=lambda file: file.stem)
def test_shipped_scenes_are_laid_out(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert formatted(text, file.name) == text


def test_layout_changes_and_comments_stay() -> None:
    text = "cast:   # who\n    sally:   {at: hall}\n\n\n\nplaces:\n- hall   # where\n# the end"
    made = formatted(text, "it")
    assert made == "cast:   # who\n  sally: {at: hall}\n\nplaces:\n  - hall # where\n# the end\n"
    assert formatted(made, "it") == made


@pytest.mark.parametrize(
    "text", ["2001-13-45", "9" * 5000, "1e400", "1_000", "0o17", "2001-12-14t21:59:43.10-05:00", "yes", "~"]
)
def test_what_looks_like_a_date_or_a_number_is_text_and_stays(text: str) -> None:
    laid_out = f'premise: {text}\ntitle: "{text}"\n'
    assert formatted(laid_out, "scene") == (laid_out if text != "~" else 'premise:\ntitle: "~"\n')


def test_what_is_no_yaml_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "scene.yaml"
    file.write_text("cast: {\n")
    assert stage("fmt", file).returncode != 0
    assert file.read_text() == "cast: {\n"
    with pytest.raises(SceneError, match="it:2:1: something is missing here"):
        formatted("cast: {\n", "it")


@pytest.mark.parametrize("text", ["a: &x [1]\nb: *x\n", "a: !!int 3\n", "a: 1\n---\nb: 2\n", "[" * 5000])
def test_what_no_scene_may_hold_is_not_laid_out(text: str) -> None:
    with pytest.raises(SceneError):
        formatted(text, "it")


def test_checking_the_layout_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "scene.yaml"
    file.write_text("cast: {sally:   {at: hall}}\nplaces: [hall]\n")
    before = file.read_text()
    assert stage("fmt", "--check", file).returncode == 1
    assert file.read_text() == before
    scene = load(file)
    assert stage("fmt", file).returncode == 0
    assert file.read_text() != before
    assert load(file) == scene
    assert stage("fmt", "--check", file).returncode == 0


# ------------------------------------------------------------------------------------------------ explaining, watching
def test_explaining() -> None:
    listed = stage("explain").stdout
    assert "unknown-name" in listed
    assert "This gives it:" in stage("explain", "unknown-name").stdout
    wrong = stage("explain", "unknown-nam")
    assert (wrong.returncode, "did you mean 'unknown-name'?" in wrong.stderr) == (2, True)


def test_watching_performs_what_is_sound_and_complains_of_what_is_not(tmp_path: Path) -> None:
    file = tmp_path / "scene.yaml"
    file.write_text(begun("false-belief", file))
    command = [sys.executable, str(ROOT / "cli.py"), "watch", str(file), "--times", "2", "--every", "0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        shown = next(line for line in watching.stdout if line.startswith("Separation"))
        assert shown.startswith("Separation 1.00")
        file.write_text(BROKEN)
        out, _ = watching.communicate(timeout=60)
    assert "error[unknown-name]" in out
    assert watching.returncode == 0
