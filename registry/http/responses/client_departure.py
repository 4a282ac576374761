"""Notices that a client has left while it is still being answered."""

from __future__ import annotations

import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# The other end has closed, or has said that it will send no more: a client that still wants its answer does neither.
_GONE = select.EPOLLHUP | select.EPOLLERR | select.EPOLLRDHUP
_LOOK_SECONDS = 1.0


class ClientDepartures:
    """One thread that waits for the hang-up of any number of connections; it starts with the first."""

    def __init__(self) -> None:
        self._watched: dict[int, Callable[[], None]] = {}
        self._lock = threading.Lock()
        self._poll: select.epoll | None = None
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()

    @contextmanager
    def watched(self, connection: Any, left: Callable[[], None]) -> Iterator[None]:
        """Call ``left`` from another thread if the client hangs up inside this block. None is never watched."""
        if connection is None:
            yield
            return
        descriptor = connection.fileno()
        with self._lock:
            if self._poll is None:
                self._poll = select.epoll()
                self._thread = threading.Thread(
                    target=self._work, args=[self._poll], name="toolcrib-leaving", daemon=True
                )
                self._thread.start()
            self._watched[descriptor] = left
            self._poll.register(descriptor, _GONE)
        try:
            yield
        finally:
            self._forget(descriptor)

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()
        if self._poll is not None:
            self._poll.close()

    def _forget(self, descriptor: int) -> Callable[[], None] | None:
        with self._lock:
            left = self._watched.pop(descriptor, None)
            if left is not None and self._poll is not None:
                self._poll.unregister(descriptor)
            return left

    def _work(self, poll: select.epoll) -> None:
        while not self._closed.is_set():
            for descriptor, _ in poll.poll(_LOOK_SECONDS):
                left = self._forget(descriptor)
                if left is not None:
                    left()
