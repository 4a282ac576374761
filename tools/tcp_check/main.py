"""Say which TCP ports of a host accept connections."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor


def main(host: str, ports: list[int], timeout_seconds: int = 5) -> dict:
    """Try every port at the same time; a port that cannot be reached is a result, never an error."""
    with ThreadPoolExecutor(max_workers=len(ports)) as threads:
        tried = list(threads.map(lambda port: _try(host, port, timeout_seconds), ports))
    return {"host": host, "all_open": all(entry["state"] == "open" for entry in tried), "ports": tried}


def _try(host: str, port: int, timeout_seconds: int) -> dict:
    started = time.monotonic()
    state, address = _connect(host, port, timeout_seconds)
    elapsed_ms = round((time.monotonic() - started) * 1000, 1)
    return {"port": port, "state": state, "address": address, "elapsed_ms": elapsed_ms}


def _connect(host: str, port: int, timeout_seconds: int) -> tuple[str, str | None]:
    try:
        with socket.create_connection((host, port), timeout=timeout_seconds, all_errors=True) as connection:
            return "open", connection.getpeername()[0]
    except (socket.gaierror, UnicodeError):
        return "unresolved", None
    except ExceptionGroup as tried:
        # A name may have several addresses (localhost has ::1 too): the answer of the one that answered counts.
        for kind, state in ((ConnectionRefusedError, "refused"), (TimeoutError, "timeout")):
            if any(isinstance(error, kind) for error in tried.exceptions):
                return state, None
        return "unreachable", None
