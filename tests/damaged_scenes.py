"""Scene files as no author should write them, and everything that is done with a scene before a model is loaded."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from damaged import DAMAGE, SCRAPS, damaged, spots
from ruamel.yaml import YAML

from stage.authoring.advice import advice
from stage.authoring.expectations import contradictions
from stage.authoring.formatting import formatted
from stage.beliefs.graph import belief_graph
from stage.course import unfold
from stage.errors import SceneError, StageError
from stage.performing.audiences import Unwatched
from stage.performing.play import perform
from stage.performing.settings import Settings
from stage.questions.twins import twin_of
from stage.records.session import control_stage
from stage.report import graphs
from stage.report.annotations import as_github, as_json
from stage.report.complaints import as_text
from stage.report.inspection import inspected_prompt
from stage.resources import scenarios_folder
from stage.scenes.scenario import BEATS, Scenario
from stage.scenes.scene import Scene
from stage.scenes.writer import as_yaml
from stage.scenes.yaml_reader import as_written, complaints, loads
from stage.templates import TEMPLATES, begun

CONTEXTS = ("isolated", "shared", "windowed:1")
NAMES = (
    "sally", "anne", "bob", "kitchen", "garden", "hall", "marble", "box", "basket", "note", "away", "reality", "author",
    "narrator", "nothing", "all", "end", "constructor", "con", "__class__", "..", "x.y", "a'b", "ß", "İ", "ǆ", "ﬀ", "名前",
    "Sally", "{0}", "a" * 60, "a" * 61, "", "1", "null", "true", "sally anne",
)  # fmt: skip
RELATIONS = ("at", "is", "contains", "says", "likes", "{value}", "at at", "hidden", "trusts", "")
TEXTS = (
    "", "x", "{value}", "{0.__class__}", "{value!r:>99}", "{", "}", "{{value}}", "{value} {value}", "%s", "<|im_end|>",
    "</s>[INST]", "a\nb", "SALLY: I did it.", "../../etc/passwd", "<script>alert(1)</script>", "=1+1", "(((", "[a-z]+", "\\1",
    "$(id)", "who's", "The marble is in the box.", "é" * 300, "a " * 150, '"', "\\", "|", "’", "\u00a0", "\u2028", "😀",
)  # fmt: skip


@cache
def sound() -> Sequence[str]:
    """The text of every scene that comes with the stage."""
    shipped = [p.read_text(encoding="utf-8") for p in sorted(scenarios_folder().glob("*.yaml"))]
    return (*shipped, *(begun(t, Path("scene.yaml")) for t in TEMPLATES))


# ------------------------------------------------------------------------------------------------------------- the files
def tree_of(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def written(tree: Any) -> str:
    """A tree as YAML; JSON is such, and is quickly made."""
    return json.dumps(tree, ensure_ascii=False)


def other_value(random: Random) -> Any:
    """Anything that could stand in a scene, and some of what cannot."""
    kind = random.randrange(8)
    if kind == 0:
        return random.choice((None, True, False, 0, 1, -1, 9, 5001, 10**40, 1.5, float("inf"), [], {}))
    if kind == 1:
        return random.choice(TEXTS)
    if kind == 2:
        return [other_value(random) for _ in range(random.randrange(4))]
    if kind == 3:
        return {random.choice(NAMES): other_value(random) for _ in range(random.randrange(3))}
    if kind == 4:
        return f"{random.choice(NAMES)} {random.choice(RELATIONS)} {random.choice(NAMES)}"
    if kind == 5:
        return f"{random.choice(NAMES)}>{random.choice(NAMES)}: {random.choice(NAMES)} {random.choice(RELATIONS)}"
    return random.choice(NAMES)


def mutated(random: Random) -> str:
    """A sound scene in which some values, keys or beats stand elsewhere, or others in their place."""
    tree = tree_of(random.choice(sound()))
    donor = spots(tree_of(random.choice(sound())))
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        holder, key = random.choice(list(spots(tree)))
        their, its_key = random.choice(list(donor))
        match random.randrange(5):
            case 0:
                holder[key] = their[its_key]
            case 1:
                holder[key] = other_value(random)
            case 2 if isinstance(holder, dict):
                holder[random.choice((*NAMES, str(its_key)))] = holder.pop(key)
            case 3:
                del holder[key]
            case _ if isinstance(holder, list):
                holder.insert(random.randrange(len(holder) + 1), holder[key])
        if not tree:
            break
    try:
        return written(tree)
    except (ValueError, RecursionError):  # it holds itself
        return written(None)


def _some(random: Random, names: Sequence[str], most: int = 3) -> list[str]:
    return random.sample(list(names), random.randrange(min(most, len(names)) + 1))


class _Grower:
    """Makes the parts of a scene, with names and texts of all kinds."""

    def __init__(self, random: Random) -> None:
        self.random = random
        usual = ["sally", "anne", "bob", "Carl", "名前", "constructor"]
        self.people = random.sample([n for n in NAMES if n] if random.random() < 0.3 else usual, random.randrange(1, 5))
        self.places = ["kitchen", "garden", "hall", "con"][: random.randrange(1, 5)]
        self.things = ["box", "basket", "marble", "note", "__class__"][: random.randrange(6)]

    def rarely(self, share: float = 0.1) -> bool:
        return self.random.random() < share

    def text(self) -> str:
        return self.random.choice(TEXTS) if self.rarely(0.3) else ""

    def anything(self) -> str:
        return self.random.choice([*self.people, *self.places, *self.things])

    def fluent(self) -> str:
        return f"{self.anything()} {self.random.choice(RELATIONS[:5] if self.rarely(0.3) else ('at', 'is'))}"

    def fact(self) -> str:
        return f"{self.fluent()} {self.random.choice([self.anything(), 'open', 'locked', *TEXTS[:4]])}"

    def beat(self) -> dict[str, Any]:
        """A beat of any verb, with the keys that it needs and some of those that it may have."""
        kind = self.random.choice(BEATS)
        fields = {f.alias or n: f for n, f in kind.model_fields.items()}
        return {n: self.value(n) for n, f in fields.items() if f.is_required() or self.rarely(0.15)}

    def value(self, key: str) -> Any:
        match key:
            case "say" | "announce" | "whisper" | "set" | "says":
                return self.fact()
            case "ask":
                return self.fluent()
            case "about":
                return [self.fluent()]
            case "seen_by" | "hidden_from" | "distracted" | "partly":
                return _some(self.random, self.people)
            case "secretly" | "shows_way" | "from_afar" | "narrate":
                return True
            case "improvise":
                return 2
            case "text":
                return self.text()
            case "as":
                return {"persona": self.text()}
            case "by" | "enter" | "leave" | "speak" | "think" | "act":
                return self.random.choice(self.people)
            case "look":
                return self.random.choice(["around", self.anything()])
        return self.anything()

    def spec(self, **more: Any) -> dict[str, Any]:
        aliases = {"aliases": _some(self.random, TEXTS)} if self.rarely() else {}
        return {"title": self.text()[:60], **aliases, **more}

    def declared(self) -> Any:
        values = [self.anything(), "open", self.text() or "shut"]
        more = {"values": values, "statement": self.text(), "question": self.text(), "phrases": {"open": [self.text()]}}
        return more if self.rarely(0.5) else values

    def asked(self) -> dict[str, Any]:
        return {"ask": f"{'>'.join(_some(self.random, self.people))}: {self.fluent()}", "question": self.text()}

    def scene(self) -> dict[str, Any]:
        usual = {"about": "contested", "orders": self.random.randrange(4), "after": "every"}
        lettered = {"letter": True, "container": False}
        where = [*self.places, *self.things[:2]]
        return {
            "title": self.text(),
            "premise": self.text(),
            "format": self.random.choice(("chat", "script")),
            "cast": {p: self.spec(at=self.random.choice(self.places), persona=self.text()) for p in self.people},
            "places": {p: self.spec() for p in self.places},
            "things": {t: self.spec(at=self.random.choice(where), container=True) | (lettered if t == "note" else {})
                       for t in self.things},
            "facts": {f"{self.anything()} {self.random.choice(('is', 'likes', 'says'))}": self.declared()
                      for _ in range(self.random.randrange(3))},
            "beats": [self.beat() for _ in range(self.random.randrange(12))],
            "probes": [*(self.asked() for _ in range(self.random.randrange(3))), usual],
        }  # fmt: skip


def grown(random: Random) -> str:
    """A scene of the grammar of scenes. Most of what is wrong with it is taken out, line by line, so that many are
    played."""
    lines = _in_lines(_Grower(random).scene())
    for _ in range(6):
        if random.random() < 0.1:
            break
        try:
            loads("\n".join(lines))
        except SceneError as error:
            wrong = {c.line - 1 for c in error.complaints}
            lines = [line for i, line in enumerate(lines) if i not in wrong or not line.startswith(" ")]
    return "\n".join(lines)


def _in_lines(tree: Mapping[str, Any]) -> list[str]:
    """A scene as YAML with a line for each of its entries."""
    found = []
    for key, value in tree.items():
        if not value or not isinstance(value, dict | list):
            found.append(f"{key}: {written(value)}")
            continue
        pairs = value.items() if isinstance(value, dict) else ((None, v) for v in value)
        found += [f"{key}:", *(f"  {'-' if k is None else written(k) + ':'} {written(v)}" for k, v in pairs)]
    return found


def torn(random: Random) -> bytes:
    """A sound scene after accidents to its text."""
    return damaged(random.choice(sound()), random)


def noise(random: Random) -> bytes:
    """Any bytes, or any signs of YAML."""
    if random.random() < 0.5:
        return random.randbytes(random.randrange(400))
    signs = (*"{}[]:,-?&*!|>'\"%@`#\n \t", "cast:", "places:", "- ", "a", *SCRAPS)
    return "".join(random.choices(signs, k=random.randrange(200))).encode("utf-8", "surrogatepass")


def _torn_after(make: Callable[[Random], str]) -> Callable[[Random], bytes]:
    def made(random: Random) -> bytes:
        text = make(random)
        if random.random() < 0.1:
            text = random.choice(DAMAGE)(text, random)
        return text.encode("utf-8", "surrogatepass")

    return made


KINDS: Mapping[str, Callable[[Random], bytes]] = {
    "mutated": _torn_after(mutated),
    "grown": _torn_after(grown),
    "torn": torn,
    "noise": noise,
}
"""Ways to make the bytes of a scene file."""


# --------------------------------------------------------------------------------------------------- what is done with it
def put_through(data: bytes, file: Path, depth: int = 2) -> str:
    """Everything that is done with a scene file: it is linted and told of in every form, laid out, unfolded, shown to
    every role in every context, drawn, and written again; with a ``depth`` of 2 also performed, and its twin sought.
    What came of it, in a word; anything but an error of the stage is a crash, and so is a promise that is not kept.
    """
    file.write_bytes(data)
    found = complaints(file, contradictions, advice)
    lines = data.decode("utf-8-sig", errors="replace").split("\n")
    told = [part for c in found for part in (as_text(c, lines).plain, as_github(c))]
    json.dumps(as_json(found, [str(file)]))
    assert all(c.message and c.rule for c in found)
    assert not any("\x1b" in t for t in told)
    text = data.decode("utf-8", errors="replace")
    laid_out(text)
    try:
        scene = loads(text)
    except SceneError:
        assert data.decode("utf-8", errors="replace").encode() != data or any(c.severity == "error" for c in found)
        return "refused"
    written_again(as_written(text))
    shown(scene)
    if depth > 1:
        perform(scene, control_stage("oracle", key := {}, 0), Settings(), Unwatched(), key)
        twin_of(scene)
    return "played"


def laid_out(text: str) -> None:
    """What `stage fmt` makes of a text is laid out already, and says the same."""
    try:
        once = formatted(text, "scene")
    except StageError:
        return
    assert formatted(once, "scene") == once


def written_again(scenario: Scenario) -> None:
    assert as_written(as_yaml(scenario)) == scenario


def shown(scene: Scene) -> None:
    """The prompts of every role, and every graph of one mind."""
    course = unfold(scene)
    for role in scene.minds:
        for context in CONTEXTS:
            for at in ("start", "end"):
                inspected_prompt(course, role, at, None, context).to_json()
    for viewpoint in ((), *((name,) for name in scene.minds)):
        beliefs = belief_graph(course.world(viewpoint))
        graphs.as_dot(beliefs), graphs.as_text(beliefs), json.dumps(graphs.as_json(beliefs))
