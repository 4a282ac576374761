"""A service, and a repository, for tests of MCP."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx

from tests.repositories import Repo, make_repo

NOTHING = "{type: object, properties: {}, additionalProperties: false}"
TALK = """\
import time

def main(lines, pause=0.0):
    for number in range(lines):
        print("line", number)
        time.sleep(pause)
    return ["done", lines]
"""
TALKS = (
    "{type: object, properties: {lines: {type: integer, description: How many.}, "
    "pause: {type: number, description: Seconds between., default: 0}}, required: [lines]}"
)
VERSION = "2026-07-28"
CLIENT = {"name": "a test", "version": "1"}
META = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": CLIENT,
}
BOTH = "application/json, text/event-stream"


def tools_repo(path: Path) -> Repo:
    """A repository with these tools."""
    repo = make_repo(path)
    plant(repo)
    repo.commit()
    return repo


def plant(repo: Repo) -> None:
    """Tools that succeed, fail and talk, one that is a draft, and a toolset."""
    repo.tool("greet", annotations="{read_only: true, idempotent: true}")
    repo.tool("fails", main="def main():\n    print('so far')\n    raise ValueError('no')\n", parameters=NOTHING)
    repo.tool("talk", main=TALK, parameters=TALKS, returns="{type: array}")
    repo.tool("draft_one", status="draft")
    repo.tool("old", status="deprecated")
    repo.write("toolsets/polite.yaml", "name: polite\ntitle: Polite\ndescription: For a kind word.\ntools: [greet]\n")


def stdio_command(repo: Repo, *options: str) -> list[str]:
    """The command that a desktop client starts."""
    return [str(Path(sys.executable).with_name("toolcrib")), "mcp", "--repo", str(repo.path), *options]


def message(method: str, params: Any = None, request_id: Any = 1) -> dict[str, Any]:
    """One message; with the id None a notification."""
    made: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
    if request_id is not None:
        made["id"] = request_id
    return made if params is None else made | {"params": params}


def stateless(method: str, params: Any = None, request_id: Any = 1) -> dict[str, Any]:
    """One message of the stateless era."""
    meta = META | (params or {}).get("_meta", {})
    return message(method, (params or {}) | {"_meta": meta}, request_id)


def headers_of(sent: dict[str, Any]) -> dict[str, str]:
    """The headers that go with a message of the stateless era."""
    made = {"MCP-Protocol-Version": VERSION, "Mcp-Method": sent["method"], "Accept": BOTH}
    if sent["method"] == "tools/call":
        made["Mcp-Name"] = sent["params"]["name"]
    return made


@dataclass
class Talk:
    """What is sent to one address of a service and what came back; ``headers`` go with every message."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)

    def post(self, sent: Any, **headers: str) -> httpx.Response:
        """One message."""
        given = {"Content-Type": "application/json", "Accept": BOTH, **self.headers}
        given |= {name.replace("_", "-"): text for name, text in headers.items()}
        content = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        return httpx.post(self.url, content=content, headers=given, timeout=600)

    def stateless(self, method: str, params: Any = None, request_id: Any = 1) -> httpx.Response:
        """One message of the stateless era."""
        sent = stateless(method, params, request_id)
        return self.post(sent, **headers_of(sent))


def messages(answer: httpx.Response) -> list[dict[str, Any]]:
    """The messages of a stream."""
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    return [json.loads(line.removeprefix("data: ")) for line in answer.text.splitlines() if line.startswith("data: ")]
