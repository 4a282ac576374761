"""Sandboxes started ahead of need: each waits in its harness, is used once, and is removed behind the call.

A call takes a waiting sandbox, or makes its own when none waits. Threads of the pool refill and remove; they begin
nothing while a call is making its own. How many wait follows the concurrency of the last minutes, between the floor
and the number of places.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from .demand import Demand
from .model import SandboxUnavailable, Settings
from .sandbox import NotReady, Sandbox
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
_SPOILED_SECONDS = 600.0
_SPARE_SLOTS = 2
_CALM_SECONDS = 10.0
"""So long after the last call began networks are kept that may be spare: they come and go between the calls."""
_TRIES = 2
_log = logging.getLogger(__name__)


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
        """Whether it still waits, has its network, and is young enough that it will not be reaped in its run."""
        young = time.monotonic() - self.made_at < _RETIRED_SECONDS
        return young and self.sandbox.alive and (self.slot is None or self.slot.holder.alive)


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
        self._spoiled: dict[tuple[str, ...], float] = {}
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
        """Keep at least so many of each kind waiting from now on, and no others. Nothing is known of none at all."""
        with self._changed:
            for kind, floor in kinds.items():
                self._demand_of(kind).floor = floor
            for kind, demand in self._demand.items():
                if kind not in kinds:
                    demand.floor = 0
                    if kinds:
                        demand.forget()
            for waiting in self._waiting.values():
                for ended in [one for one in waiting if not one.good]:
                    waiting.remove(ended)
                    self._used.append(ended)
            self._changed.notify_all()

    def take(self, kind: Kind) -> Waiting:
        """A sandbox that nobody else has, to be given to :meth:`release`. Raises SandboxUnavailable."""
        with self._changed:
            if self._closed:
                raise SandboxUnavailable("The service is stopping.")
            self._demand_of(kind).begin()
            self._call_began = time.monotonic()
            waiting = self._waiting.get(kind, deque())
            while waiting:
                found = waiting.popleft()
                self._changed.notify()
                if found.good:
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
        """Give a sandbox to be removed behind the call; not behind it where too many wait for that, or at the end."""
        with self._changed:
            self._demand_of(used.kind).end()
            behind = not self._closed and len(self._used) < self._settings.max_concurrent + _BACKLOG
            if behind:
                self._used.append(used)
                self._changed.notify()
        if not behind:
            self._remove(used)

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
        with self._changed:
            left = [*self._used, *(one for waiting in self._waiting.values() for one in waiting)]
            self._used.clear()
            self._waiting.clear()
        # The end of their connections ends them all, at once and whatever the engine does.
        for one in left:
            one.sandbox.let_go()
        answers = True
        for one in left:
            answers = answers and self._remove(one)
        self._slots.close()

    def _demand_of(self, kind: Kind) -> Demand:
        if kind not in self._demand:
            self._demand[kind] = Demand(most=self._settings.max_concurrent)
        return self._demand[kind]

    def _make(self, kind: Kind) -> Waiting:
        for left in reversed(range(_TRIES)):
            slot = self._slots.lend(kind.image) if kind.network else None
            try:
                return Waiting(kind, self._sandbox(kind, slot), slot)
            except BaseException as error:
                if slot is None:
                    raise
                # A holder that has ended is the reason, and another will do.
                again = left and isinstance(error, SandboxUnavailable) and not slot.holder.alive
                self._slots.give_back(slot, empty=False)
                if not again:
                    raise
        raise AssertionError  # the last turn returns or raises

    def _sandbox(self, kind: Kind, slot: Slot | None) -> Sandbox:
        make = partial(
            Sandbox,
            self._settings,
            kind.image,
            memory_mb=WAITING_MEMORY_MB,
            network=slot.mode if slot else False,
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

    def _remove(self, used: Waiting) -> bool:
        gone = used.sandbox.remove()
        if used.slot is not None:
            self._slots.give_back(used.slot, empty=gone)
        return gone

    def _work(self) -> None:
        while True:
            with self._changed:
                task = self._next()
                if task is None:
                    if self._closed:
                        return
                    self._changed.wait(_QUIET_SECONDS if self._used or self._wanted() else _IDLE_SECONDS)
                    continue
            try:
                task()
            except Exception:  # noqa: BLE001 -- logged
                # Without this thread nothing would be refilled or removed any more.
                _log.exception("the pool of sandboxes")
                self._back_off()

    def _next(self) -> Callable[[], object] | None:
        """What is most urgent: to refill a kind (counted as coming), to remove a used sandbox or a slot, or nothing."""
        if self._closed:
            return None
        self._shrink()
        wanted = self._wanted() if self._calls_making == 0 and time.monotonic() >= self._not_before else None
        if self._quiet(wanted):
            return None
        # A network is used again: sooner had from a used sandbox than made.
        in_want = wanted is None or (wanted.network and not self._slots.any_free)
        if self._used and (in_want or len(self._used) > _BACKLOG):
            return partial(self._remove, self._used.popleft())
        if wanted is not None:
            self._coming[wanted] += 1
            return partial(self._refill, wanted)
        if time.monotonic() - self._call_began < _CALM_SECONDS:
            return None
        peaks = sum(demand.peak for kind, demand in self._demand.items() if kind.network)
        spare = self._slots.spare(max(peaks, _SPARE_SLOTS))
        return spare.holder.remove if spare is not None else None

    def _quiet(self, wanted: Kind | None) -> bool:
        """Whether to let a call that just began have the machine: nothing is missing at once, nothing piles up."""
        if time.monotonic() - self._call_began >= _QUIET_SECONDS or len(self._used) > _BACKLOG:
            return False
        return wanted is None or bool(self._waiting.get(wanted))

    def _wanted(self) -> Kind | None:
        """The kind that misses most. All kinds together are no more than may run at once, and the floors."""
        demands = self._demand.values()
        there = sum(map(len, self._waiting.values())) + self._coming.total() + sum(demand.now for demand in demands)
        full = there >= self._settings.max_concurrent + sum(demand.floor for demand in demands)
        missing = {
            kind: (min(demand.floor, demand.target()) if full else demand.target())
            - len(self._waiting.get(kind, ()))
            - self._coming[kind]
            for kind, demand in self._demand.items()
        }
        kind = max(missing, key=lambda one: missing[one], default=None)
        return kind if kind is not None and missing[kind] > 0 else None

    def _shrink(self) -> None:
        """Let go of the sandboxes that nobody will need."""
        for kind, waiting in self._waiting.items():
            while len(waiting) > self._demand_of(kind).target():
                self._used.append(waiting.popleft())
        for kind in [kind for kind, demand in self._demand.items() if demand.over and not self._waiting.get(kind)]:
            del self._demand[kind]
            self._waiting.pop(kind, None)

    def _refill(self, kind: Kind) -> None:
        made = None
        try:
            made = self._make(kind)
        except SandboxUnavailable:
            self._back_off()
        finally:
            with self._changed:
                self._coming[kind] -= 1
                if made is not None:
                    self._waiting.setdefault(kind, deque()).append(made)

    def _back_off(self) -> None:
        with self._changed:
            self._not_before = time.monotonic() + _BACK_OFF_SECONDS
