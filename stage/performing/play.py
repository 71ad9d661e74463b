"""The performance: one loop over the beats of a scene, in which the stage speaks, thinks, acts and is asked.

Whatever the stage says or does is chosen first, from a closed set, and worded afterwards: the choice is the event that
changes minds, so beliefs stay exact however a line is worded.
"""

from __future__ import annotations

import math
import random
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeVar, assert_never

from stage.course import Course
from stage.errors import RunError
from stage.inference.replies import choosable, fitting
from stage.inference.requests import Generate, Generated, LanguageModel, ModelCard, Resettable, Score, Scored, reset
from stage.performing.asking import Asker, scored, softmax
from stage.performing.knowable import knowable
from stage.performing.past import AFRESH, Again, Past, Recalled, parting
from stage.performing.second_reader import Said, questions, understood
from stage.performing.settings import Settings
from stage.performing.steps import Steps, drive, drive_together
from stage.performing.transcript import Answer, Chosen, Line, LineKind, Made, Transcript, Worded
from stage.questions.answer_key import AnswerKey, KnownAnswer
from stage.roles.prompts import Prompter, Task
from stage.roles.replies import before_repeat
from stage.scenes.scene import Act, Improvise, Narrate, Scene, Scripted, Speak, Think
from stage.wording import capitalised
from stage.world.events import Action, Ask, Event, Grade, Remark, Say, Wait
from stage.world.facts import AT, Fact, Fluent
from stage.world.rules import Manner
from stage.world.setting import AUTHOR, NARRATOR

A = TypeVar("A")

MOST_CHOICES = 60
"""So many legal events are put before the author at the most, drawn by the run's seed."""


class Audience(Protocol):
    """Whoever follows a performance as it happens: a record, a screen."""

    def made(self, made: Made) -> None: ...

    def line(self, line: Line) -> None: ...

    def prompt(self, digest: str, text: str) -> None: ...

    def answer(self, answer: Answer) -> None: ...

    def beat_ended(self, number: int) -> None: ...


class Unwatched:
    """An audience that does not look."""

    def made(self, made: Made) -> None: ...

    def line(self, line: Line) -> None: ...

    def prompt(self, digest: str, text: str) -> None: ...

    def answer(self, answer: Answer) -> None: ...

    def beat_ended(self, number: int) -> None: ...


def perform(
    scene: Scene,
    model: LanguageModel,
    settings: Settings,
    audience: Audience,
    key: AnswerKey | None = None,
    past: Past | None = None,
) -> Transcript:
    """Perform a scene. Lines and answers reach ``audience`` as they come; ``key`` is filled in for control stages.
    A play that was broken off goes on from its ``past``, and ends as it would have ended."""
    return Performance(scene, model.card, settings, audience, {} if key is None else key).whole(model, past)


def empty_transcript(scene: Scene, noise: float) -> Transcript:
    """The transcript of a scene before its first line: what is needed for scoring besides lines and answers."""
    cast = scene.cast
    author = scene.author
    private = {n: tuple(p for p in (c.persona, c.goal, *c.private) if p) for n, c in cast.items()}
    private[AUTHOR] = tuple(p for p in (author.intent, *author.notes) if p)
    facts = {str(f): v for f, v in scene.setting.ranges.items() if len(v) > 1 and f.relation != "says"}
    persons = {str(Fluent(p, AT)) for p in scene.setting.people}
    facts = {f: v for f, v in facts.items() if f not in persons}
    phrases = {
        f"{fluent} {value}": said for fluent, words in scene.wording.items() for value, said in words.phrases.items()
    }
    titles = dict(scene.setting.titles)
    return Transcript((), (), scene.minds, noise, private, facts, titles, dict(scene.aliases), phrases)


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


class Performance:
    """One performance of a scene; ``course`` is what has happened in it so far. It calls no model by itself: its steps
    yield what is to be asked."""

    def __init__(self, scene: Scene, card: ModelCard, settings: Settings, audience: Audience, key: AnswerKey) -> None:
        self.course = Course(scene)
        self.card = card
        self.settings = settings
        self.audience = audience
        self.key = key
        self.prompter = Prompter(self.course, settings.context)
        self.lines: list[Line] = []
        self.answers: list[Answer] = []
        self.narrated = self.course.minds.now
        self.asker = Asker(self.course, self.prompter, key, settings, self._note_prompt)
        self.asked = 0
        self.recalled: Recalled | None = None

    def whole(self, model: LanguageModel, past: Past | None = None) -> Transcript:
        """Perform from the start, or from where the past ends, to the end. The model is reset at every `AFRESH`-th
        beat; what is made of a beat hangs on what was asked since then, to the last bit."""
        if past is not None:
            self.take_up(past, model)
        for number in range(0 if past is None else past.beats + 1, len(self.course.scene.beats) + 1):
            if number % AFRESH == 0:
                reset(model)
            drive(self.beat(number), partial(fitting, model))
            self.audience.beat_ended(number)
        return self.transcript()

    def transcript(self) -> Transcript:
        start = empty_transcript(self.course.scene, self.card.noise)
        return replace(start, lines=tuple(self.lines), answers=tuple(self.answers))

    def beat(self, number: int) -> Steps[None]:
        """Play a beat (0: the start, at which nothing happens) and ask the minds."""
        yield from self.performed(number)
        for answer in (yield from self.asker.ask(number)):
            self.answers.append(answer)
            self.audience.answer(answer)

    def take_up(self, past: Past, model: LanguageModel | None = None) -> None:
        """Bring a fresh play to where its past ends, unseen: what the stage made is read from the past, and what follows
        from it is worked out. RunError if it does not follow.

        A model that is to go on, and whose replies may move with what it was asked before, is asked the same again from
        the last beat at which it was reset, and what it replies now is left aside.
        """
        audience, self.audience = self.audience, Unwatched()
        self.asker.noted |= past.prompts
        afresh = (past.beats + 1) // AFRESH * AFRESH
        for number in range(past.beats + 1):
            self.recalled = Recalled(m for m in past.made if m.beat == number)
            if model is None or number < afresh or not isinstance(model, Resettable):
                drive(self.performed(number), self.recalled.answer)
                continue
            if number == afresh:
                model.reset()
            drive(self.performed(number), Again(model, self.recalled).answer)
            drive(self.asker.ask(number), partial(fitting, model))
        self.recalled = None
        if tuple(self.lines) != past.lines:
            raise RunError(parting(self.lines, past.lines))
        self.answers += past.answers
        self.audience = audience

    def _note_prompt(self, digest: str, text: str) -> None:
        self.audience.prompt(digest, text)

    # ------------------------------------------------------------------------------------------------------- performing
    def performed(self, number: int) -> Steps[None]:
        """Play one beat, by script or by the stage."""
        if number == 0:
            return
        beat = self.course.scene.beats[number - 1]
        self.asked = 0
        doing = beat.doing
        match doing:
            case Scripted(action, manner):
                self.follow(action, replace(manner, text=beat.text or manner.text))
            case Speak():
                yield from self.speak(doing)
            case Think(who):
                yield from self.think(who)
            case Act(who):
                yield from self.act(who)
            case Narrate(hint):
                yield from self.narrate(hint)
            case Improvise(count):
                for _ in range(count):
                    yield from self.improvise()
            case _:
                assert_never(doing)
        self.course.end_beat()

    def follow(self, action: Action, manner: Manner) -> None:
        """Do what the script says. What the stage did before may have made it impossible; then that is put down."""
        objections = self.course.rules.objections(action, self.course.world(()))
        if objections:
            self.put_down(Line(self.course.beat, "event", None, f"(Not possible any more: {'; '.join(objections)}.)"))
        self.do(action, manner)

    def do(self, action: Action, manner: Manner | None = None, performed: Line | None = None) -> None:
        """Let something happen, and put down who noticed it."""
        self.put_down_events(self.course.do(action, manner), performed)

    def put_down_events(self, events: Sequence[Event], performed: Line | None = None) -> None:
        for event in events:
            text = self.course.wording.event(event)
            if not text:
                continue
            fully, partly = self._noticed_by(event)
            kind: LineKind = "speech" if isinstance(event.action, Say | Ask | Remark) else "event"
            line = performed or Line(event.beat, kind, getattr(event.action, "who", None), text)
            self.put_down(replace(line, audience=fully, partly=partly))

    def _noticed_by(self, event: Event) -> tuple[tuple[str, ...], tuple[str, ...]]:
        reality = self.course.world((), event.time)
        grades = {p: self.course.minds.grade(reality.mind, p, event) for p in self.course.scene.setting.people}
        return (
            tuple(p for p, g in grades.items() if g is Grade.FULLY),
            tuple(p for p, g in grades.items() if g is Grade.PARTLY),
        )

    def put_down(self, line: Line) -> None:
        self.lines.append(line)
        self.audience.line(line)

    def speak(self, beat: Speak) -> Steps[None]:
        """Choose what to assert, if anything, then word it."""
        who = beat.who
        by_words = _by_words(self._speech_acts(beat), self._act_in_words)
        told, acts = list(by_words), list(by_words.values())
        honest = next((i for i, a in enumerate(acts) if isinstance(a, Say) and self._believes(who, a.fact)), 0)
        to = f" to {self.course.wording.names(beat.to)}" if beat.to else ""
        task = self.prompter.choose(who, f"What does {self.course.wording.noun(who)} say{to} now?")
        choice = yield from self.choose(who, task, told, honest)
        chosen, action = choice.number, acts[choice.number]
        text, ended = yield from self.word(action, told[chosen])
        verb = "asks" if isinstance(action, Ask) else "says"
        head = f"{self.course.wording.noun(who)} {verb}{to}"
        held = knowable(self.course, who)
        asserted = str(action.fact) if isinstance(action, Say) else ""
        said = f'{head}: "{text}"' if text else f"{capitalised(self.course.wording.noun(who))} {told[chosen]}."
        read_again = yield from self.read_again(text, tuple(held.elsewhere), asserted)
        line = Line(
            beat=self.course.beat,
            kind="speech",
            speaker=who,
            text=text,
            performed=True,
            act=asserted,
            act_probability=choice.probability,
            act_entropy=choice.entropy,
            ended=ended if text else "empty",
            known=held.known,
            elsewhere=held.elsewhere,
            second_reading=read_again,
        )
        self.do(action, Manner(text=said), line)

    def _speech_acts(self, beat: Speak) -> list[Say | Ask | Remark]:
        """Everything that could be asserted or asked about the facts at hand, first of all nothing."""
        fluents = beat.about or tuple(self.course.live(self.course.minds.now))
        acts: list[Say | Ask | Remark] = [Remark(beat.who, beat.to)]
        for fluent in fluents:
            acts += [Say(beat.who, Fact(fluent, v), beat.to) for v in self.course.scene.setting.range_of(fluent)]
            acts.append(Ask(beat.who, fluent, beat.to))
        return acts

    def _act_in_words(self, act: Say | Ask | Remark) -> str:
        wording = self.course.wording
        match act:
            case Say(_, fact):
                return f"says that {wording.clause(fact.fluent, fact.value)}"
            case Ask(_, fluent):
                return f'asks: "{wording.question(fluent)}"'
            case Remark():
                return "speaks of other things"

    def _believes(self, who: str, fact: Fact) -> bool:
        return self.course.world((who,)).value(fact.fluent) == fact.value

    def word(self, act: Say | Ask | Remark, decided: str) -> Steps[tuple[str, str]]:
        """A line that says what was decided, and how it ended; the text is empty if the stage found no words."""
        who, wording = act.who, self.course.wording
        match act:
            case Say(_, fact):
                plain = wording.sentence(fact)
            case Ask(_, fluent):
                plain = wording.question(fluent)
            case Remark():
                plain = "Well, well."
        task = self.prompter.say(who, act.to, decided)
        reply = yield from self.generate("say", who, task, plain, stop=('"', "\n", *self.prompter.other_speakers(who)))
        return self.spoken(reply)

    def think(self, who: str) -> Steps[None]:
        task = self.prompter.think(who)
        reply = yield from self.generate(
            "think", who, task, "I wonder.", stop=('"', "\n", *self.prompter.other_speakers(who))
        )
        text, ended = self.spoken(reply)
        held = knowable(self.course, who)
        read_again = yield from self.read_again(text, tuple(held.elsewhere))
        if text:
            self.course.think(who, text)
        self.put_down(
            Line(
                self.course.beat,
                "thought",
                who,
                text,
                (who,),
                performed=True,
                ended=ended,
                known=held.known,
                elsewhere=held.elsewhere,
                second_reading=read_again,
            )
        )

    def act(self, who: str) -> Steps[None]:
        """Choose among what is possible in the actor's own world; in reality it may fail."""
        legal = self.course.rules.legal_moves(who, self.course.world((who,)))
        moves = _by_words(legal, self.course.wording.move)
        if not moves:
            return
        told = list(moves)
        name = self.course.wording.noun(who)
        task = self.prompter.choose(who, f"What does {name} do next?")
        choice = yield from self.choose(who, task, told, 0)
        line = Line(self.course.beat, "act", who, f"{name} {told[choice.number]}.", performed=True)
        self.put_down(replace(line, act_probability=choice.probability, act_entropy=choice.entropy))
        self.put_down_events(self.course.attempt(moves[told[choice.number]]))

    def narrate(self, hint: str) -> Steps[None]:
        """Tell the audience what the narrator noticed since last time; no character hears it."""
        world = self.course.world((NARRATOR,))
        events = [e for e in world.noticed() if e.time >= self.narrated]
        self.narrated = self.course.minds.now
        plain = " ".join(t for t in (self.course.wording.event(e) for e in events) if t) or "Nothing happens."
        task = self.prompter.narrate(events, hint)
        stop = ("\n", *self.prompter.other_speakers(NARRATOR))
        reply = yield from self.generate(
            "narrate", NARRATOR, task, plain, stop=stop, max_tokens=2 * self.settings.max_tokens
        )
        text, ended = self.spoken(reply)
        held = knowable(self.course, NARRATOR)
        line = Line(self.course.beat, "narration", NARRATOR, text, performed=True, ended=ended)
        read_again = yield from self.read_again(text, tuple(held.elsewhere))
        self.put_down(replace(line, known=held.known, elsewhere=held.elsewhere, second_reading=read_again))

    def improvise(self) -> Steps[None]:
        """Let the author choose the next event, under a grammar of what is possible in reality."""
        reality = self.course.world(())
        moves = [m for p in self.course.scene.setting.people for m in self.course.rules.legal_moves(p, reality)]
        moves = [m for m in moves if not isinstance(m, Wait)]
        if not moves:
            return
        rng = random.Random(f"{self.settings.seed}/improvise/{self.course.beat}/{self.asked}")
        if len(moves) > MOST_CHOICES and self.recalled is None:
            moves = [moves[i] for i in sorted(rng.sample(range(len(moves)), MOST_CHOICES))]
        told: dict[str, tuple[Action, Manner]] = {}
        for move in moves:
            sentence = f"{self.course.wording.noun(getattr(move, 'who', ''))} {self.course.wording.move(move)}"
            told.setdefault(f"{sentence}.", (move, Manner()))
            told.setdefault(f"{sentence}, unseen by anybody.", (move, Manner(secretly=True)))
        sentences = list(told)
        reply = yield from self.generate(
            "improvise",
            AUTHOR,
            self.prompter.direct(),
            sentences[0],
            stop=(),
            grammar=_grammar(sentences),
            key=sentences,
        )
        self.put_down(Line(self.course.beat, "author", AUTHOR, reply.text, performed=True, ended=reply.ended))
        if reply.text in told:  # a choice cut short by its length is no choice, and nothing happens
            self.do(*told[reply.text])

    # ---------------------------------------------------------------------------------------------------------- choosing
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

    def generate(
        self,
        what: str,
        who: str,
        task: Task,
        plain: str,
        stop: tuple[str, ...],
        max_tokens: int = 0,
        grammar: str | None = None,
        key: Sequence[str] = (),
    ) -> Steps[Generated]:
        label = self._label(what)
        self.key[label] = KnownAnswer(tuple(key) or (plain,), plain, {})
        prompt = self.prompter.prompt(who, self.course.minds.now, task)
        request = Generate(
            prompt,
            max_tokens=max_tokens or (self.settings.max_tokens if grammar is None else 400),
            stop=stop,
            temperature=self.settings.temperature,
            seed=zlib.crc32(f"{self.settings.seed}/{label}".encode()),
            grammar=grammar,
            label=label,
        )
        reply = (yield [request])[0]
        if not isinstance(reply, Generated):
            raise TypeError(f"a generation was asked for, and {reply!r} came back")
        digest = self.asker.put_down_prompt(prompt)
        self.audience.made(
            Worded(self.course.beat, label, digest, reply.text, reply.ended, reply.logprob, reply.length)
        )
        return reply

    def _note_choice(self, request: Score, reply: Scored, chosen: int) -> None:
        digest = self.asker.put_down_prompt(request.prompt)
        self.audience.made(
            Chosen(self.course.beat, request.label, digest, request.options, reply.logprobs, reply.lengths, chosen)
        )

    def spoken(self, reply: Generated) -> tuple[str, str]:
        """A reply's words, up to where they begin to go round in circles, and how it ended."""
        text = reply.text.strip()
        kept = before_repeat(text)
        return (kept, "repeat") if kept != text else (text, reply.ended)

    def _label(self, what: str) -> str:
        self.asked += 1
        return f"{what}/{self.course.beat}/{self.asked}"


def whole_together(plays: Sequence[Performance], pasts: Sequence[Past | None], model: LanguageModel) -> None:
    """Perform several plays of one scene, all from the same beat on, in lockstep: what they ask at a time reaches the
    model as one batch. Before the first of these beats, and then as often as in a play alone, the model is reset."""
    following = {0 if past is None else past.beats + 1 for past in pasts}
    if len(following) != 1:
        raise ValueError(f"these plays go on from different beats: {sorted(following)}")
    first = following.pop()
    for play, past in zip(plays, pasts, strict=True):
        if past is not None:
            play.take_up(past)
    for number in range(first, len(plays[0].course.scene.beats) + 1):
        if number == first or number % AFRESH == 0:
            reset(model)
        drive_together([play.beat(number) for play in plays], partial(fitting, model))
        for play in plays:
            play.audience.beat_ended(number)


def _by_words(acts: Sequence[A], words: Callable[[A], str]) -> dict[str, A]:
    """Acts by the words in which they are put to the stage; of two in the same words the first."""
    found: dict[str, A] = {}
    for act in acts:
        found.setdefault(words(act), act)
    return found


def _grammar(sentences: Sequence[str]) -> str:
    """A GBNF grammar of exactly these sentences."""
    quoted = (s.replace("\\", "\\\\").replace('"', '\\"') for s in sentences)
    return "root ::= " + " | ".join(f'"{s}"' for s in quoted)
