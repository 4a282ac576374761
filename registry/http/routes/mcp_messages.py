"""Model Context Protocol over streamable HTTP: one message in a POST, its answer as JSON or as the end of a stream.

Nothing is kept between requests. In the stateless era closing the connection cancels; before it a lost connection says
nothing, and ``notifications/cancelled`` cancels: the session's id, which is only a name, tells whose request is meant.
"""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import mcp_types
from flask import Response, current_app, g, request

from registry.errors import TooBusy
from registry.http.requests import (
    get_departures,
    get_ending_event,
    get_service,
    get_stream_places,
    read_body,
)
from registry.http.responses import JSON, Refused
from registry.mcp import (
    PARAMETER_PREFIX,
    AnsweredRequest,
    Era,
    Exchange,
    Headers,
    McpServer,
    Notification,
    ProtocolError,
    ToolOffer,
    find_cancelled_id,
    find_era,
    read_message,
    write_error,
    write_result,
)

from .message_stream import MessageStream

_SERVER_KEY = "toolcrib.mcp"
_MAKING = threading.Lock()
_SESSION = "Mcp-Session-Id"
_SESSION_ID = re.compile(r"[\x21-\x7e]{1,200}")
_NOT_OF_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_NAME_CHARACTERS = 64
_EVENT_STREAM = "text/event-stream"
_LISTEN = "subscriptions/listen"
_CALL = "tools/call"
# The specification, revision 2026-07-28, Streamable HTTP. All other errors are answers like any other.
_STATUS = {
    mcp_types.PARSE_ERROR: 400,
    mcp_types.INVALID_REQUEST: 400,
    mcp_types.INVALID_PARAMS: 400,
    mcp_types.HEADER_MISMATCH: 400,
    mcp_types.UNSUPPORTED_PROTOCOL_VERSION: 400,
    mcp_types.METHOD_NOT_FOUND: 404,
}
_UNREAD = {mcp_types.PARSE_ERROR, mcp_types.INVALID_REQUEST}


def answer_message(toolset_name: str | None, *, meta: bool, lock: str | None) -> Response:
    """Answer the message of the current request, from a server that offers every tool or those of a toolset.

    Raises NotFound where there is no such toolset.
    """
    offer = ToolOffer(get_service().state, toolset_name, meta=meta, lock=lock)
    offer.catalog()  # a toolset that is not there is an address that is not there
    try:
        message = read_message(read_body())
        if isinstance(message, AnsweredRequest):
            return _noted()
        headers = _headers()
        era = find_era(message, headers)
    except ProtocolError as error:
        return _refusal(error, error.request_id)
    if isinstance(message, Notification):
        return _heard(message, era)
    exchange = Exchange(message, era, offer, headers, _session(era), None, g.request_id, request.remote_addr)
    try:
        return _streamed(exchange) if _streams(exchange) else _waited_for(exchange)
    except ProtocolError as error:
        return _refusal(error, message.id, stateless=era.stateless)


def _server() -> McpServer:
    """The one server of this app, made for the first message."""
    with _MAKING:
        if _SERVER_KEY not in current_app.extensions:
            current_app.extensions[_SERVER_KEY] = McpServer(get_service().executions, announces=False)
    server: McpServer = current_app.extensions[_SERVER_KEY]
    return server


def _waited_for(exchange: Exchange) -> Response:
    server = _server()
    work = server.work(exchange)
    with get_departures().watched(_connection(exchange.era), lambda: server.cancel(exchange)):
        return _told(write_result(exchange.request.id, work()), _new_session(exchange))


def _heard(notification: Notification, era: Era) -> Response:
    request_id, session = find_cancelled_id(notification), _session(era)
    if request_id is not None and session is not None:
        _server().cancel_of_session(session, request_id)
    return _noted()


def _streams(exchange: Exchange) -> bool:
    """Whether there may be something to tell before the answer, and the client listens to that."""
    listens = exchange.request.method == _LISTEN
    accepted = request.accept_mimetypes.quality(_EVENT_STREAM) > 0 or not request.accept_mimetypes
    if listens and not accepted:
        raise Refused(406, "not-acceptable", f"{_LISTEN} is answered as a stream: send Accept: {_EVENT_STREAM}")
    return accepted and (listens or (exchange.request.method == _CALL and exchange.progress_token is not None))


def _streamed(exchange: Exchange) -> Response:
    stream = MessageStream(exchange, _server(), get_ending_event())
    exchange.send = stream.send
    work = _server().work(exchange)
    places = get_stream_places() if exchange.request.method == _LISTEN else None
    if places is not None and not places.acquire(blocking=False):
        raise TooBusy("as many clients listen here as may", 5)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    answer = Response(
        stream.events(work, get_departures(), _connection(exchange.era)), 200, headers, mimetype=_EVENT_STREAM
    )
    if places is not None:
        answer.call_on_close(places.release)
    return answer


def _connection(era: Era) -> Any:
    """What is watched for the client's leaving: nothing in the initialize era, where that is no sign."""
    return request.environ.get("gunicorn.socket") if era.stateless else None


def _headers() -> Headers:
    given, prefix = request.headers, PARAMETER_PREFIX.lower()
    parameters = {name.lower(): text for name, text in given if name.lower().startswith(prefix)}
    return Headers(given.get("MCP-Protocol-Version"), given.get("Mcp-Method"), given.get("Mcp-Name"), parameters)


def _session(era: Era) -> str | None:
    given = request.headers.get(_SESSION, "")
    return given if not era.stateless and _SESSION_ID.fullmatch(given) else None


def _new_session(exchange: Exchange) -> dict[str, str]:
    """The name that a session gets, after its client's: nothing is kept under it."""
    if exchange.request.method != "initialize":
        return {}
    client = ((exchange.request.params or {}).get("clientInfo") or {}).get("name", "")
    name = _NOT_OF_A_NAME.sub("-", client)[:_NAME_CHARACTERS].strip("-") or "mcp"
    return {_SESSION: f"{name}.{uuid.uuid4().hex}"}


def _noted() -> Response:
    return Response(status=202, headers={"Cache-Control": "no-store"})


def _told(text: bytes, headers: Mapping[str, str], status: int = 200) -> Response:
    return Response(text, status, {"Cache-Control": "no-store", **headers}, mimetype=JSON)


def _refusal(error: ProtocolError, request_id: Any = None, *, stateless: bool = True) -> Response:
    """In the initialize era only what is no message has a status that says so."""
    status = _STATUS.get(error.code, HTTPStatus.OK) if stateless or error.code in _UNREAD else HTTPStatus.OK
    return _told(write_error(error, request_id), {}, status)
