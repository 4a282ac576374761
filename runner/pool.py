"""Sandboxes started ahead of need: each waits in its harness, is used once, and is removed behind the call.

A call takes a waiting sandbox, or makes its own when none waits. Threads of the pool refill and remove; they begin
nothing while a call is making its own. How many wait follows the concurrency of the last minutes, between the floor
and the number of places.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field

from .demand import Demand
from .model import SandboxUnavailable, Settings
from .sandbox import Sandbox
from .slots import Slot, Slots

WAITING_MEMORY_MB = 256
_WORKERS = 2
_IDLE_SECONDS = 2.0
_BACKLOG = 8
"""So many used sandboxes may wait for their removal before that goes before refilling."""
_QUIET_SECONDS = 0.1
"""So long after a call began nothing is made or removed, as long as another sandbox waits: it would slow the call."""
_RETIRED_SECONDS = 1800.0
_LONGEST_SECONDS = 3600.0
_BACK_OFF_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Kind:
    """What makes two waiting sandboxes interchangeable. ``modules`` are imported before they wait."""

    image: str
    network: bool
    modules: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Waiting:
    """A sandbox of the pool: waiting, lent, or used. ``slot`` is its network, None without one."""

    kind: Kind
    sandbox: Sandbox
    slot: Slot | None
    made_at: float = field(default_factory=time.monotonic)

    @property
    def good(self) -> bool:
        """Whether it still waits, and is young enough that it will not be reaped in its run."""
        return self.sandbox.alive and time.monotonic() - self.made_at < _RETIRED_SECONDS


class Pool:
    """The waiting sandboxes of one process. Its threads start with :meth:`start`, after any fork."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._slots = Slots(settings)
        self._changed = threading.Condition()
        self._waiting: dict[Kind, deque[Waiting]] = {}
        self._coming: Counter[Kind] = Counter()
        self._demand: dict[Kind, Demand] = {}
        self._used: deque[Waiting] = deque()
        self._calls_making = 0
        self._closed = False
        self._not_before = 0.0
        self._call_began = 0.0
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the threads that refill and remove."""
        self._threads = [
            threading.Thread(target=self._work, name=f"toolcrib-pool-{number}", daemon=True)
            for number in range(_WORKERS)
        ]
        for thread in self._threads:
            thread.start()

    def expect(self, kinds: dict[Kind, int]) -> None:
        """Keep at least so many of each kind waiting from now on; other kinds only while they are in demand."""
        with self._changed:
            for kind, demand in self._demand.items():
                demand.floor = kinds.get(kind, 0)
            for kind, floor in kinds.items():
                self._demand_of(kind).floor = floor
            self._changed.notify_all()

    def take(self, kind: Kind) -> Waiting:
        """A sandbox that nobody else has, to be given to :meth:`release`. Raises SandboxUnavailable."""
        with self._changed:
            self._demand_of(kind).begin()
            self._call_began = time.monotonic()
            waiting = self._waiting.get(kind, deque())
            while waiting:
                found = waiting.popleft()
                if found.good:
                    self._changed.notify()
                    return found
                self._used.append(found)
            self._calls_making += 1
        try:
            return self._make(kind)
        except BaseException:
            with self._changed:
                self._demand_of(kind).end()
            raise
        finally:
            with self._changed:
                self._calls_making -= 1
                self._changed.notify_all()

    def release(self, used: Waiting) -> None:
        """Give a sandbox to be removed behind the call."""
        with self._changed:
            self._demand_of(used.kind).end()
            self._used.append(used)
            self._changed.notify()

    def counts(self) -> dict[str, int]:
        """How many sandboxes wait, are lent, and are yet to be removed."""
        with self._changed:
            return {
                "waiting": sum(len(waiting) for waiting in self._waiting.values()),
                "running": sum(demand.now for demand in self._demand.values()),
                "removing": len(self._used),
            }

    def close(self) -> None:
        """Remove everything that is not lent. What is released afterwards is removed at once."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        for waiting in self._waiting.values():
            self._used.extend(waiting)
            waiting.clear()
        while self._used:
            self._remove(self._used.popleft())
        self._slots.close()

    def _demand_of(self, kind: Kind) -> Demand:
        if kind not in self._demand:
            self._demand[kind] = Demand(most=self._settings.max_concurrent)
        return self._demand[kind]

    def _make(self, kind: Kind) -> Waiting:
        slot = self._slots.lend(kind.image) if kind.network else None
        try:
            sandbox = Sandbox(
                self._settings,
                kind.image,
                memory_mb=WAITING_MEMORY_MB,
                network=slot.mode if slot else False,
                modules=(f"--most-mb={self._settings.preimport_mb}", *kind.modules) if kind.modules else (),
                longest_seconds=_LONGEST_SECONDS,
            )
        except BaseException:
            if slot is not None:
                slot.holder.remove()  # it may be the reason
            raise
        return Waiting(kind, sandbox, slot)

    def _remove(self, used: Waiting) -> None:
        used.sandbox.remove()
        if used.slot is not None:
            self._slots.give_back(used.slot)

    def _work(self) -> None:
        while True:
            with self._changed:
                task = self._next()
                if task is None and not self._closed:
                    self._changed.wait(_QUIET_SECONDS if self._used or self._wanted() else _IDLE_SECONDS)
                    task = self._next()
                if self._closed:
                    if isinstance(task, Waiting):
                        self._used.append(task)
                    return
            if isinstance(task, Waiting):
                self._remove(task)
            elif task is not None:
                self._refill(task)

    def _next(self) -> Waiting | Kind | None:
        """What is most urgent: a kind to refill (counted as coming), a used sandbox to remove, or nothing."""
        if self._closed:
            return None
        self._shrink()
        wanted = self._wanted() if self._calls_making == 0 and time.monotonic() >= self._not_before else None
        if self._quiet(wanted):
            return None
        if self._used and (wanted is None or len(self._used) > _BACKLOG):
            return self._used.popleft()
        if wanted is not None:
            self._coming[wanted] += 1
        return wanted

    def _quiet(self, wanted: Kind | None) -> bool:
        """Whether to let a call that just began have the machine: nothing is missing at once, nothing piles up."""
        if time.monotonic() - self._call_began >= _QUIET_SECONDS or len(self._used) > _BACKLOG:
            return False
        return wanted is None or bool(self._waiting.get(wanted))

    def _wanted(self) -> Kind | None:
        """The kind that misses most."""
        missing = {
            kind: demand.target() - len(self._waiting.get(kind, ())) - self._coming[kind]
            for kind, demand in self._demand.items()
        }
        kind = max(missing, key=lambda one: missing[one], default=None)
        return kind if kind is not None and missing[kind] > 0 else None

    def _shrink(self) -> None:
        """Let go of one sandbox that nobody will need, or that has ended or grown old."""
        for kind, waiting in self._waiting.items():
            while waiting and (not waiting[0].good or len(waiting) > self._demand_of(kind).target()):
                self._used.append(waiting.popleft())
        for kind in [kind for kind, demand in self._demand.items() if demand.over and not self._waiting.get(kind)]:
            del self._demand[kind]
            self._waiting.pop(kind, None)

    def _refill(self, kind: Kind) -> None:
        made = None
        try:
            made = self._make(kind)
        except SandboxUnavailable:
            with self._changed:
                self._not_before = time.monotonic() + _BACK_OFF_SECONDS
        finally:
            with self._changed:
                self._coming[kind] -= 1
                if made is not None:
                    self._waiting.setdefault(kind, deque()).append(made)
