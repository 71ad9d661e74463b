"""The prompts of a record, each kept as what it adds to an earlier one.

Prompts of one play are long, and begin alike: what has happened grows by a line at a time, and is told again before
every question. So a prompt is kept as how many characters it has in common with the beginning of an earlier prompt, its
base, and the text that follows them (front coding; Witten, Moffat and Bell 1999). The base is found among the latest
prompts, by what was noted and in which order and nothing else: a record that is gone on with finds the same. From time to
time all begins afresh, so that what is lost with a damaged prompt has an end. A prompt is put together when somebody asks
for it, and held against its sha256.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice

from stage.errors import RunError
from stage.inference.slots import common_prefix

LATEST = 8_000_000
"""How many characters of the latest prompts a base is looked for in."""


@dataclass(frozen=True)
class KeptPrompt:
    """A prompt as a record keeps it: under the ``sha256`` of its text, the first ``shared`` characters of the prompt
    ``after``, and then ``text``. Without a prompt to come after it is all ``text``."""

    sha256: str
    text: str
    after: str | None = None
    shared: int = 0

    def __post_init__(self) -> None:
        if self.shared < 0 or (self.shared and self.after is None):
            raise ValueError(f"no prompt shares {self.shared} characters with {self.after!r}")

    @property
    def length(self) -> int:
        return self.shared + len(self.text)


class Prompts(Mapping[str, str]):
    """The texts of prompts by their sha256, in the order in which they were noted. Only what each adds is held.

    A text that is not what its sha256 says is refused when it is asked for: RunError, with the place of its entry."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[KeptPrompt, str]] = {}
        self._before = 0

    def begin_afresh(self) -> None:
        """What was noted so far is no base of what follows."""
        self._before = len(self._kept)

    def bases(self) -> Iterator[tuple[str, str]]:
        """Those since all began afresh, with their texts."""
        return ((digest, self[digest]) for digest in islice(self._kept, self._before, None))

    def add(self, kept: KeptPrompt, where: str) -> bool:
        """Take in what a record has after all so far, ``where`` it has it; of two of one name the first counts. False if
        the prompt that it begins like is not there, and it is left out. ValueError if that has fewer characters than it shares."""
        if kept.after is not None:
            if kept.after not in self._kept:
                return False
            if kept.shared > (length := self._kept[kept.after][0].length):
                raise ValueError(f"it begins like {kept.shared} characters of a prompt of {length}")
        self._kept.setdefault(kept.sha256, (kept, where))
        return True

    def __getitem__(self, digest: str) -> str:
        kept, where = self._kept[digest]
        text = self._text(kept)
        if digest_of(text) != digest:
            raise RunError(f"{where}: damaged entry of kind 'prompt': its text is not what its sha256 says")
        return text

    def _text(self, kept: KeptPrompt) -> str:
        """Put together from its end to its beginning: a base was there before what is based on it, so there is one."""
        parts = [kept.text]
        wanted = kept.shared
        while wanted and kept.after is not None:
            kept, _ = self._kept[kept.after]
            if wanted > kept.shared:
                parts.append(kept.text[: wanted - kept.shared])
                wanted = kept.shared
        return "".join(reversed(parts))

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


class PromptCoder:
    """Finds for each new prompt the base that has most of its beginning: of the latest prompts in alphabetical order the
    one before it or the one after it. What was noted ``before``, since all began afresh, is gone on from."""

    def __init__(self, before: Prompts | None = None, latest: int = LATEST) -> None:
        self._most = latest
        self.begin_afresh()
        for digest, text in before.bases() if before else ():
            self.add(digest, text)

    def begin_afresh(self) -> None:
        """Forget all, so that nothing that follows is kept as what is added to it."""
        self._held = 0
        self._latest: deque[tuple[str, str]] = deque()
        self._sorted: list[tuple[str, str]] = []

    def kept(self, digest: str, text: str) -> KeptPrompt:
        """How a prompt is kept that comes after those so far."""
        place = bisect_left(self._sorted, (text, digest))
        near = self._sorted[max(place - 1, 0) : place + 1]
        found = [(common_prefix(base, text), base_digest) for base, base_digest in near]
        shared, after = max(found, default=(0, ""))
        return KeptPrompt(digest, text[shared:], after, shared) if shared else KeptPrompt(digest, text)

    def add(self, digest: str, text: str) -> None:
        """Note a prompt that was not noted before."""
        insort(self._sorted, (text, digest))
        self._latest.append((text, digest))
        self._held += len(text)
        while self._held > self._most and len(self._latest) > 1:
            oldest = self._latest.popleft()
            del self._sorted[bisect_left(self._sorted, oldest)]
            self._held -= len(oldest[0])


def digest_of(text: str) -> str:
    """The name of a prompt."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
