"""Which statements of a file run when a tool is called, as far as its syntax tree says."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Literal, TypeGuard

Role = Literal["function", "script", "module"]
"""What a file is: main.py with a main, main.py as a program, or a module that something imports."""

# Fields that hold no nodes, or such as say only load, store or an operator.
_PLAIN = frozenset(
    {"ctx", "op", "ops", "id", "attr", "kind", "arg", "asname", "module", "level", "type_comment", "conversion"}
    | {"simple", "is_async"}
)
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def select_running_statements(tree: ast.Module, role: Role) -> list[ast.stmt]:
    """The statements at the top of a file that run, with those functions and classes that they can come to by name.

    What stands under ``if __name__ == "__main__"`` runs in a script only. All functions of a module may be called, but
    for those that are named under that line and nowhere else in it.
    """
    running: list[ast.stmt] = []
    guarded: list[ast.stmt] = []
    definitions: dict[str, list[_Definition]] = {}
    for statement in tree.body:
        if isinstance(statement, _Definition):
            definitions.setdefault(statement.name, []).append(statement)
        elif role != "script" and is_program_guard(statement):
            running += statement.orelse
            guarded += statement.body
        else:
            running.append(statement)
    if role == "module":
        others = [*running, *(one for several in definitions.values() for one in several)]
        program = _find_names(guarded) - _find_names(others) if guarded else set()
        return [one for one in others if not (isinstance(one, _Definition) and one.name in program)]
    wanted = {"main"} if role == "function" else set()
    fresh: list[ast.stmt] = list(running)
    while definitions and fresh:
        wanted |= _find_names(fresh)
        fresh = [one for name in wanted & definitions.keys() for one in definitions.pop(name)]
        running += fresh
    return running


def is_program_guard(statement: ast.stmt) -> TypeGuard[ast.If]:
    """Whether a statement is ``if __name__ == "__main__":``."""
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in walk_below([statement.test])
    )


def walk_below(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes and all nodes below them, in no order. What says only load, store or an operator is left out."""
    pending = list(nodes)
    while pending:
        node = pending.pop()
        yield node
        pending += list_below(node)


def list_below(node: ast.AST) -> list[ast.AST]:
    """The nodes one step below a node."""
    found: list[ast.AST] = []
    for name in _FIELDS[type(node)]:
        value = getattr(node, name, None)
        if isinstance(value, list):
            found += [one for one in value if isinstance(one, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    """For each kind of node, the fields in which there may be nodes to look at."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        fields = () if kind is ast.Constant else tuple(name for name in kind._fields if name not in _PLAIN)
        self[kind] = fields
        return fields


_FIELDS = _Fields()


def _find_names(nodes: Iterable[ast.AST]) -> set[str]:
    return {node.id for node in walk_below(nodes) if isinstance(node, ast.Name)}
