"""An answer that goes on for long and that no thread waits with: another writes it, to the connection itself."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

from flask import Response
from werkzeug.http import http_date

HANDS_OVER = "toolcrib.hands_over"
"""The key under which an app's ``extensions`` say that its server gives connections away."""

_PIECE_BYTES = 64 * 1024


Begin = Callable[[socket.socket, bytes, Callable[[], None]], None]
"""Begins to write to a connection, the given head first. The connection is the writer's until it calls the last one."""


class HandOver(Exception):
    """Raised to the server instead of an answer: it must begin, and leave the connection alone until that is done."""

    def __init__(self, begin: Callable[[socket.socket, Callable[[], None]], None]) -> None:
        super().__init__("the connection is handed over")
        self.begin = begin


class StreamAnswer(Response):
    """An answer whose body is written by whom ``begin`` tells.

    A server that gives its connections away gets HandOver: the answer then ends with the connection. For any other, and
    for tests without a server, the body comes through a pair of sockets.
    """

    def __init__(self, begin: Begin, *, handed_over: bool, mimetype: str, headers: dict[str, str]) -> None:
        super().__init__(_piped(begin), mimetype=mimetype, headers=headers)
        self._begin = begin
        self._handed_over = handed_over

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer the request, as WSGI would have it, or raise HandOver."""
        if not self._handed_over or environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        headers = self.get_wsgi_headers(environ)
        lines = [f"HTTP/1.1 {self.status}", f"Date: {http_date()}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        raise HandOver(lambda connection, done: self._begin(connection, head, done))


def _piped(begin: Begin) -> Iterator[bytes]:
    ours, theirs = socket.socketpair()
    with ours:
        begin(theirs, b"", theirs.close)
        while piece := ours.recv(_PIECE_BYTES):
            yield piece
