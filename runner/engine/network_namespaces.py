"""Network slots: prepared network namespaces, each lent to one sandbox at a time.

Making a namespace, even an empty one, costs about as much as all the rest of a sandbox, so it is made once and kept by
a holder (:mod:`runner.engine.namespace_holder`). A sandbox's processes are all dead before its slot is given back; then
the holder looks what the kernel still keeps for them, and only a namespace in which there is nothing is lent again.
That is done behind the calls: one that finds a sandbox waiting never waits for it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass

from runner.model import SandboxUnavailable, Settings

from .namespace_holder import Holder

_RETIRED_SECONDS = 3600.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NetworkNamespace:
    """One namespace, by its holder: on the sandboxes' bridge, or (not ``network``) with nothing but a loopback."""

    holder: Holder
    network: bool
    made_at: float

    @property
    def mode(self) -> str:
        """What the Engine is told, for a container that joins the namespace."""
        return f"container:{self.holder.id}"

    @property
    def good(self) -> bool:
        """Whether the namespace is still there and young enough that it will be for a whole run."""
        return self.holder.alive and time.monotonic() - self.made_at < _RETIRED_SECONDS

    def is_empty(self) -> bool:
        """Whether nothing is left in it of what joined it; for when no process of that is left. Takes 2 ms."""
        try:
            left = self.holder.list_leftovers()
        except SandboxUnavailable as error:
            _log.info("%s", error)
            return False
        if left:
            _log.debug("a network namespace is replaced, as this is left in it: %s", "; ".join(left))
        return not left


class NetworkNamespaces:
    """The slots of one process; as many are made as are lent at once. For any number of threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._free: dict[bool, deque[NetworkNamespace]] = {True: deque(), False: deque()}
        self._closed = False
        self._lock = threading.Lock()

    def any_free(self, network: bool) -> bool:
        """Whether one can be lent that need not be made."""
        return bool(self._free[network])

    def lend(self, image: str, network: bool) -> NetworkNamespace:
        """A slot that nobody else has. Raises SandboxUnavailable."""
        while True:
            with self._lock:
                slot = self._free[network].pop() if self._free[network] else None
            if slot is None:
                holder = Holder(self._settings, image, network=network)
                return NetworkNamespace(holder, network, time.monotonic())
            if slot.good:
                return slot
            slot.holder.remove()

    def give_back(self, slot: NetworkNamespace, *, gone: bool) -> None:
        """Take a slot back from a sandbox that is ``gone``. A broken or old one is replaced when next needed.

        So is one whose sandbox may still be there, or in which something is left of it.
        """
        with self._lock:
            keep = gone and not self._closed
        if keep and slot.good and slot.is_empty():
            self.hand_in(slot)
        else:
            slot.holder.remove()

    def hand_in(self, slot: NetworkNamespace) -> None:
        """Put a slot with the free ones; it may be removed with them."""
        with self._lock:
            closed = self._closed
            if not closed:
                self._free[slot.network].append(slot)
        if closed:
            slot.holder.remove()

    def spare(self, network: bool, most: int) -> NetworkNamespace | None:
        """A free slot to let go of: a broken one, or the one unused longest if there are more than ``most``."""
        free = self._free[network]
        with self._lock:
            for slot in free:
                if not slot.good:
                    free.remove(slot)
                    return slot
            return free.popleft() if len(free) > most else None

    def close(self, *, answers: bool) -> bool:
        """Remove every free slot; what is given back afterwards is removed at once.

        ``answers`` tells whether the engine does, and is given back as it is at the end: where it does not, the end of
        their connections has to be enough.
        """
        with self._lock:
            self._closed = True
            free = [*self._free[True], *self._free[False]]
            self._free = {True: deque(), False: deque()}
        for slot in free:
            slot.holder.let_go()
        for slot in free:
            answers = answers and slot.holder.remove()
        return answers
