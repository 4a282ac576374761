"""Send one operation of an HTTP API, as its OpenAPI document describes it. Standard library only."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from http_exchange import Answer, Credential, add_credential, exchange, make_file_block

from .body import Body, write_body
from .texts import Parameter, write_header, write_path, write_query

__all__ = ["Body", "Credential", "Operation", "Parameter", "call"]
_OF_PATHS = "/%:@!$&'()*+,;=?~[]"
_TEXTS = re.compile(r"(text/.*|application/(.*\+)?(xml|yaml|javascript|x-yaml|x-ndjson|x-www-form-urlencoded))\Z")
_JSON = re.compile(r"(application|text)/(.*\+)?json\Z")


@dataclass(frozen=True)
class Operation:
    """One operation of the API: everything about its request but the arguments."""

    method: str
    server: str
    path: str
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    credentials: tuple[Credential, ...] = ()
    accept: str = "application/json, */*;q=0.5"


@dataclass
class Request:
    """A request that is ready to be sent."""

    url: str
    headers: dict[str, str]
    body: bytes | None


def call(operation: Operation, arguments: dict[str, Any]) -> Any:
    """Send the operation; what it is answered, as a result. Raises for arguments and answers that are errors."""
    request = build_request(operation, arguments)
    answer = exchange(operation.method, request.url, request.headers, request.body)
    try:
        answer.raise_for_status(f"{operation.method} {operation.path}")
        return read_result(answer)
    finally:
        answer.close()


def build_request(operation: Operation, arguments: dict[str, Any]) -> Request:
    """The request for these arguments. Raises ValueError for those that would not stay in their place."""
    headers = {"Accept": operation.accept, "User-Agent": "toolcrib-openapi/1"}
    query: list[str] = []
    cookies: list[str] = []
    for parameter in operation.parameters:
        value = arguments.get(parameter.argument)
        if value is None or parameter.place == "path":
            continue
        if parameter.place == "header":
            headers[parameter.in_request] = write_header(parameter, value)
        else:
            (query if parameter.place == "query" else cookies).extend(write_query(parameter, value))
    mime, body = write_body(operation.body, arguments)
    if mime:
        headers["Content-Type"] = mime
    for credential in operation.credentials:
        add_credential(credential, headers, query, cookies)
    if cookies:
        headers["Cookie"] = "; ".join(cookies)
    path = _fill_path(operation, arguments)
    if query:
        path += ("&" if "?" in path else "?") + "&".join(query)
    return Request(operation.server + path, headers, body)


def _fill_path(operation: Operation, arguments: dict[str, Any]) -> str:
    """The path with its parameters, which cannot leave their segments: what means something in a path is escaped."""
    path = operation.path.partition("#")[0]
    for parameter in operation.parameters:
        if parameter.place == "path":
            text = write_path(parameter, arguments.get(parameter.argument))
            path = path.replace("{" + parameter.in_request + "}", text)
    if any(segment in (".", "..") for segment in path.split("/")):
        raise ValueError("A parameter of the path must not be `.` or `..`.")
    return quote(path, safe=_OF_PATHS)


def read_result(answer: Answer) -> Any:
    """The body as a result: JSON as its value, text as text, an image or a file as a content block."""
    data = answer.read()
    if not data:
        location = answer.headers.get("Location")
        return {"status": answer.status, **({"location": location[:2000]} if location else {})}
    mime = answer.mime
    if _JSON.match(mime):
        return _json_result(data)
    if _TEXTS.match(mime) or not mime:
        charset = answer.headers.get_content_charset("utf-8")
        try:
            return data.decode(charset, "replace")
        except LookupError:
            return data.decode("utf-8", "replace")
    return {"$content": [make_file_block(data, mime, answer.url)]}


def _json_result(data: bytes) -> Any:
    text = data.decode("utf-8-sig", "replace")
    try:
        value = json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return text  # some servers call JSON what is none
    if isinstance(value, dict) and value.keys() == {"$content"}:
        return {"body": value}  # the server's own word, not ours
    return value
