"""How a fact is mentioned in a sentence: asserted, or merely asked for, denied, supposed, joked about or quoted.

A reader of words, not of grammar. Works on plain text (`stage.scoring.names.plain`): one sentence, and where in it the
words stand that name the value. What it cannot do: follow irony without a marker, or an argument over two sentences.
"""

from __future__ import annotations

import re
from enum import StrEnum

from stage.scoring.names import ARTICLE


class Stance(StrEnum):
    """How a fact is mentioned; of several that fit, the first in this order."""

    ASKED = "asked"
    """The sentence is a question that leaves the fact open. One that merely asks to be agreed with ("..., isn't it?"),
    or takes the fact for granted ("Why is it in the box?"), is none."""
    DENIED = "denied"
    """Negated shortly before the value, or the value is where something came from."""
    HEDGED = "hedged"
    """Put as possible, wished for, in jest, as one of several, or as what somebody else thinks or said."""
    NAMED = "named"
    """Named together, without a word that puts one where the other is."""
    ASSERTED = "asserted"


_TAG = re.compile(
    r",\s*(?:right|ok|okay|yes|no|you know|(?:is|was|are|do|does|did|has|have|can|will)(?:n't)?\s+\w+)\s*\?+$"
)
_OPENING = r"(?:^|[,;:–—]|--|\b(?:and|but|so|well|oh|now|then)\b)\s*"
_TAKEN_FOR_GRANTED = re.compile(
    rf"{_OPENING}(?:why|how come|since when|how long|how did|how has|when did|when has|who|whose idea|"
    r"what (?!if|about|is\b|are\b|was\b|were\b|do you (?:think|say)|makes you|would|could|might))\b"
)
"""Questions about how, why or through whom something came to be so, which take it for granted that it is so."""
_CLAUSE = re.compile(r"[,;:()–—]|--|\bbut\b|\bthough\b")
_NEGATION = re.compile(
    r"\b(?:not(?! only\b)|never|neither|nor|nobody|none|without|cannot|nowhere|hardly|scarcely)\b"
    r"|\b(?:do|does|did|is|was|are|were|ca|wo|has|have)nt\b"
    r"|n't\b|\bno\b(?! doubt\b| question\b| wonder\b)"
)
_PLAIN_NO = re.compile(r"^\s*no\s+(?=(?:it|it's|the|i|i'm|he|she|we|you|they|that|that's|my|there)\b)")
_WORDS_OF_NEGATION = 8
_FACTIVE = re.compile(
    r"(?<!for all i )(?<!for all we )\b(?:knows?|knew|known|reali[sz]e[sd]?|notice[sd]?|aware|forget|forgot|forgotten|remember(?:s|ed)?|learn(?:s|ed|t)?|"
    r"(?:find|found|finds) out|forgot to (?:tell|say|mention)|discover(?:s|ed)?|see|sees|saw|seen|understand|understood|regret(?:s|ted)?|mind|admit(?:s|ted)?)"
    r"(?:\s+(?:yet|already|of course|it|i|me|us|you|he|she|we|they|saw|know|knew|found out|noticed))*\s+(?:that\b|the\b|my\b|it's\b)"
)
"""What is known, noticed or forgotten is so, whether or not somebody knows, notices or forgets it."""
_OWN_IGNORANCE = re.compile(
    r"\bi\s+(?:do not|don't|dont|cannot|can't|could not|couldn't)\s+(?:\w+\s+)?(?:know|tell|see|remember)\b"
)
_HEDGE = re.compile(
    r"\b(?:maybe|perhaps|possibly|probably|presumably|supposedly|allegedly|apparently|conceivably|may|might|could|would|"
    r"should|must (?:still |already |now )?(?:be|have)|seem(?:s|ed)?|appears? to|looks? (?:like|as if)|sounds? like|as if|"
    r"as though|guess|suppose|supposing|assume|assuming|suspect|wonder|imagine|pretend|if|whether|unless|provided|"
    r"as long as|in case|either|likely|chances are|odds are|hopefully|bet|wager|hunch|feeling|impression|rumou?rs?|"
    r"i (?:just |do |really |always )?(?:think|believe|reckon|fancy|fear|expect|presume|doubt|hope|heard|gather)|i was told|"
    r"i(?:'d| dare| would) say|i say we|let's say|let us say|say,|for all (?:i|we) know|who knows|not sure|not certain|"
    r"no idea|if you ask me|in my opinion|to my mind|what if)\b"
)
_INVERTED = re.compile(rf"{_OPENING}(?:were|should|had)\s+(?:{ARTICLE}|i\b|he\b|she\b|they\b|it\b)")
"""A condition without "if": "were the guard asleep"."""
_REPORT = re.compile(
    r"\b(?:thinks?|thought|believes?|believed|says?|said|saying|claims?|claimed|told|tells?|hopes|swears?|swore|"
    r"insists?|insisted|dreamt|dreams|writes?|wrote|sings?|goes|whispers|whispered|according to|screams?|screamed|shouts?|shouted)\b"
)
_OWN_WORD = re.compile(r"\bi(?:'m|'ve)?\s+(?:\w+\s+){0,2}(?:say|said|saying|tell|told|swear|insist|claim)\b")
_JEST = re.compile(
    r"\b(?:yeah,? right|oh,? sure|ha,? ha|very funny|pigs (?:can |might |will |do )?fly|hell freezes over|in your dreams|"
    r"dream on|i(?:'m| am) (?:the|a) (?:queen|king|pope|emperor|dutchman)|made of (?:green )?cheese|my foot|as if)\b"
    rf"|{_OPENING}(?:sure|right|of course|oh yes|yes,? yes|yeah),\s.*,?\s\band\b"
)
_ORIGIN = re.compile(rf"\b(?:from|out of|leaving)\s+{ARTICLE}?(?:\w+\s+){{0,2}}$")
_FETCH = re.compile(
    rf"{_OPENING}(?:please\s+)?(?:take|get|fetch|give|bring|hand|pull|grab|pick|remove|open|show|let us|let's)\b"
)
"""Who is told to take something from somewhere is told where it is."""
_BRING = re.compile(
    rf"{_OPENING}(?:please\s+)?(?:put|place|leave|hide|drop|throw|move|keep|lay|set|carry|take|bring)\b"
)
"""Who is told to bring something somewhere is told where it should be."""
_PLACED = re.compile(
    r"\b(?:in|inside|into|at|on|onto|under|within|behind|near|beside|to|towards?|front of|bottom of|middle of|full of)\s+"
    rf"(?:{ARTICLE}(?:[\w-]+\s+){{0,2}})?$|(?:\b(?:is|was)|'s)\s+{ARTICLE}?$"
)
HOLDS = re.compile(
    r"\s+(?:holds?|held|contains?|contained|hides?|keeps?|has|had|is where|was where|is full of|was full of)\b"
)
COPULA = re.compile(r"\b(?:is|was|are|were|be|been|stays?|remains?|says?)\b|'s\b")
_QUOTED = re.compile(r"[\"“”«»]([^\"“”«»]*)[\"“”«»]|(?<!\w)'([^']*)'(?!\w)")


def is_quoted(text: str, start: int) -> bool:
    """Whether what stands at a place of a text is within quotation marks."""
    return any(m.start() < start < m.end() for m in _QUOTED.finditer(text))


def openness(sentence: str, start: int, relation: str, several: bool) -> Stance | None:
    """How a sentence speaks of what is named in it at ``start``, where that is short of putting it as so; else None.

    ``relation`` is that of the fact, for facts that are themselves about what is said; ``several`` tells that other
    values are named beside it, as an alternative."""
    head = sentence[:start]
    for_granted = bool(_TAKEN_FOR_GRANTED.search(head))
    if sentence.endswith("?") and not _TAG.search(sentence) and not for_granted:
        return Stance.ASKED
    if is_jest(sentence) or _INVERTED.search(head):
        return Stance.HEDGED
    if _is_negated(head):
        return Stance.DENIED
    about_words = _REPORT.search(relation) is not None
    open_head = _FACTIVE.split(head)[-1]  # what is known is so, however doubtful the rest
    reported = _REPORT.search(_OWN_WORD.sub("", open_head)) and not about_words
    doubted = reported or _HEDGE.search(open_head) or _HEDGE.search(sentence[start:])
    told_to = _BRING.search(head) and not _FETCH.search(head)
    quoted = is_quoted(sentence, start) and not about_words
    return Stance.HEDGED if several or quoted or told_to or (doubted and not for_granted) else None


def is_jest(text: str) -> bool:
    """Whether a text carries a mark of mockery."""
    return _JEST.search(text) is not None


def _is_negated(head: str) -> bool:
    """Whether what comes next is denied. That somebody does not know something takes it for so; that the speaker does
    not know it leaves it open, and is no assertion either."""
    clause = _CLAUSE.split(_PLAIN_NO.sub("", head))[-1]
    last = " ".join(clause.split()[-_WORDS_OF_NEGATION:])
    if _ORIGIN.search(head) and not _FETCH.search(head):
        return True
    if _OWN_IGNORANCE.search(clause):
        return True
    return bool(_NEGATION.search(_FACTIVE.split(last)[-1] if _FACTIVE.search(f"{last} the") else last))


def puts_there(head: str, tail: str) -> bool:
    """Whether the words before and after a place put something there."""
    return bool(_PLACED.search(head) or HOLDS.match(tail) or (_FETCH.search(head) and _ORIGIN.search(head)))
