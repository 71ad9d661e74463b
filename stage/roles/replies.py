"""What of a model's reply is taken as said."""

from __future__ import annotations

import re


def before_repeat(text: str) -> str:
    """The text up to the first sentence that was said before: small models go round in circles."""
    said: set[str] = set()
    kept = []
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        if sentence.casefold() in said or (said and any(s.startswith(sentence.casefold()) for s in said)):
            break
        said.add(sentence.casefold())
        kept.append(sentence)
    return " ".join(kept)
