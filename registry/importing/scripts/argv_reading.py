"""The positional arguments of a script that reads ``sys.argv`` itself."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import Any, Final

from .constant_values import UNKNOWN, evaluate
from .docstrings import read_docstring
from .module_names import ModuleNames, list_arguments
from .parameters import Command, Parameter, distinguish, make_name
from .type_schemas import derive_schema

_MOST_ARGUMENTS: Final = 20
_TYPES: Final = {"int": "integer", "float": "number"}
_USAGE_SAMPLES: Final = {"name": "Ada", "file": "file.txt", "text": "hello", "url": "https://example.com"}


@dataclass
class _Argument:
    """What is known of the argument at one position."""

    name: str = ""
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})
    default: Any = UNKNOWN
    optional: bool = False
    values: list[str] = field(default_factory=list)
    description: str = ""


@dataclass
class _Argv:
    positions: dict[int, _Argument] = field(default_factory=dict)
    rest_from: int | None = None
    rest_name: str = ""
    rest_items: dict[str, Any] = field(default_factory=lambda: {"type": "string"})
    flags: list[str] = field(default_factory=list)
    needed: int = 0


def read_argv(names: ModuleNames) -> Command | None:
    """The one command of a script that looks into ``sys.argv``; None where it does not."""
    reader = _Reader(names)
    found = reader.read()
    if not found.positions and found.rest_from is None and not found.flags:
        return None
    highest = max(found.positions, default=0)
    parameters: list[Parameter] = []
    for position in range(1, min(highest, _MOST_ARGUMENTS) + 1):
        if found.rest_from is not None and position >= found.rest_from:
            break
        one = found.positions.get(position, _Argument())
        schema = {"type": "string", "enum": one.values} if len(one.values) > 1 else one.schema
        parameters.append(
            Parameter(
                name=make_name(one.name or f"argument_{position}"),
                giving="argument",
                schema=schema,
                description=one.description,
                required=not one.optional and (found.needed == 0 or position <= found.needed),
                default=one.default,
                dest=f"sys.argv[{position}]",
            )
        )
    if found.rest_from is not None:
        parameters.append(
            Parameter(
                name=make_name(found.rest_name or "arguments"),
                giving="rest",
                schema={"type": "array", "items": found.rest_items},
                description="" if found.rest_name else "The words after the script's name on its command line.",
                required=found.needed >= found.rest_from,
                dest="sys.argv[:]",
            )
        )
    for flag in dict.fromkeys(found.flags):
        parameters.append(Parameter(make_name(flag), "switch", {"type": "boolean"}, default=False, source=flag))
    return Command((), (tuple(distinguish(parameters)),), plain=True)


def read_docopt(names: ModuleNames) -> tuple[Command, dict[str, Any]] | None:
    """The command of a script whose docstring is its grammar, with arguments that it takes; None where there is none.

    The grammar is too free for parameters: the tool takes the words, and tells the usage.
    """
    if not {"docopt", "docopt.docopt"} & set(names.imports.values()):
        return None
    text = ast.get_docstring(names.tree) or ""
    usage = re.search(r"usage:\s*(.+?)(?:\n\s*\n|\Z)", text, re.IGNORECASE | re.DOTALL)
    lines = [" ".join(line.split()) for line in usage[1].splitlines()] if usage else []
    words = re.sub(r"\[[^\]]*\]|\.\.\.", "", lines[0]).split()[1:] if lines else []
    example = [_USAGE_SAMPLES.get(word.strip("<>()").lower(), "10") if word[0] in "<(" else word for word in words]
    said = f"The words of the command line. Usage: {'; '.join(lines)}"
    schema = {"type": "array", "items": {"type": "string"}}
    parameter = Parameter("arguments", "rest", schema, said, dest="sys.argv[:]")
    return Command((), ((parameter,),), plain=True), {"arguments": [word.split("|")[0].strip("()") for word in example]}


class _Reader:
    def __init__(self, names: ModuleNames) -> None:
        self.names = names
        self.parents = {id(child): node for node in ast.walk(names.tree) for child in ast.iter_child_nodes(node)}
        self.aliases: dict[str, int] = {"sys.argv": 0}
        self.found = _Argv()

    def read(self) -> _Argv:
        for _ in range(3):
            for node in ast.walk(self.names.tree):
                self._learn_alias(node)
        for node in ast.walk(self.names.tree):
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                offset = self._offset(node)
                if offset is not None:
                    self._use(node, offset)
        for node in ast.walk(self.names.tree):
            self._compare(node)
        return self.found

    def _offset(self, node: ast.AST) -> int | None:
        """How many of sys.argv's items an alias of it leaves out; None for anything else."""
        full = self.names.full_name(node) if isinstance(node, ast.Name | ast.Attribute) else ""
        return self.aliases.get(full)

    def _sliced(self, node: ast.AST | None) -> int | None:
        """The same of ``sys.argv[1:]`` and of ``argv or sys.argv[1:]``."""
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and node.slice.upper is None:
            offset, lower = self._offset(node.value), evaluate(node.slice.lower, self.names)
            return offset + lower if offset is not None and isinstance(lower, int) and lower >= 0 else None
        if isinstance(node, ast.BoolOp):
            return next((found for one in node.values if (found := self._sliced(one)) is not None), None)
        if isinstance(node, ast.IfExp):
            found = self._sliced(node.body)
            return found if found is not None else self._sliced(node.orelse)
        if isinstance(node, ast.Call) and self.names.full_name(node.func) == "list" and node.args:
            return self._sliced(node.args[0])
        return self._offset(node) if node is not None else None

    def _learn_alias(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            offset = self._sliced(node.value)
            if offset is not None:
                self.aliases[node.targets[0].id] = offset
        elif isinstance(node, ast.Call):
            found = self.names.find_function(self.names.full_name(node.func))
            if found is None:
                return
            for (argument, _), value in zip(list_arguments(found[1]), node.args, strict=False):
                offset = self._sliced(value)
                if offset is not None:
                    self.aliases.setdefault(argument.arg, offset)

    def _use(self, node: ast.AST, offset: int) -> None:
        parent = self.parents.get(id(node))
        if isinstance(parent, ast.Subscript) and parent.value is node:
            self._subscript(parent, offset)
        elif isinstance(parent, ast.Call) and self.names.full_name(parent.func) == "len":
            self._length(parent, offset)
        elif isinstance(parent, ast.Compare) and node in parent.comparators:
            flag = evaluate(parent.left, self.names)
            if isinstance(flag, str) and isinstance(parent.ops[0], ast.In | ast.NotIn):
                self.found.flags.append(flag)
        elif isinstance(parent, ast.Assign):
            self._unpack(parent, offset)
        elif not self._is_handed_on(parent) and offset > 0:
            self._rest(offset, node)

    def _is_handed_on(self, parent: ast.AST | None) -> bool:
        """Whether that is a call of a function of the script, whose parameter is then looked at, or no use at all."""
        if isinstance(parent, ast.Call):
            return self.names.find_function(self.names.full_name(parent.func)) is not None
        return isinstance(parent, ast.Compare | ast.BoolOp | ast.If | ast.IfExp | ast.UnaryOp)

    def _rest(self, start: int, node: ast.AST | None = None) -> None:
        start = max(start, 1)
        parent = self.parents.get(id(node))
        around = ast.unparse(parent) if isinstance(parent, ast.Call | ast.comprehension) else ""
        if isinstance(parent, ast.comprehension):
            around = ast.unparse(self.parents.get(id(parent), parent))
        for word, kind in _TYPES.items():
            if re.search(rf"\b{word}\b", around):
                self.found.rest_items = {"type": kind}
        self.found.rest_from = start if self.found.rest_from is None else min(start, self.found.rest_from)

    def _subscript(self, node: ast.Subscript, offset: int) -> None:
        if isinstance(node.slice, ast.Slice):
            lower = evaluate(node.slice.lower, self.names) if node.slice.lower else 0
            upper = evaluate(node.slice.upper, self.names)
            parent = self.parents.get(id(node))
            if not isinstance(lower, int) or lower < 0:
                return
            if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Tuple | ast.List):
                self._unpack(parent, offset + lower)
            elif isinstance(upper, int) and lower < upper <= _MOST_ARGUMENTS:
                for position in range(offset + lower, offset + upper):
                    self._position(position)
            elif self._sliced(node) is not None and not self._is_alias(parent):
                self._rest(offset + lower, node)
            return
        index = evaluate(node.slice, self.names)
        if isinstance(index, int) and not isinstance(index, bool):
            position = index + offset if index >= 0 else 1
            if 1 <= position <= _MOST_ARGUMENTS:
                self._learn(self._position(position), node)

    def _is_alias(self, parent: ast.AST | None) -> bool:
        while isinstance(parent, ast.BoolOp | ast.IfExp):
            parent = self.parents.get(id(parent))
        if isinstance(parent, ast.Call):
            return self.names.find_function(self.names.full_name(parent.func)) is not None
        return isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name)

    def _position(self, position: int) -> _Argument:
        return self.found.positions.setdefault(position, _Argument())

    def _unpack(self, parent: ast.Assign, offset: int) -> None:
        """``_, source, target = sys.argv``."""
        target = parent.targets[0]
        if not isinstance(target, ast.Tuple | ast.List):
            return
        for number, one in enumerate(target.elts):
            if isinstance(one, ast.Starred):
                self._rest(offset + number)
                self.found.rest_name = one.value.id if isinstance(one.value, ast.Name) else ""
            elif offset + number >= 1 and isinstance(one, ast.Name):
                self._position(offset + number).name = one.id
                self._follow_name(self._position(offset + number), one.id)

    def _length(self, call: ast.Call, offset: int) -> None:
        """``if len(sys.argv) < 3: usage()`` says that two are needed; ``> 2`` that the second may be left out."""
        parent = self.parents.get(id(call))
        if not isinstance(parent, ast.Compare) or parent.left is not call:
            return
        number, operator = evaluate(parent.comparators[0], self.names), parent.ops[0]
        if isinstance(number, list) and number and isinstance(operator, ast.NotIn):
            number, operator = min(number), ast.NotEq()
        if not isinstance(number, int):
            return
        number += offset
        if isinstance(operator, ast.Lt | ast.NotEq):
            self.found.needed = max(self.found.needed, number - 1)
        elif isinstance(operator, ast.LtE):
            self.found.needed = max(self.found.needed, number)
        elif isinstance(operator, ast.Gt | ast.GtE):
            first = number if isinstance(operator, ast.Gt) else number - 1
            if not isinstance(self.parents.get(id(parent)), ast.Assert) and first >= 1:
                self._position(first).optional = True

    def _learn(self, argument: _Argument, node: ast.AST) -> None:
        """What stands around a ``sys.argv[2]``: a conversion, a name that it gets, the function that it is given to."""
        parent = self.parents.get(id(node))
        while parent is not None:
            if isinstance(parent, ast.Tuple) and (beside := self._beside(node, parent)) is not None:
                argument.name = argument.name or beside.id
                self._follow_name(argument, beside.id)
                return
            if isinstance(parent, ast.Try) and any("IndexError" in ast.unparse(one) for one in parent.handlers):
                argument.optional = True
            if isinstance(parent, ast.IfExp) and "argv" in ast.unparse(parent.test):
                argument.optional = True
                argument.default = _known(evaluate(parent.orelse, self.names), argument.default)
            elif isinstance(parent, ast.Call):
                self._called(argument, parent, node)
            elif isinstance(parent, ast.Assign) and isinstance(target := _target_of(node, parent), ast.Name):
                argument.name = argument.name or target.id
                self._follow_name(argument, target.id)
                self._default_beside(argument, parent)
            elif isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
                return
            node, parent = parent, self.parents.get(id(parent))

    def _beside(self, node: ast.AST, values: ast.Tuple) -> ast.Name | None:
        """In ``source, target = sys.argv[1], sys.argv[2]`` the name at the same place."""
        assign = self.parents.get(id(values))
        targets = assign.targets[0] if isinstance(assign, ast.Assign) else None
        if not isinstance(targets, ast.Tuple) or len(targets.elts) != len(values.elts):
            return None
        target = targets.elts[next(number for number, one in enumerate(values.elts) if one is node)]
        return target if isinstance(target, ast.Name) else None

    def _called(self, argument: _Argument, call: ast.Call, node: ast.AST) -> None:
        full = self.names.full_name(call.func)
        if full in _TYPES:
            argument.schema = {"type": _TYPES[full]}
        found = self.names.find_function(full)
        if found is None:
            return
        said = read_docstring(ast.get_docstring(found[1])).parameters
        named = {one.value: one.arg for one in call.keywords}
        for number, (parameter, _) in enumerate(list_arguments(found[1])):
            if (number < len(call.args) and call.args[number] is node) or named.get(node) == parameter.arg:  # type: ignore[call-overload]
                argument.name = argument.name or parameter.arg
                argument.description = argument.description or said.get(parameter.arg, "")
                schema = derive_schema(parameter.annotation, found[0])
                if schema.get("type") in {"integer", "number"} and argument.schema == {"type": "string"}:
                    argument.schema = schema

    def _follow_name(self, argument: _Argument, name: str) -> None:
        """``count = sys.argv[2]`` and later ``int(count)``, or ``if command == "add"``."""
        for node in ast.walk(self.names.tree):
            if (
                isinstance(node, ast.Call)
                and node.args
                and isinstance(node.args[0], ast.Name)
                and node.args[0].id == name
            ):
                if (kind := _TYPES.get(self.names.full_name(node.func))) is not None:
                    argument.schema = {"type": kind}
            elif isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and node.left.id == name:
                value = evaluate(node.comparators[0], self.names)
                if isinstance(node.ops[0], ast.Eq) and isinstance(value, str):
                    argument.values.append(value)
                elif isinstance(node.ops[0], ast.In | ast.NotIn) and isinstance(value, list):
                    argument.values += [one for one in value if isinstance(one, str)]
        argument.values = [one for one in dict.fromkeys(argument.values) if not one.startswith("-")]

    def _default_beside(self, argument: _Argument, assign: ast.Assign) -> None:
        """The value that the same name gets elsewhere, where the argument may be left out."""
        if not argument.optional and not isinstance(self.parents.get(id(assign)), ast.If):
            return
        name = ast.unparse(assign.targets[0])
        for node in ast.walk(self.names.tree):
            if isinstance(node, ast.Assign) and node is not assign and ast.unparse(node.targets[0]) == name:
                argument.default = _known(evaluate(node.value, self.names), argument.default)

    def _compare(self, node: ast.AST) -> None:
        """``if sys.argv[1] == "add"``."""
        if not isinstance(node, ast.Compare) or not isinstance(node.left, ast.Subscript):
            return
        offset = self._offset(node.left.value)
        index, value = evaluate(node.left.slice, self.names), evaluate(node.comparators[0], self.names)
        if offset is None or not isinstance(index, int) or index < 0 or not isinstance(value, str):
            return
        argument = self.found.positions.get(index + offset)
        if argument is not None and value not in argument.values and not value.startswith("-"):
            argument.values.append(value)


def _target_of(value: ast.AST, assign: ast.Assign) -> ast.expr | None:
    """What a value is assigned to."""
    return assign.targets[0] if value is assign.value else None


def _known(value: Any, otherwise: Any) -> Any:
    return value if isinstance(value, str | int | float) else otherwise
