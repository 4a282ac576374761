"""JSON-RPC 2.0 messages, read and written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcp_types import INVALID_REQUEST, PARSE_ERROR, RequestId

from registry.errors import InputRefused
from registry.json_text import dumps, loads
from registry.model import Json

_DEEP = 128  # arguments may be as deep as an invoke takes them, inside of a message


class ProtocolError(Exception):
    """A request that is answered with a JSON-RPC error; ``request_id`` is None while it is not known."""

    def __init__(self, code: int, message: str, data: Json = None, request_id: RequestId | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data
        self.request_id = request_id


@dataclass(frozen=True, slots=True)
class Request:
    """A message that wants an answer."""

    id: RequestId
    method: str
    params: Mapping[str, Any] | None

    @property
    def meta(self) -> Mapping[str, Any]:
        """``params._meta``; empty where there is none."""
        return _meta(self.params)


@dataclass(frozen=True, slots=True)
class Notification:
    """A message that wants none."""

    method: str
    params: Mapping[str, Any] | None

    @property
    def meta(self) -> Mapping[str, Any]:
        """``params._meta``; empty where there is none."""
        return _meta(self.params)


@dataclass(frozen=True, slots=True)
class AnsweredRequest:
    """An answer to a request of ours; there are none, so nobody waits for it."""


def read_message(body: bytes | str) -> Request | Notification | AnsweredRequest:
    """One message. Raises ProtocolError: the text is no JSON, or no single message of JSON-RPC 2.0."""
    try:
        value = loads(body, max_depth=_DEEP)
    except InputRefused as refused:
        raise ProtocolError(PARSE_ERROR, f"the message is no JSON: {refused}") from None
    if not isinstance(value, dict):
        what = "batches are not taken: send one message" if isinstance(value, list) else "a message is a JSON object"
        raise ProtocolError(INVALID_REQUEST, what)
    request_id = value.get("id")
    known = request_id if _is_id(request_id) else None
    if value.get("jsonrpc") != "2.0":
        raise ProtocolError(INVALID_REQUEST, 'jsonrpc must be "2.0"', request_id=known)
    if "method" not in value and value.keys() & {"result", "error"}:
        return AnsweredRequest()
    method, params = value.get("method"), value.get("params")
    if not isinstance(method, str):
        raise ProtocolError(INVALID_REQUEST, "method must be a text", request_id=known)
    if params is not None and not isinstance(params, dict):
        raise ProtocolError(INVALID_REQUEST, "params must be an object", request_id=known)
    if "id" not in value:
        return Notification(method, params)
    if known is None:
        raise ProtocolError(INVALID_REQUEST, "id must be a text or a whole number")
    return Request(known, method, params)


def write_result(request_id: RequestId, result: bytes) -> bytes:
    """The answer to a request; ``result`` is JSON text already."""
    return b'{"jsonrpc":"2.0","id":' + dumps(request_id) + b',"result":' + result + b"}"


def write_error(error: ProtocolError, request_id: RequestId | None = None) -> bytes:
    """The answer to a request that is refused, or to what cannot be read."""
    told: dict[str, Json] = {"code": error.code, "message": str(error)}
    if error.data is not None:
        told["data"] = error.data
    known = error.request_id if request_id is None else request_id
    return dumps({"jsonrpc": "2.0", "id": known, "error": told})


def write_notification(method: str, params: Json) -> bytes:
    """A message to the client that wants no answer."""
    return dumps({"jsonrpc": "2.0", "method": method, "params": params})


def _is_id(value: Json) -> bool:
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))


def _meta(params: Mapping[str, Any] | None) -> Mapping[str, Any]:
    meta = (params or {}).get("_meta")
    return meta if isinstance(meta, dict) else {}
