"""Which call of a script is the tool: a command, a function, a class's method, or the script itself."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import Final

from registry.errors import InputRefused

from .argparse_reading import read_argparse
from .argv_reading import read_argv, read_docopt
from .click_reading import read_click
from .constant_values import evaluate
from .entry import METHODS, Entry, describe_callable, describe_method
from .function_reading import is_constructible
from .guarded_calls import read_guarded, read_handed_on
from .input_reading import read_inputs
from .module_names import FunctionDef, ModuleNames, is_main_guard, list_arguments
from .parameters import Command, Parameter, rename_all
from .typer_reading import read_typer

_SETTING_UP: Final = re.compile(
    r"(^|\.)(basicConfig|filterwarnings|simplefilter|disable_warnings|load_dotenv|insert|append|use|set_option|setlocale"
    r"|getLogger|setLevel|addHandler|register|init|seed|install|reconfigure|setdefault|update|set_theme|tracer|add_command"
    r"|add_typer|extend|add)$"
)
_WORKING: Final = re.compile(
    r"(^|\.)(print|pprint|echo|write|writelines|exit|run|to_csv|to_excel|savefig|save|show|post|put|send|sendmail|dump)$"
)
_GETTING_READY: Final = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Pass)


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
        handed_on = read_handed_on(names) if guards and not inputs else None
        return [handed_on or Entry("program", "", _with(argv, inputs))]
    if inputs:
        return [Entry("program", "", _with(Command(), inputs))]
    if guards:
        return [read_guarded(guards[0], names) or Entry("program", "", Command())]
    if _runs_by_itself(names):
        return [Entry("program", "", Command())]
    found = _public(names, left_out)
    if not found:
        raise InputRefused("has neither a command line nor a function or class that could be called")
    return found


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
    if method and cls in names.classes and (entry := describe_method(names.classes[cls], names, (method,))) is not None:
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
                entries = [describe_method(names.classes[one.id], names, (name,)) for name in public]
                return [replace(entry, name=name) for entry, name in zip(entries, public, strict=True) if entry]
    return []


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
        entry = describe_method(cls, names, METHODS) if not cls.name.startswith("_") else None
        found += [replace(entry, name=cls.name)] if entry is not None else []
    return [replace(found[0], name="")] if len(found) == 1 else found


def _is_typed(function: FunctionDef) -> bool:
    return function.returns is not None or any(one.annotation is not None for one, _ in list_arguments(function))
