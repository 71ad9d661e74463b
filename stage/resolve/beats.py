"""From beats as written to what is done in them, and how; and back."""

from __future__ import annotations

from stage.resolve import verbs
from stage.resolve.flaws import Path
from stage.resolve.manners import keys_of, manner_of
from stage.resolve.vocabulary import Vocabulary
from stage.scenes import scenario as written
from stage.scenes.scene import Act, Doing, Improvise, Narrate, Scripted, Speak, Think
from stage.world.events import Appear, Enter


class BeatReader:
    """Understands the beats of a scene."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def doing(self, path: Path, beat: written.Beat) -> Doing | None:
        """What is done in a beat; None where it cannot be made out, which is noted."""
        at = (*path, beat.verb)
        match beat:
            case written.SpeakBeat():
                about = [self.vocabulary.fluent((*path, "about", i), t) for i, t in enumerate(beat.about)]
                fluents = tuple(f for f in about if f is not None)
                return Speak(
                    self.vocabulary.who(at, beat.speak), self.vocabulary.people((*path, "to"), beat.to), fluents or None
                )
            case written.ThinkBeat():
                return Think(self.vocabulary.who(at, beat.think))
            case written.ActBeat():
                return Act(self.vocabulary.who(at, beat.act))
            case written.NarrateBeat():
                return Narrate(beat.narrate if isinstance(beat.narrate, str) else "")
            case written.ImproviseBeat():
                return Improvise(beat.improvise)
            case written.Noticed():
                action = verbs.action_of(self.vocabulary, path, beat)
                return None if action is None else Scripted(action, manner_of(self.vocabulary, path, beat, action))
        raise TypeError(f"no beat: {beat!r}")


def beat_of(doing: Scripted, text: str = "") -> written.Beat | None:
    """The beat in which somebody does this in this manner; None where no verb says so. Who appears, comes in."""
    action = Enter(doing.action.who, doing.action.place) if isinstance(doing.action, Appear) else doing.action
    beat = verbs.beat_of(action)
    return None if beat is None else beat.model_copy(update={**keys_of(doing.manner), "text": text})
