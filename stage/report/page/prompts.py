"""The texts of prompts without what they share: prompts of one play are long, and begin alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stage.records.prompts import PromptCoder


def front_coded(texts: Iterable[str]) -> dict[str, Any]:
    """The texts as in a record (`stage.records.prompts`), each as what it adds to the beginning of an earlier one.

    ``back`` gives how many texts before each stands the one that it begins like, ``shared`` how many UTF-16 units they have
    in common, ``rest`` what follows them. The page puts a text together when somebody looks at it."""
    coder = PromptCoder()
    back, shared, rest = [], [], []
    for number, text in enumerate(texts):
        kept = coder.kept(str(number), text)
        coder.add(str(number), text)
        back.append(number - int(kept.after) if kept.after is not None else 0)
        shared.append(len(text[: kept.shared].encode("utf-16-le", "surrogatepass")) // 2)
        rest.append(kept.text)
    return {"back": back, "shared": shared, "rest": rest}
