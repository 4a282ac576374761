"""The main.py of an operation's tool: small, readable, and data alone where the document's own words are in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .authentication import Credential
from .program_literals import write_literal, write_value


def write_program(
    *,
    method: str,
    server: str,
    path: str,
    parameters: list[dict[str, Any]],
    body: Mapping[str, Any] | None,
    credentials: tuple[Credential, ...],
    accept: str,
) -> bytes:
    """main.py. Everything from the document is written as a literal; no word of it becomes code."""
    names = {"Operation", "call"}
    lines = ["OPERATION = Operation("]
    lines += [
        f"    method={write_literal(method)},",
        f"    server={write_literal(server)},",
        f"    path={write_literal(path)},",
    ]
    if parameters:
        names.add("Parameter")
        lines += _listed(
            "parameters", [write_value("Parameter", one, ("argument", "place", "name")) for one in parameters]
        )
    if body is not None:
        names.add("Body")
        lines += _body_lines(body)
    if credentials:
        names.add("Credential")
        lines += _listed("credentials", [one.write() for one in credentials])
    if accept:
        lines.append(f"    accept={write_literal(accept)},")
    lines.append(")")
    imports = ", ".join(sorted(names, key=lambda name: (name.islower(), name)))
    head = [
        f'"""{_plain(method)} {_plain(path)} of {_plain(server)}, made from its OpenAPI document."""',
        "",
        "from __future__ import annotations",
        "",
        f"from openapi_call import {imports}",
        "",
    ]
    tail = [
        "",
        "",
        "def main(arguments: dict) -> object:",
        '    """Send the operation with these arguments; raises for an answer that is an error."""',
        "    return call(OPERATION, arguments)",
        "",
    ]
    return "\n".join([*head, *lines, *tail]).encode()


def _body_lines(body: Mapping[str, Any]) -> list[str]:
    lines = ["    body=Body("]
    for key, value in body.items():
        if not value:
            continue
        if isinstance(value, dict):
            lines.append(f"        {key}={{")
            lines += [f"            {write_literal(name)}: {write_literal(one)}," for name, one in value.items()]
            lines.append("        },")
        else:
            lines.append(f"        {key}={write_literal(value)},")
    return [*lines, "    ),"]


def _listed(key: str, values: list[str]) -> list[str]:
    return [f"    {key}=(", *(f"        {value}," for value in values), "    ),"]


def _plain(text: str) -> str:
    """A text that ends no docstring and escapes nothing."""
    return "".join(one if one.isprintable() and one not in '"\\' else "_" for one in text)[:120]
