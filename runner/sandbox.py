"""One sandbox: a container that waits in its harness, gets one job, and is removed.

A run, as this side sees it (:mod:`runner.harness.supervisor` has the other)::

    job ──▶          ◀── B                          ◀── R X
    ├─ at most 2.5 s ─┼─ the tool's time + 0.25 s ───┤
                                                     └─ nothing more comes: killed, and read to the end of the stream

========================================== ============================================================================
what was seen                              the end of the run
========================================== ============================================================================
an end (``X``), whenever it is read        that end, if it is a possible one (:mod:`runner.run_end`)
none, though all that came was read        ``timeout`` if the tool's time was over, else ``interrupted``; what
                                           :meth:`Sandbox.stop` was told, or a kill for memory, comes before both
none, and the stream is broken or makes    ``interrupted``, but for what comes before it above
no sense, or the engine does not answer
========================================== ============================================================================

A service that is late (its machine was busy, or stood still) finds what came meanwhile all the same. The sandbox goes
on writing what did not fit until now, so each piece that comes late gives the next one a moment.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from runner.engine import Container, ContainerStreams, StreamBroken, ping_engine, was_killed_for_memory
from runner.harness import wire

from . import sandbox_limits
from .model import Hearing, Job, Outcome, SandboxUnavailable, Settings, hear_nothing
from .out_files import FILES, FILES_BYTES, OutFiles
from .run_end import RunEnd, make_failed_end, read_end

_READY_SECONDS = 10.0
_BEGIN_SECONDS = 2.5
"""From the job's first byte to the tool's start. An engine that hangs is found out by this, not at the tool's limit."""
_GRACE_SECONDS = 0.25
"""How long after the limit the harness's own end is waited for, before the Engine kills."""
_LATE_SECONDS = 5.0
"""How long, at most, a service that is late reads on before the Engine kills."""
_LAST_SECONDS = 2.0
"""How long after the kill the end of the stream is waited for."""
_ANSWER_SECONDS = 5.0
"""How long the engine may take to show that it is there: on a busy machine it takes its time."""
_MOST_BYTES = {
    wire.STDOUT: sandbox_limits.LOG_BYTES,
    wire.STDERR: sandbox_limits.LOG_BYTES,
    wire.RESULT: sandbox_limits.RESULT_BYTES,
}


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
            seen.late = True
        except (OSError, StreamBroken) as error:
            seen.trouble = str(error)
        duration_ms = (time.monotonic() - began) * 1000
        if seen.end is None:
            self.kill()
        if seen.late:
            self._read_out(self._attached, seen)
        end = seen.end or self._end_without_words(job, seen)
        if end.status == "cancelled" and self._stopped == "interrupted":
            end = replace(end, status="failed", failure=_STOPPED["interrupted"].failure)
        return _outcome(seen, end, duration_ms)

    @staticmethod
    def _follow(attached: ContainerStreams, job: Job, seen: _Seen, deadline: float) -> None:
        """Read until the end, of the run or of the stream. Raises TimeoutError, StreamBroken."""
        began, late_until = False, 0.0
        while seen.end is None:
            frame = attached.frame(deadline)
            if frame is None:
                seen.trouble = attached.last_words()
                seen.whole = True
                return
            seen.take(*frame)
            now = time.monotonic()
            if seen.began and not began:
                # The tool's time starts with the tool.
                began = True
                deadline = now + job.timeout_seconds + _GRACE_SECONDS
            elif late_until or now > deadline:
                late_until = late_until or now + _LATE_SECONDS
                deadline = min(now + _GRACE_SECONDS, late_until)

    @staticmethod
    def _read_out(attached: ContainerStreams, seen: _Seen) -> None:
        """Read what there still is after the kill."""
        until = time.monotonic() + _LAST_SECONDS
        try:
            while seen.end is None and not seen.whole:
                frame = attached.frame(until)
                if frame is None:
                    seen.whole = True
                else:
                    seen.take(*frame)
        except TimeoutError:
            # Either it dies slowly and has nothing to say, or nobody is there to tell of it.
            try:
                ping_engine(_ANSWER_SECONDS)
                seen.whole = True
            except SandboxUnavailable as error:
                seen.trouble = str(error)
        except (OSError, StreamBroken) as error:
            seen.trouble = str(error)

    def _end_without_words(self, job: Job, seen: _Seen) -> RunEnd:
        """What happened when the harness could not say it: it, too, can be killed for memory, or have no time."""
        if self._stopped is not None:
            return _STOPPED[self._stopped]
        if was_killed_for_memory(self._id or ""):
            return make_failed_end("failed", "out_of_memory", "The tool needed more memory than it may use.")
        if seen.late and not seen.began:
            seen.trouble = _SLOW
        elif seen.late and seen.whole:
            message = f"The tool was killed at its limit of {job.timeout_seconds:g} seconds."
            return make_failed_end("timeout", "timeout", message)
        why = seen.trouble or "the sandbox ended without an answer"
        return make_failed_end("failed", "interrupted", f"The run was interrupted: {why}.")

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
_STOPPED: Mapping[str, RunEnd] = {
    "cancelled": make_failed_end("cancelled", "cancelled", "The execution was cancelled."),
    "interrupted": make_failed_end("failed", "interrupted", "The service stopped while the tool ran."),
}


class _Seen:
    """What came out of a sandbox so far. ``late``: it did not end in time; ``whole``: all that came was read."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self.pieces = {kind: bytearray() for kind in _MOST_BYTES}
        self.out = OutFiles()
        self.end: RunEnd | None = None
        self.began = False
        self.late = False
        self.whole = False
        self.trouble: str | None = None

    def take(self, kind: bytes, payload: bytes) -> None:
        """Keep what one frame says, and let it be heard. Raises StreamBroken for what a harness would never say."""
        if kind == wire.BEGAN and not self.began:
            self.began = True
        elif kind == wire.END and self.began:
            try:
                self.end = read_end(payload)
            except ValueError as error:
                raise StreamBroken(f"the sandbox told an end that cannot be: {error}") from error
        elif kind in self.pieces and self.began:
            self._keep(kind, payload)
        elif kind in {wire.FILE, wire.LEFT_OUT} and self.began:
            try:
                (self.out.take_file if kind == wire.FILE else self.out.take_left_out)(payload)
            except ValueError as error:
                raise StreamBroken(f"the sandbox told of files that cannot be: {error}") from error
        else:
            raise StreamBroken("the sandbox sent a frame that makes no sense there")

    def _keep(self, kind: bytes, payload: bytes) -> None:
        if len(self.pieces[kind]) + len(payload) > _MOST_BYTES[kind]:
            raise StreamBroken("the sandbox sent more than its bounds allow")
        self.pieces[kind] += payload
        if kind == wire.STDOUT:
            self._hearing("stdout", payload)
        elif kind == wire.STDERR:
            self._hearing("stderr", payload)


def _outcome(seen: _Seen, end: RunEnd, duration_ms: float) -> Outcome:
    """``duration_ms`` is what this side saw; the tool cannot have taken longer."""
    own_ms = duration_ms if end.duration_ms is None else min(end.duration_ms, duration_ms)
    return Outcome(
        status=end.status,
        result=bytes(seen.pieces[wire.RESULT]) if end.failure is None else None,
        failure=end.failure,
        stdout=_text(seen.pieces[wire.STDOUT]),
        stderr=_text(seen.pieces[wire.STDERR]),
        truncated=end.truncated,
        duration_ms=own_ms,
        queue_ms=0.0,
        files=tuple(seen.out.files) if end.failure is None else (),
        left_out=seen.out.left_out if end.failure is None else (),
        more_left_out=seen.out.more_left_out if end.failure is None else 0,
    )


def _job_frame(job: Job) -> bytes:
    header = {
        "entry": job.entry,
        "whole_object": job.whole_object,
        "timeout_seconds": job.timeout_seconds,
        "environment": {**sandbox_limits.TOOL_ENVIRONMENT, **(job.secrets or {})},
        "result_bytes": sandbox_limits.RESULT_BYTES,
        "log_bytes": sandbox_limits.LOG_BYTES,
        "out_files": FILES,
        "out_bytes": FILES_BYTES,
    }
    return wire.pack_job(header, job.arguments, dict(job.files))


def _text(data: bytearray) -> str:
    return data.decode("utf-8", errors="replace")
