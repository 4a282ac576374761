"""The service as it is shipped: gunicorn with its own configuration, started by the command."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx

from tests.processes import ENDS_WITH_US
from tests.repositories import Repo, make_repo
from tests.waiting import nothing_is_left, patience

START_SECONDS = 60.0
# A client that never gives up sooner than the service: an answer that takes so long is never coming.
ANSWER_SECONDS = 600.0


@dataclass(frozen=True)
class Running:
    """A running service: its port, its process, and where its log is."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def connection(self) -> httpx.Client:
        """A client that keeps its connection, as an agent would."""
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=ANSWER_SECONDS)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """GET an address of the service."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=ANSWER_SECONDS)

    def post(self, path: str, body: Any) -> httpx.Response:
        """POST JSON (or, with None, nothing) to an address of the service."""
        url = f"http://127.0.0.1:{self.port}{path}"
        return (
            httpx.post(url, timeout=ANSWER_SECONDS)
            if body is None
            else httpx.post(url, json=body, timeout=ANSWER_SECONDS)
        )

    def invoke(self, name: str, /, **arguments: Any) -> httpx.Response:
        """Invoke a tool and wait."""
        url = f"http://127.0.0.1:{self.port}/api/v1/llm/tools/{name}/invoke"
        return httpx.post(url, json={"arguments": arguments}, timeout=ANSWER_SECONDS)


def patiently(ask: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer, asked for again while the service says that it cannot now: on a busy machine the engine is slow."""
    until = time.monotonic() + patience(30)
    while (answer := ask()).status_code == httpx.codes.SERVICE_UNAVAILABLE and time.monotonic() < until:
        time.sleep(int(answer.headers["Retry-After"]))
    return answer


@contextmanager
def serving(repo: Path, folder: Path, command: list[str] | None = None, **settings: str) -> Iterator[Running]:
    """Start ``toolcrib serve`` (or another command that takes PORT from TOOLCRIB_PORT) and end it afterwards.

    No sandbox waits ahead of need unless ``warm`` says so: each that does costs the engine a start and a removal.
    """
    port = free_port()
    settings = {"warm": "0", **settings}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TOOLCRIB_")}
    environment |= {f"TOOLCRIB_{name.upper()}": value for name, value in settings.items()}
    environment |= {"TOOLCRIB_REPO": str(repo), "TOOLCRIB_PORT": str(port)}
    log = folder / f"service-{port}.log"
    toolcrib = [str(Path(sys.executable).with_name("toolcrib")), "serve"]
    started = [*ENDS_WITH_US, *(command or toolcrib)]
    with log.open("wb") as written:
        process = subprocess.Popen(started, env=environment, stdout=written, stderr=written, start_new_session=True)
    running = Running(port, process, log)
    try:
        wait_until_listening(running)
        yield running
    finally:
        stop(process)


@dataclass(frozen=True)
class Served:
    """A running service that tests share, its repository as it was at first, and the name of its containers."""

    running: Running
    repo: Repo
    owner: str
    revision: str

    def restore(self) -> None:
        """Put the repository back as it was at first; the service follows. For tests that change it."""
        self.repo.git("checkout", "-q", "-f", "-B", "main", self.revision)
        self.repo.git("clean", "-q", "-d", "-f", "-x")

    def executions(self, query: str) -> list[dict[str, Any]]:
        """What is on record, the newest first."""
        found: list[dict[str, Any]] = self.running.get(f"/api/v1/executions?{query}").json()["items"]
        return found


@contextmanager
def serving_tools(plant: Callable[[Repo], object], folder: Path, **settings: str) -> Iterator[Served]:
    """Serve a repository of its own, as ``plant`` fills it; no container may be left afterwards.

    A start costs two seconds of a core, and so much for each sandbox that waits: tests share one where they can.
    """
    repo = make_repo(folder / "repo")
    plant(repo)
    revision = repo.commit("begin")
    owner = f"test-{uuid.uuid4().hex[:12]}"
    with serving(repo.path, folder, None, instance=owner, **settings) as running:
        yield Served(running, repo, owner, revision)
    nothing_is_left(owner)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a service as an operator would, and by force when that takes too long."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=patience(50))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def wait_until_listening(running: Running) -> None:
    """Wait until the port takes connections; what the service logged is the error when it does not."""
    until = time.monotonic() + patience(START_SECONDS)
    while time.monotonic() < until:
        if running.process.poll() is not None:
            raise AssertionError(f"the service ended: {running.log.read_text()[-3000:]}")
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", running.port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"the service does not listen: {running.log.read_text()[-3000:]}")


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
