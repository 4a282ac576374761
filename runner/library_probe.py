"""Which of the shared libraries that wheels may take for granted a sandbox has: asked of its own loader."""

from __future__ import annotations

import json
import uuid

from runner.images import LIBRARIES, find_image

from .model import Job, SandboxUnavailable, Settings
from .sandbox import Sandbox

_MEMORY_MB = 64
_SECONDS = 10.0
_LOOK = b"""\
import ctypes, platform

def main(libraries):
    missing = []
    for library in libraries if platform.libc_ver()[0] == "glibc" else ():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(library)
    return missing
"""


def list_missing_libraries(settings: Settings) -> list[str]:
    """Those that the base image lacks, with whatever they need in turn; none without glibc, where wheels bring all.

    Raises SandboxUnavailable when no sandbox can be had.
    """
    image = find_image(settings)
    if image is None:
        raise SandboxUnavailable("The sandboxes' image is missing: make it with `toolcrib image`.")
    job = Job(
        execution_id=f"libraries-{uuid.uuid4().hex}",
        files={"main.py": _LOOK},
        entry="function",
        arguments=json.dumps({"libraries": LIBRARIES}).encode(),
        timeout_seconds=_SECONDS,
        network=False,
    )
    with Sandbox(settings, image, memory_mb=_MEMORY_MB, network=False) as sandbox:
        outcome = sandbox.run(job)
    if outcome.result is None:
        why = outcome.failure.message if outcome.failure is not None else outcome.status
        raise SandboxUnavailable(f"A sandbox could not load libraries: {why}")
    found: list[str] = json.loads(outcome.result)
    return found
