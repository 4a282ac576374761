"""A service that a case is tried on, and what must hold after whatever was done to it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx

from tests.engine import containers_of, missing_engine
from tests.http.workers import all_workers, workers_of
from tests.own_engine import OwnEngine
from tests.report.case import NotTriedError
from tests.repositories import Repo, make_repo
from tests.runner.invariants import HEALTH_SECONDS, Vitals, vitals
from tests.services import Running, patiently, serving
from tests.waiting import LEFT_SECONDS, eventually, nothing_is_left, patience

ANY = "{type: object, properties: {}, additionalProperties: true}"
OFFLINE = "{network: false}"
CONTROL = "control"
_WORKERS = 2
_DESCRIPTORS = 32
_MEMORY_MB = 64
_WARM_UP = 6
"""So many calls at once before anything is measured: each worker has then run some, and has its connections."""


@dataclass(slots=True)
class Station:
    """A running service, its repository, the owner of its containers, and how it was before the case."""

    running: Running
    repo: Repo
    owner: str
    before: dict[int, Vitals]
    revision: str
    engine: OwnEngine | None = None

    def invoke(self, name: str = CONTROL, **arguments: Any) -> httpx.Response:
        """Invoke a tool, patiently while the service says that it cannot now."""
        return patiently(lambda: self.running.invoke(name, **arguments))

    def hold(self, *, revision: str | None = None, dirty: str = "", workers_may_change: bool = False) -> str:
        """Look at everything that must hold now, and say so. Raises AssertionError.

        ``revision`` is where the branch must be (None: where it was); ``dirty`` what ``git status --porcelain`` must
        print.
        """
        self._health_answers()
        assert self.invoke().json()["status"] == "success", "a control tool does not work"
        self._records_are_closed()
        eventually(lambda: self._containers() == [], LEFT_SECONDS, "sandboxes are left")
        grown = "" if workers_may_change else self._workers_are_as_they_were()
        self._repository_is_sound(revision or self.revision, dirty)
        return grown

    def records(self) -> list[dict[str, Any]]:
        """Every execution on record, the newest first."""
        found: list[dict[str, Any]] = []
        while True:
            url = f"/api/v1/executions?page_size=100&page={len(found) // 100 + 1}"
            answer = self.running.get(url)
            assert answer.status_code == 200, answer.text[:300]
            found += answer.json()["items"]
            if len(answer.json()["items"]) < 100:
                return found

    def once_on_record(self, executions: list[str]) -> None:
        """Each of these is on record, once; what is there besides ended too (:meth:`hold` looks at that)."""
        recorded = [record["id"] for record in self.records()]
        assert len(recorded) == len(set(recorded)), "an execution is on record twice"
        missing = set(executions) - set(recorded)
        assert len(executions) == len(set(executions)), "two calls were given one execution"
        assert not missing, f"{len(missing)} of {len(executions)} executions are not on record"

    def _containers(self) -> list[str]:
        return containers_of(self.owner) if self.engine is None else self.engine.containers(self.owner)

    def _health_answers(self) -> None:
        for path in ("/livez", "/readyz"):
            began = time.monotonic()
            status = patiently(lambda path=path: self.running.get(path)).status_code  # type: ignore[misc]
            took = time.monotonic() - began
            assert status == 200, f"{path} answers {status}"
            assert took < patience(HEALTH_SECONDS), f"{path} takes {took:.1f} s"

    def _records_are_closed(self) -> None:
        def still_open() -> int:
            counts = [
                self.running.get(f"/api/v1/executions?status={status}").json()["total"]
                for status in ("pending", "running")
            ]
            return int(sum(counts))

        eventually(lambda: still_open() == 0, 45, "records are left open")

    def _workers_are_as_they_were(self) -> str:
        assert set(self.before) == workers_of(self.running), "a worker was replaced"

        def grown() -> list[str]:
            found = []
            for process, was in self.before.items():
                now = vitals(process)
                if now.descriptors > was.descriptors + _DESCRIPTORS:
                    found.append(f"descriptors {was.descriptors} -> {now.descriptors}")
                if now.memory_mb > was.memory_mb + _MEMORY_MB:
                    found.append(f"memory {was.memory_mb} -> {now.memory_mb} MiB")
            return found

        until = time.monotonic() + patience(10)
        while (found := grown()) and time.monotonic() < until:
            time.sleep(0.2)
        assert not found, f"a worker grew: {', '.join(found)}"
        most = max(vitals(process).memory_mb - was.memory_mb for process, was in self.before.items())
        return f"memory {most:+d} MiB"

    def _repository_is_sound(self, revision: str, dirty: str) -> None:
        found = self.repo.git("rev-parse", "HEAD")
        assert found == revision, f"the branch is at {found[:12]}, not at {revision[:12]}"
        status = eventually(lambda: self.repo.git("status", "--porcelain") == dirty or None, 10, "git status differs")
        assert status
        self.repo.git("fsck", "--strict", "--no-dangling")


@contextmanager
def serve_station(
    repo: Repo, folder: Path, command: list[str] | None = None, *, engine: OwnEngine | None = None, **settings: str
) -> Iterator[Station]:
    """Serve a repository that has the control tool, on the machine's engine or on ``engine``.

    Each worker process has run something when the block begins; no sandbox waits ahead, so at rest there is none, and
    after the block nothing is left.
    """
    if missing := missing_engine():
        raise NotTriedError(f"there is no Docker engine: {missing}")
    state = folder / "state"
    owner = f"report-{uuid.uuid4().hex[:12]}"
    settings = {"workers": str(_WORKERS), "max_concurrent": "8", "state_dir": str(state), **settings}
    with serving(repo.path, folder, command, instance=owner, **settings) as running:
        processes = all_workers(running, int(settings["workers"]))
        station = Station(running, repo, owner, {}, repo.git("rev-parse", "HEAD"), engine)
        with ThreadPoolExecutor(_WARM_UP) as callers:
            ends = list(callers.map(lambda _: station.invoke().json().get("status"), range(_WARM_UP)))
        assert set(ends) == {"success"}, f"the service did not work before the case: {ends}"
        station.before = {process: vitals(process) for process in processes}
        yield station
    nothing_is_left(owner)


def make_station_repo(folder: Path) -> Repo:
    """A repository with two tools: the control, and one to edit."""
    repo = make_repo(folder / "repo")
    repo.tool(CONTROL, main="def main():\n    return {'greeting': 'hello'}\n", parameters=ANY, runtime=OFFLINE)
    repo.tool("edited")
    repo.commit("begin")
    return repo
