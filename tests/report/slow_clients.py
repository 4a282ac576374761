"""Clients that read slowly, or send half of what they announce."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack

from tests.report.case import Case, Options
from tests.report.station import ANY, OFFLINE, Station, make_station_repo, serve_station
from tests.waiting import patience

_CLIENTS = 24
_BYTES_A_LOOK = 256
_TALKS = """\
import time


def main():
    for number in range(200):
        print("x" * 1000, number, flush=True)
        time.sleep(0.02)
    return {"greeting": "y" * 900_000}
"""


def read_slowly(options: Options) -> str:
    """Clients that take a few bytes a second of a live log and of the largest answers, with the smallest windows."""
    repo = make_station_repo(options.folder)
    repo.tool("talks", main=_TALKS, parameters=ANY, returns="{}", runtime=OFFLINE)
    for number in range(60):
        repo.tool(f"filler_{number}", description="x" * 1000)
    repo.commit("talks")
    with serve_station(repo, options.folder) as station, ExitStack() as connections:
        begun = station.running.post("/api/v1/tools/talks/execute", {"arguments": {}})
        where = begun.headers["Location"]
        addresses = [f"{where}/events", where, "/api/v1/llm/tools", "/openapi.json"]
        slow = [
            connections.enter_context(_ask_with_a_small_window(station, addresses[number % len(addresses)]))
            for number in range(_CLIENTS)
        ]
        until, slowest = time.monotonic() + 12, 0.0
        while time.monotonic() < until:
            for one in slow:
                try:
                    one.recv(_BYTES_A_LOOK, socket.MSG_DONTWAIT)
                except BlockingIOError:
                    continue
            slowest = max(slowest, _time_health(station))
            time.sleep(0.2)
        assert station.running.get(where).json()["status"] == "success"
        for one in slow:
            one.close()
        assert slowest < patience(2), f"/livez took {slowest:.1f} s beside slow readers"
        return f"{_CLIENTS} readers, /livez at most {slowest * 1000:.0f} ms; {station.hold()}"


def send_half(options: Options) -> str:
    """Clients that announce a body, send half of it, and wait, leave, or go on byte by byte."""
    repo = make_station_repo(options.folder)
    head = "POST /api/v1/llm/tools/control/invoke HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    half = [
        head + 'Content-Length: 1000000\r\n\r\n{"arguments": ',
        head + 'Transfer-Encoding: chunked\r\n\r\nfff\r\n{"argu',
        head + "Transfer-Encoding: chunked\r\n\r\n",
        head + "Content-Length: 400\r\nExpect: 100-continue\r\n\r\n",
    ]
    with serve_station(repo, options.folder) as station, ExitStack() as connections:
        waiting = []
        for number in range(200):
            connection = connections.enter_context(_connect(station))
            connection.sendall(half[number % len(half)].encode())
            if number % 5 == 0:
                connection.close()
            else:
                waiting.append(connection)
        until, slowest = time.monotonic() + 10, 0.0
        while time.monotonic() < until:
            for one in waiting[::2]:
                try:
                    one.sendall(b" ")
                except OSError:
                    continue
            slowest = max(slowest, _time_health(station))
            time.sleep(0.5)
        runs = len(station.records())
        for one in waiting:
            one.close()
        assert slowest < patience(2), f"/livez took {slowest:.1f} s beside half requests"
        seen = station.hold()
        assert len(station.records()) == runs + 1, "a half request ran something"
        return f"200 half requests, /livez at most {slowest * 1000:.0f} ms; {seen}"


def _time_health(station: Station) -> float:
    began = time.monotonic()
    assert station.running.get("/livez").status_code == 200
    return time.monotonic() - began


def _connect(station: Station) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    connection.settimeout(patience(10))
    connection.connect(("127.0.0.1", station.running.port))
    return connection


def _ask_with_a_small_window(station: Station, address: str) -> socket.socket:
    connection = _connect(station)
    connection.sendall(f"GET {address} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return connection


CASES = (
    Case("slow-readers", "slow readers of live logs and large answers", read_slowly),
    Case("half-bodies", "200 requests with half a body", send_half),
)
