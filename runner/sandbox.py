"""One sandbox: a container that waits in its harness, gets one job, is removed. And the removal of what was left."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Sequence
from typing import Any, Literal

from . import bridge, engine, limits, memory
from .attached import Attached, StreamBroken
from .harness import wire
from .model import Failure, Hearing, Job, Outcome, SandboxUnavailable, Settings, deaf
from .reaper import remove

_READY_SECONDS = 10.0
_BEGIN_SECONDS = 2.5
"""From the job's first byte to the tool's start. An engine that hangs is found out by this, not at the tool's limit."""
_RESIZE_SECONDS = 2.0
_GRACE_SECONDS = 0.35
"""How long after the limit the harness's own end is waited for, before the Engine kills."""
_DEADLINE_SLACK_SECONDS = 10.0
_LONGEST_RUN_SECONDS = 30.0


class NotReady(SandboxUnavailable):
    """A sandbox was started, and never came to wait for its job."""


class Sandbox:
    """A started container whose harness waits for its one job. Use as a context manager: leaving it removes it.

    Raises SandboxUnavailable when it cannot be made; then nothing is left of it.
    """

    def __init__(
        self,
        settings: Settings,
        image: str,
        *,
        memory_mb: int,
        network: bool | str,
        modules: Sequence[str] = (),
        execution: str | None = None,
        longest_seconds: float = 0.0,
    ) -> None:
        """Make it, and come back when it waits.

        ``network`` is False for none, True for a namespace of its own on the sandboxes' bridge, or the Engine's words
        for whose to join. ``modules`` are imported before it waits; ``longest_seconds`` is how long it may wait.
        """
        api = engine.client()
        self.memory_mb = memory_mb
        self._stopped: Literal["cancelled", "interrupted"] | None = None
        self._lock = threading.Lock()
        self._attached: Attached | None = None
        self._id: str | None = None
        try:
            with engine.translated():
                mode = network if isinstance(network, str) else bridge.network_id(settings) if network else "none"
                host = limits.host_config(settings, memory_mb=memory_mb, network=mode)
                config = _config(settings, image, host, modules, longest_seconds)
                if execution is not None:
                    config["Labels"][engine.EXECUTION_LABEL] = execution
                self._id = api.create_container_from_config(config)["Id"]  # type: ignore[no-untyped-call]
                streams = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
                # Before the start: with no log kept, what is written before would be lost.
                self._attached = Attached(api.attach_socket(self._id, params=streams))
                api.start(self._id)
            self._await_ready(self._attached)
        except BaseException:
            self.remove()
            raise

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    @staticmethod
    def _await_ready(attached: Attached) -> None:
        try:
            frame = attached.frame(time.monotonic() + _READY_SECONDS)
        except (TimeoutError, StreamBroken) as error:
            raise NotReady(f"A sandbox did not get ready: {error or 'it took too long'}") from error
        if frame is None or frame[0] != wire.WAITING:
            raise NotReady(f"A sandbox did not get ready: {attached.last_words() or 'its harness ended'}")

    @property
    def id(self) -> str | None:
        """The container's id; None once it is removed."""
        return self._id

    @property
    def alive(self) -> bool:
        """Whether it still waits, as far as its connection tells."""
        attached = self._attached
        return attached is not None and not attached.ended()

    def resize(self, memory_mb: int) -> None:
        """Give a waiting sandbox another memory limit. Raises SandboxUnavailable, too where it uses more already."""
        if memory_mb == self.memory_mb:
            return
        size = {"Memory": memory_mb * limits.MIB, "MemorySwap": memory_mb * limits.MIB}
        if engine.ask("POST", f"/containers/{self._id}/update", seconds=_RESIZE_SECONDS, json=size) is None:
            raise SandboxUnavailable("A waiting sandbox has ended.")
        self.memory_mb = memory_mb

    def run(self, job: Job, hearing: Hearing = deaf) -> Outcome:
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
    def _follow(attached: Attached, job: Job, seen: _Seen, begin_by: float) -> None:
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
        if seen.trouble != _SLOW and memory.killed_for_memory(self._id or ""):
            message = "The tool needed more memory than it may use."
            return {"status": "failed", "kind": "out_of_memory", "message": message}
        if seen.timed_out:
            message = f"The tool was killed at its limit of {job.timeout_seconds:g} seconds."
            return {"status": "timeout", "kind": "timeout", "message": message}
        why = seen.trouble or "the sandbox ended without an answer"
        return {"status": "failed", "kind": "interrupted", "message": f"The run was interrupted: {why}."}

    def stop(self, end: Literal["cancelled", "interrupted"]) -> None:
        """End the run from any thread, before it began too: its outcome is ``end``, unless it ended before."""
        with self._lock:
            self._stopped = self._stopped or end
            attached = self._attached
        if attached is not None:
            attached.hang_up()

    def kill(self) -> None:
        """Kill through the Engine, from any thread; does not wait for an engine that hangs."""
        with contextlib.suppress(SandboxUnavailable):
            engine.ask("POST", f"/containers/{self._id}/kill")

    def let_go(self) -> None:
        """Close the connection: the harness ends soon after."""
        with self._lock:
            attached, self._attached = self._attached, None
        if attached is not None:
            attached.close()

    def remove(self) -> bool:
        """Remove the container, running or not; whether it is certain that none of its processes is left.

        Where the engine fails, the harness still ends with its connection, and the engine removes what has ended.
        """
        self.let_go()
        with self._lock:
            container, self._id = self._id, None
        if container is None:
            return True
        try:
            remove(container)
        except SandboxUnavailable:
            return False
        return True


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


def _config(
    settings: Settings, image: str, host: dict[str, Any], modules: Sequence[str], longest_seconds: float
) -> dict[str, Any]:
    run_seconds = _READY_SECONDS + _BEGIN_SECONDS + _LONGEST_RUN_SECONDS + _DEADLINE_SLACK_SECONDS
    seconds = longest_seconds + run_seconds
    # Whoever joins another's network has its host name too.
    joins = host["NetworkMode"].startswith("container:")
    return {
        "Image": image,
        "Cmd": list(modules),
        "User": limits.USER,
        "Labels": engine.container_labels(settings.owner, seconds),
        "Env": [f"{name}={value}" for name, value in limits.ENVIRONMENT.items()],
        **({} if joins else {"Hostname": "sandbox"}),
        "OpenStdin": True,
        # The end of the service's connection is the end of standard input, and that ends the harness.
        "StdinOnce": True,
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "Tty": False,
        "HostConfig": host,
    }


def _job_frame(job: Job) -> bytes:
    header = {
        "entry": job.entry,
        "whole_object": job.whole_object,
        "timeout_seconds": job.timeout_seconds,
        "environment": {**limits.ENVIRONMENT, **(job.secrets or {})},
        "result_bytes": limits.RESULT_BYTES,
        "log_bytes": limits.LOG_BYTES,
    }
    return wire.pack_job(header, job.arguments, dict(job.files))


def _text(data: bytearray) -> str:
    return data.decode("utf-8", errors="replace")
