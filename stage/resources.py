"""Where the files that belong to the stage lie: next to the package in a checkout, inside it in an installed wheel."""

from __future__ import annotations

from pathlib import Path

from stage.errors import StageError

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """The file or folder that the wheel ships as ``stage/<name>`` and a checkout keeps as ``<name>`` at its root.

    Raises StageError when neither is there.
    """
    inside = _PACKAGE / name
    if inside.exists():
        return inside
    root = _PACKAGE.parent
    beside = root / name
    # Beside an installed package lies site-packages, whose files are not ours.
    if (root / "pyproject.toml").is_file() and beside.exists():
        return beside
    raise StageError(f"this installation of the stage is damaged: {inside} is missing; install llm-stage again")


def scenarios_folder() -> Path:
    """The folder of the scenes that come with the stage."""
    return shipped("scenarios")


def scene_file(name: str | Path) -> Path:
    """The file of that name, or the shipped scene that is called so; where there is neither, the name as a path."""
    path = Path(name)
    if path.exists() or path.name != str(path).removesuffix("/"):
        return path
    shipped_scene = scenarios_folder() / f"{path.name.removesuffix('.yaml')}.yaml"
    return shipped_scene if shipped_scene.exists() else path
