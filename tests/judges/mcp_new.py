"""Uses a service as the MCP SDK 2.x does: ``{"url" or "command", "mode", "late", "calls"}`` in, what it saw out."""

from __future__ import annotations

import json
import shutil
import sys
from typing import Any

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError
from mcp_types import Implementation

SECONDS = 60


async def use(given: dict[str, Any]) -> dict[str, Any]:
    command = given.get("command")
    server = given.get("url") or StdioServerParameters(command=command[0], args=command[1:], env=given["environment"])
    told_of_changes = anyio.Event()

    async def hear(message: Any) -> None:
        if type(message).__name__ == "ToolListChangedNotification":
            told_of_changes.set()

    info = Implementation(name="judge", version="1")
    async with Client(server, mode=given["mode"], client_info=info, message_handler=hear) as client:
        seen = {"version": client.protocol_version, "server": client.server_info.name}
        seen["instructions"] = client.instructions
        seen["tools"] = await listed(client)
        if "calls" in given:
            return seen | {"results": [await result(client, *call) for call in given["calls"]]}
        seen |= await called(client)
        if given.get("late"):
            seen["changed"] = await changed(client, given["late"], told_of_changes)
        seen["left"] = await left(client)
        return seen


async def listed(client: Client) -> list[dict[str, Any]]:
    found, cursor = [], None
    while True:
        page = await client.list_tools(cursor=cursor)
        found += [tool.model_dump(by_alias=True, exclude_none=True) for tool in page.tools]
        cursor = page.next_cursor
        if cursor is None:
            return found


async def result(client: Client, name: str, arguments: dict[str, Any]) -> Any:
    result = await client.call_tool(name, arguments)
    return result.model_dump(by_alias=True, mode="json", exclude_none=True)


async def called(client: Client) -> dict[str, Any]:
    progress: list[Any] = []

    async def hear(done: float, total: float | None, message: str | None) -> None:
        progress.append([done, total, message])

    good = await client.call_tool("greet", {"name": "Ada", "times": 2})
    refused = await client.call_tool("greet", {"names": "Ada"})
    failed = await client.call_tool("fails", {})
    talked = await client.call_tool("talk", {"lines": 3}, progress_callback=hear)
    try:
        await client.call_tool("nothing", {})
        unknown = None
    except MCPError as error:
        unknown = [error.code, str(error)]
    results = {"good": good, "refused": refused, "failed": failed, "talked": talked}
    return {
        name: {
            "error": result.is_error,
            "structured": result.structured_content,
            "text": "\n".join(block.text for block in result.content),
        }
        for name, result in results.items()
    } | {"unknown": unknown, "progress": progress}


async def changed(client: Client, late: list[str], told: anyio.Event) -> bool:
    """Whether the client hears that a tool has come."""
    if client.protocol_version < "2026":
        shutil.copytree(*late)
        with anyio.move_on_after(SECONDS):
            await told.wait()
        return told.is_set()
    async with client.listen(tools_list_changed=True) as subscription:
        shutil.copytree(*late)
        with anyio.fail_after(SECONDS):
            await anext(subscription)
        return True


async def left(client: Client) -> bool:
    """Whether a call can be left while its tool runs; it has begun when it has printed something."""
    begun = anyio.Event()

    async def hear(done: float, total: float | None, message: str | None) -> None:
        begun.set()

    async def call() -> None:
        await client.call_tool("talk", {"lines": 1000, "pause": 0.1}, progress_callback=hear)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        with anyio.fail_after(SECONDS):
            await begun.wait()
        tasks.cancel_scope.cancel()
    return begun.is_set()


json.dump(anyio.run(use, json.load(sys.stdin)), sys.stdout)
