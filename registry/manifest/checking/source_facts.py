"""What the running code of one Python file asks of the machine that it runs on: modules, variables, a command line."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from .running_code import Role, list_below, select_running_statements, walk_below

Place = tuple[int, int]
"""Line and column, from 1."""

_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
_KEY_ERRORS = frozenset({"KeyError", "LookupError", "Exception", "BaseException"})
# A condition that asks which machine or Python this is, or whether there is a module.
_ASKS_WHERE = frozenset({"TYPE_CHECKING", "version_info", "platform", "system", "find_spec", "hexversion"})
_PARSING = frozenset({"parse_args", "parse_known_args", "parse_intermixed_args"})
_PARSERS = frozenset({"argparse", "optparse"})
# What makes a program of functions: called or as a decorator, it takes the command line.
_COMMANDS = frozenset(
    {("click", "command"), ("click", "group"), ("typer", "Typer"), ("typer", "run"), ("fire", "Fire")}
    | {("docopt", "docopt"), ("tyro", "cli"), ("plac", "call"), ("clize", "run"), ("jsonargparse", "CLI")}
)
_INPUT_CALLS = frozenset({"get_text_stream", "get_binary_stream"})
# Of one condition: where conditions stand in conditions, each node is looked at once for each of them.
_LOOKED_AT = 200
_IMPORTS = (ast.Import, ast.ImportFrom)
_SPARING = frozenset({ast.Try, ast.TryStar, ast.With, ast.If, ast.IfExp, ast.While, ast.BoolOp, ast.Compare})
_TELLING = frozenset({ast.Attribute, ast.Constant, ast.Compare, ast.Call, ast.Subscript})
# What the code can do without where a node stands: a module, a variable, a variable that is asked for with get.
_MODULE, _VARIABLE, _ASKED = 1, 2, 4


@dataclass(frozen=True, slots=True)
class ImportedModule:
    """One name of an import statement. ``level`` counts the dots of a relative import.

    ``names`` are what is taken from the module; empty for ``import module``. ``optional`` tells that the code can do
    without.
    """

    module: str
    names: tuple[str, ...]
    level: int
    place: Place
    optional: bool


@dataclass(slots=True)
class SourceFacts:
    """``variables`` are environment variables that must be there, with the first place of each.

    ``command_line`` is what takes the command line, and where; None where nothing does. ``reads_input`` tells whether
    standard input is read. ``given`` are variables that the code sets itself.
    """

    imports: list[ImportedModule] = field(default_factory=list)
    variables: dict[str, Place] = field(default_factory=dict)
    command_line: tuple[str, Place] | None = None
    reads_input: bool = False
    given: frozenset[str] = frozenset()


def collect_facts(tree: ast.Module, role: Role) -> SourceFacts:
    """The facts of a file's running code. Looks at each node of the tree a few times."""
    return _Collector().collect(select_running_statements(tree, role))


@dataclass(slots=True)
class _Collector:
    facts: SourceFacts = field(default_factory=SourceFacts)
    modules: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)  # variables that the code sets itself, or asks whether they are there
    parsed: list[ast.Call] = field(default_factory=list)
    sets_command_line: bool = False

    def collect(self, statements: list[ast.stmt]) -> SourceFacts:
        pending: list[tuple[ast.AST, int]] = [(one, 0) for one in statements]
        while pending:
            node, spared = pending.pop()
            kind = type(node)
            if isinstance(node, _IMPORTS):
                self._import(node, optional=bool(spared & _MODULE))
            elif kind is not ast.Subscript or not _is_program_name(node):
                if kind in _TELLING:
                    self._look_at(node, spared)
                below = [one for one in list_below(node) if type(one) is not ast.Name]  # most; alone they say nothing
                if kind in _SPARING:
                    pending += [(one, spared | more) for one, more in _spare(node, below)]
                else:
                    pending += [(one, spared) for one in below]
        return self._finished()

    def _finished(self) -> SourceFacts:
        facts = self.facts
        facts.given = frozenset(self.kept)
        for name in self.kept & facts.variables.keys():
            del facts.variables[name]
        if facts.command_line is None and not _PARSERS.isdisjoint(self.modules):
            for call in self.parsed[:1]:
                facts.command_line = (f"{_last_name(call.func)}()", _place(call))
        if self.sets_command_line:
            facts.command_line = None
        return facts

    def _import(self, node: ast.Import | ast.ImportFrom, *, optional: bool) -> None:
        found: list[ImportedModule] = []
        if isinstance(node, ast.Import):
            found = [ImportedModule(one.name, (), 0, _place(one), optional) for one in node.names]
        else:
            names = tuple(one.name for one in node.names)
            found = [ImportedModule(node.module or "", names, node.level, _place(node), optional)]
            if node.module == "sys" and "argv" in names:
                self._take_command_line("sys.argv", node)
            self.facts.reads_input |= node.module == "sys" and "stdin" in names
        self.modules.update(one.module.partition(".")[0] for one in found)
        self.facts.imports += found

    def _look_at(self, node: ast.AST, spared: int) -> None:
        if isinstance(node, ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            if node.attr == "argv" and owner == "sys":
                self._use_command_line(node)
            elif (owner, node.attr) in _COMMANDS:
                self._take_command_line(f"{owner}.{node.attr}", node)
            self.facts.reads_input |= node.attr == "stdin" or node.attr in _INPUT_CALLS or owner == "fileinput"
        elif isinstance(node, ast.Constant):
            self.facts.reads_input |= node.value == "/dev/stdin"
        elif isinstance(node, ast.Compare):
            if isinstance(node.ops[0], ast.In) and _is_environment(node.comparators[0]):
                self._variable(node.left, node, optional=True, stored=True)  # what is there only then is asked for then
        elif isinstance(node, ast.Call):
            self._call(node, spared)
        elif isinstance(node, ast.Subscript) and _is_environment(node.value):
            stored = not isinstance(node.ctx, ast.Load)
            self._variable(node.slice, node, optional=bool(spared & _VARIABLE), stored=stored)

    def _call(self, node: ast.Call, spared: int) -> None:
        name = _last_name(node.func)
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        first = node.args[0] if node.args else None
        if name in _PARSING and first is None and not any(one.arg in {"args", None} for one in node.keywords):
            self.parsed.append(node)
        elif owner is None and (name == "input" or (name == "open" and _is_constant(first, 0))):
            self.facts.reads_input = True
        elif owner is None and (name, name) in _COMMANDS:
            self._take_command_line(f"{name}()", node)
        elif name == "read" and _is_constant(first, 0):
            self.facts.reads_input = True
        if name == "getenv" or (name == "get" and owner is not None and _is_environment(owner)):
            default = node.args[1] if len(node.args) > 1 else next((one.value for one in node.keywords), None)
            says = default is not None and not (isinstance(default, ast.Constant) and not default.value)
            self._variable(first, node, optional=bool(spared & (_VARIABLE | _ASKED)) or says)
        elif name in {"setdefault", "putenv"} and (owner is None or name == "putenv" or _is_environment(owner)):
            self._variable(first, node, optional=True, stored=True)

    def _variable(self, name: ast.expr | None, node: ast.expr, *, optional: bool, stored: bool = False) -> None:
        if not isinstance(name, ast.Constant) or not isinstance(name.value, str):
            return
        if stored:
            self.kept.add(name.value)
        elif not optional:
            self.facts.variables[name.value] = min(self.facts.variables.get(name.value, _place(node)), _place(node))

    def _use_command_line(self, node: ast.Attribute) -> None:
        if isinstance(node.ctx, ast.Load):
            self._take_command_line("sys.argv", node)
        else:
            self.sets_command_line = True

    def _take_command_line(self, what: str, node: ast.stmt | ast.expr) -> None:
        known = self.facts.command_line
        if known is None or _place(node) < known[1]:
            self.facts.command_line = (what, _place(node))


def _spare(node: ast.AST, below: list[ast.AST]) -> list[tuple[ast.AST, int]]:
    """The nodes one step below, each with what the code can do without there."""
    if isinstance(node, ast.Try | ast.TryStar):
        spared = _MODULE * _catches(node.handlers, _IMPORT_ERRORS) | _VARIABLE * _catches(node.handlers, _KEY_ERRORS)
        return [(one, spared) for one in below]
    if isinstance(node, ast.With):
        raised = [item.context_expr for item in node.items]
        spared = _MODULE * _mentions(raised, _IMPORT_ERRORS) | _VARIABLE * _mentions(raised, _KEY_ERRORS)
        return [(one, spared) for one in below]
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        where = _MODULE * (_mentions([node.test], _ASKS_WHERE) or _asks_os_name(node.test))
        return [(one, _ASKED if one is node.test else where) for one in below]
    return [(one, _ASKED) for one in below]


def _place(node: ast.stmt | ast.expr | ast.alias) -> Place:
    return node.lineno, node.col_offset + 1


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_environment(node: ast.AST) -> bool:
    return _last_name(node) in {"environ", "environb"}


def _is_constant(node: ast.AST | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value == value and type(node.value) is type(value)


def _is_program_name(node: ast.AST) -> bool:
    """Whether this is ``sys.argv[0]``, which every program has."""
    return isinstance(node, ast.Subscript) and _last_name(node.value) == "argv" and _is_constant(node.slice, 0)


def _asks_os_name(node: ast.expr) -> bool:
    return any(
        isinstance(one, ast.Attribute) and one.attr == "name" and _last_name(one.value) == "os"
        for one in islice(walk_below([node]), _LOOKED_AT)
    )


def _mentions(nodes: Iterable[ast.AST], names: frozenset[str]) -> bool:
    """Whether one of the names is among the first nodes; what asks for one of them is short."""
    return any(_last_name(one) in names for one in islice(walk_below(nodes), _LOOKED_AT))


def _catches(handlers: Iterable[ast.ExceptHandler], names: frozenset[str]) -> bool:
    return any(one.type is None or _mentions([one.type], names) for one in handlers)
