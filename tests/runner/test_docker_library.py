"""The Docker library is whole, whoever needs it first, and however many at once."""

from __future__ import annotations

import subprocess
import sys
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
