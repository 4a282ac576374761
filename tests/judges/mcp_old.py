"""Uses a service as the MCP SDK 1.x does: ``{"url" or "command", "late": [from, to], "calls"}`` in, what it saw out."""

from __future__ import annotations

import json
import shutil
import sys
from contextlib import AsyncExitStack
from typing import Any

import anyio
from mcp import ClientSession, McpError, StdioServerParameters, stdio_client, types
from mcp.client.streamable_http import streamablehttp_client

SECONDS = 60


async def use(given: dict[str, Any]) -> dict[str, Any]:
    told_of_changes = anyio.Event()

    async def hear(message: Any) -> None:
        if isinstance(getattr(message, "root", None), types.ToolListChangedNotification):
            told_of_changes.set()

    async with AsyncExitStack() as stack:
        if "url" in given:
            streams = await stack.enter_async_context(streamablehttp_client(given["url"]))
        else:
            command = given["command"]
            server = StdioServerParameters(command=command[0], args=command[1:], env=given["environment"])
            streams = await stack.enter_async_context(stdio_client(server))
        info = types.Implementation(name="judge", version="1")
        session = ClientSession(streams[0], streams[1], client_info=info, message_handler=hear)
        await stack.enter_async_context(session)
        begun = await session.initialize()
        await session.send_ping()
        seen = {"version": begun.protocolVersion, "server": begun.serverInfo.name, "instructions": begun.instructions}
        seen["tools"] = await listed(session)
        if "calls" in given:
            return seen | {"results": [await result(session, *call) for call in given["calls"]]}
        seen |= await called(session)
        if given.get("late"):
            shutil.copytree(*given["late"])
            with anyio.move_on_after(SECONDS):
                await told_of_changes.wait()
            seen["changed"] = told_of_changes.is_set()
        seen["left"] = await left(session)
        return seen


async def listed(session: ClientSession) -> list[dict[str, Any]]:
    found, cursor = [], None
    while True:
        page = await session.list_tools(params=types.PaginatedRequestParams(cursor=cursor))
        found += [tool.model_dump(by_alias=True, exclude_none=True) for tool in page.tools]
        cursor = page.nextCursor
        if cursor is None:
            return found


async def result(session: ClientSession, name: str, arguments: dict[str, Any]) -> Any:
    result = await session.call_tool(name, arguments)
    return result.model_dump(by_alias=True, mode="json", exclude_none=True)


async def called(session: ClientSession) -> dict[str, Any]:
    progress: list[Any] = []

    async def hear(done: float, total: float | None, message: str | None) -> None:
        progress.append([done, total, message])

    good = await session.call_tool("greet", {"name": "Ada", "times": 2})
    refused = await session.call_tool("greet", {"names": "Ada"})
    failed = await session.call_tool("fails", {})
    talked = await session.call_tool("talk", {"lines": 3}, progress_callback=hear)
    try:
        await session.call_tool("nothing", {})
        unknown = None
    except McpError as error:
        unknown = [error.error.code, error.error.message]
    results = {"good": good, "refused": refused, "failed": failed, "talked": talked}
    return {
        name: {
            "error": result.isError,
            "structured": result.structuredContent,
            "text": "\n".join(block.text for block in result.content),
        }
        for name, result in results.items()
    } | {"unknown": unknown, "progress": progress}


async def left(session: ClientSession) -> bool:
    """Whether a call can be cancelled while its tool runs; it has begun when it has printed something."""
    begun = anyio.Event()
    number = session._request_id

    async def hear(done: float, total: float | None, message: str | None) -> None:
        begun.set()

    async def call() -> None:
        await session.call_tool("talk", {"lines": 1000, "pause": 0.1}, progress_callback=hear)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        with anyio.fail_after(SECONDS):
            await begun.wait()
        params = types.CancelledNotificationParams(requestId=number, reason="not wanted")
        await session.send_notification(types.ClientNotification(types.CancelledNotification(params=params)))
        tasks.cancel_scope.cancel()
    return begun.is_set()


json.dump(anyio.run(use, json.load(sys.stdin)), sys.stdout)
