"""Known faults of benchmark generators, reproduced so that a label which follows from one can be named. One program a
module, one line here.

NOTHING HERE IS BELIEF. Each function repeats the bookkeeping of a program that goes wrong, and says where. What comes
out explains labels; it is never an answer. `stage.beliefs` knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from stage.faults.exploretom import EXPLORETOM
from stage.faults.generator import Fault, Generator
from stage.faults.hitom import HITOM
from stage.faults.tomi import TOMI

__all__ = ["GENERATORS", "Fault", "Generator"]

GENERATORS: Mapping[str, Generator] = {"exploretom": EXPLORETOM, "hitom": HITOM, "inspect": TOMI, "tomi": TOMI}
