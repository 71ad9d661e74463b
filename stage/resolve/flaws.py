"""What is wrong with a scene, noted as it is found: nothing is refused at the first flaw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from stage.errors import Severity
from stage.world.facts import AWAY
from stage.world.setting import AUTHOR, NARRATOR

Path = tuple[str | int, ...]

RESERVED = frozenset(
    {"reality", AUTHOR, NARRATOR, AWAY, "around", "nothing", "unknown", "own", "none", "all", "start", "end", "every"}
)
UNKNOWN = "unknown"
"""How a scene writes that somebody has no belief, where an answer is expected."""
REALITY_NAMES = ("", "reality")


@dataclass(frozen=True)
class Flaw:
    """One thing wrong with a scene: where (keys from the top, and of a text there the ``word``), which rule, what to do
    about it, and how it is derived."""

    path: Path
    rule: str
    message: str
    severity: Severity = Severity.ERROR
    because: tuple[str, ...] = ()
    word: str = ""


class Flaws:
    """A list of flaws in the making."""

    def __init__(self) -> None:
        self.found: list[Flaw] = []

    def add(self, path: Path, rule: str, message: str, word: str = "") -> None:
        self.found.append(Flaw(path, rule, message, word=word))

    def name(self, path: Path, name: str, known: Iterable[str], what: str) -> bool:
        """Whether a name is one of those known; complains with the nearest one if not."""
        names = list(known)
        if name in names:
            return True
        self.add(path, "unknown-name", f"no {what} is called {name!r}{nearest(name, names)}", name)
        return False


def nearest(name: str, names: Sequence[str]) -> str:
    """A hint at the right spelling, or at what there is."""
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; there is {', '.join(repr(n) for n in names[:6])}" if names else ""
