"""Commands about models."""

from __future__ import annotations

from stage.commands.options import AsJson
from stage.commands.output import show, show_json


def models(as_json: AsJson = False) -> None:
    """List the models at hand, the controls included."""
    from stage.controls import CONTROLS
    from stage.inference.models import installed_models

    found = [{"name": m.spec, "source": m.source, "path": str(m.path), "bytes": m.size} for m in installed_models()]
    found += [{"name": f"control:{name}", "source": "control", "path": "", "bytes": 0} for name in CONTROLS]
    if as_json:
        show_json(found)
        return
    for model in found:
        show("  ".join(str(v) for v in model.values() if v))
