"""Says every few seconds that an instance lives, and closes the records of those that have fallen silent.

No clock is compared with another: an instance has fallen silent when its sign of life has stood still for as long as
*this* process has watched, turn by turn, on its own monotonic clock. So a step of any machine's clock closes nothing. A
turn counts for two beats at most, and only if this process could write: one that was itself stopped, or cut off
together with the others, hears them first.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from registry.errors import Unavailable
from registry.log import log

from . import instances
from .audit_store import Audit

BEAT_SECONDS = 5.0
# A tool's time (30 s), what a busy machine needs around it, and a minute for an instance that is merely slow.
SILENT_SECONDS = 120.0


@dataclass(slots=True)
class _Heard:
    sign: float
    silent_seconds: float = 0.0


class Heartbeat:
    """The heartbeat of one audit's instance. ``turn`` is what its thread does every ``beat_seconds``."""

    def __init__(
        self, audit: Audit, *, beat_seconds: float = BEAT_SECONDS, silent_seconds: float = SILENT_SECONDS
    ) -> None:
        self._database = audit.database
        self._name = audit.instance
        self._beat_seconds = beat_seconds
        self._silent_seconds = silent_seconds
        self._others: dict[str, _Heard] = {}
        self._turned_at = time.monotonic()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="toolcrib-heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def close(self) -> None:
        """End the thread, and take the instance off the list."""
        self._closed.set()
        self._thread.join()
        try:
            instances.forget_instance(self._database, self._name)
        except Unavailable as error:
            log.warning("this instance stays on the list of those that live", error=str(error))

    def turn(self) -> int:
        """Say that this instance lives, listen to the others; how many records were closed. Raises Unavailable."""
        now = time.monotonic()
        passed, self._turned_at = min(now - self._turned_at, 2 * self._beat_seconds), now
        instances.write_beat(self._database, self._name)
        signs = instances.read_signs(self._database)
        signs.pop(self._name, None)
        self._others = {name: self._listen(name, sign, passed) for name, sign in signs.items()}
        silent = [name for name, one in self._others.items() if one.silent_seconds > self._silent_seconds]
        return sum(self._close(name) for name in silent)

    def _listen(self, name: str, sign: float, passed: float) -> _Heard:
        known = self._others.get(name)
        if known is None or known.sign != sign:
            return _Heard(sign)
        known.silent_seconds += passed
        return known

    def _close(self, name: str) -> int:
        closed = instances.close_lost_records(self._database, name, self._others.pop(name).sign)
        if closed:
            log.warning("records of a lost instance closed", instance=name, records=closed)
        return closed

    def _work(self) -> None:
        while True:
            try:
                self.turn()
            except Unavailable as error:
                log.warning("no heartbeat on record", error=str(error))
            if self._closed.wait(self._beat_seconds):
                return
