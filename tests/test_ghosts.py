"""The author and the narrator are minds too: what each is told, and what is kept from the narrator."""

from __future__ import annotations

import pytest

from stage.course import unfold
from stage.roles.prompts import Prompter, as_text
from stage.roles.views import Context
from stage.scenes.yaml_reader import loads
from stage.world.facts import Fluent, Known

SCENE = """
cast: {{clara: {{at: hall}}}}
places: [hall]
facts:
  will is: [genuine, forged]
  heir is: {{values: [clara, paul], shown: never}}
author: {{intent: Keep them guessing., plan: [will is forged], secrets: [heir is clara], notes: [note of the author]}}
narrator: {{knows: {knows}, secrets: {secrets}}}
"""


def told(knows: str, secrets: str, role: str) -> str:
    course = unfold(loads(SCENE.format(knows=knows, secrets=secrets)))
    prompter = Prompter(course, Context())
    return as_text(prompter.prompt(role, course.minds.now, prompter.think(role)))


@pytest.mark.parametrize("knows", ["everything", "[clara]"])
def test_the_narrator_is_told_neither_plan_nor_secret(knows: str) -> None:
    prompt = told(knows, "false", "narrator")
    assert "forged" not in prompt
    assert "eir is" not in prompt
    assert "Keep them guessing" not in prompt
    assert "note of the author" not in prompt


def test_a_narrator_who_shares_the_secrets_is_told_both() -> None:
    prompt = told("everything", "true", "narrator")
    assert "forged" in prompt
    assert "Heir is Clara" in prompt


def test_the_author_is_told_everything() -> None:
    prompt = told("everything", "false", "author")
    assert "The author plans: Will is forged." in prompt
    assert "Heir is Clara" in prompt
    assert "Keep them guessing" in prompt


@pytest.mark.parametrize(
    ("mind", "will", "heir"),
    [
        ((), "genuine", "clara"),
        (("author",), "forged", "clara"),
        (("narrator",), "genuine", None),
        (("clara",), None, None),
    ],
)
def test_what_each_holds(mind: tuple[str, ...], will: str | None, heir: str | None) -> None:
    course = unfold(loads(SCENE.format(knows="everything", secrets="false")))
    for subject, value in (("will", will), ("heir", heir)):
        belief = course.world(mind).belief(Fluent(subject, "is"))
        assert (belief.value if isinstance(belief, Known) else None) == value
