"""Names and values that would be called by the same words: no answer could be one of them and not the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from stage.resolve.flaws import Flaws, Path
from stage.scenes import scenario as written
from stage.world.setting import bare_title

Titled = written.Character | written.ThingSpec | written.PlaceSpec
NOT_KNOWN = "something unknown"
"""How an answer says that somebody does not know."""


def check_titles(named: Mapping[str, Mapping[str, Titled | None]], flaws: Flaws) -> dict[str, tuple[Path, str]]:
    """Complain of titles that say nothing or go over several lines; gives for each name where its title stands, and the
    words by which it is told from others."""
    called = {}
    for path, name, title in _titles(named):
        check_title(path, name, title, flaws)
        called[name] = (path, _folded(title))
    return called


def check_title(path: Path, name: str, title: str, flaws: Flaws) -> None:
    """Complain of a title that says nothing or goes over several lines."""
    if not re.search(r"\w", bare_title(title)):
        flaws.add(path, "too-short", f"{title!r} has no word in it; write how {name!r} is called")
    elif len(title.splitlines()) > 1:
        flaws.add(path, "title-lines", "a title stands on one line; take the line break out")


def _titles(named: Mapping[str, Mapping[str, Titled | None]]) -> Iterator[tuple[Path, str, str]]:
    for section, specs in named.items():
        for name, spec in specs.items():
            given = spec.title if spec else ""
            yield ((section, name, "title") if given else (section, name)), name, given or name.replace("_", " ")


def check_values(path: Path, values: Sequence[str], called: Mapping[str, tuple[Path, str]], flaws: Flaws) -> None:
    """Complain of values of one fact that are put into the same words; ``path`` is where they are declared."""
    said: dict[str, str] = {NOT_KNOWN: "not known"}
    for value in dict.fromkeys(values):
        where, words = called.get(value, (path, _folded(value)))
        other = said.setdefault(words, value)
        if other != value:
            message = f"{value!r} is put into the same words as {other!r}; no answer could tell which is meant"
            flaws.add(where, "same-words", message)


def _folded(title: str) -> str:
    """What of a title tells it from others."""
    return " ".join(bare_title(title).split()).casefold().removeprefix("the ")
