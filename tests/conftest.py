"""Settings that hold for every test."""

from __future__ import annotations

import os

from hypothesis import settings

# A shared machine is slow at times: no deadline anywhere. In CI the same change always meets the same examples.
settings.register_profile("laptop", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "laptop")
