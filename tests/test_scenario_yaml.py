"""Scene files: every flaw is reported, all at once, each at its line and column; and nothing else is ever raised."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stage.errors import Complaint, SceneError
from stage.resources import scenarios_folder
from stage.scenes.yaml_reader import LARGEST, complaints, load, loads

SALLY_ANNE = scenarios_folder() / "sally_anne.yaml"

# Four lines: what is added begins on line 5.
BASE = """\
cast: {sally: {at: kitchen}, anne: {at: kitchen}, mary: }
places: [kitchen, garden]
things: {basket: {at: kitchen, container: true}, box: {at: kitchen, container: true, lid: closed}, marble: {at: kitchen}, note: {at: kitchen, letter: true}, stone: {at: garden}}
facts: {door is: [locked, open], safe contains: {values: [gold, dust], start: gold}}
"""

Expected = tuple[int, int, str, str]


def found(text: str) -> list[Complaint]:
    """What is wrong with a text; empty if it is a scene."""
    try:
        loads(text, "it")
    except SceneError as error:
        return list(error.complaints)
    return []


def beats(*lines: str) -> str:
    """The base with these beats, the first of them on line 6 from column 5."""
    return BASE + "beats:\n" + "".join(f"  - {line}\n" for line in lines)


def test_the_base_is_a_scene() -> None:
    assert found(BASE) == []
    assert loads(BASE, "it").setting.people == ("sally", "anne", "mary")


BROKEN: dict[str, tuple[str, list[Expected]]] = {
    # ------------------------------------------------------------------------------------------------------- the text
    "empty": ("", [(1, 1, "empty", "'cast' and 'places'")]),
    "only a comment": ("# a scene\n", [(1, 1, "empty", "nothing is written here")]),
    "a list at the top": ("- sally\n", [(1, 1, "not-a-mapping", "this is a list; a scene is a mapping")]),
    "a text at the top": ("# first\n sally\n", [(2, 2, "not-a-mapping", "this is a single text")]),
    "null at the top": ("~", [(1, 1, "not-a-mapping", "a scene is a mapping")]),
    "two documents": (BASE + "---\n" + BASE, [(5, 1, "second-document", "one file holds one scene")]),
    "a directive": ("# x\n%YAML 1.1\n---\n" + BASE, [(2, 1, "directive", "remove this line")]),
    "a tab": ("cast:\n\tsally: {}\n", [(2, 1, "tab", "YAML wants spaces")]),
    "a tab after spaces": ("places:\n  - kitchen\n \t- garden\n", [(3, 2, "tab", "YAML wants spaces")]),
    "NUL": ("cast: {sal\0ly: }\n", [(1, 11, "control-character", "U+0000")]),
    "escape character": (BASE + "title: \x1b[31mred\n", [(5, 8, "control-character", "U+001B")]),
    "NUL as an escape": (BASE + 'title: "a\\0b"\n', [(5, 8, "control-character", "U+0000")]),
    "half a surrogate pair": (BASE + 'title: "\\ud83d"\n', [(5, 8, "control-character", "U+D83D")]),
    "no character at all": (BASE + 'title: "\\UFFFFFFFF"\n', [(5, 6, "syntax", "quotes and escapes")]),
    "zero width space": ("cast: {sal\u200bly: }\n", [(1, 11, "invisible-character", "U+200B")]),
    "zero width joiner in latin": ("cast:\n  anne\u200d: \n", [(2, 7, "invisible-character", "U+200D")]),
    "right to left override": (BASE + "title: a \u202egnp.exe\n", [(5, 10, "invisible-character", "U+202E")]),
    "byte order mark in the middle": (BASE + "title: \ufeffx\n", [(5, 8, "invisible-character", "U+FEFF")]),
    "an open quote": (BASE + "title: 'Sally\n", [(5, 8, "syntax", "a quote is opened and not closed")]),
    "an open bracket": ("places: [kitchen\ncast: {}\n", [(2, 5, "syntax", "a ',' or a ']' is missing")]),
    "an open brace": ("cast: {sally: {at: kitchen}\n", [(2, 1, "syntax", "a ',' or a '}' is missing")]),
    "a colon in a text": (BASE + "title: Sally: a story\n", [(5, 13, "syntax", "put a text with ': ' in quotes")]),
    "a list on the line of its key": (BASE + "beats: - {think: anne}\n", [(5, 8, "syntax", "on a new line")]),
    "a text that begins with @": (BASE + "title: @home\n", [(5, 8, "syntax", "put it in quotes")]),
    "less indented than before": ("  cast: {}\n places: []\n", [(2, 2, "syntax", "check the indentation")]),
    "an unknown escape": (BASE + 'title: "\\q"\n', [(5, 10, "syntax", "use single quotes")]),
    "a million brackets": ("[" * LARGEST, [(1, 31, "too-deep", "more than 30 levels")]),
    "a million braces": ("title: " + "{a: " * (LARGEST // 4), [(1, 8 + 4 * 29, "too-deep", "30 levels")]),
    "half a million dashes": ("- " * (LARGEST // 2), [(1, 61, "too-deep", "more than 30 levels")]),
    "a tag": (BASE + "title: !!python/object/apply:os.system [ls]\n", [(5, 8, "tag", "!!python/object/apply:os.system"), (5, 8, "wrong-kind", "a text is wanted")]),
    "a tag on the scene": ("!!map\n" + BASE, [(1, 1, "tag", "'!!map' is not wanted")]),
    "an anchor": (BASE + "title: &name Sally\n", [(5, 8, "anchor", "'&name'")]),
    "an alias bomb": (
        "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
        [(1, 4, "anchor", "'&a'"), (2, 4, "anchor", "'&b'"), (2, 8, "alias", "'*a'"), (2, 12, "alias", "'*a'"),
         (3, 4, "anchor", "'&c'"), (3, 8, "alias", "'*b'"), (3, 12, "alias", "'*b'")],
    ),
    # ------------------------------------------------------------------------------------------------------- the keys
    "a key twice": (BASE + "title: a\ntitle: b\n", [(6, 1, "duplicate-key", "'title' is already given on line 5")]),
    "a name twice": ("cast:\n  anne: {at: hall}\n  anne: {at: hall}\nplaces: [hall]\n", [(3, 3, "duplicate-key", "line 2")]),
    "keys twice, all at once": (
        BASE + "title: a\npremise: {a: 1, a: 2}\ntitle: b\n",
        [(6, 10, "wrong-kind", "this is a mapping; a text is wanted"), (6, 17, "duplicate-key", "'a'"), (7, 1, "duplicate-key", "'title'")],
    ),
    "a list as key": (BASE + "? [a, b]\n: c\n", [(5, 3, "bad-key", "a single text")]),
    "no key": (BASE + ": c\n", [(5, 1, "bad-key", "a key is missing")]),
    "a merge key": (BASE + "<<: {title: x}\n", [(5, 1, "unknown-key", "'<<'")]),
    "an unknown key": (BASE + "titel: x\n", [(5, 1, "unknown-key", "did you mean 'title'?")]),
    "a text with a comma": ("cast: {sally: {at: kitchen, persona: You sing, and dance.}}\nplaces: [kitchen]\n", [(1, 48, "unknown-key", "put the whole text in quotes")]),
    "a text with a colon in braces": ("cast: {sally: {at: kitchen, persona: You sing: and dance.}}\nplaces: [kitchen]\n", [(1, 46, "syntax", "goes into quotes")]),
    "a list without brackets": (BASE.replace("[kitchen, garden]", "kitchen, garden"), [(2, 9, "wrong-kind", "wanted here: [kitchen, garden]")]),
    "a beat without braces": (BASE + "beats:\n  - leave: sally, to: garden\n", [(6, 21, "syntax", "several keys on one line in {}")]),
    "a key unlike any": (BASE + "soundtrack: x\n", [(5, 1, "unknown-key", "there is title, premise, format")]),
    "cast and places missing": ("title: x\n", [(1, 1, "missing-key", "'cast'"), (1, 1, "missing-key", "'places'")]),
    "unknown keys, all at once": (
        "cast: {sally: {att: hall}}\nplaces: {hall: {name: Hall}}\nthings: {box: {lidd: open}}\n"
        "facts: {door is: {values: [a, b], star: a}}\nauthor: {goal: x}\nnarrator: {know: everything}\n"
        "trust: {usul: no}\nprobes:\n  - {expext: x}\n",
        [(1, 16, "unknown-key", "did you mean 'at'?"), (2, 17, "unknown-key", "there is title"), (3, 16, "unknown-key", "'lid'"),
         (4, 35, "unknown-key", "'start'"), (5, 10, "unknown-key", "there is intent"), (6, 12, "unknown-key", "'knows'"),
         (7, 9, "unknown-key", "'usual'"), (9, 6, "unknown-key", "'expect'")],
    ),
    # ------------------------------------------------------------------------------------------------------ the values
    "wrong kinds, all at once": (
        "title: [a]\nformat: film\ncast: {sally: {hidden: perhaps, at: [hall]}}\nplaces: hall\n"
        "things: {box: {lid: ajar}}\nfacts: {door is: locked}\nprobes: [{after: {}, orders: x}, {minds: sally}]\nbeats: {}\n",
        [(1, 8, "wrong-kind", "this is a list; a text"), (2, 9, "wrong-kind", "this is 'film'; 'chat' or 'script'"),
         (3, 24, "wrong-kind", "'true' or 'false'"), (3, 37, "wrong-kind", "a text is wanted"), (4, 9, "wrong-kind", "a list or a mapping"),
         (5, 21, "wrong-kind", "'open' or 'closed'"), (6, 18, "wrong-kind", "a mapping or a list"), (7, 18, "wrong-kind", "'every', 'start' or 'end'"),
         (7, 30, "wrong-kind", "a whole number or a list"), (7, 42, "wrong-kind", "'all' or a list"), (8, 8, "wrong-kind", "a list is wanted")],
    ),
    "nothing where a text is meant": (BASE + "premise:\n", [(5, 1, "wrong-kind", "this is empty; a text is wanted")]),
    "an empty cast": ("cast: {}\nplaces: [hall]\n", [(1, 7, "too-short", "0 are too few")]),
    "a range of one": (BASE + "trust: yes\n" + "things: {}\n", [(6, 1, "duplicate-key", "'things'")]),
    "one value": ("cast: {sally: }\nplaces: [hall]\nfacts:\n  hall is: [dark]\n", [(4, 3, "range-too-small", "two values or more")]),
    "a value twice": ("cast: {sally: }\nplaces: [hall]\nfacts:\n  hall is: [dark, dark]\n", [(4, 3, "value-twice", "twice")]),
    "an empty value": ("cast: {sally: }\nplaces: [hall]\nfacts: {hall is: [dark, '']}\n", [(3, 25, "too-short", "empty")]),
    "a very long title": (BASE + "title: " + "x" * 500_000, [(5, 8, "too-long", "200 characters")]),
    "a very long name": ("cast: {" + "x" * 61 + ": }\nplaces: [hall]\n", [(1, 8, "too-long", "60 characters")]),
    "numbers out of range": (
        BASE + "beats:\n  - {improvise: 1000}\nprobes:\n  - {orders: 9, after: 0}\n  - {orders: [1, 12]}\n",
        [(6, 17, "out-of-range", "at most 100"), (8, 14, "out-of-range", "at most 8"), (8, 24, "out-of-range", "at least 1"), (9, 18, "out-of-range", "at most 8")],
    ),
    "names that are none": (
        "cast: {__class__: , '..': , 1st: , two words: , -x: }\nplaces: ['', a/b]\n",
        [(1, 8, "bad-name", "'__class__' is no name"), (1, 21, "bad-name", "'..'"), (1, 29, "bad-name", "'1st'"),
         (1, 36, "bad-name", "'two words'"), (1, 49, "bad-name", "'-x'"), (2, 10, "bad-name", "''"), (2, 14, "bad-name", "'a/b'")],
    ),
    "a left-to-right mark in a name": ("cast: {sally\u200e: }\nplaces: [hall]\n", [(1, 8, "bad-name", "begins with a letter")]),
    "a start that is no value": (
        "cast: {sally: }\nplaces: [hall]\nfacts: {hall is: {values: [dark, light], start: drak}}\n",
        [(3, 49, "unknown-value", "did you mean 'dark'?")],
    ),
    "a statement without its value": (
        "cast: {sally: }\nplaces: [hall]\nfacts: {hall is: {values: [dark, light], statement: It is.}}\n",
        [(3, 53, "fact-form", "'{value}'")],
    ),
    "a fact without a relation": ("cast: {sally: }\nplaces: [hall]\nfacts:\n  door: [a, b]\n", [(4, 3, "fact-form", "a subject and a relation")]),
    # ------------------------------------------------------------------------------------------------------- the names
    "a place that is not there": ("cast: {sally: {at: hal}}\nplaces: [hall]\n", [(1, 20, "unknown-name", "did you mean 'hall'?")]),
    "a thing in no such place": ("cast: {sally: }\nplaces: [hall]\nthings: {box: {at: attic}}\n", [(3, 20, "unknown-name", "'attic'")]),
    "a thing in what holds nothing": ("cast: {sally: }\nplaces: [hall]\nthings: {cup: {at: hall}, pea: {at: cup}}\n", [(3, 37, "not-a-container", "container: true")]),
    "a thing inside itself": (
        "cast: {sally: }\nplaces: [hall]\nthings:\n  box: {at: bag, container: true}\n  bag: {at: box, container: true}\n",
        [(4, 13, "cyclic", "'box' is inside itself"), (5, 13, "cyclic", "'bag' is inside itself")],
    ),
    "a name for two": ("cast: {rose: {at: hall}}\nplaces: [hall]\nthings:\n  rose: {at: hall}\n", [(4, 3, "name-twice", "already a name in cast")]),
    "a place twice": ("cast: {sally: }\nplaces: [hall, hall]\n", [(2, 16, "name-twice", "'hall'")]),
    "reserved names": (
        "cast: {narrator: , author: {at: hall}}\nplaces: [hall, away]\nthings:\n  nothing: {at: hall}\n",
        [(1, 8, "reserved-name", "'narrator'"), (1, 20, "reserved-name", "'author'"), (2, 16, "reserved-name", "'away'"), (4, 3, "reserved-name", "'nothing'")],
    ),
    "strangers, all at once": (
        BASE + "narrator: {knows: [bob]}\ntrust: {pairs: {sally: {carl: no}, dave: {anne: no}}}\ncommon: [cellar is wet]\nprobes: [{minds: [eve]}]\n",
        [(5, 20, "unknown-name", "'bob'"), (6, 25, "unknown-name", "'carl'"), (6, 36, "unknown-name", "'dave'"), (7, 10, "unknown-name", "'cellar'"), (8, 19, "unknown-name", "'eve'")],
    ),
    "what is not so": (BASE + "common: [marble at box]\n", [(5, 10, "not-so", "is not so at the start")]),
    # ------------------------------------------------------------------------------------------------------- the beats
    "no verb": (beats("{to: garden}"), [(6, 5, "no-verb", "a beat has one of enter, leave")]),
    "a verb misspelt": (beats("{entre: sally, to: garden}"), [(6, 6, "no-verb", "did you mean 'enter'?")]),
    "a verb of another language": (beats("{tell: door is open, by: anne}", "{go: sally, to: garden}"), [(6, 6, "no-verb", "'say' is the verb for 'tell'"), (7, 6, "no-verb", "'leave' is the verb for 'go'")]),
    "a beat that is a text": (beats("speak", "[speak]", ""), [(6, 5, "no-verb", "this is 'speak'"), (7, 5, "no-verb", "this is a list"), (8, 4, "no-verb", "this is empty")]),
    "two verbs": (beats("{put: marble, in: basket, enter: sally, to: garden}"), [(6, 31, "two-verbs", "'put' and 'enter'; make two beats")]),
    "in and to": (beats("{put: marble, in: basket, to: box, by: anne}"), [(6, 31, "unknown-key", "'to' and 'in' mean the same")]),
    "secretely": (beats("{put: marble, in: basket, by: anne, secretely: true}"), [(6, 41, "unknown-key", "did you mean 'secretly'?")]),
    "a key missing": (beats("{put: marble}"), [(6, 5, "missing-key", "'by'"), (6, 5, "missing-key", "'in'")]),
    "a key missing because misspelt": (beats("{take: marble, buy: anne}"), [(6, 20, "unknown-key", "did you mean 'by'?")]),
    "strangers in beats": (
        beats("{put: marbel, in: bskt, by: ann}", "{enter: saly, to: gardn}", "{say: marble at basket, by: anne, to: [salli, mary]}", "{speak: bob}"),
        [(6, 11, "unknown-name", "'marble'"), (6, 23, "unknown-name", "'basket'"), (6, 33, "unknown-name", "'anne'"), (7, 13, "unknown-name", "'sally'"),
         (7, 23, "unknown-name", "'garden'"), (8, 44, "unknown-name", "'sally'"), (9, 13, "unknown-name", "no character is called 'bob'")],
    ),
    "exceptions to who notices": (
        beats("{set: door is open, seen_by: [bob, {sally: [eve]}], partly: [sally], distracted: anne}"),
        [(6, 86, "wrong-kind", "a list is wanted")],
    ),
    "exceptions of strangers": (
        beats("{set: door is open, at: kitchen, seen_by: [bob, {sally: [eve]}], partly: [sally]}"),
        [(6, 48, "unknown-name", "'bob'"), (6, 62, "unknown-name", "'eve'"), (6, 79, "notices-twice", "'sally'")],
    ),
    "who misses what he does": (
        beats("{leave: [sally, anne], to: garden, hidden_from: [anne]}", "{put: marble, in: basket, by: anne, partly: [anne], distracted: [sally]}", "{enter: sally, to: kitchen, distracted: [sally]}"),
        [(6, 54, "misses-own-deed", "'anne' does this, and cannot miss it; name others, or leave 'hidden_from' out"), (7, 50, "misses-own-deed", "'anne'"), (8, 46, "misses-own-deed", "leave 'distracted' out")],
    ),
    "ids that are none": (beats("{think: anne, id: end}", "{think: anne, id: pause}", "{think: anne, id: pause}", "{think: anne, id: 4}"), [(9, 23, "bad-name", "'4'")]),
    "ids that are taken": (beats("{think: anne, id: end}", "{think: anne, id: pause}", "{think: anne, id: pause}"), [(6, 23, "reserved-name", "'end'"), (8, 23, "name-twice", "the id of beat 2")]),
    "a value that is none": (beats("{set: door is ajar}", "{say: marble at moon, by: anne}"), [(6, 19, "unknown-value", "'ajar' is no value of 'door is'"), (7, 21, "unknown-value", "'moon'")]),
    "half a fact": (beats("{say: marble, by: anne}", "{ask: door was, by: anne}"), [(6, 11, "fact-form", "a subject, a relation and a value"), (7, 16, "unknown-fact", "did you mean 'door is'?")]),
    "writing on a stone": (beats("{write: stone, says: door is open, by: anne}", "{read: marble, by: anne}"), [(6, 13, "not-letter", "'stone' is not declared with 'letter'"), (7, 12, "not-letter", "'marble'")]),
    "opening what has no lid": (beats("{open: basket, by: anne}", "{look: marble, by: anne}"), [(6, 12, "not-lid", "'basket'"), (7, 12, "not-container", "'marble'")]),
    "putting into what holds nothing": (beats("{put: marble, in: stone, by: anne}"), [(6, 23, "not-a-container", "nothing can be put into 'stone'")]),
    "sent with set": (beats("{set: sally at garden}"), [(6, 11, "use-enter", "'enter' and 'leave'")]),
    "introduced twice": (beats("{introduce: anne, at: kitchen}"), [(6, 17, "name-twice", "in the cast already")]),
    "titles of facts about what has its own": (
        "cast: {anne: {at: hall}}\nplaces: [hall]\nfacts:\n  anne is: {values: [sad, glad], title: the queen}\n  door is: {values: [a, b], title: '.'}\n  door was: {values: [a, b], title: the gate}\n",
        [(4, 41, "fact-form", "'anne' stands under 'cast'"), (5, 36, "too-short", "no word"), (6, 37, "fact-form", "'door' is called '.' already")],
    ),
    "a word in a text that is folded": (BASE + "probes:\n  - ask: 'sally:\n      window is'\n", [(6, 10, "unknown-name", "'window'")]),
    "the last of two alike": (beats("{say: marble at marble, by: anne}"), [(6, 21, "unknown-value", "'marble' is no value")]),
    # -------------------------------------------------------------------------------------------------- what is possible
    "into a closed box": (beats("{put: marble, in: box, by: anne}"), [(6, 23, "impossible", "beat 1 cannot happen: box is closed")]),
    "from out of reach": (beats("{leave: anne, to: garden}", "{take: marble, by: anne}"), [(7, 12, "impossible", "anne cannot reach marble")]),
    "to where one is": (beats("{enter: anne, to: kitchen}"), [(6, 13, "impossible", "already at kitchen")]),
    "together, one twice": (beats("{enter: [mary, mary], to: kitchen}"), [(6, 6, "name-twice", "named twice")]),
    "together, nobody": (beats("{leave: []}"), [(6, 6, "nobody", "at least one character")]),
    "together, one there": (beats("{enter: [mary, anne], to: kitchen}"), [(6, 20, "impossible", "anne is already at kitchen")]),
    "together, one unknown": (beats("{enter: [mary, ann], to: kitchen}"), [(6, 20, "unknown-name", "'ann'")]),
    "by somebody off stage": (beats("{look: around, by: mary}"), [(6, 24, "impossible", "mary is not on stage")]),
    "to somebody elsewhere": (beats("{leave: sally, to: garden}", "{say: door is open, by: anne, to: sally}"), [(7, 39, "impossible", "sally is not at kitchen, but garden; mend what comes before it, or add 'in_vain: true'")]),
    "speaking off stage": (beats("{speak: mary}", "{speak: anne, to: mary}"), [(6, 13, "impossible", "mary is not on stage"), (7, 23, "impossible", "mary is not at kitchen")]),
    "to several, one of them elsewhere": (beats("{leave: sally, to: garden}", "{whisper: door is open, by: anne, to: [anne, sally]}"), [(7, 50, "impossible", "sally is not at kitchen, but garden")]),
    "into what is elsewhere": (beats("{leave: anne, to: garden}", "{put: marble, in: box, by: anne}"), [(7, 11, "impossible", "anne cannot reach marble"), (7, 23, "impossible", "box is closed"), (7, 23, "impossible", "box is not where anne is")]),
    "watching from within": (beats("{peek: kitchen, by: anne}"), [(6, 12, "impossible", "anne is at kitchen already")]),
    "closing what is closed": (beats("{close: box, by: anne}", "{look: box, by: anne}"), [(6, 13, "impossible", "closed already"), (7, 12, "impossible", "box is closed")]),
    "reading what is not written": (beats("{read: note, by: anne}"), [(6, 12, "impossible", "nothing is written in note")]),
    # ------------------------------------------------------------------------------------------------------- the probes
    "a probe about nothing": (BASE + "probes:\n  - {ask: 'sally: window is'}\n  - {about: [marble is]}\n", [(6, 19, "unknown-name", "'window'"), (7, 21, "unknown-fact", "'marble is'")]),
    "a probe of a stranger": (BASE + "probes:\n  - {ask: 'sally>bob: marble at'}\n", [(6, 18, "unknown-name", "no mind is called 'bob'")]),
    "a probe without a colon": (BASE + "probes:\n  - {ask: sally}\n", [(6, 11, "probe-form", "'anne>sally: marble at'")]),
    "a probe too deep": (BASE + "probes:\n  - {ask: 'anne>sally>anne>sally>anne>sally>anne>sally>anne: marble at'}\n", [(6, 11, "too-deep", "order 9")]),
    "an answer that is none": (BASE + "probes:\n  - {ask: 'sally: door is', expect: ajar}\n", [(6, 37, "unknown-value", "'ajar'")]),
    "an answer without a question": (BASE + "probes:\n  - {about: [door is], expect: open}\n", [(6, 32, "probe-form", "goes with 'ask'")]),
    "probes that ask nothing": (
        BASE + "probes:\n  - {after: []}\n  - {about: [], minds: [], orders: []}\n",
        [(6, 13, "too-short", "0 are too few"), (7, 13, "too-short", "0"), (7, 24, "too-short", "0"), (7, 36, "too-short", "0")],
    ),
    "a failure expected for no reason": (
        BASE + "probes:\n  - {xfail: {models: [x]}}\n  - {xfail: {reason: x, models: [], strict: maybe, when: now}}\n  - {xfail: []}\n",
        [(6, 13, "missing-key", "'reason'"), (7, 33, "too-short", "1 or more"), (7, 45, "wrong-kind", "'true' or 'false'"), (7, 52, "unknown-key", "reason, models, strict"), (8, 13, "wrong-kind", "a mapping or a text")],
    ),
    "a family that fails as one": (BASE + "probes:\n  - {about: [door is], xfail: {reason: x, strict: true}}\n", [(6, 51, "probe-form", "'strict' goes with 'ask'")]),
    "two kinds of probe": (
        BASE + "probes:\n  - {ask: 'sally: door is', minds: [anne], orders: 1}\n",
        [(6, 29, "probe-form", "remove 'minds'"), (6, 52, "probe-form", "remove 'orders'")],
    ),
    "after beats that are not there": (beats("{think: anne}") + "probes:\n  - {after: 2}\n  - {after: [1, 3, noon]}\n", [(8, 13, "no-such-beat", "the last is 1"), (9, 17, "no-such-beat", "no beat 3"), (9, 20, "unknown-name", "'noon'")]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_wrong_is_said(text: str, expected: list[Expected]) -> None:
    complained = found(text)
    assert [(c.line, c.column, c.rule) for c in complained] == [e[:3] for e in expected]
    for complaint, (*_, part) in zip(complained, expected, strict=True):
        assert part in complaint.message
        assert complaint.file == "it"
        assert str(complaint).startswith(f"it:{complaint.line}:{complaint.column}: ")


def test_the_table_is_long_enough() -> None:
    assert len(BROKEN) >= 90
    assert len({rule for _, expected in BROKEN.values() for _, _, rule, _ in expected}) >= 40


def test_complaints_come_to_an_end() -> None:
    complained = found("a: [" + "*x, " * 500 + "]")
    assert len(complained) == 101
    assert complained[-1].rule == "too-many"


# ------------------------------------------------------------------------------------------------------------- values
def test_a_value_is_the_text_that_stands_there() -> None:
    scene = loads(
        "cast: {sally: {at: hall}}\nplaces: [hall]\n"
        "facts: {hall holds: [1, 2.50, true, yes, 2024-01-01, 0x1F, 'null', \"~\"]}\n"
        "probes: [{ask: 'reality: hall holds', expect: yes, after: start}, {ask: 'sally: hall holds', expect: 2.50}]\n"
    )
    (values,) = [v for f, v in scene.setting.ranges.items() if f.relation == "holds"]
    assert values == ("1", "2.50", "true", "yes", "2024-01-01", "0x1F", "null", "~")
    assert [p.expect for p in scene.probes] == ["yes", "2.50"]


def test_switches_and_numbers_are_read_from_texts() -> None:
    scene = loads(
        beats("{narrate: true}", "{narrate: softly}", "{improvise: 3}")
        + "probes: [{orders: [0, 2], after: [1, end]}]\n"
    )
    assert [getattr(b.doing, "hint", None) for b in scene.beats] == ["", "softly", None]
    assert scene.beats[2].doing.count == 3  # type: ignore[union-attr]
    assert (scene.probes[0].orders, scene.probes[0].beats) == ((0, 2), (1, 3))


@pytest.mark.parametrize("name", ["שרה", "سارة", "सीता", "Zoë", "O’Neil", "Anne-Marie", "李雷", "می\u200cنا"])
def test_names_of_any_script(name: str) -> None:
    assert loads(f"cast: {{{name}: {{at: hall}}}}\nplaces: [hall]\n").setting.people == (name,)


def test_a_block_of_prose_is_kept() -> None:
    assert loads(BASE + "premise: |\n  One.\n\n  Two.\n").premise == "One.\n\nTwo.\n"


# -------------------------------------------------------------------------------------------------------------- files
def test_a_file_is_loaded() -> None:
    assert load(SALLY_ANNE).title == "Sally and Anne"
    assert complaints(SALLY_ANNE) == []


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_any_newline_and_a_byte_order_mark(tmp_path: Path, newline: str) -> None:
    path = tmp_path / "scene.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + BASE.replace("\n", newline).encode())
    assert complaints(path) == []
    path.write_bytes(b"\xef\xbb\xbf" + (BASE + "titel: x\n").replace("\n", newline).encode())
    assert [(c.line, c.column, c.rule) for c in complaints(path)] == [(5, 1, "unknown-key")]


@pytest.mark.parametrize(
    ("data", "line", "column", "rule", "part"),
    [
        (BASE.encode() + b"title: caf\xe9\n", 5, 11, "not-utf-8", "byte 0xe9 is not UTF-8; save the file as UTF-8"),
        (BASE.encode("utf-16"), 1, 1, "not-utf-8", "0xff"),
        ("title: é".encode() + b"\xff", 1, 9, "not-utf-8", "0xff"),
        (b"\x89PNG\r\n\x1a\n", 1, 1, "not-utf-8", "0x89"),
        (b"a" * (LARGEST + 1), 0, 0, "too-large", "make several scenes of it"),
        (b"", 1, 1, "empty", "nothing is written here"),
    ],
)
def test_bytes_that_are_no_scene(tmp_path: Path, data: bytes, line: int, column: int, rule: str, part: str) -> None:
    path = tmp_path / "scene.yaml"
    path.write_bytes(data)
    (complaint,) = complaints(path)
    assert (complaint.file, complaint.line, complaint.column, complaint.rule) == (str(path), line, column, rule)
    assert part in complaint.message


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (missing,) = complaints(tmp_path / "gone.yaml")
    assert (missing.line, missing.column, missing.rule) == (0, 0, "no-such-file")
    (folder,) = complaints(tmp_path)
    assert (folder.line, folder.column, folder.rule) == (0, 0, "not-a-file")
    (name,) = complaints(Path("a\0b"))
    assert (name.line, name.rule) == (0, "unreadable-file")
    (long,) = complaints(tmp_path / ("x" * 5000))
    assert (long.line, long.rule) == (0, "unreadable-file")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="everything can be read here")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "scene.yaml"
    path.write_text(BASE)
    path.chmod(0)
    (complaint,) = complaints(path)
    assert (complaint.line, complaint.rule) == (0, "unreadable-file")


# --------------------------------------------------------------------------------------------------------- properties
SOURCE = SALLY_ANNE.read_text(encoding="utf-8")
SOURCES = [path.read_text(encoding="utf-8") for path in sorted(scenarios_folder().glob("*.yaml"))]
PIECES = (
    "{", "}", "[", "]", ": ", ", ", "\n", "\n  - ", "~", "&a ", "*a", "!t ", "'", '"', "|\n", "? ", "#", "\t", "%",
    "\0", "sally", "kitchen", "marble at", "at: away", "box", "narrator", "author", "nothing", "around", "every", "-1", "3",
    "put", "enter", "speak", "seen_by: [anne]", "secretly: true", "knows: [marble at box]", "lid: closed", "𝒳", "\u200d",
)  # fmt: skip


def raises_nothing_else(text: str) -> None:
    for complaint in found(text):
        assert complaint.line <= text.count("\n") + text.count("\r") + 1
        assert complaint.rule
        assert complaint.rule == complaint.rule.lower()
        assert complaint.message
        assert len(complaint.message) < 1000
        assert "\n" not in complaint.message


@given(st.text(max_size=200))
def test_any_text_is_a_scene_or_has_complaints(text: str) -> None:
    raises_nothing_else(text)


@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_any_scraps_of_yaml_are_a_scene_or_have_complaints(pieces: list[str]) -> None:
    raises_nothing_else("".join(pieces))


Change = tuple[int, int, str]
CHANGES = st.lists(
    st.tuples(st.integers(0, len(SOURCE)), st.integers(0, 12), st.sampled_from(PIECES)), min_size=1, max_size=4
)


@settings(max_examples=300)
@given(CHANGES)
def test_a_damaged_scene_is_a_scene_or_has_complaints(changes: list[Change]) -> None:
    text = SOURCE
    for start, length, piece in changes:
        text = text[:start] + piece + text[start + length :]
    raises_nothing_else(text)


@settings(max_examples=200)
@given(st.data())
def test_words_in_the_wrong_places_are_understood_or_complained_of(data: st.DataObject) -> None:
    """Swaps whole words, so that the YAML stays whole and the meaning is tried."""
    words = data.draw(st.sampled_from(SOURCES)).split(" ")
    for _ in range(data.draw(st.integers(1, 4))):
        i, j = data.draw(st.integers(0, len(words) - 1)), data.draw(st.integers(0, len(words) - 1))
        words[i] = words[j]
    raises_nothing_else(" ".join(words))
