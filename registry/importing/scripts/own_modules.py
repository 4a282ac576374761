"""The files beside a script that it imports, and those that they import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from registry.errors import InputRefused

from .folder_expressions import list_search_folders
from .module_names import ModuleNames
from .script_source import ScriptSource, read_script

_MOST_MODULES = 60
_MOST_BYTES = 200 * 1024


@dataclass(frozen=True, slots=True)
class OwnModules:
    """The script and its helpers. ``files`` are all Python files but the script's, by their path in the tool's folder.

    ``names`` are the names of each, by module name. ``module`` is the script's own module name, with the package that
    it stands in where it needs one; ``unread`` are sentences about files that could not be taken.
    """

    module: str
    files: dict[str, bytes] = field(default_factory=dict)
    names: dict[str, ModuleNames] = field(default_factory=dict)
    sources: dict[str, ScriptSource] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


def collect_modules(source: ScriptSource) -> OwnModules:
    """Follow the imports of a script through the files beside it, and through folders that it adds to ``sys.path``."""
    return _Collector(source).collect()


class _Collector:
    def __init__(self, source: ScriptSource) -> None:
        self.source = source
        self.package = _package_of(source)
        base = source.path.parent
        for _ in self.package:
            base = base.parent
        self.folders = [base, *list_search_folders(source)]
        if self.package:
            self.folders.append(source.path.parent)
        self.found: dict[str, ScriptSource] = {}
        self.unread: list[str] = []

    def collect(self) -> OwnModules:
        module = ".".join([*self.package, self.source.path.stem])
        pending: list[tuple[str, ScriptSource]] = [(module, self.source)]
        if self.package:
            self._take_parents(module, self.source.path, pending)
        while pending and not self._is_full():
            name, source = pending.pop()
            for wanted in _imported(source.tree, name, is_package=source.path.name == "__init__.py"):
                self._take(wanted, pending)
        names: dict[str, ModuleNames] = {}
        for name, source in self.found.items():
            names[name] = ModuleNames(source.tree, names)
        names[module] = ModuleNames(self.source.tree, names)
        files = {_place(name, one.path): one.data for name, one in self.found.items()}
        return OwnModules(module, files, names, self.found, tuple(self.unread))

    def _is_full(self) -> bool:
        """Whether more would be more than a tool can have."""
        full = len(self.found) >= _MOST_MODULES or sum(len(one.data) for one in self.found.values()) > _MOST_BYTES
        if full:
            self.unread.append("it imports more files beside it than a tool can have: not all of them were copied")
        return full

    def _take(self, wanted: str, pending: list[tuple[str, ScriptSource]]) -> None:
        if wanted in self.found:
            return
        parts = wanted.split(".")
        for folder in self.folders:
            for path in (folder.joinpath(*parts).with_suffix(".py"), folder.joinpath(*parts, "__init__.py")):
                if not path.is_file() or path == self.source.path:
                    continue
                try:
                    source = read_script(path, self.source.root)
                except InputRefused as error:
                    self.unread.append(str(error))
                    return
                self.found[wanted] = source
                pending.append((wanted, source))
                self._take_parents(wanted, path, pending)
                return

    def _take_parents(self, wanted: str, path: Path, pending: list[tuple[str, ScriptSource]]) -> None:
        """The ``__init__.py`` of each package on the way."""
        parts = wanted.split(".")[:-1]
        for length in range(len(parts), 0, -1):
            self._take(".".join(parts[:length]), pending)


def _package_of(source: ScriptSource) -> list[str]:
    """The packages that a script with relative imports stands in, the outermost first."""
    relative = any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(source.tree))
    if not relative:
        return []
    found: list[str] = []
    folder = source.path.parent
    while folder not in (source.root, folder.parent) and (folder / "__init__.py").is_file():
        found.insert(0, folder.name)
        folder = folder.parent
    return found or [source.path.parent.name]


def _imported(tree: ast.Module, module: str, *, is_package: bool) -> Iterator[str]:
    """Every module that a file names in an import, by its full name; also names that may be modules."""
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                yield from _with_parents(one.name)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            if base:
                yield from _with_parents(base)
            for one in node.names:
                yield f"{base}.{one.name}" if base else one.name


def _with_parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    for length in range(1, len(parts) + 1):
        yield ".".join(parts[:length])


def _place(module: str, path: Path) -> str:
    inner = PurePosixPath(*module.split("."))
    return str(inner / "__init__.py") if path.name == "__init__.py" else f"{inner}.py"
