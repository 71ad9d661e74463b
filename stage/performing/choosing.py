"""What the stage makes of a moment: it chooses one of several continuations, or finds words, and is read again."""

from __future__ import annotations

import math
import random
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stage.course import Course
from stage.inference.replies import choosable
from stage.inference.requests import Generate, Generated, ModelCard, Prompt, Score, Scored
from stage.performing.asking import scored, softmax
from stage.performing.audiences import Curtain
from stage.performing.past import Recalled
from stage.performing.second_reader import Said, questions, understood
from stage.performing.settings import Settings
from stage.performing.steps import Steps
from stage.performing.transcript import Chosen, Worded
from stage.questions.answer_key import AnswerKey, KnownAnswer
from stage.roles.prompts import Prompter, Task


@dataclass(frozen=True)
class Choice:
    """Which of several continuations was chosen, how probable that was, and how undecided the stage was: the entropy of
    its choice divided by that of a blind one."""

    number: int
    probability: float
    entropy: float


def entropy(probabilities: Sequence[float]) -> float:
    """The entropy of a distribution divided by that of an even one over as many; 0 where there is one possibility."""
    if len(probabilities) < 2:
        return 0.0
    return -sum(p * math.log(p) for p in probabilities if p > 0) / math.log(len(probabilities))


@dataclass(frozen=True)
class Wanted:
    """Words that are wanted of a role: for what, after which task, up to which of these stops. ``plain`` is what an honest
    stage says; a ``grammar`` holds just the ``sentences`` of which one is chosen."""

    what: str
    who: str
    task: Task
    plain: str
    stop: tuple[str, ...] = ()
    max_tokens: int = 0
    sentences: tuple[str, ...] = ()

    @property
    def grammar(self) -> str | None:
        return grammar(self.sentences) if self.sentences else None


MOST_OF_A_SENTENCE = 400
"""A sentence that is chosen under a grammar has so many tokens at the most."""


class Chooser:
    """The choices and words of one play. What it makes of a moment reaches the audience, and the right choices the answer
    key of control stages; ``put_down_prompt`` keeps a prompt and returns its digest."""

    def __init__(
        self, course: Course, card: ModelCard, settings: Settings, prompter: Prompter, key: AnswerKey, curtain: Curtain,
        put_down_prompt: Callable[[Prompt], str],
    ) -> None:  # fmt: skip
        self.course = course
        self.card = card
        self.settings = settings
        self.prompter = prompter
        self.key = key
        self.curtain = curtain
        self.put_down_prompt = put_down_prompt
        self.recalled: Recalled | None = None
        """What was made of this beat before, if the play is taken up."""
        self.asked = 0

    def begin_beat(self) -> None:
        """Count anew what is asked."""
        self.asked = 0

    def read_again(self, text: str, facts: Sequence[str], act: str = "") -> Steps[dict[str, float]]:
        """How far the stage, asked out of context, takes a line to say each of some facts; nothing unless the settings
        want a second reader. ``act`` is what the line was chosen to say."""
        if not self.settings.second_reader or not text:
            return {}
        ranges = self.course.scene.setting.facts()
        clauses = {str(f): self.course.wording.clause(f.fluent, f.value) for f in ranges if str(f) in facts}
        said = [Said(text, clauses)]
        asked = questions(said, self.card.chat)
        for question in asked:
            honest = "yes" if question.fact == act and question.text == text else "no"
            self.key[question.score.label] = KnownAnswer(("yes", "no"), honest, {})
        given = (yield [q.score for q in asked]) if asked else []
        replies = [choosable(scored(r), q.score.label) for q, r in zip(asked, given, strict=True)]
        for question, reply in zip(asked, replies, strict=True):
            self._note_choice(question.score, reply, reply.logprobs.index(max(reply.logprobs)))
        return understood(said, asked, replies)[0]

    def choose(self, who: str, task: Task, told: Sequence[str], honest: int) -> Steps[Choice]:
        """Choose one of several continuations by the stage's own likelihood per token, with the run's dice."""
        label = self._label("choose")
        prompt = self.prompter.prompt(who, self.course.minds.now, task)
        self.key[label] = KnownAnswer(tuple(str(i) for i in range(len(told))), str(honest), {})
        request = Score(prompt, tuple(f" {t}." for t in told), label)
        reply = choosable(scored((yield [request])[0]), label)
        rates = [s / n for s, n in zip(reply.logprobs, reply.lengths, strict=True)]
        probabilities = softmax([r / max(self.settings.temperature, 1e-6) for r in rates])
        chosen = random.Random(f"{self.settings.seed}/{label}").choices(range(len(told)), probabilities)[0]
        if self.recalled is not None:  # maybe by other dice
            chosen = self.recalled.chosen(label)
        self._note_choice(request, reply, chosen)
        return Choice(chosen, probabilities[chosen], entropy(probabilities))

    def generate(self, wanted: Wanted) -> Steps[Generated]:
        """Words of a role, as they came."""
        label = self._label(wanted.what)
        self.key[label] = KnownAnswer(wanted.sentences or (wanted.plain,), wanted.plain, {})
        prompt = self.prompter.prompt(wanted.who, self.course.minds.now, wanted.task)
        request = Generate(
            prompt,
            max_tokens=MOST_OF_A_SENTENCE if wanted.sentences else wanted.max_tokens or self.settings.max_tokens,
            stop=wanted.stop,
            temperature=self.settings.temperature,
            seed=zlib.crc32(f"{self.settings.seed}/{label}".encode()),
            grammar=wanted.grammar,
            label=label,
        )
        reply = (yield [request])[0]
        if not isinstance(reply, Generated):
            raise TypeError(f"a generation was asked for, and {reply!r} came back")
        digest = self.put_down_prompt(prompt)
        self.curtain.front.made(
            Worded(self.course.beat, label, digest, reply.text, reply.ended, reply.logprob, reply.length)
        )
        return reply

    def _note_choice(self, request: Score, reply: Scored, chosen: int) -> None:
        digest = self.put_down_prompt(request.prompt)
        self.curtain.front.made(
            Chosen(self.course.beat, request.label, digest, request.options, reply.logprobs, reply.lengths, chosen)
        )

    def _label(self, what: str) -> str:
        self.asked += 1
        return f"{what}/{self.course.beat}/{self.asked}"


def grammar(sentences: Sequence[str]) -> str:
    """A GBNF grammar of exactly these sentences."""
    quoted = (s.replace("\\", "\\\\").replace('"', '\\"') for s in sentences)
    return "root ::= " + " | ".join(f'"{s}"' for s in quoted)
