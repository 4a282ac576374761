"""Proof of every limit from inside: a sandbox that looks at itself, beside what :mod:`.sandbox_limits` asks for."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from runner.engine import NetworkNamespaces, describe_egress, list_usable_ids
from runner.images import find_image

from . import sandbox_limits
from .local_runner import LocalRunner
from .model import Job, Outcome, SandboxUnavailable, Settings
from .sandbox import Sandbox

_MEMORY_MB = 64
_TIMEOUT_SECONDS = 10.0
_AT_ONCE = 2
_LISTENER = b"""\
import socket, time

def main():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        print("up", flush=True)
        time.sleep(60)
"""


@dataclass(frozen=True, slots=True)
class ProbeLine:
    """One limit: what was asked for, what a sandbox found, and whether that will do."""

    setting: str
    asked: str
    found: str
    ok: bool


def prove_limits(settings: Settings) -> list[ProbeLine]:
    """Start a few sandboxes that look at their own limits. Raises SandboxUnavailable when none can be had."""
    first, second = _look_side_by_side(settings)
    return [
        *_compared(first),
        _compare_users(first, second),
        _prove_namespace(settings),
        ProbeLine("egress", settings.egress, *describe_egress(settings)),
    ]


def _look_side_by_side(settings: Settings) -> list[dict[str, Any]]:
    """What two sandboxes see of themselves, each while the other is there."""
    runner = LocalRunner(replace(settings, max_concurrent=_AT_ONCE, max_queued=_AT_ONCE, places_file=None))
    tool = (resources.files("runner") / "probe_tool.py").read_bytes()
    outcomes: list[Outcome] = []
    try:
        outcomes.append(runner.run(_job(tool), lambda: outcomes.append(runner.run(_job(tool)))))
    finally:
        runner.close()
    return [_result(outcome) for outcome in outcomes]


def _job(tool: bytes) -> Job:
    return Job(
        execution_id=f"probe-{uuid.uuid4().hex}",
        files={"main.py": tool},
        entry="function",
        arguments=b"{}",
        timeout_seconds=_TIMEOUT_SECONDS,
        memory_mb=_MEMORY_MB,
        network=False,
    )


def _result(outcome: Outcome) -> dict[str, Any]:
    if outcome.result is None:
        why = outcome.failure.message if outcome.failure else outcome.status
        raise SandboxUnavailable(f"The probe sandbox could not look at itself: {why}")
    found: dict[str, Any] = json.loads(outcome.result)
    return found


def _compare_users(first: dict[str, Any], second: dict[str, Any]) -> ProbeLine:
    """Whether each sandbox has a user id of its own: it shares none of the kernel's limits with another then."""
    users = [str(found.get("user")) for found in (first, second)]
    ids = [int(user) for one in users for user in one.split(":") if user.isdigit()]
    own = users[0] != users[1] and len(ids) == 2 * _AT_ONCE and all(one in list_usable_ids() for one in ids)
    return ProbeLine("user", "an id of its own", f"{users[0]}, and {users[1]} beside it", own)


def _prove_namespace(settings: Settings) -> ProbeLine:
    """Whether it is seen what a tool has open in its network namespace, and whether that is lent again after it."""
    slots = NetworkNamespaces(settings)
    image = find_image(settings) or ""
    seen: list[str] = []
    try:
        slot = slots.lend(image, network=False)
        with Sandbox(settings, image, memory_mb=_MEMORY_MB, network=slot.mode) as sandbox:

            def look(_stream: str, _piece: bytes) -> None:
                seen.extend(slot.holder.list_leftovers())
                sandbox.stop("cancelled")

            sandbox.run(_job(_LISTENER), look)
            slots.give_back(slot, gone=sandbox.remove())
        empty = slots.any_free(network=False)
    finally:
        slots.close(answers=True)
    after = "lent again, empty" if empty else "replaced after it"
    return ProbeLine(
        "network namespace",
        "lent again only when empty",
        f"what a tool has open is {'seen' if seen else 'not seen'}; {after}",
        ok=bool(seen),
    )


def _compared(found: dict[str, Any]) -> Iterator[ProbeLine]:
    for setting, asked in _asked().items():
        seen = found.get(setting)
        yield ProbeLine(setting, str(asked), str(seen), seen == asked)


def _asked() -> dict[str, Any]:
    """Each row of the limits, in the words of ``probe_tool``."""
    memory = _MEMORY_MB * sandbox_limits.MIB
    asked: dict[str, Any] = {
        "capabilities": "none",
        "no-new-privileges": "on",
        "seccomp": "filter",
        "hypervisor's sockets": "refused",
        "kernel interfaces": "refused",
        "root file system": "read-only",
    }
    for path, size in sandbox_limits.TMPFS_MB.items():
        asked[path] = f"tmpfs nodev,nosuid {size} MiB {sandbox_limits.TMPFS_INODES[path]} files"
    asked |= {
        "/dev/shm": f"{sandbox_limits.SHARED_MEMORY_MB} MiB",  # noqa: S108 -- a name
        "pids": sandbox_limits.PIDS,
        "memory": memory,
        "swap": "none",
        "cpus": sandbox_limits.CPUS,
        "open files": sandbox_limits.OPEN_FILES,
        "file size": sandbox_limits.FILE_SIZE_MB * sandbox_limits.MIB,
        "core size": 0,
        "engine's socket": "absent",
        "mounts from the host": "none",
        "environment": sorted(sandbox_limits.ENVIRONMENT),
        "memory of process 1": "unreadable",
        "network without leave": "none",
    }
    return asked
