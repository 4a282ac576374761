"""What invoking promises: latency, bursts, throughput and the kill at the limit, beside docker run and a subprocess."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from registry.config import SETTINGS
from tests.bench.load import Load, summed
from tests.bench.row import Row
from tests.repositories import Repo, make_repo
from tests.services import Running, serving

_ANY = "{type: object, properties: {}, additionalProperties: true}"
_OBJECT = "{type: object}"
_TOOLS = {
    "trivial": ("def main():\n    return {}\n", "{network: false}"),
    "libraries": ("import httpx, jsonschema, requests\n\n\ndef main():\n    return {}\n", "{network: true}"),
    "sleeps": ("import time\n\n\ndef main():\n    time.sleep(5)\n    return {}\n", "{network: false}"),
    "endless": ("import time\n\n\ndef main():\n    time.sleep(60)\n", "{network: false}"),
    "forks": ("import os\n\n\ndef main():\n    while True:\n        try:\n            os.fork()\n"
              "        except OSError:\n            pass\n", "{network: false}"),
}  # fmt: skip
_BURST = 100
_JSON = {"Content-Type": "application/json"}
_INSTANCE = "toolcrib-bench"
_PAUSE_SECONDS = 0.4
"""Between single calls, so that a sandbox waits again: refilling takes as long on two cores."""


def rows(folder: Path, seconds: float) -> Iterator[Row]:
    """Every figure about running; one row that says why, where nothing can be run."""
    repo = _repository(folder / "bench-tools")
    # As many wait as by default: services of tests have none.
    with serving(repo.path, folder, log_level="warning", instance=_INSTANCE, warm=SETTINGS["warm"].default) as service:
        sandbox = service.get("/readyz").json()["checks"]["sandbox"]
        if not sandbox["ok"]:
            yield Row("invoke", "not measured", "", sandbox["detail"], met=False)
            return
        image = next(word.strip(",;") for word in sandbox["detail"].split() if word.startswith("sha256:"))
        plain = _repeated(lambda: _process([sys.executable, "-c", "pass"]), 2)
        docker = _repeated(lambda: _process(_docker(image)), seconds)
        told = f"docker run: {docker.p50_ms:.0f} ms, subprocess: {plain.p50_ms:.0f} ms"
        yield from _one_at_a_time(service, "trivial", 6, told, seconds)
        heavy = "import httpx, jsonschema, requests"
        bare = _repeated(lambda: _process([sys.executable, "-c", heavy.replace("httpx", "httpx2")]), 3)
        yield from _one_at_a_time(service, "libraries", 10, f"subprocess: {bare.p50_ms:.0f} ms", seconds)
        yield from _bursts(service)
        yield _sustained(service, image, max(seconds, 10))
        yield from _kills(service)


def _repository(path: Path) -> Repo:
    repo = make_repo(path)
    for name, (main, runtime) in _TOOLS.items():
        repo.tool(name, main=main, parameters=_ANY, returns=_OBJECT, runtime=runtime)
    repo.commit()
    return repo


def _docker(image: str) -> list[str]:
    return ["docker", "run", "--rm", "--network", "none", "--entrypoint", "python3", image, "-c", "pass"]


def _process(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr}")


def _repeated(once: Callable[[], object], seconds: float) -> Load:
    took: list[float] = []
    began = time.perf_counter()
    while not took or time.perf_counter() - began < seconds:
        start = time.perf_counter()
        once()
        took.append((time.perf_counter() - start) * 1000)
    return summed(took * 2, time.perf_counter() - began)


def _invoke(service: Running, name: str) -> Any:
    """The answer. Raises RuntimeError unless the tool ran.

    With the standard library's client: a richer one takes a millisecond and more of its own, and measures itself.
    """
    with closing(HTTPConnection("127.0.0.1", service.port, timeout=90)) as connection:
        return _ask(connection, name)


def _ask(connection: HTTPConnection, name: str) -> Any:
    connection.request("POST", f"/api/v1/llm/tools/{name}/invoke", b'{"arguments": {}}', _JSON)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{name}: {answer.status} {text[:300]!r}")
    return json.loads(text)


def _succeed(service: Running, name: str) -> None:
    """Invoke once. Raises RuntimeError unless the tool succeeded."""
    answer = _invoke(service, name)
    if not answer["success"]:
        raise RuntimeError(f"{name}: {answer}")


def _one_at_a_time(service: Running, name: str, goal_ms: float, told: str, seconds: float) -> Iterator[Row]:
    with closing(HTTPConnection("127.0.0.1", service.port, timeout=90)) as connection:
        _settle()
        took = []
        for _ in range(max(20, int(seconds * 4))):
            time.sleep(_PAUSE_SECONDS)
            began = time.perf_counter()
            answer = _ask(connection, name)
            took.append((time.perf_counter() - began) * 1000)
            assert answer["success"], answer
    cuts = statistics.quantiles(took, n=100, method="inclusive")
    what = f"invoke over HTTP, sandbox waiting, {name}"
    yield Row(f"{what}: p50", f"{cuts[49]:.1f} ms", f"<= {goal_ms:g} ms", told, cuts[49] <= goal_ms)
    if name == "trivial":
        yield Row(f"{what}: p95", f"{cuts[94]:.1f} ms", "<= 20 ms", told, cuts[94] <= 20)


def _settle() -> None:
    """Wait until the workers' pools have stopped making and removing, for two minutes at most."""
    last, same = "", 0
    for _ in range(240):
        time.sleep(0.5)
        listed = ["docker", "ps", "-aq", "--filter", f"label=toolcrib.owner={_INSTANCE}"]
        now = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
        same = same + 1 if now == last else 0
        last = now
        if same >= 8:
            return


def _at_once(call: Callable[[], object], count: int) -> tuple[float, list[str]]:
    """Seconds until all of ``count`` calls begun at once have ended, and what went wrong."""
    faults: list[str] = []
    ready = threading.Barrier(count + 1)

    def one() -> None:
        ready.wait()
        try:
            call()
        except Exception as fault:  # noqa: BLE001 -- told in the row
            faults.append(str(fault))

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began, faults


def _bursts(service: Running) -> Iterator[Row]:
    plain, _ = _at_once(lambda: _process([sys.executable, "-c", "pass"]), _BURST)
    _at_once(lambda: _succeed(service, "trivial"), _BURST)  # the pool grows to what was asked for at once
    _settle()
    took, faults = _at_once(lambda: _succeed(service, "trivial"), _BURST)
    found = f"{took:.2f} s, {len(faults)} failed"
    told = f"{_BURST} subprocesses at once: {plain:.2f} s"
    yield Row(f"{_BURST} invokes at once, pool grown", found, "<= 1 s, none failed", told, took <= 1 and not faults)
    _settle()
    took, faults = _at_once(lambda: _succeed(service, "sleeps"), _BURST)
    found = f"{took:.2f} s, {len(faults)} failed"
    yield Row(f"{_BURST} tools that sleep 5 s, at once", found, "<= 6.5 s", "one after the other: 500 s", took <= 6.5)


def _sustained(service: Running, image: str, seconds: float) -> Row:
    at_once = 8

    def rate(call: Callable[[], object]) -> float:
        done = [0] * at_once
        until = time.perf_counter() + seconds

        def work(which: int) -> None:
            while time.perf_counter() < until:
                call()
                done[which] += 1

        threads = [threading.Thread(target=work, args=(which,)) for which in range(at_once)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(done) / (time.perf_counter() - began)

    _settle()
    docker = rate(lambda: _process(_docker(image)))
    for _ in range(3):
        _at_once(lambda: _succeed(service, "trivial"), at_once)
    found = rate(lambda: _succeed(service, "trivial"))
    told = f"docker run, {at_once} at once: {docker:.1f}/s"
    text = f"{found:.1f}/s = {found / docker:.1f} x docker run"
    return Row(
        f"sustained single-use sandboxes, {at_once} at once", text, ">= 2 x docker run", told, found >= 2 * docker
    )


def _kills(service: Running) -> Iterator[Row]:
    _settle()
    for name in ("endless", "forks"):
        answer = _invoke(service, name)
        seconds = answer["duration_ms"] / 1000
        met = answer["status"] == "timeout" and 30.0 <= seconds <= 30.5
        found = f"{seconds:.2f} s, {answer['status']}"
        yield Row(f"kill at the limit of 30 s: {name}", found, "30.0 to 30.5 s", "", met)
