"""One ``add_argument`` as a parameter."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from .constant_values import UNKNOWN
from .docstrings import one_line
from .module_names import ModuleNames
from .parameters import FileUse, Giving, Parameter, make_name
from .type_schemas import derive_schema

_TYPES: Final[dict[str, dict[str, Any]]] = {
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "str": {"type": "string"},
    "bool": {"type": "string"},  # bool("false") is true: what argparse does with it, the script gets
    "open": {"type": "string"},
    "json.loads": {},
    "datetime.date.fromisoformat": {"type": "string", "format": "date"},
    "datetime.datetime.fromisoformat": {"type": "string", "format": "date-time"},
}
_SILENT: Final = {"help", "version"}


def read_argument(
    flags: Sequence[Any],
    given: Mapping[str, ast.expr],
    literal: Mapping[str, Any],
    names: ModuleNames,
    *,
    exclusive: bool = False,
) -> Parameter | None:
    """The parameter of an ``add_argument``; None for help and version, and where its name is not known.

    ``flags`` are the positional arguments' values, ``given`` the others' expressions, ``literal`` their values.
    """
    texts = [flag for flag in flags if isinstance(flag, str)]
    action = _said(literal, "action")
    if (not texts and not _said(literal, "dest")) or action in _SILENT:
        return None
    if "BooleanOptionalAction" in _text(given.get("action")):
        action = "either"
    flag = next((one for one in texts if one.startswith("--")), texts[0] if texts else _said(literal, "dest"))
    dest = _said(literal, "dest") or flag.lstrip("-").replace("-", "_")
    positional = not flag.startswith("-")
    giving = _giving(action, literal.get("nargs"), positional=positional)
    schema, file = _schema(giving, given, literal, names)
    default = _default(giving, literal)
    required = _is_required(giving, literal, positional=positional) and not exclusive
    return Parameter(
        name=make_name(dest if positional or len(dest) > 1 else flag),
        giving=giving,
        schema=schema,
        description=_help(literal, dest, default),
        required=required and literal.get("default", UNKNOWN) in (UNKNOWN, None),
        default=default,
        source="" if positional else flag,
        off_source=f"--no-{flag[2:]}" if giving == "either" else "",
        file=file,
        dest=dest,
    )


def _giving(action: str, nargs: Any, *, positional: bool) -> Giving:  # noqa: PLR0911 -- one for each action
    if action in {"store_true", "store_const", "append_const"}:
        return "switch"
    if action == "store_false":
        return "off_switch"
    if action == "either":
        return "either"
    if action == "count":
        return "count"
    many = nargs in {"*", "+"} or (isinstance(nargs, int) and not isinstance(nargs, bool))
    if nargs in {"...", "A..."}:
        return "rest"
    if positional:
        return "arguments" if many else "argument"
    if many or action == "extend":
        return "list"
    return "options" if action == "append" else "option"


def _schema(
    giving: Giving, given: Mapping[str, ast.expr], literal: Mapping[str, Any], names: ModuleNames
) -> tuple[dict[str, Any], FileUse | None]:
    if giving in {"switch", "off_switch", "either"}:
        return {"type": "boolean"}, None
    if giving == "count":
        return {"type": "integer", "minimum": 0, "maximum": 10}, None
    one, file = _item(given.get("type"), names)
    choices = literal.get("choices")
    if isinstance(choices, dict):
        choices = list(choices)
    if isinstance(choices, list) and choices and all(isinstance(item, str | int | float) for item in choices):
        one = {**one, "enum": choices} if all(isinstance(item, str) for item in choices) or "type" in one else {}
    if giving not in {"arguments", "list", "options", "rest"}:
        return one, file
    nargs = literal.get("nargs")
    bounds: dict[str, Any] = {"minItems": 1} if nargs == "+" else {}
    if isinstance(nargs, int):
        bounds = {"minItems": nargs, "maxItems": nargs}
    return {"type": "array", "items": one, **bounds}, file


def _item(  # noqa: PLR0911 -- one for each kind of type
    kind: ast.expr | None, names: ModuleNames
) -> tuple[dict[str, Any], FileUse | None]:
    """The schema of one value by its ``type=``, and what it is as a file."""
    if kind is None:
        return {"type": "string"}, None
    if isinstance(kind, ast.Constant):  # optparse names its types
        return dict(_TYPES.get(str(kind.value), {"type": "string"})), None
    called = kind.func if isinstance(kind, ast.Call) else kind
    full = names.full_name(called)
    if full.endswith("FileType") or full == "open":
        mode = next((one.value for one in getattr(kind, "args", []) if isinstance(one, ast.Constant)), "r")
        writes = any(letter in str(mode) for letter in "wax")
        return {"type": "string"}, "output" if writes else "bytes" if "b" in str(mode) else "text"
    if full in _TYPES:
        return dict(_TYPES[full]), None
    if (found := names.find_function(full)) is not None and found[1].returns is not None:
        schema = derive_schema(found[1].returns, found[0])
        plain = schema.get("type") in {"integer", "number"} or "format" in schema
        return (schema if plain else {"type": "string"}), None
    if isinstance(kind, ast.Lambda):
        text = ast.unparse(kind.body)
        return ({"type": "integer"} if re.fullmatch(r"int\(\w+\)", text) else {"type": "string"}), None
    schema = derive_schema(called, names)
    return (schema if schema.get("type") in {"string", "integer", "number"} else {"type": "string"}), None


def _default(giving: Giving, literal: Mapping[str, Any]) -> Any:
    default = literal.get("default", UNKNOWN)
    if giving in {"switch", "off_switch"}:
        return giving == "off_switch"
    if giving == "either":
        return default if isinstance(default, bool) else UNKNOWN
    if giving == "count":
        return default if isinstance(default, int) else 0
    return default if default is not None and default != "==SUPPRESS==" else UNKNOWN


def _is_required(giving: Giving, literal: Mapping[str, Any], *, positional: bool) -> bool:
    if giving in {"switch", "off_switch", "either", "count"}:
        return False
    return literal.get("nargs") not in {"?", "*", "..."} if positional else literal.get("required") is True


def _help(literal: Mapping[str, Any], dest: str, default: Any) -> str:
    text = literal.get("help")
    if not isinstance(text, str) or text == "==SUPPRESS==":
        return ""
    shown = "" if default is UNKNOWN else str(default)
    text = text.replace("%default", shown)
    text = re.sub(r"%\((\w+)\)[sdrf]", lambda found: {"default": shown, "dest": dest}.get(found[1], found[1]), text)
    return one_line(text.replace("%%", "%"))


def _said(literal: Mapping[str, Any], key: str) -> str:
    value = literal.get(key)
    return value if isinstance(value, str) else ""


def _text(node: ast.expr | None) -> str:
    return ast.unparse(node) if node is not None else ""
