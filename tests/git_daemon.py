"""Git's own server, on loopback: a real remote that can be stopped and started again."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.processes import ENDS_WITH_US
from tests.services import free_port


@contextmanager
def git_daemon(folder: Path, port: int | None = None) -> Iterator[str]:
    """Serve the repositories in a folder; the address to put their names behind."""
    port = port or free_port()
    process = subprocess.Popen(
        [*ENDS_WITH_US, "git", "daemon", "--export-all", "--enable=receive-pack", "--reuseaddr",
         f"--base-path={folder}", "--listen=127.0.0.1", f"--port={port}", "--verbose", "--log-destination=stderr"],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        while "Ready to rumble" not in process.stderr.readline():
            assert process.poll() is None
        reading = threading.Thread(target=process.stderr.read)
        reading.start()
        yield f"git://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(10)
        reading.join(10)
        process.stderr.close()
