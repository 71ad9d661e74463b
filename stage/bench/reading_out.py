"""Stories read out: the prose as it is, the question as it is, and the answers by letter, each letter to each in turn.

A letter is as long as any other, so answers of unlike length can be compared; over all rotations every answer has stood
under every letter, so a liking for a letter cancels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from stage.answer_key import KnownAnswer
from stage.inference.requests import Chat, Message, Score
from stage.roles.prompts import as_text
from stage.transcript import Variant

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MOST_ROTATIONS = 8
INSTRUCTION = "Read the story and answer the question about it with the letter of the right answer."
BEGUN = "The answer is"


@dataclass(frozen=True)
class Lettered:
    """One way of putting a question: which option stands under which letter."""

    score: Score
    order: tuple[int, ...]

    def variant(self, rotation: int, logprobs: Sequence[float], lengths: Sequence[int]) -> Variant:
        """A reply put back into the order of the options."""
        back = [self.order.index(i) for i in range(len(self.order))]
        digest = hashlib.sha256(as_text(self.score.prompt).encode()).hexdigest()
        return Variant(rotation=rotation, mirror=0, logprobs=tuple(logprobs[i] for i in back),
                       lengths=tuple(lengths[i] for i in back), prompt=digest)  # fmt: skip


def lettered(name: str, text: str, question: str, options: Sequence[str]) -> list[Lettered]:
    """The rotations of a question, labelled as the variants of a probe are."""
    found = []
    for rotation in range(min(len(options), MOST_ROTATIONS)):
        order = tuple((i + rotation) % len(options) for i in range(len(options)))
        listed = "\n".join(f"{LETTERS[place]}. {options[i]}" for place, i in enumerate(order))
        asked = f"Story:\n{text}\n\nQuestion: {question}\n{listed}"
        prompt = Chat((Message("system", INSTRUCTION), Message("user", asked)), BEGUN)
        letters = tuple(f" {LETTERS[place]}" for place in range(len(options)))
        found.append(Lettered(Score(prompt, letters, f"{name}#{rotation}"), order))
    return found


def known(one: Lettered, options: Sequence[str], right: KnownAnswer) -> KnownAnswer:
    """What is known about a question, in the order in which its options stand here."""
    return replace(right, values=tuple(right.values[i] for i in one.order), texts=tuple(options[i] for i in one.order))
