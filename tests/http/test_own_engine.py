"""A service whose engine is stopped, killed, frozen, and comes back: a second engine, made for these tests alone."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from runner import Settings, ensure_base_image
from tests.own_engine import OwnEngine, missing_daemon, own_engine
from tests.repositories import make_repo
from tests.services import Running, serving
from tests.waiting import LEFT_SECONDS, eventually, patience

pytestmark = pytest.mark.engine
ANY = "{type: object, properties: {}, additionalProperties: true}"
TRIVIAL = "def main():\n    return {}\n"
SLEEPS = "import time\n\n\ndef main():\n    time.sleep(20)\n    return {}\n"
PROMPT_SECONDS = 2.0
PULSES = 6
STILL_SECONDS = 1.5
"""Longer than the service waits for an answer before it takes the engine for late, and shorter than for away."""
OWNER = "own-engine-test"
NOT_DEAD = ("created", "running", "paused", "restarting", "removing", "exited")


@pytest.fixture(scope="module")
def second() -> Iterator[OwnEngine]:
    """A second engine that has the sandboxes' image."""
    missing = missing_daemon()
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"CI needs a second Docker engine: {missing}")
    if missing:
        pytest.skip(f"NOT TESTED: {missing}")
    image = ensure_base_image(Settings(owner=OWNER), print)
    with own_engine() as engine:
        engine.take_image(image)
        yield engine


@pytest.fixture(scope="module")
def service(second: OwnEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service on the second engine, whose sandboxes wait. It outlives everything that is done to the engine."""
    folder = tmp_path_factory.mktemp("own-engine")
    repo = make_repo(folder / "repo")
    repo.tool("trivial", main=TRIVIAL, parameters=ANY, returns="{}", runtime="{network: false}")
    repo.tool("sleeps", main=SLEEPS, parameters=ANY, returns="{}")
    repo.commit()
    toolcrib = str(Path(sys.executable).with_name("toolcrib"))
    command = ["env", f"DOCKER_HOST={second.address}", toolcrib, "serve"]
    with serving(repo.path, folder, command, instance=OWNER, workers="2", warm="4", max_concurrent="8") as running:
        eventually(lambda: running.invoke("trivial").status_code == 200, 60)
        yield running
    eventually(lambda: second.containers(OWNER, *NOT_DEAD) == [], 35, "the service left sandboxes behind")


class Load(threading.Thread):
    """A client that calls a tool again and again, and looks at the catalog between the calls."""

    def __init__(self, service: Running) -> None:
        super().__init__()
        self._service = service
        self._ended = threading.Event()
        self.answers: list[tuple[float, httpx.Response]] = []
        self.reading_seconds = 0.0

    def run(self) -> None:
        with self._service.connection() as connection:
            while not self._ended.is_set():
                began = time.monotonic()
                answer = connection.post("/api/v1/llm/tools/trivial/invoke", json={"arguments": {}})
                self.answers.append((time.monotonic() - began, answer))
                began = time.monotonic()
                assert connection.get("/api/v1/llm/tools").status_code == 200
                self.reading_seconds = max(self.reading_seconds, time.monotonic() - began)

    def end(self) -> list[tuple[float, httpx.Response]]:
        self._ended.set()
        self.join()
        return self.answers


def refused_soon(service: Running) -> None:
    """Once it has been noticed, every call is refused at once, and told when to come again."""

    def refused() -> bool:
        return service.invoke("trivial").status_code == 503

    eventually(refused, 20, "nobody noticed that the engine is gone")
    for _ in range(4):
        began = time.monotonic()
        answer = service.invoke("trivial")
        took = time.monotonic() - began
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert int(answer.headers["retry-after"]) > 0
        assert took < patience(PROMPT_SECONDS), f"a refusal took {took:.1f} s"
    for path in ("/livez", "/readyz", "/api/v1/tools", "/api/v1/llm/tools", "/api/v1/executions"):
        began = time.monotonic()
        assert service.get(path).status_code == 200, path
        assert time.monotonic() - began < patience(PROMPT_SECONDS), path


def recovers(service: Running) -> None:
    """By itself, and in both workers."""
    eventually(lambda: all(service.invoke("trivial").status_code == 200 for _ in range(6)), 60, "it does not recover")
    assert [service.invoke("trivial").json()["status"] for _ in range(4)] == ["success"] * 4


def removes_what_has_ended(second: OwnEngine) -> None:
    """As far as the engine lets anybody: killed in a removal, it may hold on to the container until its next start."""
    until = time.monotonic() + patience(LEFT_SECONDS)
    while left := second.containers(OWNER, "dead", "exited"):
        if time.monotonic() > until:
            removable = [one for one in left if second.docker("rm", "--force", one, check=False).returncode == 0]
            assert removable == [], "nobody removes what has ended"
            return
        time.sleep(0.2)


ENDS: dict[str, tuple[Callable[[OwnEngine], None], Callable[[OwnEngine], None]]] = {
    "stopped": (lambda engine: engine.stop(), lambda engine: engine.start()),
    "killed": (lambda engine: engine.stop(signal.SIGKILL), lambda engine: engine.start()),
    "frozen": (lambda engine: engine.send(signal.SIGSTOP), lambda engine: engine.send(signal.SIGCONT)),
}


@pytest.mark.parametrize("how", ENDS)
def test_without_its_engine_calls_are_refused_within_two_seconds_and_it_recovers_by_itself(
    how: str, service: Running, second: OwnEngine
) -> None:
    begin, end = ENDS[how]
    begun = service.post("/api/v1/tools/sleeps/execute", {"arguments": {}})
    location = begun.headers["Location"]
    eventually(lambda: service.get(location).json()["status"] == "running", 20)
    load = Load(service)
    load.start()
    begin(second)
    try:
        refused_soon(service)
    finally:
        end(second)
    recovers(service)
    answers = load.end()
    assert {answer.status_code for _, answer in answers} <= {200, 503}
    # What was under way when it happened may be interrupted, and then says so.
    statuses = [answer.json()["status"] for _, answer in answers if answer.status_code == 200]
    kinds = {answer.json()["error"]["kind"] for _, answer in answers if answer.json().get("error")}
    assert set(statuses) <= {"success", "failed"}
    assert kinds <= {"interrupted"}
    assert load.reading_seconds < patience(PROMPT_SECONDS)
    eventually(lambda: service.get(location).json()["status"] not in {"pending", "running"}, 40)
    ended = service.get(location).json()
    assert (ended["status"], (ended["error"] or {}).get("kind")) in {("failed", "interrupted"), ("success", None)}
    for status in ("pending", "running"):
        assert service.get(f"/api/v1/executions?status={status}").json()["total"] == 0
    # An engine that was killed while it removed a container has it still, and does not go on by itself.
    removes_what_has_ended(second)


def test_no_call_is_refused_while_the_engine_only_stands_still_again_and_again(
    service: Running, second: OwnEngine
) -> None:
    recovers(service)
    loads = [Load(service) for _ in range(6)]
    for load in loads:
        load.start()
    for _ in range(PULSES):
        second.send(signal.SIGSTOP)
        time.sleep(STILL_SECONDS)
        second.send(signal.SIGCONT)
        eventually(lambda: second.docker("version", check=False).returncode == 0)
    answers = [answer for load in loads for _, answer in load.end()]
    assert {answer.status_code for answer in answers} == {200}, [one.text for one in answers if one.status_code != 200]
    recovers(service)


def test_an_engine_restarted_under_load_costs_refusals_and_nothing_else(service: Running, second: OwnEngine) -> None:
    loads = [Load(service) for _ in range(4)]
    for load in loads:
        load.start()
    eventually(lambda: all(len(load.answers) > 2 for load in loads), 30)
    old = set(second.containers(OWNER))
    second.stop()
    second.start()
    recovers(service)
    answers = [answer for load in loads for _, answer in load.end()]
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert {answer.json()["error"]["kind"] for answer in answers if answer.json().get("error")} <= {"interrupted"}
    ran = [answer.json()["execution_id"] for answer in answers if answer.status_code == 200]
    assert len(set(ran)) == len(ran)
    for execution in ran:
        assert service.get(f"/api/v1/executions/{execution}").json()["status"] in {"success", "failed"}
    eventually(lambda: not old & set(second.containers(OWNER)), 35, "what was made before the restart is still there")
    removes_what_has_ended(second)
