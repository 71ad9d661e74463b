"""The performance: one loop over the beats of a scene, in which the stage speaks, thinks, acts and is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import assert_never

from stage.course import Course
from stage.errors import RunError
from stage.inference.replies import fitting
from stage.inference.requests import LanguageModel, ModelCard, Resettable, reset
from stage.performing.asking import Asker
from stage.performing.audiences import Audience, Curtain
from stage.performing.choosing import Chooser
from stage.performing.happening import Happenings
from stage.performing.past import AFRESH, Past, happened, parting
from stage.performing.settings import Settings
from stage.performing.steps import Steps, drive, drive_together, left_aside
from stage.performing.transcript import Answer, Transcript
from stage.performing.voicing import Voices
from stage.questions.answer_key import AnswerKey
from stage.roles.prompts import Prompter
from stage.scenes.scene import Act, Improvise, Narrate, Scene, Scripted, Speak, Think
from stage.world.facts import AT, Fluent
from stage.world.setting import AUTHOR


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


class Performance:
    """One performance of a scene; ``course`` is what has happened in it so far. It calls no model by itself: its steps
    yield what is to be asked."""

    def __init__(self, scene: Scene, card: ModelCard, settings: Settings, audience: Audience, key: AnswerKey) -> None:
        self.course = Course(scene)
        self.card = card
        self.settings = settings
        self.curtain = Curtain(audience)
        self.answers: list[Answer] = []
        prompter = Prompter(self.course, settings.context)
        self.asker = Asker(self.course, prompter, key, settings, self._note_prompt)
        put_down_prompt = self.asker.put_down_prompt
        self.chooser = Chooser(self.course, card, settings, prompter, key, self.curtain, put_down_prompt)
        self.happenings = Happenings(self.course, self.curtain)
        self.voices = Voices(self.course, settings, prompter, self.chooser, self.happenings)

    def whole(self, model: LanguageModel, past: Past | None = None) -> Transcript:
        """Perform from the start, or from where the past ends, to the end. The model is reset at every `AFRESH`-th
        beat; what is made of a beat hangs on what was asked since then, to the last bit."""
        if past is not None:
            self.take_up(past, model)
        for number in range(0 if past is None else past.beats + 1, len(self.course.scene.beats) + 1):
            if number % AFRESH == 0:
                reset(model)
            drive(self.beat(number), partial(fitting, model))
            self.curtain.front.beat_ended(number)
        return self.transcript()

    def transcript(self) -> Transcript:
        start = empty_transcript(self.course.scene, self.card.noise)
        return replace(
            start, lines=tuple(self.happenings.lines), answers=tuple(self.answers), aid=self.settings.aid.value
        )

    def beat(self, number: int) -> Steps[None]:
        """Play a beat (0: the start, at which nothing happens) and ask the minds."""
        yield from self.performed(number)
        for answer in (yield from self.asker.ask(number)):
            self.answers.append(answer)
            self.curtain.front.answer(answer)

    def take_up(self, past: Past, model: LanguageModel | None = None) -> None:
        """Bring a fresh play to where its past ends, unseen: what the stage made is read from the past, and what follows
        from it is worked out. RunError if it does not follow.

        A model that is to go on, and whose replies may move with what it was asked before, is asked the same again from
        the last beat at which it was reset, and what it replies now is left aside.
        """
        asked_again = model is not None and isinstance(model, Resettable)
        afresh = (past.beats + 1) // AFRESH * AFRESH if asked_again else past.beats + 1
        with self.curtain.closed():
            self.recall(past, range(afresh))
            if model is not None and afresh <= past.beats:
                reset(model)
                for number in range(afresh, past.beats + 1):
                    drive(self.again(past, number), partial(fitting, model))
            self.taken_up(past)

    def recall(self, past: Past, beats: Iterable[int]) -> None:
        """Perform beats again from what was made in them, without a model and without asking the minds."""
        self.asker.noted |= past.prompts
        for number in beats:
            self.chooser.recalled = recalled = past.recalled(number)
            drive(self.performed(number), recalled.answer)

    def again(self, past: Past, number: int) -> Steps[None]:
        """A beat again, and its questions: what is asked is asked, and the replies are those of the past."""
        self.chooser.recalled = recalled = past.recalled(number)
        yield from left_aside(self.performed(number), recalled.answer)
        yield from self.asker.ask(number)

    def taken_up(self, past: Past) -> None:
        """Note that all beats of the past were performed again. RunError if other lines came of them."""
        self.chooser.recalled = None
        ours, theirs = happened(self.happenings.lines), happened(past.lines)
        if ours != theirs:
            raise RunError(parting(ours, theirs))
        self.answers += past.answers

    def _note_prompt(self, digest: str, text: str) -> None:
        self.curtain.front.prompt(digest, text)

    def performed(self, number: int) -> Steps[None]:
        """Play one beat, by script or by the stage."""
        if number == 0:
            return
        beat = self.course.scene.beats[number - 1]
        self.chooser.begin_beat()
        doing = beat.doing
        match doing:
            case Scripted(action, manner):
                self.happenings.follow(action, replace(manner, text=beat.text or manner.text))
            case Speak():
                yield from self.voices.speak(doing)
            case Think(who):
                yield from self.voices.think(who)
            case Act(who):
                yield from self.voices.act(who)
            case Narrate(hint):
                yield from self.voices.narrate(hint)
            case Improvise(count):
                for _ in range(count):
                    yield from self.voices.improvise()
            case _:
                assert_never(doing)
        self.course.end_beat()


def whole_together(
    plays: Sequence[Performance], pasts: Sequence[Past | None], model: LanguageModel, since: int | None = None
) -> None:
    """Perform several plays of one scene, all from the same beat on, in lockstep: what they ask at a time reaches the
    model as one batch. Before the first of these beats, and then as often as in a play alone, the model is reset.

    Plays that were in lockstep from beat ``since`` on, and were broken off, end as they would have ended.
    """
    following = {0 if past is None else past.beats + 1 for past in pasts}
    if len(following) != 1:
        raise ValueError(f"these plays go on from different beats: {sorted(following)}")
    (start,) = following
    first = start if since is None else since
    _take_up_together([(play, past) for play, past in zip(plays, pasts, strict=True) if past], first, model)
    for number in range(start, len(plays[0].course.scene.beats) + 1):
        if number == first or number % AFRESH == 0:
            reset(model)
        drive_together([play.beat(number) for play in plays], partial(fitting, model))
        for play in plays:
            play.curtain.front.beat_ended(number)


def _take_up_together(plays: Sequence[tuple[Performance, Past]], first: int, model: LanguageModel) -> None:
    """Take up plays that were in lockstep from beat ``first`` on, in all of which as many beats are past. The model is
    asked again, in the same batches, what it was asked since it was reset."""
    if not plays:
        return
    start = plays[0][1].beats + 1
    afresh = max(first, start // AFRESH * AFRESH)
    with ExitStack() as curtains:
        for play, past in plays:
            curtains.enter_context(play.curtain.closed())
            play.recall(past, range(min(afresh, start)))
        for number in range(afresh, start):
            if number == afresh:
                reset(model)
            drive_together([play.again(past, number) for play, past in plays], partial(fitting, model))
        for play, past in plays:
            play.taken_up(past)
