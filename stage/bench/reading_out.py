"""Stories read out: the prose as it is, the question as it is, the answers listed, and how likely each of them is then.

Answers differ in length and in how likely they are anyhow. So the same is put without the story as well, and what an
answer is likely then is taken off (pointwise mutual information; Holtzman et al., 2021): what remains is owed to the
story. Over all rotations every answer stands in every place of the list.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from stage.inference.requests import Chat, Message, Score
from stage.performing.transcript import Variant
from stage.questions.answer_key import KnownAnswer
from stage.roles.prompts import as_text

MOST_ROTATIONS = 4
INSTRUCTION = "Read the story and answer the question about it with one of the answers given."
BEGUN = "Answer:"


@dataclass(frozen=True)
class Listed:
    """One way of putting a question: which option stands in which place, and whether the story was told."""

    score: Score
    order: tuple[int, ...]
    told: bool

    def variant(self, rotation: int, logprobs: Sequence[float], lengths: Sequence[int]) -> Variant:
        """A reply put back into the order of the options."""
        back = [self.order.index(i) for i in range(len(self.order))]
        return Variant(
            mirror=0,
            rotation=rotation,
            logprobs=tuple(logprobs[i] for i in back),
            lengths=tuple(lengths[i] for i in back),
            prompt=hashlib.sha256(as_text(self.score.prompt).encode()).hexdigest(),
        )

    def known(self, options: Sequence[str], right: KnownAnswer) -> KnownAnswer:
        """What is known about it, in the order in which its options stand here; without the story, nothing is."""
        if not self.told:
            return KnownAnswer((None,) * len(self.order), None, {})
        return replace(
            right,
            values=tuple(right.values[i] for i in self.order),
            texts=tuple(options[i] for i in self.order),
        )


def listed(name: str, text: str, question: str, options: Sequence[str], untold: bool) -> list[Listed]:
    """The rotations of a question, with the story and, if ``untold``, without it; labelled as variants of a probe are."""
    found: list[Listed] = []
    for story in (f"Story:\n{text}\n\n", "") if untold else (f"Story:\n{text}\n\n",):
        for rotation in range(min(len(options), MOST_ROTATIONS)):
            order = tuple((i + rotation) % len(options) for i in range(len(options)))
            lines = "\n".join(f"- {options[i]}" for i in order)
            asked = f"{story}Question: {question}\nAnswer with one of:\n{lines}"
            prompt = Chat((Message("system", INSTRUCTION), Message("user", asked)), BEGUN)
            texts = tuple(f" {options[i]}" for i in order)
            found.append(Listed(Score(prompt, texts, f"{name}#{len(found)}"), order, bool(story)))
    return found
