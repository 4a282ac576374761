"""The Model Context Protocol with a server that is started for it, over its standard input and output."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from http_exchange import CallFailed

_LATEST = "2025-11-25"
_MOST_PAGES = 50
_MOST_LINE = 8_000_000
_NO_SUCH_METHOD = -32601
_SCRIPT = """
import sys
from importlib.metadata import entry_points
found = tuple(entry_points(group="console_scripts", name=sys.argv[1]))
if not found:
    sys.exit(f"no installed package has a command {sys.argv[1]}")
sys.argv = sys.argv[1:]
sys.exit(found[0].load()())
"""


def find_installed_command(command: tuple[str, ...]) -> list[str]:
    """How to start a command that an installed package brings, wherever its scripts are."""
    return [sys.executable, "-c", _SCRIPT, *command]


class Pipe:
    """One server, started for one call. Close it in the end."""

    era = "pipe"

    def __init__(self, command: list[str], deadline: float) -> None:
        self._deadline = deadline
        self._count = 0
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        # What this interpreter can import, the server can, too.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        try:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        except OSError as error:
            raise CallFailed(f"{command[0]} could not be started: {error.strerror}") from None
        threading.Thread(target=self._read, daemon=True).start()
        try:
            hello = {"name": "toolcrib", "version": "1"}
            self._ask("initialize", {"protocolVersion": _LATEST, "capabilities": {}, "clientInfo": hello})
            self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        except CallFailed:
            self.close()
            raise

    def list_tools(self) -> Iterator[dict[str, Any]]:
        """Every tool as the server describes it."""
        params: dict[str, Any] = {}
        for _ in range(_MOST_PAGES):
            page = self._ask("tools/list", params)
            tools = page.get("tools")
            yield from (one for one in (tools if isinstance(tools, list) else []) if isinstance(one, dict))
            if not isinstance(page.get("nextCursor"), str):
                return
            params = {"cursor": page["nextCursor"]}

    def call_tool(self, name: str, arguments: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
        """The result of a call."""
        return self._ask("tools/call", {"name": name, "arguments": arguments})

    def close(self) -> None:
        """End the server."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue  # what was still to be written has no reader any more

    def _read(self) -> None:
        out = self._process.stdout
        while out is not None:
            line = out.readline(_MOST_LINE)
            self._lines.put(line)
            if not line:
                return

    def _send(self, message: dict[str, Any]) -> None:
        if self._process.stdin is None:
            return
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise CallFailed("The server has ended.") from None

    def _ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self._count += 1
        self._send({"jsonrpc": "2.0", "id": self._count, "method": method, "params": params})
        while True:
            reply = self._next()
            if "method" in reply and "id" in reply:  # it asks for something that a tool cannot give
                error = {"code": _NO_SUCH_METHOD, "message": "not here"}
                self._send({"jsonrpc": "2.0", "id": reply["id"], "error": error})
            elif reply.get("id") == self._count and "error" in reply:
                told = reply["error"] if isinstance(reply["error"], dict) else {}
                raise CallFailed(f"The server refused {method}: {str(told.get('message'))[:1000]} ({told.get('code')})")
            elif reply.get("id") == self._count and isinstance(reply.get("result"), dict):
                result: dict[str, Any] = reply["result"]
                return result

    def _next(self) -> dict[str, Any]:
        """The next message; what is none is passed over."""
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, self._deadline - time.monotonic()))
            except queue.Empty:
                raise CallFailed("The server did not answer in time.") from None
            if not line:
                raise CallFailed("The server has ended without an answer.")
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(found, dict):
                return found
