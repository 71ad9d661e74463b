"""Scene files read so that they can be written again as they are: comments, quotes and order stay.

What is written is text, whatever it looks like: `2001-13-45` is no date and `1e400` no number, as everywhere in a scene.
"""

from __future__ import annotations

import re

from ruamel.yaml import YAML
from ruamel.yaml.resolver import VersionedResolver

from stage.scenes.yaml_positions import NULLS

_NULL = re.compile(f"(?:{'|'.join(map(re.escape, sorted(NULLS)))})$")


class _Texts(VersionedResolver):
    """Every plain scalar is a text, unless it says that there is nothing."""

    @property
    def versioned_resolver(self) -> dict[str, list[tuple[str, re.Pattern[str]]]]:
        return {word[:1]: [("tag:yaml.org,2002:null", _NULL)] for word in NULLS}


def keeping_yaml() -> YAML:
    """Reads and writes with two spaces, lists set in, and a flow mapping on its line."""
    yaml = YAML()
    yaml.Resolver = _Texts
    yaml.preserve_quotes = True
    yaml.width = 10_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    return yaml
