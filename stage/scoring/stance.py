"""How a fact is mentioned in a sentence: asserted, or merely asked for, denied, supposed, joked about or quoted.

A reader of words, not of grammar. Works on plain text (`stage.scoring.names.plain`): one sentence, and where in it the
words stand that name the value. What it cannot do: follow irony without a marker, or an argument over two sentences.
What a sentence takes for granted is told by `stage.scoring.granted`.
"""

from __future__ import annotations

import re
from enum import StrEnum

from stage.scoring.granted import (
    FETCH,
    OPENING,
    ORIGIN,
    after_factive,
    is_factive,
    is_known_by_somebody,
    is_taken_for_granted,
    is_to_be_fetched,
)
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
_ASKING = (
    r"(?:what|where|who|whom|whose|why|how|when|which|is|are|am|was|were|do|does|did|can|could|will|would|shall|should|"
    r"may|might|must|have|has|had|(?:is|are|was|were|do|does|did|ca|could|wo|would|should|has|have|had)n't)\b"
)
_ASKED_NEXT = re.compile(rf",\s*(?:(?:so|and|but|then|now)\s+)?{_ASKING}")
_ASKS = re.compile(rf"(?:^|[,;:–—])\s*(?:(?:so|and|but|then|now|well|oh)\s+)?{_ASKING}[^,;:]*$")
_CLAUSE = re.compile(r"[,;:()–—]|--|(?<!anything )\bbut\b|\bthough\b")
_NEGATION = re.compile(
    r"\b(?:not(?! only\b)|never|neither|nor|nobody|nothing|none|without|cannot|nowhere|hardly|scarcely|anything but|far from|"
    r"by no means|no way|refuses? to believe|forbid)\b"
    r"|\b(?:do|does|did|is|was|are|were|ca|wo|has|have)nt\b"
    r"|n't\b|\bno\b(?! doubt\b| question\b| wonder\b)"
)
_PLAIN_NO = re.compile(r"^\s*no\s+(?=(?:it|it's|the|i|i'm|he|she|we|you|they|that|that's|my|there)\b)")
_NO_MORE = re.compile(
    rf"\b(?:(?:stopped|stops|ceased|quit)\s+(?:being\s+)?{ARTICLE}?|used to (?:be|stand|lie|hang|live)\b[^,;]*)$"
)
"""What was so and is no more: "used to be in the box"."""
_WORDS_OF_NEGATION = 8
_OWN_IGNORANCE = re.compile(
    r"\bi\s+(?:do not|don't|dont|cannot|can't|could not|couldn't)\s+(?:\w+\s+)?(?:know|tell|see|remember)\b"
)
_HEDGE = re.compile(
    r"\b(?:maybe|perhaps|possibly|probably|presumably|supposedly|allegedly|apparently|conceivably|surely|may|might|could|would|"
    r"should|must (?:still |already |now )?(?:be|have)|seem(?:s|ed)?|appears? to|looks? (?:like|as if)|sounds? like|as if|"
    r"as though|guess|guessing|suppose|supposing|assume|assuming|suspect|wonder|imagine|pretend|"
    r"if(?! you (?:must|want to|really want to|care to) know\b)|whether|unless|provided|"
    r"as long as|in case|lest|until|till|either|likely|chances are|odds are|hopefully|bet|wager|hunch|feeling|impression|rumou?rs?|"
    r"wish(?:es|ed|ing)?|hoping|hoped|praying|money(?:'s| is) on|half a mind|inclined to|ten to one|as far as (?:i|we) (?:know|can)|"
    r"i (?:just |do |really |always )?(?:think|believe|reckon|fancy|fear|expect|presume|doubt|hope|heard|gather)|i was told|"
    r"i(?:'d| dare| would) say|i say we|let's say|let us say|say,|for all (?:i|we) know|who knows|not sure|not certain|"
    r"no idea|if you ask me|in my opinion|to my mind|what if)\b"
    rf"|{OPENING}say (?:{ARTICLE}|it|he|she|they)"
    rf"|{OPENING}(?:oh,?|o|ah,?)\s+(?:to|for)\b"
)
_NOT_YET = re.compile(rf"{OPENING}(?:once|as soon as|before|by the time|whenever|the day|the moment)\b[^,;]*$")
"""What is to come: "once he is at the station"."""
_INVERTED = re.compile(rf"{OPENING}(?:were|should|had)\s+(?:{ARTICLE}|i\b|he\b|she\b|they\b|it\b)")
"""A condition without "if": "were the guard asleep"."""
_REPORT = re.compile(
    r"\b(?:thinks?|thought|believes?|believed|says?|said|saying|claims?|claimed|told|tells?|hopes|swears?|swore|"
    r"insists?|insisted|dreamt|dreams?|dreamed|nightmares?|writes?|wrote|sings?|goes|whispers|whispered|according to|screams?|"
    r"screamed|shouts?|shouted|cried|cries|rumou?r has|word is|convinced|persuaded|"
    r"in (?:the|a|my|that) (?:play|book|story|novel|film|game|song|tale|legend|papers?)|in (?!my\b)[\w']+(?: [\w']+)? (?:eyes|opinion|view|book|mind))\b"
    r"|(?<!i am )(?<!i'm )(?<!be )\b(?:sure|certain)\b(?= that| the\b)"
)
_OWN_WORD = re.compile(
    r"\b(?:i(?:'m|'ve)?\s+(?:\w+\s+){0,2}(?:say|said|saying|tell|told|swear|insist|claim)|let me (?:just )?(?:tell|say)|"
    r"i(?:'m| am) (?:quite |absolutely |fully )?(?:convinced|persuaded))\b"
)
_JEST = re.compile(
    r"\b(?:yeah,? right|oh,? sure|ha,? ha|very funny|pigs (?:can |might |will |do )?fly|hell freezes over|in your dreams|"
    r"dream on|and i(?:'m| am) (?:the|an?)|i(?:'m| am) (?:the|a) (?:queen|king|pope|emperor|dutchman)|made of (?:green )?cheese|"
    r"my foot|as if|next (?:you|they|he|she)(?:'ll| will)|(?:all|just what) (?:we|i) need(?:ed)?|make me laugh|what a joke|a likely story|"
    r"tell me another|pull the other|(?:just|only) (?:kidding|joking|teasing)|(?:i'm|i am|you're|you are|must be) (?:joking|kidding))\b"
    rf"|{OPENING}(?:sure|right|of course|oh yes|yes,? yes|yeah),\s.*,?\s\band\b"
)
_BRING = re.compile(
    rf"(?:{OPENING}(?:please\s+)?|\b(?:must|have to|has to|need to|should|ought to|let me|let us|let's|will|'ll|going to|"
    r"(?:want|wants|wanted|plan|plans|planned|intend|intends|mean|means|meant|try|tries|tried|trying|like|love) to)\s+(?:\w+ly\s+)?)"
    r"(?:put|place|leave|hide|drop|throw|move|keep|lay|set|carry|take|bring)\b"
)
"""Who is told to bring something somewhere, or means to, is told where it should be."""
_PLACED = re.compile(
    r"\b(?:in|inside|into|at|on|onto|under|within|behind|near|beside|to|towards?|front of|bottom of|middle of|full of)\s+"
    rf"(?:(?:{ARTICLE}|[\w-]+'s?\s+)(?:[\w-]+\s+){{0,2}})?$|(?:\b(?:is|was)|'s)\s+{ARTICLE}?$"
)
_IN_IT = re.compile(r"\b(?:in|inside|out of|from) (?:it|there)\b")
HOLDS = re.compile(
    r"\s+(?:holds?|held|contains?|contained|hides?|keeps?|has|had|is where|was where|is full of|was full of)\b"
)
COPULA = re.compile(r"\b(?:is|was|are|were|be|been|stays?|remains?|says?)\b|'s\b")
_QUOTED = re.compile(r"[\"“”«»]([^\"“”«»]*)[\"“”«»]|(?<!\w)'((?:[^'\n]|(?<=\w)'(?=\w))*)'(?!\w)")
_NO = re.compile(
    r"^\W*(?:oh,? |well,? )?(?:no|hardly|far from it|not at all|not a bit(?: of it)?|not any ?more|no longer|never|nonsense|"
    r"certainly not|of course not|by no means|(?:no, )?(?:it|he|she|they) (?:is|was|are|were|has|does|did)(?:n't| not))\b\W*(?:$|(?<=[,;:–—] ))"
)
_YES = re.compile(
    r"^\W*(?:oh,? |well,? )?(?:yes|indeed|certainly|definitely|absolutely|exactly|it is|it was|he is|she is|they are)\b\W*(?:$|(?<=[,;:–—] ))"
)


def is_quoted(text: str, start: int) -> bool:
    """Whether what stands at a place of a text is within quotation marks."""
    return any(m.start() < start < m.end() for m in _QUOTED.finditer(text))


def openness(sentence: str, start: int, relation: str, several: bool) -> Stance | None:
    """How a sentence speaks of what is named in it at ``start``, where that is short of putting it as so; else None.

    ``relation`` is that of the fact, for facts that are themselves about what is said; ``several`` tells that other
    values are named beside it, as an alternative."""
    head = sentence[:start]
    for_granted = is_taken_for_granted(head)
    if _leaves_open(sentence, start) and not for_granted:
        return Stance.ASKED
    if is_jest(sentence) or _INVERTED.search(head):
        return Stance.HEDGED
    if _is_negated(head):
        return Stance.DENIED
    about_words = _REPORT.search(relation) is not None
    open_head = after_factive(head)
    open_tail = re.split("[,;]", sentence[start:])[0] if is_factive(head) else sentence[start:]
    reported = _REPORT.search(_OWN_WORD.sub("", open_head)) and not about_words
    doubted = reported or _HEDGE.search(open_head) or _HEDGE.search(open_tail) or _NOT_YET.search(open_head)
    told_to = _BRING.search(head) and not FETCH.search(head)
    quoted = is_quoted(sentence, start) and not about_words
    return Stance.HEDGED if several or quoted or told_to or (doubted and not for_granted) else None


def is_jest(text: str) -> bool:
    """Whether a text carries a mark of mockery."""
    return _JEST.search(text) is not None


def answer_to_own_question(sentence: str) -> Stance | None:
    """What a sentence makes of what the one before it asked: "Is it in the box? No." """
    if _HEDGE.search(sentence):
        return None
    if _NO.search(sentence):
        return Stance.DENIED
    return Stance.ASSERTED if _YES.search(sentence) else None


def _leaves_open(sentence: str, start: int) -> bool:
    """Whether what is named at ``start`` is what a question asks. It is not where the question comes in a later clause
    ("The cake is ruined, what now?"), or asks who knows it."""
    if not sentence.endswith("?") or _TAG.search(sentence):
        return False
    head = sentence[:start]
    if is_known_by_somebody(head):
        return False
    return not (_ASKED_NEXT.search(sentence[start:]) and COPULA.search(head) and not _ASKS.search(head))


def _is_negated(head: str) -> bool:
    """Whether what comes next is denied. That somebody does not know something takes it for so; that the speaker does
    not know it leaves it open, and is no assertion either."""
    if is_to_be_fetched(head):
        return False
    clause = _CLAUSE.split(_PLAIN_NO.sub("", head))[-1]
    last = " ".join(clause.split()[-_WORDS_OF_NEGATION:])
    if ORIGIN.search(head) or _NO_MORE.search(head):
        return True
    if _OWN_IGNORANCE.search(clause):
        return True
    return bool(_NEGATION.search(after_factive(last) if is_factive(f"{last} the") else last))


def puts_there(head: str, tail: str) -> bool:
    """Whether the words before and after a place put something there."""
    placed = _PLACED.search(head) or HOLDS.match(tail) or _IN_IT.search(tail)
    return bool(placed or (FETCH.search(head) and ORIGIN.search(head)))
