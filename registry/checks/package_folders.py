"""The check of shared packages on disk: those of a folder of tools, or single ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from registry.manifest import PACKAGE_FILE
from registry.model import Finding
from registry.shared_packages import SHARED_DIR

from .branch_changes import BranchChanges
from .checked_paths import CheckedPaths
from .disk_folders import DiskFolders

_TOLD = 8


def is_shared_folder(path: Path) -> bool:
    """Whether a path is the folder of the shared packages, or that of one of them."""
    absolute = path.absolute() if path.name and path.name != ".." else path.resolve()
    return SHARED_DIR in {absolute.name, absolute.parent.name}


def check_packages(
    path: Path, tools: Collection[Path], disk: DiskFolders, changes: BranchChanges | None
) -> Iterator[CheckedPaths]:
    """The packages that a path means: all beside the tools in it, all of the folder ``_shared``, or a single one.

    With ``changes`` only those that changed, each with the tools that it reaches.
    """
    if changes is not None and not changes.packages:
        return
    absolute = path.absolute() if path.name and path.name != ".." else path.resolve()
    only = None
    if absolute.parent.name == SHARED_DIR:
        around, shown, only = absolute.parent.parent, path.parent, absolute.name
    elif absolute.name == SHARED_DIR:
        around, shown = absolute.parent, path
    elif absolute in {tool.absolute() for tool in tools}:
        return  # the path is a tool's folder
    else:
        around, shown = absolute, path / SHARED_DIR
    if shown.is_symlink():
        message = "This is a symbolic link, which is never followed; put the folder itself here."
        yield CheckedPaths(shown, shown, "package", (Finding(".", 1, 1, "error", "file-symlink", message),))
        return
    reached = disk.find_reached_tools(around, () if changes is None else changes.packages)
    for name, package in disk.find_marked_packages(around).items():
        if (only is not None and name != only) or (changes is not None and name not in changes.packages):
            continue
        names = tuple(reached.get(name, ()))
        findings = (*package.findings, *([_tell_reached(names)] if names else []))
        yield CheckedPaths(shown / name, shown / name, "package", findings, reaches=names)


def _tell_reached(names: tuple[str, ...]) -> Finding:
    few = ", ".join(names[:_TOLD]) + (f" and {len(names) - _TOLD} more" if len(names) > _TOLD else "")
    message = f"The change of this package is a new version of each tool that has it: {few}."
    return Finding(PACKAGE_FILE, 1, 1, "warning", "changes-tools", message)
