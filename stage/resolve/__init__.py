"""From a scene as written to a scene as understood, or to everything that is wrong with it.

Nothing is refused at the first flaw: each is noted with the path of keys at which it stands, the rule it breaks and the
nearest right name, and the loader turns paths into lines and columns.
"""

from stage.resolve.flaws import REALITY_NAMES, RESERVED, UNKNOWN, Flaw, nearest
from stage.resolve.probes import ask_of
from stage.resolve.resolver import resolve

__all__ = ["REALITY_NAMES", "RESERVED", "UNKNOWN", "Flaw", "ask_of", "nearest", "resolve"]
