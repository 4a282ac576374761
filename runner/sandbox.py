"""One sandbox: a container that waits in its harness, gets one job, is removed. And the removal of what was left."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from typing import Any

from . import engine, limits
from .attached import Attached, StreamBroken
from .harness import wire
from .model import Failure, Job, Outcome, SandboxUnavailable, Settings

_READY_SECONDS = 10.0
_FEED_SECONDS = 5.0
_GRACE_SECONDS = 0.35
"""How long after the limit the harness's own end is waited for, before the Engine kills."""
_STOP_SECONDS = 1.0
_DEADLINE_SLACK_SECONDS = 10.0
_LONGEST_RUN_SECONDS = 30.0
_BRIDGE_NAME_CHARACTERS = 15  # of a network interface in Linux


class Sandbox:
    """A started container whose harness waits for its one job. Use as a context manager: leaving it removes it.

    Raises SandboxUnavailable when it cannot be made; then nothing is left of it.
    """

    def __init__(
        self, settings: Settings, image: str, *, memory_mb: int, network: bool, execution: str | None = None
    ) -> None:
        api = engine.client()
        self._killed = False
        self._lock = threading.Lock()
        self._attached: Attached | None = None
        self._id: str | None = None
        try:
            with engine.translated():
                network_id = _network(settings) if network else "none"
                host = limits.host_config(settings, memory_mb=memory_mb, network=network_id)
                config = _config(settings, image, host, execution)
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
            raise SandboxUnavailable(f"A sandbox did not get ready: {error or 'it took too long'}") from error
        if frame is None or frame[0] != wire.WAITING:
            raise SandboxUnavailable(f"A sandbox did not get ready: {attached.last_words() or 'its harness ended'}")

    def run(self, job: Job) -> Outcome:
        """Run the one job to its end. Never raises for what the tool does, nor when the engine fails meanwhile."""
        assert self._attached is not None  # noqa: S101 -- set by every constructor that returned
        began = time.monotonic()
        seen = _Seen()
        try:
            self._attached.send(_job_frame(job), began + _FEED_SECONDS)
            self._follow(self._attached, job, seen)
        except (OSError, StreamBroken) as error:
            self.kill()
            seen.trouble = str(error) or "it took too long to begin"
        duration_ms = (time.monotonic() - began) * 1000
        return self._outcome(job, seen, duration_ms)

    def _follow(self, attached: Attached, job: Job, seen: _Seen) -> None:
        deadline = time.monotonic() + job.timeout_seconds + _GRACE_SECONDS
        while True:
            try:
                frame = attached.frame(deadline)
            except TimeoutError:
                self.kill()
                seen.timed_out = True
                return
            if frame is None:
                seen.trouble = attached.last_words()
                return
            kind, payload = frame
            if kind == wire.BEGAN:
                # The tool's time starts with the tool.
                deadline = time.monotonic() + job.timeout_seconds + _GRACE_SECONDS
            elif kind == wire.END:
                seen.end = json.loads(payload)
                return
            elif kind in seen.pieces:
                seen.pieces[kind] += payload

    def _outcome(self, job: Job, seen: _Seen, duration_ms: float) -> Outcome:
        end = seen.end or self._end_without_words(job, seen)
        failure = None
        if end["status"] != "success":
            failure = Failure(end["kind"], end["message"], end.get("details"))
            if end["kind"] == "exit" and self._oom_killed():
                failure = Failure("out_of_memory", "The tool needed more memory than it may use.")
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
        if self._killed and not seen.timed_out and seen.trouble is None:
            return {"status": "failed", "kind": "interrupted", "message": "The service stopped while the tool ran."}
        if self._oom_killed():
            message = "The tool needed more memory than it may use."
            return {"status": "failed", "kind": "out_of_memory", "message": message}
        if seen.timed_out:
            message = f"The tool was killed at its limit of {job.timeout_seconds:g} seconds."
            return {"status": "timeout", "kind": "timeout", "message": message}
        why = seen.trouble or "the sandbox ended without an answer"
        return {"status": "failed", "kind": "interrupted", "message": f"The run was interrupted: {why}."}

    def _oom_killed(self) -> bool:
        """Whether the Engine saw a kill for memory; it may know a moment after the streams' end only."""
        until = time.monotonic() + _STOP_SECONDS
        with contextlib.suppress(SandboxUnavailable), engine.translated():
            while True:
                state = engine.client().inspect_container(self._id or "")["State"]
                if not state["Running"] or state["OOMKilled"] or time.monotonic() > until:
                    return bool(state["OOMKilled"])
                time.sleep(0.01)
        return False

    def cancel(self) -> None:
        """End the run from any thread: its outcome is ``cancelled``."""
        if self._attached is not None:
            self._attached.hang_up()

    def kill(self) -> None:
        """Kill through the Engine, from any thread. The run ends as ``interrupted`` unless it ended before."""
        self._killed = True
        with contextlib.suppress(SandboxUnavailable), engine.translated():
            engine.client().kill(self._id or "")

    def remove(self) -> None:
        """Remove the container, running or not. Where the engine fails, the reaper does it later."""
        with self._lock:
            container, self._id = self._id, None
            attached, self._attached = self._attached, None
        if attached is not None:
            attached.close()
        if container is not None:
            with contextlib.suppress(SandboxUnavailable):
                _remove(container)


class _Seen:
    """What came out of a sandbox so far."""

    def __init__(self) -> None:
        self.pieces = {kind: bytearray() for kind in (wire.STDOUT, wire.STDERR, wire.RESULT)}
        self.end: dict[str, Any] | None = None
        self.timed_out = False
        self.trouble: str | None = None


def reap(settings: Settings, seen_ended: frozenset[str] = frozenset()) -> frozenset[str]:
    """Remove this owner's containers that are past their deadline; others', and younger ones, are not touched.

    Those that have ended but are not past it are returned: given back at the next call, they are removed then. (Their
    run may be about to read their state.) Without an engine there is nothing to reap and nothing is raised.
    """
    try:
        with engine.translated():
            label = f"{engine.OWNER_LABEL}={settings.owner}"
            found = engine.client().containers(all=True, filters={"label": label})
        ended = {one["Id"] for one in found if one["State"] in {"exited", "dead"}}
        for one in found:
            past = engine.past_deadline(one["Labels"].get(engine.DEADLINE_LABEL, ""))
            if past or one["Id"] in ended & seen_ended:
                _remove(one["Id"])
    except SandboxUnavailable:
        return frozenset()
    return frozenset(ended - seen_ended)


def _remove(container: str) -> None:
    import docker.errors  # noqa: PLC0415 -- see engine.client()

    with engine.translated():
        try:
            engine.client().remove_container(container, force=True, v=True)
        except docker.errors.NotFound:
            return
        except docker.errors.APIError as error:
            if error.status_code != 409:  # noqa: PLR2004 -- Conflict: somebody else is removing it now
                raise


def _config(settings: Settings, image: str, host: dict[str, Any], execution: str | None) -> dict[str, Any]:
    seconds = _READY_SECONDS + _FEED_SECONDS + _LONGEST_RUN_SECONDS + _DEADLINE_SLACK_SECONDS
    return {
        "Image": image,
        "User": limits.USER,
        "Labels": engine.container_labels(settings.owner, seconds, execution),
        "Env": [f"{name}={value}" for name, value in limits.ENVIRONMENT.items()],
        "Hostname": "sandbox",
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


def _network(settings: Settings) -> str:
    """The id of the sandboxes' own bridge, made where it is missing. Containers on it cannot reach each other."""
    import docker.errors  # noqa: PLC0415 -- see engine.client()

    api, name = engine.client(), settings.network_name
    for _ in range(3):
        found = [one for one in api.networks(names=[name]) if one["Name"] == name]
        if found:
            return str(found[0]["Id"])
        options = {
            "com.docker.network.bridge.enable_icc": "false",
            # A name that exists once on a host: of two services that make the network at once, one is refused.
            "com.docker.network.bridge.name": name[:_BRIDGE_NAME_CHARACTERS],
        }
        labels = {"toolcrib.network": name}
        with contextlib.suppress(docker.errors.APIError):
            return str(api.create_network(name, "bridge", options=options, labels=labels, check_duplicate=True)["Id"])
    raise SandboxUnavailable(f"The network {name!r} for sandboxes cannot be made: `docker network create` tells why.")


def _text(data: bytearray) -> str:
    return data.decode("utf-8", errors="replace")
