"""Makes text that a model or a scene wrote fit to be shown: it must not move the cursor, hide, or reorder words."""

from __future__ import annotations

import unicodedata

_BREAKS = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")


def printable(text: str) -> str:
    """The text on one line, without what does not print.

    Tabs and line breaks of all kinds become spaces. Dropped are control characters (C0 with ESC, DEL, C1), format
    characters (marks, embeddings, overrides and isolates of text direction; zero-width and tag characters) and lone
    surrogates, which no encoding takes. Everything else stays, accents and emoji as well. The result is plain text:
    put it into `rich.text.Text`, never into console markup.
    """
    spaced = (" " if c in _BREAKS else c for c in text)
    return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
