"""The commands of a script that uses typer, by the signatures of its functions."""

from __future__ import annotations

import ast
from typing import Any, Final

from .constant_values import UNKNOWN, enum_members, evaluate
from .docstrings import one_line, read_docstring
from .module_names import FunctionDef, ModuleNames, list_arguments
from .parameters import Command, FileUse, Parameter, make_name
from .type_schemas import derive_schema, is_optional

_CONTEXTS: Final = {"typer.Context", "click.Context"}
_MOST_DEPTH: Final = 5


def read_typer(names: ModuleNames) -> list[Command]:
    """Every command of the script's apps, or the function that ``typer.run`` starts; empty where there is none."""
    apps = {
        name
        for name, value in names.constants.items()
        if isinstance(value, ast.Call) and names.full_name(value.func).endswith("typer.Typer")
    }
    added = _added(names)
    roots = [app for app in sorted(apps) if app not in {child for _, child, _ in added}]
    called = [app for app in roots if _is_called(app, names)] or roots[:1]
    found = [command for app in called[:1] for command in _commands(app, added, names, 0)]
    if found or apps:
        return found
    for node in ast.walk(names.tree):
        if isinstance(node, ast.Call) and names.full_name(node.func) == "typer.run" and node.args:
            function = names.functions.get(names.full_name(node.args[0]))
            if function is not None:
                return [Command((), (tuple(_parameters(function, names)),), _said(function))]
    return []


def _commands(app: str, added: list[tuple[str, str, str]], names: ModuleNames, depth: int) -> list[Command]:
    own: tuple[Parameter, ...] = ()
    commands: list[tuple[str, FunctionDef]] = []
    has_callback = False
    for function in names.functions.values():
        for decorator in function.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            full = names.full_name(called)
            if full == f"{app}.callback":
                own, has_callback = tuple(_parameters(function, names)), True
            elif full == f"{app}.command":
                commands.append((_word(decorator, function, names), function))
    inner = [(word, child) for parent, child, word in added if parent == app and depth < _MOST_DEPTH]
    if len(commands) == 1 and not inner and not has_callback:
        function = commands[0][1]
        return [Command((), (tuple(_parameters(function, names)),), _said(function))]
    found = [Command((word,), (own, tuple(_parameters(one, names))), _said(one)) for word, one in commands]
    for word, child in inner:
        for command in _commands(child, added, names, depth + 1):
            # An app with one command is that command by itself, but below another app it keeps its word.
            words, segments = command.words, command.segments
            if not words:
                words, segments = (_only_word(child, names),), ((), *segments)
            found.append(Command((word, *words), (own, *segments), command.description))
    return found


def _only_word(app: str, names: ModuleNames) -> str:
    for function in names.functions.values():
        for decorator in function.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if names.full_name(called) == f"{app}.command":
                return _word(decorator, function, names)
    return app


def _added(names: ModuleNames) -> list[tuple[str, str, str]]:
    """``app.add_typer(users, name="users")``: the app, the other, its word."""
    found = []
    for node in ast.walk(names.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        owner, child = node.func.value, node.args[0]
        if node.func.attr == "add_typer" and isinstance(owner, ast.Name) and isinstance(child, ast.Name):
            word = next((evaluate(one.value, names) for one in node.keywords if one.arg == "name"), child.id)
            found.append((owner.id, child.id, str(word)))
    return found


def _is_called(app: str, names: ModuleNames) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == app
        for node in ast.walk(names.tree)
    )


def _word(decorator: ast.expr, function: FunctionDef, names: ModuleNames) -> str:
    if isinstance(decorator, ast.Call):
        given = [evaluate(one, names) for one in decorator.args]
        given += [evaluate(one.value, names) for one in decorator.keywords if one.arg == "name"]
        for one in given:
            if isinstance(one, str):
                return one
    return function.name.lower().replace("_", "-")


def _said(function: FunctionDef) -> str:
    return read_docstring(ast.get_docstring(function)).description


def _parameters(function: FunctionDef, names: ModuleNames) -> list[Parameter]:
    said = read_docstring(ast.get_docstring(function)).parameters
    found = []
    for argument, default in list_arguments(function):
        if names.full_name(argument.annotation) in _CONTEXTS:
            continue
        found.append(_parameter(argument, default, said.get(argument.arg, ""), names, function.name))
    return found


def _parameter(argument: ast.arg, default: ast.expr | None, said: str, names: ModuleNames, function: str) -> Parameter:
    annotation, marker = _split(argument.annotation, names)
    if isinstance(default, ast.Call) and _is_marker(default, names):
        marker = default
        default = default.args[0] if default.args else _keyword(default, "default")
        if isinstance(default, ast.Constant) and default.value is ...:
            default = None
    required = default is None and not is_optional(annotation, names)
    value = evaluate(default, names) if default is not None else UNKNOWN
    value = UNKNOWN if value is None else value
    schema = derive_schema(annotation, names) or {"type": "string"}
    schema = {"type": "string"} if schema.get("type") == ["number", "string"] else schema
    is_list = schema.get("type") == "array"
    has_callback = marker is not None and _keyword(marker, "callback") is not None
    if has_callback and _keyword(marker, "is_eager") is not None:
        schema = {"type": "boolean"}
    is_option = (marker is not None and names.full_name(marker.func).endswith("Option")) or (
        marker is None and (default is not None or schema.get("type") == "boolean")
    )
    flags = [text for one in marker.args if isinstance(text := evaluate(one, names), str)] if marker else []
    flags = [text for text in flags if text.startswith("-")]
    flag = next((one for one in flags if one.startswith("--")), flags[0] if flags else f"--{_dashed(argument.arg)}")
    on, _, off = (part.strip() for part in flag.partition("/"))
    help_text = evaluate(_keyword(marker, "help"), names) if marker else UNKNOWN
    description = one_line(help_text) if isinstance(help_text, str) else said or schema.pop("description", "")
    common: dict[str, Any] = {
        "name": make_name(argument.arg),
        "schema": _bounded(schema, marker, names),
        "description": description,
        "required": required,
        "default": _enum_value(value, annotation, names),
        "dest": f"{function}:{argument.arg}",
        "file": _file(annotation, marker, names),
    }
    if not is_option:
        return Parameter(giving="arguments" if is_list else "argument", **common)
    if schema.get("type") == "boolean":
        alone = flags and not off
        off = off or f"--no-{on.lstrip('-')}"
        common["default"] = value if isinstance(value, bool) else False
        return Parameter(giving="switch" if alone else "either", source=on, off_source=off, **common)
    if marker is not None and evaluate(_keyword(marker, "count"), names) is True:
        return Parameter(giving="count", source=on, **common)
    return Parameter(giving="options" if is_list else "option", source=on, **common)


def _split(annotation: ast.expr | None, names: ModuleNames) -> tuple[ast.expr | None, ast.Call | None]:
    """``Annotated[int, typer.Option(help="…")]`` as the type and the marker."""
    if isinstance(annotation, ast.Subscript) and names.full_name(annotation.value).endswith("Annotated"):
        items = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        markers = [one for one in items[1:] if isinstance(one, ast.Call) and _is_marker(one, names)]
        return items[0], markers[0] if markers else None
    return annotation, None


def _is_marker(call: ast.Call, names: ModuleNames) -> bool:
    return names.full_name(call.func) in {"typer.Option", "typer.Argument"}


def _keyword(call: ast.Call | None, name: str) -> ast.expr | None:
    return next((one.value for one in call.keywords if one.arg == name), None) if call is not None else None


def _dashed(name: str) -> str:
    return name.strip("_").lower().replace("_", "-")


def _bounded(schema: dict[str, Any], marker: ast.Call | None, names: ModuleNames) -> dict[str, Any]:
    bounds = {"minimum": evaluate(_keyword(marker, "min"), names), "maximum": evaluate(_keyword(marker, "max"), names)}
    found = {key: value for key, value in bounds.items() if isinstance(value, int | float)}
    return {**schema, **found} if schema.get("type") in {"integer", "number"} else schema


def _enum_value(value: Any, annotation: ast.expr | None, names: ModuleNames) -> Any:
    found = names.find_class(names.full_name(annotation))
    members = enum_members(found[1], found[0]) if found is not None else None
    return members.get(value, value) if members and isinstance(value, str) else value


def _file(annotation: ast.expr | None, marker: ast.Call | None, names: ModuleNames) -> FileUse | None:
    full = names.full_name(annotation)
    if full.startswith("typer.File"):
        return "output" if "Write" in full else "bytes" if "Binary" in full else "text"
    if evaluate(_keyword(marker, "exists"), names) is not True:
        return None
    if evaluate(_keyword(marker, "file_okay"), names) is False:
        return "folder"
    return "text" if evaluate(_keyword(marker, "dir_okay"), names) is False else None
