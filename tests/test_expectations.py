"""An author's expectation that the beliefs contradict is a complaint, with the derivation."""

from __future__ import annotations

from pathlib import Path

import pytest

from stage.authoring.expectations import contradictions
from stage.scenes.yaml_reader import complaints

SCENE = """cast: {{sally: {{at: kitchen}}, anne: {{at: kitchen}}}}
places: [kitchen, garden]
things: {{basket: {{at: kitchen, container: true}}, box: {{at: kitchen, container: true}}, marble: {{at: basket}}}}
beats:
  - {{leave: sally, to: garden}}
  - {{put: marble, in: box, by: anne}}
  - {beat}
probes:
  - {{ask: '{ask}', expect: {expect}, after: {after}}}
"""


@pytest.mark.parametrize(
    ("ask", "expect", "after", "beat", "said"),
    [
        ("anne: marble at", "box", 3, "{look: box, by: anne}", None),
        ("anne: marble at", "basket", 2, "{look: box, by: anne}", "the beliefs say 'box', not 'basket'"),
        ("sally: marble at", "box", "end", "{look: box, by: anne}", "the beliefs say 'unknown', not 'box'"),
        ("sally: marble at", "unknown", "end", "{look: box, by: anne}", None),
        ("reality: marble at", "basket", "end", "{look: box, by: anne}", "it is so since e"),
        ("anne: marble at", "basket", "end", "{speak: anne}", None),
        ("anne: marble at", "basket", 2, "{speak: anne}", "not 'basket'"),
    ],
)
def test_expectations(tmp_path: Path, ask: str, expect: str, after: object, beat: str, said: str | None) -> None:
    path = tmp_path / "scene.yaml"
    path.write_text(SCENE.format(ask=ask, expect=expect, after=after, beat=beat))
    found = complaints(path, contradictions)
    assert [c.rule for c in found] == ([] if said is None else ["expect-differs"])
    if said is not None:
        assert said in found[0].whole
        assert (found[0].line, found[0].column) == (
            9,
            SCENE.format(ask=ask, expect=expect, after=after, beat=beat).splitlines()[8].index(f"{expect}, after") + 1,
        )
