"""Scene files laid out alike: two spaces, lists set in, no empty lines in a row, one newline at the end; comments stay.

The meaning never changes: what comes out is read again and held against what went in.
"""

from __future__ import annotations

import io
import re

from ruamel.yaml.error import YAMLError

from stage.errors import SceneError, StageError
from stage.scenes.yaml_kept import keeping_yaml
from stage.scenes.yaml_positions import Complaints, compose, plain


def formatted(text: str, name: str) -> str:
    """The text of a scene file, laid out. SceneError if it is not YAML as scenes are, StageError if laying it out would
    change what it says; then it is left alone."""
    broken = Complaints(name)
    meant = compose(text, broken)
    if meant is None or broken.found:
        raise SceneError(broken.found)
    yaml = keeping_yaml()
    out = io.StringIO()
    try:
        yaml.dump(yaml.load(text), out)
    except (YAMLError, NotImplementedError) as error:  # where comments stand so that they cannot be kept
        raise StageError(f"{name} is left as it is: it cannot be laid out ({error})") from error
    made = "\n".join(line.rstrip() for line in _close(out.getvalue()).splitlines()).strip("\n") + "\n"
    if _meaning(made) != plain(meant) or _comments(made) != _comments(text):
        raise StageError(f"{name} is left as it is: laid out it would not say the same")
    return made


def _close(text: str) -> str:
    """No more than one empty line in a row."""
    return re.sub(r"\n{3,}", "\n\n", text)


def _meaning(text: str) -> object:
    found = compose(text, Complaints("scene"))
    return None if found is None else plain(found)


def _comments(text: str) -> list[str]:
    """What looks like a comment, in order; a '#' within a quoted text counts on both sides alike."""
    return [match.strip() for match in re.findall(r"(?:^|\s)#.*", text)]
