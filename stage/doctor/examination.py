"""What a bug report needs to know of a machine and this installation on it, and what looks wrong with them.

Nothing secret: of the environment only names that are listed here are told, never tokens, and the home folder is ``~``.
"""

from __future__ import annotations

from pathlib import Path

from stage.doctor import machine, model, surroundings
from stage.doctor.diagnosis import Diagnosis


def examine(runs: Path) -> Diagnosis:
    """Look at everything; takes a few seconds, since the built-in model is loaded and asked. ``runs`` is the folder
    where runs are kept."""
    diagnosis = Diagnosis()
    for name, look in (
        ("versions", machine.versions),
        ("llama.cpp", machine.library),
        ("machine", machine.processors),
        ("memory", machine.memory),
        ("folders", lambda found: surroundings.folders(found, runs)),
        ("built-in model", model.look),
        ("self-test", model.self_test),
        ("terminal", surroundings.terminal),
        ("environment", surroundings.environment),
    ):
        diagnosis.sections[name] = look(diagnosis)
    return diagnosis
