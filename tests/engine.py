"""The Docker engine that tests use: whether there is one, and what somebody has on it."""

from __future__ import annotations

import subprocess
from functools import cache


@cache
def missing_engine() -> str:
    """Why containers cannot be run here; empty when they can."""
    try:
        done = subprocess.run(["docker", "version"], capture_output=True, text=True, timeout=120, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return done.stderr.strip() if done.returncode else ""


def containers_of(owner: str) -> list[str]:
    """The ids of the containers that carry an owner's label."""
    if missing_engine():
        return []
    listed = subprocess.run(
        ["docker", "ps", "-aq", "--filter", f"label=toolcrib.owner={owner}"], capture_output=True, text=True, check=True
    )
    return listed.stdout.split()
