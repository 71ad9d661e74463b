"""Sound scenes changed with understanding: names for other names of their kind, beats of other scenes, keys and values that
could stand there, words and indentation of the text. Most of what comes of it is still a scene, or nearly one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from damaged_scenes import KINDS as DAMAGED
from damaged_scenes import TEXTS, sound, tree_of, written

from stage.scenes.scenario import BEATS, Character, ProbeSpec, RulesSpec, Scenario, ThingSpec

KINDS = ("cast", "places", "things")
Names = Mapping[str, Sequence[str]]


def names_of(tree: Mapping[str, Any]) -> Names:
    return {kind: list(tree.get(kind) or ()) for kind in KINDS}


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """A value with names exchanged wherever they stand as words."""
    if isinstance(value, dict):
        return {renamed(k, names): renamed(v, names) for k, v in value.items()}
    if isinstance(value, list):
        return [renamed(v, names) for v in value]
    if not isinstance(value, str):
        return value
    for mark in (" ", ">"):
        value = mark.join(names.get(word, word) for word in value.split(mark))
    head, colon, rest = value.partition(":")
    return f"{names.get(head, head)}{colon}{rest}"


class _Editor:
    """Changes one scene in place; ``donor`` is another, whose names are mapped to those of the scene."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.tree: dict[str, Any] = tree_of(random.choice(sound()))
        donor: dict[str, Any] = tree_of(random.choice(sound()))
        self.names = names_of(self.tree)
        theirs = names_of(donor)
        mapped = {n: random.choice(self.names[k]) for k in KINDS for n in theirs[k] if self.names[k]}
        self.donor: dict[str, Any] = renamed(donor, mapped)

    @property
    def beats(self) -> list[Any]:
        if not isinstance(self.tree.get("beats"), list):
            self.tree["beats"] = []
        found: list[Any] = self.tree["beats"]
        return found

    def name(self, *kinds: str) -> str:
        names = [n for k in kinds or KINDS for n in self.names[k]]
        return self.random.choice(names or ["nobody"])

    def some_people(self) -> list[str]:
        return self.random.sample(self.names["cast"], self.random.randrange(1, len(self.names["cast"]) + 1))

    def splice(self) -> None:
        """Beats of the other scene, with its things and facts where they are wanted."""
        theirs = self.donor.get("beats") or []
        first = self.random.randrange(len(theirs) + 1)
        at = self.random.randrange(len(self.beats) + 1)
        taken = [b if isinstance(b, dict) else {} for b in theirs[first : first + self.random.randrange(1, 5)]]
        self.beats[at:at] = [{k: v for k, v in beat.items() if k != "id"} for beat in taken]
        facts = self.donor.get("facts")
        if isinstance(facts, dict):
            self.tree["facts"] = {**facts, **(self.tree.get("facts") or {})}

    def shuffle(self) -> None:
        """A beat twice, gone, or elsewhere."""
        if not self.beats:
            return
        beat = self.random.choice(self.beats)
        if self.random.random() < 0.7:
            self.beats.remove(beat)
        for _ in range(self.random.randrange(3)):
            copy = {k: v for k, v in beat.items() if k != "id"} if isinstance(beat, dict) else beat
            self.beats.insert(self.random.randrange(len(self.beats) + 1), copy)

    def exchange(self) -> None:
        """Two names of one kind, from somewhere in the beats on."""
        kind = self.random.choice([k for k in KINDS if self.names[k]])
        one, other = self.random.choice(self.names[kind]), self.random.choice(self.names[kind])
        at = self.random.randrange(len(self.beats) + 1)
        self.beats[at:] = renamed(self.beats[at:], {one: other, other: one})

    def manner(self) -> None:
        """Exceptions to who notices a beat."""
        for beat in self.random.sample(self.beats, min(2, len(self.beats))):
            key = self.random.choice(
                ("secretly", "seen_by", "hidden_from", "distracted", "partly", "shows_way", "from_afar")
            )
            if isinstance(beat, dict):
                beat[key] = True if key in ("secretly", "shows_way", "from_afar") else self.some_people()

    def invent(self) -> None:
        """A beat of any verb, with names of the kind that it wants."""
        kind = self.random.choice(BEATS)
        beat = {f.alias or n: self.value(n) for n, f in kind.model_fields.items() if f.is_required()}
        self.beats.insert(self.random.randrange(len(self.beats) + 1), beat)

    def value(self, key: str) -> Any:
        facts = [*(self.tree.get("facts") or ()), f"{self.name('things', 'cast')} at"]
        fluent = str(self.random.choice(facts))
        match key:
            case "by" | "enter" | "leave" | "speak" | "think" | "act":
                return self.name("cast")
            case "say" | "announce" | "whisper" | "set" | "says":
                return f"{fluent} {self.name('things', 'places')}"
            case "ask":
                return fluent
            case "narrate":
                return True
            case "improvise":
                return 2
            case "to":
                return self.name(self.random.choice(KINDS))
            case "at":
                return self.name("places")
            case "introduce":
                return self.random.choice(("dora", "emil", self.name("cast")))
            case "peek" | "watch":
                return self.name("places")
        return self.name("things")

    def ask(self) -> None:
        chain = ">".join(self.name("cast") for _ in range(self.random.randrange(5)))
        after = self.random.choice(("start", "end", "every", 1, len(self.beats)))
        self.tree.setdefault("probes", []).append({"ask": f"{chain}: {self.value('ask')}", "after": after})

    def rule(self) -> None:
        """A rule, or who trusts whom."""
        self.tree["rules"] = {
            key: self.random.choice(_choices(field.annotation)) for key, field in RulesSpec.model_fields.items()
            if self.random.random() < 0.3
        }  # fmt: skip
        trust = self.random.choice(("yes", "no", "sincere"))
        self.tree["trust"] = {"usual": trust, "pairs": {self.name("cast"): {self.name("cast"): "no"}}}

    def text(self) -> None:
        who = self.tree["cast"].get(self.name("cast"))
        if isinstance(who, dict):
            who[self.random.choice(("persona", "goal", "title"))] = self.random.choice(TEXTS)

    def key(self) -> None:
        """A key of a beat or of somebody becomes another that stands somewhere in a scene."""
        holders = [h for h in (*self.beats, *self.tree["cast"].values()) if isinstance(h, dict) and h]
        if holders:
            holder = self.random.choice(holders)
            holder[self.random.choice(KEYS)] = holder.pop(self.random.choice(list(holder)))


def _choices(annotation: Any) -> list[Any]:
    """The values of a closed set: an enumeration, a literal, or a truth."""
    found = getattr(annotation, "__args__", None) or (list(annotation) if annotation is not bool else (True, False))
    return [str(v) if isinstance(v, str) else v for v in found]


KEYS = tuple({n for m in (*BEATS, Character, ProbeSpec, ThingSpec, Scenario) for n in m.model_fields})
CHANGES = (
    _Editor.splice, _Editor.splice, _Editor.shuffle, _Editor.exchange, _Editor.manner, _Editor.invent, _Editor.ask,
    _Editor.rule, _Editor.text, _Editor.key,
)  # fmt: skip


def spliced(random: Random) -> str:
    """A sound scene after one to four changes, with beats of another."""
    editor = _Editor(random)
    for _ in range(random.choice((1, 1, 2, 3, 4))):
        random.choice(CHANGES)(editor)
    return written(editor.tree)


def retyped(random: Random) -> str:
    """The text of a sound scene with a few slips: a word for another, a sign more or less, a line that stands further in
    or out, or elsewhere."""
    lines = random.choice(sound()).split("\n")
    words = [word for line in lines for word in line.split() if not line.lstrip().startswith("#")]
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        at = random.randrange(len(lines))
        line = lines[at]
        match random.randrange(6):
            case 0 | 1 if line.split():
                lines[at] = line.replace(random.choice(line.split()), random.choice(words), 1)
            case 2:
                lines[at] = random.choice((" ", "  ", "\t", "")) + (line[random.choice((0, 1, 2)) :])
            case 3 if line:
                spot = random.randrange(len(line))
                lines[at] = line[:spot] + random.choice(("", *"{}[]:,-'\"#>")) + line[spot + random.choice((0, 1)) :]
            case 4:
                lines.insert(random.randrange(len(lines)), line)
            case _:
                del lines[at]
                lines = lines or [""]
    return "\n".join(lines)


WAYS: Mapping[str, Callable[[Random], bytes]] = {
    "spliced": lambda random: spliced(random).encode("utf-8", "surrogatepass"),
    "retyped": lambda random: retyped(random).encode("utf-8", "surrogatepass"),
    **DAMAGED,
}
"""All ways to make the bytes of a scene file, those first of which most comes."""
