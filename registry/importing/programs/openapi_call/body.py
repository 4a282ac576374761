"""A request's body from arguments: JSON, a form, files, or text. Standard library only."""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .texts import Parameter, write_json, write_query, write_text

_NOTHING = object()
_JSON = re.compile(r"(application|text)/(.*\+)?json\Z")


@dataclass(frozen=True)
class Body:
    """The body: its media type, and what it is made of.

    Either one ``argument`` is the whole, or ``fields`` are the body's names by the names of arguments. ``styles`` say
    how fields of a form are written that are lists or objects; ``files`` are the fields that are files.
    """

    mime: str
    argument: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    required: bool = False
    base64: bool = False
    styles: dict[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()


def write_body(body: Body | None, arguments: dict[str, Any]) -> tuple[str, bytes | None]:
    """The media type and the bytes; an empty type and None where nothing is sent."""
    value: Any = _NOTHING if body is None else _value(body, arguments)
    if body is None or value is _NOTHING:
        return "", None
    if body.mime == "multipart/form-data":
        boundary = uuid.uuid4().hex
        return f"multipart/form-data; boundary={boundary}", b"".join(_multipart(body, value, boundary))
    if body.mime == "application/x-www-form-urlencoded":
        return body.mime, "&".join(_form_pairs(body, value)).encode()
    if body.base64:
        return body.mime, _decoded(body.argument, value)
    as_it_is = isinstance(value, str) and not _JSON.match(body.mime)
    return body.mime, (value if as_it_is else write_json(value)).encode()


def _value(body: Body, arguments: dict[str, Any]) -> Any:
    if body.argument:
        return arguments.get(body.argument, _NOTHING)
    value = {name: arguments[argument] for argument, name in body.fields.items() if argument in arguments}
    return value if value or body.required else _NOTHING


def _form_pairs(body: Body, value: dict[str, Any]) -> Iterator[str]:
    for name, one in value.items():
        style = body.styles.get(name, "form")
        whole = isinstance(one, dict) and style == "form"
        yield from write_query(Parameter(name, "query", style=style, explode=style == "form", as_json=whole), one)


def _multipart(body: Body, value: dict[str, Any], boundary: str) -> Iterator[bytes]:
    for name, one in value.items():
        many = one if isinstance(one, list) and (name in body.files or not _holds_objects(one)) else [one]
        for each in many:
            yield _part(name, each, boundary, is_file=name in body.files)
    yield f"--{boundary}--\r\n".encode()


def _part(name: str, value: Any, boundary: str, *, is_file: bool) -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_token(name)}"'
    if is_file:
        given = value if isinstance(value, dict) else {"base64": value}
        data = _decoded(name, given.get("base64"))
        mime = re.sub(r"[^\w.+/-]", "", str(given.get("mime") or "")) or "application/octet-stream"
        head += f'; filename="{_token(str(given.get("name") or name))}"\r\nContent-Type: {mime}'
    elif isinstance(value, dict | list):
        data = write_json(value).encode()
        head += "\r\nContent-Type: application/json"
    else:
        data = write_text(value).encode()
    return f"{head}\r\n\r\n".encode() + data + b"\r\n"


def _holds_objects(values: list[Any]) -> bool:
    return any(isinstance(one, dict | list) for one in values)


def _token(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", " ", text).replace('"', "%22")


def _decoded(name: str, value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise ValueError(f"{name} must be the file's content as base64.") from None
