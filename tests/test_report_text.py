"""What is shown of a run: fits the terminal, says what the figures mean, and takes no orders from a model's text."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from math import inf

import pytest
from rich.console import Console, RenderableType

from stage.inference.requests import ModelCard
from stage.performing.transcript import Answer, Line, LineKind, Transcript
from stage.report.document import document
from stage.report.safe import printable
from stage.report.text import WIDTH, card, meaning, number, script_line
from stage.scoring.intervals import NOTHING, Figure
from stage.scoring.scorecard import score

MODEL = ModelCard("tiny-model", "/models/tiny.gguf", "0123456789abcdef" * 4, noise=0.05, details={"layers": 3})
NAMES = ("sally", "anne", "bob", "carl", "dora", "edward_the_elder", "florentine_the_younger")


def shown(what: RenderableType, width: int = WIDTH) -> str:
    out = StringIO()
    Console(file=out, width=width, color_system=None, force_terminal=False).print(what)
    return out.getvalue()


def transcript(names: tuple[str, ...] = ("sally", "anne"), text: str = "The marble is in the box.") -> Transcript:
    minds: dict[str, str | None] = {"reality": "box", **dict.fromkeys(names, "basket"), "author": "box"}
    answers = [
        Answer(
            f"p{i}", 4, viewpoint, voice, "marble at", "Where?", ("basket", "box", None), expected, minds,
            probabilities=(0.5, 0.3, 0.2), answer="basket", margin=0.5 if i else 0.0,
        )
        for i, voice in enumerate(names)
        for viewpoint, expected in (((), "box"), ((voice,), "basket"), ((names[0], voice), "box"))
    ]  # fmt: skip
    lines = tuple(Line(i, "speech", name, text, performed=True) for i, name in enumerate(names))
    return Transcript(lines, tuple(answers), names, 0.05, {}, {"marble at": ("basket", "box")}, {})


def shown_card(play: Transcript) -> str:
    return shown(card(score(play), model=MODEL, scenario="Sally and Anne", context="shared", seed=7))


@pytest.mark.parametrize("names", [("sally", "anne"), NAMES])
def test_the_card_fits_the_terminal_and_holds_every_part(names: tuple[str, ...]) -> None:
    text = shown_card(transcript(names))
    assert all(len(line) <= WIDTH for line in text.splitlines())
    for part in ("Separation", "order 0", "order 2", "true", "false", "unknown", "own", "none", "leak", "undecided: 3"):
        assert part in text
    for part in ("Sally and Anne", "tiny-model", "0123456789ab", "context shared", "seed 7"):
        assert part in text.replace("\n", " ")
    assert all(f"\n{name[:13]}" in text for name in names[1:])  # the first one's answers are undecided


@pytest.mark.parametrize(
    ("to", "audience", "said"),
    [
        (("bob",), ("sally", "anne", "bob"), "SALLY (to Bob): Hm."),
        ((), ("sally", "anne", "bob"), "SALLY (to Anne, Bob): Hm."),
        ((), ("sally",), "SALLY: Hm."),
    ],
)
def test_a_line_names_whom_it_is_said_to_and_not_who_overhears_it(
    to: tuple[str, ...], audience: tuple[str, ...], said: str
) -> None:
    line = Line(1, "speech", "sally", "Hm.", audience, performed=True, to=to)
    assert script_line(line).plain == f"{said} [asserts nothing]"


def test_the_matrix_shows_answers_beside_guessing() -> None:
    text = shown_card(transcript())
    assert [line.split() for line in text.splitlines() if line.startswith(("voice", "anne"))] == [
        ["voice", "n", "own", "reality", "author", "sally", "anne", "none"],
        ["anne", "3", "33", "(33)", "0", "(6)", "0", "(6)", "33", "(11)", "33", "(11)", "0", "(33)"],
    ]


@pytest.mark.parametrize(
    ("figure", "sentence"),
    [
        (NOTHING, "nothing is known"),
        (Figure(0.4, 5, -0.15, 0.82), "Not distinguishable from guessing (n = 5, smallest detectable 0.70)."),
        (Figure(0.0, 5, -0.4, 0.0), "Not distinguishable from guessing (n = 5, smallest detectable 0.70)."),
        (
            Figure(0.4, 1, None, None),
            "Not distinguishable from guessing (n = 1, smallest detectable none with so few).",
        ),
        (Figure(0.4, 50, 0.2, 0.6), "better than by guessing (n = 50)"),
        (Figure(1.0, 50, 0.9, 1.0), "Every answer is the right mind's (n = 50)."),
        (Figure(-0.4, 50, -0.5, -0.2), "Worse than guessing (n = 50)"),
    ],
)
def test_what_a_separation_means(figure: Figure, sentence: str) -> None:
    assert sentence in meaning(figure, 0.7 if figure.n > 1 else None)


def test_numbers_name_their_interval_or_that_nothing_is_known() -> None:
    assert number(Figure(0.4, 5, -0.154, 0.82)) == "0.40 [-0.15, 0.82]"
    assert number(Figure(0.4, 1, None, None)) == "0.40"
    assert number(Figure(-1e-9, 9, -0.2, 0.2)) == "0.00 [-0.20, 0.20]"
    assert number(NOTHING) == "–"


def test_an_empty_run_has_a_card() -> None:
    text = shown_card(Transcript())
    assert "nothing is known" in text
    assert "No speech was performed." in text


EVIL = "\x1b[2J\x1b]0;owned\x07 [bold red]hi[/] \u202eabc\u2066\u200bd\x9b31m\ud800\nnext"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (EVIL, "[2J]0;owned [bold red]hi[/] abcd31m next"),
        ("Ünïcode – “ok” 🙂 日本", "Ünïcode – “ok” 🙂 日本"),
        ("a\tb\r\nc\u2028d\x85e", "a b  c d e"),
        ("".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0x200B, 0x2010)])), ""),
        ("".join(map(chr, [*range(9), *range(14, 28), *range(0x7F, 0x85), *range(0x86, 0xA0), 0xFEFF, 0xE0041])), ""),
    ],
)
def test_text_is_made_printable(text: str, clean: str) -> None:
    assert printable(text) == clean
    assert printable(clean) == clean


def test_text_of_a_model_gives_no_orders() -> None:
    play = transcript(("sally", "[red]anne\x1b[0m"), EVIL + " [link=http://x]The marble is in the box.[/link]")
    lines = [shown(script_line(line, ("leak",))) for line in play.lines]
    sheet = shown(card(score(play), model=replace(MODEL, name=EVIL), scenario=EVIL, context="shared", seed=7))
    for text in (*lines, sheet):
        assert not set(text) & set("\x1b\x07\x9b\u202e\u2066\u200b\ud800")
    assert "[bold red]hi[/]" in lines[0].replace("\n", " ")
    assert "[red]anne" in sheet


@pytest.mark.parametrize(
    ("kind", "speaker", "line"),
    [
        ("speech", "sally", "Hello."),
        ("thought", "sally", "SALLY (thinks): Hello."),
        ("act", "sally", "SALLY (chooses): Hello."),
        ("narration", None, "NARRATOR: Hello."),
        ("author", None, "AUTHOR (chooses): Hello."),
        ("event", None, "Hello."),
    ],
)
def test_lines_of_the_script(kind: LineKind, speaker: str | None, line: str) -> None:
    assert script_line(Line(1, kind, speaker, "Hello.", ("sally", "anne"))).plain == line
    assert script_line(Line(1, kind, speaker, "Hello."), ["leak", "drift"]).plain.endswith("Hello. [leak] [drift]")


def test_a_performed_speech_shows_its_speaker_hearers_and_act() -> None:
    said = Line(1, "speech", "sally", "Hello.", ("sally", "anne"), performed=True, act="marble at box")
    assert script_line(said).plain == "SALLY (to Anne): Hello. [marble at box]"
    assert script_line(replace(said, act="")).plain == "SALLY (to Anne): Hello. [asserts nothing]"


def test_the_document_is_json_and_holds_what_it_promises() -> None:
    play = transcript()
    play = replace(play, answers=(replace(play.answers[0], margin=inf), *play.answers[1:]))
    made = document(
        scenario="Sally and Anne", model=MODEL, seed=7, context="shared", transcript=play, scorecard=score(play)
    )
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    assert list(made) == ["scenario", "model", "seed", "context", "aid", "transcript", "probes", "scores"]
    assert made["model"]["sha256"] == MODEL.sha256
    assert made["transcript"][0]["flags"] == ["leak", "drift"]
    assert set(made["probes"][0]) == {
        "id", "beat", "viewpoint", "order", "voice", "about", "question", "options", "probabilities", "expected",
        "answer", "margin", "minds", "held", "verdict", "mind", "explanation",
    }  # fmt: skip
    assert made["probes"][0]["margin"] is None
    assert [p["verdict"] for p in made["probes"][3:]] == ["other", "right", "other"]
    assert made["probes"][3]["mind"] == "sally|anne"
    assert set(made["scores"]["accuracy_by_order"]["1"]) == {"value", "n", "low", "high"}
    assert {"separation", "separation_soft", "minds", "leaks", "drift", "bleed", "joint"} <= set(made["scores"])
