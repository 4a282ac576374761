"""What a route takes and gives, said once: requests are read by it and ``/openapi.json`` is made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Literal

from flask import request

from registry.errors import Fault, InputRefused
from registry.model import Json


@dataclass(frozen=True, slots=True)
class QueryParameter:
    """One query parameter. ``schema`` is its JSON Schema, whose ``default`` is what an absent one means.

    ``many`` parameters may be repeated and take commas; they are read as a tuple of texts. A ``required`` one
    must be there.
    """

    name: str
    description: str
    schema: Mapping[str, Json]
    many: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class RouteDescription:
    """One operation. ``body`` and the values of ``answers`` name schemas of ``schemas/``, or are None (no JSON).

    ``patch`` is the schema of a body of ``application/merge-patch+json``, where that is taken too; ``if_match`` is
    whether that header must be sent, or may be. ``signed`` operations look at a
    signature themselves: the service's token is not asked for. ``refusals`` are the schemas of refusals that are no
    problems, or not always.
    """

    summary: str
    answers: Mapping[int, str | None]
    query: tuple[QueryParameter, ...] = ()
    body: str | None = None
    problems: tuple[int, ...] = ()
    signed: bool = False
    patch: str | None = None
    optional_body: bool = False
    if_match: Literal["required", "taken"] | None = None
    refusals: Mapping[int, str] = field(default_factory=dict)


def text_parameter(name: str, description: str, default: str | None = "", *, max_length: int = 200) -> QueryParameter:
    """A parameter of free text."""
    return QueryParameter(name, description, _schema({"type": "string", "maxLength": max_length}, default))


def required_text_parameter(name: str, description: str, *, max_length: int) -> QueryParameter:
    """A parameter of free text that must be given."""
    return QueryParameter(name, description, _schema({"type": "string", "maxLength": max_length}, None), required=True)


def integer_parameter(name: str, description: str, default: int, low: int, high: int) -> QueryParameter:
    """A parameter that is a whole number within bounds."""
    return QueryParameter(name, description, {"type": "integer", "minimum": low, "maximum": high, "default": default})


def choice_parameter(name: str, description: str, words: list[str], default: str | None) -> QueryParameter:
    """A parameter that is one of some words."""
    return QueryParameter(name, description, _schema({"type": "string", "enum": words}, default))


def words_parameter(name: str, description: str) -> QueryParameter:
    """A parameter that is repeated, or takes several words with commas between."""
    return QueryParameter(name, description, {"type": "array", "items": {"type": "string"}, "default": []}, many=True)


def version_parameter(name: str, description: str, low: int = 1) -> QueryParameter:
    """A parameter that is the number of a version; it may be left out."""
    return QueryParameter(name, description, {"type": "integer", "minimum": low, "maximum": 999_999_999})


def time_parameter(name: str, description: str) -> QueryParameter:
    """A parameter that is a point in time, RFC 3339."""
    return QueryParameter(name, description, {"type": "string", "format": "date-time"})


def _schema(schema: dict[str, Json], default: Json) -> dict[str, Json]:
    return schema if default is None else schema | {"default": default}


def describe_route(description: RouteDescription) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a view its description, and hand it the request's checked query as its first argument.

    A query with faults (unknown names included, so that a slip of the pen is not silently another answer) is refused
    with all of them.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def described(**path: str) -> Any:
            return view(_read_query(description.query), **path)

        described.description = description  # type: ignore[attr-defined]  # read by openapi
        return described

    return decorate


def _read_query(parameters: tuple[QueryParameter, ...]) -> dict[str, Any]:
    given = request.args
    faults: list[Fault] = []
    known = {parameter.name for parameter in parameters}
    for name in given:
        if name not in known:
            offered = ", ".join(sorted(known)) or "none"
            faults.append(Fault(f"/{_pointer(name)}", f"there is no such parameter; there are: {offered}", "unknown"))
    values: dict[str, Any] = {}
    for parameter in parameters:
        try:
            values[parameter.name] = _read(parameter, given.getlist(parameter.name))
        except ValueError as error:
            faults.append(Fault(f"/{parameter.name}", str(error), "query"))
    if faults:
        raise InputRefused("the query cannot be read", faults)
    return values


def _pointer(name: str) -> str:
    return name[:100].replace("~", "~0").replace("/", "~1")


def _read(parameter: QueryParameter, given: list[str]) -> Any:
    schema = parameter.schema
    if parameter.many:
        return tuple(word.strip() for one in given for word in one.split(",") if word.strip())
    if not given:
        if parameter.required:
            raise ValueError("give it")
        return schema.get("default")
    if len(given) > 1:
        raise ValueError("give it once")
    value = given[0]
    if schema["type"] == "integer":
        return _read_whole(value, schema)
    if "enum" in schema and value not in schema["enum"]:
        raise ValueError(f"give one of {', '.join(schema['enum'])}")
    if schema.get("format") == "date-time":
        return _read_moment(value)
    if len(value) > schema.get("maxLength", len(value)):
        raise ValueError(f"give at most {schema['maxLength']} characters")
    return value


def _read_whole(value: str, schema: Mapping[str, Json]) -> int:
    low, high = schema["minimum"], schema["maximum"]
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 12 and low <= int(value) <= high):  # noqa: PLR2004
        raise ValueError(f"give a whole number from {low} to {high}")
    return int(value)


def _read_moment(value: str) -> float:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("give a time such as 2026-01-31T12:00:00Z") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
