"""Where the published data lie that some tests need, and what to do where they do not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def published(name: str) -> Path:
    """A folder of a benchmark's own files. Where it is missing the test is skipped, in CI it fails."""
    folder = DATA / name
    if not folder.is_dir():
        message = f"the published data of {name} are not in {folder}; users download them from their authors"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder
