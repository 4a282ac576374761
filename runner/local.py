"""A runner in this process: as many sandboxes at once as there are places, a bounded queue before them."""

from __future__ import annotations

import dataclasses
import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

from . import engine, images
from .model import AllPlacesTaken, Health, Hearing, Job, Outcome, Runner, SandboxUnavailable, Settings, deaf
from .pool import Kind, Pool, Waiting
from .reaper import reap
from .sandbox import Sandbox

_HEALTH_SECONDS = 1.0
_REAP_SECONDS = 10
_STOP_SECONDS = 3.0
_BARE_MB = 32
"""What a sandbox needs besides what it imports ahead."""
_log = logging.getLogger(__name__)


def open_runner(settings: Settings) -> Runner:
    """A runner in this process. Touches the engine only when used, and needs none to be opened."""
    return LocalRunner(settings)


class LocalRunner:
    """Runs each job in a sandbox of this machine's (or DOCKER_HOST's) engine, used once. For any number of threads.

    With ``settings.warm`` sandboxes wait ahead of need and are removed behind the calls (:mod:`runner.pool`), and the
    engine is looked at every second by a thread of its own; without, a call makes and removes its own.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._places = _Places(settings.max_concurrent, settings.max_queued)
        self._lock = threading.Lock()
        self._looking = threading.Lock()
        self._health: tuple[float, Health] | None = None
        self._modules: tuple[str, ...] = ()
        self._running: dict[str, Sandbox] = {}
        self._closed = threading.Event()
        self._keeper: threading.Thread | None = None
        self._pool = Pool(settings) if settings.warm else None
        if self._pool is not None:
            self._pool.start()
            self._start_keeper()

    def prepare(self, modules: Iterable[str]) -> None:
        """See :meth:`runner.model.Runner.prepare`."""
        self._modules = tuple(sorted(module for module in modules if _costly(module)))

    def run(self, job: Job, starting: Callable[[], None] = lambda: None, hearing: Hearing = deaf) -> Outcome:
        """See :meth:`runner.model.Runner.run`. Raises ValueError for a file's path that leads out of the folder."""
        _refuse_paths(job)
        asked = time.monotonic()
        with self._places.taken(), self._sandbox(job) as sandbox:
            starting()
            queue_ms = (time.monotonic() - asked) * 1000
            return dataclasses.replace(sandbox.run(job, hearing), queue_ms=queue_ms)

    def cancel(self, execution_id: str) -> bool:
        """See :meth:`runner.model.Runner.cancel`."""
        with self._lock:
            sandbox = self._running.get(execution_id)
        if sandbox is not None:
            sandbox.stop("cancelled")
        return sandbox is not None

    @contextmanager
    def _sandbox(self, job: Job) -> Iterator[Sandbox]:
        image = self._image()
        self._start_keeper()
        with self._lent(job, image) as sandbox:
            with self._lock:
                self._running[job.execution_id] = sandbox
            try:
                if self._closed.is_set():
                    raise SandboxUnavailable("The service is stopping.")
                yield sandbox
            finally:
                with self._lock:
                    self._running.pop(job.execution_id, None)

    def _image(self) -> str:
        """The image to run, if the engine can run it, as far as was known a moment ago."""
        known = self._health
        health = known[1] if known is not None and self._pool is not None else self.health()
        if self._closed.is_set() or not health.ready or health.image is None:
            raise SandboxUnavailable(health.reason or "The service is stopping.")
        return health.image

    @contextmanager
    def _lent(self, job: Job, image: str) -> Iterator[Sandbox]:
        """A sandbox with the job's memory, of the pool where it has one that can be made to fit."""
        pool = self._pool
        waiting = self._fitting(pool, job, image) if pool is not None else None
        if pool is not None and waiting is not None:
            try:
                yield waiting.sandbox
            finally:
                pool.release(waiting)
            return
        with self._forgetting():
            sandbox = Sandbox(
                self._settings, image, memory_mb=job.memory_mb, network=job.network, execution=job.execution_id
            )
        with sandbox:
            yield sandbox

    def _fitting(self, pool: Pool, job: Job, image: str) -> Waiting | None:
        roomy = job.memory_mb >= self._settings.preimport_mb + _BARE_MB
        modules = self._modules if roomy and any(_costly(module) for module in job.imports) else ()
        with self._forgetting():
            waiting = pool.take(Kind(image, job.network, modules))
        try:
            waiting.sandbox.resize(job.memory_mb)
        except SandboxUnavailable:
            pool.release(waiting)  # it needs more memory than that to wait, or has ended just now
            self._health = None
            self._image()  # not where the engine is the reason: that is told at once
            return None
        except BaseException:
            pool.release(waiting)
            raise
        return waiting

    @contextmanager
    def _forgetting(self) -> Iterator[None]:
        try:
            yield
        except SandboxUnavailable:
            self._health = None  # what was known is not true any more
            raise

    def health(self) -> Health:
        """See :meth:`runner.model.Runner.health`. Asked at most once a second; whoever comes meanwhile waits for it."""
        with self._looking:
            known = self._health
            if known is None or time.monotonic() - known[0] > _HEALTH_SECONDS:
                known = self._health = (time.monotonic(), self._examine())
            return known[1]

    def _examine(self) -> Health:
        try:
            version = engine.ping()
            image = images.find_image(self._settings)
        except SandboxUnavailable as error:
            return Health(ready=False, reason=str(error))
        if image is None:
            reason = "The sandboxes' image is missing: make it with `toolcrib image`."
            return Health(ready=False, reason=reason, engine_version=version)
        counts = self._pool.counts() if self._pool else {}
        return Health(
            ready=True, reason="", engine_version=version, image=image, sandboxes=counts, modules=self._modules
        )

    def close(self) -> None:
        """See :meth:`runner.model.Runner.close`. What runs ends as ``interrupted``."""
        self._closed.set()
        self._places.close()
        for sandbox in self._still_running():
            sandbox.stop("interrupted")
        if not self._places.left(_STOP_SECONDS):
            for sandbox in self._still_running():
                sandbox.kill()
            self._places.left(_STOP_SECONDS)
        if self._keeper is not None:
            self._keeper.join()
        if self._pool is not None:
            self._pool.close()

    def _still_running(self) -> list[Sandbox]:
        with self._lock:
            return list(self._running.values())

    def _start_keeper(self) -> None:
        with self._lock:
            if self._keeper is None:
                self._keeper = threading.Thread(target=self._keep, name="toolcrib-keeper", daemon=True)
                self._keeper.start()

    def _keep(self) -> None:
        """Reap every ten seconds; with a pool, look at the engine every second and say what should wait."""
        idle: frozenset[str] = frozenset()
        turns = 0
        while not self._closed.is_set():
            try:
                if self._pool is not None:
                    health = self.health()
                    self._pool.expect(self._expected(health.image) if health.ready and health.image else {})
                if turns % _REAP_SECONDS == _REAP_SECONDS - 1:
                    idle = reap(self._settings, idle)
            except Exception:  # noqa: BLE001 -- logged
                # Without this thread nobody would see that the engine is back.
                _log.exception("the keeper of sandboxes")
            turns += 1
            self._closed.wait(_HEALTH_SECONDS)

    def _expected(self, image: str) -> dict[Kind, int]:
        """The floor, shared by the kinds that tools may ask for at any time."""
        kinds = [Kind(image, network, modules) for modules in {(), self._modules} for network in (True, False)]
        return dict.fromkeys(kinds, max(1, self._settings.warm // len(kinds)))


def _costly(module: str) -> bool:
    """Whether importing a module takes long enough to do it ahead: what does not come with Python."""
    return module not in sys.stdlib_module_names


class _Places:
    """A semaphore with a bounded queue: first come, first served."""

    def __init__(self, places: int, queue: int) -> None:
        self._places = self._free = places
        self._queue = queue
        self._line: deque[object] = deque()
        self._closed = False
        self._changed = threading.Condition()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold one place, waiting for it in the queue. Raises AllPlacesTaken when that is full."""
        with self._changed:
            if self._free == 0 and len(self._line) >= self._queue:
                raise AllPlacesTaken(f"All places are taken, and {len(self._line)} executions wait already.")
            turn = object()
            self._line.append(turn)
            try:
                self._changed.wait_for(lambda: (self._free > 0 and self._line[0] is turn) or self._closed)
            finally:
                self._line.remove(turn)
                self._changed.notify_all()  # the next in line may be served as well
            if self._closed:
                raise SandboxUnavailable("The service is stopping.")
            self._free -= 1
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()

    def close(self) -> None:
        """Send everyone away who waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def left(self, seconds: float) -> bool:
        """Wait until nobody holds a place, so long at most; whether it is so."""
        with self._changed:
            return self._changed.wait_for(lambda: self._free == self._places, seconds)


def _refuse_paths(job: Job) -> None:
    for path in job.files:
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts or "\0" in path:
            raise ValueError(f"not a path inside a tool's folder: {path!r}")
