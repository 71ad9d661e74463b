"""The stories of ToMBench's False Belief Task about what is in a thing: one finds it, reads its label, opens it and
finds something else; another comes in and sees the label.

A label is a word about the contents, as old as the thing: whoever has not looked inside believes it, whoever has does
not, and all who are there see that it can be read. "What does he expect to find after she opens it" is read as the
expectation with which it is opened, as the benchmark's labels read it; after a look inside there is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from stage.importers.items import NotUnderstoodError, fits
from stage.importers.story import ELSEWHERE, Question, Step, Story
from stage.importers.tombench_words import known, meant, place, thing, who
from stage.scenes.scene import Scripted
from stage.world.events import Appear, Attention, Close, Enter, Grade, Open, Read
from stage.world.facts import AWAY, Fact, Fluent
from stage.world.possible import SAYS, WRITTEN_AT, WRITTEN_BY
from stage.world.rules import Manner
from stage.world.setting import Conventions, Setting, Shown, Thing, place_fluent

HOLDS, LABELLED = "holds", "is labelled"

STORIES: Mapping[str, tuple[re.Pattern[str], tuple[re.Pattern[str], ...]]] = {
    "zh": (
        re.compile("，"),
        (
            re.compile(r"(?P<first>.+?)在(?P<room>.+)找到了(?P<box>.+)"),
            re.compile(r"(?P<box>.+)上面的标签是(?P<label>.+)"),
            re.compile(r"(?P<first>.+)不能看到(?P<box>.+)里面是什么"),
            re.compile(r"(?P<first>.+)打开了(?P<box>.+)并且找到(?P<content>.+)"),
            re.compile(r"在(?P<box>.+)里面没有(?P<label>.+)"),
            re.compile(r"(?P<first>.+)关上了(?P<box>.+)并且把它放回原处"),
            re.compile(r"(?P<second>.+)进入了(?P<room>.+)并且看到了(?P<box>.+?)。?"),
        ),
    ),
    "en": (
        re.compile(r", (?:and )?"),
        (
            re.compile(r"(?P<first>.+?) (?:finds|found) (?P<box>.+) (?:in|on|at) (?P<room>.+)"),
            re.compile(r"the (?:label|tag) on (?P<box>.+) (?:is|says|reads) (?P<label>.+)"),
            re.compile(r"(?P<first>.+) (?:cannot|can't|can not) see what is (?:inside|in) (?P<box>.+)"),
            re.compile(r"(?P<first>.+) (?:opens|opened) (?P<box>.+) and (?:finds|found) (?P<content>.+)"),
            re.compile(r"there (?:is|are) no (?P<label>.+) (?:inside|in) (?P<box>.+)"),
            re.compile(r"(?P<first>.+) (?:closes|closed) (?P<box>.+) and puts? it back .+"),
            re.compile(r"(?P<second>.+) (?:enters|entered) (?P<room>.+) and (?:sees|saw) (?P<box>.+?)\.?"),
        ),
    ),
}
"""By language where its stories are cut, and the sentences of one, in order."""

READ = {"first": who, "second": who, "room": place}
"""What of a sentence is no thing."""

QUESTIONS: Mapping[str, Mapping[str, re.Pattern[str]]] = {
    "zh": {
        "reality": re.compile(r"(?P<box>.+)里面有什么？"),
        "label": re.compile(r"(?P<box>.+)里面应该有什么？"),
        "second_order": re.compile(r".+打开.+之后[，,] *(.+)认为(.+?)会?期望在(?P<box>.+)里面找到什么？"),
        "first_order": re.compile(r".+打开.+之后[，,] *(.+?)会?期望在(?P<box>.+)里面找到什么？"),
    },
    "en": {
        "reality": re.compile(r"What is (?:inside|in) (?P<box>.+)\?"),
        "label": re.compile(r"What should be (?:inside|in) (?P<box>.+)\?"),
        "second_order": re.compile(
            r"After .+ opens .+, what does (.+) think (.+) expects to find (?:inside|in) (?P<box>.+)\?"
        ),
        "first_order": re.compile(r"After .+ opens .+, what does (.+) expect to find (?:inside|in) (?P<box>.+)\?"),
    },
}


def understood(
    name: str, language: str, text: str, asked: str, label: str, options: tuple[str, ...]
) -> tuple[str, Story, Question]:
    """A story without questions, what tells it from others, and the question. Raises `NotUnderstoodError`."""
    comma, patterns = STORIES[language]
    sentences = comma.split(text)
    if len(sentences) != len(patterns):
        raise NotUnderstoodError(text, "no pattern fits the story")
    story = _story(name, sentences, _said(sentences, patterns))
    return text, story, _question(name, language, story, asked, label, options)


def _said(sentences: list[str], patterns: tuple[re.Pattern[str], ...]) -> dict[str, str]:
    """Who, where and what; every sentence must say the same of it, or nothing."""
    said: dict[str, str] = {}
    for sentence, pattern in zip(sentences, patterns, strict=True):
        match = fits(pattern, sentence)
        if match is None:
            raise NotUnderstoodError(sentence, "no pattern fits the sentence")
        for part, value in match.groupdict().items():
            found = READ.get(part, thing)(value)
            before = said.setdefault(part, found)
            if found != before and (part in READ or known(found, [before]) != before):
                raise NotUnderstoodError(sentence, f"the story has no {value}")
    if said["first"] == said["second"]:
        raise NotUnderstoodError(sentences[-1], f"{said['second']} is there already")
    if said["label"] == said["content"]:
        raise NotUnderstoodError(sentences[3], "what is found is what the label says")
    return said


def _story(name: str, sentences: list[str], said: Mapping[str, str]) -> Story:
    first, second, room, box = (said[part] for part in ("first", "second", "room", "box"))
    holds, tag = Fluent(box, HOLDS), f"{box} (label)"
    written = Fact(holds, said["label"])
    doings = (
        (Scripted(Appear(first, room)),),
        (Scripted(Read(first, tag)),),
        (),
        (Scripted(Open(first, box)),),
        (),
        (Scripted(Close(first, box)),),
        (Scripted(Enter(second, room)), Scripted(Read(second, tag), _plainly(first))),
    )
    steps = tuple(Step(text, done) for text, done in zip(sentences, doings, strict=True))
    setting = Setting(
        people=(first, second),
        places=(room,),
        things={box: Thing(box, container=True, lid=True), tag: Thing(tag, letter=True)},
        ranges={place_fluent(p): (room, AWAY) for p in (first, second)}
        | {holds: (said["content"], said["label"], ELSEWHERE), Fluent(box, LABELLED): (said["label"],)},
        shown={holds: Shown.INSIDE},
        conventions=Conventions(),
    )
    start = (
        *(Fact(place_fluent(t), room) for t in (box, tag)),
        Fact(Fluent(box, "is"), "closed"),
        Fact(holds, said["content"]),
        Fact(Fluent(box, LABELLED), said["label"]),
        *(
            Fact(Fluent(tag, mark), value)
            for mark, value in ((SAYS, str(written)), (WRITTEN_BY, tag), (WRITTEN_AT, "0"))
        ),
    )
    return Story(name, setting, start, steps, ())


def _plainly(other: str) -> Manner:
    """In sight of somebody who knows what there is to read."""
    return Manner(attention=(Attention(other, Grade.FULLY),))


def _question(name: str, language: str, story: Story, asked: str, label: str, options: tuple[str, ...]) -> Question:
    for kind, pattern in QUESTIONS[language].items():
        if match := fits(pattern, asked):
            viewpoint = tuple(who(n) for n in match.groups()[: pattern.groups - 1])
            box = known(match["box"], story.setting.things)
            fluent = Fluent(box, LABELLED if kind == "label" else HOLDS)
            strangers = [n for n in viewpoint if n not in story.setting.people]
            if strangers or fluent not in story.setting.ranges:
                raise NotUnderstoodError(asked, f"the story has no {strangers[0] if strangers else box}")
            values = story.setting.range_of(Fluent(box, HOLDS))
            kind = f"{language}/contents/{kind}"
            return Question(name, kind, asked, viewpoint, fluent, label, options, meant=meant(label, values))
    raise NotUnderstoodError(asked, "no pattern fits the question")
