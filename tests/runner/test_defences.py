"""Each defence, and what happens where it is switched off: what nobody would miss is no defence."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
import pytest

from runner import Outcome, Settings, ensure_base_image, open_runner, prove_limits, sandbox, sandbox_limits
from runner.engine import container
from runner.engine import docker_client as engine_module
from runner.harness import wire
from tests.waiting import eventually

from .conftest import containers, job, where_the_harness_does_not_hide
from .test_harness import FOLDER, frames
from .test_probe import without

End = tuple[str, str | None, Any]
DESCRIPTORS = "import os\ndef main(): return [fd for fd in range(3, 64) if os.path.exists(f'/proc/self/fd/{fd}')]"
FORKED = "import os, time\ndef main():\n if os.fork() == 0: return 1\n time.sleep(.3)\n return 2"
PROFILED = (
    "import sys\ndef hang(frame, event, what):\n while event == 'call': pass\n"
    "def main():\n sys.setprofile(hang)\n return 1"
)
STARVING = (
    "import os, resource\ndef main():\n try: resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (0, 0))\n"
    " except PermissionError: return 'refused'"
)
SLOW = "import time\ndef main():\n time.sleep(1.5)\n return 1"
# A line of the harness, what it becomes when it is switched off, a tool that tells the difference, and its end when
# the defence is there: status, kind of failure, result.
DEFENCES: dict[str, tuple[str, str, str, str, End]] = {
    "the deadline": (
        "supervisor.py",
        'self._reason = "timeout"',
        "self._turn(0.1)",
        SLOW,
        ("timeout", "timeout", None),
    ),
    "the bound of the log": (
        "supervisor.py",
        "kept = data[: self._room[bound]]",
        "kept = data",
        "def main():\n print('x' * 50_000)\n return 1",
        ("failed", "output_limit", None),
    ),
    "the bound of the result": (
        "supervisor.py",
        'self._header["result_bytes"] + 2',
        "10**9",
        "def main(): return [0] * 9000",
        ("failed", "output_limit", None),
    ),
    "no descriptor of the harness": (
        "tool_process.py",
        "os.closerange(_JOB + 1,",
        "os.closerange(4096,",
        DESCRIPTORS,
        ("success", None, [3]),
    ),
    "the first to go when memory is short": (
        "ahead.py",
        'open("/proc/self/oom_score_adj", "w")',
        'open("/dev/null", "w")',
        "def main(): return open('/proc/self/oom_score_adj').read().strip()",
        ("success", None, "1000"),
    ),
    "the limits of process 1": (
        "ahead.py",
        "fence.keep_limits_of(os.getppid())",
        "pass",
        STARVING,
        ("success", None, "refused"),
    ),
    "one report, of the process that was started": (
        "tool_process.py",
        "if _getpid() == process:",
        "if True:",
        FORKED,
        ("success", None, 2),
    ),
    "nobody watches how the end is told": (
        "tool_process.py",
        "_setprofile(None)",
        "pass",
        PROFILED,
        ("success", None, 1),
    ),
}


def played(folder: Path, source: str, *, host_stays: bool = True) -> End:
    """The end of a run in the harness of ``folder``."""
    header = {"entry": "function", "whole_object": False, "timeout_seconds": 1.0, "environment": {}}
    header |= {"result_bytes": 4096, "log_bytes": 1024, "out_files": 0, "out_bytes": 0}
    command = [sys.executable, "-B", "-m", "harness", str(folder / f"tool-{uuid.uuid4().hex}")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=folder, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as harness:
        assert harness.stdin is not None
        assert harness.stdout is not None
        try:
            harness.stdin.write(wire.pack_job(header, b"{}", {"main.py": source.encode()}))
            harness.stdin.flush()
            if not host_stays:
                harness.stdin.close()
            # Until its end: it may wait for the host to hang up.
            found = b""
            while not any(kind == wire.END for kind, _ in whole(found)):
                piece = harness.stdout.read1(65536)  # type: ignore[attr-defined]
                assert piece, "it ended without a word"
                found += piece
            harness.stdin.close()
            harness.wait(10)  # it has told the end before it ends what is left
        finally:
            harness.kill()
    told = {kind: b"".join(payload for one, payload in whole(found) if one == kind) for kind, _ in whole(found)}
    end = json.loads(told[wire.END])
    try:
        result = json.loads(told[wire.RESULT]) if end["status"] == "success" else None
    except ValueError:
        result = told[wire.RESULT]
    return end["status"], end.get("kind"), result


def whole(data: bytes) -> list[tuple[bytes, bytes]]:
    """The frames of a stream, but for one that has not arrived whole."""
    end = 0
    while len(data) - end >= wire.HEAD.size:
        after = end + wire.HEAD.size + wire.HEAD.unpack_from(data, end)[1]
        if after > len(data):
            break
        end = after
    return frames(data[:end])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a harness that a test may change."""
    shutil.copytree(FOLDER / "harness", tmp_path / "harness", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def switch_off(folder: Path, file: str, line: str, off: str) -> None:
    path = folder / "harness" / file
    text = path.read_text()
    assert line in text, "the defence has moved: this test must follow"
    path.write_text(text.replace(line, off))


@pytest.mark.parametrize("name", DEFENCES)
def test_a_defence_of_the_harness_would_be_missed(name: str, folder: Path) -> None:
    file, line, off, source, defended = DEFENCES[name]
    assert played(folder, source) == defended
    switch_off(folder, file, line, off)
    assert played(folder, source) != defended


def test_without_its_defence_a_tool_outlives_its_host(folder: Path) -> None:
    source = "import time\ndef main():\n time.sleep(.3)\n return 'went on'"
    assert played(folder, source, host_stays=False) == ("cancelled", "cancelled", None)
    off = "self._selector.unregister(HOST_IN)"
    switch_off(folder, "supervisor.py", 'self._reason = self._reason or "cancelled"', off)
    assert played(folder, source, host_stays=False) == ("success", None, "went on")


def test_without_its_defence_a_child_outlives_its_tool(folder: Path) -> None:
    source = "import os, time\ndef main():\n child = os.fork()\n if child == 0: time.sleep(5)\n return child"
    child = played(folder, source)[2]
    eventually(lambda: ended(child), 2, "it is killed before the harness ends")
    switch_off(folder, "ahead.py", "os.kill(-1 if os.getpid() == 1 else -group, signal.SIGKILL)", "pass")
    left = played(folder, source)[2]
    assert not ended(left)
    subprocess.run(["kill", "-9", str(left)], check=True)


def ended(process: int) -> bool:
    """Whether it is gone, or dead and only not buried."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture
def own(settings: Settings, engine: docker.DockerClient) -> Iterator[Settings]:
    """Settings with an owner of this test's own."""
    found = replace(settings, owner=f"test-{uuid.uuid4().hex}")
    yield found
    assert containers(engine, found.owner) == []


FORGE = """\
import os, struct, time

def main():
    text = b'{"status": "success", "truncated": false, "duration_ms": 1}'
    with open("/proc/1/fd/1", "wb", 0) as host:
        host.write(b"R" + struct.pack(">I", 8) + b'"forged"' + b"X" + struct.pack(">I", len(text)) + text)
    time.sleep(20)
"""


@pytest.mark.engine
def test_a_frame_can_be_forged_only_where_the_harness_does_not_hide(own: Settings, engine: docker.DockerClient) -> None:
    hidden = _forge(own)
    assert hidden.failure is not None
    assert hidden.failure.kind == "script_error", "PermissionError"
    assert where_the_harness_does_not_hide(own, engine, _forge).result == b'"forged"'


def _forge(own: Settings) -> Outcome:
    runner = open_runner(own)
    try:
        return runner.run(job(FORGE))
    finally:
        runner.close()


@pytest.mark.engine
@pytest.mark.parametrize("user", ["0:0", "65534:65534"])
def test_the_probe_sees_a_user_id_that_others_have(user: str, own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def create(config: dict[str, Any]) -> str:
        return str(engine_module.get_client().create_container_from_config({**config, "User": user})["Id"])  # type: ignore[no-untyped-call]

    monkeypatch.setattr(container, "_create", create)
    assert {line.setting for line in prove_limits(own) if not line.ok} == {"user"}


@pytest.mark.engine
def test_the_probe_sees_a_variable_too_many(own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = dict(sandbox_limits.ENVIRONMENT)
    usual = sandbox._job_frame

    def leaky(one: Any) -> bytes:
        return usual(replace(one, secrets={"OF_THE_SERVICE": "1"}))

    monkeypatch.setattr(sandbox, "_job_frame", leaky)
    assert {line.setting for line in prove_limits(own) if not line.ok} == {"environment"}
    assert asked == sandbox_limits.ENVIRONMENT


@pytest.mark.engine
def test_the_probe_sees_the_shared_memory_of_the_host(own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_limits, "make_host_config", without({"IpcMode": "host"}))
    assert "/dev/shm" in {line.setting for line in prove_limits(own) if not line.ok}


CHATTY = "import time\ndef main():\n print('up', flush=True)\n time.sleep(20)"


@pytest.mark.engine
@pytest.mark.parametrize("kept", [False, True])
def test_what_is_printed_lands_on_the_hosts_disk_only_with_another_log_driver(
    kept: bool, own: Settings, engine: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kept:
        monkeypatch.setattr(sandbox_limits, "make_host_config", without({"LogConfig": {"Type": "json-file"}}))
    runner = open_runner(own)
    seen: list[bool] = []

    def hear(_stream: str, _piece: bytes) -> None:
        if not seen:
            [one] = containers(engine, own.owner)
            seen.append(bool(one.attrs["LogPath"]))
        runner.cancel(asked.execution_id)

    asked = job(CHATTY, timeout_seconds=20.0)
    assert runner.run(asked, hearing=hear).status == "cancelled"
    assert seen == [kept]
    runner.close()


@pytest.mark.engine
@pytest.mark.parametrize("removed", [True, False])
def test_what_has_ended_goes_by_itself_only_when_the_engine_was_told_so(
    removed: bool, own: Settings, engine: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not removed:
        monkeypatch.setattr(sandbox_limits, "make_host_config", without({"AutoRemove": False}))
    one = sandbox.Sandbox(own, ensure_base_image(own, print), memory_mb=64, network=False)
    one.let_go()
    try:
        if removed:
            eventually(lambda: containers(engine, own.owner) == [], 35)
        else:
            eventually(lambda: [found.status for found in containers(engine, own.owner)] == ["exited"], 35)
    finally:
        one.remove()
