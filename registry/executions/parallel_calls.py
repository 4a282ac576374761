"""Calls of one list, run at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextvars import copy_context
from typing import Generic, TypeVar

from registry.log import log

T = TypeVar("T")


class ParallelCalls:
    """Runs the tasks of a list at once, each list in the thread that brings it and in helpers.

    All lists together have fewer than ``most`` helpers, so a list by itself never asks for more than ``most`` places to
    run. When the helpers are busy it goes on in its own thread, as a single call does: it never waits for another list.
    """

    def __init__(self, most: int) -> None:
        self._helpers = threading.BoundedSemaphore(most - 1) if most > 1 else threading.Semaphore(0)

    def results(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """What each task gives, in their order. A task must not raise."""
        work = _Work(tasks)
        helping = self._help(work, len(tasks) - 1)
        while work.one():
            helping += self._help(work, min(work.left, len(tasks) - 1 - len(helping)))
        for helper in helping:
            helper.join()
        return work.found()

    def _help(self, work: _Work[T], wanted: int) -> list[threading.Thread]:
        """Start as many helpers as may be, up to ``wanted``."""
        helping: list[threading.Thread] = []
        while len(helping) < wanted and self._helpers.acquire(blocking=False):
            # Not a pool of the standard library: the interpreter would wait for its threads before it lets us end them.
            target = copy_context().run  # what is logged names the request
            helper = threading.Thread(target=target, args=(self._work, work), name="toolcrib-calls", daemon=True)
            try:
                helper.start()
            except RuntimeError as error:  # the system gives no more threads: it goes on with those that there are
                self._helpers.release()
                log.warning("no further thread for calls", error=str(error))
                break
            helping.append(helper)
        return helping

    def _work(self, work: _Work[T]) -> None:
        try:
            while work.one():
                pass
        finally:
            self._helpers.release()


class _Work(Generic[T]):
    """The tasks of one list, taken one by one by any number of threads."""

    def __init__(self, tasks: Sequence[Callable[[], T]]) -> None:
        self._tasks = tasks
        self._results: dict[int, T] = {}
        self._next = 0
        self._lock = threading.Lock()

    @property
    def left(self) -> int:
        return len(self._tasks) - self._next

    def one(self) -> bool:
        """Do the next task; False when there is none."""
        with self._lock:
            number = self._next
            if number == len(self._tasks):
                return False
            self._next += 1
        self._results[number] = self._tasks[number]()
        return True

    def found(self) -> list[T]:
        return [self._results[number] for number in range(len(self._tasks))]
