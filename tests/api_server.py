"""A real HTTP server that plays an API: it keeps what it is asked, and answers what a test wants."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request: method, the path with its query as it came, headers by lower-case name, and the body."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answers:
    """What the server says: a status, headers and a body for each path, or for the rest."""

    status: int = 200
    body: bytes = b'{"ok": true}'
    mime: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class ApiServer:
    """The server's address, what it was asked, and what it answers: ``decide`` gets each request."""

    address: str
    asked: list[Asked] = field(default_factory=list)
    decide: Callable[[Asked], Answers] = lambda _: Answers()

    @property
    def last(self) -> Asked:
        """The last request."""
        return self.asked[-1]


@contextmanager
def run_api_server(host: str = "127.0.0.1") -> Iterator[ApiServer]:
    """Run a server on a free port until the block ends."""
    found: list[ApiServer] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, body)
            found[0].asked.append(asked)
            answers = found[0].decide(asked)
            self.send_response(answers.status)
            for name, value in {"Content-Type": answers.mime, **answers.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answers.body)))
            self.end_headers()
            self.wfile.write(answers.body)

        def log_message(self, *_: Any) -> None:
            pass

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.answer)
    with ThreadingHTTPServer((host, 0), Handler) as server:
        found.append(ApiServer(f"http://{host}:{server.server_address[1]}"))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield found[0]
        finally:
            server.shutdown()
            thread.join()
