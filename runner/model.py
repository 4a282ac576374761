"""The frozen values at the runner's front door: what goes in (a job), what comes out (an outcome)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Protocol

Entry = Literal["function", "script"]
FailureKind = Literal[
    "script_error", "exit", "invalid_result", "timeout", "out_of_memory", "output_limit", "cancelled", "interrupted"
]
End = Literal["success", "failed", "timeout", "cancelled"]
Egress = Literal["open", "public"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the runner needs to be told.

    ``owner`` names the service whose containers these are: no other touches them. ``runtime`` is the engine's runtime
    for sandboxes, None its default. ``ca_bundle`` holds certificates (PEM) that tools trust besides the image's own.
    At least ``warm`` sandboxes wait ahead of need; with 0 none ever does. They import ahead what tools need, until that
    takes ``preimport_mb`` of memory in each. ``places_file`` (made where it is missing) is shared by the ``workers``
    processes that run no more than ``max_concurrent`` jobs together; without it each has its own places. With
    ``egress`` public, firewall rules keep sandboxes from everything but the public internet; where they cannot be set,
    no job with network runs. ``build_environment`` is passed on to pip where the base image is built (its indexes, a
    proxy), and says to the resolver of dependencies where packages come from; nothing else of the service's environment
    ever reaches a container.

    ``images_dir`` is where the processes of a service share what they know of the images with tools' dependencies;
    without it there are none. ``builds`` tells whether a thread of this process builds what is missing. Together the
    dependencies take ``images_mb`` of disk at most, as far as no container is using them.

    ``maker`` is the name of the very runner that makes containers, which gives it to itself: what it has not started
    yet no other takes for left over.
    """

    owner: str
    base_image: str = "python:3.12-slim"
    ca_bundle: Path | None = None
    runtime: str | None = None
    max_concurrent: int = 8
    max_queued: int = 64
    workers: int = 1
    places_file: Path | None = None
    warm: int = 0
    preimport_mb: int = 64
    network_name: str = "toolcrib"
    egress: Egress = "open"
    build_environment: Mapping[str, str] = field(default_factory=dict)
    images_dir: Path | None = None
    images_mb: int = 4096
    builds: bool = True
    maker: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """A set of dependencies (PEP 508) that tools want, and which modules those tools import.

    ``saved`` changes whenever one of these tools is saved: then a build that failed is tried again at once.
    ``memory_mb`` is the most that one of them may use.
    """

    dependencies: tuple[str, ...]
    modules: tuple[str, ...] = ()
    saved: str = ""
    memory_mb: int = 256


@dataclass(frozen=True, slots=True)
class FailedImport:
    """A module of an image's packages that cannot be imported there: the last line of why, and which libraries it
    misses."""

    module: str
    line: str
    libraries: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """In one sentence."""
        missing = f" (shared objects that neither a package nor the image has: {', '.join(self.libraries)})"
        return f"`import {self.module}` fails in the sandbox: {self.line}{missing if self.libraries else ''}"


@dataclass(frozen=True, slots=True)
class ImageState:
    """How far the image with a set of dependencies is. ``log`` is what its build said so far.

    ``fault`` and ``message`` are there where it failed: a stable code, and why, in the resolver's words. Where it is
    ready, ``failed_imports`` are the modules of its packages that cannot be imported in it.
    """

    state: Literal["ready", "building", "failed"]
    log: str = ""
    fault: str = ""
    message: str = ""
    failed_imports: tuple[FailedImport, ...] = ()

    def of_use_to(self, imports: Collection[str]) -> ImageState:
        """The state for a tool that imports these top-level modules: failed where one of them cannot be imported.

        So is one that misses a shared object, imported or not. What else fails may be meant to, alone: a plug-in
        without its host.
        """
        counts = [one for one in self.failed_imports if one.libraries or one.module.partition(".")[0] in imports]
        if self.state != "ready" or not counts:
            return self
        return replace(self, state="failed", fault=UNIMPORTABLE, message="; ".join(one.message for one in counts))


UNIMPORTABLE = "dependencies-unimportable"
"""The fault of an image whose packages are there and cannot be imported."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one tool.

    ``files`` are paths relative to the tool's folder and their bytes; ``arguments`` is the JSON text of one object;
    ``whole_object`` makes a function receive that object as its single positional argument instead of by keywords;
    ``secrets`` go into the environment of the tool's process only. ``imports`` are the modules that the tool's files
    name: a hint which waiting sandbox suits it. ``dependencies`` are installed in the image that it runs in.
    """

    execution_id: str
    files: Mapping[str, bytes]
    entry: Entry
    arguments: bytes
    timeout_seconds: float
    whole_object: bool = False
    memory_mb: int = 256
    network: bool = True
    secrets: Mapping[str, str] | None = field(default=None, repr=False)
    imports: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run did not succeed.

    ``details`` is JSON: ``type``, ``message``, ``traceback`` and ``line`` of a script_error; ``code`` or ``signal`` of
    an exit; ``returned`` of an invalid_result, about what a function returned.
    """

    kind: FailureKind
    message: str
    details: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class OutFile:
    """A file that a tool left for its caller."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that was not taken, and why: the end of a sentence."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. ``result`` is the JSON text that the tool gave, not yet checked; only a success has one.

    Only a success has ``files``, too; of those ``left_out`` the first are named, and ``more_left_out`` are not.
    """

    status: End
    result: bytes | None
    failure: Failure | None
    stdout: str
    stderr: str
    truncated: bool
    duration_ms: float
    queue_ms: float
    files: tuple[OutFile, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    more_left_out: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """Whether tools can be run now, and if not, a sentence that says why and what to do.

    ``offline`` is such a sentence for tools with network alone; empty where they can run as well. ``late`` says that
    the engine has not answered for a while and is believed to work: who can wait should. The rest is then what it said
    last; without that it is not ``ready``. ``away`` tells that the engine is the reason.
    """

    ready: bool
    reason: str
    engine_version: str | None = None
    image: str | None = None
    sandboxes: Mapping[str, int] = field(default_factory=dict)
    modules: tuple[str, ...] = ()
    offline: str = ""
    late: str = ""
    away: bool = False

    def refusal(self, *, network: bool) -> str:
        """Why a job cannot be run now, with ``network`` or without; empty when it can."""
        return self.reason if not self.ready else self.offline if network else ""


Hearing = Callable[[Literal["stdout", "stderr"], bytes], None]
"""Told a piece of what a tool printed, from the thread that runs it; must come back soon."""


def hear_nothing(stream: str, piece: bytes) -> None:
    """Hear nothing."""


class SandboxUnavailable(Exception):
    """No sandbox can be had now (engine down, image missing); nothing ran. The message says why and what to do."""


class EngineUnavailable(SandboxUnavailable):
    """The engine is away, or late for longer than a call waits; nothing ran. The message is for the operator."""


class ImageNotReady(SandboxUnavailable):
    """The image with the job's dependencies is not there (yet); ``image`` says how far it is. Nothing ran."""

    def __init__(self, message: str, image: ImageState) -> None:
        super().__init__(message)
        self.image = image


class AllPlacesTaken(Exception):
    """As many tools run as may, and the queue is full; nothing ran."""


class Runner(Protocol):
    """A way to run jobs: in this process today, behind a pool or a broker tomorrow."""

    def run(self, job: Job, starting: Callable[[], None] = lambda: None, hearing: Hearing = hear_nothing) -> Outcome:
        """Run one job to its end, in a sandbox of its own, and leave nothing behind.

        Blocks until the end. ``starting`` is called once a sandbox is ready and just before it gets the job (the
        audit writes its intent there); what it raises is passed on, and nothing runs. ``hearing`` is told what the tool
        prints, as it comes. An engine that is merely late is waited for, 30 seconds at most. Raises SandboxUnavailable
        (EngineUnavailable where the engine is the reason, ImageNotReady where only the image with its dependencies is
        missing) or AllPlacesTaken when the job was not started.
        """
        ...

    def cancel(self, execution_id: str) -> bool:
        """End a run of this process as ``cancelled``; False when it is not running here."""
        ...

    def prepare(self, modules: Iterable[str], needs: Iterable[Needs] = ()) -> None:
        """Say what the tools need: modules, so that waiting sandboxes have them imported already, and dependencies.

        ``modules`` are those of tools without dependencies. Images with ``needs`` are built behind the calls.
        """
        ...

    def image_state(self, dependencies: tuple[str, ...]) -> ImageState:
        """How far the image with these dependencies is, as far as was known a moment ago. Asks nobody."""
        ...

    @property
    def images_version(self) -> int:
        """A number that changes whenever the state of any image may have."""
        ...

    def build(self, dependencies: tuple[str, ...], say: Callable[[str], None]) -> ImageState:
        """Build the image with these dependencies where it is missing, telling progress; ready or failed.

        Raises SandboxUnavailable when there is no engine or no base image.
        """
        ...

    def health(self) -> Health:
        """Whether jobs can be run now. Answers within two seconds whatever the engine does."""
        ...

    def close(self) -> None:
        """End what still runs and release everything."""
        ...
