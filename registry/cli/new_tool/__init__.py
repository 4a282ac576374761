"""A tool's first tool.yaml, made from the signature and the docstring of main in its main.py.

main.py is read as a syntax tree and never run. What it does not say is left to the author, with a hint; the manifest is
a draft.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

from docstring_parser import ParseError, parse
from docstring_parser.common import Docstring

from registry.errors import InputRefused
from registry.manifest import MainDef, read_source, write_canonical
from registry.model import Json

from .annotations import derive_schema

TEMPLATES: Final = {path.stem: path for path in sorted((Path(__file__).parent / "templates").glob("*.txt"))}
_UNSAID = "Say what {} is, with its unit, its form and an example."
_UNSAID_TOOL = "Say what this tool does, when a model should use it and when it should not, and what comes back."


def write_first_manifest(name: str, main: bytes) -> bytes:
    """The canonical tool.yaml for a main.py. Raises InputRefused when main.py is not valid Python."""
    source = read_source("main.py", main)
    if not source.valid:
        faults = "; ".join(f"main.py:{one.line}:{one.column}: {one.message}" for one in source.findings)
        raise InputRefused(faults)
    said = _parsed(ast.get_docstring(source.main) if source.main else None)
    whole = _parsed(source.docstring)
    manifest: dict[str, Json] = {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "description": _text(said) or _text(whole) or _UNSAID_TOOL,
        "status": "draft",
        "parameters": _parameters(source.main, said),
        "runtime": {"timeout_seconds": 10, "network": _wants_network(source.imports)},
    }
    returns = _returns(source.main, said)
    if returns:
        manifest["returns"] = returns
    return write_canonical(manifest)


def _parameters(main: MainDef | None, said: Docstring) -> dict[str, Json]:
    descriptions = {one.arg_name: " ".join((one.description or "").split()) for one in said.params}
    properties: dict[str, Json] = {}
    required: list[str] = []
    for argument, default in _arguments(main):
        schema = derive_schema(argument.annotation)
        schema["description"] = descriptions.get(argument.arg) or _UNSAID.format(argument.arg)
        if default is None:
            required.append(argument.arg)
        elif (value := _literal(default)) is not None:
            schema["default"] = value
        properties[argument.arg] = schema
    return {
        "type": "object",
        "properties": properties,
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _arguments(main: MainDef | None) -> list[tuple[ast.arg, ast.expr | None]]:
    """Each parameter that is passed by name, with its default."""
    if main is None:
        return []
    args = main.args
    positional = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults))
    return [
        *zip(positional, [*defaults, *args.defaults], strict=True),
        *zip(args.kwonlyargs, args.kw_defaults, strict=True),
    ]


def _literal(node: ast.expr) -> Json:
    """A default as JSON; None for None, and for values that JSON does not have."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    value = list(value) if isinstance(value, tuple) else value
    return value if isinstance(value, bool | int | float | str | list | dict) else None


def _returns(main: MainDef | None, said: Docstring) -> dict[str, Json]:
    schema = derive_schema(main.returns) if main is not None else {}
    if schema and said.returns and said.returns.description:
        schema["description"] = " ".join(said.returns.description.split())
    return schema


def _wants_network(imports: frozenset[str]) -> bool:
    return bool(imports & {"socket", "ssl", "http", "urllib", "requests", "httpx", "aiohttp", "smtplib", "ftplib"})


def _parsed(text: str | None) -> Docstring:
    try:
        return parse(text or "")
    except ParseError:
        return Docstring()


def _text(said: Docstring) -> str:
    parts = (said.short_description, said.long_description)
    return "\n\n".join(" ".join(part.split()) for part in parts if part)
