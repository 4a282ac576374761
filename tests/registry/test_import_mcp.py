"""Tools of MCP servers: real servers of both SDKs, ours, and some that lie."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from registry.content import check_content, has_content
from registry.errors import InputRefused
from registry.importing import (
    ImportedTool,
    RemoteWishes,
    check_unwritten,
    list_server_tools,
    make_authentication,
    make_remote_tool,
    read_server_address,
)
from tests.api_server import Answers, ApiServer, Asked, run_api_server
from tests.judges import environment
from tests.registry.test_check_command import toolcrib
from tests.registry.test_openapi_calls import RUN
from tests.repositories import Repo
from tests.services import free_port, serving_tools
from tests.waiting import eventually

SERVED = Path(__file__).parents[1] / "judges/served_tools.py"
ADD = {
    "name": "add",
    "description": "Adds.",
    "inputSchema": {"type": "object", "properties": {"a": {"type": "integer"}}},
}


@contextmanager
def sdk_server(judge: str, port: int, variant: str = "", word: str = "") -> Iterator[str]:
    """A server of one SDK, until the block ends."""
    command = [str(environment(judge)), "-I", str(SERVED), "http", str(port), variant]
    variables = {**os.environ, "GREETING_WORD": word}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=variables) as process:
        try:
            eventually(lambda: listens(port), 60)
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            process.kill()


def listens(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/")
    except httpx.ConnectError:
        return False
    return True


def tools_of(address: str, **wishes: Any) -> dict[str, ImportedTool]:
    listing = list_server_tools(read_server_address(address), wishes.get("credentials", ()))
    made = [make_remote_tool(listing, one, RemoteWishes(**wishes)) for one in listing.tools]
    for tool in made:
        assert check_unwritten(tool) == (), tool.name
    return {tool.name: tool for tool in made}


def call(
    tool: ImportedTool, folder: Path, arguments: Any, python: str = sys.executable, *site: Path, **secrets: str
) -> Any:
    place = folder / f"{tool.name}-{time.monotonic_ns()}"
    for package, files in {"": tool.files, **tool.packages}.items():
        (place / package).mkdir(parents=True)
        for path, data in files.items():
            (place / package / path).write_bytes(data)
    variables = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()} | secrets
    paths = "".join(f"sys.path.insert(0, {str(path)!r})\n" for path in site)
    ran = subprocess.run(
        [python, "-I", "-c", f"import sys\n{paths}{RUN}", str(place)],
        input=json.dumps(arguments), capture_output=True, text=True, check=False, env=variables, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    return told.get("result", told)


@pytest.mark.judges
@pytest.mark.parametrize(("judge", "era"), [("mcp_new", "stateless"), ("mcp_old", "initialize")])
def test_tools_of_a_real_server_are_called_and_a_changed_one_is_not(tmp_path: Path, judge: str, era: str) -> None:
    port = free_port()
    with sdk_server(judge, port) as address:
        tools = tools_of(address, prefix="far")
        assert list(tools) == ["far_add", "far_greet", "far_picture", "far_fail"]
        assert f'era="{era}"' in tools["far_add"].files["main.py"].decode()
        assert tools["far_add"].manifest["parameters"]["required"] == ["a"]
        assert call(tools["far_add"], tmp_path, {"a": 40}) == {"sum": 42}
        assert list(tools["far_greet"].manifest["parameters"]["properties"]) == ["first_name"]
        assert "Hello, Ada with" in json.dumps(call(tools["far_greet"], tmp_path, {"first_name": "Ada"}))
        text, picture = call(tools["far_picture"], tmp_path, {})["$content"]
        assert text == {"type": "text", "text": "one pixel"}
        assert (picture["type"], picture["mime"]) == ("image", "image/png")
        assert picture["base64"].startswith("iVBOR")
        failed = call(tools["far_fail"], tmp_path, {})
        assert failed["type"] == "CallFailed"
        assert "fail" in failed["error"]
        assert "CallFailed" in json.dumps(call(tools["far_add"], tmp_path, {"a": "forty"}))
    for variant, said in [
        ("described", "description of add"),
        ("shaped", "list of parameters of add"),
        ("gone", "no tool add"),
    ]:
        with sdk_server(judge, port, variant):
            told = call(tools["far_add"], tmp_path, {"a": 40})
            assert said in told["error"]
            assert "nothing was called" in told["error"]
    assert "could not be reached" in call(tools["far_add"], tmp_path, {"a": 40})["error"]


@pytest.mark.service
def test_tools_of_our_own_server_are_called_with_a_token(tmp_path: Path) -> None:
    def plant(repo: Repo) -> None:
        repo.tool("greet")

    with serving_tools(plant, tmp_path, token="a-long-enough-token") as served:
        address = f"http://127.0.0.1:{served.running.port}/mcp"
        os.environ["CRIB_TOKEN"] = "a-long-enough-token"
        try:
            known = make_authentication("bearer", "crib")
            tools = tools_of(address, prefix="crib", credentials=known.credentials)
        finally:
            del os.environ["CRIB_TOKEN"]
        assert tools["crib_greet"].manifest["runtime"]["secrets"] == ["CRIB_TOKEN"]
        assert "401" in call(tools["crib_greet"], tmp_path, {"name": "Ada"}, CRIB_TOKEN="another-token")["error"]
        repo = served.repo
        manifest = repo.path / "tools/greet/tool.yaml"
        manifest.write_text(manifest.read_text().replace("Greets somebody", "Greets nobody"))
        repo.commit()
        told = call(tools["crib_greet"], tmp_path, {"name": "Ada"}, CRIB_TOKEN="a-long-enough-token")
        assert "description of greet is not what was imported" in told["error"]


def answer_as(messages: dict[str, Any], asked: Asked) -> Answers:
    """An MCP server of the initialize era that says what a test wants."""
    message = json.loads(asked.body or b"{}")
    if "id" not in message:
        return Answers(202, b"")
    known = {
        "initialize": {"protocolVersion": "2025-06-18", "capabilities": {}},
        "tools/list": {"tools": [ADD]},
        **messages,
    }
    result = known.get(message["method"])
    if (
        message["method"] == "tools/list"
        and "MCP-Protocol-Version".lower() in asked.headers
        and "mcp-method" in asked.headers
    ):
        return Answers(400, b'{"jsonrpc": "2.0", "id": null, "error": {"code": -32600, "message": "no session"}}')
    reply = {
        "jsonrpc": "2.0",
        "id": message["id"],
        **({"error": result} if "code" in (result or {}) else {"result": result}),
    }
    noise = 'event: message\ndata: {"jsonrpc": "2.0", "method": "notifications/message"}\n\n'
    body = f": hello\r\n\r\n{noise}id: 1\ndata: {json.dumps(reply)}\n\n".encode()
    return Answers(200, body, "text/event-stream", {"Mcp-Session-Id": "s1"})


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with run_api_server() as server:
        yield server


def failed(message: str) -> dict[str, Any]:
    return {"type": "CallFailed", "error": message}


def block(**fields: Any) -> dict[str, Any]:
    return {"content": [fields]}


def text(*texts: str, **more: Any) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": one} for one in texts], **more}


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (text("plain"), "plain"),
        (text('{"a": [1]}'), {"a": [1]}),
        (text("{broken"), "{broken"),
        (text("{}", structuredContent={"b": 2}), {"b": 2}),
        (text('{"$content": []}'), {"body": {"$content": []}}),
        (text("a", "b"), {"$content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}),
        (text(), None),
        (
            block(type="resource", resource={"uri": "file:///a.bin", "blob": "AAE=", "mimeType": "x/y"}),
            {"$content": [{"type": "file", "name": "a.bin", "mime": "x/y", "base64": "AAE="}]},
        ),
        (
            block(type="audio", data="AA==", mimeType="audio/wav"),
            {"$content": [{"type": "file", "name": "audio", "mime": "audio/wav", "base64": "AA=="}]},
        ),
        (
            block(type="resource", resource={"uri": "x:/a/b%2f..%2f\u202e?key=1", "blob": "AA\nE=", "mimeType": 5}),
            {"$content": [{"type": "file", "name": "file", "mime": "application/octet-stream", "base64": "AAE="}]},
        ),
        (
            block(type="image", data="AAE=", mimeType="IMAGE/PNG; a=b"),
            {"$content": [{"type": "image", "mime": "image/png", "base64": "AAE="}]},
        ),
        (
            block(type="image", data="", mimeType="image/png"),
            {"$content": [{"type": "file", "name": "image", "mime": "image/png", "base64": ""}]},
        ),
        (block(type="image", data="A", mimeType="image/png"), {"type": "image", "data": "A", "mimeType": "image/png"}),
        (
            text(*(["x"] * 70)),
            {
                "$content": [{"type": "text", "text": "x"}] * 63
                + [{"type": "text", "text": "7 more blocks were left out."}]
            },
        ),
        (block(type="novel", x=1), {"type": "novel", "x": 1}),
        (text("why", isError=True), failed("why")),
        (
            {"code": -32602, "message": "bad arguments"},
            failed("The server refused tools/call: bad arguments (-32602)"),
        ),
        (
            {"resultType": "input_required"},
            failed("The server wants more than a call (input_required), which a tool cannot give."),
        ),
    ],
)
def test_what_a_server_answers_becomes_a_result(api: ApiServer, tmp_path: Path, result: Any, expected: Any) -> None:
    api.decide = lambda asked: answer_as({"tools/call": result}, asked)
    tool = tools_of(api.address)["add"]
    assert call(tool, tmp_path, {"a": 1}) == expected
    assert not has_content(expected) or check_content(expected) == ()
    methods = [json.loads(asked.body or b"{}").get("method", asked.method) for asked in api.asked[-5:]]
    assert methods == ["initialize", "notifications/initialized", "tools/list", "tools/call", "DELETE"]
    assert {asked.headers.get("mcp-session-id") for asked in api.asked[-4:]} == {"s1"}
    assert {asked.headers.get("mcp-protocol-version") for asked in api.asked[-4:]} == {"2025-06-18"}


def test_no_redirect_takes_the_token_elsewhere(api: ApiServer, tmp_path: Path) -> None:
    api.decide = lambda asked: answer_as({"tools/call": text("x")}, asked)
    tool = tools_of(api.address)["add"]
    with run_api_server("127.0.0.2") as other:
        api.decide = lambda _: Answers(307, b"", headers={"Location": other.address})
        assert "another host" in call(tool, tmp_path, {"a": 1})["error"]
        assert not other.asked


def test_words_of_a_server_are_never_code_and_lists_are_bounded(api: ApiServer, tmp_path: Path) -> None:
    evil = '"""\nimport os; os.abort()\n#\\'
    schema = {
        "$defs": {"N": {"type": "object", "properties": {"n": {"$ref": "#/$defs/N"}}}},
        "properties": {evil: {"$ref": "#/$defs/N"}},
    }
    tool = {"name": evil, "title": evil, "description": evil * 400, "inputSchema": schema, "annotations": {"title": 3}}
    api.decide = lambda asked: answer_as({"tools/list": {"tools": [tool, 3, {}]}, "tools/call": text("fine")}, asked)
    (made,) = tools_of(api.address).values()
    assert len(made.manifest["description"]) <= 1024
    (argument,) = made.manifest["parameters"]["properties"]
    assert call(made, tmp_path, {argument: {}}) == "fine"
    assert json.loads(api.asked[-2].body)["params"] == {"name": evil, "arguments": {evil: {}}}
    endless = {"tools/list": {"tools": [ADD], "nextCursor": "again"}}
    api.decide = lambda asked: answer_as(endless, asked)
    assert len(list_server_tools(read_server_address(api.address), ()).tools) == 50
    large = {"tools/list": {"tools": [{**ADD, "description": "x" * 3_000_000}], "nextCursor": "again"}}
    api.decide = lambda asked: answer_as(large, asked)
    with pytest.raises(InputRefused, match="larger than"):
        list_server_tools(read_server_address(api.address), ())
    api.decide = lambda _: Answers(200, b"<html>", "text/html")
    with pytest.raises(InputRefused, match="without a result"):
        tools_of(api.address)


@pytest.mark.parametrize(
    ("words", "command", "dependencies"),
    [
        ("uvx mcp-server-time --zone UTC", ("mcp-server-time", "--zone", "UTC"), ("mcp-server-time",)),
        ("uvx --from 'far-tools[mcp]>=2' --with httpx far 'a b'", ("far", "a b"), ("far-tools[mcp]>=2", "httpx")),
        ("uv tool run far@1.2", ("far",), ("far==1.2",)),
        ("pipx run --spec=far-tools far", ("far",), ("far-tools",)),
        ("uvx far@latest", ("far",), ("far",)),
    ],
)  # fmt: skip
def test_a_command_of_a_package_is_a_dependency_and_its_command(
    words: str, command: tuple[str, ...], dependencies: tuple[str, ...]
) -> None:
    found = read_server_address(words)
    assert (found.command, found.dependencies) == (command, dependencies)


@pytest.mark.parametrize(
    "words",
    [
        "npx -y @scope/server",
        "./server.py",
        "docker run x",
        "uvx",
        "uvx --python 3.12 x",
        "uvx 'open",
        "ftp://x/y",
        "http://u:p@x/",
    ],
)
def test_what_no_sandbox_could_call_is_refused(words: str) -> None:
    with pytest.raises(InputRefused):
        read_server_address(words)


@pytest.mark.judges
def test_a_command_runs_here_only_when_somebody_says_so_and_its_tools_start_it_themselves(
    repo: Repo, tmp_path: Path
) -> None:
    python = str(environment("mcp_old"))
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    runner = bin_folder / "uvx"
    runner.write_text(
        f'#!/bin/sh\ntouch {tmp_path}/ran\n[ "$1" = served-tools ] || exit 3\nexec {python} -I {SERVED} stdio\n'
    )
    runner.chmod(0o755)
    path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
    words = ["import", "--mcp", "uvx served-tools stdio", "--operation", "[ag]*", "--secret", "GREETING_WORD"]
    refused = toolcrib(*words, cwd=repo.path, PATH=path)
    assert refused.returncode == 2
    assert "This runs on this machine, with your rights: uvx served-tools stdio. Say --yes" in refused.stderr
    assert not (tmp_path / "ran").exists()
    done = toolcrib(*words, "--yes", cwd=repo.path, PATH=path)
    assert done.returncode == 0, done.stderr
    assert sorted(Path(line).name for line in done.stdout.splitlines()) == ["add", "greet"]
    manifest = (repo.path / "tools/greet/tool.yaml").read_text()
    assert "dependencies: [served-tools]" in manifest
    assert "secrets: [GREETING_WORD]" in manifest
    site = installed_package(tmp_path / "site")
    read = {
        package: {file.name: file.read_bytes() for file in (repo.path / f"tools/_shared/{package}").glob("*.py")}
        for package in ("mcp_call", "http_exchange")
    }
    for name, arguments, said in [("add", {"a": 1}, '{"sum": 3}'), ("greet", {"first_name": "Ada"}, "Ada with honour")]:
        main = (repo.path / f"tools/{name}/main.py").read_bytes()
        tool = ImportedTool(name, {}, {"main.py": main}, (), read)
        assert said in json.dumps(call(tool, tmp_path, arguments, python, site, GREETING_WORD="honour"))
    broken = replace(tool, files={"main.py": main.replace(b'"served-tools"', b'"no-such-command"')})
    assert "has ended without an answer" in call(broken, tmp_path, {}, python, site)["error"]


def installed_package(site: Path) -> Path:
    """A package whose command is the server, as pip would have laid it there."""
    site.mkdir()
    shutil.copy(SERVED, site / "served_module.py")
    info = site / "served_tools-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: served-tools\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[console_scripts]\nserved-tools = served_start:start\n")
    (site / "served_start.py").write_text("def start():\n    import served_module\n")
    return site
