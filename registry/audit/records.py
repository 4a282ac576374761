"""The values of the audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from registry.model import Json

OPEN = ("pending", "running")
STATUSES = ("pending", "running", "success", "failed", "timeout", "cancelled")


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to happen: which tool at which state, with what, asked for by whom. Arguments are redacted.

    ``coerced``: JSON pointers into the arguments, of what reached the tool in another form than it came.
    ``digest`` is that of the tool's folder, ``bundle`` that of all that it ran with. ``tried``: the files are an edit's
    that was not committed, and ``version`` is 0.
    """

    id: str
    tool: str
    version: int
    revision: str | None
    digest: str
    bundle: str
    arguments: Json
    argument_bytes: int
    caller_id: str | None
    trace_id: str | None
    request_id: str | None
    remote_address: str | None
    tried: bool = False
    coerced: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution(Intent):
    """One run of a tool, whatever its end. Times are Unix seconds; ``result`` is only set for a success.

    ``content``: the blocks of the files that the tool left, or None. What a record has of them is bounded.

    ``error_truncated``: lists show less of the error than there is.
    """

    status: str
    result: Json
    error: Json
    stdout: str
    stderr: str
    truncated: bool
    created_at: float
    ended_at: float | None
    duration_ms: float | None
    queue_ms: float | None
    result_bytes: int
    log_bytes: int
    error_truncated: bool = False
    content: Json = None

    @property
    def success(self) -> bool:
        """Whether the tool gave a valid result."""
        return self.status == "success"


@dataclass(frozen=True, slots=True)
class Mark:
    """How far an execution is: which instance has it, its status, and how many characters it has printed."""

    instance: str
    status: str
    stdout: int
    stderr: int


@dataclass(frozen=True, slots=True)
class Log:
    """What an execution has printed, and its status when that was read."""

    status: str
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class ExecutionFilter:
    """Which executions are wanted; a field that is None does not narrow. Times are Unix seconds."""

    tool: str | None = None
    status: str | None = None
    caller_id: str | None = None
    trace_id: str | None = None
    since: float | None = None
    until: float | None = None
    tried: bool | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """What a summary is made of: the executions begun in ``days`` days (of UTC) from the time ``since``; of one tool,
    or of all."""

    since: float
    days: int
    tool: str | None = None


@dataclass(frozen=True, slots=True)
class Ends:
    """How some executions ended, by status; ``p50_ms`` and ``p95_ms`` are the durations within which that share of
    those that ran to an end did so (nearest rank), None where none did."""

    counts: Mapping[str, int]
    p50_ms: float | None = None
    p95_ms: float | None = None


@dataclass(frozen=True, slots=True)
class PeriodSummary:
    """``days`` are in order, each with its beginning in Unix seconds, those without executions too; ``tools`` are the
    most called, first."""

    overall: Ends
    days: Sequence[tuple[float, Ends]]
    tools: Sequence[tuple[str, Ends]]
