"""Executions over the whole service: the states they pass through, who may follow and end them, which clock counts."""

from __future__ import annotations

import itertools
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine import containers_of
from tests.http.workers import all_workers, one_connection_each
from tests.properties import examples
from tests.repositories import Repo, make_repo
from tests.services import Running, serving
from tests.waiting import eventually, nothing_is_left, patience

pytestmark = pytest.mark.engine
ANY = "{type: object, properties: {}, additionalProperties: true}"
TOOLS = {
    "works": "def main():\n    return {}\n",
    "raises": "def main():\n    raise ValueError('no')\n",
    "late": "import time\n\n\ndef main():\n    time.sleep(60)\n",
    "talks": "import time\n\n\ndef main():\n    for n in range(12):\n        print('line', n)\n"
    "        time.sleep(0.25)\n    return {}\n",
}
ENDS = {"success", "failed", "timeout", "cancelled"}
ALLOWED = {
    (None, "pending"),
    (None, "running"),
    ("pending", "running"),
    ("pending", "cancelled"),
    ("pending", "failed"),
}
ALLOWED |= {("running", end) for end in ENDS}
# Every change of a status, whoever makes it, as the database itself sees it.
WATCH = """
CREATE TABLE IF NOT EXISTS seen (number INTEGER PRIMARY KEY, id TEXT, before TEXT, after TEXT);
CREATE TRIGGER IF NOT EXISTS born AFTER INSERT ON executions
BEGIN INSERT INTO seen (id, before, after) VALUES (NEW.id, NULL, NEW.status); END;
CREATE TRIGGER IF NOT EXISTS changed AFTER UPDATE OF status ON executions
BEGIN INSERT INTO seen (id, before, after) VALUES (NEW.id, OLD.status, NEW.status); END;
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One service for the tests of this file; its database keeps every change of a status."""
    folder = tmp_path_factory.mktemp("states")
    owner = f"test-states-{folder.name}-{time.monotonic_ns()}"
    repo: Repo = make_repo(folder / "repo")
    for name, main in TOOLS.items():
        limit = 1 if name == "late" else 30
        repo.tool(
            name, main=main, runtime=f"{{network: false, timeout_seconds: {limit}}}", parameters=ANY, returns="{}"
        )
    repo.commit()
    with serving(
        repo.path, folder, instance=owner, workers="2", warm="4", max_concurrent="6", state_dir=str(folder / "state")
    ) as running:
        all_workers(running, 2)
        with closing(database(running)) as connection:
            connection.executescript(WATCH)
        yield running
    nothing_is_left(owner)


def database(service: Running) -> sqlite3.Connection:
    """The audit's database."""
    return sqlite3.connect(service.log.parent / "state/audit.db", timeout=20)


def seen(service: Running, identities: set[str]) -> dict[str, list[tuple[str | None, str]]]:
    """The changes of the statuses of these executions, in their order."""
    with closing(database(service)) as connection:
        rows = connection.execute("SELECT id, before, after FROM seen ORDER BY number").fetchall()
    return {one: [(before, after) for found, before, after in rows if found == one] for one in identities}


ACTIONS = st.tuples(
    st.sampled_from(sorted(TOOLS)),
    st.sampled_from(["invoke", "execute"]),
    st.sampled_from([None, None, 0.0, 0.02, 0.3]),  # when somebody asks for its cancel
)


def taken(service: Running, url: str, trace: str, status: int) -> dict[str, Any]:
    """The answer; on a machine that is busy beyond measure the engine may not answer in time: then nothing has run."""
    body = {"arguments": {}, "trace_id": trace}
    while (answer := service.post(url, body)).status_code in {429, 503}:
        assert int(answer.headers["Retry-After"]) > 0
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def act(service: Running, trace: str, action: tuple[str, str, float | None]) -> str:
    """Do one, and give the id of its execution once it has ended."""
    name, how, cancel_after = action
    if how == "invoke":
        url = f"/api/v1/llm/tools/{name}/invoke"
        return str(taken(service, url, trace, 200)["execution_id"])
    execution = str(taken(service, f"/api/v1/tools/{name}/execute", trace, 202)["id"])
    if cancel_after is not None:
        threading.Event().wait(cancel_after)
        assert service.post(f"/api/v1/executions/{execution}/cancel", None).status_code == 202
    eventually(lambda: service.get(f"/api/v1/executions/{execution}").json()["status"] in ENDS, 40)
    return execution


@settings(max_examples=examples(4), suppress_health_check=list(HealthCheck))
@given(actions=st.lists(ACTIONS, min_size=8, max_size=12))
def test_no_execution_ever_passes_through_any_other_states(
    service: Running, actions: list[tuple[str, str, float | None]]
) -> None:
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda action: act(service, "states", action), actions))
    assert len(set(found)) == len(actions), "one execution for each"
    for execution, changes in seen(service, set(found)).items():
        record = service.get(f"/api/v1/executions/{execution}").json()
        assert set(changes) <= ALLOWED, changes
        assert len(changes) == len(set(changes)) <= 3
        assert changes[0][0] is None
        assert all(one[1] == after[0] for one, after in itertools.pairwise(changes)), changes
        assert record["status"] == changes[-1][1]
        assert (record["error"] is None) == (record["status"] == "success")
        assert (record["result"] is None) or record["status"] == "success"


def test_a_change_of_another_kind_would_be_seen(service: Running) -> None:
    execution = act(service, "broken", ("works", "invoke", None))
    with closing(database(service)) as connection, connection:
        connection.execute("UPDATE executions SET status = 'running' WHERE id = ?", [execution])
        connection.execute("UPDATE executions SET status = 'success' WHERE id = ?", [execution])
    assert not set(seen(service, {execution})[execution]) <= ALLOWED


def test_whichever_worker_runs_a_tool_each_of_them_can_cancel_it(service: Running) -> None:
    connections = one_connection_each(service)
    for runs in connections.values():
        for cancels in connections.values():
            location = runs.post("/api/v1/tools/talks/execute", json={"arguments": {}}).headers["Location"]
            eventually(lambda at=location: service.get(at).json()["status"] == "running", 20)  # type: ignore[misc]
            asked_at = time.monotonic()
            assert cancels.post(f"{location}/cancel").status_code == 202
            eventually(lambda at=location: service.get(at).json()["status"] == "cancelled", 10)  # type: ignore[misc]
            assert time.monotonic() - asked_at < patience(2.5), "before it would have ended by itself"
    for client in connections.values():
        client.close()


def test_a_stream_goes_on_at_another_worker(service: Running) -> None:
    connections = one_connection_each(service)
    first, second = connections.values()
    location = first.post("/api/v1/tools/talks/execute", json={"arguments": {}}).headers["Location"]
    before, last = "", ""
    with first.stream("GET", f"{location}/events") as stream:
        for line in stream.iter_lines():
            if line.startswith("id: "):
                last = line.removeprefix("id: ")
            if line.startswith("data: ") and "text" in json.loads(line.removeprefix("data: ")):
                before += json.loads(line.removeprefix("data: "))["text"]
                if before.count("\n") >= 3:
                    break
    rest = second.get(f"{location}/events", headers={"Last-Event-ID": last}).text
    after = "".join(
        json.loads(line.removeprefix("data: ")).get("text", "")
        for line in rest.splitlines()
        if line.startswith("data: ")
    )
    assert before + after == "".join(f"line {number}\n" for number in range(12)), "nothing twice, nothing lost"
    assert "event: end" in rest
    for client in connections.values():
        client.close()


STEPPED = """\
import pathlib, time
_told, _file = time.time, pathlib.Path({file!r})
def stepped():
    try:
        return _told() + float(_file.read_text())
    except (OSError, ValueError):
        return _told()
time.time = stepped
"""


def test_a_clock_that_is_moved_by_an_hour_neither_ends_nor_loses_anything(
    repo: Repo, tmp_path: Path, engine_owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The clock of this machine is everybody's: that of the service's processes is moved instead, as each asks for it.
    step = tmp_path / "step"
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "sitecustomize.py").write_text(STEPPED.format(file=str(step)))
    monkeypatch.setenv("PYTHONPATH", str(modules))
    repo.tool("talks", main=TOOLS["talks"], runtime="{network: false}", parameters=ANY, returns="{}")
    repo.commit()
    with serving(repo.path, tmp_path, instance=engine_owner, warm="2") as service, ThreadPoolExecutor(2) as callers:
        eventually(lambda: len(containers_of(engine_owner)) >= 4, 60)
        for hours in (1, -1, 0):
            waiting = set(containers_of(engine_owner))
            waited = callers.submit(taken, service, "/api/v1/llm/tools/talks/invoke", "clock", 200)
            begun = taken(service, "/api/v1/tools/talks/execute", "clock", 202)
            location = f"/api/v1/executions/{begun['id']}"
            eventually(lambda at=location: "line 1" in service.get(at).json()["stdout"], 20)  # type: ignore[misc]
            step.write_text(str(hours * 3600))
            answer = waited.result()
            assert answer["status"] == "success", answer
            assert 2900 < answer["duration_ms"] < 6000, "how long it took is not counted by that clock"
            eventually(lambda at=location: service.get(at).json()["status"] == "success", 20)  # type: ignore[misc]
            assert service.get(location).json()["stdout"].count("\n") == 12
            assert waiting & set(containers_of(engine_owner)), "what waits is not taken for old"
        created = [one["created_at"] for one in service.get("/api/v1/executions").json()["items"]]
        assert len(created) == 6
        assert created == sorted(created, reverse=True)
    assert max(created) > min(created)
