"""Python files as syntax trees, never run: whether they are valid, what they import, and where main is."""

from __future__ import annotations

import ast
import sys
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from registry.manifest.yaml import clamp_position
from registry.model import Finding

_PARSING = threading.Lock()  # catch_warnings changes the state of the whole process
_COMPOUND = (ast.If, ast.Try, ast.With, ast.For, ast.While, ast.TryStar)
_HOLDING = (*_COMPOUND, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.AsyncWith, ast.AsyncFor, ast.Match)
MainDef = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class PythonSource:
    """One Python file. ``main`` is the last top-level definition of main; ``imports`` are top-level module names.

    ``docstring`` is the file's own. ``tree`` is None where the code cannot be parsed.
    """

    main: MainDef | None
    main_bound: ast.stmt | None
    imports: frozenset[str]
    findings: tuple[Finding, ...]
    valid: bool
    docstring: str | None = None
    tree: ast.Module | None = None


def read_source(file: str, data: bytes) -> PythonSource:
    """Read one Python file. Never raises: code that Python cannot parse is one finding with its position."""
    try:
        tree = _parse(data)
    except SyntaxError as error:
        line, column = clamp_position(data.decode("utf-8", "replace"), error.lineno, error.offset)
        return _broken(Finding(file, line, column, "error", "python-syntax", f"Not valid Python: {error.msg}."))
    except ValueError as error:
        offset = max(data.find(b"\0"), 0)
        line = data.count(b"\n", 0, offset) + 1
        message = f"Not valid Python: {str(error)[:120]}."
        return _broken(
            Finding(file, *clamp_position(data.decode("utf-8", "replace"), line, 1), "error", "python-syntax", message)
        )
    except (RecursionError, MemoryError):
        return _broken(Finding(file, 1, 1, "error", "python-too-deep", "The code is nested too deeply to be parsed."))
    main: MainDef | None = None
    bound: ast.stmt | None = None
    for statement in _module_level(tree.body):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            if statement.name == "main":
                main = statement
        elif _binds_main(statement):
            bound = statement
    docstring = ast.get_docstring(tree, clean=False)
    return PythonSource(main, bound, _imports(tree), (), valid=True, docstring=docstring, tree=tree)


def _broken(finding: Finding) -> PythonSource:
    return PythonSource(None, None, frozenset(), (finding,), valid=False)


def _parse(data: bytes) -> ast.Module:
    # An invalid escape sequence is a warning, and the process's warning filters must not turn it into an error.
    with _PARSING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(data)


def _module_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run in the module's own scope, in order."""
    pending = body[::-1]  # a long chain of elif is a deep tree
    while pending:
        statement = pending.pop()
        yield statement
        if isinstance(statement, _COMPOUND):
            inside = [one for part in _bodies(statement) for one in part]
            pending += inside[::-1]


def _bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        part = getattr(statement, field, None)
        if part:
            yield part
    for handler in getattr(statement, "handlers", ()):
        yield handler.body
    for case in getattr(statement, "cases", ()):
        yield case.body


def _binds_main(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        return any(isinstance(target, ast.Name) and target.id == "main" for target in statement.targets)
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return any((name.asname or name.name) == "main" for name in statement.names)
    return isinstance(statement, ast.ClassDef) and statement.name == "main"


def _imports(tree: ast.Module) -> frozenset[str]:
    """The modules that import statements anywhere in the file name. Expressions are not searched."""
    found: set[str] = set()
    pending: list[list[ast.stmt]] = [tree.body]
    while pending:
        for statement in pending.pop():
            if isinstance(statement, ast.Import):
                found.update(name.name.partition(".")[0] for name in statement.names)
            elif isinstance(statement, ast.ImportFrom):
                if not statement.level and statement.module:
                    found.add(statement.module.partition(".")[0])
            elif isinstance(statement, _HOLDING):
                pending.extend(_bodies(statement))
    return frozenset(found)


def find_character(data: bytes, line: int, offset: int) -> tuple[int, int]:
    """Line and column, in characters from 1, of a syntax tree's place: a line and an offset in bytes, from 0."""
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n", line)
    before = lines[line - 1][:offset] if line <= len(lines) else b""
    return clamp_position(data.decode("utf-8", "replace"), line, len(before.decode("utf-8", "replace")) + 1)


def select_foreign_imports(imports: frozenset[str], paths: tuple[str, ...]) -> tuple[str, ...]:
    """The imports, sorted, without the folder's own modules and private modules of the standard library."""
    own = {path.partition("/")[0].removesuffix(".py") for path in paths if path.endswith(".py")}
    private = {name for name in imports if name.startswith("_") and name in sys.stdlib_module_names}
    return tuple(sorted(imports - own - private))
