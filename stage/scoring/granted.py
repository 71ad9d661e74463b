"""What a sentence takes for granted, whatever else it does: a question, an order, a denial, a supposition.

A reader of words, not of grammar. "Who broke the clock?" asks who, and takes it that the clock is broken; "Does Anne
know that it is in the box?" asks about Anne alone. Works on plain text (`stage.scoring.names.plain`).
"""

from __future__ import annotations

import re

from stage.scoring.names import ARTICLE

OPENING = r"(?:^|[,;:–—]|--|\b(?:and|but|so|well|oh|now|then)\b)\s*"
"""Where a clause may begin."""

_OPEN = r"(?:would|could|might|should|can|may|will|shall)\b"
_WH = r"(?:\s+(?:on earth|in the world|the hell|the devil|else|of (?:you|us|them)))?"
_ASKS_ABOUT = re.compile(
    rf"{OPENING}(?:why(?! not\b| don't (?:you|we)\b){_WH}\s+(?!{_OPEN})|how come|since when|how long|how (?:did|has|have|had)|"
    r"how (?:could|can|dare) (?:you|he|she|they|we|any(?:one|body)|some(?:one|body))\b|when (?:did|has|have|had)|"
    rf"who(?:ever)?{_WH}\s+(?!{_OPEN})|whose idea|which of (?:you|us|them)\s+(?!{_OPEN})|"
    r"what(?:'s| is| are| was| were)\s[^,;]*\bdoing\b|"
    r"what (?!if|about|is\b|are\b|was\b|were\b|do you (?:think|say)|makes? (?:you|him|her|them)\b|would|could|might|should|can\b))"
    r"[^,;]*$"
)
"""Questions about how, why or through whom something came to be so; "who would" and "why should" leave it open."""

FACTIVE = re.compile(
    r"(?<!for all i )(?<!for all we )(?<!as far as i )(?<!as far as we )"
    r"\b(?:knows?|knew|known|reali[sz]e[sd]?|notice[sd]?|aware|forget|forgot|forgotten|remember(?:s|ed)?|learn(?:s|ed|t)?|"
    r"(?:find|found|finds) out|forgot to (?:tell|say|mention)|discover(?:s|ed)?|(?<!\bto )see|sees|saw|seen|understand|understood|"
    r"regret(?:s|ted)?|mind|admit(?:s|ted)?|(?:can't|cannot|can not|couldn't|could not) (?:quite )?believe|"
    r"now|seeing|given|considering|the fact|even though|although|"
    r"(?<!would be )(?:glad|happy|sorry|sad|angry|furious|pleased|relieved|surprised|ashamed|annoyed|lucky|pity|shame|"
    r"matters?|bothers?|cares?))"
    r"(?:\s+(?:yet|already|of course|it|i|me|us|you|he|she|we|they|saw|know|knew|found out|noticed))*\s+(?:that\b|the\b|my\b|it's\b)"
)
"""What is known, noticed, forgotten or regretted is so, whether or not somebody knows, notices, forgets or regrets it."""
_TELL = r"(?:tell(?:ing)?|told|warn(?:ed|ing)?|inform(?:ed|ing)?|mention(?:ed|ing)?)"
_THAT = r"(?:that\b|the\b|my\b|your\b|our\b)"
_TOLD_ON = re.compile(
    r"(?<!\bi )\b(?:nobody|no one|never|did not|didn't|has not|hasn't|have not|haven't|hadn't|without)\s+"
    rf"(?:(?!{_OPEN})\w+\s+)?{_TELL}\s+(?:\w+\s+)?{_THAT}"
    rf"|(?:{OPENING}(?:please\s+|do not\s+|don't\s+|never\s+)?(?:(?:go|come)\s+(?:and\s+)?)?"
    r"|\b(?:must|have to|has to|need to|needs to|should|ought to|let's|let us|better|going to)\s+(?:not\s+|never\s+)?)"
    rf"{_TELL}\s+(?!me\b|us\b)(?:\w+\s+)?{_THAT}"
)
"""What somebody was not told, or is to be told or not told, is so; what nobody *can* tell him need not be."""
_KNOWN = (
    r"\b(?:know|knew|known|reali[sz]ed?|noticed?|aware|forget|forgot|forgotten|remember|learn(?:ed|t)?|f(?:ind|ound) out|"
    r"discover(?:ed)?|heard|see|seen|understand)"
)
_ASKED_IF_KNOWN = re.compile(
    rf"{_KNOWN}\s+(?:(?:yet|already|by now)\s+)?(?:that\b|{ARTICLE}[^,;]*\b(?:is|was|are|were|has|have|had)\b)[^,;]*$"
)
"""Whether somebody knows that something is so is asked of the somebody alone."""
_REASON = re.compile(rf"{OPENING}(?:now that|seeing that|given that|considering that|even though|although)\b[^,;]*$")
_UNREAL = re.compile(r"\b(?:if|unless|suppose|supposing|imagine|whether|perhaps|maybe|would have|could have)\b")
_TAKE = (
    r"(?:take|come|climb|step|get|fetch|give|bring|hand|pull|grab|pick|remove|open|show|fish|draw|dig|lift|collect|rescue|free|retrieve|"
    r"recover|haul|drag|let us|let's)"
)
FETCH = re.compile(
    rf"{OPENING}(?:please\s+|do not\s+|don't\s+|never\s+)?(?:(?:go|come)\s+(?:and\s+)?)?{_TAKE}\b"
    r"|\b(?:must|have to|has to|need to|needs to|should|ought to|shall|will|can|could|would|going to|want to|help me|i'll|we'll)\s+"
    rf"(?:(?:you|we|i|somebody|someone|anybody|anyone|please|go|come|and|to)\s+)*{_TAKE}\b"
)
"""Who is to take something from somewhere is told where it is."""
ORIGIN = re.compile(
    rf"\b(?:(?:from|out of|leaving|gone from)\s+{ARTICLE}?(?:\w+\s+){{0,2}}|(?:left|leaves)\s+{ARTICLE})$"
)


def is_to_be_fetched(head: str) -> bool:
    """Whether the place that comes next is where something is to be taken from, and so is."""
    return bool(FETCH.search(head) and ORIGIN.search(head) and not _UNREAL.search(head))


def is_taken_for_granted(head: str) -> bool:
    """Whether what comes next is taken for granted by the question or clause before it."""
    return bool(_ASKS_ABOUT.search(head) or _REASON.search(head) or is_to_be_fetched(head))


def is_known_by_somebody(head: str) -> bool:
    """Whether a question asks about what comes next only who knows it."""
    return _ASKED_IF_KNOWN.search(head) is not None


def after_factive(head: str) -> str:
    """What stands between the last word of knowing and what comes next: what is known is so, however doubtful the rest."""
    return _TOLD_ON.split(FACTIVE.split(head)[-1])[-1]


def is_factive(head: str) -> bool:
    return FACTIVE.search(head) is not None or _TOLD_ON.search(head) is not None
