"""ToMBench (Chen et al., ACL 2024): the stories of its False Belief Task about where a thing is, in Chinese and in the
English made from it.

PATH is ``False Belief Task.jsonl`` or its folder. Every line is two items, ``zh`` and ``en``: the English is a
translation by machine, in which names and words drift within one item. Containers do not show what is in them, so
coming back shows nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stage.importers.files import files, read_lines
from stage.importers.rooms import Clause, Entered, Exited, Moved, Noise, NotUnderstoodError, Placed, told
from stage.importers.story import Imported, Question, Story, Unparsed
from stage.setting import Conventions, place_fluent

LETTERS = "ABCD"
_ARTICLE = re.compile(r"^(?:the|an?) ")


@dataclass(frozen=True)
class Language:
    """How one language tells such a story and asks about it. The groups of ``story`` are its sentences; ``back`` is the
    beginning of a question about the time after somebody came back."""

    name: str
    fields: tuple[str, str, str]
    """Where a row has the story, the question and, with a letter in it, the options."""
    story: re.Pattern[str]
    clauses: Mapping[str, re.Pattern[str]]
    back: re.Pattern[str]
    questions: Mapping[str, re.Pattern[str]]


CHINESE = Language(
    "zh",
    ("故事", "问题", "选项{}"),
    re.compile(
        r"(?P<in>.+?闲逛)，(?P<see>他们看到了.+?)，(?P<find>他们在.+?发现了.+?)，"
        r"(?P<out>.+?离开了.+?)，(?P<move>.+?移动到了.+?)。?"
    ),
    {
        "in": re.compile(r"(.+?)和(.+?)在(.+)闲逛"),
        "find": re.compile(r"他们在(.+)里面发现了(.+)"),
        "out": re.compile(r"(.+)离开了(.+)"),
        "move": re.compile(r"(.+)把(.+)移动到了(.+)"),
    },
    re.compile(r"在(?P<who>.+?)返回(?P<room>.+?)之后[,，] *"),
    {
        "reality": re.compile(r"现在(.+)在哪里？"),
        "memory": re.compile(r"之前(.+)在哪里？"),
        "second_order": re.compile(r"(.+)认为(.+)会在哪里寻找(.+)？"),
        "first_order": re.compile(r"(.+)会在哪里寻找(.+)？"),
    },
)
ENGLISH = Language(
    "en",
    ("STORY", "QUESTION", "OPTION-{}"),
    re.compile(
        r"(?P<in>.+? (?:wander|hang|stroll).+?), (?P<see>(?:and )?they (?:see|saw) .+?), "
        r"(?P<find>(?:and )?they (?:find|found) .+?), (?P<out>(?:and )?.+? (?:leaves|left) .+?), "
        r"(?P<move>(?:and )?.+? (?:moves|moved) .+? to .+?)\.?"
    ),
    {
        "in": re.compile(
            r"(.+?) and (.+?) (?:are |were )?(?:wander|hang|stroll)\w*(?: out| around| about)? (?:in |on |at )?(.+)"
        ),
        "find": re.compile(r"(?:and )?they (?:find|found) (.+) (?:in|inside) (.+)"),
        "out": re.compile(r"(?:and )?(.+) (?:leaves|left) (.+)"),
        "move": re.compile(r"(?:and )?(.+) (?:moves|moved) (.+) to (.+)"),
    },
    re.compile(r"After (?P<who>.+?) returns to (?P<room>.+?), +"),
    {
        "reality": re.compile(r"Where (?:is|are) (.+) now\?"),
        "memory": re.compile(r"Where (?:is|are|was|were) (.+) before\?"),
        "second_order": re.compile(r"where does (.+) think (.+) (?:looks|will look|searches) for (.+)\?"),
        "first_order": re.compile(r"where (?:does|will) (.+) (?:look|search) for (.+)\?"),
    },
)


def read(path: Path) -> Imported:
    stories: dict[tuple[str, ...], Story] = {}
    unparsed: list[Unparsed] = []
    items = 0
    for file in files(path, "False Belief Task.jsonl"):
        for number, row in read_lines(file):
            for language in (CHINESE, ENGLISH):
                items += 1
                name = f"{file.stem}:{number}:{language.name}"
                try:
                    key, story, question = _item(name, row, language)
                except NotUnderstoodError as error:
                    unparsed.append(Unparsed(name, error.sentence, error.why))
                else:
                    known = stories.get(key, story)
                    stories[key] = replace(known, questions=(*known.questions, question))
    return Imported("tombench", items, tuple(stories.values()), tuple(unparsed))


def _item(name: str, row: Any, language: Language) -> tuple[tuple[str, ...], Story, Question]:
    """A story without questions, what tells it from others, and the question. Raises `NotUnderstoodError`."""
    told_in, asked_in, option_in = language.fields
    try:
        text, asked = str(row[told_in]).strip(), str(row[asked_in]).strip()
        options = {letter: _thing(str(row[option_in.format(letter)])) for letter in LETTERS}
        label = str(row[option_in.format(str(row["答案\nANSWER"]).strip())])
        ability = str(row["能力\nABILITY"])
    except (KeyError, TypeError) as error:
        raise NotUnderstoodError(str(row), f"the item has no {error}") from error
    if "Location" not in ability:
        raise NotUnderstoodError(asked, f"only questions of where a thing is are read, not {' '.join(ability.split())}")
    back = language.back.match(asked)
    rest = asked[back.end() :] if back else asked
    clauses = _clauses(text, language)
    if back:
        if not any(isinstance(c, Exited) and c.who == _who(back["who"]) for _, c in clauses):
            raise NotUnderstoodError(asked, f"{_who(back['who'])} did not leave")
        clauses.append((back.group().rstrip(", ，"), Entered((_who(back["who"]),), _place(back["room"]))))
    story = told(name, clauses, Conventions())
    return tuple(c for c, _ in clauses), story, _question(name, story, rest, language, label, tuple(options.values()))


def _clauses(text: str, language: Language) -> list[tuple[str, Clause]]:
    whole = language.story.fullmatch(text)
    if whole is None:
        raise NotUnderstoodError(text, "no pattern fits the story")
    found = {part: pattern.fullmatch(whole[part]) for part, pattern in language.clauses.items()}
    coming, find, out, move = (found[part] for part in ("in", "find", "out", "move"))
    if coming is None or find is None or out is None or move is None:
        part = next(p for p, match in found.items() if match is None)
        raise NotUnderstoodError(whole[part], "no pattern fits the sentence")
    room = _place(coming[3])
    spot, thing = (find[1], find[2]) if language is CHINESE else (find[2], find[1])
    if _thing(move[2]) != _thing(thing):
        raise NotUnderstoodError(whole["move"], f"the story has no {move[2]}")
    return [
        (whole["in"], Entered((_who(coming[1]), _who(coming[2])), room)),
        (whole["see"], Noise()),
        (whole["find"], Placed(_thing(thing), _thing(spot))),
        (whole["out"], Exited(_who(out[1]), _place(out[2]))),
        (whole["move"], Moved(_who(move[1]), _thing(move[2]), _thing(move[3]))),
    ]


def _question(
    name: str, story: Story, asked: str, language: Language, label: str, options: tuple[str, ...]
) -> Question:
    for kind, pattern in language.questions.items():
        if match := pattern.fullmatch(asked):
            *names, thing = match.groups()
            viewpoint, fluent = tuple(map(_who, names)), place_fluent(_thing(thing))
            strangers = [n for n in viewpoint if n not in story.setting.people]
            if strangers or fluent not in story.setting.ranges:
                raise NotUnderstoodError(asked, f"the story has no {strangers[0] if strangers else thing}")
            meant = _thing(label) if _thing(label) != label else ""
            kind = f"{language.name}/{kind}"
            at_start = kind.endswith("memory")
            return Question(name, kind, asked, viewpoint, fluent, label, options, at_start, meant=meant)
    raise NotUnderstoodError(asked, "no pattern fits the question")


def _who(name: str) -> str:
    """Names are written in one word or in two ("Xiaoming", "Xiao Ming")."""
    return name.replace(" ", "").title()


def _place(name: str) -> str:
    return f"the {_thing(name)}"


def _thing(name: str) -> str:
    return _ARTICLE.sub("", name.strip().lower())
