"""Benchmarks put to models: what is put and how, what the figures are, and that a bench can be gone on with."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from published import published
from test_cli import Done, stage

from stage.audits.audit import audit
from stage.bench.answers import Item, Key
from stage.bench.items import Unit, sample, select
from stage.bench.putting import Mouth, Sitting, Way, is_english
from stage.bench.record import MANIFEST, RECORD, Bench, read_bench
from stage.bench.running import BESIDE_PROSE, BESIDE_STORIES, Plan, in_folder, resume_bench, run_bench
from stage.bench.scores import score_items
from stage.bench.telling import StoryCourse, probe_of, sentence
from stage.controls import control_stage
from stage.errors import ModelError, RunError, UsageError
from stage.importers import tomi
from stage.importers.story import Asked, Passage
from stage.inference.requests import Chat, ModelCard, Reply, Request, Score, Scored, Usage
from stage.performing.settings import Settings
from stage.performing.transcript import Variant
from stage.questions.answer_key import AnswerKey
from stage.roles.prompts import Prompter, as_text
from stage.roles.views import Context

ROOT = Path(__file__).resolve().parent.parent
DOC = (ROOT / "docs" / "bench.md").read_text(encoding="utf-8")
STORY = """\
1 Bob likes the pie
2 Ann entered the hall.
3 Cid entered the hall.
4 The pear is in the red_box.
5 Cid exited the hall.
6 Ann moved the pear to the blue_jar.
7 Where was the pear at the beginning?\tred_box\t1
8 Where is the pear really?\tblue_jar\t1
9 Where will Cid look for the pear?\tred_box\t1
10 Where will Ann look for the pear?\tblue_jar\t1
11 Where does Ann think that Cid searches for the pear?\t{label}\t1
"""
"""In ToMi's format. What Ann thinks that Cid believes is the red box; with another label, that label is wrong."""
QUESTIONS = 5
ROW = (
    "Ida is a baker. Ida wants to bake rye bread. Ida fills the jar with rye. Ida believes the jar holds rye. "
    "A boy swaps the rye for oats.;Ida sees the boy.;Ida does not see the boy.;Ida fetches rye.;Ida bakes from the jar."
    ";Does Ida believe the jar holds rye or oats?;Does Ida want to bake with rye or oats?;What will Ida do?"
    ";Ida believes the jar holds oats.;Ida wants rye.;Ida will fetch rye.;Ida believes the jar holds rye."
    ";Ida wants rye.;Ida will bake from the jar.;A cat jumps on a shelf.;A cat jumps on a shelf."
    ";Ida sees the cat.;Ida does not see the cat.;0\n"
)
"""In BigToM's format."""


@pytest.fixture
def stories(tmp_path: Path) -> Path:
    """Four stories, the label of the last question wrong in one of them."""
    folder = tmp_path / "tomi"
    folder.mkdir()
    labels = ("red_box", "red_box", "blue_jar", "red_box")
    made = (STORY.format(label=label).replace("pear", f"pear{i}") for i, label in enumerate(labels))
    (folder / "small.txt").write_text("".join(made))
    return folder


@pytest.fixture
def prose(tmp_path: Path) -> Path:
    folder = tmp_path / "bigtom"
    folder.mkdir()
    (folder / "bigtom.csv").write_text(ROW + ROW.replace("Ida", "Una"))
    return folder


class Follower:
    """Is told of progress, and breaks off after so many steps."""

    def __init__(self, steps: int = 10**6) -> None:
        self.steps = steps
        self.told: list[tuple[int, int]] = []

    def progressed(self, done: int, of: int) -> None:
        self.told.append((done, of))
        if len(self.told) > self.steps:
            raise KeyboardInterrupt


def put(form: str, path: Path, model: str, out: Path, **more: object) -> Bench:
    plan = Plan(form, path, None, Settings())
    return run_bench(replace(plan, **more), model, in_folder(out, out, form), lambda _: None, Follower())  # type: ignore[arg-type]


def asked(unit: Unit, form: str, control: str, settings: Settings, read_out: bool = False) -> list[Item]:
    key: AnswerKey = {}
    return Sitting(unit, Way(form, settings, read_out)).put(Mouth(control_stage(control, key, 0), key), settings)


# ------------------------------------------------------------------------------------------------------------ as plays
def test_a_story_is_told_as_its_benchmark_has_it(stories: Path) -> None:
    story = tomi.read(stories).stories[0]
    course = StoryCourse(story)
    prompter = Prompter(course, Context())
    memory, reality, cid, *_ = story.questions
    end = course.moments[-1]
    assert prompter.told("Ann", end) == [
        "Ann comes into the hall. The pear0 is in the red box.",
        "Cid comes into the hall. Ann is in the hall. The pear0 is in the red box.",
        "The pear0 is in the red box.",
        "Cid leaves the hall.",
        "Ann moved the pear0 to the blue jar.",
    ]
    assert prompter.told("Cid", end)[-1] == "Cid exited the hall."
    key: AnswerKey = {}
    model = Remembering(control_stage("oracle", key, 0))
    Sitting(Unit("0", story), Way("tomi", Settings())).put(Mouth(model, key), Settings())
    text = next(as_text(r.prompt) for r in model.asked if "at the beginning" in as_text(r.prompt))
    assert "Question: Where was the pear0 at the beginning?\nAnswer with one of: the red box or the blue jar." in text
    assert text.endswith("At the beginning the pear0 was in")
    values = [
        course.world(p.viewpoint, end).value(p.fluent) for q in (memory, reality, cid) for p in [probe_of(story, q)]
    ]
    assert values == ["red_box", "blue_jar", "red_box"]


@pytest.mark.parametrize("name", ["tomi", "hitom", "opentom", "inspect"])
def test_prompts_name_things_as_prose_does_and_the_right_one_among_them(name: str) -> None:
    """Exchanged in mirrors are words: a thing that is spelt in two ways would be exchanged by halves."""
    for unit in select(name, published(name), 40, 3).units:
        key: AnswerKey = {}
        model = Remembering(control_stage("guess", key, 0))
        Sitting(unit, Way(name, Settings())).put(Mouth(model, key), Settings())
        for request in model.asked:
            text = as_text(request.prompt)
            assert "_" not in text
            assert "the the" not in text
            assert all(option.strip() in text for option in request.options)
            known = key[request.label]
            assert not known.minds or known.expected in known.told


class Remembering:
    """A model that keeps what it was asked."""

    def __init__(self, model: object) -> None:
        self.model = model
        self.asked: list[Score] = []

    card, usage = ModelCard("remembering"), Usage()

    def answer(self, requests: Sequence[Request]) -> list[Reply]:
        self.asked += [r for r in requests if isinstance(r, Score)]
        answered: list[Reply] = self.model.answer(requests)  # type: ignore[attr-defined]
        return answered


def test_isolated_cid_is_not_told_of_the_move(stories: Path) -> None:
    (unit, *_) = select("tomi", stories, None, 0).units
    for context, told in (("isolated", False), ("shared", True)):
        key: AnswerKey = {}
        model = Remembering(control_stage("oracle", key, 0))
        settings = Settings(context=Context.parse(context))
        Sitting(unit, Way("tomi", settings)).put(Mouth(model, key), settings)
        to_cid = [as_text(r.prompt) for r in model.asked if r.label.startswith("Cid: ")]
        assert to_cid
        assert any("moved the pear" in text for text in to_cid) is told


@pytest.mark.parametrize(
    ("text", "told"), [("the box is in", "The box is in."), ("He sat.", "He sat."), ("Why?", "Why?")]
)
def test_sentences_begin_and_end_as_such(text: str, told: str) -> None:
    assert sentence(text) == told


# ------------------------------------------------------------------------------------------------------------ read out
class Liking:
    """A model that answers by what it is shown: whether there is a story, and where each option stands."""

    card, usage = ModelCard("liking", noise=0.2), Usage()

    def __init__(self, of: Callable[[bool, int, str], float]) -> None:
        self.of = of

    def answer(self, requests: Sequence[Request]) -> list[Reply]:
        replies: list[Reply] = []
        for request in requests:
            assert isinstance(request, Score)
            assert isinstance(request.prompt, Chat)
            shown = request.prompt.messages[-1].content
            listed = re.findall(r"^- (.*)$", shown, re.MULTILINE)
            assert [f" {option}" for option in listed] == list(request.options)
            logprobs = tuple(self.of("A tale." in shown, place, option) for place, option in enumerate(listed))
            replies.append(Scored(logprobs, (1,) * len(listed)))
        return replies


def read_out(options: Sequence[str], of: Callable[[bool, int, str], float], mirrors: bool = True) -> Item:
    passage = Passage("p", "A tale.", (Asked("q", "kind", "Which?", tuple(options), options[-1]),))
    settings = Settings(mirrors=mirrors)
    (found,) = Sitting(Unit("0:p", passage), Way("own", settings)).put(Mouth(Liking(of), {}), settings)
    return found


@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_liking_for_a_place_or_a_word_cancels_and_what_the_story_says_does_not(count: int) -> None:
    options = [f"answer {i}" for i in range(count)]
    placed = read_out(options, lambda told, place, option: -float(place))
    assert placed.answer(0.0) is None
    assert placed.probabilities == pytest.approx(dict.fromkeys(options, 1 / count))
    for liked in options:
        worded = read_out(options, lambda told, place, option, liked=liked: float(option == liked))  # type: ignore[misc]
        assert worded.answer(0.0) is None
        by_story = read_out(
            options,
            lambda told, place, option, liked=liked: float(told and option == liked) - place - len(option),  # type: ignore[misc]
        )
        assert by_story.leading == (liked, pytest.approx(1.0))
        assert by_story.answer(0.2) == liked


def test_without_mirrors_a_liking_for_a_word_stays() -> None:
    worded = read_out("abc", lambda told, place, option: float(option == "b"), mirrors=False)
    assert (worded.answer(0.0), worded.untold) == ("b", ())


def test_what_is_taken_off_adds_its_noise() -> None:
    told = Variant(0, 0, (0.0, -1.0), (1, 1))
    level = Variant(0, 0, (0.0, 0.0), (1, 1))
    one = replace(item("ab"), variants=(told,))
    assert (one.answer(0.9), one.answer(1.1)) == ("a", None)
    both = replace(one, untold=(level,))
    assert (both.answer(0.7), both.answer(0.72)) == ("a", None)


def test_what_is_not_english_is_read_out() -> None:
    assert is_english("Zoë put the pear there.")
    assert not is_english("小刚把卷心菜移动到了背包")


def test_a_story_read_out_is_asked_in_its_own_words(stories: Path) -> None:
    (unit, *_) = select("tomi", stories, None, 0).units
    key: AnswerKey = {}
    model = Remembering(control_stage("oracle", key, 0))
    items = Sitting(unit, Way("tomi", Settings(), read_out=True)).put(Mouth(model, key), Settings())
    assert [item.answer(0.0) for item in items] == ["red_box", "blue_jar", "red_box", "blue_jar", "red_box"]
    first = as_text(model.asked[0].prompt)
    assert "Bob likes the pie\n" in first
    assert "at the beginning?\nAnswer with one of:\n- red_box\n- blue_jar" in first


# ------------------------------------------------------------------------------------------------------------- choosing
def unit(name: int, kinds: Sequence[str]) -> Unit:
    questions = tuple(Asked(f"{name}/{i}", kind, "?", ("a", "b"), "a") for i, kind in enumerate(kinds))
    return Unit(str(name), Passage(str(name), "text", questions))


@given(
    st.lists(st.lists(st.sampled_from("xyz"), min_size=1, max_size=4), min_size=1, max_size=30),
    st.integers(1, 80),
    st.integers(0, 5),
)
def test_a_sample_is_as_large_as_asked_and_has_something_of_every_sort(
    kinds: list[list[str]], limit: int, seed: int
) -> None:
    units = [unit(i, k) for i, k in enumerate(kinds)]
    chosen = sample(units, limit, seed)
    assert sum(len(u.questions) for u in chosen) == min(limit, sum(map(len, kinds)))
    assert [int(u.id) for u in chosen] == sorted({int(u.id) for u in chosen})
    assert all(u.whole == (len(u.questions) == len(kinds[int(u.id)])) for u in chosen)
    assert sum(not u.whole for u in chosen) <= 1
    assert chosen == sample(units, limit, seed)
    sorts = {u.kinds for u in units}
    if limit >= 4 * len(sorts):
        assert {units[int(u.id)].kinds for u in chosen} == sorts


def test_another_seed_draws_others() -> None:
    units = [unit(i, "xy") for i in range(50)]
    assert sample(units, 20, 0) != sample(units, 20, 1)


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no format 'tomy'"):
        select("tomy", tmp_path, None, 0)
    (tmp_path / "empty.txt").write_text("")
    with pytest.raises(UsageError):
        select("tomi", tmp_path / "empty.txt", None, 0)


# ------------------------------------------------------------------------------------------------------------- figures
def item(says: Sequence[str], *logprobs: Sequence[float], label: str = "a", **more: object) -> Item:
    variants = tuple(Variant(0, i, tuple(row), (1,) * len(row)) for i, row in enumerate(logprobs))
    return replace(Item("q", "kind", "?", tuple(says), Key(label, label), variants=variants), **more)  # type: ignore[arg-type]


def test_answers_that_amount_to_the_same_go_together() -> None:
    no_or_yes = item(["No", "Yes", "No"], [-1.0, -0.9, -3.0])
    assert no_or_yes.offered == ("No", "Yes")
    assert no_or_yes.leading == ("Yes", pytest.approx(0.1))
    assert no_or_yes.chance("No") == pytest.approx(2 / 3)
    assert sum(no_or_yes.probabilities.values()) == pytest.approx(1.0)
    assert no_or_yes.answer(0.0) == "Yes"
    assert no_or_yes.answer(0.2) is None


def test_noise_falls_with_the_number_of_variants() -> None:
    rows = [[-1.0, -1.1]] * 4
    assert item("ab", *rows).answer(0.19) == "a"
    assert item("ab", *rows[:1]).answer(0.19) is None
    assert item("ab", [float("nan"), -1.0]).answer(0.0) is None
    assert item("ab", [float("nan"), -1.0]).probabilities == {}


def answered(answer: str, label: str, derived: str, **more: object) -> Item:
    row = [0.0 if option == answer else -5.0 for option in "ab"]
    key = Key(label, label, True, derived, "" if label == derived else "stale-label")
    return replace(item("ab", row), key=key, **more)  # type: ignore[arg-type]


def test_the_figures_of_a_small_bench() -> None:
    """Worked out by hand. Story 1: both right by label, one by what follows. Story 2: one of two right. Story 3 has one
    question, story 4 was not put as a whole."""
    items = [
        answered("a", "a", "a", story="1", order=0, kind="x"),
        answered("b", "b", "a", story="1", order=1, kind="y", false_belief=True, state="belief"),
        answered("a", "a", "a", story="2", order=1, kind="y", false_belief=False, state="belief"),
        answered("a", "b", "b", story="2", order=2, kind="z", false_belief=True, state="belief"),
        answered("a", "b", "a", story="3", order=2, kind="z", false_belief=False, state="belief"),
        replace(item("ab", [-1.0, -1.0]), story="4", kind="w"),
        replace(item("ab", [float("nan"), 0.0]), story="4", kind="w"),
        replace(item("ab", [0.0, -1.0], label="c"), story="4", kind="w"),
    ]
    scores = score_items(items, 0.0, frozenset({"1", "2", "3"}))
    by = {name: (row.n, row.label.value, row.label.n, row.derived.value) for name, row in scores.types.items()}
    assert by == {"w": (3, None, 0, None), "x": (1, 1.0, 1, 1.0), "y": (2, 1.0, 2, 0.5), "z": (2, 0.0, 2, 0.5)}
    assert (scores.everything.label.value, scores.everything.derived.value) == (3 / 5, 3 / 5)
    assert {o: row.n for o, row in scores.orders.items()} == {0: 1, 1: 2, 2: 2}
    assert {b: row.label.value for b, row in scores.beliefs.items()} == {"false": 0.5, "true": 0.5}
    assert list(scores.states) == ["belief"]
    assert (scores.joint.label.value, scores.joint.derived.value, scores.joint.label.n) == (0.5, 0.0, 2)
    disputed = scores.disputed
    assert (disputed.n, disputed.as_label.value, disputed.as_derived.value) == (2, 0.5, 0.5)
    assert disputed.reasons == {"stale-label": 2}
    assert (scores.sound.n, scores.sound.label.value) == (3, 2 / 3)
    assert (scores.undecided, scores.unreadable, scores.not_offered) == (1, 1, {"label": 1, "derived": 0})


# ------------------------------------------------------------------------------------------------------ published data
PUBLISHED = {"tomi": 300, "hitom": 150, "opentom": 300, "tombench": 200, "inspect": 100, "bigtom": 300}


@pytest.mark.parametrize(("form", "limit"), PUBLISHED.items())
def test_the_oracle_is_right_by_what_follows_and_by_label_where_the_audit_agrees(form: str, limit: int) -> None:
    path = published(form)
    disagreeing = {d.id for d in audit(form, path).disagreements if d.derived is not None}
    items = [i for u in select(form, path, limit, 0).units for i in asked(u, form, "oracle", Settings(mirrors=False))]
    assert len(items) == limit
    for found in items:
        right = found.key.derived if found.key.derivable else found.key.means
        if right in found.says:
            assert found.answer(0.0) == right
            assert found.key.disputed == (found.key.derivable and found.id in disagreeing), found
    assert sum(found.key.derived in found.says for found in items) >= (0 if form == "bigtom" else limit / 4)


def test_half_of_bigtom_is_about_true_beliefs_and_every_condition_is_drawn() -> None:
    kinds = Counter(q.kind for u in select("bigtom", published("bigtom"), 240, 0).units for q in u.questions)
    assert len(kinds) == 24
    assert max(kinds.values()) - min(kinds.values()) <= 4


# -------------------------------------------------------------------------------------------------------------- records
def test_a_bench_that_was_broken_off_ends_as_one_that_was_not(stories: Path, tmp_path: Path) -> None:
    whole = put("tomi", stories, "control:guess", tmp_path / "whole")
    plan = Plan("tomi", stories, None, Settings())
    for steps in (1, 2, 3):
        out = tmp_path / f"cut{steps}"
        with pytest.raises(KeyboardInterrupt):
            run_bench(plan, "control:guess", in_folder(out, out, "tomi"), lambda _: None, Follower(steps))
        assert not read_bench(out).finished
        with (out / RECORD).open("ab") as record:
            record.write(b'{"unit": "torn')
        assert read_bench(out).torn
        follower = Follower()
        done = resume_bench(out, lambda _: None, follower)
        assert (done.items, done.finished, done.torn) == (whole.items, True, False)
        assert done.manifest.finished is not None
        assert follower.told[0] == (steps * QUESTIONS, 4 * QUESTIONS)
    assert resume_bench(tmp_path / "whole", lambda _: None, Follower()).items == whole.items


def test_nothing_else_is_gone_on_with(stories: Path, tmp_path: Path) -> None:
    put("tomi", stories, "control:guess", tmp_path / "it")
    manifest = tmp_path / "it" / MANIFEST
    kept = manifest.read_text()
    manifest.write_text(kept.replace('"control:guess",\n    "path"', '"control:other",\n    "path"'))
    with pytest.raises(RunError, match="is not the model that began this"):
        resume_bench(tmp_path / "it", lambda _: None, Follower())
    manifest.write_text(kept)
    (stories / "small.txt").write_text(STORY.format(label="red_box"))
    with pytest.raises(RunError, match="has changed"):
        resume_bench(tmp_path / "it", lambda _: None, Follower())
    with pytest.raises(RunError, match="no bench in"):
        resume_bench(tmp_path, lambda _: None, Follower())
    damaged = (tmp_path / "it" / RECORD).read_text().replace("red_box", "red_bax", 1)
    (tmp_path / "it" / RECORD).write_text(damaged)
    with pytest.raises(RunError, match="damaged line"):
        read_bench(tmp_path / "it")


def test_a_model_that_is_missing_leaves_no_folder(stories: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        put("tomi", stories, "gone.gguf", tmp_path / "it")
    assert not (tmp_path / "it").exists()


@pytest.mark.parametrize(("form", "beside"), [("tomi", BESIDE_STORIES), ("bigtom", BESIDE_PROSE)])
def test_controls_answer_beside_the_model(
    form: str, beside: tuple[str, ...], stories: Path, prose: Path, tmp_path: Path
) -> None:
    done = put(form, stories if form == "tomi" else prose, "control:oracle", tmp_path / "it")
    for found in done.items:
        assert tuple(found.controls) == beside
        assert found.controls["oracle"] == found.answer(0.0)
    if form == "tomi":
        by_kind = {found.kind: found.controls for found in done.items}
        assert by_kind["first_order"]["last-place"] == "blue_jar"
        cid = next(found for found in done.items if "will Cid" in found.question)
        assert (cid.controls["oracle"], cid.controls["reality"]) == ("red_box", "blue_jar")


# -------------------------------------------------------------------------------------------------------- command line
def bench(form: str, path: Path, runs: Path, *more: str) -> Done:
    return stage("bench", form, path, "--runs", runs, *more)


def test_the_table_fits_and_says_what_matters(stories: Path, tmp_path: Path) -> None:
    done = bench("tomi", stories, tmp_path, "-m", "control:reality")
    assert done.code == 0
    assert max(map(len, done.out.splitlines())) <= 80
    flat = " ".join(done.out.split())
    assert flat.startswith(f"tomi: {4 * QUESTIONS} of {4 * QUESTIONS} questions Accuracy")
    assert re.search(r"first_order 8 50 \[22, 78\] 50 \[22, 78\] 50", flat)
    assert "Labels that do not follow from their story: 1 " in flat
    assert "answered as the label says 100 [21, 100], as it follows 0 [0, 79]" in flat
    (folder,) = tmp_path.glob("*-bench-tomi")
    assert f"The bench is kept in {folder}" in done.err
    (listed,) = stage("runs", "--runs", tmp_path, "--json").document
    assert (listed["folder"], listed["state"], listed["benchmark"]) == (str(folder), "finished", "tomi")
    again = stage("score", folder)
    assert (again.code, again.out) == (0, done.out)
    assert stage("bench", "--resume", folder).out == done.out


def test_the_document_is_documented(stories: Path, prose: Path, tmp_path: Path) -> None:
    for form, path in (("tomi", stories), ("bigtom", prose)):
        document = bench(form, path, tmp_path / "runs", "-m", "control:guess", "--limit", "7", "--json").document
        assert document["put"] == document["asked"] == len(document["answers"]) == 7
        assert document["limit"] == 7
        assert set(document["controls"]) == set(BESIDE_STORIES if form == "tomi" else BESIDE_PROSE)
        row = document["answers"][0]
        names = {
            *document,
            *document["scores"],
            *row,
            *document["scores"]["everything"],
            *document["scores"]["disputed"],
        }
        assert {name for name in names if f"`{name}`" not in DOC} == set()
        json.dumps(document, allow_nan=False)


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (("bench",), 2, "which benchmark?"),
        (("bench", "tomi"), 2, "which benchmark?"),
        (("bench", "tomi", "{it}", "-m", "control:oracel"), 4, "did you mean oracle?"),
        (("bench", "tomi", "{it}", "--context", "x"), 2, "no context 'x'"),
        (("bench", "tomi", "{it}", "--aid", "x"), 2, "no aid 'x'"),
        (("bench", "tomy", "{it}"), 2, "no format 'tomy'"),
        (("bench", "--resume", "{it}"), 5, "no bench in"),
        (("bench", "--resume", "{it}", "--limit", "3"), 2, "leave out: limit"),
        (("bench", "tomi", "{it}", "--resume", "{it}"), 2, "leave out: form, path"),
    ],
)
def test_what_cannot_be_is_told(stories: Path, more: tuple[str, ...], code: int, said: str) -> None:
    done = stage(*(word.format(it=stories) for word in more))
    assert (done.code, done.out) == (code, "")
    assert said in done.err


def test_a_bench_that_is_not_finished_says_so(stories: Path, tmp_path: Path) -> None:
    out = tmp_path / "it"
    plan = Plan("tomi", stories, None, Settings())
    with pytest.raises(KeyboardInterrupt):
        run_bench(plan, "control:guess", in_folder(out, out, "tomi"), lambda _: None, Follower(2))
    done = stage("score", out)
    assert done.code == 5
    assert "tomi: 10 of 20 questions; 10 more were to be put" in done.out
    assert "not finished" in done.err


@pytest.mark.parametrize(
    ("more", "shown"), [(("--context", "shared"), "context shared"), (("--read-out",), "read out")]
)
def test_how_it_was_put_is_shown(stories: Path, tmp_path: Path, more: tuple[str, ...], shown: str) -> None:
    done = bench("tomi", stories, tmp_path, "-m", "control:oracle", *more)
    assert shown in " ".join(done.out.split())
    assert re.search(r"all +20 +95 \[76, 99\] +100", done.out)


@pytest.mark.parametrize("aid", ["perspective", "graph", "think"])
def test_aids_are_passed_on(stories: Path, tmp_path: Path, aid: str) -> None:
    done = bench("tomi", stories, tmp_path, "-m", "control:oracle", "--aid", aid, "--limit", "5", "--json")
    assert done.document["aid"] == aid
    assert done.document["scores"]["everything"]["derived"]["value"] == 1.0


@pytest.mark.model
def test_the_built_in_model_is_put_through_a_bench(stories: Path, prose: Path, tmp_path: Path) -> None:
    for form, path in (("tomi", stories), ("bigtom", prose)):
        done = bench(form, path, tmp_path / "runs" / form, "--limit", "3", "--json")
        assert done.code == 0
        for answer in done.document["answers"]:
            assert sum(answer["probabilities"].values()) == pytest.approx(1.0)
            assert answer["leaning"] in answer["answers"]
        assert done.document["model"]["sha256"]
        (folder,) = (tmp_path / "runs" / form).iterdir()
        assert stage("score", folder, "--json").document == done.document
