"""Network slots: prepared network namespaces, each lent to one sandbox at a time.

Making a namespace with its bridge port costs more than all the rest of a sandbox, so it is made once and kept by a
holder: a sandbox that never gets a job. What joins it shares nothing else with it. A sandbox's processes are all dead
before its slot is given back, so no connection outlives the run that made it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

from .model import Settings
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
        self._closed = False
        self._lock = threading.Lock()

    @property
    def any_free(self) -> bool:
        """Whether one can be lent that need not be made."""
        return bool(self._free)

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

    def give_back(self, slot: Slot, *, empty: bool) -> None:
        """Take a slot back from a sandbox that is gone. A broken or old one is replaced when next needed.

        So is one that may not be ``empty``: two sandboxes never share a namespace.
        """
        with self._lock:
            keep = empty and not self._closed and slot.good
            if keep:
                self._free.append(slot)
        if not keep:
            slot.holder.remove()

    def spare(self, most: int) -> Slot | None:
        """A free slot to let go of: a broken one, or the one unused longest if there are more than ``most``."""
        with self._lock:
            for slot in self._free:
                if not slot.good:
                    self._free.remove(slot)
                    return slot
            return self._free.popleft() if len(self._free) > most else None

    def close(self) -> None:
        """Remove every free slot; what is given back afterwards is removed at once."""
        with self._lock:
            self._closed = True
            free, self._free = self._free, deque()
        for slot in free:
            slot.holder.let_go()
        answers = True
        for slot in free:
            answers = answers and slot.holder.remove()
