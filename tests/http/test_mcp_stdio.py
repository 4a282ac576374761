"""``toolcrib mcp``: the protocol over standard input and output, line by line, without any SDK."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.http.conftest import app_client
from tests.http.mcp_services import CLIENT, message, stateless, stdio_command, tools_repo
from tests.repositories import Repo

pytestmark = pytest.mark.service

INITIALIZE = message("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": CLIENT}, "first")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return tools_repo(tmp_path / "repo")


class Program:
    """The started program: a line in, lines out."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def say(self, sent: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write((sent if isinstance(sent, bytes) else json.dumps(sent).encode()) + b"\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.endswith(b"\n"), "the program has ended"
        heard: dict[str, Any] = json.loads(line)
        return heard

    def ask(self, sent: Any) -> dict[str, Any]:
        self.say(sent)
        return self.hear()


@contextmanager
def started(repo: Repo, *options: str, owner: str = "test-none") -> Iterator[Program]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TOOLCRIB_")}
    process = subprocess.Popen(
        stdio_command(repo, *options),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment | {"TOOLCRIB_INSTANCE": owner},
    )
    try:
        yield Program(process)
    finally:
        if process.stdin and not process.stdin.closed:
            process.stdin.close()
        process.wait(timeout=600)
        if process.stdout:
            process.stdout.close()


def names(answer: dict[str, Any]) -> list[str]:
    return [tool["name"] for tool in answer["result"]["tools"]]


def test_both_eras_are_spoken_and_faults_are_answered(repo: Repo) -> None:
    with started(repo) as program:
        begun = program.ask(INITIALIZE)
        assert begun["id"] == "first"
        assert begun["result"]["protocolVersion"] == "2025-06-18"
        assert begun["result"]["capabilities"] == {"tools": {"listChanged": True}}
        assert program.ask(message("ping", None, 2)) == {"jsonrpc": "2.0", "id": 2, "result": {}}
        assert names(program.ask(message("tools/list"))) == ["fails", "greet", "talk"]
        assert names(program.ask(stateless("tools/list"))) == ["fails", "greet", "talk"]
        assert program.ask(stateless("server/discover"))["result"]["supportedVersions"] == ["2026-07-28"]
        assert program.ask(b"{")["error"]["code"] == -32700
        assert program.ask([message("ping")])["error"]["code"] == -32600
        unknown = program.ask(message("no/method", None, 9))
        assert (unknown["id"], unknown["error"]["code"]) == (9, -32601)
        future = stateless("tools/list", {"_meta": {"io.modelcontextprotocol/protocolVersion": "2031-01-01"}}, 5)
        assert (program.ask(future)["id"], program.ask(future)["error"]["code"]) == (5, -32022)
        program.say(b"")
        program.say(message("notifications/initialized", None, None))
        program.say({"jsonrpc": "2.0", "id": 1, "result": {}})
        assert program.ask(message("ping", None, "last"))["id"] == "last"


def test_a_toolset_and_the_meta_tools_are_options(repo: Repo) -> None:
    with started(repo, "--toolset", "polite") as program:
        assert names(program.ask(message("tools/list"))) == ["greet"]
    with started(repo, "--meta") as program:
        assert names(program.ask(message("tools/list"))) == ["call_tool", "search_tools"]
        assert program.ask(INITIALIZE)["result"]["capabilities"] == {"tools": {}}


def test_a_toolset_that_is_not_there_is_told_at_once(repo: Repo) -> None:
    done = subprocess.run(stdio_command(repo, "--toolset", "rude"), input=b"", capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"polite" in done.stderr


def test_a_lock_is_an_option_and_a_change_of_what_it_pins_is_told(repo: Repo, tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    write = [stdio_command(repo)[0], "lock", "--repo", str(repo.path), "--file", str(lock), "greet", "talk"]
    subprocess.run(write, capture_output=True, check=True)
    with started(repo, "--lock", str(lock)) as program:
        program.ask(INITIALIZE)
        assert names(program.ask(message("tools/list", request_id=2))) == ["greet", "talk"]
        program.say(message("notifications/initialized", request_id=None))
        program.ask(message("ping", request_id=3))
        repo.tool("greet", description="Greets, and more that nobody has read.")
        repo.commit()
        assert program.hear()["method"] == "notifications/tools/list_changed"
        assert names(program.ask(message("tools/list", request_id=4))) == ["talk"]
    lock.write_text("greet")
    for file, says in ((lock, b"no pin"), (tmp_path / "none.lock", b"cannot be read")):
        done = subprocess.run(stdio_command(repo, "--lock", str(file)), input=b"", capture_output=True, check=False)
        assert (done.returncode, done.stdout) == (2, b"")
        assert says in done.stderr


def test_what_was_asked_before_the_end_of_input_is_answered(repo: Repo) -> None:
    lines = "".join(f"{json.dumps(sent)}\n" for sent in (INITIALIZE, message("tools/list", None, 2)))
    done = subprocess.run(stdio_command(repo), input=lines.encode(), capture_output=True, check=True)
    assert {json.loads(line)["id"] for line in done.stdout.splitlines()} == {"first", 2}


@pytest.mark.engine
def test_calls_run_side_by_side_and_can_be_cancelled(repo: Repo, engine_owner: str) -> None:
    with started(repo, owner=engine_owner) as program:
        endless = {"name": "talk", "arguments": {"lines": 1000, "pause": 0.1}, "_meta": {"progressToken": "p"}}
        program.say(message("tools/call", endless, 1))
        assert program.hear()["params"]["message"] == "line 0"
        program.say(stateless("tools/call", {"name": "greet", "arguments": {"name": "Ada"}}, 2))
        heard = program.hear()
        while heard.get("method") == "notifications/progress":
            heard = program.hear()
        assert (heard["id"], heard["result"]["structuredContent"]) == (2, {"greeting": "hello Ada"})
        program.say(message("notifications/cancelled", {"requestId": 1}, None))
        program.say(message("ping", None, 3))
        while (heard := program.hear()).get("method"):
            pass
        assert heard["id"] == 3, "what was cancelled gets no answer"


@pytest.mark.engine
@pytest.mark.parametrize("how", ["closes its end", "SIGTERM"])
def test_a_client_that_leaves_ends_what_runs(repo: Repo, engine_owner: str, how: str) -> None:
    with started(repo, owner=engine_owner) as program:
        endless = {"name": "talk", "arguments": {"lines": 1000, "pause": 0.1}, "_meta": {"progressToken": "p"}}
        program.say(message("tools/call", endless, 1))
        program.hear()
        if how == "SIGTERM":
            program.process.send_signal(signal.SIGTERM)
        else:
            assert program.process.stdin is not None
            program.process.stdin.close()
        status = program.process.wait(timeout=600)
        assert status == (130 if how == "SIGTERM" else 0)
    with app_client(repo.path) as client:
        [found] = client.get("/api/v1/executions").get_json()["items"]
        assert (found["status"], found["caller_id"]) == ("cancelled", "mcp")
