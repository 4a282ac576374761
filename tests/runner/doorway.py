"""A way to the real engine that a test can close, freeze, make late and open, without touching the engine."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

ENGINE = "/var/run/docker.sock"


class Doorway:
    """A Unix socket before the engine's.

    Frozen, it lets connections come and reads nothing, like a stopped process. Late, it gives each answer of the engine
    after so many seconds, as on a busy machine; what a sandbox says is no answer of the engine.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._server: socket.socket | None = None
        self._open = threading.Event()
        self._late_seconds = 0.0
        self._gone = threading.Event()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    @property
    def address(self) -> str:
        """What DOCKER_HOST must say."""
        return f"unix://{self._path}"

    def open(self, *, late_seconds: float = 0.0) -> None:
        """Let everything through, from now on and what waits; each answer so late."""
        self._late_seconds = late_seconds
        self._open.set()
        self._listen()

    def freeze(self) -> None:
        """Let connections wait, and what they ask."""
        self._open.clear()
        self._listen()

    def _listen(self) -> None:
        if self._server is None:
            self._gone.clear()
            self._server = socket.socket(socket.AF_UNIX)
            self._server.bind(str(self._path))
            self._server.listen(64)
            self._spawn(self._accept, self._server)

    def _accept(self, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = server.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(ENGINE)
                self._sockets += [near, far]
                asked = threading.Event()
                self._spawn(self._ask, near, far, asked)
                self._spawn(self._answer, far, near, asked)

    def _ask(self, near: socket.socket, far: socket.socket, asked: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while near.recv(1, socket.MSG_PEEK):
                self._open.wait()
                asked.set()
                far.sendall(near.recv(65536))
            far.shutdown(socket.SHUT_WR)

    def _answer(self, far: socket.socket, near: socket.socket, asked: threading.Event) -> None:
        attached = False
        with contextlib.suppress(OSError):
            while data := far.recv(65536):
                if asked.is_set() and not attached:
                    asked.clear()
                    self._gone.wait(self._late_seconds)
                attached = attached or data.startswith(b"HTTP/1.1 101 ")
                self._open.wait()
                near.sendall(data)
            near.shutdown(socket.SHUT_WR)

    def _spawn(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """Break every connection and be gone."""
        self._open.set()
        self._gone.set()
        for one in [self._server, *self._sockets]:
            if one is not None:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
        for thread in self._threads:
            thread.join(5)
        self._path.unlink(missing_ok=True)
        self._server, self._sockets, self._threads = None, [], []
