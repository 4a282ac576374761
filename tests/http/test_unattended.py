"""Executions that nobody waits for: begun at once, followed live, cancelled from any worker, on record to the end."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from registry.http.contract.body_shapes import get_validator
from registry.http.responses.execution_events import SeenEvents
from tests.repositories import Repo
from tests.services import Running, serving, serving_tools
from tests.waiting import patience

pytestmark = pytest.mark.engine

ANY = "{type: object, properties: {}, additionalProperties: true}"
TALKER = """\
import sys, time

def main(lines=3, pause=0.0):
    for number in range(int(lines)):
        print("line", number)
        print("füße", number, file=sys.stderr)
        time.sleep(pause)
    return {"greeting": "done"}
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving_tools(plant, tmp_path_factory.mktemp("unattended"), workers="3", warm="3") as served:
        yield served.running


def plant(repo: Repo) -> None:
    """A tool that talks, and one that fails."""
    parameters = (
        "{type: object, properties: {lines: {type: integer, description: How many., default: 3}, "
        "pause: {type: number, description: Seconds between., default: 0}}}"
    )
    repo.tool("talk", main=TALKER, parameters=parameters)
    repo.tool("raises", main="def main():\n    raise ValueError('no such thing')\n", parameters=ANY)


def execute(service: Running, name: str, **arguments: Any) -> str:
    answer = service.post(f"/api/v1/tools/{name}/execute", {"arguments": arguments})
    assert answer.status_code == 202, answer.text
    assert get_validator("Execution").faults(answer.json()) == ()
    location: str = answer.headers["Location"]
    assert location == f"/api/v1/executions/{answer.json()['id']}"
    return location


def follow(service: Running, location: str, **headers: str) -> list[tuple[str, str, Any]]:
    """Every event of an execution: its name, id and data."""
    found = []
    text = httpx.get(f"http://127.0.0.1:{service.port}{location}/events", headers=headers, timeout=600).text
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            found.append((fields["event"], fields["id"], json.loads(fields["data"])))
    return found


def logged(found: list[tuple[str, str, Any]], stream: str) -> str:
    return "".join(data["text"] for name, _, data in found if name == "log" and data["stream"] == stream)


def test_an_execution_is_followed_live_from_any_worker(service: Running) -> None:
    location = execute(service, "talk", lines=6, pause=0.3)
    began = time.monotonic()
    found = follow(service, location)
    assert time.monotonic() - began > 1, "the stream ends with the execution, not before"
    names = [name for name, _, _ in found]
    assert names.count("log") >= 4, "log lines come while the tool runs"
    assert names[-2:] == ["status", "end"]
    statuses = [data["status"] for name, _, data in found if name == "status"]
    assert statuses in (["pending", "running", "success"], ["running", "success"])
    assert logged(found, "stdout") == "".join(f"line {number}\n" for number in range(6))
    assert logged(found, "stderr") == "".join(f"füße {number}\n" for number in range(6))
    end = found[-1][2]
    assert get_validator("Execution").faults(end) == ()
    assert end["result"] == {"greeting": "done"}


def test_a_stream_goes_on_where_the_client_left_off(service: Running) -> None:
    location = execute(service, "talk", lines=3)
    while_it_runs, after_its_end = follow(service, location), follow(service, location)
    for whole in (while_it_runs, after_its_end):
        for index, (_, last, _) in enumerate(whole[:-1]):
            rest = follow(service, location, **{"Last-Event-ID": last})
            for stream in ("stdout", "stderr"):
                assert logged(whole[: index + 1], stream) + logged(rest, stream) == logged(whole, stream)
            assert rest[-1][0] == "end"
    for nonsense in ("", "x", "-1-2", "success-99999999999-1", "running-5"):
        assert logged(follow(service, location, **{"Last-Event-ID": nonsense}), "stdout") == logged(whole, "stdout")


def test_a_cancel_is_heard_by_whichever_worker_runs_the_tool(service: Running) -> None:
    for _ in range(4):
        location = execute(service, "talk", lines=100, pause=0.3)
        answer = service.post(f"{location}/cancel", None)
        assert answer.status_code == 202
        end = follow(service, location)[-1][2]
        assert (end["status"], end["error"]["kind"]) == ("cancelled", "cancelled")
        again = service.post(f"{location}/cancel", None)
        assert again.json()["status"] == "cancelled", "what has ended stays as it is"
    assert service.post("/api/v1/executions/nothing/cancel", None).status_code == 404


def test_faults_are_refused_before_anything_is_on_record(service: Running) -> None:
    caller = {"caller_id": "faulty"}
    assert service.post("/api/v1/tools/talk/execute", {"arguments": {"lines": "x"}, **caller}).status_code == 400
    assert service.post("/api/v1/tools/nothing/execute", {"arguments": {}, **caller}).status_code == 404
    assert service.get("/api/v1/executions?caller_id=faulty").json()["total"] == 0


def test_a_failing_tool_ends_on_record(service: Running) -> None:
    end = follow(service, execute(service, "raises"))[-1][2]
    assert (end["status"], end["error"]["kind"]) == ("failed", "script_error")


def test_a_client_that_leaves_cancels_its_invoke(service: Running) -> None:
    body = json.dumps({"arguments": {"lines": 100, "pause": 0.2}, "caller_id": "leaver"}).encode()
    head = "POST /api/v1/llm/tools/talk/invoke HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", service.port)) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        until = time.monotonic() + patience(20)
        while not service.get("/api/v1/executions?caller_id=leaver&status=running").json()["total"]:
            assert time.monotonic() < until
            time.sleep(0.05)
    left = time.monotonic()
    while not service.get("/api/v1/executions?caller_id=leaver&status=cancelled").json()["total"]:
        assert time.monotonic() < left + patience(10)
        time.sleep(0.05)


def test_executions_under_way_at_the_services_end_are_ended_and_on_record(
    repo: Repo, tmp_path: Path, engine_owner: str
) -> None:
    repo.tool("sleep", main="import time\ndef main():\n    time.sleep(25)\n", parameters=ANY)
    repo.commit()
    answers: list[httpx.Response] = []
    with serving(repo.path, tmp_path, instance=engine_owner, warm="4") as service:
        for _ in range(3):
            execute(service, "sleep")
        url = f"http://127.0.0.1:{service.port}/api/v1/llm/tools/sleep/invoke"
        short = {"arguments": {}, "timeout_seconds": 3}
        waiting = threading.Thread(target=lambda: answers.append(httpx.post(url, json=short, timeout=600)))
        waiting.start()
        until = time.monotonic() + patience(20)
        while service.get("/api/v1/executions?status=running").json()["total"] < 4:
            assert time.monotonic() < until
            time.sleep(0.05)
        began = time.monotonic()
    assert time.monotonic() - began < patience(45)
    waiting.join()
    assert answers[0].json()["status"] == "timeout", "who waits gets an answer"
    with serving(repo.path, tmp_path, instance=engine_owner, warm="0") as service:
        found = service.get("/api/v1/executions").json()["items"]
        assert sorted(one["status"] for one in found) == ["failed", "failed", "failed", "timeout"]
        assert {one["error"]["kind"] for one in found} == {"interrupted", "timeout"}


def test_what_an_id_says_is_read_strictly() -> None:
    assert SeenEvents.from_id("running-10-20") == SeenEvents("running", 10, 20)
    assert SeenEvents.from_id("running-10-20\n") == SeenEvents()
    assert SeenEvents.from_id("<script>-1-1") == SeenEvents()
