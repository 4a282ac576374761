"""Which revision a message is of, and whether it says so as that revision wants it.

A request of the stateless era carries its revision, and what the client can do, in ``params._meta``; over HTTP its
headers repeat what proxies route by, and must agree. A request of the initialize era carries nothing, or a header.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    DEFAULT_NEGOTIATED_VERSION,
    HEADER_MISMATCH,
    INVALID_PARAMS,
    PROTOCOL_VERSION_META_KEY,
    UNSUPPORTED_PROTOCOL_VERSION,
)
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

from registry.model import Json

from .request_headers import Headers, decode_header
from .rpc_messages import Notification, ProtocolError, Request

_SHOWN_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class Era:
    """The revision that a message is answered in. ``stateless`` is 2026-07-28 and later."""

    version: str
    stateless: bool
    client: str | None = None


def find_era(message: Request | Notification, headers: Headers | None = None) -> Era:
    """The era of one message; without ``headers`` (there are none on standard input) the message alone decides.

    Raises ProtocolError: a version that is not spoken here, or headers that say something else than the message.
    """
    try:
        return _era_of(message, headers)
    except ProtocolError as error:
        error.request_id = message.id if isinstance(message, Request) else None
        raise


def _era_of(message: Request | Notification, headers: Headers | None) -> Era:
    header = headers.version if headers is not None else None
    spoken_before = header is None or header in HANDSHAKE_PROTOCOL_VERSIONS
    if spoken_before and PROTOCOL_VERSION_META_KEY not in message.meta:
        return find_old_era(header)
    if isinstance(message, Notification):
        return _stateless(header if header is not None else message.meta[PROTOCOL_VERSION_META_KEY], message.meta)
    missing = [key for key in (PROTOCOL_VERSION_META_KEY, CLIENT_CAPABILITIES_META_KEY) if key not in message.meta]
    if missing:
        raise ProtocolError(INVALID_PARAMS, f"params._meta must have {' and '.join(missing)}")
    if headers is not None:
        _refuse_mismatch(message, headers)
    return _stateless(message.meta[PROTOCOL_VERSION_META_KEY], message.meta)


def find_old_era(version: str | None) -> Era:
    """The initialize era, in a version that it has; in the one that is meant where none is named."""
    known = version if version in HANDSHAKE_PROTOCOL_VERSIONS else None
    return Era(known or DEFAULT_NEGOTIATED_VERSION, stateless=False)


def _stateless(version: Json, meta: Mapping[str, Json]) -> Era:
    if not isinstance(version, str):
        raise ProtocolError(INVALID_PARAMS, f"{PROTOCOL_VERSION_META_KEY} must be a text")
    if version not in MODERN_PROTOCOL_VERSIONS:
        spoken: list[Json] = list(MODERN_PROTOCOL_VERSIONS)
        raise ProtocolError(
            UNSUPPORTED_PROTOCOL_VERSION,
            f"the protocol version {version[:_SHOWN_CHARACTERS]!r} is not spoken here",
            {"supported": spoken, "requested": version},
        )
    info = meta.get(CLIENT_INFO_META_KEY)
    name = info.get("name") if isinstance(info, dict) else None
    return Era(version, stateless=True, client=name if isinstance(name, str) else None)


def _refuse_mismatch(request: Request, headers: Headers) -> None:
    if headers.version != request.meta[PROTOCOL_VERSION_META_KEY]:
        raise ProtocolError(HEADER_MISMATCH, f"MCP-Protocol-Version must equal {PROTOCOL_VERSION_META_KEY}")
    if headers.method != request.method:
        raise ProtocolError(HEADER_MISMATCH, "Mcp-Method must be there and equal the message's method")
    name = (request.params or {}).get("name")
    if request.method == "tools/call" and name is not None and decode_header(headers.name) != name:
        raise ProtocolError(HEADER_MISMATCH, "Mcp-Name must be there and equal the name of the tool")
