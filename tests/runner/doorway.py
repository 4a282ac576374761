"""A way to the real engine that a test can close, freeze and open, without touching the engine."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

ENGINE = "/var/run/docker.sock"


class Doorway:
    """A Unix socket before the engine's. Frozen, it takes connections and says nothing, like a stopped process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._server: socket.socket | None = None
        self._open = threading.Event()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    @property
    def address(self) -> str:
        """What DOCKER_HOST must say."""
        return f"unix://{self._path}"

    def open(self) -> None:
        """Let everything through, from now on and what waits."""
        self._open.set()
        self._listen()

    def freeze(self) -> None:
        """Take connections, and keep them waiting."""
        self._open.clear()
        self._listen()

    def _listen(self) -> None:
        if self._server is None:
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
                self._spawn(self._copy, near, far)
                self._spawn(self._copy, far, near)

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._open.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def _spawn(self, work: object, *arguments: socket.socket) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """Break every connection and be gone."""
        self._open.set()
        for one in [self._server, *self._sockets]:
            if one is not None:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
        for thread in self._threads:
            thread.join(5)
        self._path.unlink(missing_ok=True)
        self._server, self._sockets, self._threads = None, [], []
