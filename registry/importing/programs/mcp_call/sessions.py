"""The Model Context Protocol over HTTP, in both eras: stateless (2026-07-28), and those that begin with initialize."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from http_exchange import Answer, CallFailed, exchange

STATELESS = "2026-07-28"
_LATEST_BEFORE = "2025-11-25"
_CLIENT = {"name": "toolcrib", "version": "1"}
_MOST_PAGES = 50
_MOST_LISTED_BYTES = 8_000_000
"""Of all pages together."""
_PREFIX = "io.modelcontextprotocol/"
_DENIED = (401, 403)


class Refused(Exception):
    """The server answered with an error of the protocol, or with one of HTTP that may mean another era."""


class Session:
    """Requests to one server. Close it in the end."""

    def __init__(self, url: str, headers: dict[str, str], deadline: float, era: str) -> None:
        self.era = era
        self._url = url
        self._headers = {**headers, "Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        self._deadline = deadline
        self._count = 0
        self._listed_bytes = 0
        self._id = ""

    def begin(self) -> None:
        """Prove that the server speaks this era. Raises Refused where it does not."""
        if self.era == "stateless":
            self._first = self.request("tools/list", {}, most=_MOST_LISTED_BYTES)
            return
        hello = {"protocolVersion": _LATEST_BEFORE, "capabilities": {}, "clientInfo": _CLIENT}
        begun = self.request("initialize", hello)
        self._headers["MCP-Protocol-Version"] = str(begun.get("protocolVersion") or _LATEST_BEFORE)
        if self._id:
            self._headers["Mcp-Session-Id"] = self._id
        self._post({"jsonrpc": "2.0", "method": "notifications/initialized"}, {}).close()
        self._first = self.request("tools/list", {}, most=_MOST_LISTED_BYTES)

    def list_tools(self) -> Iterator[dict[str, Any]]:
        """Every tool as the server describes it."""
        page = self._first
        for _ in range(_MOST_PAGES):
            tools = page.get("tools")
            yield from (one for one in (tools if isinstance(tools, list) else []) if isinstance(one, dict))
            cursor = page.get("nextCursor")
            if not isinstance(cursor, str) or not cursor:
                return
            page = self._told("tools/list", {"cursor": cursor}, most=_MOST_LISTED_BYTES - self._listed_bytes)

    def call_tool(self, name: str, arguments: dict[str, Any], definition: dict[str, Any]) -> dict[str, Any]:
        """The result of a call. Raises CallFailed where the server refuses it."""
        headers = {}
        if self.era == "stateless":
            headers = {"Mcp-Name": _header(name)}
            for path, token in _repeated(definition.get("inputSchema"), ()):
                value = _at(arguments, path)
                if value is not None:
                    headers[f"Mcp-Param-{token}"] = _header(value if isinstance(value, str) else json.dumps(value))
        return self._told("tools/call", {"name": name, "arguments": arguments}, headers)

    def close(self) -> None:
        """End the session at the server, if it keeps one."""
        if self._id:
            with suppress(CallFailed):  # it forgets the session by itself
                exchange("DELETE", self._url, self._headers, None, self._deadline).close()

    def request(
        self, method: str, params: dict[str, Any], headers: dict[str, str] | None = None, most: int | None = None
    ) -> dict[str, Any]:
        """The result of one request. Raises Refused, and CallFailed where there is no answer."""
        self._count += 1
        sent = dict(headers or {})
        if self.era == "stateless":
            sent |= {"MCP-Protocol-Version": STATELESS, "Mcp-Method": method}
            meta = {"protocolVersion": STATELESS, "clientCapabilities": {}, "clientInfo": _CLIENT}
            params = {**params, "_meta": {_PREFIX + key: value for key, value in meta.items()}}
        message = {"jsonrpc": "2.0", "id": self._count, "method": method, "params": params}
        answer = self._post(message, sent)
        try:
            self._id = answer.headers.get("Mcp-Session-Id") or self._id
            reply = self._reply(answer, most)
        finally:
            answer.close()
        if reply is None:
            answer.raise_for_status(method)
            raise Refused(f"The server answered {answer.status} without a result.")
        if "error" in reply:
            error = reply["error"] if isinstance(reply["error"], dict) else {}
            raise Refused(f"The server refused {method}: {str(error.get('message'))[:1000]} ({error.get('code')})")
        return reply["result"] if isinstance(reply.get("result"), dict) else {}

    def _told(self, *request: Any, **more: Any) -> dict[str, Any]:
        try:
            return self.request(*request, **more)
        except Refused as refused:
            raise CallFailed(str(refused)) from None

    def _post(self, message: dict[str, Any], headers: dict[str, str]) -> Answer:
        return exchange("POST", self._url, {**self._headers, **headers}, json.dumps(message).encode(), self._deadline)

    def _reply(self, answer: Answer, most: int | None) -> dict[str, Any] | None:
        """The message that answers the last request; None where the body has none."""
        if answer.status in _DENIED:
            answer.raise_for_status("The server")
        chunks = answer.chunks() if most is None else self._count_listed(answer.chunks(most))
        if answer.mime != "text/event-stream":
            return self._message(b"".join(chunks))
        for data in _events(chunks):
            found = self._message(data)
            if found is not None:
                return found
        return None

    def _count_listed(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._listed_bytes += len(chunk)
            yield chunk

    def _message(self, data: bytes) -> dict[str, Any] | None:
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            return None
        ours = isinstance(found, dict) and found.keys() & {"result", "error"}
        return found if ours and found.get("id") in (self._count, None) else None


def open_session(url: str, headers: dict[str, str], era: str, deadline: float) -> Session:
    """A session in the era that is named, or in the other one where the server refuses it."""
    reasons = []
    for one in (era, "initialize" if era == "stateless" else "stateless"):
        session = Session(url, headers, deadline, one)
        try:
            session.begin()
        except (Refused, CallFailed) as refused:
            session.close()
            reasons.append(str(refused))
        else:
            return session
    raise CallFailed(reasons[0] if reasons[0] == reasons[1] else " ".join(reasons))


def _events(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The data of each server-sent event."""
    left = b""
    data: list[bytes] = []
    for chunk in chunks:
        *lines, left = (left + chunk).replace(b"\r\n", b"\n").split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
            elif not line and data:
                yield b"\n".join(data)
                data = []
    if left.startswith(b"data:"):
        data.append(left[5:].removeprefix(b" "))
    if data:
        yield b"\n".join(data)


def _repeated(schema: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Parameters that the server wants repeated as headers (``x-mcp-header``): their paths, and the headers' ends."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    for name, inner in properties.items() if isinstance(properties, dict) else ():
        token = inner.get("x-mcp-header") if isinstance(inner, dict) else None
        if isinstance(token, str) and token.isascii() and token.replace("-", "").isalnum():
            yield (*path, name), token
        yield from _repeated(inner, (*path, name))


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _header(text: str) -> str:
    """A text as a header's value; what a header cannot hold in base64, as the protocol says."""
    if text.isascii() and text.isprintable() and text == text.strip() and not text.startswith("=?"):
        return text
    return f"=?base64?{base64.b64encode(text.encode()).decode()}?="
