"""Settings that hold for every test."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

# A shared machine is slow at times: no deadline anywhere. In CI the same change always meets the same examples.
settings.register_profile("laptop", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "laptop")


# Read when the library is loaded: threads that wait let those of the other workers have the processors.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")


@pytest.fixture(scope="session", autouse=True)
def not_waiting_for_the_disk() -> Iterator[None]:
    """Nothing here survives a power cut, so nothing need wait for the platter. What is to be synced, and when, is
    tested where that is patched again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield
