"""Sandboxes started ahead of need: each waits in its harness, is used once, and is removed in the background.

    state     where it is kept        what ends the state
    --------  ----------------------  -------------------------------------------------------------
    coming    _coming[kind], a count  made -> waiting; the engine refuses -> gone, and a pause
    waiting   _waiting[kind]          take -> lent; not good any more, or too many -> used
    lent      the caller's            release -> used; at the close, or with a backlog -> removed at once
    used      _used                   a thread of the pool removes it -> gone, its network is lent again
    making    _calls_making, a count  made for a call that found none waiting -> lent; refused -> gone

    call    take ──┬── one waits ─────────────────────────> lent ── release ──> used ──> removed
                   ├── none, fewer than 4 make one: make ─> lent
                   └── none, 4 make one: wait for what comes first

Threads of the pool refill (coming) and remove (used). They start neither while a call makes its own, nor within a
tenth of a second after a call began or ended, unless nothing of the kind waits or too many are used: calls have the
machine first. How many should wait follows the concurrency of the last minutes (:mod:`.pool_size`), between the floor
and the number of run slots.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from functools import partial

from runner.engine import EngineSilent
from runner.model import SandboxUnavailable, Settings

from .pool_size import PoolSize
from .sandbox_factory import SandboxFactory, SandboxKind, WaitingSandbox
from .shared_load import SharedLoad

_WORKERS = 2
_CALLS_MAKING = 4
"""So many calls make their own sandboxes at once: more would only slow each other, and the engine."""
_BACKLOG = 8
"""So many used sandboxes may wait for their removal, besides as many as may run, before that goes before all else."""
_QUIET_SECONDS = 0.1
"""So long after a call began or ended nothing is made or removed, as long as another sandbox waits: it would slow the
next one."""
_BACK_OFF_SECONDS = 2.0
_SPARE_SLOTS = 2
_CALM_SECONDS = 10.0
"""So long after the last call began networks are kept that may be spare: they come and go between the calls."""
_log = logging.getLogger(__name__)


class SandboxPool:
    """The waiting sandboxes of one process. Its threads start with :meth:`start`, after any fork."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._maker = SandboxFactory(settings)
        # What one process keeps is its share of all that may run, and a part more where calls come unevenly.
        self._most = -(-settings.max_concurrent * 5 // (4 * settings.workers))
        self._most_used = settings.max_concurrent + _BACKLOG
        self._crowd = SharedLoad(settings.places_file and settings.places_file.with_suffix(".crowd"))
        self._all_calls, self._own_calls = PoolSize(most=0), PoolSize(most=0)
        self._changed = threading.Condition()
        self._waiting: dict[SandboxKind, deque[WaitingSandbox]] = {}
        self._coming: Counter[SandboxKind] = Counter()
        self._demand: dict[SandboxKind, PoolSize] = {}
        self._used: deque[WaitingSandbox] = deque()
        self._calls_making = 0
        self._failed: tuple[float, str] | None = None
        self._closed = False
        self._not_before = 0.0
        self._called_at = 0.0
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the threads that refill and remove."""
        self._threads = [
            threading.Thread(target=self._work, name=f"toolcrib-pool-{number}", daemon=True)
            for number in range(_WORKERS)
        ]
        for thread in self._threads:
            thread.start()

    def expect(self, kinds: dict[SandboxKind, int]) -> None:
        """Keep at least so many of each kind waiting from now on, and no others. Nothing is known of none at all."""
        with self._changed:
            self._note_crowd()
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

    def take(self, kind: SandboxKind, late: str = "") -> WaitingSandbox:
        """A sandbox that nobody else has, to be given to :meth:`release`. Raises SandboxUnavailable.

        Where none waits, a few calls at a time make their own, and the others take what comes first; none does where
        ``late`` says that the engine does not answer just now. Raises EngineSilent then, and when it has turned out so.
        """
        with self._changed:
            asked = self._called_at = time.monotonic()
            self._demand_of(kind).begin()
            self._own_calls.begin()
            self._note_crowd()
            try:
                found = self._await_turn(kind, asked, late)
            except BaseException:
                self._end(kind)
                raise
        return found or self._make_for_call(kind)

    def _await_turn(self, kind: SandboxKind, asked: float, late: str) -> WaitingSandbox | None:
        """A waiting sandbox, or None when it is this call's turn to make one."""
        while True:
            if self._closed:
                raise SandboxUnavailable("The service is stopping.")
            waiting = self._waiting.get(kind, deque())
            while waiting:
                found = waiting.popleft()
                if found.good:
                    return found
                self._used.append(found)
            if late:
                raise EngineSilent(late)
            if self._failed is not None and self._failed[0] > asked:
                # What another call has waited for in vain a moment ago: not each shall wait as long.
                raise EngineSilent(self._failed[1])
            if self._calls_making < _CALLS_MAKING:
                self._calls_making += 1
                return None
            self._changed.wait()

    def _make_for_call(self, kind: SandboxKind) -> WaitingSandbox:
        try:
            return self._maker.make(kind)
        except BaseException as error:
            with self._changed:
                self._end(kind)
                if isinstance(error, EngineSilent):
                    self._failed = (time.monotonic(), str(error))
            raise
        finally:
            with self._changed:
                self._calls_making -= 1
                self._changed.notify_all()

    def release(self, used: WaitingSandbox) -> None:
        """Give a sandbox to be removed behind the call; not behind it where too many wait for that, or at the end."""
        with self._changed:
            self._end(used.kind)
            self._called_at = time.monotonic()
            behind = not self._closed and len(self._used) <= self._most_used
            if behind:
                self._used.append(used)  # nobody is woken for it now: the answer goes first
        if not behind:
            self._maker.remove(used)

    def _end(self, kind: SandboxKind) -> None:
        self._demand_of(kind).end()
        self._own_calls.end()
        self._crowd.tell(self._own_calls.now)

    def _note_crowd(self) -> None:
        self._crowd.tell(self._own_calls.now)
        self._all_calls.see(self._crowd.total())

    def _target(self, demand: PoolSize) -> int:
        """How many should wait: calls come to the processes of a service unevenly, and the next time otherwise."""
        own = self._own_calls.peak
        part = self._all_calls.peak / self._settings.workers
        return demand.target(max(1.0, part / own) if own else 1.0)

    def counts(self) -> dict[str, int]:
        """How many sandboxes wait, are lent, and are yet to be removed."""
        with self._changed:
            return {
                "waiting": sum(len(waiting) for waiting in self._waiting.values()),
                "running": sum(demand.now for demand in self._demand.values()),
                "removing": len(self._used),
            }

    def close(self) -> bool:
        """Remove everything that is not lent. What is released afterwards is removed at once.

        Whether the engine answered all the while: where not, the end of their connections has to be enough.
        """
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
            answers = answers and one.sandbox.remove()
            self._maker.slots.hand_in(one.slot)  # to be removed with the free ones
        return self._maker.slots.close(answers=answers)

    def _demand_of(self, kind: SandboxKind) -> PoolSize:
        if kind not in self._demand:
            self._demand[kind] = PoolSize(most=self._most)
        return self._demand[kind]

    def _work(self) -> None:
        while True:
            with self._changed:
                task = self._next()
                if task is None:
                    if self._closed:
                        return
                    self._changed.wait(_QUIET_SECONDS)
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
        in_want = wanted is None or not self._maker.slots.any_free(wanted.network)
        if self._used and (in_want or len(self._used) >= self._most_used):
            return partial(self._maker.remove, self._used.popleft())
        if wanted is not None:
            self._coming[wanted] += 1
            return partial(self._refill, wanted)
        return self._spare()

    def _spare(self) -> Callable[[], object] | None:
        """The removal of a slot that nobody will need."""
        if time.monotonic() - self._called_at < _CALM_SECONDS:
            return None
        for network in (True, False):
            peaks = sum(demand.peak for kind, demand in self._demand.items() if kind.network is network)
            spare = self._maker.slots.spare(network, max(peaks, _SPARE_SLOTS))
            if spare is not None:
                return spare.holder.remove
        return None

    def _quiet(self, wanted: SandboxKind | None) -> bool:
        """Whether to let a call that just began have the machine: nothing is missing at once, nothing piles up."""
        if time.monotonic() - self._called_at >= _QUIET_SECONDS or len(self._used) >= self._most_used:
            return False
        return wanted is None or bool(self._waiting.get(wanted))

    def _wanted(self) -> SandboxKind | None:
        """The kind that misses most. All kinds together are no more than may run at once, and the floors."""
        demands = self._demand.values()
        there = sum(map(len, self._waiting.values())) + self._coming.total() + sum(demand.now for demand in demands)
        full = there >= self._most + sum(demand.floor for demand in demands)
        targets = {kind: self._target(demand) for kind, demand in self._demand.items()}
        missing = {
            kind: (min(self._demand[kind].floor, target) if full else target)
            - len(self._waiting.get(kind, ()))
            - self._coming[kind]
            for kind, target in targets.items()
        }
        kind = max(missing, key=lambda one: missing[one], default=None)
        return kind if kind is not None and missing[kind] > 0 else None

    def _shrink(self) -> None:
        """Let go of the sandboxes that nobody will need."""
        for kind, waiting in self._waiting.items():
            while len(waiting) > self._target(self._demand_of(kind)):
                self._used.append(waiting.popleft())
        for kind in [kind for kind, demand in self._demand.items() if demand.over and not self._waiting.get(kind)]:
            del self._demand[kind]
            self._waiting.pop(kind, None)

    def _refill(self, kind: SandboxKind) -> None:
        made = None
        try:
            made = self._maker.make(kind)
        except SandboxUnavailable:
            self._back_off()
        finally:
            with self._changed:
                self._coming[kind] -= 1
                if made is not None:
                    self._waiting.setdefault(kind, deque()).append(made)
                    self._changed.notify_all()

    def _back_off(self) -> None:
        with self._changed:
            self._not_before = time.monotonic() + _BACK_OFF_SECONDS
