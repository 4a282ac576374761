"""The pool under faults and over time: it grows, shrinks, replaces what broke, and leaves nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docker
import pytest

from runner import Outcome, Runner, SandboxUnavailable, Settings, ensure_base_image, open_runner
from runner.engine import docker_client as engine_module
from runner.engine.network_namespaces import NetworkNamespaces
from runner.sandbox import NotReady, Sandbox
from runner.waiting import pool_size, sandbox_factory, sandbox_pool
from runner.waiting.pool_size import PoolSize
from tests.waiting import eventually

from .conftest import await_none, containers, job

NET = "import os\ndef main(): return [os.stat('/proc/self/ns/net').st_ino, sorted(os.listdir('/sys/class/net'))]"
NAP = "import time\ndef main(): time.sleep(.5)"
LONG = "import time\ndef main(): time.sleep(25)"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def own(settings: Settings, engine: docker.DockerClient) -> Iterator[Settings]:
    """Settings with an owner of this test's own."""
    found = replace(settings, owner=f"test-{uuid.uuid4().hex}", warm=2, max_concurrent=8, max_queued=8)
    yield found
    assert containers(engine, found.owner) == []


@pytest.fixture
def pooled(own: Settings) -> Iterator[Runner]:
    """A runner of which one sandbox of each kind waits."""
    runner = open_runner(own)
    rested(runner, 2)
    yield runner
    runner.close()


def rested(runner: Runner, waiting: int) -> None:
    """Wait until so many sandboxes wait, and nothing runs or is yet to be removed."""
    at_rest = {"waiting": waiting, "running": 0, "removing": 0}
    eventually(lambda: runner.health().sandboxes == at_rest)


def together(runner: Runner, count: int, source: str = NAP, **changes: Any) -> list[Outcome]:
    """Run so many at once."""
    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(lambda _: runner.run(job(source, **changes)), range(count)))


def holders(engine: docker.DockerClient, owner: str) -> list[Any]:
    """The containers that keep a namespace of their own on the bridge."""
    modes = {one.id: one.attrs["HostConfig"]["NetworkMode"] for one in containers(engine, owner)}
    return [one for one in containers(engine, owner) if not modes[one.id].startswith(("none", "container:"))]


def test_what_should_wait_follows_the_most_at_once_of_this_span_and_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr(pool_size, "time", SimpleNamespace(monotonic=lambda: now[0]))
    found = PoolSize(most=5, floor=1)
    for _ in range(7):
        found.begin()
    assert found.target() == 1, "all that could be asked for are in use"
    for _ in range(7):
        found.end()
    assert found.target() == 5, "no more than may run"
    now[0] = 91.0
    assert found.target() == 5
    found.begin()
    found.end()
    now[0] = 181.0
    assert found.target() == 2, "one more than was in use at once"
    now[0] = 100_000.0
    found.floor = 0
    assert found.target() == 0
    found.begin()
    found.end()
    assert not found.over, "somebody may ask again"
    found.forget()
    assert found.over


@pytest.mark.engine
def test_the_pool_grows_with_what_runs_at_once_and_shrinks_after_a_quiet_time(
    own: Settings, engine: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox_pool, "_CALM_SECONDS", 1.0)
    runner = open_runner(own)
    rested(runner, 2)
    assert {one.status for one in together(runner, 5, network=True)} == {"success"}
    rested(runner, 7)  # five with network and one more, and the one without
    assert len(holders(engine, own.owner)) >= 5
    monkeypatch.setattr(pool_size, "_SPAN_SECONDS", 0.5)
    rested(runner, 2)
    eventually(lambda: len(holders(engine, own.owner)) <= 3)  # the one in use, and two to spare
    runner.close()


@pytest.mark.engine
def test_a_holder_that_was_killed_is_replaced_and_its_sandbox_not_lent(
    pooled: Runner, own: Settings, engine: docker.DockerClient
) -> None:
    before = {one.id for one in holders(engine, own.owner)}
    for one in holders(engine, own.owner):
        one.kill()
    outcome = pooled.run(job(NET, network=True))
    assert outcome.result is not None
    assert json.loads(outcome.result)[1] == ["eth0", "lo"]
    rested(pooled, 3)  # one more of what was asked for
    assert not before & {one.id for one in holders(engine, own.owner)}


@pytest.mark.engine
def test_no_listener_outlives_its_run_in_a_namespace_that_is_lent_again(own: Settings) -> None:
    runner = open_runner(replace(own, max_concurrent=1))
    listen = (
        "import os, socket, time\ndef main():\n s = socket.socket()\n s.bind(('', 7001))\n s.listen()\n"
        " if os.fork() == 0:\n  os.setsid()\n  time.sleep(20)\n return os.stat('/proc/self/ns/net').st_ino"
    )
    look = (
        "import os\ndef main():\n lines = open('/proc/net/tcp').read() + open('/proc/net/tcp6').read()\n"
        " return [os.stat('/proc/self/ns/net').st_ino, lines.count(':1B59 ')]"
    )
    used = {json.loads(runner.run(job(listen, network=True)).result or b"0") for _ in range(2)}
    seen: dict[int, int] = {}
    while not used & set(seen):
        space, listeners = json.loads(runner.run(job(look, network=True)).result or b"[]")
        seen[space] = listeners
        assert len(seen) < 9
    assert set(seen.values()) == {0}
    runner.close()


@pytest.mark.engine
def test_a_namespace_is_lent_again_only_when_its_sandbox_is_surely_gone(
    own: Settings, engine: docker.DockerClient
) -> None:
    image = ensure_base_image(own, print)
    slots = NetworkNamespaces(own)
    slot = slots.lend(image, network=True)
    slots.give_back(slot, gone=True)
    assert slots.lend(image, network=True) is slot
    slots.give_back(slot, gone=False)
    other = slots.lend(image, network=True)
    assert other is not slot
    engine.containers.get(other.holder.id or "").kill()
    eventually(lambda: not other.good)
    slots.give_back(other, gone=True)
    third = slots.lend(image, network=True)
    assert third.good
    slots.close(answers=True)
    slots.give_back(third, gone=True)


@pytest.mark.engine
def test_what_is_imported_ahead_costs_the_tool_nothing(own: Settings) -> None:
    runner = open_runner(own)
    runner.prepare({"requests"})
    rested(runner, 4)
    source = (
        "import sys, time\nbegan, ready = time.perf_counter(), 'requests' in sys.modules\nimport requests\n"
        "took = time.perf_counter() - began\ndef main(): return [ready, took * 1000]"
    )
    ready, took_ms = json.loads(runner.run(job(source, imports=("requests",))).result or b"[]")
    assert ready
    assert took_ms < 10
    runner.close()


MEMORY = """\
import os
def read(*paths):
    for path in paths:
        if os.path.exists("/sys/fs/cgroup/" + path):
            return open("/sys/fs/cgroup/" + path).read().strip()
def main():
    return [read("memory.max", "memory/memory.limit_in_bytes"),
            read("memory.swap.max", "memory/memory.memsw.limit_in_bytes")]
"""


@pytest.mark.engine
@pytest.mark.parametrize("memory_mb", [16, 64, 256, 1024])
def test_a_tools_memory_is_what_it_asks_for_and_swap_is_not_more(memory_mb: int, own: Settings) -> None:
    runner = open_runner(own)
    runner.prepare({"requests", "httpx", "jsonschema"})
    rested(runner, 4)
    outcome = runner.run(job(MEMORY, memory_mb=memory_mb, imports=("requests",)))
    assert outcome.result is not None, outcome
    memory, swap = json.loads(outcome.result)
    assert memory == str(memory_mb * 1024 * 1024)
    assert swap in {memory, "0"}
    runner.close()


@pytest.mark.engine
def test_a_sandbox_that_cannot_be_made_so_small_is_made_anew(own: Settings) -> None:
    runner = open_runner(replace(own, preimport_mb=0))  # so that it is tried
    runner.prepare({"requests"})
    rested(runner, 4)
    outcome = runner.run(job("def main(): return 1", memory_mb=33, imports=("requests",)))
    assert outcome.result == b"1"
    runner.close()


@pytest.mark.engine
def test_modules_that_spoil_every_sandbox_are_not_imported_ahead(
    own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoiled(*args: Any, **kwargs: Any) -> Sandbox:
        if kwargs.get("modules"):
            raise NotReady("it ended")
        return Sandbox(*args, **kwargs)

    monkeypatch.setattr(sandbox_factory, "Sandbox", spoiled)
    runner = open_runner(own)
    runner.prepare({"requests"})
    rested(runner, 4)
    assert runner.run(job("import requests\ndef main(): return 1", imports=("requests",))).result == b"1"
    runner.close()


@pytest.mark.engine
def test_what_nobody_foresaw_does_not_stop_the_refilling(own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_pool, "_BACK_OFF_SECONDS", 0.1)
    failures = iter([RuntimeError, LookupError, OSError])

    def failing(*args: Any, **kwargs: Any) -> Sandbox:
        for failure in failures:
            raise failure("not foreseen")
        return Sandbox(*args, **kwargs)

    monkeypatch.setattr(sandbox_factory, "Sandbox", failing)
    runner = open_runner(own)
    rested(runner, 2)
    runner.close()


def vitals() -> tuple[int, int, int]:
    """Descriptors, threads, and resident memory in MiB of this process."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return (len(list(Path("/proc/self/fd").iterdir())), int(status["Threads"]), int(status["VmRSS"].split()[0]) // 1024)


@pytest.mark.engine(alone=True)
def test_three_hundred_runs_leave_memory_descriptors_threads_and_containers_where_they_were(
    own: Settings, engine: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_size, "_SPAN_SECONDS", 2.0)
    monkeypatch.setattr(sandbox_pool, "_CALM_SECONDS", 0.5)
    runner = open_runner(own)
    source = "def main(): return 'x' * 100_000"

    def some(count: int) -> None:
        with ThreadPoolExecutor(4) as threads:
            ends = threads.map(lambda number: runner.run(job(source, network=number % 3 == 0)).status, range(count))
            assert set(ends) == {"success"}
        rested(runner, 2)
        # Two that wait, a slot under each, and two slots of each sort to spare.
        eventually(lambda: len(containers(engine, own.owner)) <= 8)

    some(60)
    descriptors, threads, memory_mb = vitals()
    some(240)
    # Connections to the engine are kept, as many as there were calls at once; one lost with each run would be 240.
    eventually(lambda: vitals()[0] <= descriptors + 20)
    eventually(lambda: vitals()[1] <= threads)
    assert vitals()[2] <= memory_mb + 6
    runner.close()


@pytest.mark.engine
def test_closing_while_tools_run_and_sandboxes_are_made_leaves_nothing(
    own: Settings, engine: docker.DockerClient
) -> None:
    runner = open_runner(own)
    began = threading.Semaphore(0)
    with ThreadPoolExecutor(5) as threads:
        running = [
            threads.submit(runner.run, job(LONG, network=number % 2 == 0, timeout_seconds=30.0), began.release)
            for number in range(5)
        ]
        for _ in running:
            assert began.acquire(timeout=600)
        runner.close()
        assert containers(engine, own.owner) == []
        kinds = {(end.failure and end.failure.kind) for end in (one.result(5) for one in running)}
    assert kinds == {"interrupted"}
    with pytest.raises(SandboxUnavailable):
        runner.run(job("def main(): return 1"))


@pytest.mark.engine
def test_two_services_on_one_host_do_not_touch_each_other(own: Settings, engine: docker.DockerClient) -> None:
    other = replace(own, owner=f"test-{uuid.uuid4().hex}")
    first, second = open_runner(own), open_runner(other)
    rested(first, 2)
    rested(second, 2)
    theirs = {one.id for one in containers(engine, other.owner)}
    first.close()
    assert containers(engine, own.owner) == []
    assert {one.id for one in containers(engine, other.owner)} == theirs
    assert second.run(job("def main(): return 1", network=True)).result == b"1"
    second.close()
    assert containers(engine, other.owner) == []


def python(program: str) -> subprocess.Popen[str]:
    """A Python process of its own, which can be killed."""
    return subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.engine
def test_a_killed_service_leaves_nothing_of_its_pool_and_its_runs(own: Settings, engine: docker.DockerClient) -> None:
    program = (
        "import threading, time\nfrom runner import *\nfrom tests.runner.conftest import job\n"
        f"r = open_runner(Settings(owner={own.owner!r}, warm=8, max_concurrent=8))\n"
        "begun = threading.Semaphore(0)\n"
        "for n in range(6): threading.Thread(target=r.run, daemon=True, args=("
        f"job({LONG!r}, network=n % 2 == 0, timeout_seconds=30.0), begun.release)).start()\n"
        "for n in range(6): begun.acquire()\n"
        "print('all run', flush=True)\ntime.sleep(60)"
    )
    with python(program) as service:
        assert service.stdout is not None
        assert service.stdout.readline() == "all run\n"
        service.kill()
    await_none(engine, own.owner)


@pytest.mark.engine
def test_what_a_killed_service_had_made_and_not_started_is_removed(own: Settings, engine: docker.DockerClient) -> None:
    program = (
        "import os, signal\nfrom runner.engine import docker_client, orphan_watch\n"
        "watch = orphan_watch.Undertaker('me')\n"
        f"labels = docker_client.make_labels({own.owner!r}, 60, maker='me')\n"
        f"config = {{'Image': {ensure_base_image(own, print)!r}, 'Labels': labels}}\n"
        "docker_client.get_client().create_container_from_config(config)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    with python(program) as service:
        service.wait(20)
    await_none(engine, own.owner)


@pytest.mark.engine
def test_what_the_engine_made_and_never_started_is_removed_when_the_service_ends(
    own: Settings, engine: docker.DockerClient
) -> None:
    runner = open_runner(own)
    rested(runner, 2)
    # As after an engine that was killed between the two, and whose call has long been told that it failed.
    labels = engine_module.make_labels(own.owner, 60, maker=maker_of(containers(engine, own.owner)[0]))
    engine.containers.create(ensure_base_image(own, print), labels=labels, network_mode="none")
    runner.close()
    assert containers(engine, own.owner) == []


@pytest.mark.engine
def test_a_runner_that_ends_leaves_what_another_of_its_process_is_about_to_start(
    own: Settings, engine: docker.DockerClient
) -> None:
    with closing(open_runner(own)) as lasting:
        rested(lasting, 2)
        labels = engine_module.make_labels(own.owner, 60, maker=maker_of(containers(engine, own.owner)[0]))
        being_made = engine.containers.create(ensure_base_image(own, print), labels=labels, network_mode="none")
        open_runner(own).close()  # as the runner of a probe of the limits
        assert being_made in containers(engine, own.owner)
    assert containers(engine, own.owner) == []


@pytest.mark.engine
def test_a_container_is_labelled_with_the_runner_that_made_it(own: Settings, engine: docker.DockerClient) -> None:
    makers: list[set[str]] = []
    for _ in range(2):
        with closing(open_runner(own)) as runner:
            rested(runner, 2)
            makers.append({maker_of(one) for one in containers(engine, own.owner)})
    assert [len(found) for found in makers] == [1, 1]
    assert makers[0] != makers[1]


def maker_of(container: Any) -> str:
    found: str = container.labels[engine_module.MAKER_LABEL]
    return found
