"""MCP over HTTP against a running service: streams, cancelling from either era, listening, and what is on record."""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from mcp_types import methods as protocol

from tests.http.mcp_services import (
    BOTH,
    CLIENT,
    VERSION,
    Talk,
    headers_of,
    message,
    messages,
    stateless,
    tools_repo,
)
from tests.services import Served, serving, stop
from tests.waiting import patience

pytestmark = pytest.mark.engine

ENDLESS = {"name": "talk", "arguments": {"lines": 1000, "pause": 0.1}}
SECONDS = 20


@pytest.fixture
def talk(mcp_served: Served) -> Talk:
    return Talk(f"http://127.0.0.1:{mcp_served.running.port}/mcp")


def wait_for_last(served: Served, *statuses: str) -> dict[str, Any]:
    """The run of ``talk`` that began last, when it has one of these statuses."""
    until = time.monotonic() + patience(SECONDS)
    while True:
        found = served.executions("tool=talk&page_size=1")
        if found and found[0]["status"] in statuses:
            return found[0]
        assert time.monotonic() < until, found
        time.sleep(0.05)


@contextmanager
def connected(served: Served, sent: dict[str, Any], headers: dict[str, str]) -> Iterator[socket.socket]:
    """A connection on which a message was sent and whose answer nobody has read yet."""
    body = json.dumps(sent).encode()
    lines = ["POST /mcp HTTP/1.1", "Host: localhost", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {text}" for name, text in headers.items()]
    with socket.create_connection(("127.0.0.1", served.running.port), timeout=SECONDS) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        yield connection


@contextmanager
def listening(url: str, wanted: dict[str, Any]) -> Iterator[Iterator[dict[str, Any]]]:
    """The messages of a subscription, as they come."""
    sent = stateless("subscriptions/listen", {"notifications": wanted}, "sub")
    headers = headers_of(sent) | {"Content-Type": "application/json"}
    with httpx.stream("POST", url, json=sent, headers=headers, timeout=SECONDS) as answer:
        assert answer.status_code == 200
        lines = answer.iter_lines()
        yield (json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: "))


def test_a_result_has_the_shape_of_its_version(talk: Talk) -> None:
    call = {"name": "greet", "arguments": {"name": "Ada"}}
    answer = talk.stateless("tools/call", call).json()["result"]
    protocol.validate_server_result("tools/call", VERSION, answer)
    assert answer["resultType"] == "complete"
    assert answer["structuredContent"] == {"greeting": "hello Ada"}
    for version in ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"):
        old = talk.post(message("tools/call", call), MCP_Protocol_Version=version).json()["result"]
        assert protocol.serialize_server_result("tools/call", version, old) == old


def test_a_call_is_on_record_with_client_and_trace(talk: Talk, mcp_served: Served) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    params = {
        "name": "greet",
        "arguments": {"name": "Ada"},
        "_meta": {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"},
    }
    answer = talk.stateless("tools/call", params)
    told = answer.json()["result"]["_meta"]["toolcrib/execution"]
    [found] = mcp_served.executions(f"trace_id={trace}")
    assert (found["id"], found["caller_id"], found["status"]) == (told["id"], CLIENT["name"], "success")
    assert found["request_id"] == answer.headers["X-Request-ID"]


def test_progress_comes_as_a_stream_that_ends_with_the_answer(talk: Talk) -> None:
    params = {"name": "talk", "arguments": {"lines": 3, "pause": 0.2}, "_meta": {"progressToken": "p"}}
    for answer in (talk.stateless("tools/call", params, 7), talk.post(message("tools/call", params, 7))):
        *progress, last = messages(answer)
        assert [one["params"]["progress"] for one in progress] == sorted(
            {one["params"]["progress"] for one in progress}
        )
        assert {one["method"] for one in progress} == {"notifications/progress"}
        assert {one["params"]["progressToken"] for one in progress} == {"p"}
        assert len(progress) >= 2, "lines are told while the tool runs"
        assert (last["id"], last["result"]["content"][0]["text"]) == (7, '["done",3]')


def test_without_a_token_or_without_streams_the_answer_is_plain(talk: Talk) -> None:
    params = {"name": "talk", "arguments": {"lines": 1}}
    assert talk.stateless("tools/call", params).headers["Content-Type"] == "application/json"
    sent = message("tools/call", params | {"_meta": {"progressToken": 1}})
    assert talk.post(sent, Accept="application/json").headers["Content-Type"] == "application/json"


def test_what_is_refused_has_its_status_where_a_stream_was_wanted(talk: Talk) -> None:
    answer = talk.stateless("tools/call", {"name": "nothing", "_meta": {"progressToken": 1}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32602)


@pytest.mark.parametrize("streamed", [False, True])
def test_in_the_stateless_era_leaving_cancels(mcp_served: Served, streamed: bool) -> None:
    sent = stateless("tools/call", ENDLESS | ({"_meta": {"progressToken": 1}} if streamed else {}))
    with connected(mcp_served, sent, headers_of(sent)):
        wait_for_last(mcp_served, "running")
    wait_for_last(mcp_served, "cancelled")


@pytest.mark.parametrize("streamed", [False, True])
def test_in_the_initialize_era_leaving_cancels_nothing(mcp_served: Served, streamed: bool) -> None:
    params = {"name": "talk", "arguments": {"lines": 20, "pause": 0.1}}
    sent = message("tools/call", params | ({"_meta": {"progressToken": 1}} if streamed else {}))
    with connected(mcp_served, sent, {"Accept": BOTH}):
        wait_for_last(mcp_served, "running")
    assert wait_for_last(mcp_served, "success", "cancelled", "failed")["status"] == "success"


def test_in_the_initialize_era_a_notification_cancels_at_any_worker(talk: Talk, mcp_served: Served) -> None:
    params = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": CLIENT}
    for request_id in (1, "1", 2, 3):
        session = talk.post(message("initialize", params)).headers["Mcp-Session-Id"]
        with connected(mcp_served, message("tools/call", ENDLESS, request_id), {"Mcp-Session-Id": session}) as call:
            wait_for_last(mcp_served, "running")
            cancel = message("notifications/cancelled", {"requestId": request_id}, None)
            assert talk.post(cancel, Mcp_Session_Id="another").status_code == 202
            assert wait_for_last(mcp_served, "running", "cancelled")["status"] == "running", "another session's"
            assert talk.post(cancel, Mcp_Session_Id=session).status_code == 202
            assert wait_for_last(mcp_served, "cancelled")["caller_id"] == session
            assert b"cancelled" in call.recv(65536)


def test_an_id_that_is_used_again_in_a_session_still_runs(talk: Talk) -> None:
    for _ in range(2):
        call = message("tools/call", {"name": "greet", "arguments": {"name": "Ada"}}, 1)
        assert "structuredContent" in talk.post(call, Mcp_Session_Id="careless").json()["result"]


def test_who_listens_hears_of_changes_of_that_list_only(talk: Talk, mcp_served: Served) -> None:
    tools = mcp_served.repo.path / "tools"
    with (
        listening(talk.url, {"toolsListChanged": True, "promptsListChanged": True}) as heard,
        listening(talk.url, {"promptsListChanged": True}) as deaf,
        listening(f"{talk.url}/polite", {"toolsListChanged": True}) as polite,
    ):
        about = {"io.modelcontextprotocol/subscriptionId": "sub"}
        begun = next(heard)
        assert begun["method"] == "notifications/subscriptions/acknowledged"
        assert begun["params"] == {"notifications": {"toolsListChanged": True}, "_meta": about}
        assert next(deaf)["params"] == {"notifications": {}, "_meta": about}
        assert next(polite)["params"]["notifications"] == {"toolsListChanged": True}
        shutil.copytree(tools / "talk", tools / "mumble")
        text = (tools / "talk/tool.yaml").read_text()
        (tools / "mumble/tool.yaml").write_text(text.replace("name: talk", "name: mumble", 1))
        changed = next(heard)
        assert (changed["method"], changed["params"]) == ("notifications/tools/list_changed", {"_meta": about})
        shutil.rmtree(tools / "mumble")
        assert next(heard)["method"] == "notifications/tools/list_changed"
        greet = tools / "greet/tool.yaml"
        before = greet.read_text()
        greet.write_text(before.replace("Title of greet", "Say hello"))
        assert next(polite)["method"] == "notifications/tools/list_changed", "its first news"
        greet.write_text(before)


def test_only_so_many_listen_at_once_and_leaving_makes_room(talk: Talk) -> None:
    sent = stateless("subscriptions/listen", {"notifications": {}})
    headers = headers_of(sent) | {"Content-Type": "application/json"}
    with httpx.Client(timeout=SECONDS, limits=httpx.Limits(max_connections=100)) as client:
        opened = []
        while True:
            answer = client.send(client.build_request("POST", talk.url, json=sent, headers=headers), stream=True)
            if answer.status_code != 200:
                break
            opened.append(answer)
        assert answer.status_code == 429
        assert "Retry-After" in answer.headers
        answer.close()
        for one in opened:
            one.close()
    until = time.monotonic() + patience(SECONDS)
    while True:
        with httpx.stream("POST", talk.url, json=sent, headers=headers, timeout=SECONDS) as again:
            if again.status_code == 200:
                return
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_service_that_ends_ends_its_subscriptions_in_order(tmp_path: Path, engine_owner: str) -> None:
    repo = tools_repo(tmp_path / "repo")
    with serving(repo.path, tmp_path, instance=engine_owner, warm="2") as running:
        url = f"http://127.0.0.1:{running.port}/mcp"
        with listening(url, {"toolsListChanged": True}) as heard:
            next(heard)
            ending = threading.Thread(target=stop, args=[running.process])
            ending.start()
            last = next(heard)
            ending.join()
        assert last["result"]["resultType"] == "complete"
        assert last["id"] == "sub"
        assert "Traceback" not in running.log.read_text()


def test_arguments_that_headers_repeat_must_agree(tmp_path: Path, engine_owner: str) -> None:
    repo = tools_repo(tmp_path / "repo")
    parameters = (
        "{type: object, properties: {region: {type: string, x-mcp-header: Region}, deep: {type: object, properties: "
        "{count: {type: integer, x-mcp-header: Count}, sure: {type: boolean, x-mcp-header: Sure}}}}}"
    )
    repo.tool("place", main="def main(region='', deep=None):\n    return {}\n", parameters=parameters, returns="{}")
    repo.commit()
    with serving(repo.path, tmp_path, instance=engine_owner, warm="2") as running:
        talk = Talk(f"http://127.0.0.1:{running.port}/mcp")

        def code(arguments: dict[str, Any], **headers: str) -> int:
            sent = stateless("tools/call", {"name": "place", "arguments": arguments})
            given = {f"Mcp-Param-{name}": text for name, text in headers.items()}
            return int(talk.post(sent, **headers_of(sent), **given).json().get("error", {"code": 0})["code"])

        good = {"region": "here", "deep": {"count": 7, "sure": True}}
        assert code(good, Region="here", Count="7", Sure="true") == 0
        assert code({}) == 0
        assert code({"region": "é"}, Region="=?base64?w6k=?=") == 0
        for headers in (
            {"Region": "there", "Count": "7", "Sure": "true"},
            {"Region": "here", "Count": "8", "Sure": "true"},
            {"Region": "here", "Count": "seven", "Sure": "true"},
            {"Region": "here", "Count": "7", "Sure": "True"},
            {"Region": "=?base64?!!?=", "Count": "7", "Sure": "true"},
            {"Region": "here", "Count": "7"},
        ):
            assert code(good, **headers) == -32020, headers
        assert code({}, Region="here") == -32020


def test_a_model_finds_and_calls_with_two_tools(mcp_served: Served) -> None:
    talk = Talk(f"http://127.0.0.1:{mcp_served.running.port}/mcp/polite?meta=1")
    found = talk.stateless("tools/call", {"name": "search_tools", "arguments": {"query": "say hello"}}).json()["result"]
    [tool] = found["structuredContent"]["tools"]
    call = {"name": "call_tool", "arguments": {"name": tool["name"], "arguments": {"name": "Ada"}}}
    called = talk.stateless("tools/call", call).json()["result"]
    assert called["structuredContent"] == {"greeting": "hello Ada"}
