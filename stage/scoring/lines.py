"""Reads performed speech back: does a line say what it was chosen to say, and nothing its speaker cannot know?

The act behind a line is what changed minds; a line that strays from it is counted here and never believed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from stage.performing.transcript import Line
from stage.scoring.mentions import Mention, Reader
from stage.scoring.names import plain
from stage.scoring.stance import Stance

Flag = Literal["leak", "invention", "drift", "bleed"]

QUOTED_WORDS = 5
"""So many consecutive words of a private text count as its quotation. Shorter texts cannot be quoted."""


@dataclass(frozen=True)
class Reading:
    """What a line was found to say.

    ``mentions`` are the facts it mentions, in whatever way. Each entry of the others is a sentence on one finding:

    - ``leaks``: it asserts a fact that the speaker neither believes nor was to state and that is so or believed by
      somebody else; or denies what the speaker believes, where somebody else holds otherwise; or quotes another role's
      private text.
    - ``inventions``: it asserts a fact that the speaker neither believes nor was to state, and that nobody holds.
    - ``drift``: it says other than its act: the act's fact is not in it or only asked for or denied, another value of
      the same fluent is asserted, or anything is asserted where the act is to state nothing.
    - ``bleed``: it goes on as another role ("ANNE: ...").
    """

    mentions: tuple[Mention, ...] = ()
    leaks: tuple[str, ...] = ()
    inventions: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()
    bleed: tuple[str, ...] = ()

    @property
    def flags(self) -> tuple[Flag, ...]:
        return tuple(flag for flag, _ in self.findings)

    @property
    def findings(self) -> tuple[tuple[Flag, str], ...]:
        """Each kind of finding at most once, with its sentences."""
        kinds: tuple[tuple[Flag, tuple[str, ...]], ...] = (
            ("leak", self.leaks),
            ("invention", self.inventions),
            ("drift", self.drift),
            ("bleed", self.bleed),
        )
        return tuple((flag, " ".join(found)) for flag, found in kinds if found)


def read_line(line: Line, reader: Reader, private: Mapping[str, Sequence[str]]) -> Reading:
    """Read one performed line, by the words in it (`stage.scoring.mentions` says how). ``private`` is what each role
    alone was told. An act that is none of the facts cannot be read back and shows no drift; only speech has acts."""
    act_fluent = next((f for f, values in reader.facts.items() if line.act in {f"{f} {v}" for v in values}), "")
    mentions = tuple(reader.mentions(line.text, line.speaker, act_fluent))
    leaks, inventions = [], []
    for mention in dict.fromkeys(mentions):
        if mention.stance == Stance.ASSERTED and not _may_say(line, mention.fact):
            if line.elsewhere is None or mention.fact in line.elsewhere:
                holders = ", ".join((line.elsewhere or {}).get(mention.fact, ()))
                knower = f" ({holders} does)" if holders else ""
                leaks.append(f'Says "{mention.fact}", which {line.speaker} does not believe{knower}.')
            else:
                inventions.append(f'Says "{mention.fact}", which nobody believes.')
        elif mention.stance == Stance.DENIED and mention.fact in line.known and _is_contested(line, mention):
            leaks.append(f'Denies "{mention.fact}", which {line.speaker} believes, and others do not.')
    leaks += _quotations(line, reader, private)
    drift = _drift(line, act_fluent, mentions) if line.kind == "speech" else []
    return Reading(mentions, tuple(leaks), tuple(inventions), tuple(drift), tuple(_bleed(line, reader)))


def _may_say(line: Line, fact: str) -> bool:
    return fact == line.act or fact in line.known


def _is_contested(line: Line, mention: Mention) -> bool:
    """Whether somebody else holds another value, and the line was not chosen to say one."""
    others = {f for f in line.elsewhere or () if f.startswith(f"{mention.fluent} ") and f != mention.fact}
    return bool(others) and not line.act.startswith(f"{mention.fluent} ")


def _drift(line: Line, act_fluent: str, mentions: Sequence[Mention]) -> list[str]:
    asserted = dict.fromkeys(m for m in mentions if m.stance == Stance.ASSERTED)
    if not line.act:
        return [f'Was to state nothing, and says "{m.fact}".' for m in asserted]
    if not act_fluent:
        return []
    found = [
        f'Was to say "{line.act}", and says "{m.fact}".'
        for m in asserted
        if m.fluent == act_fluent and m.fact != line.act
    ]
    stances = {m.stance for m in mentions if m.fact == line.act}
    if not stances and not found:
        found.append(f'Was to say "{line.act}", which is not in it.')
    elif stances and stances <= {Stance.ASKED, Stance.DENIED}:
        found.append(f'Was to say "{line.act}", which is only {" and ".join(sorted(stances))}.')
    return found


def _runs(text: str) -> dict[str, str]:
    """All runs of `QUOTED_WORDS` consecutive words, each with the two words before and after it."""
    words = re.findall(r"\w+(?:'\w+)*", plain(text))
    starts = range(len(words) - QUOTED_WORDS + 1)
    return {
        " ".join(words[i : i + QUOTED_WORDS]): " ".join(words[max(0, i - 2) : i + QUOTED_WORDS + 2]) for i in starts
    }


def _quotations(line: Line, reader: Reader, private: Mapping[str, Sequence[str]]) -> list[str]:
    """What the line quotes of the private texts of others, unless the speaker was told it, too, or it is how a fact
    is worded that the speaker may state."""
    own = {run for text in private.get(line.speaker or "", ()) for run in _runs(text)}
    sayable = [
        form
        for f, values in reader.facts.items()
        for v in values
        if _may_say(line, f"{f} {v}")
        for form in reader.names.forms(v)
    ]
    said = [
        run
        for run, around in _runs(line.text).items()
        if run not in own and not any(f" {form} " in f" {around} " for form in sayable)
    ]
    found = []
    for role, texts in private.items():
        theirs = {run for text in texts for run in _runs(text)} if role != line.speaker else set()
        quoted = next((run for run in said if run in theirs), None)
        if quoted is not None:
            found.append(f'Quotes what {role} alone was told: "{quoted}".')
    return found


def _bleed(line: Line, reader: Reader) -> list[str]:
    """Other roles' names that open a speech: at the start of the text, of a line or a sentence, or in capitals."""
    found = []
    for name in dict.fromkeys((*reader.cast, "narrator", "author")):
        names = "|".join(re.escape(form) for form in (*reader.names.forms(name), name.casefold()))
        opening = rf"(?:^|[.!?…\"”])[\s*_#>-]*(?i:{names})[\s*_]*:"
        capitals = rf"(?<!\w)(?:{names.upper()})\s*:"
        if name != line.speaker and re.search(f"{opening}|{capitals}", line.text, re.MULTILINE):
            found.append(f"Goes on as {name}.")
    return found
