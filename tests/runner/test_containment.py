"""What a tool cannot do, in real sandboxes: stay longer, reach further, leave something behind."""

from __future__ import annotations

import json
import socket
import time

import docker
import pytest

from runner import Runner, Settings, prove_limits
from tests.waiting import patience

from .conftest import Run, containers, job

pytestmark = pytest.mark.engine

REFUSED = b'["ConnectionRefusedError"]'
ENDLESS = {
    "sleep": ("function", "import time\ndef main(): time.sleep(3600)"),
    "a busy loop in C": ("function", "def main(): sum(range(10**18))"),
    "a script that reads on after its arguments": ("script", "import os, time\nwhile True: os.read(0, 10)"),
    "signals ignored": (
        "function",
        "import signal\ndef main():\n for n in range(1, 32):\n  if n not in (9, 19): signal.signal(n, signal.SIG_IGN)\n"
        " while True: signal.pause()",
    ),
    "fork bomb": (
        "function",
        "import os\ndef main():\n while True:\n  try: os.fork()\n  except OSError: pass",
    ),
    "thread bomb": (
        "function",
        "import threading, time\ndef main():\n while True:\n"
        "  try: threading.Thread(target=time.sleep, args=(3600,)).start()\n  except RuntimeError: pass",
    ),
    "the harness stopped and starved": (
        "function",
        "import os, resource, signal, time\ndef main():\n"
        " for n in (signal.SIGSTOP, signal.SIGKILL, signal.SIGINT, signal.SIGTERM): os.kill(1, n)\n"
        " os.setpriority(os.PRIO_PROCESS, 1, 19)\n time.sleep(3600)",
    ),
    "the harness's own files limited": (
        "function",
        "import resource, time\ndef main():\n try: resource.prlimit(1, resource.RLIMIT_NOFILE, (0, 0))\n"
        " except PermissionError: pass\n time.sleep(3600)",
    ),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_ends_at_its_limit(name: str, run: Run) -> None:
    entry, source = ENDLESS[name]
    outcome = run(source, entry=entry, timeout_seconds=1.0)
    assert (outcome.status, outcome.failure and outcome.failure.kind) == ("timeout", "timeout")
    # To the half second is the benchmark's to say: here the machine has much else to do.
    assert 950 <= outcome.duration_ms <= 3000


def test_what_was_printed_before_the_limit_is_kept(run: Run) -> None:
    outcome = run("import time\ndef main():\n while True:\n  print('.', end='')\n  time.sleep(.2)", timeout_seconds=1.0)
    assert outcome.status == "timeout"
    assert 3 <= len(outcome.stdout) <= 6


def test_a_byte_a_second_until_the_limit_is_in_the_log(run: Run) -> None:
    source = "import sys, time\nfor n in range(60):\n sys.stderr.write(str(n % 10))\n time.sleep(1)"
    outcome = run(source, entry="script", timeout_seconds=2.5)
    assert (outcome.status, outcome.stderr) == ("timeout", "012")
    assert 2450 <= outcome.duration_ms <= 5000


def test_what_ends_around_its_limit_is_delivered_or_killed_and_never_both(run: Run) -> None:
    ends = []
    for milliseconds in range(-45, 40, 15):
        outcome = run(
            f"import time\ndef main():\n time.sleep({0.5 + milliseconds / 1000})\n return 1", timeout_seconds=0.5
        )
        ends.append(outcome.status)
        delivered = (outcome.status, outcome.result, outcome.failure) == ("success", b"1", None)
        killed = (outcome.status, outcome.result) == ("timeout", None)
        assert delivered != killed
    assert ends[-1] == "timeout"


def test_what_ends_just_before_the_limit_succeeds(run: Run) -> None:
    assert run("import time\ndef main(): time.sleep(.8)", timeout_seconds=1.0).status == "success"


@pytest.mark.parametrize("holds", ["", "os.dup2(os.open('/dev/null', os.O_RDWR), 1)"])
def test_a_daemon_neither_delays_the_answer_nor_outlives_it(holds: str, run: Run) -> None:
    source = (
        f"import os, time\ndef main():\n if os.fork() == 0:\n  os.setsid()\n  {holds or 'pass'}\n  time.sleep(60)\n"
    )
    began = time.monotonic()
    outcome = run(source + " return os.getpid()")
    assert outcome.status == "success"
    assert time.monotonic() - began < patience(5)


def test_nothing_of_one_run_is_seen_by_the_next(run: Run) -> None:
    source = (
        "import os\ndef main():\n seen = os.listdir('/tmp') + os.listdir('/tmp/out')\n"
        " for path in ('/tmp/mark', '/tmp/out/mark'): open(path, 'w').close()\n return seen"
    )
    assert [run(source).result for _ in range(2)] == [b'["out"]', b'["out"]']


def refused(*attempts: str) -> str:
    """A tool that gives, for each attempt, the name of what it raised, or None."""
    lines = [
        f" try:\n  {one}\n  found.append(None)\n except Exception as e: found.append(type(e).__name__)"
        for one in attempts
    ]
    return "import ctypes, os, socket\ndef main():\n found = []\n" + "\n".join(lines) + "\n return found"


def test_what_a_tool_must_not_do_is_refused(run: Run) -> None:
    outcome = run(
        refused(
            "open('/proc/1/environ').read()",
            "open('/proc/1/fd/1', 'w')",
            "open('/proc/1/mem', 'rb+')",
            "open('/proc/1/oom_score_adj', 'w')",
            "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
            "os.setuid(0)",
            "open('/etc/passwd', 'a')",
            "open('/opt/toolcrib/start.py', 'a')",
            "os.mknod('/tmp/d', 0o20666, os.makedev(1, 1))",
            "os.stat('/var/run/docker.sock')",
            "os.chroot('/tmp')",
            "os.sethostname(b'x') if hasattr(os, 'sethostname') else socket.sethostname('x')",
        )
    )
    assert outcome.result is not None
    assert None not in json.loads(outcome.result)


def test_system_calls_for_more_power_are_refused(run: Run) -> None:
    source = (
        "import ctypes\ndef main():\n libc = ctypes.CDLL(None)\n"
        " return [libc.unshare(0x10000000), libc.mount(b'none', b'/tmp', b'tmpfs', 0, None), libc.ptrace(16, 1, 0, 0)]"
    )
    assert run(source).result == b"[-1,-1,-1]"


def test_a_tool_cannot_take_from_process_1_what_it_needs_to_tell_the_end(run: Run) -> None:
    names = ("AS", "DATA", "STACK", "NOFILE", "CPU", "MEMLOCK", "SIGPENDING", "FSIZE", "NPROC", "RTTIME")
    attempts = [f"__import__('resource').prlimit(1, __import__('resource').RLIMIT_{name}, (0, 0))" for name in names]
    outcome = run(refused(*attempts))
    assert outcome.failure is None, outcome
    assert json.loads(outcome.result or b"") == ["PermissionError"] * len(names)


def test_a_tool_may_still_set_its_own_limits(run: Run) -> None:
    source = (
        "import os, resource\ndef main():\n resource.setrlimit(resource.RLIMIT_NOFILE, (50, 60))\n"
        " resource.prlimit(os.getpid(), resource.RLIMIT_CORE, (0, 0))\n"
        " return resource.prlimit(os.getpid(), resource.RLIMIT_NOFILE)"
    )
    assert run(source).result == b"[50,60]"


def test_disk_and_shared_memory_are_bounded(run: Run) -> None:
    source = (
        "import os\ndef main():\n found = []\n for path in ('/tmp/f', '/dev/shm/f'):\n  size = 0\n  try:\n"
        "   with open(path, 'wb', 0) as f:\n    while True: size += f.write(bytes(1 << 20))\n"
        "  except OSError: found.append(size >> 20)\n  os.remove(path)\n return found"
    )
    assert run(source).result in {b"[64,16]", b"[63,16]"}


def test_files_in_number_are_bounded(run: Run) -> None:
    source = (
        "def main():\n n = 0\n try:\n  while n < 10**6:\n   open(f'/tmp/{n}', 'w').close()\n   n += 1\n"
        " except OSError: return n"
    )
    outcome = run(source)
    assert outcome.result is not None
    assert 10_000 < json.loads(outcome.result) < 16_384


def test_deleting_everything_harms_nobody(run: Run) -> None:
    assert run("import shutil\ndef main(): shutil.rmtree('/', ignore_errors=True)").status == "success"
    assert run("def main(): return 1").result == b"1"


def test_a_tool_without_network_has_only_loopback(run: Run) -> None:
    assert run("import os\ndef main(): return os.listdir('/sys/class/net')").result == b'["lo"]'


def test_without_network_no_port_of_the_host_can_be_reached(
    run: Run, engine: docker.DockerClient, settings: Settings
) -> None:
    gateway = engine.networks.get(settings.network_name).attrs["IPAM"]["Config"][0]["Gateway"]
    with socket.create_server(("0.0.0.0", 0)) as server:
        for host in (gateway, "127.0.0.1"):
            address = (host, server.getsockname()[1])
            assert run(refused(f"socket.create_connection({address!r}, 1)")).result in {b'["OSError"]', REFUSED}


def test_a_tool_with_network_is_on_the_bridge_without_inter_container_traffic(
    run: Run, engine: docker.DockerClient, settings: Settings
) -> None:
    outcome = run("import os\ndef main(): return sorted(os.listdir('/sys/class/net'))", network=True)
    assert outcome.result == b'["eth0","lo"]'
    options = engine.networks.get(settings.network_name).attrs["Options"]
    assert options["com.docker.network.bridge.enable_icc"] == "false"


def test_every_limit_is_proved_from_inside(runner: Runner, settings: Settings) -> None:
    lines = prove_limits(settings)
    assert [line for line in lines if not line.ok] == []
    assert len(lines) == 24


def test_a_job_with_a_path_out_of_its_folder_is_refused(
    runner: Runner, settings: Settings, engine: docker.DockerClient
) -> None:
    for path in ("../x", "/x", "a/../../x", ""):
        with pytest.raises(ValueError, match="not a path"):
            runner.run(job("def main(): pass", files={path: b""}))
    assert containers(engine, settings.owner) == []
