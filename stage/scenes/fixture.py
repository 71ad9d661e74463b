"""One question as it is handed to others: a line of a fixture file. What each key means is `docs/fixtures.md`.

A line is whole by itself. What follows from the scene (answer, belief, derivation, view, ...) is in it for those who
read it without this program; whoever reads it with this program can derive it again.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from stage.scenes.scenario import RulesSpec, Scenario, Strict, TrustSpec

VERSION: Literal["stage-fixture/1"] = "stage-fixture/1"
UNKNOWN = "unknown"
"""The answer and the option that nothing is known, or no one thing."""


class Published(Strict):
    """A question as a benchmark has it; its label is carried and never trusted."""

    format: str = Field(description="The benchmark, by the name under which it is imported.")
    kind: str = Field(description="Its own name for this type of question.")
    label: str = Field(description="Its answer.")
    meant: str = Field("", description="What the label says, where it is spelt otherwise than in the story.")
    false_belief: bool | None = Field(None, description="Whether it takes this for a question about a false belief.")
    is_it: str | None = Field(None, description="The value of which it is asked whether it is so.")
    answers: tuple[str, str] = Field(("Yes", "No"), description="How 'is_it' is answered.")
    unknown_is_no: bool = Field(False, description="Whether who has no belief of the matter says no.")
    underivable: str = Field("", description="Why the text alone does not settle the answer; empty where it does.")
    reason: str = Field("", description="Why the label differs from the answer, as 'stage audit' has it.")


class Result(Strict):
    """What a model answered in a run."""

    model: str
    context: str
    aid: str
    seed: int
    voice: str = Field(description="The role that was asked.")
    answer: str | None = Field(description="One of the options; null where the reply could not be read.")
    probabilities: list[float] = Field(description="In the order of the options; empty where unreadable.")
    margin: float = Field(description="The lead of the answer over the next, in nats.")
    outcome: str = Field(description="right, other, none, undecided or unreadable.")
    mind: str = Field(description="Whose belief the answer is: 'own', other minds joined by '|', or 'none'.")
    explanation: str


class Fixture(BaseModel):
    """One question with all that belongs to it."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    version: Literal["stage-fixture/1"] = Field(VERSION, alias="schema", description="The version of this schema.")
    id: str = Field(description="The question's name, one in its file.")
    story_id: str = Field(description="The story's name; questions that share it share the story.")
    title: str = ""
    beat: int = Field(0, ge=0, description="After which beat of the scene it is asked; 0: at the start.")
    viewpoint: list[str] | None = Field(description="Whose belief about whose ...; empty: what is so; null: not known.")
    order: int | None = Field(description="The length of the viewpoint.")
    state: str = Field(description="The kind of mental state asked about, such as 'belief'; empty: none.")
    about: str | None = Field(description="The fact asked for, without its value: 'marble at'.")
    story: list[str] = Field(description="What happened so far, as somebody tells it who knows all.")
    view: list[str] | None = Field(description="The same as the first of the viewpoint noticed it; null: nobody is.")
    question: str
    options: list[str] = Field(description="The answers offered, by their names in the scene.")
    choices: list[str] = Field(description="The same in words.")
    answer: str | None = Field(description="The right option, 'unknown' for no one belief; null: not derivable.")
    belief: Literal["true", "false", "unknown"] | None = Field(description="Whether what is believed is so.")
    derivation: list[str] = Field(description="Why the answer is right, step by step.")
    rules: RulesSpec | None = Field(description="By which rules; null with 'scene'.")
    trust: TrustSpec | None = Field(description="Who believes whom; null with 'scene'.")
    scene_sha256: str | None = Field(description="Of the scene's JSON, its keys sorted, without spaces.")
    scene: dict[str, Any] | None = Field(description="The scene, as in a scene file; null where there is none.")
    published: Published | None = None
    result: Result | None = None

    def scenario(self) -> Scenario | None:
        """The scene as it is written. Raises pydantic's ValidationError where it is none."""
        return None if self.scene is None else Scenario.model_validate(self.scene)

    def to_json(self) -> dict[str, Any]:
        """The line as JSON has it, all keys in their order."""
        return self.model_dump(mode="json", by_alias=True)


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a line."""
    made = Fixture.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:llm-stage:{VERSION}",
        **made,
        "title": "A question of the stage",
    }
