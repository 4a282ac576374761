"""What a script does with the paths that it is given: reads them, as text or as bytes, writes them, lists them.

A path is followed by its name through assignments and calls of the script's own functions, without regard to order.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Final

from .constant_values import evaluate
from .folder_expressions import resolve_place
from .module_names import FunctionDef, ModuleNames, list_arguments, walk_own
from .parameters import Command, Parameter
from .path_calls import PathUse, list_path_uses

_MOST_ROUNDS: Final = 4
_CHANGING: Final = {
    "str",
    "Path",
    "pathlib.Path",
    "os.path.abspath",
    "os.path.expanduser",
    "os.path.expandvars",
    "os.path.realpath",
    "os.path.normpath",
    "os.fspath",
}
_CHANGING_METHODS: Final = {"resolve", "expanduser", "absolute", "strip"}
_PARSED: Final = re.compile(
    r"^(\w+\.)*(args|arguments|opts|options|ns|namespace|parsed|params|cli|a|ARGS|cfg|config|flags)$"
)
_LOOKED_AT: Final = (ast.Call, ast.Assign, ast.For, ast.comprehension)
_Roots = dict[str, tuple[str, ...]]
"""Local name → the keys that it stands for."""


def find_file_uses(modules: Iterable[ModuleNames]) -> dict[str, PathUse]:
    """The uses by key: ``.dest`` for ``args.dest``, ``function:name`` for a parameter, ``sys.argv[1]``."""
    finder = _Finder(list(modules))
    return finder.find()


def mark_files(command: Command, uses: dict[str, PathUse]) -> Command:
    """A command whose parameters say what they are as files."""
    return replace(
        command, segments=tuple(tuple(_marked(one, uses) for one in segment) for segment in command.segments)
    )


def _marked(one: Parameter, uses: dict[str, PathUse]) -> Parameter:
    if one.giving not in {"argument", "arguments", "rest", "option", "options", "list"}:
        return one
    keys = (one.dest, f".{one.dest}", f"*:{one.dest.rpartition(':')[2]}")
    use = next((uses[key] for key in keys if key in uses), None)
    if use is None:
        return one
    if one.file is not None:  # what the command line says is sure; the ending is not known to it
        return replace(one, suffix=use.suffix)
    return replace(one, file=use.use, suffix=use.suffix)


def _list_scopes(names: ModuleNames) -> Iterator[tuple[ModuleNames, FunctionDef | None, list[ast.AST]]]:
    """The module and each of its functions, with the nodes in it that are looked at."""
    functions = [node for node in ast.walk(names.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for function in (None, *functions):
        nodes: list[ast.AST] = [node for node in walk_own(function or names.tree) if isinstance(node, _LOOKED_AT)]
        yield names, function, nodes


class _Finder:
    def __init__(self, modules: list[ModuleNames]) -> None:
        self.modules = modules
        self.found: dict[str, PathUse] = {}
        self.assigned: dict[str, ast.expr] = {}

    def find(self) -> dict[str, PathUse]:
        scopes = [scope for names in self.modules for scope in _list_scopes(names)]
        for _ in range(_MOST_ROUNDS):
            before = len(self.found)
            for names, function, nodes in scopes:
                self._look(names, function, nodes)
            if len(self.found) == before:
                break
        return self.found

    def _look(self, names: ModuleNames, function: FunctionDef | None, nodes: list[ast.AST]) -> None:
        plain = [one for one in nodes if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name)]
        self.assigned = {ast.unparse(one.targets[0]): one.value for one in plain}
        roots = self._roots(names, function, nodes)
        for node in nodes:
            if isinstance(node, ast.Call):
                for path, use in self._uses(node, names):
                    for key in self._keys(path, names, roots):
                        self._note(key, use)

    def _note(self, key: str, use: PathUse) -> None:
        known = self.found.get(key)
        vague = known is not None and known.suffix == ".txt" and use.suffix != ".txt" and known.use == use.use
        if known is None or vague:
            self.found[key] = use

    def _roots(self, names: ModuleNames, function: FunctionDef | None, nodes: list[ast.AST]) -> _Roots:
        roots: _Roots = {}
        for argument, _ in list_arguments(function) if function is not None else ():
            handed = ("sys.argv[:]",) if argument.arg == "argv" else ()
            if function is not None and function.decorator_list:
                handed = (f"*:{argument.arg}",)  # a group hands it on, as its context's object
            roots[argument.arg] = (f"{function.name if function else ''}:{argument.arg}", *handed)
        for _ in range(2):
            for node in nodes:
                if isinstance(node, ast.Assign):
                    self._assign(node, names, roots)
                elif isinstance(node, ast.For | ast.comprehension) and isinstance(node.target, ast.Name):
                    roots[node.target.id] = self._keys(node.iter, names, roots) or roots.get(node.target.id, ())
        return roots

    def _assign(self, node: ast.Assign, names: ModuleNames, roots: _Roots) -> None:
        target = node.targets[0]
        if isinstance(target, ast.Tuple):
            self._unpack(node, target, names, roots)
        elif isinstance(target, ast.Name) and (keys := self._keys(node.value, names, roots)):
            roots[target.id] = tuple(dict.fromkeys([*roots.get(target.id, ()), *keys]))

    def _unpack(self, node: ast.Assign, target: ast.Tuple, names: ModuleNames, roots: _Roots) -> None:
        """``source, target = sys.argv[1:3]``."""
        value = node.value
        start = 0
        if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts):
            for one, item in zip(target.elts, value.elts, strict=True):
                if isinstance(one, ast.Name) and (keys := self._keys(item, names, roots)):
                    roots[one.id] = keys
            return
        if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice):
            lower = evaluate(value.slice.lower, names) if value.slice.lower else 0
            start, value = (lower if isinstance(lower, int) else 0), value.value
        if names.full_name(value) != "sys.argv":
            return
        for number, one in enumerate(target.elts):
            if isinstance(one, ast.Name):
                roots[one.id] = (f"sys.argv[{start + number}]",)

    def _keys(self, node: ast.AST | None, names: ModuleNames, roots: _Roots) -> tuple[str, ...]:
        """The keys of what an expression is made of, where it still names the same file."""
        if isinstance(node, ast.Name):
            return roots.get(node.id, ("args",) if node.id == "args" else ())
        if isinstance(node, ast.Attribute):
            own = isinstance(node.value, ast.Name) and node.value.id == "self"
            parsed = not own and _PARSED.match(ast.unparse(node.value))
            return (f".{node.attr}",) if parsed else (f"self.{node.attr}",) if own else ()
        if isinstance(node, ast.Subscript):
            return self._subscript(node, names)
        parts: list[ast.expr] = []
        if isinstance(node, ast.Call):
            if names.full_name(node.func) in _CHANGING:
                parts = node.args[:1]
            elif names.full_name(node.func) == "os.path.join" and len(node.args) == 2:  # noqa: PLR2004
                parts = node.args[1:] if self._is_own_folder(node.args[0], names) else []
            elif isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING_METHODS:
                parts = [node.func.value]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            parts = [node.right] if self._is_own_folder(node.left, names) else []
        elif isinstance(node, ast.BoolOp | ast.IfExp):
            parts = node.values if isinstance(node, ast.BoolOp) else [node.body, node.orelse]
        return tuple(key for one in parts for key in self._keys(one, names, roots))

    def _is_own_folder(self, node: ast.expr, names: ModuleNames) -> bool:
        """Whether it is the script's folder, or the current one: joined to it, an absolute path stays what it is."""
        if isinstance(node, ast.Name):
            node = self.assigned.get(node.id, node)
        here = Path("/folder/script.py")
        return resolve_place(node, names, here) == here.parent

    def _subscript(self, node: ast.Subscript, names: ModuleNames) -> tuple[str, ...]:
        index = evaluate(node.slice, names)
        full = names.full_name(node.value)
        if full in {"sys.argv", "argv", "args"} and not isinstance(index, str):  # `vars(parsed)["name"]` is another
            if isinstance(node.slice, ast.Slice):
                return ("sys.argv[:]",)
            shift = 0 if full == "sys.argv" or not self._has_shifted else 1
            return (f"sys.argv[{index + shift if index >= 0 else 1}]",) if isinstance(index, int) else ()
        return (f".{index}",) if isinstance(index, str) and _PARSED.match(ast.unparse(node.value)) else ()

    @cached_property
    def _has_shifted(self) -> bool:
        """Whether a name is given ``sys.argv[1:]``."""
        return any("argv[1:]" in ast.unparse(names.tree) for names in self.modules)

    def _uses(self, node: ast.Call, names: ModuleNames) -> Iterator[tuple[ast.expr, PathUse]]:
        yield from list_path_uses(node, names)
        yield from self._handed_on(node, names.full_name(node.func), names)

    def _handed_on(self, node: ast.Call, full: str, names: ModuleNames) -> Iterator[tuple[ast.expr, PathUse]]:
        """What a function of the script does with its parameters is done with what it is given."""
        found = names.find_function(full)
        arguments: list[str] = []
        name = full.rpartition(".")[2]
        if found is not None:
            arguments, name = [one.arg for one, _ in list_arguments(found[1])], found[1].name
        elif (cls := names.find_class(full)) is not None:
            begin = next(
                (one for one in cls[1].body if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None
            )
            if begin is None:
                return
            arguments, name = [one.arg for one, _ in list_arguments(begin)][1:], "__init__"
            self._fields(begin)
        for position, value in enumerate(node.args[: len(arguments)]):
            if (use := self.found.get(f"{name}:{arguments[position]}")) is not None:
                yield value, use
        for one in node.keywords:
            if (use := self.found.get(f"{name}:{one.arg}")) is not None:
                yield one.value, use

    def _fields(self, begin: ast.FunctionDef) -> None:
        """``self.path = path``: what is done with the field is done with the parameter."""
        for node in ast.walk(begin):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
                use = self.found.get(f"self.{node.targets[0].attr}")
                inner = node.value.args[0] if isinstance(node.value, ast.Call) and node.value.args else node.value
                if use is not None and isinstance(inner, ast.Name):
                    self._note(f"__init__:{inner.id}", use)
