"""The frozen values at the runner's front door: what goes in (a job), what comes out (an outcome)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

Entry = Literal["function", "script"]
FailureKind = Literal[
    "script_error", "exit", "invalid_result", "timeout", "out_of_memory", "output_limit", "cancelled", "interrupted"
]
End = Literal["success", "failed", "timeout", "cancelled"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the runner needs to be told.

    ``owner`` names the service whose containers these are: no other touches them. ``runtime`` is the engine's runtime
    for sandboxes, None its default. ``ca_bundle`` holds certificates (PEM) that tools trust besides the image's own.
    At least ``warm`` sandboxes wait ahead of need; with 0 none ever does. They import ahead what tools need, until that
    takes ``preimport_mb`` of memory in each. ``build_environment`` is passed on to pip where the base image is built
    (its indexes, a proxy); nothing else of the service's environment ever reaches a container.
    """

    owner: str
    base_image: str = "python:3.12-slim"
    ca_bundle: Path | None = None
    runtime: str | None = None
    max_concurrent: int = 8
    max_queued: int = 64
    warm: int = 0
    preimport_mb: int = 64
    network_name: str = "toolcrib"
    build_environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one tool.

    ``files`` are paths relative to the tool's folder and their bytes; ``arguments`` is the JSON text of one object;
    ``whole_object`` makes a function receive that object as its single positional argument instead of by keywords;
    ``secrets`` go into the environment of the tool's process only. ``imports`` are the modules that the tool's files
    name: a hint which waiting sandbox suits it.
    """

    execution_id: str
    files: Mapping[str, bytes]
    entry: Entry
    arguments: bytes
    timeout_seconds: float
    whole_object: bool = False
    memory_mb: int = 256
    network: bool = True
    secrets: Mapping[str, str] | None = None
    imports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run did not succeed.

    ``details`` is JSON: ``type``, ``message``, ``traceback`` and ``line`` of a script_error; ``code`` or ``signal`` of
    an exit.
    """

    kind: FailureKind
    message: str
    details: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. ``result`` is the JSON text that the tool gave, not yet checked; only a success has one."""

    status: End
    result: bytes | None
    failure: Failure | None
    stdout: str
    stderr: str
    truncated: bool
    duration_ms: float
    queue_ms: float


@dataclass(frozen=True, slots=True)
class Health:
    """Whether tools can be run now, and if not, a sentence that says why and what to do."""

    ready: bool
    reason: str
    engine_version: str | None = None
    image: str | None = None
    sandboxes: Mapping[str, int] = field(default_factory=dict)
    modules: tuple[str, ...] = ()


Hearing = Callable[[Literal["stdout", "stderr"], bytes], None]
"""Told a piece of what a tool printed, from the thread that runs it; must come back soon."""


def deaf(stream: str, piece: bytes) -> None:
    """Hear nothing."""


class SandboxUnavailable(Exception):
    """No sandbox can be had now (engine down, image missing); nothing ran. The message says why and what to do."""


class AllPlacesTaken(Exception):
    """As many tools run as may, and the queue is full; nothing ran."""


class Runner(Protocol):
    """A way to run jobs: in this process today, behind a pool or a broker tomorrow."""

    def run(self, job: Job, starting: Callable[[], None] = lambda: None, hearing: Hearing = deaf) -> Outcome:
        """Run one job to its end, in a sandbox of its own, and leave nothing behind.

        Blocks until the end. ``starting`` is called once a sandbox is ready and just before it gets the job (the
        audit writes its intent there); what it raises is passed on, and nothing runs. ``hearing`` is told what the tool
        prints, as it comes. Raises SandboxUnavailable or AllPlacesTaken when the job was not started.
        """
        ...

    def cancel(self, execution_id: str) -> bool:
        """End a run of this process as ``cancelled``; False when it is not running here."""
        ...

    def prepare(self, modules: Iterable[str]) -> None:
        """Say which modules the tools import, so that waiting sandboxes have them imported already."""
        ...

    def health(self) -> Health:
        """Whether jobs can be run now. Answers within two seconds whatever the engine does."""
        ...

    def close(self) -> None:
        """End what still runs and release everything."""
        ...
