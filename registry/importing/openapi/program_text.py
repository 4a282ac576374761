"""The main.py of an operation's tool: small, readable, and data alone where the document's own words are in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .authentication import Credential


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
    lines += [f"    method={_literal(method)},", f"    server={_literal(server)},", f"    path={_literal(path)},"]
    if parameters:
        names.add("Parameter")
        lines += _listed("parameters", [_value("Parameter", one, ("argument", "place", "name")) for one in parameters])
    if body is not None:
        names.add("Body")
        lines += _body_lines(body)
    if credentials:
        names.add("Credential")
        made = [_credential(one) for one in credentials]
        lines += _listed("credentials", made)
    if accept:
        lines.append(f"    accept={_literal(accept)},")
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


def _credential(one: Credential) -> str:
    values = {"place": one.place, "secret": one.secret, "name": one.name, "password_secret": one.password_secret}
    return _value("Credential", {key: value for key, value in values.items() if value}, ("place", "secret", "name"))


def _body_lines(body: Mapping[str, Any]) -> list[str]:
    lines = ["    body=Body("]
    for key, value in body.items():
        if not value:
            continue
        if isinstance(value, dict):
            lines.append(f"        {key}={{")
            lines += [f"            {_literal(name)}: {_literal(one)}," for name, one in value.items()]
            lines.append("        },")
        else:
            lines.append(f"        {key}={_literal(value)},")
    return [*lines, "    ),"]


def _listed(key: str, values: list[str]) -> list[str]:
    return [f"    {key}=(", *(f"        {value}," for value in values), "    ),"]


def _value(name: str, keywords: Mapping[str, Any], positional: tuple[str, ...]) -> str:
    parts = []
    by_position = True
    for key in positional:
        by_position = by_position and key in keywords
        if key in keywords:
            parts.append(_literal(keywords[key]) if by_position else f"{key}={_literal(keywords[key])}")
    parts += [f"{key}={_literal(value)}" for key, value in keywords.items() if key not in positional]
    return f"{name}({', '.join(parts)})"


def _literal(value: Any) -> str:
    """Python for a text, a truth, or a tuple of texts."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_literal, value)) + ("," if len(value) == 1 else "") + ")"
    return json.dumps(str(value), ensure_ascii=not str(value).isprintable())


def _plain(text: str) -> str:
    """A text that ends no docstring and escapes nothing."""
    return "".join(one if one.isprintable() and one not in '"\\' else "_" for one in text)[:120]
