"""Proof of every limit from inside: a sandbox that looks at itself, beside what :mod:`runner.limits` asks for."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any

from runner.engine import describe_egress

from . import sandbox_limits
from .local_runner import LocalRunner
from .model import Job, SandboxUnavailable, Settings

_MEMORY_MB = 64
_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class ProbeLine:
    """One limit: what was asked for, what a sandbox found, and whether that will do."""

    setting: str
    asked: str
    found: str
    ok: bool


def prove_limits(settings: Settings) -> list[ProbeLine]:
    """Start one sandbox that looks at its own limits. Raises SandboxUnavailable when none can be had."""
    runner = LocalRunner(settings)
    try:
        outcome = runner.run(
            Job(
                execution_id=f"probe-{uuid.uuid4().hex}",
                files={"main.py": (resources.files("runner") / "probe_tool.py").read_bytes()},
                entry="function",
                arguments=b"{}",
                timeout_seconds=_TIMEOUT_SECONDS,
                memory_mb=_MEMORY_MB,
                network=False,
            )
        )
    finally:
        runner.close()
    if outcome.result is None:
        why = outcome.failure.message if outcome.failure else outcome.status
        raise SandboxUnavailable(f"The probe sandbox could not look at itself: {why}")
    return [
        *_compared(json.loads(outcome.result)),
        ProbeLine("egress", settings.egress, *describe_egress(settings)),
    ]


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
        "user": sandbox_limits.USER,
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
