"""The service, or a part of it, ends in the middle of executions: none is lost, none is left running."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from tests.engine import containers_of
from tests.http.workers import all_workers, one_connection_each
from tests.repositories import Repo
from tests.services import Running, patiently, serving, stop
from tests.waiting import eventually, nothing_is_left, patience

pytestmark = pytest.mark.engine
SECONDS = "{type: object, properties: {seconds: {type: number, description: How long.}}, required: [seconds]}"
SLEEPS = "import time\n\n\ndef main(seconds):\n    print('begun')\n    time.sleep(seconds)\n    return {}\n"
STOP_SECONDS = 45.0
ENDED = {"success", "failed", "timeout", "cancelled"}


@pytest.fixture
def tmp_path(on_disk: Path) -> Path:
    """What is killed here wrote to a disk, as a service does."""
    return on_disk


def with_sleeper(repo: Repo) -> Repo:
    """A tool that sleeps as long as it is told."""
    repo.tool("sleeps", main=SLEEPS, parameters=SECONDS, returns="{}", runtime="{network: false}")
    repo.commit()
    return repo


def records(service: Running, **narrowed: str) -> list[dict[str, Any]]:
    """Every execution on record."""
    query = "&".join(f"{name}={value}" for name, value in narrowed.items())
    page = service.get(f"/api/v1/executions?page_size=100&{query}").json()
    assert page["total"] == len(page["items"]), "one page holds them all"
    found: list[dict[str, Any]] = page["items"]
    return found


def invoke(service: Running, seconds: float) -> httpx.Response | None:
    """The answer to a call that is waited for; None where the connection broke."""
    try:
        return service.invoke("sleeps", seconds=seconds)
    except httpx.TransportError:
        return None


def begin(service: Running, seconds: float) -> str:
    """The id of an execution that nobody waits for."""
    answer = patiently(lambda: service.post("/api/v1/tools/sleeps/execute", {"arguments": {"seconds": seconds}}))
    assert answer.status_code == 202, answer.text
    found: str = answer.json()["id"]
    return found


@pytest.mark.engine(alone=True)
def test_a_service_killed_with_twenty_executions_under_way_leaves_nothing_and_closes_them_at_its_next_start(
    repo: Repo, tmp_path: Path, engine_owner: str
) -> None:
    with_sleeper(repo)
    with ThreadPoolExecutor(10) as callers:
        with serving(repo.path, tmp_path, instance=engine_owner, max_concurrent="24", warm="4") as service:
            waited = [callers.submit(invoke, service, 29) for _ in range(10)]
            begun = {begin(service, 29) for _ in range(10)}
            eventually(lambda: len(records(service, status="running")) == 20, 60)
            os.killpg(service.process.pid, signal.SIGKILL)
            service.process.wait()
            killed_at = time.monotonic()
            nothing_is_left(engine_owner)
            print(f"nothing was left after {time.monotonic() - killed_at:.1f} s")
        assert [one.result() for one in waited] == [None] * 10
    with serving(repo.path, tmp_path, instance=engine_owner, warm="0") as service:
        found = records(service)
        assert len(found) == 20, "exactly one record for each"
        assert {one["id"] for one in found} >= begun
        assert {(one["status"], one["error"]["kind"]) for one in found} == {("failed", "interrupted")}
        assert service.invoke("sleeps", seconds=0).json()["status"] == "success"
    nothing_is_left(engine_owner)


def test_a_worker_killed_in_the_middle_costs_its_own_executions_and_they_are_closed_at_once(
    repo: Repo, tmp_path: Path, engine_owner: str
) -> None:
    with_sleeper(repo)
    with (
        serving(repo.path, tmp_path, instance=engine_owner, workers="2", warm="2") as service,
        contextlib.ExitStack() as clients,
    ):
        all_workers(service, 2)
        connections = one_connection_each(service)
        for client in connections.values():
            clients.callback(client.close)
        begun: dict[int, list[str]] = {}
        for worker, client in connections.items():
            ask = partial(client.post, "/api/v1/tools/sleeps/execute", json={"arguments": {"seconds": 12}})
            begun[worker] = [patiently(ask).json()["id"] for _ in range(3)]
        victim, other = begun
        eventually(lambda: len(records(service, status="running")) == 6, 30)
        follower = _followed(service, begun[victim][0])
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: len(records(service, status="failed")) == 3, 10, "the records of the dead are left open")
        assert {one["error"]["kind"] for one in records(service, status="failed")} == {"interrupted"}
        assert {one["id"] for one in records(service, status="failed")} == set(begun[victim])
        eventually(lambda: len(records(service, status="success")) == 3, 30, "the other worker's do not go on")
        assert {one["id"] for one in records(service, status="success")} == set(begun[other])
        assert "event: end" in follower.result(30)
        all_workers(service, 2)
        answers = [service.invoke("sleeps", seconds=0).json()["status"] for _ in range(6)]
        assert answers == ["success"] * 6
        assert len(records(service)) == 12
    nothing_is_left(engine_owner)


def _followed(service: Running, execution: str) -> Future[str]:
    """The events of an execution, from whichever worker; a broken connection is taken up again, as a browser does."""
    found: Future[str] = Future()

    def follow() -> None:
        text = ""
        while "event: end" not in text:
            try:
                text = service.get(f"/api/v1/executions/{execution}/events").text
            except httpx.TransportError:
                continue
        found.set_result(text)

    threading.Thread(target=follow, daemon=True).start()
    return found


@pytest.mark.engine(alone=True)
def test_a_service_told_to_end_answers_whoever_waits_and_leaves_nothing(
    repo: Repo, tmp_path: Path, engine_owner: str
) -> None:
    with_sleeper(repo)
    with ThreadPoolExecutor(8) as callers:
        with serving(repo.path, tmp_path, instance=engine_owner, max_concurrent="16", warm="2") as service:
            # Waited for: some end by themselves in time, some not for long. The short ones begin when the others run.
            waited = [callers.submit(invoke, service, 28) for _ in range(4)]
            begun = [begin(service, 29) for _ in range(4)]
            eventually(lambda: len(records(service, status="running")) == 8, 20)
            waited += [callers.submit(invoke, service, 6) for _ in range(4)]
            eventually(lambda: len(records(service)) == 12, 20)
            told_at = time.monotonic()
            stop(service.process)
            took = time.monotonic() - told_at
        assert took < patience(STOP_SECONDS)
        answers = [one.result() for one in waited]
    for answer in answers:
        assert answer is not None, "whoever waits is answered"
        assert answer.status_code in {200, 503}
        if answer.status_code == 200:
            body = answer.json()
            assert body["status"] == "success" or body["error"]["kind"] == "interrupted"
    nothing_is_left(engine_owner)
    with serving(repo.path, tmp_path, instance=engine_owner, warm="0") as service:
        found = {one["id"]: one for one in records(service)}
        assert len(found) == 12
        assert {one["status"] for one in found.values()} <= ENDED
        # They end a second after those that are waited for: on a slow machine some do by themselves.
        assert {(found[one]["error"] or {}).get("kind") for one in begun} <= {"interrupted", None}
    print(f"ended after {took:.1f} s")


def test_of_two_services_on_one_host_each_reaps_only_its_own(repo: Repo, tmp_path: Path, engine_owner: str) -> None:
    with_sleeper(repo)
    first, second = f"{engine_owner}.1", f"{engine_owner}.2"
    states = [tmp_path / "one", tmp_path / "two"]
    with serving(repo.path, tmp_path, instance=second, warm="2", state_dir=str(states[1])) as lasting:
        with serving(repo.path, tmp_path, instance=first, warm="2", state_dir=str(states[0])) as dying:
            running = begin(lasting, 15)
            begin(dying, 29)
            eventually(lambda: len(records(lasting, status="running")) == 1, 30)
            eventually(lambda: len(records(dying, status="running")) == 1, 30)
            theirs = set(containers_of(second))
            os.killpg(dying.process.pid, signal.SIGKILL)
            dying.process.wait()
            nothing_is_left(first)
        with serving(repo.path, tmp_path, instance=first, warm="2", state_dir=str(states[0])) as again:
            assert [one["status"] for one in records(again)] == ["failed"]
            assert again.invoke("sleeps", seconds=0).json()["status"] == "success"
        nothing_is_left(first)
        eventually(lambda: lasting.get(f"/api/v1/executions/{running}").json()["status"] == "success", 30)
        assert theirs & set(containers_of(second)), "what waits there still waits"
        assert len(records(lasting)) == 1
    nothing_is_left(second)
