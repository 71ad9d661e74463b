"""Model files from a hub: fetched once into the hub's own cache, gone on with after a break, checked before use.

A download that breaks off, however it does, leaves its beginning beside the place where the file will lie, and the
next one goes on from there. Nothing comes into the cache that is not, by size and checksum, what the hub announced,
or that is no sound GGUF.
"""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from filelock import FileLock

from stage.errors import ModelError
from stage.inference.files import sha256_of
from stage.inference.gguf import check_gguf

_HUB = re.compile(r"hf:(?P<repo>[^/@]+/[^/@]+)/(?P<file>[^@]+\.gguf)(?:@(?P<revision>[^@]+))?")
_ETAG = re.compile(r"[A-Za-z0-9_-]{1,128}")
_SHA256, _GIT_SHA1 = 64, 40
"""How long the checksums are that hubs use as names of contents, in hexadecimal digits."""


@dataclass(frozen=True)
class HubName:
    """A file in a repository of a hub."""

    repo: str
    file: str
    revision: str | None = None

    def __str__(self) -> str:
        return f"hf:{self.repo}/{self.file}" + (f"@{self.revision}" if self.revision else "")

    @classmethod
    def parse(cls, spec: str) -> HubName:
        """ModelError for what is no such name."""
        match = _HUB.fullmatch(spec)
        if match is None:
            raise ModelError(
                f"{spec}: a model on the hub is named hf:owner/repo/path/file.gguf, optionally with @revision"
            )
        return cls(match["repo"], match["file"], match["revision"])


class BrokenOffError(ModelError):
    """A download that was interrupted by its user; what came is kept."""

    exit_code = 130


@dataclass(frozen=True)
class _Announced:
    """What the hub says of a file before it is fetched."""

    url: str
    etag: str
    size: int | None


def cached(name: HubName) -> Path | None:
    """The file as the hub's cache has it, without a connection."""
    import huggingface_hub

    found = huggingface_hub.try_to_load_from_cache(name.repo, name.file, revision=name.revision)
    return Path(found) if isinstance(found, str) else None


def fetch(spec: str) -> Path:
    """The file that ``spec`` names, from the cache or the hub; its progress is shown on a terminal's stderr.

    Without a connection, or with HF_HUB_OFFLINE, what is cached is used. ModelError says what went wrong, what is kept
    of an unfinished download, and what helps.
    """
    name = HubName.parse(spec)
    import huggingface_hub
    from huggingface_hub.constants import HF_HUB_OFFLINE

    there = cached(name)
    if there is not None and (HF_HUB_OFFLINE or name.revision in there.parts):
        return there
    if HF_HUB_OFFLINE:
        raise ModelError(
            f"{spec}: is not in the cache, and HF_HUB_OFFLINE keeps from fetching it; unset it, or {_HAND}"
        )
    try:
        announced = _announced(name)
        _bring(name, announced)
        return Path(huggingface_hub.hf_hub_download(name.repo, name.file, revision=name.revision))
    except _failures() as error:
        if there is not None and not isinstance(error, _answers()):
            return there
        _explain(name, error)


_HAND = "download the file yourself and give its path"


def forget(path: Path) -> None:
    """Take a damaged file out of the hub's cache, so that it is fetched anew."""
    blob = path.resolve()
    path.unlink(missing_ok=True)
    blob.unlink(missing_ok=True)


def agrees(path: Path, etag: str) -> bool | None:
    """Whether a file's contents are those that a hub calls by this name; None if the name is no checksum."""
    if len(etag) == _SHA256:
        return sha256_of(path) == etag
    if len(etag) == _GIT_SHA1:
        data = path.read_bytes()  # files without a sha256 are small: git itself holds them
        return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest() == etag
    return None


def _announced(name: HubName) -> _Announced:
    import huggingface_hub

    url = huggingface_hub.hf_hub_url(name.repo, name.file, revision=name.revision)
    told = huggingface_hub.get_hf_file_metadata(url)
    if told.commit_hash is None or told.etag is None or not _ETAG.fullmatch(told.etag):
        raise ModelError(f"{name}: {url} was not answered as a hub answers; check HF_ENDPOINT and the proxy")
    pinned = huggingface_hub.hf_hub_url(name.repo, name.file, revision=told.commit_hash)
    return _Announced(pinned, told.etag, told.size)


def _bring(name: HubName, announced: _Announced) -> None:
    """See to it that the file's contents lie in the hub's cache, under the name that the hub has for them."""
    from huggingface_hub.constants import HF_HUB_CACHE
    from huggingface_hub.file_download import repo_folder_name

    folder = repo_folder_name(repo_id=name.repo, repo_type="model")
    blob = Path(HF_HUB_CACHE) / folder / "blobs" / announced.etag
    lock = Path(HF_HUB_CACHE) / ".locks" / folder / f"{announced.etag}.stage.lock"
    for parent in (blob.parent, lock.parent):
        parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock):
        if not blob.exists():
            part = blob.with_name(f"{announced.etag}.stage.incomplete")
            resumed = _download(name, announced, part)
            try:
                _check(name, announced, part)
            except ModelError:
                if not resumed:
                    raise
                _download(name, announced, part)  # its beginning may have been another's, or damaged
                _check(name, announced, part)
            part.replace(blob)


def _download(name: HubName, announced: _Announced, part: Path) -> bool:
    """Fetch what is missing of a file; whether there was a beginning."""
    from huggingface_hub.file_download import http_get

    size = announced.size
    had = part.stat().st_size if part.exists() else 0
    if size is not None and had > size:
        part.unlink()
        had = 0
    if size is not None and (free := shutil.disk_usage(part.parent).free) < size - had:
        raise ModelError(
            f"{name}: {_mib(size - had)} are to be fetched and {part.parent} has {_mib(free)} free; make room, or name "
            "another place with HF_HOME"
        )
    try:
        with part.open("ab") as file:
            http_get(
                announced.url, file, resume_size=had, headers=_authorization(), expected_size=size,
                displayed_filename=name.file,
            )  # fmt: skip
    except KeyboardInterrupt as stop:
        raise BrokenOffError(f"{name}: broken off; {_kept(part, size)}") from stop
    except _failures() as error:
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "the disk is full; make room" if full else f"the download broke off ({_reason(error)})"
        raise ModelError(f"{name}: {why}; {_kept(part, size)}") from error
    return had > 0


def _authorization() -> dict[str, str]:
    """The user's token for the hub, if there is one to be sent; nothing else is to see it."""
    import huggingface_hub
    from huggingface_hub.constants import HF_HUB_DISABLE_IMPLICIT_TOKEN

    token = None if HF_HUB_DISABLE_IMPLICIT_TOKEN else huggingface_hub.get_token()
    return {"authorization": f"Bearer {token}"} if token else {}


def _check(name: HubName, announced: _Announced, part: Path) -> None:
    """ModelError, and nothing kept, unless what came is what was announced, and a model."""
    if agrees(part, announced.etag) is False:
        found = sha256_of(part)
        part.unlink()
        raise ModelError(
            f"{name}: what came is not what the hub announced (sha256 {found}, announced {announced.etag}); it was "
            "thrown away: try again, or another mirror (HF_ENDPOINT)"
        )
    try:
        check_gguf(part)
    except ModelError as error:
        part.unlink()
        reason = str(error).removeprefix(f"{part}: ").removesuffix("; fetch the file again or name another GGUF")
        raise ModelError(f"{name}: what the hub has there is no model: {reason}; name another file") from error


def _kept(part: Path, size: int | None) -> str:
    have = part.stat().st_size if part.exists() else 0
    return (
        f"{_mib(have)}{'' if size is None else f' of {_mib(size)}'} are kept, and the same command goes on from there"
    )


def _answers() -> tuple[type[Exception], ...]:
    """What the hub answers about a file that cannot be had, as against no answer at all."""
    from huggingface_hub.errors import EntryNotFoundError, RepositoryNotFoundError, RevisionNotFoundError

    return (EntryNotFoundError, RepositoryNotFoundError, RevisionNotFoundError)


def _failures() -> tuple[type[Exception], ...]:
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError

    # the base is the transport error of whichever HTTP library this version of the hub's client uses
    transport = tuple(base for base in HfHubHTTPError.__bases__ if issubclass(base, Exception))
    return (OSError, ValueError, EntryNotFoundError, *transport)


def _explain(name: HubName, error: Exception) -> NoReturn:
    """Say what stands in the way, and what helps."""
    from huggingface_hub.constants import ENDPOINT
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        HfHubHTTPError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    login = "log in with `hf auth login` or set HF_TOKEN"
    status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
    match error:
        case GatedRepoError():
            why = f"its owner asks for consent: accept the conditions at {ENDPOINT}/{name.repo}, then {login}"
        case RevisionNotFoundError():
            why = f"the repository has no revision {name.revision!r}; leave @{name.revision} out, or name another"
        case EntryNotFoundError():
            why = f"the repository has no such file; {_offered(name)}"
        case RepositoryNotFoundError():
            why = f"{ENDPOINT} has no such repository, or it is private; check the name, or {login}"
        case _ if status in (401, 403):
            why = f"{ENDPOINT} does not let you have it (status {status}); {login}"
        case _ if status is not None:
            why = f"{ENDPOINT} answers with status {status}; try again later, or another mirror (HF_ENDPOINT)"
        case OSError(errno=int(), filename=str() as file):
            why = f"{file}: {error.strerror}; name another place with HF_HOME"
        case _:
            why = f"{_reason(error)} (check the connection, the proxy and HF_ENDPOINT, now {ENDPOINT}, or {_HAND})"
    raise ModelError(f"{name}: could not be fetched: {why}") from error


def _offered(name: HubName) -> str:
    """The models that the repository has instead."""
    import huggingface_hub

    failures: tuple[type[Exception], ...] = (*_failures(), KeyError, TypeError)  # a mirror may answer anything
    try:
        files: list[Any] = huggingface_hub.list_repo_files(name.repo, revision=name.revision)
    except failures:
        return "check the name"
    models = sorted(file for file in files if file.endswith(".gguf"))
    shown = ", ".join(models[:12]) + (f" and {len(models) - 12} more" if len(models) > 12 else "")
    return f"it has {shown}" if models else "it has no GGUF file at all"


def _reason(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:300]


def _mib(size: int) -> str:
    return f"{size / 2**20:,.1f} MiB"
