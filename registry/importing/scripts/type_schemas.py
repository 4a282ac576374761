"""Python's annotations as JSON Schema: what both can express, and what the sandbox makes of JSON on the way in."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, Final

from .class_schemas import constrain, describe_class, read_field
from .constant_values import UNKNOWN, evaluate
from .module_names import ModuleNames

Schema = dict[str, Any]
_MOST_DEPTH: Final = 8
_PAIR: Final = 2
_PLAIN: Final[dict[str, Schema]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "complex": {"type": "string"},
    "bool": {"type": "boolean"},
    "bytes": {"type": "string", "contentEncoding": "base64"},
    "bytearray": {"type": "string", "contentEncoding": "base64"},
    "None": {"type": "null"},
    "decimal.Decimal": {"type": ["number", "string"]},
    "fractions.Fraction": {"type": ["number", "string"]},
    "numbers.Number": {"type": "number"},
    "numbers.Real": {"type": "number"},
    "datetime.date": {"type": "string", "format": "date"},
    "datetime.datetime": {"type": "string", "format": "date-time"},
    "datetime.time": {"type": "string", "format": "time"},
    "datetime.timedelta": {"type": "number", "description": "Seconds."},
    "uuid.UUID": {"type": "string", "format": "uuid"},
    "pathlib.Path": {"type": "string"},
    "pathlib.PurePath": {"type": "string"},
    "pathlib.PosixPath": {"type": "string"},
    "os.PathLike": {"type": "string"},
    "re.Pattern": {"type": "string", "format": "regex"},
    "ipaddress.IPv4Address": {"type": "string", "format": "ipv4"},
    "ipaddress.IPv6Address": {"type": "string", "format": "ipv6"},
    "pydantic.EmailStr": {"type": "string", "format": "email"},
    "pydantic.HttpUrl": {"type": "string", "format": "uri"},
    "pydantic.AnyUrl": {"type": "string", "format": "uri"},
    "pydantic.AnyHttpUrl": {"type": "string", "format": "uri"},
    "pydantic.FilePath": {"type": "string"},
    "pydantic.DirectoryPath": {"type": "string"},
    "pydantic.SecretStr": {"type": "string", "writeOnly": True},
    "pydantic.PositiveInt": {"type": "integer", "exclusiveMinimum": 0},
    "pydantic.NonNegativeInt": {"type": "integer", "minimum": 0},
    "pydantic.PositiveFloat": {"type": "number", "exclusiveMinimum": 0},
    "pydantic.NonNegativeFloat": {"type": "number", "minimum": 0},
    "pandas.DataFrame": {"type": "array", "items": {"type": "object"}},
    "numpy.ndarray": {"type": "array"},
}
_SHORT: Final = {name.rpartition(".")[2]: schema for name, schema in _PLAIN.items() if name != "pandas.DataFrame"}
_SEQUENCES: Final = {"list", "List", "Sequence", "MutableSequence", "Iterable", "Collection", "Iterator", "Generator"}
_SETS: Final = {"set", "Set", "frozenset", "FrozenSet", "AbstractSet", "MutableSet"}
_OBJECTS: Final = {"dict", "Dict", "Mapping", "MutableMapping", "OrderedDict", "defaultdict", "DefaultDict", "Counter"}
_CALLS: Final = {"conint": "integer", "confloat": "number", "constr": "string", "condecimal": "number"}


def derive_schema(node: ast.expr | None, names: ModuleNames, depth: int = 0) -> Schema:
    """The schema of an annotation; empty where JSON Schema cannot say it.

    ``X | None`` gives the schema of X at the top, because ``required`` says whether a parameter may be left out.
    """
    if node is None or depth > _MOST_DEPTH:
        return {}
    if isinstance(node, ast.Constant):
        return _text(node, names, depth)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([node.left, node.right], names, depth)
    if isinstance(node, ast.Subscript):
        items = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
        return _generic(names.full_name(node.value), items, names, depth)
    if isinstance(node, ast.Call):
        kind = _CALLS.get(names.full_name(node.func).rpartition(".")[2])
        return constrain({"type": kind}, node, names) if kind else {}
    return _named(names.full_name(node), names, depth)


def is_optional(node: ast.expr | None, names: ModuleNames) -> bool:
    """Whether an annotation takes None."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return is_optional(ast.parse(node.value, mode="eval").body, names)
        except (SyntaxError, ValueError):
            return False
    if isinstance(node, ast.Constant):
        return node.value is None
    if isinstance(node, ast.BinOp):
        return is_optional(node.left, names) or is_optional(node.right, names)
    if isinstance(node, ast.Subscript):
        name = names.full_name(node.value).rpartition(".")[2]
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return name == "Optional" or (name in {"Union", "Annotated"} and any(is_optional(one, names) for one in items))
    return False


def _text(node: ast.Constant, names: ModuleNames, depth: int) -> Schema:
    if node.value is None:
        return {"type": "null"}
    if not isinstance(node.value, str):
        return {}
    try:
        return derive_schema(ast.parse(node.value, mode="eval").body, names, depth + 1)
    except (SyntaxError, ValueError, RecursionError):
        return {}


def _named(full: str, names: ModuleNames, depth: int) -> Schema:  # noqa: PLR0911 -- one for each kind
    last = full.rpartition(".")[2]
    if full in _PLAIN:
        return dict(_PLAIN[full])
    if (found := names.find_class(full)) is not None:
        there, cls = found
        return describe_class(cls, there, lambda one: _inner(one, there, depth + 1))
    if (alias := names.find_constant(full)) is not None:
        return _alias(alias[1], alias[0], depth)
    if last in _SEQUENCES:
        return {"type": "array"}
    if last in {"tuple", "Tuple"}:
        return {"type": "array"}
    if last in _SETS:
        return {"type": "array", "uniqueItems": True}
    if last in _OBJECTS:
        return {"type": "object"}
    return dict(_SHORT.get(last, {})) if "." in full else {}


def _alias(value: ast.expr, names: ModuleNames, depth: int) -> Schema:
    """``Rows = list[dict]``, ``UserId = NewType("UserId", int)``."""
    if isinstance(value, ast.Call) and names.full_name(value.func).endswith("NewType") and len(value.args) > 1:
        return derive_schema(value.args[1], names, depth + 1)
    plain = isinstance(value, ast.Subscript | ast.BinOp | ast.Name | ast.Attribute)
    return derive_schema(value, names, depth + 1) if plain else {}


def _generic(full: str, items: Sequence[ast.expr], names: ModuleNames, depth: int) -> Schema:  # noqa: PLR0911
    name = full.rpartition(".")[2]
    if name in {"Optional", "Union"}:
        return _union(items, names, depth)
    if name in {"Annotated", "Required", "NotRequired", "ReadOnly", "Final", "ClassVar", "Awaitable", "Coroutine"}:
        schema = derive_schema(items[-1] if name == "Coroutine" else items[0], names, depth + 1)
        for extra in items[1:] if name == "Annotated" else ():
            schema = _annotated(schema, extra, names)
        return schema
    if name == "Literal":
        return _literal([evaluate(item, names) for item in items])
    if name in _SEQUENCES:
        return _array(items[0], names, depth)
    if name in {"tuple", "Tuple"}:
        return _tuple(items, names, depth)
    if name in _SETS:
        return {**_array(items[0], names, depth), "uniqueItems": True}
    if name in _OBJECTS:
        inner = _inner(items[-1], names, depth + 1) if len(items) > 1 else {}
        return {"type": "object", "additionalProperties": inner} if inner else {"type": "object"}
    return _named(full, names, depth)


def _annotated(schema: Schema, extra: ast.expr, names: ModuleNames) -> Schema:
    if isinstance(extra, ast.Constant) and isinstance(extra.value, str):
        return {**schema, "description": " ".join(extra.value.split())}
    if not isinstance(extra, ast.Call):
        return schema
    if names.full_name(extra.func).rpartition(".")[2] == "Doc" and extra.args:
        said = evaluate(extra.args[0], names)
        return {**schema, "description": " ".join(said.split())} if isinstance(said, str) else schema
    return read_field(schema, extra, names).schema


def _union(items: Sequence[ast.expr], names: ModuleNames, depth: int) -> Schema:
    flat: list[ast.expr] = []
    for item in items:
        flat.extend(
            [item.left, item.right] if isinstance(item, ast.BinOp) and isinstance(item.op, ast.BitOr) else [item]
        )
    kept = [item for item in flat if not (isinstance(item, ast.Constant) and item.value is None)]
    schemas: list[Schema] = []
    for item in kept:
        if (schema := derive_schema(item, names, depth + 1)) not in schemas:
            schemas.append(schema)
    if len(schemas) == 1:
        return schemas[0]
    if not schemas or not all(schemas):
        return {}
    if all(set(schema) == {"type"} and isinstance(schema["type"], str) for schema in schemas):
        return {"type": [schema["type"] for schema in schemas]}
    return {"anyOf": schemas}


def _inner(node: ast.expr, names: ModuleNames, depth: int) -> Schema:
    """The schema of a part, where None must be said."""
    schema = derive_schema(node, names, depth)
    if not schema or not is_optional(node, names):
        return schema
    if set(schema) == {"type"} and isinstance(schema["type"], str):
        return {"type": [schema["type"], "null"]}
    return {"anyOf": [*(schema["anyOf"] if set(schema) == {"anyOf"} else [schema]), {"type": "null"}]}


def _array(item: ast.expr, names: ModuleNames, depth: int) -> Schema:
    inner = _inner(item, names, depth + 1)
    return {"type": "array", "items": inner} if inner else {"type": "array"}


def _tuple(items: Sequence[ast.expr], names: ModuleNames, depth: int) -> Schema:
    if len(items) == _PAIR and isinstance(items[1], ast.Constant) and items[1].value is ...:
        return _array(items[0], names, depth)
    inner = [_inner(item, names, depth + 1) for item in items]
    if inner and all(one == inner[0] for one in inner) and inner[0]:
        return {"type": "array", "items": inner[0], "minItems": len(inner), "maxItems": len(inner)}
    return {"type": "array", "minItems": len(inner), "maxItems": len(inner)}


def _literal(values: Sequence[Any]) -> Schema:
    plain = [value for value in values if value is not UNKNOWN and isinstance(value, str | int | bool)]
    if not plain or len(plain) + values.count(None) != len(values):
        return {}
    return {"type": "string", "enum": plain} if all(isinstance(one, str) for one in plain) else {"enum": plain}
