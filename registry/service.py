"""The parts of one process, put together in one place, for HTTP and for the command line."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from registry.audit import Audit, Heartbeat, migrate_database, name_worker_instance
from registry.catalog import Catalog
from registry.edits import Edits, PackageEdits, Proposer
from registry.executions import Executions, ParallelCalls
from registry.gitrepo import TOOLSETS_DIR, Committer, Remote, Repository, make_own_folder, open_repository
from registry.secrets import Secrets
from runner import Needs, Runner, Settings, open_runner

from .config import Config, name_instance, read_host_environment
from .current_catalog import CatalogState, ImageStates
from .errors import ConfigError
from .file_owners import open_owned
from .model import Tool
from .remote_sync import RemoteSync
from .sandbox_proof import LimitProver
from .tree_watch import TreeWatcher

_DATABASE = "audit.db"


@dataclass(frozen=True, slots=True)
class Service:
    """The parts of one process."""

    config: Config
    repository: Repository
    state: CatalogState
    audit: Audit
    heartbeat: Heartbeat
    runner: Runner
    secrets: Secrets
    executions: Executions
    together: ParallelCalls
    edits: Edits
    package_edits: PackageEdits
    watcher: TreeWatcher
    synchroniser: RemoteSync | None
    proposer: Proposer
    prover: LimitProver | None

    def start(self) -> None:
        """Start the background threads: watching the working tree, exchanging with the remote, and so on."""
        self.heartbeat.start()
        self.watcher.start()
        if self.synchroniser is not None:
            self.synchroniser.start()
        if self.prover is not None:
            self.prover.start()

    def close(self) -> None:
        """Stop the background threads, end what runs, and close connections."""
        self.watcher.close()
        if self.synchroniser is not None:
            self.synchroniser.close()
        self.edits.close()
        self.runner.close()
        self.executions.close()
        self.heartbeat.close()
        self.audit.close()
        if self.prover is not None:
            self.prover.close()


def open_remote(config: Config, repository: Repository) -> Remote | None:
    """The remote that the settings name; None when there is none. Raises ConfigError when a named remote is missing."""
    if config.remote == "none":
        return None
    remote = Remote.find(repository, config.remote or "origin")
    if remote is None and config.remote:
        raise ConfigError(f"the repository has no remote {config.remote!r} (TOOLCRIB_REMOTE): add it, or name another")
    return remote


def open_synchroniser(config: Config, repository: Repository) -> RemoteSync | None:
    """The exchange with the remote, not started yet; None when there is no remote. Raises ConfigError."""
    remote = open_remote(config, repository)
    if remote is None:
        return None
    files = make_state_dir(config, repository) / f"{_file_name(name_instance(config))}.sync"
    return RemoteSync(repository, remote, files, fetch_seconds=config.fetch_seconds)


def open_proposer(config: Config, repository: Repository, synchroniser: RemoteSync | None) -> Proposer:
    """The proposer, with the settings for pull requests."""
    return Proposer(
        repository,
        remote_url=synchroniser.state.url if synchroniser else None,
        pull_request_url=config.pull_request_url,
        max_memory_mb=config.max_memory_mb,
        announce=synchroniser.ask if synchroniser else lambda: None,
    )


def open_state(
    config: Config,
    repository: Repository,
    announce: Callable[[Catalog], None] = lambda _: None,
    images: ImageStates | None = None,
) -> CatalogState:
    """The holder of the current catalog, with the settings that decide what it shows."""
    shows = config.uncommitted == "show"
    return CatalogState(
        repository, show_uncommitted=shows, max_memory_mb=config.max_memory_mb, announce=announce, images=images
    )


def list_imports(catalog: Catalog) -> set[str]:
    """The modules imported by the tools that can run without an image of their own."""
    return {module for tool in _runnable(catalog, own_image=False) for module in tool.imports}


def list_needs(catalog: Catalog) -> list[Needs]:
    """Every set of dependencies of the tools that can run."""
    tools: dict[tuple[str, ...], list[Tool]] = {}
    for tool in _runnable(catalog, own_image=True):
        tools.setdefault(tool.manifest.runtime.dependencies, []).append(tool)
    return [
        Needs(
            dependencies,
            tuple(sorted({module for tool in wanting for module in tool.imports})),
            " ".join(tool.bundle for tool in wanting),
            max(tool.manifest.runtime.memory_mb for tool in wanting),
        )
        for dependencies, wanting in tools.items()
    ]


def _runnable(catalog: Catalog, *, own_image: bool) -> Iterator[Tool]:
    for tool in catalog.tools.values():
        if bool(tool.manifest.runtime.dependencies) == own_image and tool.invocable:
            yield tool


def make_state_dir(config: Config, repository: Repository) -> Path:
    """The folder of the service's own files, made when missing."""
    folder = config.state_dir or repository.common_dir / "toolcrib"
    try:
        if config.state_dir is None:
            return make_own_folder(repository.common_dir)
        # Arguments and results of every call are kept here: other users of the machine must not read them.
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(
            f"{folder} cannot be made ({error.strerror}): set TOOLCRIB_STATE_DIR to a folder of yours"
        ) from None
    return folder


def hold_instance(config: Config, repository: Repository) -> None:
    """Make sure that this process is the only service of its name on its state folder, while it or a child lives.

    Otherwise a second service would close the records of what the first one is running. Raises ConfigError.
    """
    path = make_state_dir(config, repository) / f"{_file_name(name_instance(config))}.lock"
    try:
        descriptor = open_owned(path, os.O_RDWR, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConfigError(
            f"a service named {name_instance(config)} serves this repository already: end it, or choose another port"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be locked ({error.strerror}): set TOOLCRIB_STATE_DIR") from None
    # The server that this process becomes inherits it, and so do the server's workers.
    os.set_inheritable(descriptor, True)


def _file_name(instance: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", instance)


def prepare_database(config: Config, repository: Repository) -> str:
    """Migrate the audit's database, in one process at a time. Returns its address."""
    url = find_database_url(config, repository)
    path = make_state_dir(config, repository) / "migrate.lock"
    try:
        lock = os.fdopen(open_owned(path, os.O_WRONLY, 0o600), "w")
        if config.database_url is None:
            # SQLite gives the files beside it the owner and mode of this one.
            with open(open_owned(path.with_name(_DATABASE), os.O_RDWR, 0o600), "rb") as database:  # noqa: PTH123
                _keep_private(database.fileno())
    except OSError as error:
        raise ConfigError(f"{path} cannot be written ({error.strerror}): set TOOLCRIB_STATE_DIR") from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        migrate_database(url)
    return url


def find_database_url(config: Config, repository: Repository) -> str:
    """The address of the audit's database."""
    return config.database_url or f"sqlite:///{make_state_dir(config, repository) / _DATABASE}"


def _keep_private(database: int) -> None:
    """The records are for the service alone, also where the folder is shared with those who share the repository."""
    if os.geteuid() in {0, os.fstat(database).st_uid}:
        os.fchmod(database, 0o600)


def close_interrupted(config: Config, url: str, *, worker: int | None = None) -> int:
    """Close the records that the last run of this service left open, or those of a ``worker`` (process id) that ended.

    Returns how many there were; raises Unavailable.
    """
    name = name_instance(config)
    audit = Audit(url, name if worker is None else name_worker_instance(name, worker))
    try:
        return audit.close_interrupted()
    finally:
        audit.close()


def make_runner_settings(
    config: Config, repository: Repository | None = None, *, workers: int | None = None, builds: bool = False
) -> Settings:
    """The runner's settings. Each of a service's workers gets its share of the queue and of the waiting sandboxes.

    Without a ``repository`` no tool with dependencies can run. ``workers`` is None for a command that runs one tool: no
    sandbox waits ahead. ``builds`` is for a service, which builds the images of all its tools in advance.
    """
    folder = None if repository is None else make_state_dir(config, repository)
    places = folder / f"{_file_name(name_instance(config))}.places" if folder and workers else None
    if places is not None:
        os.close(open_owned(places, os.O_RDWR, 0o600))
    return Settings(
        owner=name_instance(config),
        base_image=config.base_image,
        ca_bundle=config.ca_bundle,
        runtime=config.runtime,
        max_concurrent=config.max_concurrent,
        max_queued=config.max_queued // (workers or 1),
        workers=workers or 1,
        warm=-(-config.warm // workers) if workers else 0,
        preimport_mb=config.preimport_mb,
        egress=config.egress,
        build_environment=read_host_environment(),
        places_file=places,
        images_dir=folder and folder / "images",
        images_mb=config.images_mb,
        builds=builds,
    )


def open_service(
    config: Config,
    *,
    workers: int | None = None,
    builds: bool = False,
    exchanges: bool = False,
    instance: str | None = None,
) -> Service:
    """Put the parts together and start watching; ``workers`` and ``builds`` as for :func:`make_runner_settings`.

    ``exchanges`` is for a service that exchanges commits with the remote. ``instance`` is the name on the records, if
    not that of the worker or the service. Raises ConfigError when the repository cannot be served.
    """
    repository = open_repository(config)
    name = name_instance(config)
    recorder = instance or (name_worker_instance(name, os.getpid()) if workers else name)
    audit = Audit(find_database_url(config, repository), recorder)
    settings = make_runner_settings(config, repository, workers=workers, builds=builds)
    runner = open_runner(settings)

    def announce(catalog: Catalog) -> None:
        runner.prepare(list_imports(catalog), list_needs(catalog))

    state = open_state(config, repository, announce, runner)
    secrets = Secrets(config.secrets_file)
    synchroniser = open_synchroniser(config, repository) if exchanges else None
    proposer = open_proposer(config, repository, synchroniser)
    committer, in_between = Committer(repository), proposer if config.edit_mode == "branch" else None
    service = Service(
        config,
        repository,
        state,
        audit,
        Heartbeat(audit),
        runner,
        secrets,
        Executions(audit, runner, secrets, coercion=config.arguments),
        ParallelCalls(config.max_concurrent),
        Edits(state, repository, committer, in_between),
        PackageEdits(state, repository, committer, in_between),
        TreeWatcher(_watched(repository), config.watch, state.refresh),
        synchroniser,
        proposer,
        LimitProver(settings, runner) if workers else None,
    )
    service.start()
    return service


def _watched(repository: Repository) -> list[Path]:
    top = repository.work_tree
    return [top / repository.tools_dir, top / TOOLSETS_DIR] if top else []
