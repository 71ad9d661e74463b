"""How the stage speaks, thinks, acts, narrates and directs.

Whatever it says or does is chosen first, from a closed set, and worded afterwards: the choice is the event that changes
minds, so beliefs stay exact however a line is worded.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from stage.course import Course
from stage.inference.requests import Generated
from stage.performing.choosing import Chooser, Wanted
from stage.performing.happening import Happenings
from stage.performing.knowable import knowable
from stage.performing.settings import Settings
from stage.performing.steps import Steps
from stage.performing.transcript import Line
from stage.roles.prompts import Prompter
from stage.roles.replies import before_repeat
from stage.scenes.scene import Speak
from stage.wording import capitalised
from stage.world.events import Action, Ask, Remark, Say, Wait
from stage.world.facts import Fact
from stage.world.rules import Manner
from stage.world.setting import AUTHOR, NARRATOR

A = TypeVar("A")

MOST_CHOICES = 60
"""So many legal events are put before the author at the most, drawn by the run's seed."""


class Voices:
    """What the stage performs of a play, voice by voice."""

    def __init__(
        self, course: Course, settings: Settings, prompter: Prompter, chooser: Chooser, happenings: Happenings
    ) -> None:
        self.course = course
        self.settings = settings
        self.prompter = prompter
        self.chooser = chooser
        self.happenings = happenings
        self.narrated = course.minds.now
        """Up to here the narrator has told what happened."""

    def speak(self, beat: Speak) -> Steps[None]:
        """Choose what to assert, if anything, then word it."""
        who = beat.who
        by_words = _by_words(self._speech_acts(beat), self._act_in_words)
        told, acts = list(by_words), list(by_words.values())
        honest = next((i for i, a in enumerate(acts) if isinstance(a, Say) and self._believes(who, a.fact)), 0)
        to = f" to {self.course.wording.names(beat.to)}" if beat.to else ""
        task = self.prompter.choose(who, f"What does {self.course.wording.noun(who)} say{to} now?")
        choice = yield from self.chooser.choose(who, task, told, honest)
        chosen, action = choice.number, acts[choice.number]
        text, ended = yield from self.word(action, told[chosen])
        held = knowable(self.course, who)
        asserted = str(action.fact) if isinstance(action, Say) else ""
        wording = self.course.wording
        said = capitalised(wording.spoken(action, text) if text else f"{wording.noun(who)} {told[chosen]}.")
        read_again = yield from self.chooser.read_again(text, tuple(held.elsewhere), asserted)
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
            to=beat.to,
        )
        self.happenings.object_to(action)
        self.happenings.do(action, Manner(text=said), line)

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
        return spoken((yield from self.chooser.generate(Wanted("say", who, task, plain, self._end_of_line(who)))))

    def _end_of_line(self, who: str) -> tuple[str, ...]:
        """Where a line of somebody ends."""
        return ('"', "\n", *self.prompter.other_speakers(who))

    def think(self, who: str) -> Steps[None]:
        task = self.prompter.think(who)
        wanted = Wanted("think", who, task, "I wonder.", self._end_of_line(who))
        text, ended = spoken((yield from self.chooser.generate(wanted)))
        held = knowable(self.course, who)
        read_again = yield from self.chooser.read_again(text, tuple(held.elsewhere))
        if text:
            self.course.think(who, text)
        self.happenings.put_down(
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
        choice = yield from self.chooser.choose(who, task, told, 0)
        line = Line(self.course.beat, "act", who, f"{name} {told[choice.number]}.", performed=True)
        self.happenings.put_down(replace(line, act_probability=choice.probability, act_entropy=choice.entropy))
        self.happenings.put_down_events(self.course.attempt(moves[told[choice.number]]))

    def narrate(self, hint: str) -> Steps[None]:
        """Tell the audience what the narrator noticed since last time; no character hears it."""
        world = self.course.world((NARRATOR,))
        events = [e for e in world.noticed() if e.time >= self.narrated]
        self.narrated = self.course.minds.now
        plain = " ".join(t for t in (self.course.wording.event(e) for e in events) if t) or "Nothing happens."
        task = self.prompter.narrate(events, hint)
        stop = ("\n", *self.prompter.other_speakers(NARRATOR))
        wanted = Wanted("narrate", NARRATOR, task, plain, stop, max_tokens=2 * self.settings.max_tokens)
        text, ended = spoken((yield from self.chooser.generate(wanted)))
        held = knowable(self.course, NARRATOR)
        line = Line(self.course.beat, "narration", NARRATOR, text, performed=True, ended=ended)
        read_again = yield from self.chooser.read_again(text, tuple(held.elsewhere))
        self.happenings.put_down(replace(line, known=held.known, elsewhere=held.elsewhere, second_reading=read_again))

    def improvise(self) -> Steps[None]:
        """Let the author choose the next event, under a grammar of what is possible in reality."""
        reality = self.course.world(())
        moves = [m for p in self.course.scene.setting.people for m in self.course.rules.legal_moves(p, reality)]
        moves = [m for m in moves if not isinstance(m, Wait)]
        if not moves:
            return
        rng = random.Random(f"{self.settings.seed}/improvise/{self.course.beat}/{self.chooser.asked}")
        if len(moves) > MOST_CHOICES and self.chooser.recalled is None:
            moves = [moves[i] for i in sorted(rng.sample(range(len(moves)), MOST_CHOICES))]
        told: dict[str, tuple[Action, Manner]] = {}
        for move in moves:
            sentence = f"{self.course.wording.noun(getattr(move, 'who', ''))} {self.course.wording.move(move)}"
            told.setdefault(f"{sentence}.", (move, Manner()))
            told.setdefault(f"{sentence}, unseen by anybody.", (move, Manner(secretly=True)))
        sentences = tuple(told)
        wanted = Wanted("improvise", AUTHOR, self.prompter.direct(), sentences[0], sentences=sentences)
        reply = yield from self.chooser.generate(wanted)
        self.happenings.put_down(
            Line(self.course.beat, "author", AUTHOR, reply.text, performed=True, ended=reply.ended)
        )
        if reply.text in told:  # a choice cut short by its length is no choice, and nothing happens
            self.happenings.do(*told[reply.text])


def spoken(reply: Generated) -> tuple[str, str]:
    """A reply's words, up to where they begin to go round in circles, and how it ended."""
    text = reply.text.strip()
    kept = before_repeat(text)
    return (kept, "repeat") if kept != text else (text, reply.ended)


def _by_words(acts: Sequence[A], words: Callable[[A], str]) -> dict[str, A]:
    """Acts by the words in which they are put to the stage; of two in the same words the first."""
    found: dict[str, A] = {}
    for act in acts:
        found.setdefault(words(act), act)
    return found
