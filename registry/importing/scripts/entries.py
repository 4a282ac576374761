"""Which call of a script is the tool: a command, a function, a class's method, or the script itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from registry.errors import InputRefused

from .argparse_reading import read_argparse
from .argv_reading import read_argv, read_docopt
from .click_reading import read_click
from .constant_values import UNKNOWN, evaluate
from .docstrings import Said, read_docstring
from .function_reading import is_constructible, read_function, returns_value
from .input_reading import read_inputs
from .module_names import FunctionDef, ModuleNames, is_main_guard, list_arguments
from .parameters import Command, Parameter, rename_all
from .typer_reading import read_typer

Kind = Literal["program", "function", "method"]
_SETTING_UP: Final = re.compile(
    r"(^|\.)(basicConfig|filterwarnings|simplefilter|disable_warnings|load_dotenv|insert|append|use|set_option|setlocale"
    r"|getLogger|setLevel|addHandler|register|init|seed|install|reconfigure|setdefault|update|set_theme|tracer|add_command"
    r"|add_typer|extend|add)$"
)
_WORKING: Final = re.compile(
    r"(^|\.)(print|pprint|echo|write|writelines|exit|run|to_csv|to_excel|savefig|save|show|post|put|send|sendmail|dump)$"
)
_GETTING_READY: Final = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Pass)
_METHODS: Final = ("run", "main", "execute", "__call__", "generate", "process", "build", "call")
_HELPERS: Final = re.compile(
    r"^(format|fmt|human|print|parse|load|read|get_logger|setup|configure|log|debug|usage|init|build_parser|to|is|_)"
)
_WRAPPING: Final = {
    "print",
    "sys.exit",
    "exit",
    "asyncio.run",
    "json.dumps",
    "pprint.pprint",
    "pprint",
    "json.dump",
    "raise",
    "str",
    "trio.run",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One tool that a script gives. ``name`` tells it from the script's others, "" where it is the only one.

    ``example`` are arguments of a call that the script itself makes, by the script's names. ``cls`` is the class whose
    method is called; its constructor's parameters come first, ``method_from`` says how many there are.
    """

    kind: Kind
    name: str
    command: Command
    description: str = ""
    function: FunctionDef | None = None
    cls: str = ""
    constructed: int = 0
    example: dict[str, Any] = field(default_factory=dict)
    said: Said = field(default_factory=Said)


def find_entries(  # noqa: PLR0911 -- one for each kind of script
    names: ModuleNames, wanted: str | None, left_out: list[str]
) -> list[Entry]:
    """The tools that a script gives; ``left_out`` gets a sentence for each function that is none.

    Raises InputRefused where there is nothing to call, or the function that was asked for is not there.
    """
    if wanted is not None:
        return [_wanted(wanted, names)]
    inputs = read_inputs(names)
    if commands := _command_line(names):
        several = len(commands) > 1
        return [
            Entry("program", "_".join(one.words) if several else "", _with(one, inputs), one.description)
            for one in commands
        ]
    if fired := _fired(names, left_out):
        return fired
    if (grammar := read_docopt(names)) is not None:
        return [Entry("program", "", grammar[0], example=grammar[1])]
    guards = [one for one in names.statements if is_main_guard(one)]
    if (argv := read_argv(names)) is not None:
        handed_on = _handed_on(names) if guards and not inputs else None
        return [handed_on or Entry("program", "", _with(argv, inputs))]
    if inputs:
        return [Entry("program", "", _with(Command(), inputs))]
    if guards:
        return [_guarded(guards[0], names) or Entry("program", "", Command())]
    if _runs_by_itself(names):
        return [Entry("program", "", Command())]
    found = _public(names, left_out)
    if not found:
        raise InputRefused("has neither a command line nor a function or class that could be called")
    return found


def describe_callable(function: FunctionDef, names: ModuleNames, name: str = "", example: Any = None) -> Entry:
    """The entry that a function of the module's own scope is."""
    said = read_docstring(ast.get_docstring(function))
    command = rename_all(Command((), (tuple(read_function(function, names)),), said.description))
    return Entry("function", name, command, said.description, function, example=example or {}, said=said)


def _command_line(names: ModuleNames) -> list[Command]:
    modules = {full.partition(".")[0] for full in names.imports.values()}
    found: list[Command] = []
    if "typer" in modules:
        found = read_typer(names)
    if not found and modules & {"click", "rich_click", "asyncclick"}:
        found = read_click(names)
    if not found and modules & {"argparse", "configargparse", "jsonargparse", "optparse"}:
        found = read_argparse(names)
    return [rename_all(one) for one in found]


def _with(command: Command, more: list[Parameter]) -> Command:
    """A command that also takes what comes over standard input; not required where it takes files."""
    has_file = any(one.file for one in command.parameters)
    more = [replace(one, required=one.required and not has_file) for one in more]
    return rename_all(replace(command, segments=(*command.segments[:-1], (*command.segments[-1], *more))))


def _wanted(wanted: str, names: ModuleNames) -> Entry:
    cls, _, method = wanted.partition(".")
    if method and cls in names.classes and (entry := _method(names.classes[cls], names, (method,))) is not None:
        return entry
    if wanted not in names.functions:
        there = ", ".join(names.functions) or "none"
        raise InputRefused(f"has no function {wanted!r} at its top level; there are: {there}")
    return describe_callable(names.functions[wanted], names)


def _fired(names: ModuleNames, left_out: list[str]) -> list[Entry]:
    """``fire.Fire(function)``, ``fire.Fire({"add": add})``, ``fire.Fire()``."""
    for node in ast.walk(names.tree):
        if not isinstance(node, ast.Call) or names.full_name(node.func) != "fire.Fire":
            continue
        given = node.args[0] if node.args else None
        if given is None:
            return _public(names, left_out)
        wanted = given.values if isinstance(given, ast.Dict) else [given]
        chosen = [names.functions[one.id] for one in wanted if isinstance(one, ast.Name) and one.id in names.functions]
        if chosen:
            return [describe_callable(one, names, one.name if len(chosen) > 1 else "") for one in chosen]
        for one in wanted:
            if isinstance(one, ast.Name) and one.id in names.classes:
                methods = [item for item in names.classes[one.id].body if isinstance(item, ast.FunctionDef)]
                public = [item.name for item in methods if not item.name.startswith("_")]
                entries = [_method(names.classes[one.id], names, (name,)) for name in public]
                return [replace(entry, name=name) for entry, name in zip(entries, public, strict=True) if entry]
    return []


def _guarded(guard: ast.stmt, names: ModuleNames) -> Entry | None:
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


def _guarded_class(call: ast.Call, guard: ast.stmt, names: ModuleNames) -> Entry | None:
    cls = names.classes[names.full_name(call.func)]
    text = ast.unparse(guard)
    used = [name for name in _METHODS if re.search(rf"\.{name}\(", text)]
    entry = _method(cls, names, tuple(used)) if len(used) == 1 else None
    if entry is None or entry.constructed == 0:
        return None
    begin = _init(cls)
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
    typed = [
        one
        for one in names.functions.values()
        if one is not main
        and not one.name.startswith("_")
        and not _HELPERS.match(one.name)
        and list_arguments(one)
        and all(argument.annotation is not None for argument, _ in list_arguments(one))
        and returns_value(one)
        and is_constructible(one, names)
    ]
    others = [one for one in names.functions.values() if one is not main and not one.name.startswith("_")]
    if len(typed) != 1 or len(others) != 1:
        return None
    function = typed[0]
    if (function.end_lineno or 0) - function.lineno < (main.end_lineno or 0) - main.lineno:
        return None
    call = next(
        (one for one in ast.walk(main) if isinstance(one, ast.Call) and names.full_name(one.func) == function.name),
        None,
    )
    example = _literal_arguments(call, function, names) if call is not None else None
    return describe_callable(function, names, example=example)


def _handed_on(names: ModuleNames) -> Entry | None:
    """The one public typed function, where ``main`` only hands its command line on to it: its types say more."""
    main = names.functions.get("main")
    public = [one for one in names.functions.values() if one is not main and not one.name.startswith("_")]
    if main is None or len(public) != 1 or not is_constructible(public[0], names) or not returns_value(public[0]):
        return None
    function = public[0]
    if not all(argument.annotation is not None for argument, _ in list_arguments(function)):
        return None
    read = {
        target.id
        for one in ast.walk(main)
        if isinstance(one, ast.Assign) and "sys.argv" in ast.unparse(one.value)
        for target in ast.walk(one.targets[0])
        if isinstance(target, ast.Name)
    }
    calls = [one for one in ast.walk(main) if isinstance(one, ast.Call) and names.full_name(one.func) == function.name]
    values = [value for call in calls for value in (*call.args, *(one.value for one in call.keywords))]
    handed = [value for value in values if read & _names_of(value) or "sys.argv" in ast.unparse(value)]
    return describe_callable(function, names) if len(calls) == 1 and handed and handed == values else None


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


def _runs_by_itself(names: ModuleNames) -> bool:
    """Whether importing the script would already do its work, or only get things ready for its functions."""
    if not names.functions and not names.classes:
        return any(not isinstance(one, _GETTING_READY) for one in names.tree.body if not _is_text(one))
    library = any(ast.get_docstring(one) or _is_typed(one) for one in names.functions.values())
    for one in names.tree.body:
        if not isinstance(one, ast.Expr | ast.For | ast.While | ast.With | ast.AsyncFor | ast.Try | ast.If | ast.Match):
            continue
        calls = [node for node in ast.walk(one) if isinstance(node, ast.Call)]
        if any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(one)):
            continue
        texts = [ast.unparse(call.func) for call in calls]
        working = [text for text in texts if _WORKING.search(text) or text in names.functions or text in names.classes]
        if working or (not library and any(not _SETTING_UP.search(text) for text in texts)):
            return True
    return False


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _public(names: ModuleNames, left_out: list[str]) -> list[Entry]:
    """One entry for each public function; for main alone, where it is there; for a class with ``run``."""
    exported = evaluate(names.constants.get("__all__"), names) if "__all__" in names.constants else None
    functions = [
        one
        for one in names.functions.values()
        if not one.name.startswith(("_", "test_")) and (not isinstance(exported, list) or one.name in exported)
    ]
    main = names.functions.get("main")
    if main is not None and (list_arguments(main) or not any(one is not main for one in functions)):
        return [describe_callable(main, names)]
    functions = [one for one in functions if one is not main] or functions
    said = [one for one in functions if ast.get_docstring(one) or _is_typed(one)] or functions
    for one in functions:
        if one not in said:
            left_out.append(f"{one.name} has neither types nor a docstring; --function {one.name} takes it")
    found: list[Entry] = []
    for one in said:
        if is_constructible(one, names):
            found.append(describe_callable(one, names, one.name))
        else:
            left_out.append(f"{one.name} takes what JSON cannot say, so it is no tool")
    for cls in names.classes.values() if not found else ():
        entry = _method(cls, names, _METHODS) if not cls.name.startswith("_") else None
        found += [replace(entry, name=cls.name)] if entry is not None else []
    return [replace(found[0], name="")] if len(found) == 1 else found


def _is_typed(function: FunctionDef) -> bool:
    return function.returns is not None or any(one.annotation is not None for one, _ in list_arguments(function))


def _init(cls: ast.ClassDef) -> FunctionDef | None:
    return next((one for one in cls.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None)


def _method(cls: ast.ClassDef, names: ModuleNames, wanted: tuple[str, ...]) -> Entry | None:
    """A class that is made and then asked to do its one thing."""
    methods = {one.name: one for one in cls.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    method = next((methods[name] for name in wanted if name in methods), None)
    if method is None:
        return None
    begin = _init(cls)
    fields = read_function(begin, names, skip=1) if begin is not None else _dataclass_fields(cls, names)
    if begin is not None and not is_constructible(begin, names):
        return None
    said = read_docstring(ast.get_docstring(method) or ast.get_docstring(cls))
    own = read_function(method, names, skip=1)
    command = rename_all(Command((), ((*fields, *own),), said.description))
    return Entry("method", "", command, said.description, method, cls.name, len(fields), said=said)


def _dataclass_fields(cls: ast.ClassDef, names: ModuleNames) -> list[Parameter]:
    """What a dataclass's constructor takes, read as if it were written out."""
    if not any("dataclass" in ast.unparse(one) for one in cls.decorator_list):
        return []
    written = [
        f"{one.target.id}: {ast.unparse(one.annotation)}" + (f" = {ast.unparse(one.value)}" if one.value else "")
        for one in cls.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    ]
    made = ast.parse(f"def __init__(self, *, {', '.join(written)}): ..." if written else "def __init__(self): ...")
    function = made.body[0]
    return read_function(function, names, skip=1) if isinstance(function, ast.FunctionDef) else []
