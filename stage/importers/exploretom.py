"""ExploreToM (Sclar et al., 2024): stories searched for by program, as sentences of a small language and filled in to
prose, with questions to the second order.

PATH is the ``.csv`` that its authors ship, or rows of the same columns as ``.jsonl`` or ``.json``, or the folder. The
sentences (``story_structure``) are read as events, the prose (``infilled_story``) is what a reader gets. A story with a
sentence that is not understood is prose with questions.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stage.errors import UsageError
from stage.importers.clauses import Entered
from stage.importers.exploretom_scene import (
    NO,
    YES,
    Carried,
    Changed,
    Clause,
    Stored,
    Telling,
    clauses,
    room_fluent,
    sentences,
    topic_fluent,
)
from stage.importers.files import Torn, read_rows, read_table, stem
from stage.importers.items import NotUnderstoodError, Reading, Row, bounded, fits
from stage.importers.story import Asked, Imported, Passage, Question, Story, Unparsed
from stage.world.facts import AT, Fluent, Viewpoint
from stage.world.setting import place_fluent

STORY = ("story_structure", "raw_story", "story")
PROSE = "infilled_story"
ORDER = ("qprop=nth_order", "nth_order")
PARAMS = "qprop=params"
KNOWS = ("knows about it", "does not know about it")
UNSEEN = "whether one can see that it {} is not told, and somebody came in afterwards"

_WHERE = re.compile(r"(?:In which (container|room) will|Where will) ([\w'-]+) search for the (.+)\?")
_NESTED = re.compile(
    r"(?:In which (container|room) does|Where does) ([\w'-]+) think that ([\w'-]+) will search for the (.+)\?"
)
_FACT = re.compile(r"In which (container|room) (?:was|is) the (.+) (at the beginning|now)\?")
_BEFORE = re.compile(r"In which (container|room) was the (.+?) before (.+)\?")
_KNOWS = re.compile(r"Does ([\w'-]+) know about (.+)\? Answer yes or no\.")
_THINKS_KNOWS = re.compile(r"What does ([\w'-]+) think about ([\w'-]+?)'s? belief on (.+)\? \(.+ / .+\)")
_STATE = re.compile(r"Does ([\w'-]+) (?:think that ([\w'-]+) believes|believe) that the (.+)\? Answer yes or no\.")
_WORD = re.compile(r"\w+")


def read(path: Path) -> Imported:
    reading = Reading("exploretom")
    return reading.of(path, ("*.csv", "*.jsonl", "*.json"), lambda file: _read(reading, file), ("ExploreToM*",))


def _read(reading: Reading, file: Path) -> None:
    if file.suffix == ".parquet":
        raise UsageError(f"{file} is parquet; save it as .csv or .jsonl")
    told: dict[str, list[tuple[str, Row]]] = {}
    for number, value in _rows(file):
        with reading.item(f"{stem(file)}:{number}") as name:
            row = Row.of(value)
            told.setdefault(row.text(*STORY), []).append((name, row))
    for text, rows in told.items():
        _ask(reading, text, rows)


def _rows(file: Path) -> Iterator[tuple[int, Any]]:
    if file.name.removesuffix(".gz").endswith((".jsonl", ".json")):
        yield from read_rows(file)
        return
    header: list[str] | None = None
    for number, row in read_table(file, ","):
        if isinstance(row, Torn):
            yield number - 1, row
        elif header is None:
            header = row
        else:
            yield number - 1, dict(zip(header, row, strict=False))


def _ask(reading: Reading, text: str, rows: Sequence[tuple[str, Row]]) -> None:
    """All that is asked about one story: what a thing becomes stands in the questions only."""
    try:
        understood: _Understood | NotUnderstoodError = _Understood.of(rows[0][0], text, rows)
    except NotUnderstoodError as error:
        understood = error
    for name, row in rows:
        with reading.listed(name):
            if isinstance(understood, NotUnderstoodError):
                _put(reading, text, name, row, understood)
                continue
            try:
                question = understood.question(name, row)
            except NotUnderstoodError as error:
                _put(reading, text, name, row, error)
            else:
                reading.ask(text, understood.story, question)


def _put(reading: Reading, text: str, name: str, row: Row, error: NotUnderstoodError) -> None:
    """The question as one about prose, and why it is no more than that."""
    prose = row.text(PROSE) if row.has(PROSE) else text
    asked = Asked(
        name,
        _relation(row) or "question",
        row.text("question"),
        (),
        row.text("expected_answer"),
        order=_order(row),
        state="belief" if _order(row) else "",
        false_belief=_false_belief(row),
        not_understood=Unparsed(name, error.sentence, error.why),
    )
    reading.put(text, Passage(name, prose, ()), asked)


# ------------------------------------------------------------------------------------------------ what a row says of it
def _params(row: Row) -> tuple[Any, ...]:
    """Whose mind, what thing, which relation; empty where it is not said."""
    value = row.fields.get(PARAMS)
    if isinstance(value, str) and len(value) < 1000:
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return ()
    return tuple(value) if isinstance(value, tuple | list) and len(value) == 3 else ()


def _relation(row: Row) -> str:
    """What is asked for, in the benchmark's words: "container_location", "memory-room_location", "<knowledge>"."""
    params = _params(row)
    relation = str(params[2]) if params else ""
    return relation.removesuffix("-True").removesuffix("-False")


def _order(row: Row) -> int | None:
    """-1 there is 0 here: a question about what is so, or was."""
    value = next((row.fields[n] for n in ORDER if n in row.fields), None)
    try:
        return max(0, int(value)) if isinstance(value, str | int) else None
    except ValueError:
        return None


def _false_belief(row: Row) -> bool | None:
    """Whether the answer is other than what is so; of knowledge the benchmark says it in the second order only."""
    params = _params(row)
    relation = str(params[2]) if params else ""
    if not relation.endswith(("-True", "-False")) or (relation.startswith("<knowledge>") and _order(row) == 1):
        return None
    return relation.endswith("-False")


# ------------------------------------------------------------------------------------------------------------ questions
@dataclass(frozen=True)
class _Understood:
    """A story whose sentences are understood."""

    story: Story
    clauses: Sequence[Clause]
    states: Mapping[Fluent, int]
    """Of what a thing becomes: by which sentence, from 0."""

    @classmethod
    def of(cls, name: str, text: str, rows: Sequence[tuple[str, Row]]) -> _Understood:
        told = bounded(sentences(text))
        asked = [m for _, row in rows if (m := fits(_STATE, str(row.fields.get("question", "")).strip()))]
        params = [p for _, row in rows if (p := _params(row)) and str(p[2]).startswith("<state_update>")]
        found = clauses(told, frozenset(str(p[1]) for p in params))
        things = {c.thing for c in found if isinstance(c, Changed)}
        states = dict(_states([m[3] for m in asked], things, told, found))
        becomes: dict[int, list[Fluent]] = {}
        for fluent, at in states.items():
            becomes.setdefault(at, []).append(fluent)
        prose = next((row.text(PROSE) for _, row in rows if row.has(PROSE)), "")
        return cls(Telling(told, found, becomes).story(name, prose), found, states)

    def question(self, name: str, row: Row) -> Question:
        """Raises `NotUnderstoodError`."""
        asked, label = row.text("question"), row.text("expected_answer")
        question = self._read(Question(name, _relation(row), asked, (), place_fluent(""), label))
        for who in question.viewpoint:
            if who not in self.story.setting.people:
                raise NotUnderstoodError(asked, f"the story has no {who}")
        if question.fluent not in self.story.setting.ranges:
            raise NotUnderstoodError(asked, f"the story has no {question.fluent.subject}")
        if (order := _order(row)) is not None and order != question.order:
            raise NotUnderstoodError(asked, f"this is no question of order {order}")
        return _typed(replace(question, options=self._options(question)), _false_belief(row))

    def _options(self, question: Question) -> tuple[str, ...]:
        """The benchmark offers none: for a container all of the story's, for a room all rooms that people come into."""
        if question.is_it is not None:
            return question.options
        told = self.clauses
        if question.fluent.relation == AT:
            return tuple(dict.fromkeys(c.container for c in told if isinstance(c, Stored)))
        return tuple(dict.fromkeys(c.room for c in told if isinstance(c, Entered | Stored | Carried)))

    def _read(self, blank: Question) -> Question:
        asked = blank.text
        if match := fits(_KNOWS, asked):
            return _with(blank, (match[1],), topic_fluent(match[2]), answers=(YES, NO))
        if match := fits(_THINKS_KNOWS, asked):
            return _with(blank, (match[1], match[2]), topic_fluent(match[3]), answers=KNOWS)
        if match := fits(_STATE, asked):
            viewpoint = tuple(n for n in match.groups()[:2] if n is not None)
            return self._of_state(blank, viewpoint, match[3])
        if match := fits(_NESTED, asked):
            return _with(blank, (match[2], match[3]), _place(match[1], match[4]))
        if match := fits(_WHERE, asked):
            return _with(blank, (match[2],), _place(match[1], match[3]))
        if match := fits(_FACT, asked):
            after = None if match[3] == "now" else self._first(match[1], match[2], asked)
            return _with(blank, (), _place(match[1], match[2]), after=after)
        if match := fits(_BEFORE, asked):
            return _with(blank, (), _place(match[1], match[2]), after=self._before(match[3], asked))
        raise NotUnderstoodError(asked, "no pattern fits the question")

    def _of_state(self, blank: Question, viewpoint: Viewpoint, said: str) -> Question:
        fluent = next((f for f in self.states if said == f"{f.subject} {f.relation}"), None)
        if fluent is None:
            raise NotUnderstoodError(blank.text, "no sentence tells of it")
        since = self.states[fluent]
        came_later = any(isinstance(c, Entered) for c in self.clauses[since + 1 :])
        underivable = UNSEEN.format(fluent.relation) if came_later else ""
        return _with(blank, viewpoint, fluent, answers=(YES, NO), underivable=underivable)

    def _first(self, what: str, thing: str, asked: str) -> int:
        """The step by which it is first said where a thing is."""
        kinds = (Stored,) if what == "container" else (Stored, Changed)
        for number, said in enumerate(self.clauses, 1):
            if isinstance(said, kinds) and thing in (said.thing, getattr(said, "container", "")):
                return number
        raise NotUnderstoodError(asked, f"it was never said where the {thing} is")

    def _before(self, event: str, asked: str) -> int:
        """How many steps were done before an event, or before what happened meanwhile."""
        for number, step in enumerate(self.story.steps):
            if event == step.text.strip(".").split(", which is also located in")[0]:
                return number if step.doings else number - 1
        raise NotUnderstoodError(asked, "the story has no such event")


def _with(
    blank: Question,
    viewpoint: Viewpoint,
    fluent: Fluent,
    *,
    answers: tuple[str, str] | None = None,
    after: int | None = None,
    underivable: str = "",
) -> Question:
    """The question filled in; with ``answers`` it is one of yes and no."""
    return Question(
        blank.id,
        blank.kind or ("whether" if answers else fluent.relation),
        blank.text,
        viewpoint,
        fluent,
        blank.label,
        answers or (),
        is_it=YES if answers else None,
        answers=answers or (YES, NO),
        unknown_is_no=answers is not None,
        after=after,
        underivable=underivable,
    )


def _typed(question: Question, false_belief: bool | None) -> Question:
    """The question with its type as the benchmark tells them apart: what is asked for, and the order."""
    kind = question.kind.partition("> ")[0] + ">" if question.kind.startswith("<state_update> ") else question.kind
    return replace(question, kind=f"{kind}/order_{question.order}", false_belief=false_belief)


def _place(what: str | None, thing: str) -> Fluent:
    return room_fluent(thing) if what == "room" else place_fluent(thing)


def _states(
    said: Sequence[str], things: set[str], told: Sequence[str], found: Sequence[Clause]
) -> Iterator[tuple[Fluent, int]]:
    """What things become, as the questions have it, each with the sentence in which that happens: the only change of the
    thing, or the one that shares the most words with it."""
    for whole in dict.fromkeys(said):
        thing = max((t for t in things if whole.startswith(f"{t} ")), key=len, default=None)
        if thing is None:
            continue
        state = whole.removeprefix(f"{thing} ")
        at = [n for n, c in enumerate(found) if isinstance(c, Changed) and c.thing == thing]
        shared = {n: len({*_WORD.findall(state.lower())} & {*_WORD.findall(told[n].lower())}) for n in at}
        best = [n for n in at if shared[n] == max(shared.values())]
        if len(best) == 1:
            yield Fluent(thing, state), best[0]
