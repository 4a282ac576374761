"""What one process is made of, put together in one place, for HTTP and for the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from runner import Runner, Settings, open_runner

from .audit import Audit
from .config import Config, host_environment, instance_name
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
        self.audit.close()


def open_repository(config: Config) -> Repository:
    """The repository that the settings name."""
    return Repository.open(config.repo, branch=config.branch, tools_dir=config.tools_dir)


def open_state(config: Config, repository: Repository) -> State:
    """The catalog's keeper, with the settings that decide what it shows."""
    return State(repository, show_uncommitted=config.uncommitted == "show", max_memory_mb=config.max_memory_mb)


def state_dir(config: Config, repository: Repository) -> Path:
    """The folder of the service's own files, made when it is missing."""
    folder = config.state_dir or repository.common_dir / "toolcrib"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def database_url(config: Config, repository: Repository) -> str:
    """Where the audit is kept."""
    return config.database_url or f"sqlite:///{state_dir(config, repository) / 'audit.db'}"


def runner_settings(config: Config, *, workers: int = 1) -> Settings:
    """What the runner needs to know; each of several workers gets its share of the places."""
    return Settings(
        owner=instance_name(config),
        base_image=config.base_image,
        ca_bundle=config.ca_bundle,
        runtime=config.runtime,
        max_concurrent=max(1, config.max_concurrent // workers),
        max_queued=config.max_queued // workers,
        build_environment=host_environment(),
    )


def open_service(config: Config, *, workers: int = 1) -> Service:
    """Put the parts together and start watching. Raises ConfigError when the repository cannot be served."""
    repository = open_repository(config)
    state = open_state(config, repository)
    audit = Audit(database_url(config, repository), instance_name(config))
    runner = open_runner(runner_settings(config, workers=workers))
    folder = repository.work_tree / repository.tools_dir if repository.work_tree else None
    watcher = Watcher(folder, config.watch, state.refresh)
    watcher.start()
    return Service(config, repository, state, audit, runner, Executions(audit, runner), watcher)
