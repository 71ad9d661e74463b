"""Every complaint can be explained, and every example of an explanation does what it says."""

from __future__ import annotations

import pytest
from test_scenario_yaml import BROKEN

from stage.authoring.advice import advice
from stage.authoring.expectations import contradictions
from stage.authoring.rulebook import RULES, whole
from stage.errors import Complaint, SceneError, Severity
from stage.scenes.yaml_reader import loads


def found(text: str) -> list[Complaint]:
    try:
        loads(text, "it", contradictions, advice)
    except SceneError as error:
        return list(error.complaints)
    return []


def test_every_complaint_that_is_known_to_come_up_is_explained() -> None:
    assert {rule for _, expected in BROKEN.values() for _, _, rule, _ in expected} <= set(RULES)


@pytest.mark.parametrize("code", RULES)
def test_an_explanation_says_something(code: str) -> None:
    rule = RULES[code]
    assert rule.what.endswith(".")
    assert rule.why.endswith(".")
    assert bool(rule.wrong) == bool(rule.mended)


@pytest.mark.parametrize("code", [code for code, rule in RULES.items() if rule.wrong])
def test_examples_do_what_they_say(code: str) -> None:
    wrong, mended = found(whole(RULES[code].wrong)), found(whole(RULES[code].mended))
    assert code in {c.rule for c in wrong}
    errors = {c.rule for c in wrong if c.severity is Severity.ERROR} - {code}
    assert errors <= {"anchor"}  # an alias has an anchor somewhere
    assert code not in {c.rule for c in mended}
    assert not [c for c in mended if c.severity is Severity.ERROR]
