"""The MCP SDK's clients, the new one in both eras and the old one, over HTTP and as a program that they start."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.http.mcp_services import stdio_command
from tests.judges import told
from tests.services import Running, Served
from tests.waiting import patience

pytestmark = pytest.mark.engine

OFFERED = ["fails", "greet", "talk"]


@dataclass(frozen=True)
class Client:
    """A judge, how it speaks, and over what."""

    judge: str
    mode: str
    stdio: bool
    version: str


CLIENTS = {
    "new": Client("mcp_new", "auto", stdio=False, version="2026-07-28"),
    "new-legacy": Client("mcp_new", "legacy", stdio=False, version="2025-11-25"),
    "old": Client("mcp_old", "", stdio=False, version="2025-11-25"),
    "new-stdio": Client("mcp_new", "auto", stdio=True, version="2026-07-28"),
    "new-legacy-stdio": Client("mcp_new", "legacy", stdio=True, version="2025-11-25"),
    "old-stdio": Client("mcp_old", "", stdio=True, version="2025-11-25"),
}


@dataclass(frozen=True)
class Used:
    """A service, and what a client saw of it."""

    client: Client
    seen: dict[str, Any]
    last_status: str


@pytest.fixture(scope="module", params=CLIENTS)
def used(
    request: pytest.FixtureRequest, mcp_served: Served, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Used]:
    running, repo = mcp_served.running, mcp_served.repo
    client = CLIENTS[request.param]
    late = tmp_path_factory.mktemp("late") / "late"
    shutil.copytree(repo.path / "tools/greet", late)
    (late / "tool.yaml").write_text((late / "tool.yaml").read_text().replace("name: greet", "name: late", 1))
    given = reached(client, mcp_served)
    if client.stdio or client.version >= "2026":
        given["late"] = [str(late), str(repo.path / "tools/late")]
    try:
        seen = told(client.judge, given)
        yield Used(client, seen, last_status(running))
    finally:
        shutil.rmtree(repo.path / "tools/late", ignore_errors=True)


def reached(client: Client, served: Served, path: str = "", *options: str) -> dict[str, Any]:
    """What a judge must be told to use the service, or to start the program with these options."""
    if client.stdio:
        environment = {"TOOLCRIB_INSTANCE": served.owner}
        return {"mode": client.mode, "command": stdio_command(served.repo, *options), "environment": environment}
    return {"mode": client.mode, "url": f"http://127.0.0.1:{served.running.port}/mcp{path}"}


def last_status(running: Running) -> str:
    """How the run of ``talk`` ended that began last."""
    until = time.monotonic() + patience(20)
    while True:
        last: dict[str, Any] = running.get("/api/v1/executions?tool=talk&page_size=1").json()["items"][0]
        if last["status"] != "running" or time.monotonic() > until:
            return str(last["status"])
        time.sleep(0.05)


def test_the_newest_version_that_both_know_is_spoken(used: Used) -> None:
    assert used.seen["version"] == used.client.version
    assert used.seen["server"] == "toolcrib"
    assert "container" in used.seen["instructions"]


def test_the_offered_tools_are_listed_with_hints_and_schemas(used: Used) -> None:
    tools = {tool["name"]: tool for tool in used.seen["tools"] if tool["name"] != "late"}
    assert list(tools) == OFFERED
    greet = tools["greet"]
    assert greet["annotations"] == {"title": "Title of greet", "readOnlyHint": True, "idempotentHint": True}
    assert greet["inputSchema"]["required"] == ["name"]
    assert greet["outputSchema"]["properties"].keys() == {"greeting"}
    assert "outputSchema" not in tools["talk"], "an array is no structured content of the older revisions"


def test_a_result_is_structured_and_text(used: Used) -> None:
    assert used.seen["good"] == {
        "error": False,
        "structured": {"greeting": "hello Ada hello Ada"},
        "text": '{"greeting":"hello Ada hello Ada"}',
    }
    assert used.seen["talked"] == {"error": False, "structured": None, "text": '["done",3]'}


def test_a_model_is_told_of_every_fault_in_its_arguments(used: Used) -> None:
    refused = used.seen["refused"]
    assert refused["error"]
    assert 'did you mean "name"?' in refused["text"]
    assert 'The required property "name" is missing' in refused["text"]


def test_a_failure_is_a_result_with_what_was_printed(used: Used) -> None:
    failed = used.seen["failed"]
    assert failed["error"]
    assert failed["text"].startswith("script_error: ValueError: no\n")
    assert failed["text"].endswith("It printed:\nso far")


def test_a_tool_that_is_not_offered_is_an_error_of_the_protocol(used: Used) -> None:
    assert used.seen["unknown"] == [-32602, "there is no tool 'nothing'"]


def test_what_a_tool_prints_is_progress(used: Used) -> None:
    told_of = used.seen["progress"]
    assert "\n".join(text for _, _, text in told_of) == "line 0\nline 1\nline 2"
    assert [done for done, _, _ in told_of] == sorted({done for done, _, _ in told_of})
    assert told_of[-1][0] == 3


def test_a_client_that_cancels_ends_the_run(used: Used) -> None:
    assert used.seen["left"]
    assert used.last_status == "cancelled"


def test_a_client_that_can_be_told_hears_that_the_list_changed(used: Used) -> None:
    expected = True if used.client.stdio or used.client.version >= "2026" else None
    assert used.seen.get("changed") is expected


@pytest.mark.parametrize("name", CLIENTS)
def test_a_toolset_and_its_meta_tools_are_servers_of_their_own(name: str, mcp_served: Served) -> None:
    client = CLIENTS[name]
    call = {"name": "greet", "arguments": {"name": "Ada"}}
    given = reached(client, mcp_served, "/polite", "--toolset", "polite") | {"calls": [["greet", call["arguments"]]]}
    seen = told(client.judge, given)
    assert [tool["name"] for tool in seen["tools"]] == ["greet"]
    assert "For a kind word." in seen["instructions"]
    assert [one["structuredContent"] for one in seen["results"]] == [{"greeting": "hello Ada"}]
    given = reached(client, mcp_served, "/polite?meta=1", "--toolset", "polite", "--meta")
    seen = told(client.judge, given | {"calls": [["search_tools", {"query": "talk or greet"}], ["call_tool", call]]})
    assert [tool["name"] for tool in seen["tools"]] == ["call_tool", "search_tools"]
    found, called = (one["structuredContent"] for one in seen["results"])
    assert [tool["name"] for tool in found["tools"]] == ["greet"]
    assert called == {"greeting": "hello Ada"}
