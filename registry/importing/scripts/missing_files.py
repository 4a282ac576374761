"""Files that a script reads by a name of its own, and that nobody has put beside it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Final

from .constant_values import evaluate
from .module_names import ModuleNames
from .path_calls import list_path_uses

_LOOKING: Final = {"exists", "isfile", "is_file"}


def list_missing_files(modules: Iterable[ModuleNames], script: Path) -> list[str]:
    """The names, in the order of the text. What the script writes, too, or looks for before, may be missing."""
    read: dict[str, None] = {}
    expected: set[str] = set()
    for names in modules:
        for node in ast.walk(names.tree):
            if not isinstance(node, ast.Call):
                continue
            for path, use in list_path_uses(node, names):
                if (name := _name(path, names)) is not None:
                    if use.use in {"text", "bytes"}:
                        read[name] = None
                    else:
                        expected.add(name)
            if _last(node, names) in _LOOKING:
                looked = [*node.args[:1], *([node.func.value] if isinstance(node.func, ast.Attribute) else [])]
                expected.update(name for one in looked if (name := _name(one, names)) is not None)
    return [name for name in read if name not in expected and not (script.parent / name).exists()]


def looks_for_files(modules: Iterable[ModuleNames]) -> bool:
    """Whether a script asks anywhere whether a file is there, or goes on where one is not."""
    return any(
        (isinstance(node, ast.Call) and _last(node, names) in _LOOKING)
        or (isinstance(node, ast.ExceptHandler) and node.type is not None and "FileNotFound" in ast.unparse(node.type))
        for names in modules
        for node in ast.walk(names.tree)
    )


def _last(node: ast.Call, names: ModuleNames) -> str:
    full = names.full_name(node.func) or getattr(node.func, "attr", "")
    return str(full).rpartition(".")[2]


def _name(node: ast.expr, names: ModuleNames) -> str | None:
    """The relative path that is written there, with an ending."""
    if isinstance(node, ast.Call) and names.full_name(node.func) in {"pathlib.Path", "Path"} and node.args:
        node = node.args[0]
    value = evaluate(node, names)
    if not isinstance(value, str) or "://" in value or "\n" in value or set(value) & set("*?<>|{}%"):
        return None
    path = PurePosixPath(value)
    return value if path.suffix and not path.is_absolute() and ".." not in path.parts else None
