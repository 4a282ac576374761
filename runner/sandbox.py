"""One sandbox: a container that waits in its harness, gets one job, and is removed."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any, Literal

from runner.engine import Container, ContainerStreams, StreamBroken, was_killed_for_memory
from runner.harness import wire

from . import sandbox_limits
from .model import Failure, Hearing, Job, Outcome, SandboxUnavailable, Settings, hear_nothing

_READY_SECONDS = 10.0
_BEGIN_SECONDS = 2.5
"""From the job's first byte to the tool's start. An engine that hangs is found out by this, not at the tool's limit."""
_GRACE_SECONDS = 0.25
"""How long after the limit the harness's own end is waited for, before the Engine kills."""


class NotReady(SandboxUnavailable):
    """A sandbox was started, and never came to wait for its job."""


class Sandbox(Container):
    """A started container whose harness waits for its one job.

    Raises SandboxUnavailable when it cannot be made; then nothing is left of it.
    """

    def __init__(self, settings: Settings, image: str, *, modules: Sequence[str] = (), **words: Any) -> None:
        """Make it, and come back when it waits. ``modules`` are imported before; ``words`` are those of Container."""
        self._stopped: Literal["cancelled", "interrupted"] | None = None
        super().__init__(settings, image, arguments=modules, **words)
        try:
            assert self._attached is not None  # noqa: S101 -- set by every constructor that returned
            self._await_ready(self._attached)
        except BaseException:
            self.remove()
            raise

    @staticmethod
    def _await_ready(attached: ContainerStreams) -> None:
        try:
            frame = attached.frame(time.monotonic() + _READY_SECONDS)
        except (TimeoutError, StreamBroken) as error:
            raise NotReady(f"A sandbox did not get ready: {error or 'it took too long'}") from error
        if frame is None or frame[0] != wire.WAITING:
            raise NotReady(f"A sandbox did not get ready: {attached.last_words() or 'its harness ended'}")

    def run(self, job: Job, hearing: Hearing = hear_nothing) -> Outcome:
        """Run the one job to its end. Never raises for what the tool does, nor when the engine fails meanwhile."""
        assert self._attached is not None  # noqa: S101 -- set by every constructor that returned
        began = time.monotonic()
        seen = _Seen(hearing)
        try:
            self._attached.send(_job_frame(job), began + _BEGIN_SECONDS)
            self._follow(self._attached, job, seen, began + _BEGIN_SECONDS)
        except TimeoutError:
            seen.timed_out = seen.began
            seen.trouble = None if seen.began else _SLOW
        except (OSError, StreamBroken) as error:
            seen.trouble = str(error)
        duration_ms = (time.monotonic() - began) * 1000
        if seen.end is None:
            self.kill()
        return self._outcome(job, seen, duration_ms)

    @staticmethod
    def _follow(attached: ContainerStreams, job: Job, seen: _Seen, begin_by: float) -> None:
        deadline = begin_by
        while True:
            frame = attached.frame(deadline)
            if frame is None:
                seen.trouble = attached.last_words()
                return
            kind, payload = frame
            if kind == wire.BEGAN:
                # The tool's time starts with the tool.
                seen.began = True
                deadline = time.monotonic() + job.timeout_seconds + _GRACE_SECONDS
            elif kind == wire.END:
                seen.end = json.loads(payload)
                return
            elif kind in seen.pieces:
                seen.take(kind, payload)

    def _outcome(self, job: Job, seen: _Seen, duration_ms: float) -> Outcome:
        end = seen.end or self._end_without_words(job, seen)
        if end["status"] == "cancelled" and self._stopped == "interrupted":
            end = {**end, **_STOPPED["interrupted"]}
        failure = None
        if end["status"] != "success":
            failure = Failure(end["kind"], end["message"], end.get("details"))
        return Outcome(
            status=end["status"],
            result=bytes(seen.pieces[wire.RESULT]) if failure is None else None,
            failure=failure,
            stdout=_text(seen.pieces[wire.STDOUT]),
            stderr=_text(seen.pieces[wire.STDERR]),
            truncated=end.get("truncated", False),
            duration_ms=end.get("duration_ms", duration_ms),
            queue_ms=0.0,
        )

    def _end_without_words(self, job: Job, seen: _Seen) -> dict[str, Any]:
        """What happened when the harness could not say it: it, too, can be killed for memory, or have no time."""
        if self._stopped is not None:
            return _STOPPED[self._stopped]
        if was_killed_for_memory(self._id or ""):
            message = "The tool needed more memory than it may use."
            return {"status": "failed", "kind": "out_of_memory", "message": message}
        if seen.timed_out:
            message = f"The tool was killed at its limit of {job.timeout_seconds:g} seconds."
            return {"status": "timeout", "kind": "timeout", "message": message}
        why = seen.trouble or "the sandbox ended without an answer"
        return {"status": "failed", "kind": "interrupted", "message": f"The run was interrupted: {why}."}

    def stop(self, end: Literal["cancelled", "interrupted"], *, entirely: bool = False) -> None:
        """End the run from any thread, before it began too: its outcome is ``end``, unless it ended before.

        ``entirely``: at once, not waiting for the last words of a sandbox that may never say them.
        """
        with self._lock:
            self._stopped = self._stopped or end
            attached = self._attached
        if attached is not None:
            attached.hang_up(entirely=entirely)


_SLOW = "it took too long to begin"
_STOPPED: dict[str, dict[str, Any]] = {
    "cancelled": {"status": "cancelled", "kind": "cancelled", "message": "The execution was cancelled."},
    "interrupted": {
        "status": "failed",
        "kind": "interrupted",
        "message": "The service stopped while the tool ran.",
    },
}


class _Seen:
    """What came out of a sandbox so far."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self.pieces = {kind: bytearray() for kind in (wire.STDOUT, wire.STDERR, wire.RESULT)}
        self.end: dict[str, Any] | None = None
        self.began = False
        self.timed_out = False
        self.trouble: str | None = None

    def take(self, kind: bytes, payload: bytes) -> None:
        """Keep one piece, and let it be heard."""
        self.pieces[kind] += payload
        if kind == wire.STDOUT:
            self._hearing("stdout", payload)
        elif kind == wire.STDERR:
            self._hearing("stderr", payload)


def _job_frame(job: Job) -> bytes:
    header = {
        "entry": job.entry,
        "whole_object": job.whole_object,
        "timeout_seconds": job.timeout_seconds,
        "environment": {**sandbox_limits.ENVIRONMENT, **(job.secrets or {})},
        "result_bytes": sandbox_limits.RESULT_BYTES,
        "log_bytes": sandbox_limits.LOG_BYTES,
    }
    return wire.pack_job(header, job.arguments, dict(job.files))


def _text(data: bytearray) -> str:
    return data.decode("utf-8", errors="replace")
