"""The switches of a scene's ``rules``: what a scene file says is what its minds follow, and each deed is told once."""

from __future__ import annotations

from dataclasses import fields

import pytest

from stage.course import Course, unfold
from stage.errors import SceneError
from stage.roles.views import Context, view
from stage.scenes.scenario import RulesSpec
from stage.scenes.yaml_reader import loads
from stage.world.facts import AWAY, Known, OneOf
from stage.world.setting import (
    Conventions,
    Credit,
    Expects,
    Exposure,
    Hearsay,
    Insides,
    Reveals,
    ShownTo,
    TrustAfterLie,
    TrustRule,
    place_fluent,
)

MARBLE = place_fluent("marble")
BEATS = """
cast:
  sally: {at: kitchen}
  anne: {at: kitchen}
  bob: {at: kitchen}
places: [kitchen, garden]
things:
  basket: {at: kitchen, container: true}
  box: {at: kitchen, container: true}
  marble: {at: kitchen}
beats:
  - {put: marble, in: basket, by: sally}
  - {leave: sally, to: garden}
  - {move: marble, to: box, by: anne, distracted: [bob]}
  - {enter: sally, to: kitchen}
RULES
"""


def course(rules: str) -> Course:
    return unfold(loads(BEATS.replace("RULES", f"rules: {{{rules}}}" if rules else ""), "scene.yaml"))


def test_without_rules_they_are_the_principled_ones() -> None:
    assert course("").scene.setting.conventions == Conventions()
    assert course("entering: in-sight").scene.setting.conventions == Conventions()


def test_every_switch_reaches_the_setting() -> None:
    text = "entering: everything, entering_shown_to: enterer, departures_show_way: true, trust: left-later"
    text += ", containers: opaque, hearsay: own-eyes, speakers_expect: belief, exposed_lies: contradicted, trust_after_lie: lost"
    text += ", credit: until-last-sighting"
    found = course(text).scene.setting.conventions
    assert found == Conventions(
        Reveals.EVERYTHING,
        ShownTo.ENTERER,
        True,
        TrustRule.LEFT_LATER,
        Insides.OPAQUE,
        Hearsay.OWN_EYES,
        Expects.BELIEF,
        Exposure.CONTRADICTED,
        TrustAfterLie.LOST,
        Credit.UNTIL_LAST_SIGHTING,
    )
    assert all(getattr(found, switch.name) != switch.default for switch in fields(Conventions))
    assert {switch.name for switch in fields(Conventions)} == set(RulesSpec.model_fields)


@pytest.mark.parametrize(
    ("rules", "sally", "bob"),
    [
        ("", Known("basket"), Known("basket")),
        ("entering: nothing", Known("basket"), Known("basket")),
        ("entering: everything", Known("box"), Known("box")),
        ("entering: everything, entering_shown_to: enterer", Known("box"), Known("basket")),
    ],
)
def test_what_coming_back_shows_and_to_whom(rules: str, sally: Known, bob: Known) -> None:
    played = course(rules)
    assert played.world(("sally",)).belief(MARBLE) == sally
    assert played.world(("bob",)).belief(MARBLE) == bob


@pytest.mark.parametrize(("rules", "shown"), [("", False), ("departures_show_way: true", True)])
def test_whether_anne_sees_where_sally_goes(rules: str, shown: bool) -> None:
    played = course(rules)
    belief = played.world(("anne",), played.moments[2]).belief(place_fluent("sally"))
    assert belief == (Known("garden") if shown else OneOf(frozenset({"garden", AWAY})))


@pytest.mark.parametrize("role", ["sally", "anne", "bob", "narrator", "author"])
def test_each_deed_is_told_once(role: str) -> None:
    """Under these rules one coming in is several events, and Sally's going tells all whom to trust."""
    played = course("entering: everything, entering_shown_to: enterer, trust: left-later")
    told = [t.text for t in view(played, role, played.minds.now, Context())]
    assert len(set(told)) == len(told)
    assert sum("comes into the kitchen" in t for t in told) == 1
    assert sum("leaves the kitchen" in t for t in told) == 1
    assert ("Sally looks about. The marble is in the box." in told) == (role not in ("anne", "bob"))


def test_a_wrong_rule_is_named_with_its_place() -> None:
    with pytest.raises(SceneError) as caught:
        loads(BEATS.replace("RULES", "rules:\n  entering: everythin"), "scene.yaml")
    complaint = caught.value.complaints[0]
    assert (complaint.file, complaint.line, complaint.column) == ("scene.yaml", 17, 13)
    assert "everything" in complaint.message
