"""The stories of ToMBench's False Belief Task about where a thing is: two people find a thing, one goes out, the other
moves it. Containers do not show what is in them, so coming back shows nothing of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from stage.importers.clauses import Entered, Exited
from stage.importers.items import LONGEST, NotUnderstoodError, fits
from stage.importers.rooms import Clause, Moved, Noise, Placed, told
from stage.importers.story import Question, Story
from stage.importers.tombench_words import known, meant, place, thing, who
from stage.world.setting import Conventions, place_fluent


@dataclass(frozen=True)
class Language:
    """How one language tells such a story and asks about it. A story is cut at the commas that a part in ``parts``
    follows; ``back`` is the beginning of a question about the time after somebody came back."""

    comma: re.Pattern[str]
    parts: Mapping[str, re.Pattern[str]]
    back: re.Pattern[str]
    questions: Mapping[str, re.Pattern[str]]
    spot_first: bool


CHINESE = Language(
    re.compile(r"，"),
    {
        "in": re.compile(r"(.+?)和(.+?)在(.+)闲逛"),
        "see": re.compile(r"他们看到了.+"),
        "find": re.compile(r"他们在(.+)里面发现了(.+)"),
        "out": re.compile(r"(.+)离开了(.+)"),
        "move": re.compile(r"(.+)把(.+)移动到了(.+?)。?"),
    },
    re.compile(r"在(?P<who>.+?)返回(?P<room>.+?)之后[,，] *"),
    {
        "reality": re.compile(r"现在(.+)在哪里？"),
        "memory": re.compile(r"之前(.+)在哪里？"),
        "second_order": re.compile(r"(.+)认为(.+)会在哪里寻找(.+)？"),
        "first_order": re.compile(r"(.+)会在哪里寻找(.+)？"),
    },
    spot_first=True,
)
ENGLISH = Language(
    re.compile(r", (?:and )?(?=they (?:see|saw|find|found) |[^,]+ (?:leaves|left|moves|moved) )"),
    {
        "in": re.compile(
            r"(.+?) and (.+?) (?:are |were )?(?:wander|hang|stroll|roam)\w*(?: out| around| about)? (?:in |on |at )?(.+)"
        ),
        "see": re.compile(r"they (?:see|saw) .+"),
        "find": re.compile(r"they (?:find|found) (.+) (?:in|inside) (.+)"),
        "out": re.compile(r"(.+) (?:leaves|left) (.+)"),
        "move": re.compile(r"(.+) (?:moves|moved) (.+) to (.+?)\.?"),
    },
    re.compile(r"After (?P<who>.+?) returns to (?P<room>.+?), +"),
    {
        "reality": re.compile(r"Where (?:is|are) (.+) now\?"),
        "memory": re.compile(r"Where (?:is|are|was|were) (.+) before\?"),
        "second_order": re.compile(r"where does (.+) think (.+) (?:looks|will look|searches) for (.+)\?"),
        "first_order": re.compile(r"where (?:does|will) (.+) (?:look|search) for (.+)\?"),
    },
    spot_first=False,
)
_TURNED = re.compile(r"^[Ww](here .+) after (.+ returns to .+)\?$")
"""The time that a question is about may stand at its end."""
LANGUAGES: Mapping[str, Language] = {"zh": CHINESE, "en": ENGLISH}


def understood(
    name: str, language: str, text: str, asked: str, label: str, options: tuple[str, ...]
) -> tuple[tuple[str, ...], Story, Question]:
    """A story without questions, what tells it from others, and the question. Raises `NotUnderstoodError`."""
    if len(asked) > LONGEST:
        raise NotUnderstoodError(asked[:LONGEST], "no pattern fits the question")
    tongue = LANGUAGES[language]
    asked = _TURNED.sub(r"After \2, w\1?", asked)
    back = tongue.back.match(asked)
    clauses = _clauses(text, tongue)
    if back:
        if not any(isinstance(c, Exited) and c.who == who(back["who"]) for _, c in clauses):
            raise NotUnderstoodError(asked, f"{who(back['who'])} did not leave")
        clauses.append((back.group().rstrip(", ，"), Entered((who(back["who"]),), place(back["room"]))))
    story = told(name, clauses, Conventions())
    rest = asked[back.end() :] if back else asked
    return tuple(c for c, _ in clauses), story, _question(name, language, story, rest, label, options)


def _clauses(text: str, tongue: Language) -> list[tuple[str, Clause]]:
    sentences = tongue.comma.split(text)
    if len(sentences) != len(tongue.parts):
        raise NotUnderstoodError(text, "no pattern fits the story")
    found = {}
    for (part, pattern), sentence in zip(tongue.parts.items(), sentences, strict=True):
        match = fits(pattern, sentence)
        if match is None:
            raise NotUnderstoodError(sentence, "no pattern fits the sentence")
        found[part] = match
    coming, find, out, move = (found[part] for part in ("in", "find", "out", "move"))
    spot, what = (find[1], find[2]) if tongue.spot_first else (find[2], find[1])
    if known(move[2], [thing(what)]) != thing(what):
        raise NotUnderstoodError(move[0], f"the story has no {move[2]}")
    return [
        (coming[0], Entered((who(coming[1]), who(coming[2])), place(coming[3]))),
        (found["see"][0], Noise()),
        (find[0], Placed(thing(what), thing(spot))),
        (out[0], Exited(who(out[1]), place(out[2]))),
        (move[0], Moved(who(move[1]), thing(what), thing(move[3]))),
    ]


def _question(name: str, language: str, story: Story, asked: str, label: str, options: tuple[str, ...]) -> Question:
    for kind, pattern in LANGUAGES[language].questions.items():
        if match := fits(pattern, asked):
            *names, what = match.groups()
            viewpoint, fluent = tuple(map(who, names)), place_fluent(known(what, story.setting.things))
            strangers = [n for n in viewpoint if n not in story.setting.people]
            if strangers or fluent not in story.setting.ranges:
                raise NotUnderstoodError(asked, f"the story has no {strangers[0] if strangers else what}")
            spots = story.setting.range_of(fluent)
            return Question(
                name,
                f"{language}/{kind}",
                asked,
                viewpoint,
                fluent,
                label,
                options,
                at_start=kind == "memory",
                meant=meant(label, spots),
            )
    raise NotUnderstoodError(asked, "no pattern fits the question")
