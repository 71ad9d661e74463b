"""Builds the wheel and uses it far from the checkout: what is shipped, where it lands, and that it runs there."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.install

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    call(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder), cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the stage alone, as pip lays it out."""
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]
    call(*pip, "--target", str(target), str(wheel), cwd=target)
    return target


def call(*command: str, cwd: Path, target: Path | None = None) -> str:
    """Standard output of a command; what lies in ``target`` goes before the checkout that the environment points at."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if target is not None:
        environment["PYTHONPATH"] = str(target)
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_wheel_holds_the_whole_stage_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    metadata = wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info"
    assert {name.split("/")[0] for name in names} == {"stage", metadata}
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "stage").rglob("*.py")}
    scenes = {f"stage/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "scenarios").glob("*.yaml")}
    assert scenes
    assert modules | scenes | {"stage/cli.py", "stage/py.typed"} <= names
    assert [name for name in names if name.endswith(".dist-info/licenses/LICENSE")]
    assert not [name for name in names if "__pycache__" in name]


def test_the_installed_stage_is_the_one_that_runs(installed: Path, tmp_path: Path) -> None:
    places = "stage.__file__, stage.cli.__file__, stage.resources.scenarios_folder()"
    program = f"import stage.cli, stage.resources; print({places}, sep='\\n')"
    lines = call(sys.executable, "-c", program, cwd=tmp_path, target=installed).splitlines()
    package = installed / "stage"
    assert lines == [str(package / "__init__.py"), str(package / "cli.py"), str(package / "scenarios")]


def test_the_installed_stage_runs_as_module_and_as_command(installed: Path, tmp_path: Path) -> None:
    as_module = call(sys.executable, "-m", "stage", "--help", cwd=tmp_path, target=installed)
    command = next(path for path in (installed / "bin").iterdir() if path.stem == "stage")
    as_command = call(str(command), "--help", cwd=tmp_path, target=installed)
    assert "lint" in as_module
    assert "lint" in as_command


def test_the_installed_stage_accepts_its_own_scenes(installed: Path, tmp_path: Path) -> None:
    scenes = sorted((installed / "stage" / "scenarios").glob("*.yaml"))
    assert scenes
    call(sys.executable, "-m", "stage", "lint", str(scenes[0]), cwd=tmp_path, target=installed)


def test_the_installed_stage_brings_its_plugin_to_pytest(installed: Path, tmp_path: Path) -> None:
    """No option names it, and it runs the scenes of the folder it is pointed at."""
    scenes = str(installed / "stage" / "scenarios" / "sally_anne.yaml")
    pytest_alone = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(tmp_path))
    done = call(*pytest_alone, scenes, cwd=tmp_path, target=installed)
    assert "24 passed" in done
    plain = tmp_path / "test_plain.py"
    plain.write_text("import sys\ndef test_it(): assert not {'stage.testing', 'pydantic'} & {*sys.modules}\n")
    assert "1 passed" in call(*pytest_alone, str(plain), cwd=tmp_path, target=installed)
