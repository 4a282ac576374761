"""The messages that answer one request, as server-sent events: some on the way, and the answer as the last."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from typing import Any

import mcp_types

from registry.http.responses import ClientDepartures
from registry.log import log
from registry.mcp import Exchange, McpServer, ProtocolError, Work, write_error, write_result

_LOOK_SECONDS = 0.5
_KEEP_ALIVE_SECONDS = 15.0


class MessageStream:
    """Works in a thread of its own, so that what is sent meanwhile goes out at once."""

    def __init__(self, exchange: Exchange, server: McpServer, ending: threading.Event) -> None:
        self._exchange = exchange
        self._server = server
        self._ending = ending
        self._messages: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def send(self, message: bytes) -> None:
        """Put a message on its way."""
        self._messages.put(message)

    def events(self, work: Work, leaving: ClientDepartures, connection: Any) -> Iterator[bytes]:
        """The events until the answer; a client that leaves in the stateless era cancels."""
        thread = threading.Thread(target=self._answer, args=[work], name="mcp-answer", daemon=True)
        with leaving.watched(connection, self._cancel):
            try:
                thread.start()
                yield from self._until_the_answer()
            finally:
                if self._exchange.era.stateless:
                    self._cancel()

    def _until_the_answer(self) -> Iterator[bytes]:
        told_at = time.monotonic()
        while True:
            if self._ending.is_set():
                self._exchange.gone.set()
            try:
                message = self._messages.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                if time.monotonic() - told_at > _KEEP_ALIVE_SECONDS:
                    told_at = time.monotonic()
                    yield b": still here\n\n"
                continue
            if message is None:
                return
            told_at = time.monotonic()
            yield b"event: message\ndata: " + message + b"\n\n"

    def _answer(self, work: Work) -> None:
        request_id = self._exchange.request.id
        try:
            answer = write_result(request_id, work())
        except Exception as error:
            log.error("unexpected fault", exc_info=error)
            detail = "a fault of the service; its log has the details"
            answer = write_error(ProtocolError(mcp_types.INTERNAL_ERROR, detail), request_id)
        self._messages.put(answer)
        self._messages.put(None)

    def _cancel(self) -> None:
        self._server.cancel(self._exchange)
