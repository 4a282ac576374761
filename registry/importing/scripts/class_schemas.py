"""Classes as JSON Schema: enums, dataclasses, TypedDicts, named tuples and pydantic models."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from .constant_values import UNKNOWN, enum_members, evaluate
from .docstrings import one_line, read_docstring
from .module_names import ModuleNames

_KEYWORDS: Final = {
    "ge": "minimum",
    "le": "maximum",
    "gt": "exclusiveMinimum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
    "min_length": "minLength",
    "max_length": "maxLength",
    "min_items": "minItems",
    "max_items": "maxItems",
    "pattern": "pattern",
    "regex": "pattern",
    "min": "minimum",
    "max": "maximum",
}
_MARKERS: Final = {"Ge": "minimum", "Le": "maximum", "Gt": "exclusiveMinimum", "Lt": "exclusiveMaximum"}
_MOST_BASES: Final = 5
_LENGTHS: Final = {"minLength": "minItems", "maxLength": "maxItems"}


@dataclass(frozen=True, slots=True)
class FieldSaid:
    """What ``Field(…)`` says: the schema with its bounds and description, and the default (UNKNOWN: none)."""

    schema: dict[str, Any]
    default: Any = UNKNOWN
    required: bool = True


def describe_class(
    cls: ast.ClassDef, names: ModuleNames, describe: Callable[[ast.expr], dict[str, Any]]
) -> dict[str, Any]:
    """The schema of a class that is made from JSON; empty for any other. ``describe`` gives that of an annotation."""
    members = enum_members(cls, names)
    if members is not None:
        values = [value for value in members.values() if value is not UNKNOWN]
        if len(values) != len(members) or not values or not all(isinstance(one, str | int | float) for one in values):
            return {}
        return {"type": "string", "enum": values} if all(isinstance(one, str) for one in values) else {"enum": values}
    kind = _kind(cls, names)
    if not kind:
        return {}
    said = read_docstring(ast.get_docstring(cls))
    properties: dict[str, Any] = {}
    required: list[str] = []
    for field in _fields(cls, names):
        if not isinstance(field.target, ast.Name) or names.full_name(_outer(field.annotation)).endswith("ClassVar"):
            continue
        name = field.target.id
        found = read_field(describe(field.annotation), field.value, names)
        schema = found.schema
        if name in said.parameters:
            schema = {"description": said.parameters[name], **schema}
        optional = names.full_name(_outer(field.annotation)).endswith("NotRequired") or (
            kind == "TypedDict" and _is_partial(cls)
        )
        if found.default is not UNKNOWN and found.default is not None:
            schema = {**schema, "default": found.default}
        if found.required and not optional:
            required.append(name)
        properties[name] = schema
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def read_field(schema: dict[str, Any], value: ast.expr | None, names: ModuleNames) -> FieldSaid:
    """A schema with what the right side of a field says: ``= 3``, ``= Field(3, ge=1)``, ``= field(default=3)``."""
    if value is None:
        return FieldSaid(schema)
    if not isinstance(value, ast.Call):
        return FieldSaid(
            schema, evaluate(value, names), required=isinstance(value, ast.Constant) and value.value is ...
        )
    name = names.full_name(value.func).rpartition(".")[2]
    given = {one.arg: one.value for one in value.keywords if one.arg}
    if name in _MARKERS and value.args:
        return FieldSaid({**schema, _MARKERS[name]: evaluate(value.args[0], names)})
    if name not in {
        "Field",
        "field",
        "Len",
        "MinLen",
        "MaxLen",
        "Interval",
        "StringConstraints",
        "Query",
        "Path",
        "Body",
    }:
        return FieldSaid(schema, required=False)
    schema = constrain(schema, value, names)
    first = value.args[0] if value.args and name in {"Field", "Query", "Path", "Body"} else given.get("default")
    if isinstance(first, ast.Constant) and first.value is ...:
        return FieldSaid(schema)
    default = evaluate(first, names) if first is not None else UNKNOWN
    return FieldSaid(schema, default, required=first is None and "default_factory" not in given)


def constrain(schema: dict[str, Any], call: ast.Call, names: ModuleNames) -> dict[str, Any]:
    """A schema with the bounds and the description that a call's keywords say."""
    found = dict(schema)
    array = found.get("type") == "array"
    for one in call.keywords:
        value = evaluate(one.value, names)
        if value is UNKNOWN or value is None:
            continue
        word = _KEYWORDS.get(one.arg or "")
        if word:
            found[_LENGTHS.get(word, word) if array else word] = value
        elif one.arg in {"description", "help"} and isinstance(value, str):
            found["description"] = one_line(value)
    return found


def _kind(cls: ast.ClassDef, names: ModuleNames) -> str:
    """What the class is, among those that JSON makes; "" for any other."""
    for decorator in cls.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if names.full_name(called).rpartition(".")[2] == "dataclass":
            return "dataclass"
    for base in cls.bases:
        last = names.full_name(base).rpartition(".")[2]
        if last in {"TypedDict", "NamedTuple", "BaseModel"}:
            return last
        found = names.find_class(names.full_name(base))
        if found is not None and found[1] is not cls and (kind := _kind(found[1], found[0])):
            return kind
    return ""


def _fields(cls: ast.ClassDef, names: ModuleNames, depth: int = 0) -> list[ast.AnnAssign]:
    """The annotated fields, those of bases in the same file first."""
    found: list[ast.AnnAssign] = []
    for base in cls.bases if depth < _MOST_BASES else ():
        there = names.find_class(names.full_name(base))
        if there is not None and there[1] is not cls:
            found += _fields(there[1], there[0], depth + 1)
    return found + [one for one in cls.body if isinstance(one, ast.AnnAssign)]


def _outer(annotation: ast.expr) -> ast.expr:
    return annotation.value if isinstance(annotation, ast.Subscript) else annotation


def _is_partial(cls: ast.ClassDef) -> bool:
    return any(
        one.arg == "total" and isinstance(one.value, ast.Constant) and one.value.value is False for one in cls.keywords
    )
