"""Network slots: prepared network namespaces, each lent to one sandbox at a time.

Making a namespace with its bridge port costs more than all the rest of a sandbox, so it is made once and kept by a
holder: a sandbox that never gets a job. What joins it shares nothing else with it. A sandbox's processes are all dead
before its slot is given back, so no connection outlives the run that made it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass

from .model import SandboxUnavailable, Settings
from .sandbox import Sandbox

_HOLDER_MB = 32
_LONGEST_SECONDS = 2 * 3600.0
_RETIRED_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Slot:
    """One namespace, by its holder."""

    holder: Sandbox
    made_at: float

    @property
    def mode(self) -> str:
        """What the Engine is told, for a container that joins the namespace."""
        return f"container:{self.holder.id}"

    @property
    def good(self) -> bool:
        """Whether the namespace is still there and young enough that it will be for a whole run."""
        return self.holder.alive and time.monotonic() - self.made_at < _RETIRED_SECONDS


class Slots:
    """The slots of one process; as many are made as are lent at once. For any number of threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._free: deque[Slot] = deque()
        self._lock = threading.Lock()

    def lend(self, image: str) -> Slot:
        """A slot that nobody else has. Raises SandboxUnavailable."""
        while True:
            with self._lock:
                slot = self._free.pop() if self._free else None
            if slot is None:
                holder = Sandbox(
                    self._settings, image, memory_mb=_HOLDER_MB, network=True, longest_seconds=_LONGEST_SECONDS
                )
                return Slot(holder, time.monotonic())
            if slot.good:
                return slot
            slot.holder.remove()

    def give_back(self, slot: Slot) -> None:
        """Take a slot back from a sandbox that is gone. A broken or old one is replaced when next needed."""
        if slot.good:
            with self._lock:
                self._free.append(slot)
        else:
            slot.holder.remove()

    def trim(self, most: int) -> bool:
        """Remove one free slot if there are more than ``most``; whether there was one."""
        with self._lock:
            slot = self._free.popleft() if len(self._free) > most else None
        if slot is not None:
            slot.holder.remove()
        return slot is not None

    def close(self) -> None:
        """Remove every free slot."""
        with suppress(SandboxUnavailable):
            while self.trim(0):
                pass
