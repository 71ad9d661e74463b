"""The manifest of a run: what was performed by what. Further, the names of the files in a run's folder.

Records of format 2 kept every prompt whole; they are read, and gone on with as they are. Records of format 1 had neither
checksums nor choices and words of the stage; they are read, and cannot be gone on with.
"""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from stage import __version__
from stage.errors import RunError
from stage.inference.requests import ModelCard
from stage.records.journal import check_of

FORMAT = 3
GONE_ON_WITH = 2
"""The oldest format that holds enough to go on from."""
MANIFEST, RECORD, SCENE = "manifest.json", "record.jsonl", "scene.yaml"
TWIN = "twin"
"""The folder, within that of a run, in which the run of the scene's twin is kept."""


class Parent(BaseModel):
    """The run from which another branches: its folder, relative to the branch's; the last beat that they share; and the
    check of that beat's line, which stands for all that they share."""

    folder: str = Field(pattern=r"^[^\x00]*$")
    beat: int
    check: str


class Manifest(BaseModel):
    """What is needed to perform a run again."""

    model_config = ConfigDict(extra="ignore")

    format: int = FORMAT
    scenario: str
    scene_sha256: str
    model: ModelCard
    seed: int
    context: str
    aid: str = "none"
    paraphrases: int = 1
    namings: int = 1
    layouts: bool = False
    shift_story: bool = False
    twin: str = ""
    """What is otherwise in the scene's twin, which is performed as well; empty if there is none."""
    is_twin: bool = False
    rotations: bool = True
    temperature: float
    max_tokens: int
    mirrors: bool
    second_reader: bool = False
    parent: Parent | None = None
    started: str
    resumed: tuple[str, ...] = ()
    finished: str | None = None
    versions: dict[str, str] = {}

    @model_validator(mode="before")
    @classmethod
    def _of_older_versions(cls, found: Any) -> Any:
        """Names were permuted once or not at all before they were permuted in several ways."""
        if isinstance(found, dict) and found.get("permute_names") and "namings" not in found:
            return {**found, "namings": 2}
        return found

    @property
    def conditions(self) -> dict[str, str]:
        """That in which runs are made to differ, by name."""
        names = {
            "model": self.model.name,
            "seed": str(self.seed),
            "context": self.context,
            "aid": self.aid,
            "paraphrases": str(self.paraphrases),
        }
        return names | {"mirrors": "with mirrors" if self.mirrors else "no mirrors"}

    def checked_json(self) -> str:
        """The manifest as text, with a check of all that it says."""
        found = self.model_dump(mode="json")
        return json.dumps({**found, "check": _check_of_manifest(found)}, indent=2, ensure_ascii=False)


def _check_of_manifest(found: dict[str, Any]) -> str:
    """Whatever fields it has: later versions may add some."""
    bare = {name: value for name, value in found.items() if name != "check"}
    return check_of("", json.dumps(bare, sort_keys=True).encode())


def versions() -> dict[str, str]:
    """The versions of whatever could change a run."""
    found = {"stage": __version__, "python": platform.python_version(), "machine": platform.machine()}
    for package in ("llama-cpp-python", "numpy", "networkx", "pydantic"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def after(manifest: Manifest) -> str:
    return manifest.parent.check if manifest.parent else ""


def read_manifest(folder: Path) -> tuple[Manifest, list[str]]:
    """A run's manifest, and what is amiss with it. RunError where it cannot be made out."""
    path = folder / MANIFEST
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        hint = (
            f"did you mean {below}?"
            if (below := Path("runs") / folder).is_dir()
            else "'stage runs' lists the runs there are"
        )
        raise RunError(f"no run in {folder}: there is no {MANIFEST}; {hint}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"cannot read {path}: {error}") from error
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        raise RunError(f"{path}: not a run's manifest: {in_short(error)}") from error
    if manifest.format > FORMAT:
        raise RunError(f"{path} has format {manifest.format}, made by a newer stage; this one reads up to {FORMAT}")
    found = json.loads(text)
    if manifest.format > 1 and found.get("check") != _check_of_manifest(found):
        return manifest, [f"{path}: damaged: its checksum does not fit"]
    return manifest, []


def in_short(error: Exception) -> str:
    """What an error says, in a line: of a value that is none, the first thing that is amiss and where."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        return f"{where}: {first['msg']}" if where else first["msg"]
    return str(error).partition("\n")[0]
