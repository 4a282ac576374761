"""The Docker library is whole, whoever needs it first and however many at once; and what is said of an engine away."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Threads that need different parts of the library, at the same moment, in a process that has not loaded it.
AT_ONCE = """
import sys, threading
from contextlib import suppress
from runner import SandboxUnavailable
from runner.engine import docker_client
sys.setswitchinterval(1e-6)
faults, together = [], threading.Barrier(8)

def translate():
    with docker_client.translate_errors():
        raise OSError("nobody listens")

def need(number):
    together.wait()
    try:
        with suppress(SandboxUnavailable):
            (docker_client.find_address, docker_client.get_client, translate)[number % 3]()
    except BaseException as error:
        faults.append(repr(error))

threads = [threading.Thread(target=need, args=[number]) for number in range(8)]
for one in threads: one.start()
for one in threads: one.join()
import docker
assert not faults, faults
assert docker.errors and docker.utils
"""


def test_threads_that_need_it_at_once_find_all_of_it() -> None:
    for _ in range(12):
        done = subprocess.run([sys.executable, "-c", AT_ONCE], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


REFUSED = """
import os, sys
from runner import SandboxUnavailable
from runner.engine import ping_engine
from runner.engine.docker_library import load_docker
load_docker()
import encodings.idna, http.client, email.parser  # what another user could not read any more
try:
    ping_engine()
except SandboxUnavailable:
    pass
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
os.environ["DOCKER_HOST"] = sys.argv[1]
try:
    ping_engine()
except SandboxUnavailable as error:
    print(error)
"""


def test_a_socket_that_may_not_be_opened_is_told_with_its_group_and_an_absent_one_with_its_address() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, socket.socket(socket.AF_UNIX) as listening:
        Path(folder).chmod(0o755)
        path = Path(folder) / "engine.sock"
        listening.bind(str(path))
        listening.listen()
        path.chmod(0)
        group = path.group()

        told = _ping_as_another(f"unix://{path}")
        assert f"may not open unix://{path}, which the group {group} may." in told

        assert "is not running at unix:///nowhere.sock" in _ping_as_another("unix:///nowhere.sock")


def _ping_as_another(address: str) -> str:
    environment = os.environ | {"DOCKER_HOST": "unix:///nowhere-else.sock"}
    program = [sys.executable, "-c", REFUSED, address]
    return subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
