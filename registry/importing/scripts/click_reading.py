"""The commands of a script that uses click, by its decorators."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .constant_values import UNKNOWN, evaluate
from .docstrings import one_line, read_docstring
from .module_names import FunctionDef, ModuleNames
from .parameters import Command, FileUse, Giving, Parameter, make_name

_TYPES: Final[dict[str, dict[str, Any]]] = {
    "int": {"type": "integer"},
    "INT": {"type": "integer"},
    "float": {"type": "number"},
    "FLOAT": {"type": "number"},
    "bool": {"type": "boolean"},
    "BOOL": {"type": "boolean"},
    "UUID": {"type": "string", "format": "uuid"},
    "DateTime": {"type": "string"},
    "IntRange": {"type": "integer"},
    "FloatRange": {"type": "number"},
}
_MOST_NESTED: Final = 5
_BUILDERS: Final = {"command", "group"}


@dataclass(frozen=True, slots=True)
class _Decorated:
    """A function that is a command or a group. ``parent`` is the variable of its group, "" for none."""

    function: FunctionDef
    word: str
    is_group: bool
    parent: str


def read_click(names: ModuleNames) -> list[Command]:
    """Every command of the script's groups, or its only one; empty where there is none."""
    found = {name: one for name, function in names.functions.items() if (one := _decorated(function, names))}
    for statement in ast.walk(names.tree):
        if isinstance(statement, ast.Call) and (added := _added(statement)) is not None:
            parent, child, word = added
            if child in found:
                one = found[child]
                found[child] = _Decorated(one.function, word or one.word, one.is_group, parent)
    tops = [name for name, one in found.items() if one.parent not in found]
    groups = [name for name in tops if found[name].is_group]
    chosen = groups[:1] or _started(names, tops) or tops[:1]
    return [command for name in chosen for command in _commands(name, found, names, 0)]


def _started(names: ModuleNames, tops: list[str]) -> list[str]:
    """The command that the script calls, among several that stand alone."""
    called = {
        one.value.func.id
        for statement in names.statements
        for one in [statement]
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call) and isinstance(one.value.func, ast.Name)
    }
    return [name for name in tops if name in called][:1]


def _commands(name: str, found: Mapping[str, _Decorated], names: ModuleNames, depth: int) -> list[Command]:
    one = found[name]
    own = tuple(_parameters(one.function, names))
    if not one.is_group or depth > _MOST_NESTED:
        return [Command((), (own,), _description(one.function, names))]
    return [
        Command((found[child].word, *command.words), (own, *command.segments), command.description)
        for child in found
        if found[child].parent == name and child != name
        for command in _commands(child, found, names, depth + 1)
    ]


def _decorated(function: FunctionDef, names: ModuleNames) -> _Decorated | None:
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        full = names.full_name(called)
        start, _, last = full.rpartition(".")
        if last not in _BUILDERS:
            continue
        given = [evaluate(one, names) for one in decorator.args] if isinstance(decorator, ast.Call) else []
        word = next((one for one in given if isinstance(one, str)), "")
        if isinstance(decorator, ast.Call):
            word = next((str(evaluate(one.value, names)) for one in decorator.keywords if one.arg == "name"), word)
        plain = function.name.removesuffix("_command").removesuffix("_cmd").removesuffix("_group")
        parent = "" if start in {"click", "rich_click", "asyncclick"} or not start else start
        return _Decorated(function, word or plain.replace("_", "-").lower(), last == "group", parent)
    return None


def _added(call: ast.Call) -> tuple[str, str, str] | None:
    """``cli.add_command(show, "display")``: the group, the command's function, the word."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "add_command":
        return None
    if not isinstance(call.func.value, ast.Name) or not call.args or not isinstance(call.args[0], ast.Name):
        return None
    word = next((one.value for one in call.args[1:] if isinstance(one, ast.Constant)), "")
    word = next((one.value.value for one in call.keywords if isinstance(one.value, ast.Constant)), word)
    return call.func.value.id, call.args[0].id, str(word)


def _description(function: FunctionDef, names: ModuleNames) -> str:
    text = (ast.get_docstring(function) or "").partition("\f")[0].replace("\b", "")
    for decorator in function.decorator_list:
        for one in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if one.arg in {"help", "short_help"} and isinstance(said := evaluate(one.value, names), str):
                text = text or said
    return read_docstring(text).description


def _parameters(function: FunctionDef, names: ModuleNames) -> list[Parameter]:
    found: list[Parameter] = []
    for decorator in function.decorator_list:
        if not isinstance(decorator, ast.Call):
            continue
        kind = names.full_name(decorator.func).rpartition(".")[2]
        literal = {one.arg: evaluate(one.value, names) for one in decorator.keywords if one.arg}
        given = {one.arg: one.value for one in decorator.keywords if one.arg}
        texts = [text for one in decorator.args if isinstance(text := evaluate(one, names), str)]
        if kind == "argument" and texts:
            found.append(_argument(texts[0], given, literal, function, names))
        elif kind in {"option", "password_option"} and (texts or kind == "password_option"):
            found.append(_option(texts or ["--password"], given, literal, function, names))
    return found


def _argument(
    text: str, given: Mapping[str, ast.expr], literal: Mapping[str, Any], function: FunctionDef, names: ModuleNames
) -> Parameter:
    schema, file = _schema(given.get("type"), literal, names)
    many = literal.get("nargs", 1) != 1
    default = literal.get("default", UNKNOWN)
    required = literal.get("required", not many and default is UNKNOWN and "envvar" not in literal) is True
    said = read_docstring(ast.get_docstring(function)).parameters
    return Parameter(
        name=make_name(text),
        giving="arguments" if many else "argument",
        schema={"type": "array", "items": schema} if many else schema,
        description=said.get(text, one_line(literal["help"]) if isinstance(literal.get("help"), str) else ""),
        required=required,
        default=_plain(default),
        file=file,
        dest=f"{function.name}:{text}",
    )


def _option(
    texts: list[str],
    given: Mapping[str, ast.expr],
    literal: Mapping[str, Any],
    function: FunctionDef,
    names: ModuleNames,
) -> Parameter:
    flags = [text for text in texts if text.startswith("-")]
    flag = next((one for one in flags if one.startswith("--")), flags[0] if flags else f"--{texts[0]}")
    on, _, off = (part.strip() for part in flag.partition("/"))
    dest = next((text for text in texts if not text.startswith("-")), on.lstrip("-").replace("-", "_"))
    default = literal.get("default", UNKNOWN)
    schema, file = _schema(given.get("type"), literal, names)
    giving: Giving = "option"
    if (
        off
        or literal.get("is_flag") is True
        or "flag_value" in literal
        or (isinstance(default, bool) and "type" not in given)
    ):
        giving, schema = ("either" if off else "switch"), {"type": "boolean"}
        default = default if isinstance(default, bool) else False
    elif literal.get("count") is True:
        giving, schema = "count", {"type": "integer", "minimum": 0, "maximum": 10}
    elif literal.get("multiple") is True:
        giving, schema = "options", {"type": "array", "items": schema}
    elif literal.get("nargs", 1) != 1:
        giving, schema = "list", {"type": "array", "items": schema}
    asked = literal.get("prompt") not in {None, UNKNOWN, False} and default is UNKNOWN
    help_text = literal.get("help")
    if "hide_input" in literal:
        schema = {**schema, "writeOnly": True}
    return Parameter(
        name=make_name(dest),
        giving=giving,
        schema=schema,
        description=one_line(help_text) if isinstance(help_text, str) else "",
        required=literal.get("required") is True or asked,
        default=_plain(default),
        source=on,
        off_source=off,
        file=file,
        dest=f"{function.name}:{dest}",
    )


def _plain(default: Any) -> Any:
    return UNKNOWN if default is None else default


def _schema(  # noqa: PLR0911 -- one for each of click's types
    kind: ast.expr | None, literal: Mapping[str, Any], names: ModuleNames
) -> tuple[dict[str, Any], FileUse | None]:
    """The schema of one value by its ``type=``, or by its default; and what it is as a file."""
    if kind is None:
        default = literal.get("default", UNKNOWN)
        for python, word in ((bool, "boolean"), (int, "integer"), (float, "number")):
            if isinstance(default, python):
                return {"type": word}, None
        return {"type": "string"}, None
    call = kind if isinstance(kind, ast.Call) else None
    name = names.full_name(call.func if call else kind).rpartition(".")[2]
    given = {one.arg: evaluate(one.value, names) for one in call.keywords} if call else {}
    values = [evaluate(one, names) for one in call.args] if call else []
    if name == "Choice" and values and isinstance(values[0], list):
        return {"type": "string", "enum": values[0]}, None
    if name == "File":
        mode = str(values[0] if values else given.get("mode", "r"))
        return {"type": "string"}, "output" if set(mode) & set("wax") else "bytes" if "b" in mode else "text"
    if name == "Path":
        folder = given.get("file_okay") is False
        read = given.get("exists") is True and given.get("dir_okay") is False
        return {"type": "string"}, "folder" if folder and given.get("exists") is True else "text" if read else None
    if name in {"IntRange", "FloatRange"}:
        low, high = (*values, None, None)[:2]
        bounds = {"minimum": given.get("min", low), "maximum": given.get("max", high)}
        return {**_TYPES[name], **{key: value for key, value in bounds.items() if isinstance(value, int | float)}}, None
    return dict(_TYPES.get(name, {"type": "string"})), None
