"""Models fetched from a hub that runs in this test: whole, in pieces, bent, refused, and without a connection."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from huggingface_hub import file_download
from local_hub import COMMIT, Hub, serving
from test_gguf import gguf

import stage
from stage.errors import ModelError
from stage.inference import hub as hub_files

MIB = 2**20
CONTENT = gguf(data=21 * MIB)
REPO = "sally/anne-GGUF"
SPEC = f"hf:{REPO}/quants/tiny.gguf"
STAGE = (sys.executable, "-m", "stage")


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving(Hub({f"{REPO}/quants/tiny.gguf": CONTENT, f"{REPO}/quants/text.gguf": b"no model at all"})) as hub:
        yield hub


def environment(hub: Hub, home: Path, **extra: str) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("HF_") and not k.lower().endswith("_proxy")}
    own = {"HF_ENDPOINT": hub.url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": "hf_secret"}
    return clean | own | {"PYTHONPATH": str(Path(stage.__file__).parents[1])} | extra


def pull(hub: Hub, home: Path, spec: str = SPEC, **extra: str) -> subprocess.CompletedProcess[str]:
    """`stage models pull` in a process of its own: the hub's settings are read once per process."""
    env = environment(hub, home, **extra)
    command = (*STAGE, "models", "pull", spec, "--json")
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=120, check=False)


def parts(home: Path) -> list[int]:
    """How long the beginnings are that are kept."""
    return [path.stat().st_size for path in home.rglob("*.incomplete")]


def test_a_model_is_fetched_once_checked_and_named(hub: Hub, tmp_path: Path) -> None:
    done = pull(hub, tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert Path(told["path"]).read_bytes() == CONTENT
    assert told["path"].endswith(f"snapshots/{COMMIT}/quants/tiny.gguf")
    assert told["checksum_known_from"] == "the hub"
    assert done.stderr == ""  # no bar where nobody looks
    assert pull(hub, tmp_path).stdout == done.stdout
    assert hub.asked == [(None, None)]  # once; and where the file lies, nobody sees the token


def test_offline_what_was_fetched_is_found_and_nothing_else(hub: Hub, tmp_path: Path) -> None:
    first = pull(hub, tmp_path)
    hub.url = "http://127.0.0.1:9"
    for spec in (SPEC, f"{SPEC}@{COMMIT}"):
        assert pull(hub, tmp_path, spec, HF_HUB_OFFLINE="1").stdout == first.stdout
    assert pull(hub, tmp_path).stdout == first.stdout  # without a connection, as well
    other = pull(hub, tmp_path, f"hf:{REPO}/quants/other.gguf", HF_HUB_OFFLINE="1")
    assert other.returncode == 4
    assert "not in the cache, and HF_HUB_OFFLINE" in other.stderr


def test_a_connection_that_is_cut_is_gone_on_with(hub: Hub, tmp_path: Path) -> None:
    hub.cuts = [15 * MIB, 10 * MIB, None]
    done = pull(hub, tmp_path)
    assert done.returncode == 0, done.stderr
    assert Path(json.loads(done.stdout)["path"]).read_bytes() == CONTENT
    assert [asked for asked, _ in hub.asked] == [None, f"bytes={10 * MIB}-", f"bytes={20 * MIB}-"]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_what_was_broken_off_is_gone_on_with(hub: Hub, tmp_path: Path, how: signal.Signals) -> None:
    hub.cuts, hub.stalls = [15 * MIB], True
    env = environment(hub, tmp_path, HF_HUB_DOWNLOAD_TIMEOUT="60")
    with subprocess.Popen((*STAGE, "models", "pull", SPEC), env=env, stderr=subprocess.PIPE, text=True) as process:
        assert hub.stalled.wait(60)
        while not any(size == 10 * MIB for size in parts(tmp_path)):
            assert process.poll() is None
        process.send_signal(how)
        _, told = process.communicate(timeout=60)
    (kept,) = parts(tmp_path)
    if how is signal.SIGINT:
        assert process.returncode == 130
        assert "are kept, and the same command goes on" in told
    hub.let_go.set()
    done = pull(hub, tmp_path)
    assert done.returncode == 0, done.stderr
    assert [asked for asked, _ in hub.asked] == [None, f"bytes={kept}-"]
    assert parts(tmp_path) == []


@pytest.mark.parametrize(
    ("beginning", "ranges"), [("another's", True), ("another's", False), ("longer", True), ("all of it", True)]
)
def test_whatever_beginning_lies_there_the_file_comes_whole(
    hub: Hub, tmp_path: Path, beginning: str, ranges: bool
) -> None:
    hub.ranges = ranges
    held = {"another's": b"x" * 1000, "longer": CONTENT + b"more", "all of it": CONTENT}[beginning]
    blobs = tmp_path / "hub" / f"models--{REPO.replace('/', '--')}" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / f"{hashlib.sha256(CONTENT).hexdigest()}.stage.incomplete").write_bytes(held)
    done = pull(hub, tmp_path)
    assert done.returncode == 0, done.stderr
    assert Path(json.loads(done.stdout)["path"]).read_bytes() == CONTENT
    assert len(hub.asked) == (beginning != "all of it") + (beginning == "another's" and ranges)


def test_what_was_damaged_since_is_fetched_anew(hub: Hub, tmp_path: Path) -> None:
    path = Path(json.loads(pull(hub, tmp_path).stdout)["path"])
    path.resolve().write_bytes(CONTENT[:-1] + b"!")
    done = pull(hub, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "is damaged" in done.stderr
    assert path.read_bytes() == CONTENT


def test_what_is_not_what_was_announced_is_thrown_away(hub: Hub, tmp_path: Path) -> None:
    hub.bent = True
    done = pull(hub, tmp_path)
    assert done.returncode == 4
    assert "not what the hub announced" in done.stderr
    assert list(tmp_path.rglob("*.gguf")) == parts(tmp_path) == []


REFUSED = [
    ("hf:sally/anne-GGUF/quants/text.gguf", {}, "no model: it is not a GGUF file"),
    ("hf:sally/anne-GGUF/tinny.gguf", {}, "no such file; it has quants/text.gguf, quants/tiny.gguf"),
    ("hf:sally/other/tiny.gguf", {}, "no such repository, or it is private"),
    (f"{SPEC}@v9", {}, "no revision 'v9'"),
    (SPEC, {"gated": True}, "accept the conditions at {url}/sally/anne-GGUF, then log in"),
    (SPEC, {"closed": True}, "answers with status 503; try again later, or another mirror"),
]


@pytest.mark.parametrize(("spec", "state", "said"), REFUSED)
def test_what_cannot_be_had_is_said_with_a_remedy(
    hub: Hub, tmp_path: Path, spec: str, state: dict[str, bool], said: str
) -> None:
    for name, value in state.items():
        setattr(hub, name, value)
    done = pull(hub, tmp_path, spec)
    assert done.returncode == 4
    assert said.format(url=hub.url) in done.stderr
    assert "Traceback" not in done.stderr
    assert "hf_secret" not in done.stderr
    assert list(tmp_path.rglob("*.gguf")) == []


@pytest.mark.model
def test_without_a_connection_it_is_said(hub: Hub, tmp_path: Path) -> None:
    hub.url = "http://127.0.0.1:9"
    done = pull(hub, tmp_path)
    assert done.returncode == 4
    assert "check the connection, the proxy and HF_ENDPOINT, now http://127.0.0.1:9" in done.stderr


def test_a_disk_that_is_too_small_is_told_before_anything_is_fetched(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_files.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 2 * MIB}))
    announced = hub_files._Announced(f"{hub.url}/x", "0" * 64, 5 * MIB)
    with pytest.raises(ModelError, match=r"5\.0 MiB are to be fetched and .* has 2\.0 MiB free; make room.*HF_HOME"):
        hub_files._download(hub_files.HubName.parse(SPEC), announced, tmp_path / "part")


def test_a_disk_that_fills_meanwhile_keeps_what_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(url: str, file: IO[bytes], **_: object) -> None:
        file.write(b"x" * MIB)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(file_download, "http_get", fill)
    announced = hub_files._Announced("http://x", "0" * 64, 5 * MIB)
    with pytest.raises(ModelError, match=r"the disk is full; make room; 1\.0 MiB of 5\.0 MiB are kept, and the same"):
        hub_files._download(hub_files.HubName.parse(SPEC), announced, tmp_path / "part")
