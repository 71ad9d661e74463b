"""Reading performed lines back, as tables of sentences."""

from __future__ import annotations

import pytest

from stage.performing.transcript import Line
from stage.scoring.lines import Reading, read_line
from stage.scoring.mentions import Reader
from stage.scoring.names import Names

FACTS = {
    "marble at": ("basket", "red_box", "box", "kitchen", "anne", "sally"),
    "key at": ("drawer", "box"),
    "door is": ("open", "locked"),
    "sally at": ("garden", "kitchen"),
    "letter says": ("come at nine", "stay away"),
}
TITLES = {"sally": "Sally", "anne": "Anne", "bob": "Old Bob", "red_box": "the red box", "letter": "the letter"}
CAST = ("sally", "anne", "bob")
READER = Reader(FACTS, Names(TITLES), CAST)
PRIVATE = {
    "anne": ("Anne owes the baker forty crowns and is ashamed.", "Be kind."),
    "sally": ("Sally knows Anne owes the baker money.", "The marble was a gift from her father."),
}


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("The marble is in the basket.", ["marble at basket asserted"]),
        ("THE MARBLE IS IN THE BASKET!", ["marble at basket asserted"]),
        ("I put the marble in the red box.", ["marble at red_box asserted"]),
        ("The marble is in the red_box.", ["marble at red_box asserted"]),
        ("The marble is in the sandbox, or the basketball.", []),
        ("The marble isn't in the basket.", ["marble at basket denied"]),
        ("The marble isn’t in the basket.", ["marble at basket denied"]),
        ("The marble is no longer in the basket.", ["marble at basket denied"]),
        ("I never put the marble in the basket.", ["marble at basket denied"]),
        ("Not the basket, the marble is in the kitchen.", ["marble at basket denied", "marble at kitchen asserted"]),
        ("The marble is not in the basket but in the kitchen.",
         ["marble at basket denied", "marble at kitchen asserted"]),
        ("No, the marble is in the basket.", ["marble at basket asserted"]),
        ("No the marble is in the basket.", ["marble at basket asserted"]),
        ("No doubt the marble is in the basket.", ["marble at basket asserted"]),
        ("No marble in the basket.", ["marble at basket denied"]),
        ("Is the marble in the basket?", ["marble at basket asked"]),
        ("The marble is in the basket, isn't it?", ["marble at basket asserted"]),
        ("Maybe the marble is in the basket.", ["marble at basket hedged"]),
        ("The marble is in the basket, I think.", ["marble at basket hedged"]),
        ("The marble is in the basket or the kitchen.", ["marble at basket hedged", "marble at kitchen hedged"]),
        ("Anne thinks the marble is in the basket.", ["marble at basket hedged"]),
        ("I said the marble is in the basket.", ["marble at basket asserted"]),
        ("The basket holds the marble.", ["marble at basket asserted"]),
        ("The marble and the basket are mine.", ["marble at basket named"]),
        ("The marble is in the basket in the kitchen.", ["marble at basket asserted"]),
        ("She moved the marble from the basket to the kitchen.",
         ["marble at basket denied", "marble at kitchen asserted"]),
        # who or what is in the kitchen
        ("Sally is in the kitchen.", ["sally at kitchen asserted"]),
        ("The marble is in the basket and Sally is in the kitchen.",
         ["marble at basket asserted", "sally at kitchen asserted"]),
        ("I am in the kitchen.", ["sally at kitchen asserted"]),
        # no subject named
        ("It's in the basket.", ["marble at basket asserted"]),
        ("The basket.", ["marble at basket asserted"]),
        ("Anne left it in the basket.", ["marble at basket asserted"]),
        ("Anne sat on the basket.", []),
        ("You may look in the basket.", []),
        ("The dog is in the basket.", []),
        ("The basket is pretty.", []),
        ("Yes, in the basket, Anne!", ["marble at basket asserted"]),
        ("The basket has it.", ["marble at basket asserted"]),
        ("Not in the basket.", ["marble at basket denied"]),
        ("It's in the box.", []),
        ("The key? It's in the box.", ["key at box asserted"]),
        ("The door is in the box.", []),
        # people have things
        ("Anne has the marble.", ["marble at anne asserted"]),
        ("I have the marble.", ["marble at sally asserted"]),
        ("The marble is with Anne.", ["marble at anne asserted"]),
        ("Anne, where is the marble?", []),
        ("Anne has seen the marble.", []),
        # relations that are not places
        ("The door is locked.", ["door is locked asserted"]),
        ("It is locked.", ["door is locked asserted"]),
        ("The locked door scares me.", ["door is locked asserted"]),
        ("Open the door!", ["door is open named"]),
        ("The letter says come at nine.", ["letter says come at nine asserted"]),
        ("Good morning, Anne!", []),
        ("", []),
    ],
)  # fmt: skip
def test_what_a_line_mentions(text: str, mentions: list[str]) -> None:
    assert [f"{m.fact} {m.stance}" for m in READER.mentions(text, "sally")] == mentions


def test_what_the_line_was_to_speak_of_settles_what_it_is() -> None:
    assert [m.fact for m in READER.mentions("It's in the box.", "sally", "key at")] == ["key at box"]


GUILT = Reader(
    {
        "clock is": ("broken", "working"),
        "clock at": ("attic", "parlour", "hugo"),
        "culprit is": ("hugo", "vera"),
        "vera at": ("parlour", "cellar"),
    },
    Names({"hugo": "Hugo", "vera": "Vera", "aunt": "the Aunt"}, {"broken": ["smashed"]}),
    ("aunt", "hugo", "vera"),
)


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        # what a question takes for granted, and what it does not
        ("Who broke the clock?", ["clock is broken asserted"]),
        ("The clock? Who broke it?", ["clock is broken asserted"]),
        ("Who would break the clock, and leave it broken?", ["clock is broken asked"]),
        ("What is the clock doing in the attic?", ["clock at attic asserted"]),
        ("Why would the clock be in the attic?", ["clock at attic asked"]),
        ("Did you know that the clock is broken?", ["clock is broken asserted"]),
        ("Do you know whether the clock is broken?", ["clock is broken asked"]),
        ("Now that we know the clock is broken, what shall we do?", ["clock is broken asserted"]),
        ("The clock is broken, do you hear me?", ["clock is broken asserted"]),
        # so does an order, and being told
        ("We must get the clock out of the attic.", ["clock at attic asserted"]),
        ("Come out of the cellar, Vera!", ["vera at cellar asserted"]),
        ("We want to put the clock in the attic.", ["clock at attic hedged"]),
        ("Nobody told me that the clock was broken.", ["clock is broken asserted"]),
        ("Nobody can tell me that the clock is broken.", ["clock is broken denied"]),
        ("Don't tell Vera that the clock is broken.", ["clock is broken asserted"]),
        ("I can't believe the clock is broken.", ["clock is broken asserted"]),
        ("I don't believe the clock is broken.", ["clock is broken denied"]),
        # what goes on over sentences
        ("Is Vera the culprit? Yes.", ["culprit is vera asked", "culprit is vera asserted"]),
        ("Is Vera the culprit? No.", ["culprit is vera asked", "culprit is vera denied"]),
        ("Is Vera the culprit? Yes, I think so.", ["culprit is vera asked"]),
        ("Vera is hiding. She went to the cellar.", ["vera at cellar asserted"]),
        ("Vera and Hugo are hiding. She went to the cellar.", []),
        ("I looked at the clock. Broken.", ["clock is broken asserted"]),
        # the other way about
        ("Broken is the clock.", ["clock is broken asserted"]),
        ("A broken clock is right twice a day.", ["clock is broken named"]),
        # who is what
        ("Hugo is the culprit.", ["culprit is hugo asserted"]),
        ("The culprit is not Hugo.", ["culprit is hugo denied"]),
        ("You are the culprit, Hugo!", ["culprit is hugo asserted"]),
        ("Hugo, are you the culprit?", ["culprit is hugo asked"]),
        ("We spoke of the culprit. It was Vera.", ["culprit is vera asserted"]),
        ("It was Hugo who did it. He is the culprit.", ["culprit is hugo asserted"]),
        ("I am the culprit.", []),
        ("Hugo spoke to the culprit.", []),
        ("The culprit has Vera's hat.", []),
        # who has what
        ("Hugo, what are you doing with the clock?", ["clock at hugo asserted"]),
        ("Give the clock back, Hugo.", ["clock at hugo asserted"]),
        ("Hugo has no clock.", []),
        # no more, not yet, not really
        ("The clock used to be in the parlour.", ["clock at parlour denied"]),
        ("The clock is anything but broken.", ["clock is broken denied"]),
        ("The clock stopped working.", ["clock is working denied"]),
        ("Once the clock is in the attic, call me.", ["clock at attic hedged"]),
        ("I wish the clock were in the attic.", ["clock at attic hedged"]),
        ("In my dream the clock was in the attic.", ["clock at attic hedged"]),
        ("'The clock is broken!' cried the cook.", ["clock is broken hedged"]),
        ("If you must know, the clock is broken.", ["clock is broken asserted"]),
    ],
)  # fmt: skip
def test_how_it_is_mentioned(text: str, mentions: list[str]) -> None:
    assert [f"{m.fact} {m.stance}" for m in GUILT.mentions(text, "aunt")] == mentions


KNOWN = ("marble at basket", "sally at garden")


def read(text: str, act: str = "", known: tuple[str, ...] = KNOWN, speaker: str = "sally") -> Reading:
    line = Line(3, "speech", speaker, text, performed=True, act=act, known=known)
    return read_line(line, READER, PRIVATE)


@pytest.mark.parametrize(
    ("text", "act", "flags"),
    [
        ("The marble is in the basket.", "marble at basket", ()),
        ("I think the marble is in the basket.", "marble at basket", ()),
        # a chosen lie is no leak, and keeps to its act
        ("The marble is in the kitchen.", "marble at kitchen", ()),
        ("The marble is in the kitchen.", "marble at basket", ("leak", "drift")),
        ("The marble is in the basket.", "marble at kitchen", ("drift",)),
        ("What a fine day!", "marble at basket", ("drift",)),
        ("Is the marble in the basket?", "marble at basket", ("drift",)),
        ("The marble is not in the basket.", "marble at basket", ("drift",)),
        ("The marble is in the basket, not in the kitchen.", "marble at basket", ()),
        ("Hello, Anne.", "", ()),
        ("Is the marble in the kitchen?", "", ()),
        ("Perhaps the marble is in the kitchen.", "", ()),
        ("The marble is in the basket.", "", ("drift",)),
        ("The marble is in the kitchen.", "", ("leak", "drift")),
        # a further fact that is known does not stray from the act
        ("Sally is in the garden, and the marble is in the basket.", "marble at basket", ()),
        ("The door is locked, and the marble is in the basket.", "marble at basket", ("leak",)),
        # quotations of what another role alone was told
        ("They say Anne owes the baker forty crowns.", "", ("leak",)),
        ("Anne owes, the BAKER -- forty!", "", ("leak",)),
        ("The baker wants forty crowns.", "", ()),
        ("Sally knows Anne owes the baker money.", "", ()),
        ("Be kind.", "", ()),
        # speaking for another
        ("Good day.\nANNE: Good day to you.", "", ("bleed",)),
        ("Good day. Anne: Good day to you.", "", ("bleed",)),
        ("**Old Bob:** Hm.", "", ("bleed",)),
        ("NARRATOR: She left.", "", ("bleed",)),
        ("SALLY: Good day.", "", ()),
        ("This is what I told Anne: go home.", "", ()),
        # an act that is none of the facts cannot be read back
        ("Good day.", "moon at sky", ()),
    ],
)
def test_what_is_amiss_with_a_line(text: str, act: str, flags: tuple[str, ...]) -> None:
    assert read(text, act).flags == flags


def test_findings_say_what_they_found() -> None:
    assert read("The marble is in the kitchen.", "marble at basket").findings == (
        ("leak", 'Says "marble at kitchen", which sally does not believe.'),
        ("drift", 'Was to say "marble at basket", and says "marble at kitchen".'),
    )
    assert read("What a fine day!", "marble at basket").drift == ('Was to say "marble at basket", which is not in it.',)
    assert read("Is the marble in the basket?", "marble at basket").drift == (
        'Was to say "marble at basket", which is only asked.',
    )
    assert read("Anne owes the baker forty crowns.").leaks == (
        'Quotes what anne alone was told: "anne owes the baker forty".',
    )


def test_wording_a_fact_that_may_be_stated_is_no_quotation() -> None:
    private = {"anne": ("The marble is in the basket now.",)}
    line = Line(3, "speech", "sally", "The marble is in the basket.", act="marble at basket")
    assert not read_line(line, READER, private).leaks


def test_a_speaker_who_knows_nothing_leaks_with_any_assertion() -> None:
    assert read("The marble is in the basket.", known=()).leaks
