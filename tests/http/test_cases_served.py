"""Whatever a script does, the service answers, has it on record exactly once, and goes on as before."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.engine import containers_of
from tests.http.workers import all_workers
from tests.repositories import Repo
from tests.runner.cases import ALL, ANYTHING, ENDLESS, Case
from tests.runner.invariants import Vitals, vitals
from tests.services import Running, serving
from tests.waiting import LEFT_SECONDS, eventually, patience

pytestmark = pytest.mark.engine
ANY = "{type: object, properties: {}, additionalProperties: true}"
HEALTH_SECONDS = 2.0
# A record holds the result and the log: 1 MiB and 256 KiB at most, and few cases use that up.
RECORDS_BYTES = 64 * 1024 * 1024
# Of what never ends, the runner's own tests try everything: here, some is enough.
SERVED = {name: case for name, case in ALL.items() if name not in list(ENDLESS)[8:]}


def with_cases(repo: Repo) -> dict[str, Case]:
    """A repository with a tool for each case, by the tools' names."""
    found = {f"case_{number}": case for number, case in enumerate(SERVED.values())}
    for name, case in found.items():
        limits = f"{{network: false, timeout_seconds: {case.timeout_seconds:g}, memory_mb: {case.memory_mb}}}"
        repo.tool(name, main=case.source, parameters=ANY, returns="{}", runtime=limits)
    repo.tool("control", main="def main():\n    return 1\n", parameters=ANY, returns="{}", runtime="{network: false}")
    repo.commit()
    return found


def state_of(repo: Repo) -> list[str]:
    """What nothing that runs may change."""
    return [repo.git("rev-parse", "HEAD"), repo.git("status", "--porcelain"), repo.git("fsck", "--strict")]


class Watch(threading.Thread):
    """Asks for health all the time, and keeps how long each answer took."""

    def __init__(self, service: Running) -> None:
        super().__init__()
        self._service = service
        self._ended = threading.Event()
        self._took: list[float] = []

    def run(self) -> None:
        with self._service.connection() as connection:
            while not self._ended.wait(0.2):
                for path in ("/livez", "/readyz"):
                    began = time.monotonic()
                    assert connection.get(path).status_code == 200
                    self._took.append(time.monotonic() - began)

    def end(self) -> float:
        """How long all but one of a hundred took at most: what else runs on this machine may be in the way of one."""
        self._ended.set()
        self.join()
        return sorted(self._took)[len(self._took) * 99 // 100]


def judged(service: Running, name: str, case: Case) -> str:
    """Call one tool and compare; the id of its execution."""
    while (answer := service.invoke(name)).status_code == 503:
        assert "engine does not answer" in answer.text, "this machine is busy beyond measure, and nothing has run"
    assert answer.status_code == 200, (name, answer.text)
    body = answer.json()
    end = body["error"]["kind"] if body["error"] else body["status"]
    assert end in (case.served or case.end).split(), (case.source, body)
    if body["status"] == "success" and case.result is not ANYTHING and not isinstance(case.result, bytes):
        assert body["result"] == case.result
    record = service.get(f"/api/v1/executions/{body['execution_id']}").json()
    assert (record["status"], record["error"], record["result"]) == (body["status"], body["error"], body["result"])
    return str(body["execution_id"])


def test_every_case_is_answered_and_on_record_once_and_leaves_the_service_as_it_was(
    repo: Repo, tmp_path: Path, engine_owner: str
) -> None:
    cases = with_cases(repo)
    before = state_of(repo)
    state = tmp_path / "state"
    with serving(
        repo.path, tmp_path, instance=engine_owner, warm="8", max_concurrent="4", workers="2", state_dir=str(state)
    ) as service:
        workers = all_workers(service, 2)
        for _ in range(20):
            assert service.invoke("control").json()["result"] == 1
        at_rest = {worker: vitals(worker) for worker in workers}
        watch = Watch(service)
        watch.start()
        try:
            with ThreadPoolExecutor(2) as callers:
                executions = set(callers.map(lambda name: judged(service, name, cases[name]), cases))
        finally:
            health_seconds = watch.end()
        assert health_seconds < patience(HEALTH_SECONDS)
        assert len(executions) == len(cases)
        assert [service.invoke("control").json()["result"] for _ in range(4)] == [1] * 4
        assert service.get("/api/v1/executions").json()["total"] == len(cases) + 24, "exactly one record for each"
        for status in ("pending", "running"):
            assert service.get(f"/api/v1/executions?status={status}").json()["total"] == 0
        assert all_workers(service, 2) == workers, "none had to be replaced"
        for worker, was in at_rest.items():
            assert_as_before(was, vitals(worker))
        # 8 that wait, in each worker of each kind one at least, and the holders of their networks.
        eventually(lambda: len(containers_of(engine_owner)) <= 32, LEFT_SECONDS, "sandboxes are left")
    eventually(lambda: containers_of(engine_owner) == [], LEFT_SECONDS, "sandboxes are left")
    assert state_of(repo) == before
    assert sum(file.stat().st_size for file in state.rglob("*") if file.is_file()) < RECORDS_BYTES
    assert service.log.stat().st_size < 1024 * 1024


def assert_as_before(was: Vitals, now: Vitals) -> None:
    assert now.descriptors <= was.descriptors + 48, (was, now)
    assert now.threads <= was.threads + 8, (was, now)
    assert now.memory_mb <= was.memory_mb + 160, (was, now)
