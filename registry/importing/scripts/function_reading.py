"""The parameters of a function: from its annotations, its defaults, its docstring, and from what it does with them."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import Any, Final

from .constant_values import UNKNOWN, evaluate
from .docstrings import read_docstring
from .module_names import FunctionDef, ModuleNames, list_arguments, walk_own
from .parameters import Giving, Parameter, make_name
from .type_schemas import derive_schema, is_optional

_WORDS: Final = {
    "str": "string",
    "string": "string",
    "text": "string",
    "int": "integer",
    "integer": "integer",
    "float": "number",
    "number": "number",
    "bool": "boolean",
    "boolean": "boolean",
    "list": "array",
    "tuple": "array",
    "dict": "object",
    "path": "string",
}
_TEXT_METHODS: Final = {
    "split",
    "strip",
    "lower",
    "upper",
    "replace",
    "encode",
    "startswith",
    "endswith",
    "splitlines",
    "title",
}
_OBJECT_METHODS: Final = {"items", "keys", "values", "get"}
_ARITHMETIC: Final = (ast.Mult, ast.Div, ast.Sub, ast.Pow, ast.Mod, ast.FloorDiv)
_BY_CALL: Final = {
    "range": "integer",
    "math.sqrt": "number",
    "round": "number",
    "abs": "number",
    "sum": "array",
    "sorted": "array",
    "max": "array",
    "min": "array",
    "enumerate": "array",
}
_TEXT_CALLS: Final = re.compile(
    r"^(re\.|open$|os\.path\.|pathlib\.Path$|json\.loads$|requests\.|urllib|socket\.|datetime\.|yaml\.)"
)
_OPEN_NAMES: Final = {"Any", "object", "typing.Any", "T"}


def read_function(function: FunctionDef, names: ModuleNames, skip: int = 0) -> list[Parameter]:
    """Everything that a call may give; the first ``skip`` (self) are left out."""
    said = read_docstring(ast.get_docstring(function))
    positional_only = {argument.arg for argument in function.args.posonlyargs}
    found: list[Parameter] = []
    for argument, default in list_arguments(function)[skip:]:
        giving: Giving = "position" if argument.arg in positional_only else "keyword"
        found.append(_parameter(argument, default, giving, function, names))
    if function.args.vararg is not None:
        item = derive_schema(function.args.vararg.annotation, names)
        schema = {"type": "array", **({"items": item} if item else {})}
        name = function.args.vararg.arg
        found.append(
            Parameter(make_name(name), "positions", schema, said.parameters.get(name, ""), source=name, default=[])
        )
        # What comes before *args can be given by position only.
        found = [_by_position(one, function) for one in found]
    if function.args.kwarg is not None:
        name = function.args.kwarg.arg
        text = said.parameters.get(name, "")
        found.append(Parameter(make_name(name), "keywords", {"type": "object"}, text, source=name))
    return found


def is_constructible(function: FunctionDef, names: ModuleNames) -> bool:
    """Whether JSON can say every argument that the function needs."""
    for argument, default in list_arguments(function):
        if argument.annotation is None or default is not None or argument.arg in {"self", "cls"}:
            continue
        full = names.full_name(argument.annotation)
        if derive_schema(argument.annotation, names) and not full.startswith(("pandas.", "numpy.")):
            continue
        if full in _OPEN_NAMES or (
            isinstance(argument.annotation, ast.Subscript) and "Callable" not in ast.unparse(argument.annotation)
        ):
            continue
        return False
    return True


def returns_value(function: FunctionDef) -> bool:
    """Whether the function gives something back, or yields it."""
    for node in walk_own(function):
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if isinstance(node, ast.Return) and not _is_none(node.value):
            return True
    return False


def _is_none(node: ast.expr | None) -> bool:
    return node is None or (isinstance(node, ast.Constant) and node.value is None)


def derive_returns(function: FunctionDef, names: ModuleNames, said: str) -> dict[str, Any]:
    """The schema of the result; empty where the annotation does not say it, or a way out returns nothing."""
    if function.returns is None or is_optional(function.returns, names) or not returns_value(function):
        return {}
    empty = any(isinstance(node, ast.Return) and _is_none(node.value) for node in walk_own(function))
    schema = {} if empty else derive_schema(function.returns, names)
    plain = {key: value for key, value in schema.items() if key in {"type", "items", "properties"}}
    if not plain or not isinstance(plain.get("type"), str) or plain["type"] == "null":
        return {}
    if "contentEncoding" in schema:  # bytes come as an object with their base64
        return {}
    plain = _loose(plain)
    return {**plain, **({"description": said} if said else {})}


def _loose(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema of a result that holds whatever Python is loose about: what is there has the type, if it is simple."""
    kind = schema.get("type")
    found: dict[str, Any] = {"type": kind} if isinstance(kind, str) else {}
    if kind == "object" and isinstance(schema.get("properties"), dict):
        found["properties"] = {
            name: {"description": one["description"]} if one.get("description") else {}
            for name, one in schema["properties"].items()
        }
    return found


def _parameter(
    argument: ast.arg, default: ast.expr | None, giving: Giving, function: FunctionDef, names: ModuleNames
) -> Parameter:
    said = read_docstring(ast.get_docstring(function))
    name = argument.arg
    value = evaluate(default, names) if default is not None else UNKNOWN
    schema = derive_schema(argument.annotation, names)
    if argument.annotation is None:
        schema = _by_words(said.types.get(name, "")) or _by_default(value) or _by_use(name, function, names)
    description = said.parameters.get(name) or schema.pop("description", "")
    return Parameter(
        name=make_name(name) if not name.isidentifier() or name.startswith("_") else name,
        giving=giving,
        schema=schema,
        description=description,
        required=default is None,
        default=UNKNOWN if value is None else value,
        source=name,
        annotation=ast.unparse(argument.annotation) if argument.annotation is not None else "",
        dest=f"{function.name}:{name}",
    )


def _by_position(one: Parameter, function: FunctionDef) -> Parameter:
    keyword_only = {argument.arg for argument in function.args.kwonlyargs}
    return replace(one, giving="position") if one.giving == "keyword" and one.source not in keyword_only else one


def _by_words(text: str) -> dict[str, Any]:
    """``int, optional`` of a docstring."""
    word = re.split(r"[\s,\[(|]", text.strip().lower().removeprefix("optional["))[0]
    kind = _WORDS.get(word)
    return {"type": kind} if kind else {}


def _by_default(value: Any) -> dict[str, Any]:
    for python, word in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string")):
        if isinstance(value, python):
            # An int as the default of something that nobody typed is often a number.
            return {"type": "number" if word == "integer" and not isinstance(value, bool) else word}
    return {"type": "array"} if isinstance(value, list) else {"type": "object"} if isinstance(value, dict) else {}


def _by_use(name: str, function: FunctionDef, names: ModuleNames) -> dict[str, Any]:
    """What a parameter must be for what the function does with it; empty where nothing tells."""
    for node in ast.walk(function):
        kind = ""
        if isinstance(node, ast.Call):
            kind = _of_method(name, node.func) or _of_call(name, node, names)
        elif isinstance(node, ast.For | ast.comprehension) and _is_named(node.iter, name):
            kind = "array"
        elif isinstance(node, ast.Subscript) and _is_named(node.value, name):
            kind = "object" if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str) else ""
        elif isinstance(node, ast.BinOp) and isinstance(node.op, _ARITHMETIC):
            formatting = isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant)
            kind = "number" if not formatting and (_is_named(node.left, name) or _is_named(node.right, name)) else ""
        if kind:
            return {"type": kind}
    return {}


def _is_named(node: ast.AST | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _of_method(name: str, called: ast.expr) -> str:
    """``name.split()`` is of a text."""
    if not isinstance(called, ast.Attribute) or not _is_named(called.value, name):
        return ""
    return "string" if called.attr in _TEXT_METHODS else "object" if called.attr in _OBJECT_METHODS else ""


def _of_call(name: str, call: ast.Call, names: ModuleNames) -> str:
    """``sum(name)`` is of a list."""
    if not call.args or not _is_named(call.args[0], name):
        return ""
    full = names.full_name(call.func)
    return _BY_CALL.get(full) or ("string" if _TEXT_CALLS.match(full) else "")
