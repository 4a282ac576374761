"""A small process that outlives a killed service, and removes the sandboxes that it had made and not yet started.

What is started ends with the service's connection. What a ``kill -9`` leaves between its making and its start has none.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

from runner.model import SandboxUnavailable

from .container_reaper import remove_unstarted

_DISMISSED = b"."
_WAIT_SECONDS = 5.0
_DISMISSAL_SECONDS = 1.0
_LOOKS = 10
_LOOK_SECONDS = 1.0


class Undertaker:
    """Watches over the runner of this name (``Settings.maker``) in this process, from now until :meth:`dismiss`."""

    def __init__(self, maker: str) -> None:
        self._maker = maker
        command = [sys.executable, "-P", "-m", __name__, maker]
        path = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])])
        # A session of its own: the signals that end the service's group are not for it.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,
        )

    def inherit(self) -> None:
        """Leave to it what the engine, which does not answer now, may still be making; nobody waits for it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.returncode = 0  # as far as this process is concerned

    def dismiss(self) -> None:
        """Send it away, as nothing is left that it could remove.

        An engine that died between a making and its start has it still when it is back, and nobody else knows of it.
        What other runners are making at this moment is theirs.
        """
        with contextlib.suppress(SandboxUnavailable):
            remove_unstarted(self._maker, _DISMISSAL_SECONDS)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.communicate(_DISMISSED, timeout=_WAIT_SECONDS)
            return
        self._process.kill()
        self._process.wait()


def main() -> None:
    """Wait for the end of the process that has the runner whose name is given; standard input ends with it."""
    if sys.stdin.buffer.read(1) == _DISMISSED:
        return
    for _ in range(_LOOKS):  # the engine may still be making what the service asked for last
        with contextlib.suppress(SandboxUnavailable):
            remove_unstarted(sys.argv[1])
        time.sleep(_LOOK_SECONDS)


if __name__ == "__main__":
    main()
