"""The places to run: so many jobs run at once, and a bounded queue waits before them, first come, first served.

The processes of one service share their places through a file of which each place locks one byte: however unevenly
calls come to them, no place stays empty while somebody waits. The kernel gives back what a killed process held.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runner.model import AllPlacesTaken, SandboxUnavailable

_LOOK_SECONDS = 0.02
"""How often is looked whether another process has given a place back."""
_FLOCK = struct.Struct("hhxxxxqqixxxx")  # fcntl(2): struct flock on 64-bit Linux, with padding


class RunSlots:
    """The places of one process, or its part in those of several. For any number of threads."""

    def __init__(self, places: int, queue: int, shared: Path | None = None) -> None:
        self._places = places
        self._queue = queue
        self._held: set[int] = set()
        self._line: deque[object] = deque()
        self._closed = False
        self._changed = threading.Condition()
        self._file = None if shared is None else os.open(shared, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold one place, waiting for it in the queue. Raises AllPlacesTaken when that is full."""
        place = self._take()
        try:
            yield
        finally:
            with self._changed:
                self._unlock(place)
                self._held.discard(place)
                self._changed.notify_all()

    def _take(self) -> int:
        with self._changed:
            place = None if self._line else self._lock_one()
            if place is not None or self._closed:
                return self._hold(place)
            if len(self._line) >= self._queue:
                raise AllPlacesTaken(f"All run slots are taken, and {len(self._line)} executions wait already.")
            turn = object()
            self._line.append(turn)
            try:
                while place is None and not self._closed:
                    first = self._line[0] is turn
                    # Another process tells nobody that it has given a place back.
                    self._changed.wait(_LOOK_SECONDS if first and self._file is not None else None)
                    place = self._lock_one() if self._line[0] is turn and not self._closed else None
            finally:
                self._line.remove(turn)
                self._changed.notify_all()  # the next in line may be served as well
            return self._hold(place)

    def _hold(self, place: int | None) -> int:
        if self._closed or place is None:
            if place is not None:
                self._unlock(place)
            raise SandboxUnavailable("The service is stopping.")
        self._held.add(place)
        return place

    def _lock_one(self) -> int | None:
        start = os.getpid()  # elsewhere than others begin to look
        numbers = ((start + step) % self._places for step in range(self._places))
        return next((place for place in numbers if place not in self._held and self._lock(place)), None)

    def _lock(self, place: int) -> bool:
        return self._file is None or lock_byte(self._file, place, fcntl.F_WRLCK)

    def _unlock(self, place: int) -> None:
        if self._file is not None:
            lock_byte(self._file, place, fcntl.F_UNLCK)

    def close(self) -> None:
        """Send everyone away who waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def left(self, seconds: float) -> bool:
        """Wait until nobody of this process holds a place, so long at most; whether it is so."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._held, seconds)


def lock_byte(file: int, place: int, kind: int) -> bool:
    """Lock (``fcntl.F_WRLCK``) or unlock (``F_UNLCK``) one byte of an open file; False when somebody else holds it.

    The lock is the open file's, not the process's: another part of the process may open and close the same file.
    """
    try:
        fcntl.fcntl(file, fcntl.F_OFD_SETLK, _FLOCK.pack(kind, os.SEEK_SET, place, 1, 0))
    except (BlockingIOError, PermissionError):
        return False
    return True
