"""The end that a sandbox tells is believed only if it is a possible one, and so is every frame before it."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.engine import ContainerStreams, StreamBroken
from runner.harness import ends, wire
from runner.model import hear_nothing
from runner.run_end import read_end
from runner.sandbox import Sandbox, _Seen

from .conftest import job

SUCCESS: dict[str, Any] = {"status": "success", "truncated": False, "duration_ms": 1.5}
FAILED: dict[str, Any] = {**SUCCESS, "status": "failed", "kind": "exit", "message": "m", "details": None}
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
)

IMPOSSIBLE: dict[str, Any] = {
    "no object": [],
    "no status": {"truncated": False, "duration_ms": 1},
    "an unknown status": {**SUCCESS, "status": "running"},
    "a status that is no text": {**SUCCESS, "status": []},
    "a success with a message": {**SUCCESS, "message": "m"},
    "a failure without one": {name: FAILED[name] for name in FAILED if name != "message"},
    "a kind of another status": {**FAILED, "kind": "timeout"},
    "a kind that only the service tells": {**FAILED, "kind": "interrupted"},
    "a message that is no text": {**FAILED, "message": 1},
    "a long message": {**FAILED, "message": "m" * (wire.MESSAGE_CHARACTERS + 1)},
    "an unknown detail": {**FAILED, "details": {"errors": []}},
    "a nested detail": {**FAILED, "details": {"type": [["a"]]}},
    "a long traceback": {**FAILED, "details": {"traceback": "t" * (wire.TRACEBACK_CHARACTERS + 1)}},
    "true for a number": {**FAILED, "details": {"code": True}},
    "a negative number": {**FAILED, "details": {"code": -1}},
    "a fraction for a number": {**FAILED, "details": {"line": 1.5}},
    "truncated that is no truth": {**SUCCESS, "truncated": 0},
    "an endless time": {**SUCCESS, "duration_ms": 10**400},
    "a negative time": {**SUCCESS, "duration_ms": -1.0},
    "a time that is a text": {**SUCCESS, "duration_ms": "1"},
}
UNREADABLE = {
    "nothing": b"",
    "no JSON": b"{",
    "not UTF-8": b'"\xff"',
    "NaN": json.dumps({**SUCCESS, "duration_ms": float("nan")}).encode(),
    "1e999": json.dumps(SUCCESS).replace("1.5", "1e999").encode(),
    "700 levels": json.dumps(FAILED).replace("null", "[" * 700 + "]" * 700).encode(),
    "100,000 levels": b"[" * 100_000,
    "a number of many digits": json.dumps(SUCCESS).replace("1.5", "1" * 10_000).encode(),
    "too many bytes": json.dumps(SUCCESS).encode() + b" " * wire.END_BYTES,
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_an_impossible_end_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="it"):
        read_end(json.dumps(IMPOSSIBLE[name]).encode())


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_end_is_refused(name: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- in the words of whoever reads first
        read_end(UNREADABLE[name])


@given(st.sampled_from([SUCCESS, FAILED]), st.dictionaries(st.sampled_from([*FAILED, "other"]), ANYTHING))
def test_whatever_is_told_is_an_end_or_refused(start: dict[str, Any], changes: dict[str, Any]) -> None:
    try:
        end = read_end(json.dumps(start | changes).encode())
    except ValueError:
        return
    assert (end.failure is None) == (end.status == "success")
    assert len(json.dumps(end.failure.details, allow_nan=False)) if end.failure else True


@pytest.mark.parametrize(
    "end",
    [
        ends.failed("exit", "m" * 10_000, {"code": 3}),
        ends.ended({"entry": "function"}, 9, b"", b""),
        ends.stopped("timeout", {"timeout_seconds": 1}),
        ends.stopped("cancelled", {}),
        ends.stopped("log", {"log_bytes": 1}),
        ends.out_of_memory(),
    ],
)
def test_what_the_harness_tells_is_possible(end: dict[str, Any]) -> None:
    told = read_end(json.dumps({**end, "truncated": True, "duration_ms": 2}).encode())
    assert told.failure is not None
    assert (told.status, told.failure.kind, told.truncated) == (end["status"], end["kind"], True)


B, END = wire.pack(wire.BEGAN), wire.pack(wire.END, json.dumps(SUCCESS).encode())
FORGED = {
    "an end before the beginning": END,
    "two beginnings": B + B,
    "a log before the beginning": wire.pack(wire.STDOUT, b"x"),
    "another beginning to wait": B + wire.pack(wire.WAITING),
    "a job": B + wire.pack(wire.JOB),
    "an unknown frame": B + wire.pack(b"?"),
    "too long a log": B + wire.pack(wire.STDERR, bytes(200_000)) * 2,
    "too long a result": B + wire.pack(wire.RESULT, bytes(600_000)) * 2,
    "an impossible end": B + wire.pack(wire.END, b"{}"),
    "a frame without end": B + wire.HEAD.pack(wire.END, 2**31),
}


@pytest.fixture
def ends_of_stream() -> Iterator[tuple[ContainerStreams, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
    with ours, theirs:
        yield ContainerStreams(ours), theirs


def multiplexed(data: bytes) -> bytes:
    """As the Engine wraps what a container writes to its standard output."""
    return struct.pack(">BxxxI", 1, len(data)) + data


@pytest.mark.parametrize("name", FORGED)
def test_a_stream_that_no_harness_would_send_is_broken(
    name: str, ends_of_stream: tuple[ContainerStreams, socket.socket]
) -> None:
    attached, sandbox = ends_of_stream
    sandbox.settimeout(5)
    sandbox.sendall(multiplexed(FORGED[name]))
    seen = _Seen(hear_nothing)
    with pytest.raises(StreamBroken, match="sandbox"):
        Sandbox._follow(attached, job("", timeout_seconds=5.0), seen, time.monotonic() + 5)
    assert seen.end is None


def test_what_came_in_time_is_read_however_late(ends_of_stream: tuple[ContainerStreams, socket.socket]) -> None:
    attached, sandbox = ends_of_stream
    sandbox.sendall(multiplexed(B + wire.pack(wire.RESULT, b"1") + END))
    seen = _Seen(hear_nothing)
    Sandbox._follow(attached, job("", timeout_seconds=0.0), seen, time.monotonic() - 60)
    assert seen.end is not None
    assert (seen.end.status, bytes(seen.pieces[wire.RESULT])) == ("success", b"1")


def test_silence_ends_at_the_deadline(ends_of_stream: tuple[ContainerStreams, socket.socket]) -> None:
    attached, _ = ends_of_stream
    with pytest.raises(TimeoutError):
        attached.frame(time.monotonic() + 0.05)
    with pytest.raises(TimeoutError):
        attached.frame(time.monotonic() - 1)
