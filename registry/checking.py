"""Check folders on disk: what ``toolcrib check`` does, apart from printing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from .errors import InputRefused
from .gitrepo import read_folder
from .manifest import check_folder
from .manifest.folder_rules import passed_over
from .model import Finding


def check_paths(paths: Iterable[Path], *, max_memory_mb: int = 1024) -> Iterator[tuple[Path, Finding | None]]:
    """Every finding of the tool folders at ``paths``, each with its folder; a (folder, None) ends each folder.

    Raises InputRefused for a path that is no folder, before anything is checked.
    """
    folders = [folder for path in paths for folder in _folders(path)]
    for folder in folders:
        found, _ = read_folder(folder)
        for finding in check_folder(found, max_memory_mb=max_memory_mb).findings:
            yield folder, finding
        yield folder, None


def _folders(path: Path) -> list[Path]:
    """A tool's folder is one that holds tool.yaml or main.py; any other folder is a folder of tools."""
    if not path.is_dir():
        raise InputRefused(f"{path} is not a folder: name a tool's folder, or a folder of tools")
    absolute = path if path.name and path.name != ".." else path.resolve()
    if path.is_symlink() or any((path / name).exists() for name in ("tool.yaml", "main.py")):
        return [absolute]
    return sorted(inner for inner in absolute.iterdir() if inner.is_dir() and not passed_over(inner.name))
