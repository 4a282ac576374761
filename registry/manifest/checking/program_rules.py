"""Whether main.py can be called as a tool is called: by its parameters, without a command line, with few variables."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from registry.model import Entry, Finding, Json
from registry.secret_names import is_reserved_name

from .python_source import PythonSource
from .running_code import is_program_guard, walk_below
from .source_facts import SourceFacts

_MAIN = "main.py"
_NAMED_AT_MOST = 3
_TOLD_AT_MOST = 100
# Variables that code asks for by habit and can do without: nobody would grant one as a secret.
_HABITUAL = frozenset(
    {"CI", "COLUMNS", "LINES", "DEBUG", "VERBOSE", "LOG_LEVEL", "LOGLEVEL", "NO_COLOR", "FORCE_COLOR", "CLICOLOR"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "EDITOR", "VISUAL", "PAGER", "BROWSER", "DISPLAY"}
    | {"VIRTUAL_ENV", "CONDA_PREFIX", "USERNAME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"}
    | {"COMPUTERNAME", "SYSTEMROOT"}
)
_DOES_NOTHING = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom),
    *(ast.Assign, ast.AnnAssign, ast.Pass),
)


def check_command_lines(files: Mapping[str, SourceFacts], entry: Entry) -> Iterator[Finding]:
    """A warning for each file that takes the command line, which a tool does not have."""
    if entry == "script" and any(facts.reads_input for facts in files.values()):
        return  # it does without, where it gets its arguments as a tool does
    for path, facts in files.items():
        if facts.command_line is not None:
            what, place = facts.command_line
            yield Finding(path, *place, "warning", "argv-unused", _NO_COMMAND_LINE[entry].format(what))


_NO_COMMAND_LINE: Mapping[Entry, str] = {
    "function": "{} finds nothing: a tool has no command line. Its arguments are the parameters of main.",
    "script": (
        "{} finds nothing: a tool has no command line. Define main(…) with these as its parameters, or read the "
        "arguments as one JSON object: json.load(sys.stdin)."
    ),
}


def check_variables(files: Mapping[str, SourceFacts], secrets: tuple[str, ...]) -> Iterator[Finding]:
    """A warning for each environment variable that the code needs and that nobody can give it; 100 at the most."""
    told = {name for facts in files.values() for name in facts.given}
    warned = 0
    for path, facts in files.items():
        for name, place in sorted(facts.variables.items(), key=lambda item: item[1]):
            known = name in secrets or name in told or name.upper() in _HABITUAL
            if known or is_reserved_name(name) or not name or name.startswith("XDG_"):
                continue
            if warned == _TOLD_AT_MOST:
                return
            warned += 1
            told.add(name)
            message = (
                f"The environment has {name[:64]} only if runtime.secrets names it and the server grants it: "
                "list it there, or make it a parameter."
            )
            yield Finding(path, *place, "warning", "env-undeclared", message)


def check_entry(source: PythonSource, facts: SourceFacts, properties: Mapping[str, Json]) -> Iterator[Finding]:
    """A warning where a script looks like functions that were meant to be called with the arguments."""
    tree = source.tree
    if tree is None or facts.reads_input or source.main_bound is not None:
        return
    functions = [
        one
        for one in tree.body
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and not one.name.startswith("_")
    ]
    idle = _is_idle(tree.body)
    if not functions or not (properties or idle):
        return
    likely = _guess(functions, tree, properties)
    place = likely or functions[0]
    says = "does nothing when it is run" if idle else "reads no arguments from standard input"
    if likely is not None:
        asks = f"if {likely.name[:64]} is what the tool does, name it main (or define main and call it)"
    else:
        names = ", ".join(one.name[:64] for one in functions[:_NAMED_AT_MOST])
        asks = f"define main with the parameters of tool.yaml, which calls what is needed ({names})"
    message = f"main.py defines no main, so it runs as a program, and it {says}: {asks}."
    yield Finding(_MAIN, place.lineno, place.col_offset + 1, "warning", "entry-guess", message)


_Function = ast.FunctionDef | ast.AsyncFunctionDef


def _guess(functions: list[_Function], tree: ast.Module, properties: Mapping[str, Json]) -> _Function | None:
    """The function that is meant, if one stands out: by its parameters, as the one that the program calls, as the only
    one."""
    by_parameters = [one for one in functions if properties and _parameters(one) == set(properties)]
    called = {
        node.func.id
        for node in walk_below(one for one in tree.body if is_program_guard(one))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    for likely in (by_parameters, [one for one in functions if one.name in called], functions):
        if len(likely) == 1:
            return likely[0]
    return None


def _parameters(function: _Function) -> set[str]:
    args = function.args
    return {one.arg for one in (*args.posonlyargs, *args.args, *args.kwonlyargs)}


def _is_idle(statements: list[ast.stmt]) -> bool:
    """Whether statements only define things."""
    pending = list(statements)
    while pending:
        one = pending.pop()
        if isinstance(one, ast.If | ast.Try) and not is_program_guard(one):
            handlers = one.handlers if isinstance(one, ast.Try) else []
            pending += [*one.body, *one.orelse, *(inner for handler in handlers for inner in handler.body)]
        elif not isinstance(one, _DOES_NOTHING) and not (
            isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
        ):
            return False
    return True
