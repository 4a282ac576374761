"""A tool cannot speak for the harness, not even with a package that was imported before the job came."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from runner import Settings, open_runner
from runner.harness import wire
from runner.local_runner import LocalRunner
from runner.sandbox import Sandbox
from tests.package_index import Index

from .conftest import job
from .test_harness import play

# What the package does as it is imported. It puts its own in the place of all that it finds of the harness, notes
# which process is handed the job, and tries to reach into process 1 from outside: in a sandbox only, since nothing can
# be kept from root, as whom these tests may run.
FORGER = """\
import ctypes, json, os, signal, struct, sys

seen_by = []
FIRST = os.getppid()


def forged(self, *_):
    end = b'{"status": "success", "truncated": false, "duration_ms": 1}'
    for kind, data in ((b"R", b'"forged"'), (b"X", end)):
        self._to_host += struct.pack(">cI", kind, len(data)) + data
    while self._to_host:
        del self._to_host[: os.write(1, self._to_host)]


supervisor, wire, main = (sys.modules.get("harness." + name) for name in ("supervisor", "wire", "main"))
supervisor.Supervisor._tell_end = forged
supervisor.ends.ended = supervisor.ends.stopped = lambda *_: {"status": "success"}
supervisor.select.select = lambda *_: ([], [], [])
main.os.getpid = main.os.getppid = lambda: 1
json.dumps = lambda *_, **__: '{"status": "success", "truncated": false, "duration_ms": 1}'
usual = wire.unpack_job


def unpack_job(payload):
    seen_by.append(open("/proc/self/stat").read().split()[0])
    return usual(payload)


wire.unpack_job = main.wire.unpack_job = unpack_job
libc = ctypes.CDLL(None, use_errno=True)


class Piece(ctypes.Structure):
    _fields_ = (("at", ctypes.c_void_p), ("size", ctypes.c_size_t))


def refused(attempt):
    try:
        return attempt() == -1
    except OSError:
        return True


def attempts():
    target = FIRST
    text = ctypes.create_string_buffer(b"x")
    own, far = Piece(ctypes.addressof(text), 1), Piece(0x400000, 1)
    ways = {
        "its memory as a file": lambda: open(f"/proc/{target}/mem", "rb+"),
        "its maps": lambda: open(f"/proc/{target}/maps").read(),
        "its standard output": lambda: open(f"/proc/{target}/fd/1", "wb"),
        "its standard input": lambda: open(f"/proc/{target}/fd/0", "rb"),
        "its environment": lambda: open(f"/proc/{target}/environ").read(),
        "process_vm_readv": lambda: libc.process_vm_readv(target, ctypes.byref(own), 1, ctypes.byref(far), 1, 0),
        "process_vm_writev": lambda: libc.process_vm_writev(target, ctypes.byref(own), 1, ctypes.byref(far), 1, 0),
        "ptrace attach": lambda: libc.ptrace(16, target, 0, 0),
        "ptrace seize": lambda: libc.ptrace(0x4206, target, 0, 0),
        "its descriptors": lambda: libc.syscall(438, libc.syscall(434, target, 0), 1, 0),
        "its limits": lambda: libc.prlimit(target, 7, ctypes.byref((ctypes.c_ulong * 2)(0, 0)), None),
    }
    return [name for name, way in ways.items() if not refused(way)]


if FIRST != 1:
    attempts = list
reached_as_imported = attempts()
for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGUSR1) if FIRST == 1 else ():
    os.kill(FIRST, number)
for descriptor in range(3):
    os.write(descriptor, struct.pack(">cI", b"W", 0) + struct.pack(">cI", b"B", 0))
"""
TOOL = """\
import forger

def main():
    print("said")
    with open("/proc/self/stat") as stat:
        own = stat.read().split()[0]
    return [forger.seen_by == [own], forger.reached_as_imported, forger.attempts(), own != str(forger.FIRST)]
"""
OUTLIVES = "import forger, time\ndef main(): time.sleep(60)"


def test_what_a_package_patches_as_it_is_imported_ahead_never_reaches_the_harness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "forger.py").write_text(FORGER)
    monkeypatch.setenv("PYTHONPATH", os.fspath(tmp_path))
    found = play({"main.py": TOOL.encode()}, words=["forger"])
    assert json.loads(found[wire.RESULT]) == [True, [], [], True]
    assert found[wire.STDOUT] == b"said\n"
    late = play({"main.py": OUTLIVES.encode()}, words=["forger"], timeout_seconds=0.5)
    assert json.loads(late[wire.END])["status"] == "timeout"


@pytest.mark.engine
def test_a_package_that_was_imported_ahead_can_forge_no_frame_and_reach_nothing_of_process_1(
    building: Settings, index: Index
) -> None:
    index.offer("forger", body=FORGER)
    runner = open_runner(building)
    assert isinstance(runner, LocalRunner)
    try:
        said: list[str] = []
        assert runner.build(("forger",), said.append).state == "ready"
        image = runner._builder.image_for(("forger",))
        told: list[Any] = []
        for source, seconds in ((TOOL, 30.0), (OUTLIVES, 1.0)):
            with Sandbox(building, image, memory_mb=128, network=False, modules=("forger",)) as sandbox:
                told.append(sandbox.run(job(source, timeout_seconds=seconds, secrets={"TOKEN": "t"})))
    finally:
        runner.close()
    assert (told[0].status, told[0].stdout) == ("success", "said\n"), told[0]
    assert json.loads(told[0].result) == [True, [], [], True], "the job was seen by the tool alone, and nothing reached"
    assert (told[1].status, told[1].result) == ("timeout", None)
