"""The text of an imported tool's main.py: what the tool is given becomes what the script takes, one line for each."""

from __future__ import annotations

import ast
import builtins
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .entry import Entry
from .function_reading import returns_value
from .module_names import ModuleNames, list_arguments
from .parameters import Parameter

_TYPES: Final = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "array": "list[Any]",
    "object": "dict[str, Any]",
}
_ONE_LINE: Final = 70
_FILES: Final = {"text": "text_file", "bytes": "bytes_file", "folder": "folder_of", "output": "output_file"}
_MANY_FILES: Final = {"text": "text_files", "bytes": "bytes_files"}


@dataclass(frozen=True, slots=True)
class Script:
    """How the script lies in the tool's folder: its file, its module name, and the names in it.

    ``support`` is the module with ScriptCall. ``writes_files`` says that it writes files that are to be brought out.
    """

    file: str
    module: str
    names: ModuleNames
    support: str
    writes_files: bool = False


def write_wrapper(entry: Entry, script: Script, environment: tuple[Parameter, ...]) -> str:
    """The whole of main.py."""
    return _Wrapper(entry, script, environment).text()


class _Wrapper:
    def __init__(self, entry: Entry, script: Script, environment: tuple[Parameter, ...]) -> None:
        self.entry = entry
        self.script = script
        self.environment = environment
        self.parameters = [*entry.command.parameters, *environment]
        self.used: set[str] = set()
        self.imports: list[str] = []
        names = {one.name for one in self.parameters}
        last = script.module.rpartition(".")[2]
        self.alias = "_script" if last in names or last in {"main", "Any"} or "." in script.module else script.module

    def text(self) -> str:
        body = self._program() if self.entry.kind == "program" else self._function()
        signature = self._signature()
        words = f'"""Calls {self.script.file} as it was imported: {self._said()}"""'
        head = [words, "", "from __future__ import annotations", ""]
        standard = sorted({*self.imports, *(["from typing import Any"] if "Any" in signature else [])})
        if standard:
            head += [*standard, ""]
        if self.used:
            head += [f"from {self.script.support} import {', '.join(sorted(self.used))}", ""]
        return "\n".join([*head, "", *signature.splitlines(), *(f"    {line}" for line in body), ""])

    def _said(self) -> str:
        if self.entry.kind == "program":
            return "main's parameters are its command line, what it prints is the result."
        return "main has the parameters of what it calls."

    def _signature(self) -> str:
        parts = [self._declared(one) for one in sorted(self.parameters, key=lambda one: not one.required)]
        returns = " -> Any" if self.entry.kind == "program" else self._returned()
        inner = ", ".join(parts)
        star = "*, " if parts else ""
        if len(inner) < _ONE_LINE:
            return f"def main({star}{inner}){returns}:"
        lines = "".join(f"    {part},\n" for part in parts)
        return f"def main(\n    *,\n{lines}){returns}:"

    def _declared(self, one: Parameter) -> str:
        plain = self._type(one)
        if one.required:
            return f"{one.name}: {plain}"
        if self.entry.kind != "program" and (default := self._default(one)) is not None:
            return f"{one.name}: {plain} = {default}"
        optional = (
            plain if plain == "Any" or plain.endswith("None") or plain.startswith("Optional[") else f"{plain} | None"
        )
        return f"{one.name}: {optional} = None"

    def _type(self, one: Parameter) -> str:
        if one.file == "folder":
            return "dict[str, str]"
        if one.file is not None:
            return "list[str]" if one.schema.get("type") == "array" else "str"
        if one.annotation and not self.environment:
            return one.annotation
        kind = one.schema.get("type")
        return _TYPES.get(kind, "Any") if isinstance(kind, str) else "Any"

    def _default(self, one: Parameter) -> str | None:
        """The function's own default, where it is written out; None where it must be left to the function."""
        if one.file is not None or self.environment or one.giving not in {"keyword", "position"}:
            return None
        for argument, default in self._arguments():
            if argument.arg == one.source and isinstance(default, ast.Constant | ast.UnaryOp):
                return ast.unparse(default)
        return None

    def _arguments(self) -> list[tuple[ast.arg, ast.expr | None]]:
        function = self.entry.function
        found = list_arguments(function) if function is not None else []
        cls = self.script.names.classes.get(self.entry.cls)
        for one in cls.body if cls is not None else ():
            if isinstance(one, ast.FunctionDef) and one.name == "__init__":
                found = [*list_arguments(one), *found]
        return found

    def _returned(self) -> str:
        function = self.entry.function
        if function is None or function.returns is None or self.environment:
            return ""
        self._import_names(function.returns)
        return f" -> {ast.unparse(function.returns)}"

    def _program(self) -> list[str]:
        self.used.add("ScriptCall")
        plain = ", plain=True" if self.entry.command.plain else ""
        lines = [f"_call = ScriptCall({_quoted(self._target())}{plain})"]
        lines += self._variables()
        for number, segment in enumerate(self.entry.command.segments):
            lines += [self._given(one) for one in segment]
            lines += [f"_call.word({_quoted(word)})" for word in self.entry.command.words[number : number + 1]]
        return [*lines, "return _call.run()"]

    def _variables(self) -> list[str]:
        """The environment of the script."""
        self.imports += ["import os"] if self.environment else []
        lines: list[str] = []
        for one in self.environment:
            setting = f"os.environ[{_quoted(one.source)}] = {one.name}"
            lines += [setting] if one.required else [f"if {one.name} is not None:", f"    {setting}"]
        return lines

    def _target(self) -> str:
        """What ScriptCall runs: a file, or a module where the script stands in a package."""
        return self.script.module if "." in self.script.module else self.script.file

    def _given(self, one: Parameter) -> str:
        value, flag = self._value(one), _quoted(one.source)
        forms = {
            "argument": f"_call.argument({_quoted(one.name)}, {value})",
            "arguments": f"_call.arguments({value})",
            "rest": f"_call.rest({value})",
            "option": f"_call.option({flag}, {value})",
            "options": f"_call.options({flag}, {value})",
            "list": f"_call.values({flag}, {value})",
            "switch": f"_call.switch({flag}, {value})",
            "off_switch": f'_call.switch("", {value}, {flag})',
            "either": f"_call.switch({flag}, {value}, {_quoted(one.off_source)})",
            "count": f"_call.count({flag}, {value})",
            "stdin": f"_call.input({value})",
            "stdin_json": f"_call.input({value})",
            "answer": f"_call.answer({value})",
            "answers": f'_call.input("".join(f"{{line}}\\n" for line in {value} or ()))',
        }
        return forms[one.giving]

    def _value(self, one: Parameter) -> str:
        if one.file is None:
            return one.name
        many = one.schema.get("type") == "array"
        function = _MANY_FILES.get(one.file, "") if many else _FILES[one.file]
        if not function:
            return one.name
        self.used.add(function)
        if one.file == "output":
            return f"{function}({one.name})"
        stem = one.name.removesuffix("_text").removesuffix("_base64").removesuffix("_files") or "file"
        return f"{function}({_quoted(stem + ('' if one.file == 'folder' else one.suffix))}, {one.name})"

    def _function(self) -> list[str]:
        function = self.entry.function
        if function is None:
            raise TypeError("only a program has no function")
        importing = f"import {self.script.module}" + (f" as {self.alias}" if self.alias != self.script.module else "")
        lines: list[str] = []
        if self.environment:
            lines += self._variables()
            lines += [importing, ""]  # it may look into its environment when it is imported
        else:
            self.imports.append(importing)
            for argument, _ in self._arguments():
                self._import_names(argument.annotation)
        own = self.entry.command.parameters
        constructed, rest = own[: self.entry.constructed], own[self.entry.constructed :]
        called = f"{self.alias}.{function.name}({self._passed(rest)})"
        if self.entry.cls:
            start = f"{self.alias}.{self.entry.cls}({self._passed(constructed)})"
            called = (
                f"{start}({self._passed(rest)})"
                if function.name == "__call__"
                else f"{start}.{function.name}({self._passed(rest)})"
            )
        if isinstance(function, ast.AsyncFunctionDef):
            self.imports.append("import asyncio")
            called = f"asyncio.run({called})"
        if not returns_value(function) or self.script.writes_files:
            self.used.add("ScriptCall")
            return [*lines, f"return ScriptCall().call(lambda: {called})"]
        return [*lines, f"return {called}"]

    def _passed(self, parameters: tuple[Parameter, ...]) -> str:
        order = ("position", "positions", "keyword", "keywords")
        return ", ".join(self._passed_one(one) for one in sorted(parameters, key=lambda one: order.index(one.giving)))

    def _passed_one(self, one: Parameter) -> str:
        value = self._value(one)
        if (
            one.file is not None
            and one.annotation.rpartition(".")[2] in {"Path", "Path | None"}
            and one.file != "folder"
        ):
            self.imports.append("from pathlib import Path")
            value = f"Path({value})" if one.required else f"{value} and Path({value})"
        if one.giving == "positions":
            return f"*({value} or ())"
        if one.giving == "keywords":
            return f"**({value} or {{}})"
        if one.giving == "position":
            return (
                value
                if one.required or self._default(one) is not None
                else f"*([] if {one.name} is None else [{value}])"
            )
        if one.required or self._default(one) is not None:
            return f"{one.source}={value}"
        return f"**({{}} if {one.name} is None else {{{_quoted(one.source)}: {value}}})"

    def _import_names(self, annotation: ast.expr | None) -> None:
        """Import what an annotation names, so that the sandbox can make such values from JSON."""
        for name in _names_in(annotation):
            if line := _import_line(name, self.script):
                self.imports.append(line)


def _names_in(annotation: ast.AST | None) -> Iterator[str]:
    """The names that must be there for an annotation. A text is one, too, but for what Literal and Annotated hold."""
    if isinstance(annotation, ast.Name):
        yield annotation.id
    elif isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        with contextlib.suppress(SyntaxError, ValueError):
            yield from _names_in(ast.parse(annotation.value, mode="eval"))
    elif isinstance(annotation, ast.Subscript) and _last_name(annotation.value) in {"Literal", "Annotated"}:
        yield from _names_in(annotation.value)
        values = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        if _last_name(annotation.value) == "Annotated":
            yield from _names_in(values[0])
        yield from (node.id for value in values for node in ast.walk(value) if isinstance(node, ast.Name))
    elif annotation is not None:
        for node in ast.iter_child_nodes(annotation):
            yield from _names_in(node)


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _import_line(name: str, script: Script) -> str:
    names = script.names
    for node in ast.walk(names.tree):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            for one in node.names:
                if (one.asname or one.name) == name:
                    return f"from {node.module} import {one.name}" + (f" as {one.asname}" if one.asname else "")
        elif isinstance(node, ast.Import):
            for one in node.names:
                if (one.asname or one.name.partition(".")[0]) == name:
                    return f"import {one.name}" + (f" as {one.asname}" if one.asname else "")
    if name in names.classes or name in names.constants or name in names.imports:
        return f"from {script.module} import {name}"
    return "" if hasattr(builtins, name) else f"from {script.module} import {name}"


def _quoted(text: str) -> str:
    """A text as Python writes it, in double quotes where that needs no escapes."""
    plain = repr(text)
    return f'"{text}"' if plain == f"'{text}'" and '"' not in text else plain
