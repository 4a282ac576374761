"""What the names in a Python file stand for: imports, definitions and constants, by the syntax tree alone."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef
_COMPOUND: Final = (ast.If, ast.Try, ast.With, ast.For, ast.While, ast.TryStar)


@dataclass(frozen=True)
class ModuleNames:
    """The names of one file. ``others`` are the files beside it that it can import, by module name."""

    tree: ast.Module
    others: Mapping[str, ModuleNames]

    @cached_property
    def imports(self) -> dict[str, str]:
        """Local name → full name: ``{"dt": "datetime", "ArgumentParser": "argparse.ArgumentParser"}``."""
        found: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for one in node.names:
                    found[one.asname or one.name.partition(".")[0]] = (
                        one.name if one.asname else one.name.partition(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom):
                start = f"{node.module}." if node.module else ""
                for one in node.names:
                    found[one.asname or one.name] = start + one.name
        return found

    @cached_property
    def statements(self) -> list[ast.stmt]:
        """The statements that run in the module's own scope, those in ``if`` and ``try`` too."""
        return list(_module_level(self.tree.body))

    @cached_property
    def functions(self) -> dict[str, FunctionDef]:
        """The functions of the module's own scope."""
        return {one.name: one for one in self.statements if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """The classes of the module's own scope."""
        return {one.name: one for one in self.statements if isinstance(one, ast.ClassDef)}

    @cached_property
    def constants(self) -> dict[str, ast.expr]:
        """What is assigned to a name, where that happens once."""
        found: dict[str, ast.expr] = {}
        for one in self.statements:
            targets = (
                one.targets if isinstance(one, ast.Assign) else [one.target] if isinstance(one, ast.AnnAssign) else []
            )
            for target in targets:
                if isinstance(target, ast.Name) and isinstance(one, ast.Assign | ast.AnnAssign) and one.value:
                    found.setdefault(target.id, one.value)
        return found

    def full_name(self, node: ast.AST | None) -> str:
        """``dt.date`` as ``datetime.date``; a name of the file itself as it is; "" where it is no plain name."""
        if isinstance(node, ast.Name):
            return self.imports.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            start = self.full_name(node.value)
            return f"{start}.{node.attr}" if start else ""
        return ""

    def find_class(self, name: str) -> tuple[ModuleNames, ast.ClassDef] | None:
        """The class of a full name, here or in a file beside it, with the names that hold there."""
        if name in self.classes:
            return self, self.classes[name]
        other, _, last = name.lstrip(".").rpartition(".")
        there = self.others.get(other)
        return there.find_class(last) if there is not None and there is not self else None

    def find_function(self, name: str) -> tuple[ModuleNames, FunctionDef] | None:
        """The function of a full name, here or in a file beside it."""
        if name in self.functions:
            return self, self.functions[name]
        other, _, last = name.lstrip(".").rpartition(".")
        there = self.others.get(other)
        return there.find_function(last) if there is not None and there is not self else None

    def find_constant(self, name: str) -> tuple[ModuleNames, ast.expr] | None:
        """What a full name was assigned, here or in a file beside it."""
        if name in self.constants:
            return self, self.constants[name]
        other, _, last = name.lstrip(".").rpartition(".")
        there = self.others.get(other)
        return there.find_constant(last) if there is not None and there is not self else None


def list_arguments(function: FunctionDef) -> list[tuple[ast.arg, ast.expr | None]]:
    """Each parameter that has a name of its own, with its default; neither ``*args`` nor ``**kwargs``."""
    args = function.args
    positional = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults))
    return [
        *zip(positional, [*defaults, *args.defaults], strict=True),
        *zip(args.kwonlyargs, args.kw_defaults, strict=True),
    ]


def walk_own(function: ast.AST) -> Iterator[ast.AST]:
    """Every node below a function, without those of functions and classes inside of it."""
    pending = deque(ast.iter_child_nodes(function))
    while pending:
        node = pending.popleft()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            pending.extend(ast.iter_child_nodes(node))


def is_main_guard(statement: ast.stmt) -> bool:
    """Whether it is ``if __name__ == "__main__":``."""
    if not isinstance(statement, ast.If) or not isinstance(statement.test, ast.Compare):
        return False
    sides = [statement.test.left, *statement.test.comparators]
    names = {side.id for side in sides if isinstance(side, ast.Name)}
    texts = {side.value for side in sides if isinstance(side, ast.Constant)}
    return "__name__" in names and "__main__" in texts and isinstance(statement.test.ops[0], ast.Eq)


def _module_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        if isinstance(statement, _COMPOUND):
            for field in ("body", "orelse", "finalbody"):
                yield from _module_level(getattr(statement, field, []))
            for handler in getattr(statement, "handlers", ()):
                yield from _module_level(handler.body)
