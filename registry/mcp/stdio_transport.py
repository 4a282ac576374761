"""The protocol over standard input and output, one message a line: for clients that start a server as a program."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
import uuid
from collections.abc import Iterable
from typing import BinaryIO

import mcp_types
from mcp_types import RequestId

from registry.executions import Executions
from registry.log import log

from .mcp_server import McpServer, Work, find_cancelled_id
from .protocol_eras import Era, find_era
from .request_exchange import Exchange
from .rpc_messages import (
    AnsweredRequest,
    Notification,
    ProtocolError,
    Request,
    read_message,
    write_error,
    write_notification,
    write_result,
)
from .tool_offer import ToolOffer

_GRACE_SECONDS = 1.0
_ENDING_SECONDS = 15.0
_FAULT = "a fault of the server; its log has the details"


def converse(executions: Executions, offer: ToolOffer) -> None:
    """Talk to the client at this process's standard input and output until it closes its end, or sends SIGTERM."""
    # What anything else prints must not stand between the messages: from here on it goes to standard error.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as written:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        conversation = Conversation(executions, offer, written)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            conversation.listen(sys.stdin.buffer)
        finally:
            # Who does not want to wait is not obeyed from here on: what ran must come on record.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            conversation.end()


class Conversation:
    """One client, for as long as it does not close its end. Each request is answered in a thread of its own."""

    def __init__(self, executions: Executions, offer: ToolOffer, written: BinaryIO) -> None:
        self._server = McpServer(executions, announces=True)
        self._offer = offer
        self._client = "mcp"
        self._open: dict[RequestId, Exchange] = {}
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._announcer: threading.Thread | None = None
        # Whoever prints must not wait for a client that does not read.
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, args=[written], name="mcp-writer", daemon=True)

    def listen(self, lines: Iterable[bytes]) -> None:
        """Begin to answer each line, until there are no more."""
        self._writer.start()
        for line in lines:
            if line.strip():
                self._take(line)

    def end(self) -> None:
        """What is under way may come to its end for a moment, then it is cancelled; comes back when it is on record."""
        self._ended.set()
        self._wait(_GRACE_SECONDS)
        for exchange in self._still_open():
            self._server.cancel(exchange)
        self._wait(_ENDING_SECONDS)
        self._lines.put(None)
        self._writer.join(_GRACE_SECONDS)

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        for thread in list(self._threads):
            thread.join(max(0.0, until - time.monotonic()))

    def _still_open(self) -> list[Exchange]:
        with self._lock:
            return list(self._open.values())

    def _take(self, line: bytes) -> None:
        try:
            message = read_message(line)
            if isinstance(message, AnsweredRequest):
                return
            if isinstance(message, Notification):
                self._hear(message)
                return
            era = find_era(message)
        except ProtocolError as error:
            self._lines.put(write_error(error))
            return
        self._begin(message, era)

    def _begin(self, request: Request, era: Era) -> None:
        if request.method == "initialize":
            self._client = str(((request.params or {}).get("clientInfo") or {}).get("name") or "mcp")
        if not era.stateless:
            era = Era(era.version, stateless=False, client=self._client)
        exchange = Exchange(request, era, self._offer, send=self._lines.put, request_id=f"mcp-{uuid.uuid4().hex}")
        try:
            work = self._server.work(exchange)
        except ProtocolError as error:
            self._lines.put(write_error(error, request.id))
            return
        with self._lock:
            self._open[request.id] = exchange
        thread = threading.Thread(target=self._answer, args=[exchange, work], name="mcp-answer", daemon=True)
        self._threads.add(thread)
        thread.start()

    def _hear(self, notification: Notification) -> None:
        if notification.method == "notifications/initialized" and self._announcer is None and not self._offer.meta:
            seen = self._offer.seen()  # before the next message is read: what changes from then on is news
            self._announcer = threading.Thread(target=self._announce, args=[seen], name="mcp-announcer", daemon=True)
            self._announcer.start()
        request_id = find_cancelled_id(notification)
        with self._lock:
            exchange = self._open.pop(request_id, None) if request_id is not None else None
        if exchange is not None:
            self._server.cancel(exchange)

    def _answer(self, exchange: Exchange, work: Work) -> None:
        request_id = exchange.request.id
        try:
            answer = write_result(request_id, work())
        except Exception as error:
            log.error("unexpected fault", exc_info=error)
            answer = write_error(ProtocolError(mcp_types.INTERNAL_ERROR, _FAULT), request_id)
        with self._lock:
            waited_for = self._open.get(request_id) is exchange
            if waited_for:
                del self._open[request_id]
        if waited_for:  # what was cancelled gets no answer
            self._lines.put(answer)
        self._threads.discard(threading.current_thread())

    def _announce(self, seen: str) -> None:
        """Tell a client of the initialize era that the list is another one."""
        for _ in self._offer.changes(seen, self._ended):
            self._lines.put(write_notification("notifications/tools/list_changed", {}))

    def _write(self, written: BinaryIO) -> None:
        try:
            while (line := self._lines.get()) is not None:
                written.write(line + b"\n")
                written.flush()
        except (OSError, ValueError):  # the client reads no longer; its closing of our input ends the rest
            return
