"""Which files are reports that the stage wrote: those may be written over unasked."""

from __future__ import annotations

from pathlib import Path

from stage.report.exports import COLUMNS, JUNIT_NAME, MARKDOWN_HEAD

GENERATOR = '<meta name="generator" content="the stage">'
"""How a page tells that it is one of ours."""

_LOOKED_AT = 4096
_BEGINNINGS = (MARKDOWN_HEAD, ",".join(COLUMNS))
_WITHIN = (GENERATOR, f'<testsuites name="{JUNIT_NAME}"')


def may_be_replaced(path: Path) -> bool:
    """Whether nothing is lost that the stage did not make: there is no such file, or it is empty, or no plain file (a
    terminal, a pipe), or a report in any of our forms."""
    if not path.is_file():
        return True
    with path.open("rb") as file:
        data = file.read(_LOOKED_AT)
        file.seek(max(0, path.stat().st_size - 2**16))
        end = file.read()
    if data.startswith(b"PAR1"):
        return all(name.encode() in end for name in COLUMNS)
    text = data.decode("utf-8", "replace")
    return not data or text.startswith(_BEGINNINGS) or any(mark in text for mark in _WITHIN)
