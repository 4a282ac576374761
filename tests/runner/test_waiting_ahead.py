"""Sandboxes that wait ahead: each is used once, nothing is shared between them, nothing is left of them."""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from runner import Runner, Settings, open_runner
from tests.engine import containers_of
from tests.waiting import eventually

from .conftest import job

pytestmark = pytest.mark.engine

WHERE = """\
import os, socket

def main(leave=False):
    seen = os.path.exists("/tmp/left")
    if leave:
        open("/tmp/left", "w").close()
    links = sorted(name for _, name in socket.if_nameindex())
    return {"net": os.stat("/proc/self/ns/net").st_ino,
            "boot": os.stat("/tool").st_dev, "seen": seen, "links": links}
"""


@pytest.fixture
def own(settings: Settings) -> Settings:
    return replace(settings, owner=f"test-{uuid.uuid4().hex}", warm=4, max_concurrent=6)


@pytest.fixture
def warm(own: Settings) -> Iterator[Runner]:
    runner = open_runner(own)
    eventually(lambda: runner.health().sandboxes.get("waiting", 0) >= 4)
    yield runner
    runner.close()
    assert containers_of(own.owner) == []


def test_a_call_takes_a_sandbox_that_waited_and_none_is_used_twice(warm: Runner, own: Settings) -> None:
    before = set(containers_of(own.owner))
    outcome = warm.run(job(WHERE, arguments=b'{"leave": true}'))
    assert outcome.status == "success"
    assert outcome.queue_ms < 150, "a container start takes longer than this"
    for _ in range(6):
        found = json.loads(warm.run(job(WHERE, arguments=b'{"leave": true}')).result or b"{}")
        assert found["seen"] is False, "what one run leaves in /tmp the next does not see"
    eventually(lambda: not before <= set(containers_of(own.owner)))


def test_runs_at_once_never_share_a_network_namespace(warm: Runner) -> None:
    source = WHERE.replace("    return", "    __import__('time').sleep(0.5)\n    return")
    with ThreadPoolExecutor(5) as threads:
        outcomes = list(threads.map(lambda _: warm.run(job(source, network=True)), range(5)))
    spaces = [json.loads(outcome.result or b"{}")["net"] for outcome in outcomes]
    assert len(set(spaces)) == 5
    again = [json.loads(warm.run(job(WHERE, network=True)).result or b"{}")["net"] for _ in range(4)]
    assert set(again) & set(spaces), "a namespace is lent again, one after the other"


def test_without_network_there_is_only_loopback(warm: Runner) -> None:
    assert json.loads(warm.run(job(WHERE)).result or b"{}")["links"] == ["lo"]


def test_a_listener_in_one_sandbox_is_not_reached_from_another(warm: Runner) -> None:
    listen = (
        "import socket, time\ndef main():\n    s = socket.socket(); s.bind(('0.0.0.0', 7000)); s.listen()\n"
        "    a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); a.connect(('192.0.2.1', 9))\n"
        "    print(a.getsockname()[0], flush=True); s.settimeout(4)\n"
        "    try:\n        s.accept()\n        return 'reached'\n    except TimeoutError:\n        return 'nobody'\n"
    )
    knock = (
        "import socket\ndef main(host):\n    try:\n        socket.create_connection((host, 7000), timeout=1.5)\n"
        "        return 'in'\n    except OSError:\n        return 'out'\n"
    )
    heard: list[bytes] = []
    with ThreadPoolExecutor(1) as threads:
        listening = threads.submit(
            warm.run, job(listen, network=True), lambda: None, lambda _, piece: heard.append(piece)
        )
        eventually(lambda: bool(heard), 10)
        arguments = json.dumps({"host": heard[0].decode().strip()}).encode()
        assert warm.run(job(knock, network=True, arguments=arguments)).result == b'"out"'
        assert listening.result().result == b'"nobody"'


def test_a_waiting_sandbox_that_was_killed_is_not_given_to_a_call(warm: Runner, own: Settings) -> None:
    subprocess.run(["docker", "kill", *containers_of(own.owner)], check=True, capture_output=True)
    outcome = warm.run(job("def main(): return 1", network=True))
    assert outcome.result == b"1"


def test_a_tool_finds_its_libraries_imported(own: Settings) -> None:
    runner = open_runner(own)
    runner.prepare({"requests", "statistics", "no_such_module"})
    eventually(lambda: runner.health().modules == ("statistics", "no_such_module", "requests"))
    eventually(lambda: runner.health().sandboxes.get("waiting", 0) >= 4)
    source = "import sys\nready = 'requests' in sys.modules\nimport requests\ndef main(): return ready"
    assert runner.run(job(source, imports=("requests",))).result == b"true"
    assert runner.run(job(source.replace("import requests\n", ""), imports=("statistics",))).result == b"false"
    own_modules = "import sys\nready = 'statistics' in sys.modules\ndef main(): return ready"
    assert runner.run(job(own_modules, imports=("statistics",))).result == b"true"
    namesake = "import statistics\ndef main(): return statistics.WHOSE"
    files = {"statistics.py": b"WHOSE = 'mine'"}
    assert runner.run(job(namesake, files=files)).result == b'"mine"'
    runner.close()
    assert containers_of(own.owner) == []


def test_a_memory_limit_of_the_tools_own_is_kept(warm: Runner) -> None:
    hungry = "def main():\n    x = bytearray(150 * 1024 * 1024)\n    return len(x)"
    small = warm.run(job(hungry, memory_mb=64))
    assert small.failure is not None
    assert small.failure.kind == "out_of_memory"
    assert warm.run(job(hungry, memory_mb=512)).status == "success"


def test_without_a_floor_nothing_waits(own: Settings) -> None:
    runner = open_runner(replace(own, warm=0))
    assert runner.run(job("def main(): return 1")).result == b"1"
    assert containers_of(own.owner) == []
    runner.close()
