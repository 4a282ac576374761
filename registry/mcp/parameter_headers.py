"""Arguments that a client repeats as headers, because the tool's schema asks for it with ``x-mcp-header``.

Whatever routes by the header must not be told something else than what runs. Source: the specification, revision
2026-07-28, Streamable HTTP, custom headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from mcp_types import HEADER_MISMATCH

from registry.model import Json

from .request_headers import PARAMETER_PREFIX, Headers, decode_header
from .rpc_messages import ProtocolError

_KEYWORD = "x-mcp-header"
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TYPES = ("string", "integer", "boolean")
Declared = tuple[tuple[tuple[str, ...], str], ...]


def list_header_parameters(schema: Json) -> Declared:
    """Every parameter that a schema wants repeated: its path of property names, and its header's last part."""
    return tuple(_declared(schema, ()))


def refuse_other_values(wanted: Declared, arguments: Mapping[str, Any], headers: Headers) -> None:
    """Raises ProtocolError where a header is missing, too many, or says something else than the argument."""
    for path, token in wanted:
        name = PARAMETER_PREFIX + token
        value, given = _at(arguments, path), headers.parameters.get(name.lower())
        if value is None and given is None:
            continue
        text = decode_header(given)
        if value is None or text is None or not _says(text, value):
            argument = ".".join(path)
            raise ProtocolError(HEADER_MISMATCH, f"{name} must be there and equal the argument {argument}, or neither")


def _declared(schema: Json, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    properties = schema.get("properties") if isinstance(schema, dict) else None
    for name, inner in properties.items() if isinstance(properties, dict) else ():
        token = inner.get(_KEYWORD) if isinstance(inner, dict) else None
        if isinstance(token, str) and _TOKEN.fullmatch(token) and inner.get("type") in _TYPES:
            yield (*path, name), token
        yield from _declared(inner, (*path, name))


def _at(arguments: Json, path: tuple[str, ...]) -> Json:
    for name in path:
        arguments = arguments.get(name) if isinstance(arguments, dict) else None
    return arguments


def _says(text: str, value: Json) -> bool:
    if isinstance(value, bool):
        return text == ("true" if value else "false")
    if isinstance(value, int | float):
        try:
            return Decimal(text) == Decimal(str(value))
        except InvalidOperation:
            return False
    return isinstance(value, str) and text == value
