"""Planted and recovered: twins, and what an answer must not hang on. Small stages of one known defect perform scenes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from stage.controls import control_stage
from stage.inference.requests import LanguageModel, Reply, Request, Score, Scored, Usage
from stage.performing.audiences import Unwatched
from stage.performing.play import perform
from stage.performing.settings import Settings
from stage.performing.transcript import Answer, Transcript
from stage.questions.answer_key import AnswerKey
from stage.questions.phrasing import PHRASINGS
from stage.questions.twins import twin_of
from stage.scenes.scene import Scene
from stage.scoring.constancy import VARIED, Varied, agreement
from stage.scoring.intervals import Figure
from stage.scoring.nuisances import nuisance
from stage.scoring.scorecard import score
from stage.scoring.twins import Twins, twins
from stage.suites.controls import performed_by

EXACT = 1e-9
BARE = Settings(mirrors=False, rotations=False)
ALONE: dict[Varied, Settings] = {
    "rotation": replace(BARE, rotations=True),
    "mirror": replace(BARE, mirrors=True),
    "names": replace(BARE, namings=2),
    "form": replace(BARE, paraphrases=len(PHRASINGS)),
    "person": replace(BARE, paraphrases=len(PHRASINGS)),
    "layout": replace(BARE, layouts=True),
    "story": replace(BARE, shift_story=True),
}
"""Settings that vary one thing and nothing else; form and person are varied together."""
WORDINGS: dict[Varied, int] = {
    "rotation": 2,
    "mirror": 2,
    "names": 2,
    "form": len(PHRASINGS),
    "person": len(PHRASINGS),
    "layout": 2,
    "story": 2,
}
"""In how many wordings they put a question with two options."""
LIKED: dict[Varied, Callable[[int], bool]] = {
    "names": lambda wording: wording == 0,
    "form": lambda wording: PHRASINGS[wording].form < len(PHRASINGS) // 4,
    "person": lambda wording: PHRASINGS[wording].person == "first",
    "layout": lambda wording: wording == 0,
    "story": lambda wording: wording == 0,
}
"""In which wordings, by their number, an inclined stage is right: in half of them."""


@dataclass(frozen=True)
class Check:
    """One thing planted, what came back, and whether that is it; None where the scenes have nothing that could tell."""

    planted: str
    recovered: str
    holds: bool | None


class Inclined:
    """A stage that is right in the wordings of a question that it likes, and gives another option in the rest; an oracle
    in all else."""

    def __init__(self, key: AnswerKey, likes: Callable[[int], bool]) -> None:
        self._likes = likes
        self._oracle = control_stage("oracle", key, 0)
        self.card = self._oracle.card

    @property
    def usage(self) -> Usage:
        return self._oracle.usage

    def answer(self, requests: Sequence[Request]) -> list[Reply]:
        return [
            self._turned(reply) if isinstance(request, Score) and self._dislikes(request.label) else reply
            for request, reply in zip(requests, self._oracle.answer(requests), strict=True)
        ]

    def _dislikes(self, label: str) -> bool:
        wording = label.rpartition("#")[2]
        return wording.isdigit() and not self._likes(int(wording))

    def _turned(self, reply: Reply) -> Reply:
        """The reply with the next option in the place of the right one: of two, the other."""
        assert isinstance(reply, Scored)
        *before, last = reply.logprobs
        return Scored((last, *before), reply.lengths)


def nuisance_checks(scenes: Sequence[Scene]) -> list[Check]:
    """What a stage goes by shows in the figure of that thing alone, and is gone from the mean over all wordings; the
    oracle, in whom nothing is planted, shows nothing."""
    scripted = [replace(s, beats=s.beats[: s.last_asked]) for s in scenes]
    return [nuisance_check(scripted, varied) for varied in VARIED]


def nuisance_check(scenes: Sequence[Scene], varied: Varied) -> Check:
    """The check of one thing alone."""
    inclined = _answers(scenes, varied)
    (oracle,) = performed_by("oracle", [Transcript(answers=tuple(inclined))], 0)
    before = nuisance(inclined, varied)
    others = [agreement(inclined, other) for other in VARIED if other != varied]
    after = score(Transcript(answers=tuple(inclined))).separation_soft
    told = (
        f"{_of(before.changed)} of answers change, the right one's probability moves by {_of(before.moved)}; "
        f"separation by probability over all wordings {_of(after)} (n = {after.n})"
    )
    shown = (before.changed.value or 0) > 0.5 and all(f.value in (None, 1.0) for f in others)
    gone = after.value is not None and abs(after.value) < EXACT
    nothing = nuisance(oracle.answers, varied).changed.value == 0
    holds = shown and gone and nothing if after.n else None
    return Check(f"{varied}: an answer that hangs on it shows, and cancels", told, holds)


def _inclined(varied: Varied, key: AnswerKey) -> LanguageModel:
    """The stage that goes by one thing: the first option, a word, or the wording that it likes."""
    controls = {"rotation": "position-A", "mirror": "word"}
    return control_stage(controls[varied], key, 0) if varied in controls else Inclined(key, LIKED[varied])


def _answers(scenes: Sequence[Scene], varied: Varied) -> list[Answer]:
    """The answers with two values for options that were put in all wordings, by a stage that goes by one thing."""
    found: list[Answer] = []
    for scene in scenes:
        key: AnswerKey = {}
        found += perform(scene, _inclined(varied, key), ALONE[varied], Unwatched(), key).answers
    return [a for a in found if _is_clear(a) and len(a.variants) == WORDINGS[varied]]


def _is_clear(answer: Answer) -> bool:
    """Whether a question has two values for options that end in different words. "Does not know" has no mirror, of three
    values two may be wrong alike, and who likes the word "cup" can like neither of two cups."""
    endings = {value.split("_")[-1] for value in answer.options if value is not None}
    return len(answer.options) == len(endings) == 2 and answer.expected in answer.options


def twin_checks(scenes: Sequence[Scene]) -> list[Check]:
    """Who goes by who noticed what is right in a scene and in its twin; who does not react to the flip is in none."""
    pairs = [(scene, twin.scene) for scene in scenes if (twin := twin_of(scene)) is not None]
    if not pairs:
        return []
    oracle, reality, word = (twins([_with_twin(p, c) for p in pairs]) for c in ("oracle", "reality", "word"))
    return [
        Check("oracle: right in scene and twin", _twins_told(oracle), _credit(oracle) == (1.0, 0.0)),
        *(
            Check(f"{name}: no credit for twins", _twins_told(found), _credit(found) == (0.0, 1.0))
            for name, found in (("reality", reality), ("word", word))
        ),
    ]


def _with_twin(pair: tuple[Scene, Scene], control: str) -> Transcript:
    key: AnswerKey = {}
    model = control_stage(control, key, 0)
    one, other = (perform(scene, model, BARE, Unwatched(), key) for scene in pair)
    return replace(one, twin=other)


def _credit(found: Twins) -> tuple[float | None, float | None]:
    return found.accuracy.value, found.same.value


def _twins_told(found: Twins) -> str:
    return f"right in both {_of(found.accuracy)}, the same answer to both {_of(found.same)} (n = {found.accuracy.n})"


def _of(figure: Figure) -> str:
    return "–" if figure.value is None else f"{figure.value:.2f}"
