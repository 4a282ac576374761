"""Each sandbox has a user id of its own: what the kernel counts by user, no tool takes from another."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import docker
import pytest

from runner import Runner, Settings, ensure_base_image
from runner.engine import user_ids
from runner.sandbox import Sandbox

from .conftest import Run, containers, job

# What takes as much as it can get, by the kind of thing; and one more of it. Each gives how many it got.
TAKES = {
    "inotify instances": "[libc.inotify_init() for _ in range({count})]",
    "room in pipes": "[libc.fcntl(os.pipe()[1], 1031, 1 << 20) for _ in range({count})]",  # F_SETPIPE_SZ
    "message queues": "[libc.mq_open(b'/%d' % n, 0o102, 0o600, None) for n in range({count})]",  # O_CREAT | O_RDWR
}
ALL = 100
TAKE = """
import ctypes, os, time

def main(seconds):
    libc = ctypes.CDLL(None)
    got = sum(one >= 0 for one in {what})
    os.write(1, b'%d' % got)
    time.sleep(seconds)
    return got
"""


@pytest.fixture
def own(settings: Settings, engine: docker.DockerClient) -> Iterator[Settings]:
    """Settings with an owner of this test's own."""
    found = replace(settings, owner=f"test-{uuid.uuid4().hex}")
    yield found
    assert containers(engine, found.owner) == []


def take(what: str, count: int) -> str:
    return TAKE.format(what=TAKES[what].format(count=count))


@pytest.mark.engine
@pytest.mark.parametrize("what", TAKES)
def test_what_one_tool_takes_another_still_gets(what: str, runner: Runner) -> None:
    greedy = job(
        take(what, 250 if what == "inotify instances" else ALL), arguments=b'{"seconds": 60}', timeout_seconds=60
    )
    taken: list[int] = []
    told = threading.Event()

    def hear(_stream: str, piece: bytes) -> None:
        taken.append(int(piece))
        told.set()

    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(runner.run, greedy, hearing=hear)
        try:
            assert told.wait(60)
            other = runner.run(job(take(what, 1), arguments=b'{"seconds": 0}'))
        finally:
            runner.cancel(greedy.execution_id)
        running.result(60)
    assert 0 < taken[0] < (250 if what == "inotify instances" else ALL), "it took all that one user may have"
    assert other.result == b"1", other


@pytest.mark.engine
def test_the_engine_gives_no_id_twice_at_a_time(own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = user_ids.draw_user_id(), user_ids.draw_user_id()
    drawn, usual, here = iter([first, first, first, second, second]), user_ids.draw_user_id, threading.current_thread()
    monkeypatch.setattr(
        user_ids, "draw_user_id", lambda: next(drawn) if threading.current_thread() is here else usual()
    )
    image = ensure_base_image(own, print)
    others = replace(own, owner=f"{own.owner}-other")  # another service's, which knows nothing of this one's

    def make(settings: Settings) -> Sandbox:
        return Sandbox(settings, image, memory_mb=64, network=False)

    with make(own) as one, make(others) as other:
        found = [
            json.loads(it.run(job("import os\ndef main(): return os.getuid()")).result or b"0") for it in (one, other)
        ]
    assert found == [first, second]
    with make(own) as again:
        assert again.run(job("import os\ndef main(): return os.getuid()")).result == str(second).encode()


@pytest.mark.engine
def test_a_tool_has_a_home_and_a_name_under_whatever_id(run: Run) -> None:
    source = """
import getpass, os, pathlib, tempfile
def main():
    (pathlib.Path.home() / ".config/x").mkdir(parents=True)
    with tempfile.NamedTemporaryFile() as file:
        own = os.stat(file.name).st_uid == os.getuid() == os.getgid()
    modes = [oct(os.stat(path).st_mode & 0o7777) for path in ("/tmp", "/tool", "/dev/shm")]
    return [getpass.getuser(), str(pathlib.Path.home()), own, modes, os.access("/opt/toolcrib", os.W_OK)]
"""
    assert json.loads(run(source).result or b"0") == ["sandbox", "/tmp", True, ["0o1777"] * 3, False]


@pytest.mark.parametrize(
    ("options", "exist", "ids"),
    [
        (["name=seccomp,profile=default"], True, user_ids.WIDE),
        (["name=seccomp,profile=default", "name=userns"], True, user_ids.NARROW),
        (["name=rootless", "name=cgroupns"], True, user_ids.NARROW),
        (None, False, user_ids.NARROW),
    ],
)
def test_an_engine_with_few_ids_is_asked_for_none_that_it_does_not_have(
    options: list[str] | None, exist: bool, ids: range, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = SimpleNamespace(json=lambda: {"SecurityOptions": options})
    monkeypatch.setattr(user_ids, "ask_engine", lambda *_, **__: answer)
    monkeypatch.setattr(user_ids, "_exist_here", lambda _: exist)
    assert user_ids.list_usable_ids.__wrapped__() == ids
