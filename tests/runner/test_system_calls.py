"""The sandboxes' seccomp profile: what it closes, and that it closes nothing else of what the engine's own allows."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import docker
import pytest

from runner import Settings, open_runner, sandbox_limits
from runner.seccomp_profile import read_profile

from .conftest import Run, containers, job
from .test_probe import without

ALG, VSOCK = 38, 40
FAMILIES = range(64)
CLOSED = {"425", "426", "427", "310", "311", "206"}  # io_uring, process_vm_readv, process_vm_writev, io_setup
# Each call with arguments that name nothing, in a child of its own: what a filter refuses, it refuses before any look
# at them. Left out are those that end, stop or replace the child or others, and sync(2), which is the whole machine's.
SWEEP = """
import ctypes, json, os, signal

def main():
    libc = ctypes.CDLL(None, use_errno=True)
    refused = []
    left_out = {15, 34, *range(56, 63), 101, 130, 162, 200, 231, 234, 247, 322, 435}
    for number in sorted(set(range(470)) - left_out):
        child = os.fork()
        if child == 0:
            signal.alarm(1)
            ctypes.set_errno(0)
            found = libc.syscall(number, *[ctypes.c_long(-1)] * 6)
            os._exit(1 if found == -1 and ctypes.get_errno() in (1, 38) else 0)
        if os.waitpid(child, 0)[1] == 256:
            refused.append(str(number))
    return refused
"""
SOCKETS = """
import ctypes, errno

def main(families, high):
    libc = ctypes.CDLL(None, use_errno=True)
    found = {}
    for family in families:
        handle = libc.socket(family, 1, 0) if not high else libc.syscall(41, ctypes.c_long(family | 1 << 32), 1, 0)
        found[family] = "made" if handle >= 0 else errno.errorcode[ctypes.get_errno()]
    return found
"""


QUEUE = """
import ctypes, errno

def main():
    libc = ctypes.CDLL(None, use_errno=True)
    made = libc.syscall(206, 1000, ctypes.byref(ctypes.c_ulong()))
    return "made" if made == 0 else errno.errorcode[ctypes.get_errno()]
"""


@pytest.fixture
def own(settings: Settings, engine: docker.DockerClient) -> Iterator[Settings]:
    """Settings with an owner of this test's own."""
    found = replace(settings, owner=f"test-{uuid.uuid4().hex}")
    yield found
    assert containers(engine, found.owner) == []


def played(own: Settings, source: str, **arguments: Any) -> Any:
    """The result of one run in a sandbox that was made for it."""
    runner = open_runner(own)
    try:
        outcome = runner.run(job(source, arguments=json.dumps(arguments).encode(), timeout_seconds=30.0))
    finally:
        runner.close()
    assert outcome.result is not None, outcome
    return json.loads(outcome.result)


def test_the_profile_names_each_call_once_and_in_order() -> None:
    rules = json.loads(read_profile())["syscalls"]
    for rule in rules:
        assert rule["names"] == sorted(set(rule["names"]))
    unconditional = [name for rule in rules if "args" not in rule for name in rule["names"]]
    assert len(unconditional) == len(set(unconditional))
    closed = {
        "io_uring_setup",
        "io_uring_enter",
        "io_uring_register",
        "userfaultfd",
        "perf_event_open",
        "io_setup",
        "bpf",
        "unshare",
    }
    assert not closed & set(unconditional)


@pytest.mark.engine
def test_no_socket_reaches_the_hypervisor_or_the_kernels_ciphers(run: Run) -> None:
    outcome = run(SOCKETS, arguments=json.dumps({"families": [1, 2, 10, 16, ALG, VSOCK], "high": False}).encode())
    found = json.loads(outcome.result or b"{}")
    assert {found.pop(str(ALG)), found.pop(str(VSOCK))} == {"EPERM"}
    assert {found["1"], found["2"], found["10"]} == {"made"}


@pytest.mark.engine
def test_no_tool_takes_the_asynchronous_requests_of_the_whole_machine(run: Run) -> None:
    assert json.loads(run(QUEUE).result or b"null") == "EPERM"


@pytest.mark.engine
def test_no_bit_that_the_kernel_does_not_look_at_opens_a_family(own: Settings) -> None:
    assert set(played(own, SOCKETS, families=list(FAMILIES), high=True).values()) <= {"EPERM", "ENOSYS"}


@pytest.mark.engine
def test_nothing_else_is_closed_than_by_the_engines_own_profile(own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    calls, sockets = set(played(own, SWEEP)), played(own, SOCKETS, families=list(FAMILIES), high=False)
    monkeypatch.setattr(sandbox_limits, "make_host_config", without({"SecurityOpt": ["no-new-privileges"]}))
    their_calls, their_sockets = set(played(own, SWEEP)), played(own, SOCKETS, families=list(FAMILIES), high=False)
    assert calls - their_calls <= CLOSED | {"41"}, "41 is socket(2), with a family that does not exist"
    differing = {family for family in sockets if sockets[family] != their_sockets[family]}
    assert differing <= {str(ALG), str(VSOCK), *(str(family) for family in FAMILIES if family > 45)}
