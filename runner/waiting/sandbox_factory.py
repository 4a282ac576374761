"""Making and removing the sandboxes that wait: each joins a network slot, and imports ahead what tools need."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from functools import partial

from runner.engine import NetworkNamespace, NetworkNamespaces
from runner.model import SandboxUnavailable, Settings
from runner.sandbox import NotReady, Sandbox

WAITING_MEMORY_MB = 256
_RETIRED_SECONDS = 1800.0
_LONGEST_SECONDS = 3600.0
_SPOILED_SECONDS = 600.0
_TRIES = 2
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SandboxKind:
    """What makes two waiting sandboxes interchangeable. ``modules`` are imported before they wait."""

    image: str
    network: bool
    modules: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class WaitingSandbox:
    """A sandbox of the pool: waiting, lent, or used. ``slot`` is its network namespace."""

    kind: SandboxKind
    sandbox: Sandbox
    slot: NetworkNamespace
    made_at: float = field(default_factory=time.monotonic)

    @property
    def good(self) -> bool:
        """Whether it still waits, has its network, and is young enough that it will not be reaped in its run."""
        young = time.monotonic() - self.made_at < _RETIRED_SECONDS
        return young and self.sandbox.alive and self.slot.holder.alive


class SandboxFactory:
    """Makes and removes sandboxes for a pool. For any number of threads."""

    def __init__(self, settings: Settings) -> None:
        self.slots = NetworkNamespaces(settings)
        self._settings = settings
        self._spoiled: dict[tuple[str, ...], float] = {}

    def make(self, kind: SandboxKind) -> WaitingSandbox:
        """One more that waits. Raises SandboxUnavailable."""
        for left in reversed(range(_TRIES)):
            slot = self.slots.lend(kind.image, kind.network)
            try:
                return WaitingSandbox(kind, self._sandbox(kind, slot), slot)
            except BaseException as error:
                # A holder that has ended is the reason, and another will do.
                again = left and isinstance(error, SandboxUnavailable) and not slot.holder.alive
                self.slots.give_back(slot, gone=False)
                if not again:
                    raise
        raise AssertionError  # the last turn returns or raises

    def _sandbox(self, kind: SandboxKind, slot: NetworkNamespace) -> Sandbox:
        make = partial(
            Sandbox,
            self._settings,
            kind.image,
            memory_mb=WAITING_MEMORY_MB,
            network=slot.mode,
            longest_seconds=_LONGEST_SECONDS,
        )
        if not kind.modules or time.monotonic() < self._spoiled.get(kind.modules, 0.0):
            return make()
        try:
            return make(modules=(f"--most-mb={self._settings.preimport_mb}", *kind.modules))
        except NotReady as error:
            # One of the modules ends or stops the process that imports it. Whose tool needs it will be told.
            _log.warning("modules cannot be imported ahead: %s", error)
            self._spoiled[kind.modules] = time.monotonic() + _SPOILED_SECONDS
            return make()

    def remove(self, used: WaitingSandbox) -> bool:
        """Remove one, and take its slot back; whether it is certain that nothing is left of it."""
        gone = used.sandbox.remove()
        self.slots.give_back(used.slot, gone=gone)
        return gone
