"""Records of runs as no run leaves them: entries with other values, keys or kinds, lost and doubled, some with checksums
made anew so that they pass for what was written; and every command that reads a run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random
from typing import Any

from damaged import any_value, spots
from test_cli import stage

from stage.records.journal import Journal, read_log
from stage.records.manifest import MANIFEST, RECORD, SCENE, Manifest, after, read_manifest

READERS = (
    ("score",), ("score", "--json"), ("report",), ("report", "--to", "markdown"), ("report", "--to", "csv"),
    ("report", "--to", "junit"), ("compare",), ("run", "--resume"), ("branch", "--at", "1"), ("reroll", "--at", "1", "-n", "2"),
)  # fmt: skip
"""What is done with a run; its folder comes last."""
KINDS = ("cast", "choice", "words", "line", "prompt", "answer", "beat", "end", "later")


def bent(entries: list[dict[str, Any]], random: Random) -> list[dict[str, Any]]:
    """Entries after one to three changes of what they say or where they stand."""
    entries = json.loads(json.dumps(entries))
    for _ in range(random.choice((1, 1, 2, 3))):
        at = random.randrange(len(entries))
        if not (here := spots(entries[at])) or not (there := spots(random.choice(entries))):
            continue  # nothing is left of it
        (holder, key), (other, its_key) = random.choice(here), random.choice(there)
        match random.randrange(7):
            case 0 | 1:
                holder[key] = any_value(random)
            case 2:
                holder[key] = other[its_key]
            case 3:
                del holder[key]
            case 4:
                entries[at]["kind"] = random.choice(KINDS)
            case 5:
                entries.insert(random.randrange(len(entries) + 1), json.loads(json.dumps(entries[at])))
            case _ if len(entries) > 1:
                del entries[at]
    return [e for e in entries if e and "check" not in e and _can_be_written(e)] or [{"kind": "end"}]


def _can_be_written(entry: dict[str, Any]) -> bool:
    """Lone surrogates can stand in JSON, and no log holds them."""
    return json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace").decode() == json.dumps(
        entry, ensure_ascii=False
    )


def damage(folder: Path, random: Random) -> None:
    """Damage a run: its record with sound checksums or without, its manifest, or the scene beside it."""
    manifest, _ = read_manifest(folder)
    entries = [e.content for e in read_log(folder / RECORD, after=after(manifest)).entries]
    what = random.randrange(10)
    if what < 6:
        (folder / RECORD).unlink()
        with Journal.create(folder / RECORD, after(manifest)) as journal:
            for entry in bent(entries, random):
                journal.add(entry)
    elif what < 8:
        rows = [json.dumps(e).encode("utf-8", "replace") for e in bent(entries, random)]
        (folder / RECORD).write_bytes(b"\n".join(rows) + random.choice((b"", b"\n", b'{"kind": "li')))
    elif what < 9:
        _bend_manifest(folder / MANIFEST, random)
    else:
        text = (folder / SCENE).read_text(encoding="utf-8")
        at = random.randrange(len(text))
        (folder / SCENE).write_text(text[:at] + random.choice(("", "x", "\n")) + text[at + 1 :], encoding="utf-8")


def _bend_manifest(path: Path, random: Random) -> None:
    found = json.loads(path.read_text(encoding="utf-8"))
    holder, key = random.choice(spots(found))
    holder[key] = any_value(random)
    try:
        path.write_text(Manifest.model_validate(found).checked_json(), encoding="utf-8")
    except ValueError:  # no manifest any more
        path.write_text(json.dumps(found), encoding="utf-8", errors="replace")


def read_by_all(folder: Path, random: Random) -> str:
    """What three of the commands that read a run make of it: "read", or "refused" by one of them at least. Anything but
    an exit code of the stage is a crash."""
    outcome = "read"
    for number, command in enumerate(random.sample(READERS, 3)):
        copy = folder.with_name(f"{folder.name}-{number}")
        shutil.copytree(folder, copy)
        done = stage(*command, copy, *((copy,) if command[0] == "compare" else ()))
        assert done.code in (0, 2, 3, 4, 5), (command, done.code)
        assert "Traceback" not in done.err
        assert done.code == 0 or done.err.strip(), command
        outcome = "refused" if done.code else outcome
    return outcome
