"""A runner in this process: as many sandboxes at once as there are places, a bounded queue before them."""

from __future__ import annotations

import dataclasses
import logging
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import PurePosixPath

from runner.engine import EngineAway, EngineSilent, Undertaker, reap_containers
from runner.images import ImageQueue, Say
from runner.waiting import RunSlots, SandboxKind, SandboxPool, WaitingSandbox

from .engine_health import LOOK_SECONDS, PATIENCE_SECONDS, EngineHealth
from .model import (
    EngineUnavailable,
    Health,
    Hearing,
    ImageState,
    Job,
    Needs,
    Outcome,
    Runner,
    SandboxUnavailable,
    Settings,
    hear_nothing,
)
from .sandbox import Sandbox

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

    With ``settings.warm`` sandboxes wait ahead of need and are removed behind the calls (:mod:`runner.waiting`), and
    the engine is looked at every second by a thread of its own; without, a call makes and removes its own.
    """

    def __init__(self, settings: Settings) -> None:
        settings = self._settings = replace(settings, maker=uuid.uuid4().hex)
        self._places = RunSlots(settings.max_concurrent, settings.max_queued, settings.places_file)
        self._lock = threading.Lock()
        self._modules: tuple[str, ...] = ()
        self._running: dict[str, Sandbox] = {}
        self._closed = threading.Event()
        self._keeper: threading.Thread | None = None
        self._undertaker: Undertaker | None = None
        self._pool = SandboxPool(settings) if settings.warm else None
        counts = self._pool.counts if self._pool is not None else dict
        self._engine = EngineHealth(settings, counts, lambda: self._modules)
        self._builder = ImageQueue(settings, lambda: self.health().image)
        if self._pool is not None:
            self._pool.start()
            self._start_keeper()

    def prepare(self, modules: Iterable[str], needs: Iterable[Needs] = ()) -> None:
        """See :meth:`runner.model.Runner.prepare`."""
        self._modules = _in_order(modules)
        self._builder.want(needs)

    def image_state(self, dependencies: tuple[str, ...]) -> ImageState:
        """See :meth:`runner.model.Runner.image_state`."""
        return self._builder.state(dependencies)

    @property
    def images_version(self) -> int:
        """See :meth:`runner.model.Runner.images_version`."""
        return self._builder.version

    def build(self, dependencies: tuple[str, ...], say: Say) -> ImageState:
        """See :meth:`runner.model.Runner.build`."""
        return self._builder.build(dependencies, say)

    def run(self, job: Job, starting: Callable[[], None] = lambda: None, hearing: Hearing = hear_nothing) -> Outcome:
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
        with ExitStack() as held:
            sandbox = self._obtain(job, held)
            with self._lock:
                self._running[job.execution_id] = sandbox
            try:
                if self._closed.is_set():
                    raise SandboxUnavailable("The service is stopping.")
                yield sandbox
            finally:
                with self._lock:
                    self._running.pop(job.execution_id, None)

    def _obtain(self, job: Job, held: ExitStack) -> Sandbox:
        """A sandbox that is given back with ``held``: tried again and again while the engine is merely late."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                image = self._image(job)
                if job.dependencies:
                    image = self._builder.image_for(job.dependencies)
                self._start_keeper()
                return held.enter_context(self._lent(job, image))
            except EngineUnavailable:
                if time.monotonic() >= until:
                    raise
                self._engine.await_answer(until, self._closed)

    def _image(self, job: Job) -> str:
        """The image to run, if the engine can run it, as far as was known a moment ago."""
        health = self._engine.last() if self._pool is not None else self._engine.now()
        if self._closed.is_set():
            raise SandboxUnavailable("The service is stopping.")
        if health.late and (self._pool is None or not health.ready):
            raise EngineSilent(health.late)
        refusal = health.refusal(network=job.network)
        if refusal or health.image is None:
            raise EngineAway(refusal) if health.away else SandboxUnavailable(refusal)
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
        with self._forgetting(job):
            sandbox = Sandbox(
                self._settings, image, memory_mb=job.memory_mb, network=job.network, execution=job.execution_id
            )
        with sandbox:
            yield sandbox

    def _fitting(self, pool: SandboxPool, job: Job, image: str) -> WaitingSandbox | None:
        roomy = job.memory_mb >= self._settings.preimport_mb + _BARE_MB
        modules = self._ahead(job.dependencies)
        if not (roomy and any(map(_costly, job.imports))):
            modules = _cheap(modules)
        with self._forgetting(job):
            waiting = pool.take(SandboxKind(image, job.network, modules), self._engine.last().late)
        try:
            waiting.sandbox.resize(job.memory_mb)
        except SandboxUnavailable as error:
            pool.release(waiting)  # it needs more memory than that to wait, or has ended just now
            if not isinstance(error, EngineSilent):  # what is known of the engine is a second old at most anyway
                self._engine.forget()
            self._image(job)  # not where the engine is the reason: that is told at once
            return None
        except BaseException:
            pool.release(waiting)
            raise
        return waiting

    def _ahead(self, dependencies: tuple[str, ...]) -> tuple[str, ...]:
        """The modules that the tools with these dependencies import, in the order in which sandboxes do so ahead."""
        return _in_order(self._builder.modules_of(dependencies)) if dependencies else self._modules

    @contextmanager
    def _forgetting(self, job: Job) -> Iterator[None]:
        try:
            yield
        except EngineSilent:
            raise
        except SandboxUnavailable:
            self._engine.forget()
            if job.dependencies:
                self._builder.image_for(job.dependencies, afresh=True)  # where its image is gone, that is said
            raise

    def health(self) -> Health:
        """See :meth:`runner.model.Runner.health`."""
        return self._engine.now()

    def close(self) -> None:
        """See :meth:`runner.model.Runner.close`. What runs ends as ``interrupted``."""
        self._closed.set()
        self._places.close()
        for sandbox in self._still_running():
            sandbox.stop("interrupted")
        if not self._places.left(_STOP_SECONDS):
            for sandbox in self._still_running():
                sandbox.stop("interrupted", entirely=True)
            self._places.left(_STOP_SECONDS)
        self._builder.close()
        if self._keeper is not None:
            self._keeper.join()
        answers = self._pool.close() if self._pool is not None else True
        if self._undertaker is not None:
            if answers:
                self._undertaker.dismiss()
            else:
                self._undertaker.inherit()

    def _still_running(self) -> list[Sandbox]:
        with self._lock:
            return list(self._running.values())

    def _start_keeper(self) -> None:
        with self._lock:
            if self._keeper is None and not self._closed.is_set():
                self._undertaker = Undertaker(self._settings.maker)
                self._keeper = threading.Thread(target=self._keep, name="toolcrib-keeper", daemon=True)
                self._keeper.start()

    def _keep(self) -> None:
        """Reap every ten seconds; with a pool, look at the engine every second and say what should wait.

        Looking keeps the firewall's rules in force, where there are any.
        """
        idle: frozenset[str] = frozenset()
        turns = 0
        while not self._closed.is_set():
            try:
                if self._pool is not None:
                    self._pool.expect(self._expected(self.health()))
                elif self._settings.egress == "public":
                    self.health()  # looks after the firewall's rules
                if turns % _REAP_SECONDS == _REAP_SECONDS - 1:
                    idle = reap_containers(self._settings, idle)
            except Exception:  # noqa: BLE001 -- logged
                # Without this thread nobody would see that the engine is back.
                _log.exception("the keeper of sandboxes")
            turns += 1
            self._closed.wait(LOOK_SECONDS)

    def _expected(self, health: Health) -> dict[SandboxKind, int]:
        """The floor, shared by the kinds that tools may ask for at any time; none where there are dependencies.

        Of those as many wait as are asked for, and none ahead of that: there can be very many such images.
        """
        if not health.ready or health.image is None:
            return {}
        networks = (False,) if health.offline else (True, False)
        kinds = _kinds(health.image, networks, self._modules)
        floors = dict.fromkeys(kinds, max(1, self._settings.warm // len(kinds)))
        for dependencies, own in self._builder.ready().items():
            floors |= dict.fromkeys(_kinds(own, networks, self._ahead(dependencies)), 0)
        return floors


def _kinds(image: str, networks: tuple[bool, ...], modules: tuple[str, ...]) -> list[SandboxKind]:
    return [SandboxKind(image, network, ahead) for ahead in {_cheap(modules), modules} for network in networks]


def _costly(module: str) -> bool:
    """Whether a module takes so much time and memory that only the tools which need it should wait with it."""
    return module not in sys.stdlib_module_names


def _cheap(modules: tuple[str, ...]) -> tuple[str, ...]:
    """What every sandbox imports ahead."""
    return tuple(module for module in modules if not _costly(module))


def _in_order(modules: Iterable[str]) -> tuple[str, ...]:
    # The standard library's first: what a bound on memory cuts off is then what only some tools need.
    return tuple(sorted(set(modules), key=lambda module: (_costly(module), module)))


def _refuse_paths(job: Job) -> None:
    for path in job.files:
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts or "\0" in path:
            raise ValueError(f"not a path inside a tool's folder: {path!r}")
