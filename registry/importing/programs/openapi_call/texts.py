"""A value as text in a path, a query, a header or a cookie: the styles of OpenAPI. Standard library only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from http_exchange import refuse_lines

_RESERVED = ":/?@!$'()*,;[]"
_DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": "%7C", "tabDelimited": "%09"}


@dataclass(frozen=True)
class Parameter:
    """One parameter: the argument's name, where it goes (path, query, header or cookie), and its name there."""

    argument: str
    place: str
    name: str = ""
    style: str = ""
    explode: bool = False
    as_json: bool = False
    reserved: bool = False

    @property
    def in_request(self) -> str:
        """Its name in the request."""
        return self.name or self.argument


def write_path(parameter: Parameter, value: Any) -> str:
    """A path's parameter, escaped. Raises ValueError for nothing, which would make the path another one."""
    name = quote_value(parameter.in_request)
    if value is None or value in ("", [], {}):
        raise ValueError(f"{parameter.argument} is part of the path and must not be empty.")
    if parameter.as_json:
        return quote_value(write_json(value))
    prefix, joint = {"label": (".", "."), "matrix": (";", ";")}.get(parameter.style, ("", ","))
    between = joint if parameter.explode else ","
    if isinstance(value, dict):
        equals = "=" if parameter.explode else ","
        text = between.join(f"{quote_value(key)}{equals}{quote_value(one)}" for key, one in value.items())
    elif isinstance(value, list) and parameter.style == "matrix" and parameter.explode:
        return ";" + ";".join(f"{name}={quote_value(one)}" for one in value)
    elif isinstance(value, list):
        text = between.join(quote_value(one) for one in value)
    else:
        text = quote_value(value)
    named = parameter.style == "matrix" and not (isinstance(value, dict) and parameter.explode)
    return prefix + (f"{name}=" if named else "") + text


def write_query(parameter: Parameter, value: Any) -> list[str]:
    """A query's parameter, or a cookie, or a form's field: pairs of a name and a value, escaped."""
    key, safe = quote(parameter.in_request, safe="[]"), _RESERVED if parameter.reserved else ""
    if parameter.as_json:
        return [f"{key}={quote_value(write_json(value))}"]
    if parameter.style == "deepObject" and isinstance(value, dict | list):
        return list(_deep_pairs(key, value))
    if isinstance(value, dict):
        pairs = [(quote_value(one), quote_value(below, safe)) for one, below in value.items()]
        if parameter.explode:
            return [f"{name}={text}" for name, text in pairs]
        return [f"{key}=" + ",".join(f"{name},{text}" for name, text in pairs)]
    texts = [quote_value(one, safe) for one in (value if isinstance(value, list) else [value])]
    if parameter.explode:
        return [f"{key}={text}" for text in texts]
    return [f"{key}=" + _DELIMITERS.get(parameter.style, ",").join(texts)]


def _deep_pairs(key: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, below in value.items():
            yield from _deep_pairs(f"{key}[{name}]", below)
    elif isinstance(value, list):
        numbered = any(isinstance(one, dict | list) for one in value)
        for number, below in enumerate(value):
            yield from _deep_pairs(f"{key}[{number if numbered else ''}]", below)
    else:
        yield f"{key}={quote_value(value)}"


def write_header(parameter: Parameter, value: Any) -> str:
    """A header's value."""
    if parameter.as_json:
        text = write_json(value)
    elif isinstance(value, dict):
        equals = "=" if parameter.explode else ","
        text = ",".join(f"{key}{equals}{write_text(one)}" for key, one in value.items())
    else:
        text = ",".join(map(write_text, value)) if isinstance(value, list) else write_text(value)
    line: str = refuse_lines(parameter.argument, text)
    return line


def quote_value(value: Any, safe: str = "") -> str:
    """A value as text that means nothing in an address, but for the characters in ``safe``."""
    return quote(write_text(value), safe=safe)


def write_text(value: Any) -> str:
    """Text as it is, null as nothing, anything else as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else write_json(value)


def write_json(value: Any) -> str:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
