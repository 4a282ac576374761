"""A small HTTP load: some clients, each with one connection, for a while. The same for a figure and its baseline."""

from __future__ import annotations

import socket
import statistics
import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """What a load saw: answers per second over all clients, and how long single answers took."""

    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


def get_many(port: int, path: str, *, clients: int, seconds: float, encoding: str = "gzip") -> Load:
    """GET one address from ``clients`` connections for ``seconds``. Raises RuntimeError on any status but 200."""
    return request_many(port, _get(port, path, encoding), clients=clients, seconds=seconds)


def request_many(port: int, request: bytes, *, clients: int, seconds: float) -> Load:
    """Send the same request again and again from ``clients`` connections, for ``seconds``."""
    took_ms: list[float] = []
    faults: list[Exception] = []
    until = time.perf_counter() + seconds

    def client() -> None:
        try:
            with socket.create_connection(("127.0.0.1", port)) as connection:
                buffer = bytearray(1 << 20)
                while (began := time.perf_counter()) < until:
                    connection.sendall(request)
                    _read_answer(connection, buffer)
                    took_ms.append((time.perf_counter() - began) * 1000)
        except (OSError, RuntimeError) as fault:
            faults.append(fault)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return summed(took_ms, time.perf_counter() - began)


def summed(took_ms: list[float], seconds: float) -> Load:
    """A load's figures from how long its single answers took."""
    cuts = statistics.quantiles(took_ms, n=100, method="inclusive")
    return Load(len(took_ms) / seconds, cuts[49], cuts[94], cuts[98])


def post(port: int, path: str, body: bytes) -> bytes:
    """The bytes of a POST request with a JSON body."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _get(port: int, path: str, encoding: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Encoding: {encoding}\r\n\r\n".encode()


def _read_answer(connection: socket.socket, buffer: bytearray) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(65536)
        if not piece:
            raise RuntimeError(f"the server closed the connection after {head[:200]!r}")
        head += piece
    head, _, body = head.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    if b" 200 " not in lines[0] + b" ":
        raise RuntimeError(f"not a 200: {lines[0]!r} {body[:500]!r}")
    left = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")) - len(body)
    while left > 0:
        left -= connection.recv_into(buffer, min(left, len(buffer)))
