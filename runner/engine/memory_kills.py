"""Whether the kernel killed for memory in a sandbox, by the Engine's events: these outlast the container."""

from __future__ import annotations

import json
import time

from runner.model import SandboxUnavailable

from . import docker_client

_KNOWN_SECONDS = 1.0
_LOOK_SECONDS = 0.01


def was_killed_for_memory(container: str) -> bool:
    """Whether the Engine saw a kill for memory; it may know a moment after the streams' end only.

    Waits for the container's end for a second at most. False where the engine does not answer.
    """
    until = time.monotonic() + _KNOWN_SECONDS
    try:
        while True:
            seen = _seen(container)
            if "oom" in seen:
                return True
            if "die" in seen or time.monotonic() > until:
                return False
            time.sleep(_LOOK_SECONDS)
    except SandboxUnavailable:
        return False


def _seen(container: str) -> set[str]:
    # Without an end, the answer would go on; without a beginning, it would hold nothing of the past.
    span = {"since": "1", "until": f"{time.time():.9f}"}
    wanted = {"container": [container], "event": ["oom", "die"]}
    answer = docker_client.ask_engine("GET", "/events", params={**span, "filters": json.dumps(wanted)})
    lines = answer.text.splitlines() if answer is not None else []
    return {json.loads(line)["status"] for line in lines if line}
