"""Whether ``main`` can take the arguments that the manifest's ``parameters`` allow."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from registry.model import Finding, Json

from .python_source import MainDef

WHOLE_OBJECT_NAMES = frozenset({"arguments", "input_data"})


@dataclass(frozen=True, slots=True)
class _Signature:
    positional_only: dict[str, bool]  # name -> whether it may be left out
    keyword: dict[str, bool]
    takes_any: bool


def takes_whole_object(main: MainDef, properties: dict[str, Json]) -> bool:
    """Whether main's single positional parameter is the whole object of arguments.

    It is if the parameter is named ``arguments`` or ``input_data``, unless the manifest's only property has the same
    name: then both files read as a call by keyword, and the parameter is that property.
    """
    args = main.args
    positional = [*args.posonlyargs, *args.args]
    if len(positional) != 1 or args.kwonlyargs or args.kwarg or args.vararg:
        return False
    name = positional[0].arg
    return name in WHOLE_OBJECT_NAMES and set(properties) != {name}


def check_agreement(file: str, main: MainDef, parameters: dict[str, Json]) -> Iterator[Finding]:
    """A finding for each disagreement between a function's signature and ``parameters``, at the line of its ``def``."""
    properties = parameters.get("properties")
    if not isinstance(properties, dict):
        properties = {}
    if main.decorator_list or takes_whole_object(main, properties):
        return  # a decorator may change what the function takes; only running it would tell
    for code, message in _disagreements(_signature(main.args), properties, _given(parameters, properties)):
        yield Finding(file, main.lineno, main.col_offset + 1, "error", code, message)


def _given(parameters: dict[str, Json], properties: dict[str, Json]) -> set[str]:
    """The properties that every call has: required ones, and those with a default."""
    required = parameters.get("required")
    given = {name for name in required if isinstance(name, str)} if isinstance(required, list) else set()
    given.update(name for name, schema in properties.items() if isinstance(schema, dict) and "default" in schema)
    return given


def _signature(args: ast.arguments) -> _Signature:
    positional = [*args.posonlyargs, *args.args]
    without_default = len(positional) - len(args.defaults)
    optional = {arg.arg: index >= without_default for index, arg in enumerate(positional)}
    only = {arg.arg: optional[arg.arg] for arg in args.posonlyargs}
    keyword = {arg.arg: optional[arg.arg] for arg in args.args}
    keyword.update(
        {arg.arg: default is not None for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True)}
    )
    return _Signature(only, keyword, args.kwarg is not None)


def _disagreements(signature: _Signature, properties: dict[str, Json], given: set[str]) -> Iterator[tuple[str, str]]:
    for name, optional in signature.positional_only.items():
        if not optional or name in properties:
            yield (
                "main-positional-only",
                f"main takes {name} by position only, but arguments are passed by name; remove the `/`.",
            )
    for name in properties:
        if name not in signature.keyword and name not in signature.positional_only and not signature.takes_any:
            yield (
                "main-missing-parameter",
                f"main has no parameter {name[:64]}, which the manifest promises; add it, or take **arguments.",
            )
    for name, optional in signature.keyword.items():
        if optional:
            continue
        if name not in properties:
            yield (
                "main-extra-parameter",
                f"main requires {name}, which the manifest does not know; describe it in parameters or default it.",
            )
        elif name not in given:
            yield (
                "main-optional-parameter",
                f"main requires {name} but the manifest does not; give it a default, or list it under required.",
            )
