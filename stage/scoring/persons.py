"""People in what is said: who is spoken to, who has something, and who is what ("Greta is our skipper").

A reader of words, not of grammar; works on plain text (`stage.scoring.names.plain`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from stage.scoring.granted import OPENING
from stage.scoring.names import ARTICLE, Names, Span

_SPEAKER = re.compile(r"\b(?:i|i'm|i've|i'll|i'd|me)\b")
_YOU = re.compile(r"\b(?:you|you're|you've|you'll|you'd)\b")
_HE = re.compile(r"\b(?:he|she|he's|she's|him)\b")
_CALLED = re.compile(r"(?:^|[,;:–—.!?…\"])\s*(?:and\s+|but\s+|oh\s+|well\s+|my dear\s+|dear\s+)?$")
_CALLED_FIRST = re.compile(r"\s*,")
_CALLED_LAST = re.compile(r"\s*(?:[.!?…\n]|$)")
_HAS = re.compile(
    r"\s*(?:(?:who|that)\s+)?(?:(?:still\s+|now\s+)?(?:has|had|have|holds?|held|keeps?|kept|took|stole|grabbed|pocketed|carries|got|is holding|"
    r"are holding)\b|'s got\b|'ve got\b)"
    r"(?!\s+(?:to|no|not|never|nothing|been|seen|\w+e[dn]|put|left|lost|brought|sold|found|told|gone|come|made|done|hid|sent|set|shut)\b)"
    r"|'s?\s+(?:hands?|pockets?|bag|coat|possession)\b"
)
_I_HAVE = re.compile(
    r"\bi\s+(?:still\s+)?(?:have|hold|keep|took)\s+(?=(?:it|the|that|this|my|an?)\b)|\bi've got\b|\bwith me\b"
)
_DOING_WITH = re.compile(r"\s+(?:doing|want)\s+(?=with\b)")
_WITH = re.compile(r"\b(?:with|on)\s+$|\b(?:take|get|fetch|grab|snatch)\b[^,;]*\b(?:from|away from)\s+$")
_GIVE = re.compile(
    rf"{OPENING}(?:please\s+)?(?:give|hand|return|pass)\s+(?:(?:me|us|him|her|back|over)\s+)*(?={ARTICLE}?[\w-]+)"
)
_FROM = re.compile(r"\b(?:from|out of)\b")
_BE = (
    r"(?:is|was|are|were|am|be|been|being|'s|'re|'m|isn't|wasn't|aren't|(?:has|have|had)\s+(?:been|become|turned)|become|becomes|"
    r"became|turns?|turned|out|to|remains?|as|for|not|no|never|anything but|none|other|than|all|along|who|still|now|indeed|really|truly|only|always)"
)
_LINK = re.compile(rf"(?:[\s:–—-]*{_BE}\b)*[\s:–—-]*(?:{ARTICLE}(?:[\w-]+\s+){{0,2}})?")
_IT_IS = re.compile(r"\b(?:it|that|this)(?:'s| is| was)\s+(?:(?:indeed|really|now|all along|none other than|not)\s+)?$")


class People:
    """The people of a scene in one text, said by ``speaker`` (None: by nobody in the scene)."""

    def __init__(self, names: Names, cast: Collection[str], speaker: str | None, text: str) -> None:
        self._names = names
        self._cast = cast
        self.speaker = speaker
        self._addressee = self._spoken_to(text)

    def named(self, sentence: str) -> list[Span]:
        """Where the people are meant, the speaker and whom he speaks to included."""
        found = [s for s in self._names.spans(sentence, self._cast) if not self._is_called(sentence, s)]
        for word, who in ((_SPEAKER, self.speaker), (_YOU, self._addressee)):
            if who is not None:
                found += [Span(m.start(), m.end(), who) for m in word.finditer(sentence)]
        return sorted(found, key=lambda s: s.start)

    def third(self, sentence: str) -> str:
        """Whom "he" or "she" means after this sentence; empty if that cannot be told."""
        named = {s.name for s in self._names.spans(sentence, self._cast) if not self._is_called(sentence, s)}
        others = named - {self.speaker, self._addressee if _YOU.search(sentence) else None}
        return others.pop() if len(others) == 1 else ""

    def holders(self, sentence: str, things: Iterable[str]) -> list[Span]:
        """Where somebody is said to have something; ``things`` are what may be had."""
        found = [
            span
            for span in self.named(sentence)
            if (_HAS.match(sentence, span.end) and span.name != self.speaker) or _WITH.search(sentence[: span.start])
        ]
        doing = ((span.name, _DOING_WITH.match(sentence, span.end)) for span in self.named(sentence))
        found += [Span(m.end(), m.end() + len("with"), name) for name, m in doing if m is not None]
        if self.speaker is not None:
            found += [Span(m.start(), m.end(), self.speaker) for m in _I_HAVE.finditer(sentence)]
        give = _GIVE.search(sentence)
        if give is not None and self._addressee is not None and not _FROM.search(sentence):
            given = [
                s for s in self._names.spans(sentence, things) if not sentence[give.end() : s.start].count(" ") > 2
            ]
            found += [Span(give.start(), give.end(), self._addressee) for s in given[:1] if s.start >= give.end()]
        return found

    def roles(self, sentence: str, role: str, topic: str, third: str) -> Iterator[tuple[Span, int]]:
        """Who is said to be something ("the skipper"), and the place in the sentence by which that is said; ``topic`` is
        what "it" would mean, ``third`` whom "he" or "she" would."""
        named = self._names.spans(sentence, [role])
        third_person = [Span(m.start(), m.end(), third) for m in _HE.finditer(sentence) if third]
        for who in self.named(sentence) + self._names.spans(sentence, self._cast) + third_person:
            for span in named:
                first, last = sorted((who, span), key=lambda s: s.start)
                if not who.overlaps(span) and _LINK.fullmatch(sentence[first.end : last.start]):
                    yield who, last.start
            if not named and topic == role and _IT_IS.search(sentence[: who.start]):
                yield who, who.start

    def _spoken_to(self, text: str) -> str | None:
        called = {s.name for s in self._names.spans(text, self._cast) if self._is_called(text, s)} - {self.speaker}
        others = called or {*self._cast} - {self.speaker}
        return others.pop() if len(others) == 1 and self.speaker is not None else None

    def _is_called(self, text: str, span: Span) -> bool:
        """Whether somebody is called by name: "Greta, ...", "..., Greta!"."""
        before = text[: span.start]
        if not _CALLED.search(before):
            return False
        if _CALLED_FIRST.match(text, span.end):
            return True
        return before.rstrip().endswith(",") and _CALLED_LAST.match(text, span.end) is not None
