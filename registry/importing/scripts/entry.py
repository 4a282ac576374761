"""What of a script is called for one tool, and the entries that its functions and its classes make."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from .docstrings import Said, read_docstring
from .function_reading import is_constructible, read_function
from .module_names import FunctionDef, ModuleNames
from .parameters import Command, Parameter, rename_all

Kind = Literal["program", "function", "method"]
METHODS: Final = ("run", "main", "execute", "__call__", "generate", "process", "build", "call")
"""Which methods of a class do its one thing, the likeliest first."""


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


def describe_callable(function: FunctionDef, names: ModuleNames, name: str = "", example: Any = None) -> Entry:
    """The entry that a function of the module's own scope is."""
    said = read_docstring(ast.get_docstring(function))
    command = rename_all(Command((), (tuple(read_function(function, names)),), said.description))
    return Entry("function", name, command, said.description, function, example=example or {}, said=said)


def describe_method(cls: ast.ClassDef, names: ModuleNames, wanted: tuple[str, ...]) -> Entry | None:
    """A class that is made and then asked to do its one thing, the first of ``wanted`` that it has; None without."""
    methods = {one.name: one for one in cls.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    method = next((methods[name] for name in wanted if name in methods), None)
    if method is None:
        return None
    begin = find_constructor(cls)
    fields = read_function(begin, names, skip=1) if begin is not None else _dataclass_fields(cls, names)
    if begin is not None and not is_constructible(begin, names):
        return None
    said = read_docstring(ast.get_docstring(method) or ast.get_docstring(cls))
    own = read_function(method, names, skip=1)
    command = rename_all(Command((), ((*fields, *own),), said.description))
    return Entry("method", "", command, said.description, method, cls.name, len(fields), said=said)


def find_constructor(cls: ast.ClassDef) -> FunctionDef | None:
    """A class's ``__init__``, where it has one of its own."""
    return next((one for one in cls.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None)


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
