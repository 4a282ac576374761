"""Paths that a script makes from its own place: ``Path(__file__).parent / "lib"``, ``"rates.json"``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from .constant_values import evaluate
from .module_names import ModuleNames
from .script_source import ScriptSource

_KEEPING = {"abspath", "realpath", "normpath", "resolve", "absolute", "Path", "PurePath", "str", "expanduser", "fspath"}
_MOST_DEPTH = 12
_LONGEST = 200


def resolve_place(node: ast.AST | None, names: ModuleNames, file: Path, depth: int = 0) -> Path | None:  # noqa: PLR0911
    """The path on disk that an expression means, seen from the file it stands in; None where that is not known."""
    if node is None or depth > _MOST_DEPTH:
        return None
    if isinstance(node, ast.Name) and node.id == "__file__":
        return file
    if isinstance(node, ast.Name) and (constant := names.constants.get(node.id)) is not None:
        return resolve_place(constant, names, file, depth + 1)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Add):
        base = resolve_place(node.left, names, file, depth + 1)
        part = evaluate(node.right, names)
        return base / part.lstrip("/") if base is not None and isinstance(part, str) else None
    if isinstance(node, ast.Attribute) and node.attr == "parent":
        base = resolve_place(node.value, names, file, depth + 1)
        return base.parent if base is not None else None
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "parents":
        base, index = resolve_place(node.value.value, names, file, depth + 1), evaluate(node.slice, names)
        return (
            base.parents[index] if base is not None and isinstance(index, int) and index < len(base.parents) else None
        )
    if isinstance(node, ast.Call):
        return _called(node, names, file, depth)
    if isinstance(node, ast.JoinedStr) and node.values:
        first = node.values[0]
        base = resolve_place(first.value, names, file, depth + 1) if isinstance(first, ast.FormattedValue) else None
        rest = [evaluate(one, names) for one in node.values[1:]]
        if base is not None and all(isinstance(one, str) for one in rest):
            return base / "".join(rest).lstrip("/")
    text = evaluate(node, names)
    return _relative(text, file) if isinstance(text, str) else None


def list_search_folders(source: ScriptSource) -> list[Path]:
    """The folders inside of the root that a script adds to ``sys.path``."""
    names = ModuleNames(source.tree, {})
    found: list[Path] = []
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call) or names.full_name(node.func) not in {
            "sys.path.insert",
            "sys.path.append",
            "site.addsitedir",
        }:
            continue
        place = resolve_place(node.args[-1], names, source.path) if node.args else None
        if place is not None and (folder := _inside(place, source.root)) is not None and folder.is_dir():
            found.append(folder)
    return found


def list_data_files(tree: ast.Module, names: ModuleNames, file: Path, root: Path) -> Iterator[Path]:
    """The files beside a script that its text names: by a relative path, or from its own place. No Python, no links."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            place = _relative(node.value, file) if isinstance(node.value, str) else None
        elif isinstance(node, ast.BinOp | ast.Call | ast.JoinedStr):
            place = resolve_place(node, names, file)
        else:
            continue
        if place is None or place.suffix == ".py" or place.name.startswith(".env"):
            continue
        found = _inside(place, root)
        if found is not None and found != file and _is_there(found):
            yield found


def _is_there(path: Path) -> bool:
    try:
        return not path.is_symlink() and (path.is_file() or path.is_dir())
    except OSError:  # a text that is no file's name
        return False


def _called(  # noqa: PLR0911 -- one for each call
    node: ast.Call, names: ModuleNames, file: Path, depth: int
) -> Path | None:
    full = names.full_name(node.func)
    last = full.rpartition(".")[2] or (node.func.attr if isinstance(node.func, ast.Attribute) else "")
    if full in {"os.path.join", "pathlib.Path", "Path"} and len(node.args) > 1:
        base = resolve_place(node.args[0], names, file, depth + 1)
        parts = [evaluate(one, names) for one in node.args[1:]]
        return base.joinpath(*parts) if base is not None and all(isinstance(one, str) for one in parts) else None
    if last == "dirname" and node.args:
        base = resolve_place(node.args[0], names, file, depth + 1)
        return base.parent if base is not None else None
    if full in {"pathlib.Path.cwd", "os.getcwd"}:
        return file.parent
    if isinstance(node.func, ast.Attribute) and node.func.attr in {"joinpath", "with_name"}:
        base = resolve_place(node.func.value, names, file, depth + 1)
        parts = [evaluate(one, names) for one in node.args]
        if base is None or not all(isinstance(one, str) for one in parts):
            return None
        return base.joinpath(*parts) if node.func.attr == "joinpath" else base.parent.joinpath(*parts)
    if last in _KEEPING:
        inner = node.args[0] if node.args else node.func.value if isinstance(node.func, ast.Attribute) else None
        return resolve_place(inner, names, file, depth + 1)
    return None


def _relative(text: str, file: Path) -> Path | None:
    """A text as a path beside the file, if it can be one that somebody wrote for a file."""
    if not text or len(text) > _LONGEST or "\n" in text or "\0" in text or text.startswith(("/", "~", "-")):
        return None
    if "://" in text or set(text) & set("*?<>|{}%\"'"):
        return None
    place = PurePosixPath(text)
    return file.parent / place if place.name not in {"", ".", ".."} else None


def _inside(place: Path, root: Path) -> Path | None:
    """The path without ``..``, if it and what it really is lie in the root and are not hidden."""
    try:
        resolved = place.resolve()
        inner = resolved.relative_to(root.resolve())
    except (ValueError, OSError, RuntimeError):
        return None
    return None if any(part.startswith(".") for part in inner.parts) else root.resolve() / inner
