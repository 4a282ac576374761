"""What an expression is worth, where its text alone says so."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any, Final

from .module_names import ModuleNames

UNKNOWN: Final[Any] = type("Unknown", (), {"__repr__": lambda _: "UNKNOWN", "__bool__": lambda _: False})()
"""What is known only by running the script."""
_MOST_ITEMS = 500
_DEEPEST = 12
_MOST_ARGUMENTS = 2
_MOST_STEPS = 2_000
"""Constants that are made of constants double with each line."""
_MOST_CHARACTERS = 100_000
_steps_left: ContextVar[int | None] = ContextVar("_steps_left", default=None)
_COLLECTIONS: Final[dict[str, Callable[[Any], Any]]] = {
    "list": list,
    "tuple": list,
    "set": list,
    "frozenset": list,
    "sorted": sorted,
    "str": str,
    "int": int,
    "float": float,
    "len": len,
}


def evaluate(node: ast.AST | None, names: ModuleNames, depth: int = 0) -> Any:
    """The value of an expression of literals, constants of the file, and a few harmless calls; else UNKNOWN.

    So it is where working it out takes more than some thousand steps, or gives a very long text.
    """
    left = _steps_left.get()
    if left is None:
        began = _steps_left.set(_MOST_STEPS)
        try:
            value = _evaluate(node, names, depth)
            return value if (_steps_left.get() or 0) > 0 else UNKNOWN
        finally:
            _steps_left.reset(began)
    if left <= 0:
        return UNKNOWN
    _steps_left.set(left - 1)
    return _evaluate(node, names, depth)


def join_texts(parts: Sequence[Any]) -> Any:
    """Texts and numbers as one text; UNKNOWN where one of them is neither, and for more than is ever meant."""
    if not all(isinstance(part, str | int | float) for part in parts):
        return UNKNOWN
    if sum(len(part) for part in parts if isinstance(part, str)) > _MOST_CHARACTERS:
        return UNKNOWN
    return "".join(map(str, parts))


def _evaluate(node: ast.AST | None, names: ModuleNames, depth: int) -> Any:  # noqa: PLR0911, C901 -- one for each form
    if depth > _DEEPEST or node is None:
        return UNKNOWN
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        items = [evaluate(item, names, depth + 1) for item in node.elts[:_MOST_ITEMS]]
        return UNKNOWN if any(item is UNKNOWN for item in items) else items
    if isinstance(node, ast.Dict):
        return _mapping(node, names, depth)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = evaluate(node.operand, names, depth + 1)
        return -value if isinstance(value, int | float) else UNKNOWN
    if isinstance(node, ast.BinOp):
        return _operation(node, names, depth)
    if isinstance(node, ast.JoinedStr):
        return join_texts([evaluate(part, names, depth + 1) for part in node.values])
    if isinstance(node, ast.FormattedValue):
        return evaluate(node.value, names, depth + 1) if node.format_spec is None else UNKNOWN
    if isinstance(node, ast.Name | ast.Attribute):
        return _named(node, names, depth)
    if isinstance(node, ast.Call):
        return _called(node, names, depth)
    if isinstance(node, ast.ListComp | ast.GeneratorExp):
        return _comprehension(node, names)
    return UNKNOWN


def enum_members(cls: ast.ClassDef, names: ModuleNames) -> dict[str, Any] | None:
    """The members of an Enum with their values (``auto()`` counts as in Enum or, in a StrEnum, as the name)."""
    bases = {names.full_name(base).rpartition(".")[2] for base in cls.bases}
    if not bases & {"Enum", "StrEnum", "IntEnum", "Flag", "IntFlag"}:
        return None
    found: dict[str, Any] = {}
    for one in cls.body:
        if isinstance(one, ast.Assign) and len(one.targets) == 1 and isinstance(one.targets[0], ast.Name):
            name = one.targets[0].id
            automatic = isinstance(one.value, ast.Call) and names.full_name(one.value.func).endswith("auto")
            value = (
                (name.lower() if "StrEnum" in bases else len(found) + 1) if automatic else evaluate(one.value, names)
            )
            if not name.startswith("_"):
                found[name] = value
    return found


def _mapping(node: ast.Dict, names: ModuleNames, depth: int) -> Any:
    keys = [evaluate(key, names, depth + 1) for key in node.keys[:_MOST_ITEMS]]
    if not all(isinstance(key, str | int | float) for key in keys):
        return UNKNOWN
    # The values are asked for rarely; what is unknown among them does not make the keys unknown.
    values = [evaluate(value, names, depth + 1) for value in node.values[:_MOST_ITEMS]]
    return dict(zip(keys, values, strict=True))


def _operation(node: ast.BinOp, names: ModuleNames, depth: int) -> Any:
    left, right = evaluate(node.left, names, depth + 1), evaluate(node.right, names, depth + 1)
    numbers = all(isinstance(side, int | float) and abs(side) < 1 << 64 for side in (left, right))
    if isinstance(node.op, ast.Add):
        if isinstance(left, list) and isinstance(right, list):
            return left + right if len(left) + len(right) <= _MOST_CHARACTERS else UNKNOWN
        both_text = isinstance(left, str) and isinstance(right, str)
        return join_texts([left, right]) if both_text else left + right if numbers else UNKNOWN
    if not numbers:
        return UNKNOWN
    if isinstance(node.op, ast.Mult):
        return left * right
    if isinstance(node.op, ast.Sub):
        return left - right
    return left / right if isinstance(node.op, ast.Div) and right else UNKNOWN


def _named(node: ast.Name | ast.Attribute, names: ModuleNames, depth: int) -> Any:
    full = names.full_name(node)
    if (constant := names.find_constant(full)) is not None:
        return evaluate(constant[1], constant[0], depth + 1)
    base, _, member = full.removesuffix(".value").removesuffix(".name").rpartition(".")
    if (found := names.find_class(base)) is not None and (members := enum_members(found[1], found[0])):
        return member if full.endswith(".name") else members.get(member, UNKNOWN)
    if (found := names.find_class(full)) is not None and (members := enum_members(found[1], found[0])):
        return list(members.values())
    known = {"string.digits": "0123456789", "math.pi": 3.141592653589793, "logging.INFO": 20}
    return known.get(full, UNKNOWN)


def _called(node: ast.Call, names: ModuleNames, depth: int) -> Any:  # noqa: PLR0911 -- one for each call
    if isinstance(node.func, ast.Attribute) and node.func.attr in {"keys", "values", "split", "lower", "upper"}:
        owner = evaluate(node.func.value, names, depth + 1)
        if isinstance(owner, dict) and node.func.attr in {"keys", "values"}:
            return list(getattr(owner, node.func.attr)())
        if isinstance(owner, str) and not node.args and node.func.attr in {"split", "lower", "upper"}:
            return getattr(owner, node.func.attr)()
        return UNKNOWN
    name = names.full_name(node.func)
    values = [evaluate(one, names, depth + 1) for one in node.args]
    if any(value is UNKNOWN for value in values) or len(values) > _MOST_ARGUMENTS:
        return UNKNOWN
    try:
        if name == "range" and all(isinstance(value, int) for value in values):
            numbers = range(*values)
            return list(numbers) if len(numbers) <= _MOST_ITEMS else UNKNOWN
        if name in _COLLECTIONS and len(values) == 1 and not node.keywords:
            return _COLLECTIONS[name](values[0])
    except (TypeError, ValueError, OverflowError):
        return UNKNOWN
    if name in {"pathlib.Path", "pathlib.PurePath"} and len(values) == 1 and isinstance(values[0], str):
        return values[0]
    return UNKNOWN


def _comprehension(node: ast.ListComp | ast.GeneratorExp, names: ModuleNames) -> Any:
    """``[one.value for one in Color]``."""
    (loop, *more), element = node.generators, node.elt
    found = names.find_class(names.full_name(loop.iter))
    if more or loop.ifs or found is None or not isinstance(element, ast.Attribute):
        return UNKNOWN
    members = enum_members(found[1], found[0]) or {}
    return {"value": list(members.values()), "name": list(members)}.get(element.attr, UNKNOWN)
