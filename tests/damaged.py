"""Small files in each benchmark's format, written by us, and ways to damage them: what any download can look like."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from test_importer_bigtom import ROW as BIGTOM
from test_importer_exploretom import CARRIED, CHANGED, DISTRACTED, TALK, row
from test_importer_fantom import RECORD
from test_importer_hitom import CASES as HITOM
from test_importer_hitom import item
from test_importer_opentom import FIRST, MISSED, OPENING, SEEN, meta
from test_importer_tomato import ROW as TOMATO
from test_importer_tombench import CASES as PLACES
from test_importer_tombench import EN_BOX, IN_THE_BOX, ZH_BOX
from test_importer_tombench import row as tombench_row

from test_importer_tomi import QUESTIONS, STORY as TOMI, TRACE  # isort: skip

from stage.commands.options import scene_path
from stage.fixtures.exporting import exported, one_of

Files = Mapping[str, str]


def _tomi() -> Files:
    lines = TOMI.count("\n")
    return {
        "a.txt": "".join(f"{TOMI}{lines + 1} {q}\tred_box\t1\n" for q, *_ in QUESTIONS),
        "a.trace": "\n".join(TRACE.format("memory" if k == "memory" else k) for _, k, *_ in QUESTIONS),
    }


def _exploretom() -> Files:
    asked = "In which container will Ned search for the key?"
    knows = "What does Ned think about Mia's belief on the summer fair? (knows about it / does not know about it)"
    state = "Does Ned believe that the letter is sealed with wax? Answer yes or no."
    rows = [
        row(asked, "box", 1, (["Ned"], "key", "container_location-False"), story) for story in (DISTRACTED, CARRIED)
    ]
    rows += [
        row(knows, "knows about it", 2, story=TALK),
        row(state, "yes", 1, (["Ned"], "letter", "<state_update> x"), CHANGED),
    ]
    return {
        "a.jsonl": "\n".join(map(json.dumps, rows)),
        "b.csv": _table([list(rows[0]), *(list(r.values()) for r in rows)]),
    }


def _table(rows: list[list[str]]) -> str:
    quoted = (",".join('"' + cell.replace('"', '""') + '"' for cell in r) for r in rows)
    return "\n".join(quoted)


def _opentom() -> Files:
    questions = [{"question": q, "answer": "bag", "type": "location-fo"} for q in FIRST]
    questions += [
        {
            "question": "From Ned's perspective, how does bag's fullness change by the end of the story?",
            "answer": "less full",
        },
        {"question": "As Ned, what is your attitude towards Mia's action of moving hat?", "answer": "neutral"},
    ]
    stories = {"s": meta(OPENING + SEEN, True), "t": meta(OPENING + MISSED, False)}
    return {
        "meta_data.json": json.dumps(stories),
        "location_fg_fo.json": json.dumps({"s": questions, "t": questions}),
        "multihop_fo.json": json.dumps({"s": questions}),
    }


def _tombench() -> Files:
    contents = {"能力\nABILITY": "Belief: Content false beliefs", "故事": ZH_BOX, "STORY": EN_BOX}
    rows = [tombench_row(zh, en) for zh, en, *_ in PLACES] + [
        tombench_row(zh, en) | contents for zh, en, *_ in IN_THE_BOX
    ]
    return {"False Belief Task.jsonl": "\n".join(json.dumps(r, ensure_ascii=False) for r in rows)}


def _inspect() -> Files:
    text = " ".join(line.partition(" ")[2] for line in TOMI.splitlines())
    rows = [{"input": f"{text} {q}", "target": "red_box"} for q, *_ in QUESTIONS]
    return {"a.jsonl": "\n".join(map(json.dumps, rows))}


@cache
def _stage() -> Files:
    return {"a.jsonl": exported(one_of("sally_anne", scene_path), None, None).jsonl()}


VALID: Mapping[str, Callable[[], Files]] = {
    "bigtom": lambda: {"bigtom.csv": ";".join(BIGTOM)},
    "exploretom": _exploretom,
    "fantom": lambda: {"fantom_v1.json": json.dumps([RECORD])},
    "hitom": lambda: {"a.json": json.dumps({"data": [item(q, len(v)) for q, (v, _) in HITOM.items()]})},
    "inspect": _inspect,
    "opentom": _opentom,
    "stage": _stage,
    "tomato": lambda: {"tomato.json": json.dumps([TOMATO])},
    "tombench": _tombench,
    "tomi": _tomi,
}
"""By format what its importer reads without complaint."""


# -------------------------------------------------------------------------------------------------------------- damage
SCRAPS = ("", " ", ".", "\n", "\r\n", "\t", '"', ",", ";", "1 ", "{", "]", "null", "NaN", "\\u0000", "\x00", "é", "\ud7ff",
          "‮", "\N{LINE SEPARATOR}", "the ", "Ann ", " entered the ", " moved the ", "9" * 5000, "[" * 3000, "🎭")  # fmt: skip


def _cut(text: str, random: Random) -> str:
    return text[: random.randrange(len(text) + 1)]


def _without(text: str, random: Random) -> str:
    a, b = sorted(random.randrange(len(text) + 1) for _ in range(2))
    return text[:a] + text[b:] if random.random() < 0.5 else text[:a] + text[min(a + 8, b) :]


def _with(text: str, random: Random) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice(SCRAPS) + text[at:]


def _twice(text: str, random: Random) -> str:
    a, b = sorted(random.randrange(len(text) + 1) for _ in range(2))
    return text[:b] + text[a:]


def _exchanged(text: str, random: Random) -> str:
    """Two words, wherever they stand, in each other's place."""
    words = text.split(" ")
    if len(words) > 1:
        a, b = random.randrange(len(words)), random.randrange(len(words))
        words[a], words[b] = words[b], words[a]
    return " ".join(words)


def _lines_shuffled(text: str, random: Random) -> str:
    lines = text.split("\n")
    random.shuffle(lines)
    return "\n".join(lines)


def _other_values(text: str, random: Random) -> str:
    """One value of a JSON document, anywhere in it, in place of another, or another value altogether."""
    lines = text.split("\n")
    at = random.randrange(len(lines))
    try:
        document = json.loads(lines[at])
    except (ValueError, RecursionError):
        return _exchanged(text, random)
    found = spots(document)
    if found:
        holder, key = random.choice(found)
        other, its_key = random.choice(found)
        holder[key] = other[its_key] if random.random() < 0.5 else any_value(random)
    try:
        lines[at] = json.dumps(document)
    except (ValueError, RecursionError):  # it holds itself
        return text
    return "\n".join(lines)


def spots(value: Any) -> list[tuple[Any, Any]]:
    """Where the values of a document stand: each what holds it, and its key there."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [(value, k) for k in keys] + [spot for k in keys for spot in spots(value[k])]


def any_value(random: Random, depth: int = 2) -> Any:
    simple = (
        None,
        True,
        False,
        0,
        -1,
        7,
        1.5,
        float("nan"),
        "",
        "x",
        "Where?",
        "A",
        "no",
        "yes",
        "0",
        "\ud800",
        10**40,
    )
    kind = random.randrange(4 if depth else 2)
    if kind < 2:
        return random.choice(simple)
    if kind == 2:
        return [any_value(random, depth - 1) for _ in range(random.randrange(3))]
    return {
        random.choice(("question", "answer", "0", "x")): any_value(random, depth - 1)
        for _ in range(random.randrange(3))
    }


DAMAGE = (_cut, _without, _with, _twice, _exchanged, _lines_shuffled, _other_values, _other_values)
ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1")


def damaged(text: str, random: Random) -> bytes:
    """A file's content after one to four accidents, at times packed, at times of another encoding, at times anything."""
    if random.random() < 0.03:
        return random.randbytes(random.randrange(200))
    for _ in range(random.randrange(1, 5)):
        text = random.choice(DAMAGE)(text, random)
    data = text.encode(random.choice(ENCODINGS), errors="replace")
    if random.random() < 0.05:
        data = gzip.compress(data, mtime=0)
        data = data[: random.randrange(len(data))] if random.random() < 0.5 else data
    return data


def write_damaged(folder: Path, form: str, random: Random) -> None:
    """The files of a format in a folder, at least one of them damaged, at times with others that are none of it."""
    contents = VALID[form]()
    victim = random.choice(sorted(contents))
    for name, text in contents.items():
        whole = name != victim and random.random() < 0.7
        (folder / name).write_bytes(text.encode() if whole else damaged(text, random))
    if random.random() < 0.1:
        (folder / random.choice(("README.txt", "notes.json", "x.jsonl", "x.csv"))).write_text(
            "This is no item\tof it.\n"
        )
