"""What a script calls when it is started: the one function or class that its program line, or its main, is for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from .constant_values import UNKNOWN, evaluate
from .entry import METHODS, Entry, describe_callable, describe_method, find_constructor
from .function_reading import is_constructible, returns_value
from .module_names import FunctionDef, ModuleNames, list_arguments

_HELPERS: Final = re.compile(
    r"^(format|fmt|human|print|parse|load|read|get_logger|setup|configure|log|debug|usage|init|build_parser|to|is|_)"
)


def read_guarded(guard: ast.stmt, names: ModuleNames) -> Entry | None:
    """What the script calls when it is started, where that is one function or one class with values written there."""
    calls = list(_own_calls(guard, names))
    if len(calls) != 1:
        return None
    call = calls[0]
    full = names.full_name(call.func)
    if full in names.classes:
        return _guarded_class(call, guard, names)
    function = names.functions.get(full)
    if function is None:
        return None
    if list_arguments(function):
        example = _literal_arguments(call, function, names)
        return describe_callable(function, names, example=example) if example is not None else None
    if returns_value(function) and not _prints(function) and _is_bare(guard, call):
        return describe_callable(function, names)
    return _one_typed(function, names)


def read_handed_on(names: ModuleNames) -> Entry | None:
    """The one public typed function, where ``main`` only hands its command line on to it: its types say more."""
    main = names.functions.get("main")
    function = _find_one_typed(main, names) if main is not None else None
    if main is None or function is None:
        return None
    read = {
        target.id
        for one in ast.walk(main)
        if isinstance(one, ast.Assign) and "sys.argv" in ast.unparse(one.value)
        for target in ast.walk(one.targets[0])
        if isinstance(target, ast.Name)
    }
    calls = _find_calls(function, main, names)
    values = [value for call in calls for value in (*call.args, *(one.value for one in call.keywords))]
    handed = [value for value in values if read & _names_of(value) or "sys.argv" in ast.unparse(value)]
    return describe_callable(function, names) if len(calls) == 1 and handed and handed == values else None


def _guarded_class(call: ast.Call, guard: ast.stmt, names: ModuleNames) -> Entry | None:
    cls = names.classes[names.full_name(call.func)]
    text = ast.unparse(guard)
    used = [name for name in METHODS if re.search(rf"\.{name}\(", text)]
    entry = describe_method(cls, names, tuple(used)) if len(used) == 1 else None
    if entry is None or entry.constructed == 0:
        return None
    begin = find_constructor(cls)
    example = _literal_arguments(call, begin, names, skip=1) if begin is not None else None
    return replace(entry, example=example) if example is not None else None


def _own_calls(guard: ast.AST, names: ModuleNames) -> Iterator[ast.Call]:
    for node in ast.walk(guard):
        name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        if isinstance(node, ast.Call) and (name in names.functions or name in names.classes):
            yield node


def _is_bare(guard: ast.stmt, call: ast.Call) -> bool:
    """Whether nothing is done with what the call returns."""
    return any(isinstance(one, ast.Expr) and one.value is call for one in getattr(guard, "body", []))


def _one_typed(main: FunctionDef, names: ModuleNames) -> Entry | None:
    """The one public typed function that is not main, where it is more than a helper of main's."""
    function = _find_one_typed(main, names)
    if function is None or _HELPERS.match(function.name):
        return None
    if (function.end_lineno or 0) - function.lineno < (main.end_lineno or 0) - main.lineno:
        return None
    calls = _find_calls(function, main, names)
    return describe_callable(function, names, example=_literal_arguments(calls[0], function, names) if calls else None)


def _find_one_typed(main: FunctionDef, names: ModuleNames) -> FunctionDef | None:
    """The one public function beside main, where its annotations say all that a tool's parameters need."""
    public = [one for one in names.functions.values() if one is not main and not one.name.startswith("_")]
    if len(public) != 1 or not is_constructible(public[0], names) or not returns_value(public[0]):
        return None
    arguments = list_arguments(public[0])
    return public[0] if arguments and all(one.annotation is not None for one, _ in arguments) else None


def _find_calls(function: FunctionDef, within: FunctionDef, names: ModuleNames) -> list[ast.Call]:
    """Where one function calls another."""
    nodes = ast.walk(within)
    return [one for one in nodes if isinstance(one, ast.Call) and names.full_name(one.func) == function.name]


def _names_of(value: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(value) if isinstance(one, ast.Name)}


def _literal_arguments(
    call: ast.Call, function: FunctionDef, names: ModuleNames, skip: int = 0
) -> dict[str, Any] | None:
    """The arguments of a call by the function's names; None where one is known only when the script runs."""
    found: dict[str, Any] = {}
    arguments = [argument.arg for argument, _ in list_arguments(function)][skip:]
    for name, value in zip(arguments, call.args, strict=False):
        found[name] = evaluate(value, names)
    for one in call.keywords:
        if one.arg:
            found[one.arg] = evaluate(one.value, names)
    return None if any(value is UNKNOWN for value in found.values()) else found


def _prints(function: FunctionDef) -> bool:
    return any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id in {"print", "pprint", "echo"}
        for one in ast.walk(function)
    )
