"""A runner in this process: as many sandboxes at once as there are places, a bounded queue before them."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

from . import engine, images
from .model import AllPlacesTaken, Health, Job, Outcome, Runner, SandboxUnavailable, Settings
from .sandbox import Sandbox, reap

_HEALTH_SECONDS = 1.0
_REAP_SECONDS = 10.0


def open_runner(settings: Settings) -> Runner:
    """A runner in this process. Touches the engine only when used, and needs none to be opened."""
    return LocalRunner(settings)


class LocalRunner:
    """Runs each job in a fresh sandbox of this machine's (or DOCKER_HOST's) engine. For any number of threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._places = _Places(settings.max_concurrent, settings.max_queued)
        self._lock = threading.Lock()
        self._health: tuple[float, Health] | None = None
        self._image: str | None = None
        self._running: set[Sandbox] = set()
        self._closed = threading.Event()
        self._reaper: threading.Thread | None = None

    def run(self, job: Job, starting: Callable[[], None] = lambda: None) -> Outcome:
        """See :meth:`runner.model.Runner.run`. Raises ValueError for a file's path that leads out of the folder."""
        _refuse_paths(job)
        asked = time.monotonic()
        with self._places.taken(), self._sandbox(job) as sandbox:
            starting()
            queue_ms = (time.monotonic() - asked) * 1000
            return dataclasses.replace(sandbox.run(job), queue_ms=queue_ms)

    @contextmanager
    def _sandbox(self, job: Job) -> Iterator[Sandbox]:
        health = self.health()
        if self._closed.is_set() or not health.ready or health.image is None:
            raise SandboxUnavailable(health.reason or "The service is stopping.")
        self._start_reaper()
        with self._made(job, health.image) as sandbox:
            with self._lock:
                self._running.add(sandbox)
            try:
                if self._closed.is_set():
                    raise SandboxUnavailable("The service is stopping.")
                yield sandbox
            finally:
                with self._lock:
                    self._running.discard(sandbox)

    def _made(self, job: Job, image: str) -> Sandbox:
        try:
            return Sandbox(
                self._settings, image, memory_mb=job.memory_mb, network=job.network, execution=job.execution_id
            )
        except SandboxUnavailable:
            with self._lock:
                self._health = None  # what was known is not true any more
            raise

    def health(self) -> Health:
        """See :meth:`runner.model.Runner.health`. Asked at most once a second; whoever comes meanwhile waits for it."""
        with self._lock:
            if self._health is None or time.monotonic() - self._health[0] > _HEALTH_SECONDS:
                health = self._examine()
                self._health = (time.monotonic(), health)
            return self._health[1]

    def _examine(self) -> Health:
        try:
            version = engine.ping()
            image = images.find_image(self._settings)
        except SandboxUnavailable as error:
            return Health(ready=False, reason=str(error))
        if image is None:
            reason = "The sandboxes' image is missing: make it with `toolcrib image`."
            return Health(ready=False, reason=reason, engine_version=version)
        return Health(ready=True, reason="", engine_version=version, image=image)

    def close(self) -> None:
        """See :meth:`runner.model.Runner.close`. What runs ends as ``interrupted``."""
        self._closed.set()
        self._places.close()
        with self._lock:
            running = list(self._running)
        for sandbox in running:
            sandbox.kill()
        if self._reaper is not None:
            self._reaper.join()

    def _start_reaper(self) -> None:
        with self._lock:
            if self._reaper is None:
                self._reaper = threading.Thread(target=self._reap, name="toolcrib-reaper", daemon=True)
                self._reaper.start()

    def _reap(self) -> None:
        ended: frozenset[str] = frozenset()
        while not self._closed.wait(_REAP_SECONDS):
            ended = reap(self._settings, ended)


class _Places:
    """A semaphore with a bounded queue."""

    def __init__(self, places: int, queue: int) -> None:
        self._free = places
        self._queue = queue
        self._waiting = 0
        self._closed = False
        self._changed = threading.Condition()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold one place, waiting for it in the queue. Raises AllPlacesTaken when that is full."""
        with self._changed:
            if self._free == 0 and self._waiting >= self._queue:
                raise AllPlacesTaken(f"All places are taken, and {self._waiting} executions wait already.")
            self._waiting += 1
            try:
                self._changed.wait_for(lambda: self._free > 0 or self._closed)
            finally:
                self._waiting -= 1
            if self._closed:
                raise SandboxUnavailable("The service is stopping.")
            self._free -= 1
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify()

    def close(self) -> None:
        """Send everyone away who waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


def _refuse_paths(job: Job) -> None:
    for path in job.files:
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts or "\0" in path:
            raise ValueError(f"not a path inside a tool's folder: {path!r}")
