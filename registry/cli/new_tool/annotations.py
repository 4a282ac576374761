"""Python's annotations as JSON Schema, as far as both can express the same."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from registry.model import Json

_SCALARS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_LISTS = {"list", "List", "Sequence", "Iterable", "tuple", "Tuple", "set", "frozenset"}
_OBJECTS = {"dict", "Dict", "Mapping", "MutableMapping", "TypedDict"}


def derive_schema(annotation: ast.expr | None) -> dict[str, Json]:
    """The schema of an annotation; empty if JSON Schema cannot express it.

    ``X | None`` gives the schema of X, because ``required`` says whether a parameter may be left out.
    """
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            return derive_schema(ast.parse(annotation.value, mode="eval").body)
        except (SyntaxError, ValueError):
            return {}
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return _union([annotation.left, annotation.right])
    if isinstance(annotation, ast.Subscript):
        return _generic(_name(annotation.value), _items(annotation.slice))
    return _plain(_name(annotation))


def _plain(name: str) -> dict[str, Json]:
    if name in _SCALARS:
        return {"type": _SCALARS[name]}
    if name in _LISTS:
        return {"type": "array"}
    return {"type": "object"} if name in _OBJECTS else {}


def _generic(name: str, items: Sequence[ast.expr]) -> dict[str, Json]:
    if name in {"Optional", "Union"}:
        return _union(items)
    if name == "Annotated" and items:
        return derive_schema(items[0])
    if name == "Literal":
        values = [item.value for item in items if isinstance(item, ast.Constant)]
        plain = [value for value in values if isinstance(value, str | int | bool)]
        return {"enum": plain} if plain and len(plain) == len(items) else {}
    if name in _LISTS:
        inner = derive_schema(items[0]) if items else {}
        return {"type": "array", "items": inner} if inner else {"type": "array"}
    return _plain(name)


def _union(items: Sequence[ast.expr]) -> dict[str, Json]:
    schemas = [derive_schema(item) for item in items if not (isinstance(item, ast.Constant) and item.value is None)]
    if len(schemas) == 1:
        return schemas[0]
    return {"anyOf": schemas} if schemas and all(schemas) else {}


def _items(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def _name(node: ast.expr | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
