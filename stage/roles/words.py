"""Which values a text names, and in which order: what whoever answers by the words of a story goes by."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stage.wording import Wording


def named(wording: Wording, values: Iterable[str | None], text: str) -> tuple[str, ...]:
    """The values that a text names by their titles, in the order in which it names them, each time anew."""
    titles = {v: re.escape(wording.title(v)) for v in values if v is not None}
    found = [(m.start(), v) for v, t in titles.items() for m in re.finditer(rf"\b{t}\b", text, re.IGNORECASE)]
    return tuple(value for _, value in sorted(found))
