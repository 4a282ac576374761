"""What one process is made of, put together in one place, for HTTP and for the command line."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from runner import Runner, Settings, open_runner

from .audit import Audit, migrate
from .catalog import Catalog
from .config import Config, host_environment, instance_name
from .errors import ConfigError
from .executions import Executions
from .gitrepo import Repository
from .state import State
from .watch import Watcher


@dataclass(frozen=True, slots=True)
class Service:
    """The parts of one process."""

    config: Config
    repository: Repository
    state: State
    audit: Audit
    runner: Runner
    executions: Executions
    watcher: Watcher

    def close(self) -> None:
        """Stop watching, end what runs, give back connections."""
        self.watcher.close()
        self.runner.close()
        self.executions.close()
        self.audit.close()


def open_repository(config: Config) -> Repository:
    """The repository that the settings name."""
    return Repository.open(config.repo, branch=config.branch, tools_dir=config.tools_dir)


def open_state(config: Config, repository: Repository, announce: Callable[[Catalog], None] = lambda _: None) -> State:
    """The catalog's keeper, with the settings that decide what it shows."""
    shows = config.uncommitted == "show"
    return State(repository, show_uncommitted=shows, max_memory_mb=config.max_memory_mb, announce=announce)


def imports_of(catalog: Catalog) -> set[str]:
    """The modules that the tools which can run import."""
    return {module for tool in catalog.tools.values() if tool.invocable for module in tool.checked.imports}


def state_dir(config: Config, repository: Repository) -> Path:
    """The folder of the service's own files, made when it is missing."""
    folder = config.state_dir or repository.common_dir / "toolcrib"
    try:
        # Arguments and results of every call lie here: nobody else's business on this machine.
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(
            f"{folder} cannot be made ({error.strerror}): set TOOLCRIB_STATE_DIR to a folder of yours"
        ) from None
    return folder


def hold_instance(config: Config, repository: Repository) -> None:
    """Make sure that this process is the only service of its name on its state, for as long as it or a child lives.

    Without that a second start would close the records of what the first one runs. Raises ConfigError.
    """
    name = re.sub(r"[^A-Za-z0-9._-]", "_", instance_name(config))
    path = state_dir(config, repository) / f"{name}.lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConfigError(
            f"a service named {instance_name(config)} serves this repository already: end it, or choose another port"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be locked ({error.strerror}): set TOOLCRIB_STATE_DIR") from None
    # Inherited by the server that this process turns into, and by its workers.
    os.set_inheritable(descriptor, True)


def prepared_database(config: Config, repository: Repository) -> str:
    """The address of the audit's database, brought to its newest form by one process at a time."""
    url = database_url(config, repository)
    path = state_dir(config, repository) / "migrate.lock"
    try:
        lock = path.open("w")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written ({error.strerror}): set TOOLCRIB_STATE_DIR") from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        migrate(url)
    return url


def database_url(config: Config, repository: Repository) -> str:
    """Where the audit is kept."""
    return config.database_url or f"sqlite:///{state_dir(config, repository) / 'audit.db'}"


def runner_settings(config: Config, *, workers: int | None = None) -> Settings:
    """What the runner needs to know. Each of a service's workers gets its share of the places and of what waits.

    ``workers`` None is for a command that runs one tool: nothing waits ahead.
    """
    share = workers or 1
    return Settings(
        owner=instance_name(config),
        base_image=config.base_image,
        ca_bundle=config.ca_bundle,
        runtime=config.runtime,
        max_concurrent=max(1, config.max_concurrent // share),
        max_queued=config.max_queued // share,
        warm=-(-config.warm // workers) if workers else 0,
        preimport_mb=config.preimport_mb,
        build_environment=host_environment(),
    )


def open_service(config: Config, *, workers: int | None = None, instance: str | None = None) -> Service:
    """Put the parts together and start watching; ``workers`` as for :func:`runner_settings`.

    ``instance`` is the name on the records, where that is not the service's own.
    Raises ConfigError when the repository cannot be served.
    """
    repository = open_repository(config)
    audit = Audit(database_url(config, repository), instance or instance_name(config))
    runner = open_runner(runner_settings(config, workers=workers))
    state = open_state(config, repository, lambda catalog: runner.prepare(imports_of(catalog)))
    folder = repository.work_tree / repository.tools_dir if repository.work_tree else None
    watcher = Watcher(folder, config.watch, state.refresh)
    watcher.start()
    return Service(config, repository, state, audit, runner, Executions(audit, runner), watcher)
