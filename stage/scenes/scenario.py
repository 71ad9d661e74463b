"""A scene as its author writes it: the shape of the YAML, key by key.

These models say what may be written where; what it means (that a name exists, that a move is possible) is worked out in
`stage.scenes.scene`. Every description here ends up in the JSON Schema that editors complete from.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, StringConstraints, Tag

from stage.world.setting import Credit, Expects, Exposure, Hearsay, Insides, Shown, Trust, TrustAfterLie

NAME = r"^[^\W\d_][\w'’-]*$"
Name = Annotated[str, StringConstraints(pattern=NAME, max_length=60)]
FactText = Annotated[
    str, Field(description="A fact: subject relation value, such as 'marble at basket'.", max_length=300)
]
FluentText = Annotated[str, Field(description="A fact without its value, such as 'marble at'.", max_length=200)]
Prose = Annotated[str, Field(max_length=4000)]
Names = Name | list[Name]
Aliases = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=60)]],
    Field(description="Other words for it, by which it is recognised in what is said."),
]


class Strict(BaseModel):
    """Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


class Character(Strict):
    """Somebody of the cast."""

    title: str = Field(
        "", max_length=60, description="How the name is written in prose; the key, capitalised, if not given."
    )
    at: Name | None = Field(None, description="Where the character is at the start; left out: off stage.")
    persona: Prose = Field("", description="Who this is; told to nobody else.")
    goal: Prose = Field("", description="What this character wants; told to nobody else.")
    knows: list[FactText] = Field(
        [], description="Facts, true in this scene, that this character alone knows at the start."
    )
    believes: list[FactText] = Field([], description="What this character believes at the start, true or not.")
    private: list[Prose] = Field([], description="Other things only this character knows, in words.")
    hidden: bool = Field(False, description="Hides at the start: not seen by those in the same place.")
    aliases: Aliases = []


class ThingSpec(Strict):
    """A thing of the scene."""

    title: str = Field("", max_length=60, description="How the thing is called in prose.")
    at: Name | None = Field(None, description="The place, container or person where it is at the start.")
    container: bool = Field(
        False, description="Other things can be put into it. Its inside is seen by looking into it."
    )
    transparent: bool = Field(False, description="What is inside can be seen from outside.")
    lid: Literal["open", "closed"] | None = Field(
        None, description="It can be opened and closed; how it is at the start."
    )
    letter: bool = Field(False, description="A fact can be written on it and read from it.")
    aliases: Aliases = []


class PlaceSpec(Strict):
    """A place of the scene."""

    title: str = Field("", max_length=60, description="How the place is called in prose.")
    aliases: Aliases = []


class FactSpec(Strict):
    """A fact that can change, with the values it can take."""

    values: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        min_length=2, description="The values it can take."
    )
    start: str | None = Field(None, description="Its value at the start.")
    shown: Shown | None = Field(
        None,
        description="Who sees it: 'openly' whoever is where its subject is, 'inside' whoever looks into it, 'never'. "
        "Left out: inside for 'contains', openly for things and places, never for what somebody alone knows.",
    )
    title: str = Field(
        "",
        max_length=60,
        description="How its subject is written in prose, where that is neither person, place nor thing: 'the house'.",
    )
    question: str = Field("", max_length=300, description="How to ask for it: 'What is in the tube?'")
    statement: str = Field("", max_length=300, description="How to say it, with {value}: 'The tube contains {value}'.")
    phrases: dict[str, list[Annotated[str, Field(min_length=1, max_length=200)]]] = Field(
        {}, description="Per value other ways of saying so, by which it is recognised: {off: [we stay at home]}."
    )


class AuthorSpec(Strict):
    """The ghost behind the narrator, who knows everything and what is planned."""

    intent: Prose = Field("", description="What the author is after.")
    plan: list[FactText] = Field([], description="Facts that the author plans and that are not so yet.")
    secrets: list[FactText] = Field([], description="Facts that are so, and that only the author knows.")
    notes: list[Prose] = Field([], description="Other things only the author knows, in words.")


class NarratorSpec(Strict):
    """Who tells the audience what happens."""

    knows: Literal["everything"] | list[Name] = Field(
        "everything", description="'everything', or the characters whose minds the narrator is limited to."
    )
    secrets: bool = Field(False, description="Whether the narrator shares the author's secrets.")
    false_facts: list[FactText] = Field([], description="What an unreliable narrator holds to, whatever happens.")
    voice: Prose = Field("", description="How the narrator speaks.")


class TrustSpec(Strict):
    """Who believes whom."""

    usual: Trust = Field(Trust.YES, description="What hearers make of speakers if nothing else is said.")
    pairs: dict[Name, dict[Name, Trust]] = Field({}, description="hearer: {speaker: yes | sincere | no}")


class RulesSpec(Strict):
    """The rules in which theories and benchmarks differ. Left out, each is the principled one."""

    entering: Literal["nothing", "in-sight", "everything"] = Field(
        "in-sight",
        description="What coming into a place shows of the things there: nothing; what is in sight; everything, also "
        "what is inside of things.",
    )
    entering_shown_to: Literal["everybody", "enterer"] = Field(
        "everybody", description="Whether all who are present reckon with what it shows, or only whoever comes in."
    )
    departures_show_way: bool = Field(False, description="Whether those left behind see where somebody goes.")
    trust: Literal["declared", "left-later"] = Field(
        "declared",
        description="'left-later': whoever has left a place trusts those who left one later, and nobody who left "
        "earlier; all know in which order people left.",
    )
    containers: Insides = Field(
        Insides.DECLARED,
        description="Which containers show what is in them to whoever does not look into them: those that say so, none, "
        "or all.",
    )
    hearsay: Hearsay = Field(
        Hearsay.LATEST_WORD,
        description="Who takes over a word, of those who trust the speaker: all ('latest-word'); whoever does not know "
        "better from his own eyes; whoever is addressed; nobody.",
    )
    speakers_expect: Expects = Field(
        Expects.BY_TRUST,
        description="What speakers take their hearers to make of a word: what follows from trust; 'belief', whoever they "
        "are; or 'nothing'.",
    )
    exposed_lies: Exposure = Field(
        Exposure.WITNESSED,
        description="When somebody who sees that a word is not so takes back that the speaker believed it, who knew "
        "better: if he has been on the spot since it was said; wherever he has been ('contradicted'); never.",
    )
    trust_after_lie: TrustAfterLie = Field(
        TrustAfterLie.KEPT, description="What becomes of the trust in a speaker who was found out."
    )
    credit: Credit = Field(
        Credit.STAYS,
        description="What becomes of what somebody was credited with for being there, once he turns out not to have been: "
        "it stays, or it ends where he was last seen.",
    )


class Beat(Strict):
    """What all beats have in common."""

    verb: ClassVar[str]
    id: Name | None = Field(None, description="A name by which probes can refer to this beat.")
    text: Prose = Field("", description="How those who notice it fully are told; worded from the event if left out.")


class Noticed(Beat):
    """A beat with exceptions to who notices it."""

    secretly: bool = Field(False, description="Nobody else notices; whoever does it knows that.")
    seen_by: list[Name | dict[Name, list[Name]]] = Field(
        [],
        description="Notice it although not placed to, unknown to the others; '{dave: [carol]}': dave sees it and that carol does.",
    )
    hidden_from: list[Name] = Field([], description="Do not notice it, and those who do notice know that.")
    distracted: list[Name] = Field([], description="Miss it, and nobody knows that they do.")
    partly: list[Name] = Field([], description="Notice that it happens, not its content; the others know that.")


class Tried(Noticed):
    """A beat in which somebody does something, which he may also try in vain."""

    in_vain: bool = Field(
        False, description="It is tried and does not succeed; it shows, and so does what is in sight there."
    )


class EnterBeat(Tried):
    """Somebody, or several together, come to a place, and see what is visible there."""

    verb = "enter"
    enter: Names = Field(description="Who; several come in at the same time.")
    to: Name
    shows_way: bool = Field(False, description="Those left behind see where to.")


class LeaveBeat(Tried):
    """Somebody, or several together, go to another place, or off stage."""

    verb = "leave"
    leave: Names = Field(description="Who; several leave at the same time.")
    to: Name | None = Field(None, description="Where to; off stage if left out.")
    shows_way: bool = Field(False, description="Those left behind see where to.")


class PutBeat(Tried):
    """Somebody brings a thing into a container, to a place or into somebody's hands."""

    verb = "put"
    put: Name
    to: Name = Field(alias="in", description="The container, place or person.")
    by: Name


class MoveBeat(Tried):
    """The same as put."""

    verb = "move"
    move: Name
    to: Name
    by: Name


class TakeBeat(Tried):
    """Somebody takes a thing into his own hands."""

    verb = "take"
    take: Name
    by: Name


class OpenBeat(Tried):
    """Somebody opens a container with a lid; everybody there sees what is inside."""

    verb = "open"
    open: Name
    by: Name


class CloseBeat(Tried):
    """Somebody closes a container with a lid."""

    verb = "close"
    close: Name
    by: Name


class LookBeat(Tried):
    """Somebody looks into a container, or around; others see that, not what there is to see."""

    verb = "look"
    look: Name = Field(description="The container to look into, or 'around'.")
    by: Name


class PeekBeat(Tried):
    """Somebody looks for a moment into another place, unnoticed there."""

    verb = "peek"
    peek: Name = Field(description="The other place looked into, for a moment.")
    by: Name


class WatchBeat(Tried):
    """Somebody notices from now on what happens in another place, unnoticed there."""

    verb = "watch"
    watch: Name = Field(description="The other place watched from now on, or 'nothing'.")
    by: Name


class SayBeat(Tried):
    """Somebody asserts a fact, true or not; everybody in the place hears it."""

    verb = "say"
    say: FactText
    by: Name
    to: Names = []
    from_afar: bool = Field(False, description="Those addressed hear it wherever they are, as by telephone.")


class AnnounceBeat(Tried):
    """Somebody asserts a fact to everybody in the place."""

    verb = "announce"
    announce: FactText
    by: Name


class WhisperBeat(Tried):
    """Somebody asserts a fact to some; the others see that something is whispered."""

    verb = "whisper"
    whisper: FactText
    by: Name
    to: Names


class AskBeat(Tried):
    """Somebody asks about a fact."""

    verb = "ask"
    ask: FluentText
    by: Name
    to: Names = []


class RemarkBeat(Tried):
    """Somebody says something that asserts no fact."""

    verb = "remark"
    remark: Name = Field(description="Who says something that asserts no fact; its words are the text.")
    to: Names = []


class WriteBeat(Tried):
    """Somebody writes a fact on a thing that is a letter."""

    verb = "write"
    write: Name = Field(description="The letter.")
    says: FactText
    by: Name


class ReadBeat(Tried):
    """Somebody reads a letter: its writer's word, as of when it was written."""

    verb = "read"
    read: Name = Field(description="The letter.")
    by: Name


class SetBeat(Noticed):
    """A declared fact becomes so, by somebody's doing or by itself."""

    verb = "set"
    set: FactText
    by: Name | None = None
    at: Name | None = Field(None, description="Where it can be noticed, if not where its doer or subject is.")


class WaitBeat(Tried):
    """Somebody does nothing; that he is there shows."""

    verb = "wait"
    wait: Name = Field(description="Who does nothing.")


class IntroduceBeat(Noticed):
    """A new character appears."""

    verb = "introduce"
    introduce: Name = Field(description="A new character, who appears now.")
    at: Name
    character: Character = Field(alias="as", default=Character.model_construct())


class SpeakBeat(Beat):
    """The stage speaks for a character: it chooses what to assert, and words it."""

    verb = "speak"
    speak: Name = Field(description="The stage speaks for this character.")
    to: Names = []
    about: list[FluentText] = Field([], description="What may be asserted; the contested facts if left out.")


class ThinkBeat(Beat):
    """The stage thinks for a character, privately."""

    verb = "think"
    think: Name = Field(description="The stage thinks for this character; nobody else learns of it.")


class ActBeat(Beat):
    """The stage chooses a move for a character."""

    verb = "act"
    act: Name = Field(
        description="The stage chooses a move for this character, among those legal for what it believes."
    )


def _as_written(value: Any) -> Any:
    """In a file every value is a text; 'true' asks for a narration and gives no hint."""
    return (
        {"true": True, "yes": True, "false": False, "no": False}.get(value, value) if isinstance(value, str) else value
    )


class NarrateBeat(Beat):
    """The stage tells the audience what has just happened."""

    verb = "narrate"
    narrate: Annotated[Literal[True] | Prose, BeforeValidator(_as_written)] = Field(
        description="The stage narrates what just happened to the audience; a hint, or true."
    )


class ImproviseBeat(Beat):
    """The author behind the narrator chooses the next events."""

    verb = "improvise"
    improvise: Annotated[int, Field(ge=1, le=100)] = Field(description="How many next events the author chooses.")


BEATS: tuple[type[Beat], ...] = (
    EnterBeat, LeaveBeat, PutBeat, MoveBeat, TakeBeat, OpenBeat, CloseBeat, LookBeat, PeekBeat, WatchBeat, SayBeat,
    AnnounceBeat, WhisperBeat, AskBeat, RemarkBeat, WriteBeat, ReadBeat, SetBeat, WaitBeat, IntroduceBeat, SpeakBeat,
    ThinkBeat, ActBeat, NarrateBeat, ImproviseBeat,
)  # fmt: skip
VERBS = tuple(b.verb for b in BEATS)


def verb_of(beat: Any) -> str | None:
    """The first of a beat's keys that is a verb; None if there is none."""
    if isinstance(beat, Beat):
        return beat.verb
    return next((key for key in beat if key in VERBS), None) if isinstance(beat, dict) else None


AnyBeat = Annotated[
    Annotated[EnterBeat, Tag("enter")]
    | Annotated[LeaveBeat, Tag("leave")]
    | Annotated[PutBeat, Tag("put")]
    | Annotated[MoveBeat, Tag("move")]
    | Annotated[TakeBeat, Tag("take")]
    | Annotated[OpenBeat, Tag("open")]
    | Annotated[CloseBeat, Tag("close")]
    | Annotated[LookBeat, Tag("look")]
    | Annotated[PeekBeat, Tag("peek")]
    | Annotated[WatchBeat, Tag("watch")]
    | Annotated[SayBeat, Tag("say")]
    | Annotated[AnnounceBeat, Tag("announce")]
    | Annotated[WhisperBeat, Tag("whisper")]
    | Annotated[AskBeat, Tag("ask")]
    | Annotated[RemarkBeat, Tag("remark")]
    | Annotated[WriteBeat, Tag("write")]
    | Annotated[ReadBeat, Tag("read")]
    | Annotated[SetBeat, Tag("set")]
    | Annotated[WaitBeat, Tag("wait")]
    | Annotated[IntroduceBeat, Tag("introduce")]
    | Annotated[SpeakBeat, Tag("speak")]
    | Annotated[ThinkBeat, Tag("think")]
    | Annotated[ActBeat, Tag("act")]
    | Annotated[NarrateBeat, Tag("narrate")]
    | Annotated[ImproviseBeat, Tag("improvise")],
    Discriminator(verb_of),
]

Moment = Literal["start", "end"] | Annotated[int, Field(ge=1)] | Name
Moments = Literal["every"] | Moment | Annotated[list[Moment], Field(min_length=1)]
Order = Annotated[int, Field(ge=0, le=8)]


class FailureSpec(Strict):
    """That a stage is expected to get a question wrong."""

    reason: str = Field(min_length=1, max_length=300, description="Why the failure is expected.")
    models: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        ["*"],
        min_length=1,
        description="The models of which it is expected, by name, with * for anything: 'SmolLM2*', 'control:reality'.",
    )
    strict: bool | None = Field(
        None,
        description="With 'ask': whether a right answer counts as a failure; left out, pytest's own setting decides.",
    )


class ProbeSpec(Strict):
    """One question, or a family of them.

    Either ``ask`` ('anne>sally: marble at'; nothing before the colon, or 'reality', asks for what is so), or ``about``
    with ``minds`` and ``orders``.
    """

    ask: str | None = Field(None, max_length=300, description="One question: 'anne>sally: marble at'.")
    expect: str | None = Field(
        None,
        max_length=200,
        description="The answer the author expects: a value, or 'unknown'. Checked against the beliefs.",
    )
    question: str = Field("", max_length=400, description="The question in words, instead of the usual wording.")
    about: Literal["contested"] | Annotated[list[FluentText], Field(min_length=1)] = Field(
        "contested", description="The facts asked for; 'contested': those about which minds differ."
    )
    minds: Literal["all"] | Annotated[list[Name], Field(min_length=1)] = Field(
        "all", description="Whose minds are asked about."
    )
    orders: Order | Annotated[list[Order], Field(min_length=1)] = Field(
        2, description="Up to which order of belief, or exactly which orders."
    )
    after: Moments = Field("end", description="After which beats: numbers from 1, ids, 'start', 'end' or 'every'.")
    xfail: FailureSpec | Annotated[str, Field(min_length=1, max_length=300)] | None = Field(
        None, description="Under pytest: the stage is expected to get it wrong; the reason, or a mapping with it."
    )


class Scenario(Strict):
    """A scene of the stage."""

    title: str = Field("", max_length=200)
    premise: Prose = Field("", description="What everybody knows from the start, in words.")
    format: Literal["chat", "script"] = Field(
        "chat", description="'script' performs it as a play script, for base models."
    )
    cast: dict[Name, Character | None] = Field(min_length=1)
    places: list[Name] | dict[Name, PlaceSpec | None] = Field(min_length=1)
    things: dict[Name, ThingSpec | None] = {}
    facts: dict[FluentText, FactSpec | list[Annotated[str, Field(min_length=1, max_length=200)]]] = Field(
        {}, description="Facts that can change: 'door is: [locked, open]'. The first value is the one at the start."
    )
    common: list[FactText] = Field(
        [], description="Facts that are so at the start, known by all and known to be known."
    )
    trust: TrustSpec | Trust = TrustSpec.model_construct()
    rules: RulesSpec = RulesSpec.model_construct()
    author: AuthorSpec = AuthorSpec.model_construct()
    narrator: NarratorSpec = NarratorSpec.model_construct()
    beats: list[AnyBeat] = Field([], max_length=5000)
    probes: list[ProbeSpec] = Field([], max_length=5000)
    turns: list[Annotated[str, Field(max_length=400)]] = Field(
        [], max_length=50, description="Beliefs whose first moment is watched in rerolls: 'anne>sally: marble at box'."
    )
