"""A model hub on this computer: as much of the protocol as a download needs, and its ways to fail.

As on the public one, a file is announced by the hub and lies elsewhere: the answer to the first request leads to
another host, which sees no token.
"""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """``files`` by repository and path. Of the next downloads each entry of ``cuts`` says after how many bytes the
    connection is cut (None: never); with ``stalls`` it is held open there instead. ``asked`` are the ranges and tokens
    of all downloads."""

    files: dict[str, bytes] = field(default_factory=dict)
    cuts: list[int | None] = field(default_factory=list)
    stalls: bool = False
    ranges: bool = True
    bent: bool = False
    gated: bool = False
    closed: bool = False
    asked: list[tuple[str | None, str | None]] = field(default_factory=list)
    stalled: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def content(self, path: str) -> bytes | None:
        for name, data in self.files.items():
            owner, repo, file = name.split("/", 2)
            if path in (f"/{owner}/{repo}/resolve/{rev}/{file}" for rev in ("main", COMMIT)):
                return data
        return None


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """The hub at ``hub.url`` until the end of the block."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        hub.url = f"http://127.0.0.1:{server.server_port}"
        yield hub
        hub.let_go.set()
        server.shutdown()
        thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        if self.path.startswith("/cdn/"):
            self.send_file(self.path.removeprefix("/cdn/"))
        elif self.path.startswith("/api/models/"):
            repo = self.path.removeprefix("/api/models/").partition("/tree/")[0]
            names = [n.split("/", 2)[2] for n in self.hub.files if n.startswith(repo)]
            self.send_json([{"type": "file", "path": name, "size": 1, "oid": "0" * 40} for name in names])
        else:
            self.answer(body=True)

    def answer(self, body: bool) -> None:
        content = self.hub.content(self.path)
        if self.hub.closed:
            self.refuse(503, "")
        elif self.hub.gated:
            self.refuse(403, "GatedRepo")
        elif not any(
            self.path.startswith(f"/{name.rsplit('/', 1)[0].split('/quants')[0]}/") for name in self.hub.files
        ):
            self.refuse(401, "RepoNotFound")
        elif "/resolve/" in self.path and self.path.split("/")[4] not in ("main", COMMIT):
            self.refuse(404, "RevisionNotFound")
        elif content is None:
            self.refuse(404, "EntryNotFound")
        else:
            digest = hashlib.sha256(content).hexdigest()
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{self.server.server_address[1]}/cdn/{digest}")
            self.send_header("X-Linked-ETag", f'"{digest}"')
            self.send_header("X-Linked-Size", str(len(content)))
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def send_file(self, digest: str) -> None:
        content = next(c for c in self.hub.files.values() if hashlib.sha256(c).hexdigest() == digest)
        self.hub.asked.append((self.headers["Range"], self.headers["Authorization"]))
        start = 0
        if self.headers["Range"] and self.hub.ranges:
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if self.hub.bent:
            content = content[:-1] + bytes([content[-1] ^ 1])
        cut = self.hub.cuts.pop(0) if self.hub.cuts else None
        self.wfile.write(content[start:] if cut is None else content[start : start + cut])
        if cut is not None:
            self.wfile.flush()
            if self.hub.stalls:
                self.hub.stalled.set()
                self.hub.let_go.wait(60)
            self.close_connection = True

    def refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send_json(self, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass
