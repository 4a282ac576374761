"""The commands of a script that uses argparse, found by following its statements without running them.

Only what happens to parsers is followed: they are made, given arguments and subcommands, handed to functions, returned.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from .argparse_arguments import read_argument
from .constant_values import UNKNOWN, evaluate, join_texts
from .docstrings import one_line
from .module_names import FunctionDef, ModuleNames, list_arguments
from .parameters import Command, Parameter

_WORDS: Final = {"type": "array", "items": {"type": "string"}}
_MOST_STEPS: Final = 20_000
_MOST_PARAMETERS: Final = 500
_DEEPEST: Final = 12
_MOST_NESTED: Final = 4
_PARSERS: Final = {"ArgumentParser", "ArgParser", "OptionParser"}
_ADDERS: Final = {"add_argument_group", "add_mutually_exclusive_group", "OptionGroup", "add_option_group"}


@dataclass
class _Parser:
    """A parser as it is being built. ``commands`` are its subcommands by name."""

    description: str = ""
    parameters: list[Parameter] = field(default_factory=list)
    commands: dict[str, _Parser] = field(default_factory=dict)
    rest: tuple[Parameter, ...] = ()


@dataclass
class _Group:
    """A group of a parser's arguments; ``exclusive`` ones exclude each other, so none is required by itself."""

    parser: _Parser
    exclusive: bool = False


@dataclass
class _Commands:
    """What ``add_subparsers`` gives."""

    parser: _Parser


def read_argparse(names: ModuleNames) -> list[Command]:
    """Every command that the script's parser takes; empty where no parser is found."""
    reader = _Reader(names)
    reader.run(names.tree.body, {}, 0)
    if not reader.parsers:
        reader.run([one for one in ast.walk(names.tree) if isinstance(one, ast.stmt) and _is_simple(one)], {}, 0)
    inner = {id(one) for parser in reader.parsers for one in parser.commands.values()}
    tops = [parser for parser in reader.parsers if id(parser) not in inner]
    tops = [parser for parser in tops if parser.parameters or parser.commands] or tops[:1]
    # A parent (`parents=[…]`) is a parser, too: the one that is asked to parse is what counts.
    asked = [parser for parser in tops if any(parser is one for one in reader.asked)]
    return _commands((asked or tops)[0]) if tops else []


def _commands(parser: _Parser, depth: int = 0) -> list[Command]:
    own = (*parser.parameters, *parser.rest)
    if not parser.commands or depth > _MOST_NESTED:
        return [Command((), (own,), parser.description)]
    return [
        Command((word, *command.words), (own, *command.segments), command.description)
        for word, inner in parser.commands.items()
        for command in _commands(inner, depth + 1)
    ]


def _is_simple(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr | ast.Return)


class _Reader:
    """Follows statements. A scope maps names, and texts such as ``self.parser``, to parsers and literals."""

    def __init__(self, names: ModuleNames) -> None:
        self.names = names
        self.parsers: list[_Parser] = []
        self.asked: list[_Parser] = []
        self._fields: dict[str, Any] = {}
        self._steps = 0

    def run(self, body: Sequence[ast.stmt], scope: dict[str, Any], depth: int) -> Any:
        """The statements in turn, each branch once; the value of a ``return``, if it is one of ours."""
        for statement in body:
            self._steps += 1
            if self._steps > _MOST_STEPS or depth > _DEEPEST:
                return None
            if isinstance(statement, ast.Return):
                return self._value(statement.value, scope, depth)
            returned = self._step(statement, scope, depth)
            if returned is not None:
                return returned
        return None

    def _step(self, statement: ast.stmt, scope: dict[str, Any], depth: int) -> Any:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            value = self._value(statement.value, scope, depth)
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in targets:
                self._bind(target, value, scope)
        elif isinstance(statement, ast.Expr):
            self._value(statement.value, scope, depth)
        elif isinstance(statement, ast.For):
            return self._loop(statement, scope, depth)
        elif isinstance(statement, ast.With):
            for item in statement.items:
                value = self._value(item.context_expr, scope, depth)
                if item.optional_vars is not None:
                    self._bind(item.optional_vars, value, scope)
            return self.run(statement.body, scope, depth)
        elif isinstance(statement, ast.If | ast.While | ast.Try):
            return self._branches(statement, scope, depth)
        return None

    def _branches(self, statement: ast.If | ast.While | ast.Try, scope: dict[str, Any], depth: int) -> Any:
        """Each branch, unless its test is known: the first value that is returned is the one that counts."""
        parts = [statement.body, statement.orelse, getattr(statement, "finalbody", [])]
        if not isinstance(statement, ast.Try):
            self._value(statement.test, scope, depth)
            known = self._decide(statement.test, scope)
            parts = parts if known is None else [statement.body] if known else [statement.orelse]
        returned = None
        for part in parts:
            value = self.run(part, scope, depth)
            returned = value if returned is None else returned
        return returned if isinstance(returned, _Parser) else None

    def _decide(self, test: ast.expr, scope: dict[str, Any]) -> bool | None:
        """What ``name == "top"`` comes to where both sides are known."""
        if not isinstance(test, ast.Compare) or len(test.ops) != 1:
            return None
        left, right = self._literal(test.left, scope), self._literal(test.comparators[0], scope)
        if not isinstance(left, str) or not isinstance(right, str | list | dict):
            return None
        if isinstance(test.ops[0], ast.Eq | ast.NotEq):
            return (left == right) == isinstance(test.ops[0], ast.Eq)
        if isinstance(test.ops[0], ast.In | ast.NotIn):
            return (left in right) == isinstance(test.ops[0], ast.In)
        return None

    def _loop(self, statement: ast.For, scope: dict[str, Any], depth: int) -> Any:
        items = self._literal(statement.iter, scope)
        if isinstance(statement.iter, ast.Tuple | ast.List):
            items = [self._value(one, scope, depth) for one in statement.iter.elts]
        for item in items[:100] if isinstance(items, list) else [UNKNOWN]:
            self._bind(statement.target, item, scope)
            self.run(statement.body, scope, depth)
        return None

    def _bind(self, target: ast.expr, value: Any, scope: dict[str, Any]) -> None:
        if isinstance(target, ast.Name | ast.Attribute):
            key = ast.unparse(target)
            (self._fields if key.startswith("self.") else scope)[key] = value
        elif isinstance(target, ast.Tuple) and isinstance(value, list) and len(value) == len(target.elts):
            for one, item in zip(target.elts, value, strict=True):
                self._bind(one, item, scope)

    def _value(self, node: ast.expr | None, scope: dict[str, Any], depth: int) -> Any:  # noqa: PLR0911
        """A parser, a group or a literal; UNKNOWN or None for everything else."""
        self._steps += 1
        if node is None or self._steps > _MOST_STEPS or depth > _DEEPEST:
            return UNKNOWN
        if isinstance(node, ast.Name | ast.Attribute) and (key := ast.unparse(node)) in scope:
            return scope[key]
        if isinstance(node, ast.Attribute) and (key := ast.unparse(node)) in self._fields:
            return self._fields[key]
        if isinstance(node, ast.Call):
            return self._call(node, scope, depth)
        if isinstance(node, ast.Await | ast.NamedExpr | ast.Starred):
            return self._value(node.value, scope, depth)
        if isinstance(node, ast.Tuple | ast.List):
            return [self._value(one, scope, depth) for one in node.elts[:50]]
        return self._literal(node, scope)

    def _call(self, node: ast.Call, scope: dict[str, Any], depth: int) -> Any:
        full = self.names.full_name(node.func)
        if full.rpartition(".")[2] in _PARSERS or self._is_own_parser(full):
            return self._parser(node, scope, depth)
        if isinstance(node.func, ast.Attribute):
            owner = self._value(node.func.value, scope, depth)
            if isinstance(owner, _Parser | _Group | _Commands):
                return self._method(owner, node, scope, depth)
        values = [self._value(one, scope, depth) for one in node.args]
        named = {one.arg: self._value(one.value, scope, depth) for one in node.keywords if one.arg}
        return self._enter(full, node, values, named, depth)

    def _is_own_parser(self, full: str) -> bool:
        found = self.names.find_class(full)
        return found is not None and any(found[0].full_name(base).endswith("ArgumentParser") for base in found[1].bases)

    def _enter(self, full: str, node: ast.Call, values: list[Any], named: dict[str, Any], depth: int) -> Any:
        """What a function of the script does with parsers, and what it returns; of a class, what its methods do."""
        if (found := self.names.find_function(full)) is not None:
            return self._follow(found[0], found[1], values, named, depth)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        cls = self.names.classes.get(full) or (
            next((one for one in self.names.classes.values() if _method_of(one, method)), None) if method else None
        )
        if cls is not None:
            wanted = method if _method_of(cls, method) else "__init__"
            if (function := _method_of(cls, wanted)) is not None:
                return self._follow(self.names, function, [UNKNOWN, *values], named, depth)
        return UNKNOWN

    def _follow(
        self, there: ModuleNames, function: FunctionDef, values: list[Any], named: dict[str, Any], depth: int
    ) -> Any:
        arguments = [argument.arg for argument, _ in list_arguments(function)]
        defaults = {argument.arg: evaluate(default, there) for argument, default in list_arguments(function) if default}
        inner: dict[str, Any] = {**defaults, **dict(zip(arguments, values, strict=False)), **named}
        here, self.names = self.names, there
        try:
            return self.run(function.body, inner, depth + 1)
        finally:
            self.names = here

    def _parser(self, node: ast.Call, scope: dict[str, Any], depth: int) -> _Parser:
        given = {one.arg: one.value for one in node.keywords if one.arg}
        description = self._literal(given.get("description"), scope)
        parser = _Parser(one_line(description) if isinstance(description, str) else "")
        if _names_docstring(given.get("description")):
            parser.description = one_line(ast.get_docstring(self.names.tree))
        self._inherit(parser, given.get("parents"), scope, depth)
        if self.names.full_name(node.func) == "optparse.OptionParser":
            parser.rest = (Parameter("arguments", "rest", _WORDS, "The words after the options.", dest="args"),)
        self.parsers.append(parser)
        return parser

    def _inherit(self, parser: _Parser, parents: ast.expr | None, scope: dict[str, Any], depth: int) -> None:
        found = self._value(parents, scope, depth) if parents is not None else []
        for parent in found if isinstance(found, list) else []:
            if isinstance(parent, _Parser) and len(parser.parameters) + len(parent.parameters) <= _MOST_PARAMETERS:
                parser.parameters += parent.parameters
                self.parsers = [one for one in self.parsers if one is not parent]

    def _method(self, owner: _Parser | _Group | _Commands, node: ast.Call, scope: dict[str, Any], depth: int) -> Any:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        parser = owner if isinstance(owner, _Parser) else owner.parser
        given = {one.arg: one.value for one in node.keywords if one.arg}
        if name == "add_parser" and isinstance(owner, _Commands):
            return self._add_command(parser, node, given, scope, depth)
        if name in {"add_argument", "add_option"}:
            literal = {key: self._literal(value, scope) for key, value in given.items()}
            flags = [self._literal(one, scope) for one in node.args]
            exclusive = isinstance(owner, _Group) and owner.exclusive
            read = read_argument(flags, given, literal, self.names, exclusive=exclusive)
            parser.parameters += [read] if read is not None else []
        if name in _ADDERS:
            return _Group(parser, name == "add_mutually_exclusive_group")
        if name in {"add_subparsers", "add_subcommands"}:
            return _Commands(parser)
        if name in {"parse_args", "parse_known_args", "parse_intermixed_args"}:
            self.asked.append(parser)
        if name == "set_defaults":
            return None
        return UNKNOWN

    def _add_command(
        self, parser: _Parser, node: ast.Call, given: dict[str, ast.expr], scope: dict[str, Any], depth: int
    ) -> Any:
        word = self._literal(node.args[0], scope) if node.args else UNKNOWN
        if not isinstance(word, str):
            return UNKNOWN
        texts = [self._literal(given.get(key), scope) for key in ("description", "help")]
        said = next((one_line(text) for text in texts if isinstance(text, str) and text), "")
        command = _Parser(said)
        self._inherit(command, given.get("parents"), scope, depth)
        parser.commands[word] = command
        self.parsers.append(command)
        return command

    def _literal(self, node: ast.expr | None, scope: dict[str, Any]) -> Any:
        if isinstance(node, ast.Name) and node.id in scope:
            value = scope[node.id]
            return value if isinstance(value, str | int | float | bool | list | dict) else UNKNOWN
        if isinstance(node, ast.JoinedStr):
            parts = [
                self._literal(part.value if isinstance(part, ast.FormattedValue) else part, scope)
                for part in node.values
            ]
            return join_texts(parts)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self._literal(node.left, scope), self._literal(node.right, scope)
            if isinstance(left, str) and isinstance(right, str):
                return join_texts([left, right])
            return evaluate(node, self.names)
        return evaluate(node, self.names) if node is not None else UNKNOWN


def _method_of(cls: ast.ClassDef, name: str) -> FunctionDef | None:
    return next(
        (one for one in cls.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name == name), None
    )


def _names_docstring(node: ast.expr | None) -> bool:
    return (
        any(isinstance(one, ast.Name) and one.id == "__doc__" for one in ast.walk(node)) if node is not None else False
    )
