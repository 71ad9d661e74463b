"""What each complaint about a scene means, why it is one, and how it is mended: `stage explain CODE`.

Every example is loaded by the tests: the wrong one gives just that complaint, the mended one none.
"""

from __future__ import annotations

from dataclasses import dataclass

BASE = """\
cast: {sally: {at: kitchen}, anne: {at: kitchen}}
places: [kitchen, garden]
things: {basket: {at: kitchen, container: true}, box: {at: kitchen, container: true}, marble: {at: kitchen}, stone: {at: garden}}
"""
"""The scene to which the examples are added that do not begin with one of their own."""


@dataclass(frozen=True)
class Rule:
    """``wrong`` is an example that breaks the rule, ``mended`` the same put right. An example is added to `BASE` unless it
    names its own cast; where ``wrong`` is empty the complaint is about the file as such."""

    what: str
    why: str
    wrong: str = ""
    mended: str = ""


def whole(example: str) -> str:
    """An example as a scene file."""
    return example if "cast" in example or example.startswith(("- ", "%")) else BASE + example


RULES: dict[str, Rule] = {
    # --------------------------------------------------------------------------------------------------------- the file
    "no-such-file": Rule("There is no such file.", "A path is taken from the folder you are in; a bare name may be that of a shipped scene."),
    "not-a-file": Rule("This is a folder.", "A scene is one file. 'stage lint' takes folders, and checks every scene in them."),
    "unreadable-file": Rule("The file cannot be read.", "The system refuses it, or its name cannot be one."),
    "too-large": Rule("The file is larger than a scene can be.", "A scene has to be read as a whole, by people too."),
    "not-utf-8": Rule("The file is not UTF-8.", "Scenes are text in UTF-8; most editors can save a file so."),
    "empty": Rule("Nothing is written here.", "A scene needs a cast and places.", "# cast: nothing yet\n", BASE),
    "not-a-mapping": Rule(
        "The file does not begin with keys.", "A scene is a mapping; 'cast' and 'places' stand at its top.", "- cast\n- places\n", BASE
    ),
    "syntax": Rule(
        "This is no YAML.", "Mostly a quote or bracket is open, or a text with ': ' stands without quotes.",
        "title: Sally: a story\n", "title: 'Sally: a story'\n",
    ),
    "tab": Rule("A tab indents this line.", "YAML is indented with spaces.", "facts:\n\tdoor is: [open, locked]\n", "facts:\n  door is: [open, locked]\n"),
    "control-character": Rule("A character that controls a terminal stands here.", "It would not be seen, and could do harm."),
    "invisible-character": Rule(
        "A character that nobody sees stands here.", "Two names that look alike would be different ones.",
        "title: Sal\u200bly\n", "title: Sally\n",
    ),
    "directive": Rule("A YAML directive begins the file.", "Scenes need none.", "%YAML 1.2\n---\n" + BASE, BASE),
    "second-document": Rule("A second document begins here.", "One file holds one scene.", "---\ntitle: another\n", "title: another\n"),
    "tag": Rule("A YAML tag stands here.", "What kind of value something is follows from its key.", "title: !!str Sally\n", "title: Sally\n"),
    "anchor": Rule("A YAML anchor stands here.", "A scene is read top to bottom; nothing is repeated by reference.", "title: &t Sally\n", "title: Sally\n"),
    "alias": Rule(
        "A YAML alias stands here.", "Write out what it repeats.", "title: &t Sally\npremise: *t\n", "title: Sally\npremise: Sally\n"
    ),
    "bad-key": Rule("A key is missing, or is no text.", "Every entry of a mapping is 'key: value'.", "? [title]\n: Sally\n", "title: Sally\n"),
    "duplicate-key": Rule("A key stands here twice.", "One of the two would be lost in silence.", "title: Sally\ntitle: Anne\n", "title: Sally\n"),
    "too-deep": Rule(
        "This is nested too deeply.", "Brackets beyond thirty levels, or orders of belief beyond eight, are slips.",
        "probes:\n  - {ask: 'sally>anne>sally>anne>sally>anne>sally>anne>sally: marble at'}\n", "probes:\n  - {ask: 'sally>anne>sally: marble at'}\n",
    ),
    "too-many": Rule("There are more complaints than are shown.", "Mend some of those that are, and check again."),
    # -------------------------------------------------------------------------------------------------------- the shape
    "missing-key": Rule("A key is missing that has to be there.", "A scene needs 'cast' and 'places'; a beat what its verb takes.",
        "beats:\n  - {put: marble, by: anne}\n", "beats:\n  - {put: marble, in: box, by: anne}\n"),
    "unknown-key": Rule("There is no such key here.", "A misspelt key would silently do nothing.", "titel: Sally\n", "title: Sally\n"),
    "wrong-kind": Rule("The value is of another kind than is wanted.", "A list where one name is wanted, a text where a list is.",
        "title: [Sally]\n", "title: Sally\n"),
    "bad-name": Rule("This is no name.", "A name is one word that begins with a letter; how it is written in prose is its 'title'.",
        "cast: {sally brown: {at: hall}}\nplaces: [hall]\n", "cast: {sally: {at: hall, title: Sally Brown}}\nplaces: [hall]\n"),
    "too-long": Rule("This is longer than it can be.", "It goes into every prompt.",
        "cast: {sally: {at: hall, title: " + "x" * 61 + "}}\nplaces: [hall]\n", "cast: {sally: {at: hall, title: Sally}}\nplaces: [hall]\n"),
    "too-short": Rule("Nothing is written where something has to be.", "At least one character, two values of a fact, one place.",
        "facts:\n  door is: {values: [open]}\n", "facts:\n  door is: {values: [open, locked]}\n"),
    "out-of-range": Rule("This number is too small or too large.", "The message says what is possible.",
        "beats:\n  - {improvise: 101}\n", "beats:\n  - {improvise: 3}\n"),
    "no-verb": Rule("This beat has no verb.", "A beat says what happens by one of the verbs: {leave: sally, to: garden}.",
        "beats:\n  - {leav: sally}\n", "beats:\n  - {leave: sally}\n"),
    "two-verbs": Rule("This beat has two verbs.", "One thing happens in a beat; make two of it.",
        "beats:\n  - {take: marble, leave: sally, by: sally}\n", "beats:\n  - {take: marble, by: sally}\n  - {leave: sally}\n"),
    # -------------------------------------------------------------------------------------------------------- the names
    "unknown-name": Rule("Nobody and nothing is called so.", "People are named under 'cast', places under 'places', things under 'things'.",
        "beats:\n  - {leave: sall, to: garden}\n", "beats:\n  - {leave: sally, to: garden}\n"),
    "name-twice": Rule("Two have the same name.", "A name has to tell who or what is meant, across people, places and things.",
        "cast: {sally: {at: hall}}\nplaces: [hall, hall]\n", "cast: {sally: {at: hall}}\nplaces: [hall]\n"),
    "reserved-name": Rule("This name has a meaning of its own.", "'reality', 'author' and 'narrator' are minds, 'end' is a moment, and so on.",
        "cast: {narrator: {at: hall}}\nplaces: [hall]\n", "cast: {storyteller: {at: hall}}\nplaces: [hall]\n"),
    "ambiguous-alias": Rule("This word is a name of something else already.", "What is said could not be told apart.",
        "cast: {sally: {at: hall, aliases: [hall]}}\nplaces: [hall]\n", "cast: {sally: {at: hall, aliases: [girl]}}\nplaces: [hall]\n"),
    "same-words": Rule("Two values of one fact are put into the same words.", "No answer could be one of them and not the other. Give one another title.",
        "cast: {sally: {at: hall}}\nplaces: {hall: {title: room}, attic: {title: the room}}\n",
        "cast: {sally: {at: hall}}\nplaces: {hall: {title: room}, attic: {title: the small room}}\n"),
    "title-lines": Rule("This title goes over several lines.", "A title stands within sentences.",
        'cast: {sally: {at: hall, title: "Sally\\nBrown"}}\nplaces: [hall]\n', "cast: {sally: {at: hall, title: Sally Brown}}\nplaces: [hall]\n"),
    "nobody": Rule("At least one character is needed here.", "An empty list of those who come or go makes no event.",
        "beats:\n  - {leave: []}\n", "beats:\n  - {leave: [sally]}\n"),
    "introduced-later": Rule("Where this character is at the start is said twice.", "Whoever is introduced by a beat appears where that beat says.",
        "beats:\n  - {introduce: bob, at: kitchen, as: {at: garden}}\n", "beats:\n  - {introduce: bob, at: kitchen}\n"),
    "no-such-beat": Rule("There is no such beat.", "Beats are numbered from 1, or named by their 'id'.",
        "probes:\n  - {ask: 'sally: marble at', after: 2}\n", "probes:\n  - {ask: 'sally: marble at', after: start}\n"),
    # -------------------------------------------------------------------------------------------------------- the facts
    "fact-form": Rule("This is no fact.", "A fact is a subject, a relation and a value: 'marble at box'. Under 'facts' the value is left out.",
        "facts:\n  door: [open, locked]\n", "facts:\n  door is: [open, locked]\n"),
    "unknown-fact": Rule("Nothing is declared about this.", "Where things and people are need not be declared; everything else is, under 'facts'.",
        "common: [box is red]\n", "facts:\n  box is: [red, blue]\ncommon: [box is red]\n"),
    "unknown-value": Rule("The fact cannot have this value.", "The values are those that 'facts' lists; of 'at', containers, places and people.",
        "facts:\n  door is: [open, locked]\ncommon: [door is opn]\n", "facts:\n  door is: [open, locked]\ncommon: [door is open]\n"),
    "value-twice": Rule("A value is listed twice.", "Two answers to one question must not be the same.",
        "facts:\n  door is: [open, open]\n", "facts:\n  door is: [open, locked]\n"),
    "range-too-small": Rule("A fact with one value is no question.", "Nobody could be wrong about it.",
        "facts:\n  door is: [open]\n", "facts:\n  door is: [open, locked]\n"),
    "not-so": Rule("This is said to be so at the start, and is not.", "'common', 'knows' and 'secrets' are true; what somebody wrongly holds stands under 'believes'.",
        "common: [marble at box]\n", "common: [marble at kitchen]\n"),
    "cyclic": Rule("Something is inside itself.", "By way of others, a container cannot be in itself.",
        "cast: {sally: {at: hall}}\nplaces: [hall]\nthings: {bag: {at: box, container: true}, box: {at: bag, container: true}}\n",
        "cast: {sally: {at: hall}}\nplaces: [hall]\nthings: {bag: {at: box, container: true}, box: {at: hall, container: true}}\n"),
    "not-a-container": Rule("Nothing can be put into this.", "Say so where the thing is declared: 'container: true'.",
        "cast: {sally: {at: hall}}\nplaces: [hall]\nthings: {cup: {at: hall}, pea: {at: cup}}\n",
        "cast: {sally: {at: hall}}\nplaces: [hall]\nthings: {cup: {at: hall, container: true}, pea: {at: cup}}\n"),
    "not-container": Rule("Nobody can look into this.", "Only what is declared with 'container: true' has an inside.",
        "beats:\n  - {look: marble, by: anne}\n", "beats:\n  - {look: box, by: anne}\n"),
    "not-lid": Rule("This cannot be opened or closed.", "Declare it with 'lid: open' or 'lid: closed'.",
        "beats:\n  - {open: box, by: anne}\n",
        "cast: {anne: {at: hall}}\nplaces: [hall]\nthings: {box: {at: hall, container: true, lid: closed}}\nbeats:\n  - {open: box, by: anne}\n"),
    "not-letter": Rule("Nothing can be written on this.", "Declare it with 'letter: true'.",
        "beats:\n  - {read: marble, by: anne}\n",
        "cast: {anne: {at: hall}}\nplaces: [hall]\nthings: {note: {at: hall, letter: true}}\nfacts: {door is: [open, shut]}\nbeats:\n"
        "  - {write: note, says: door is open, by: anne}\n  - {read: note, by: anne}\n"),
    # ---------------------------------------------------------------------------------------------- beats and questions
    "impossible": Rule("This cannot happen at that point of the scene.", "Beats follow one another: who has left cannot reach what is in the room, nor be spoken to there, even if nobody noticed him leave. "
        "Change the order or the place; who hears from elsewhere is told with 'from_afar: true'; what is tried and fails has 'in_vain: true'.",
        "beats:\n  - {leave: sally, to: garden}\n  - {take: marble, by: sally}\n", "beats:\n  - {take: marble, by: sally}\n  - {leave: sally, to: garden}\n"),
    "use-enter": Rule("People move by 'enter' and 'leave'.", "A person who changes place is seen to come and go.",
        "beats:\n  - {set: sally at garden}\n", "beats:\n  - {leave: sally, to: garden}\n"),
    "notices-twice": Rule("It is said twice how somebody notices this beat.", "'hidden_from', 'distracted', 'partly' and 'seen_by' exclude one another.",
        "beats:\n  - {take: marble, by: anne, hidden_from: [sally], distracted: [sally]}\n", "beats:\n  - {take: marble, by: anne, hidden_from: [sally]}\n"),
    "misses-own-deed": Rule("It is said that somebody misses what he does himself.", "Who does something, or comes and goes with others, notices it; only others can miss it.",
        "beats:\n  - {leave: sally, to: garden, distracted: [sally]}\n", "beats:\n  - {leave: sally, to: garden, distracted: [anne]}\n"),
    "probe-form": Rule("This is no question.", "A question is a chain of minds, a colon, and a fact: 'anne>sally: marble at'.",
        "probes:\n  - {ask: sally}\n", "probes:\n  - {ask: 'sally: marble at'}\n"),
    "expect-differs": Rule("The beliefs say otherwise than the author expects.", "The answer follows from who noticed what; the message derives it. One of the two is a slip.",
        "facts: {marble at: [box, kitchen]}\nbeats:\n  - {leave: sally, to: garden}\n  - {put: marble, in: box, by: anne}\nprobes:\n  - {ask: 'sally: marble at', expect: box}\n",
        "facts: {marble at: [box, kitchen]}\nbeats:\n  - {leave: sally, to: garden}\n  - {put: marble, in: box, by: anne}\nprobes:\n  - {ask: 'sally: marble at', expect: kitchen}\n"),
    # --------------------------------------------------------------------------------- what was hardly meant, and advice
    "expect-open": Rule("What is expected here is never checked.", "From the first beat in which the stage itself speaks or acts, what is believed hangs on what it says and does. "
        "It is worked out as the scene is played, and answers are held against that, not against 'expect'.",
        "facts: {marble at: [box, kitchen]}\nbeats:\n  - {put: marble, in: box, by: anne}\n  - {speak: anne, to: sally}\nprobes:\n  - {ask: 'sally: marble at', expect: box}\n",
        "facts: {marble at: [box, kitchen]}\nbeats:\n  - {put: marble, in: box, by: anne}\n  - {speak: anne, to: sally}\nprobes:\n  - {ask: 'sally: marble at', expect: box, after: 1}\n"),
    "unused-character": Rule("Nobody needs this character.", "Who does nothing, notices nothing and is not asked about costs a prompt and tells nothing.",
        "cast: {sally: {at: hall}, bob: }\nplaces: [hall]\nbeats:\n  - {look: around, by: sally}\n",
        "cast: {sally: {at: hall}, bob: {at: hall}}\nplaces: [hall]\nbeats:\n  - {look: around, by: sally}\n"),
    "unreachable-place": Rule("Nobody ever comes here.", "A place at which nobody and nothing ever is, and into which nobody looks, is another word in every prompt.",
        "cast: {sally: {at: hall}}\nplaces: [hall, attic]\nbeats:\n  - {look: around, by: sally}\n",
        "cast: {sally: {at: hall}}\nplaces: [hall]\nbeats:\n  - {look: around, by: sally}\n"),
    "reads-oddly": Rule("A sentence is made of this that is hardly English.", "Who, where and what is declared is told with its article: 'the marble'. What a fact is about may be none of these, "
        "and then stands as it is written: 'House is sold.' Its title says how it is called, in statements, questions and rumours alike; where it needs no article ('Dinner is ready.'), give it the title 'dinner'.",
        "facts: {house is: [sold, kept]}\nbeats:\n  - {remark: anne, to: sally, text: Anne says she loves the house.}\n  - {set: house is kept, by: anne}\n",
        "facts: {house is: {values: [sold, kept], title: the house}}\nbeats:\n  - {remark: anne, to: sally, text: Anne says she loves the house.}\n  - {set: house is kept, by: anne}\n"),
    "to-oneself": Rule("Somebody is spoken to by himself.", "Words are for others; what somebody thinks unheard is a beat 'think'.",
        "facts: {marble at: [box, kitchen]}\nbeats:\n  - {say: marble at box, by: anne, to: anne}\n", "facts: {marble at: [box, kitchen]}\nbeats:\n  - {say: marble at box, by: anne, to: sally}\n"),
    "out-of-hiding": Rule("Somebody comes out of hiding by looking.", "Whoever hides is unseen until he does something that is not done secretly, and who is there then sees him. To look, watch, peek or read from a hiding place, add 'secretly: true'.",
        "cast: {spy: {at: hall, hidden: true}, anne: {at: hall}}\nplaces: [hall]\nbeats:\n  - {look: around, by: spy}\n",
        "cast: {spy: {at: hall, hidden: true}, anne: {at: hall}}\nplaces: [hall]\nbeats:\n  - {look: around, by: spy, secretly: true}\n"),
    "unnoticed-event": Rule("Nobody notices this.", "It changes nothing of what anybody believes. Perhaps it happens somewhere else than was meant.",
        "cast: {sally: {at: hall}, anne: {at: hall}}\nplaces: [hall, attic]\nfacts: {lamp is: [lit, dark]}\nbeats:\n  - {set: lamp is dark, at: attic}\n  - {leave: anne, to: attic}\n",
        "cast: {sally: {at: hall}, anne: {at: hall}}\nplaces: [hall, attic]\nfacts: {lamp is: [lit, dark]}\nbeats:\n  - {leave: anne, to: attic}\n  - {set: lamp is dark, at: attic}\n"),
    "minds-agree": Rule("On this question all minds agree.", "Whoever is taken for whom, the answer is right: it tells nothing about keeping minds apart.",
        "facts: {marble at: [box, kitchen]}\nbeats:\n  - {put: marble, in: box, by: anne}\nprobes:\n  - {ask: 'sally: marble at', expect: box}\n",
        "facts: {marble at: [box, kitchen]}\nbeats:\n  - {leave: sally, to: garden}\n  - {put: marble, in: box, by: anne}\nprobes:\n  - {ask: 'sally: marble at', expect: kitchen}\n"),
    "last-mentioned": Rule("The answer is the last value that the story names.", "Whoever repeats the last word is right. Name another value after it, or ask about somebody else.",
        "facts: {marble at: [box, kitchen]}\nbeats:\n  - {leave: sally, to: garden}\n  - {put: marble, in: box, by: anne}\nprobes:\n  - {ask: 'anne: marble at', expect: box}\n",
        "facts: {marble at: [box, kitchen]}\nbeats:\n  - {leave: sally, to: garden}\n  - {put: marble, in: box, by: anne}\nprobes:\n  - {ask: 'sally: marble at', expect: kitchen}\n"),
}  # fmt: skip
"""By code, in the order in which a scene is read."""
