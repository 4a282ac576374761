"""Check folders on disk: what ``toolcrib check`` does, except for printing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from registry.errors import InputRefused
from registry.folder_rules import make_printable
from registry.formats import FORMATS, compile_tool
from registry.gitrepo import TOOLSETS_DIR, read_toolset_files
from registry.manifest import MANIFEST_FILE, locate_pointers
from registry.model import Checked, Finding, Folder, Tool

from .branch_changes import BranchChanges, find_facing_changes
from .checked_paths import CheckedPaths
from .disk_folders import DiskFolders, list_folders_in
from .package_folders import check_packages, is_shared_folder


def check_paths(
    paths: Iterable[Path],
    *,
    max_memory_mb: int = 1024,
    tools_dir: str = "tools",
    of_tools: bool = False,
    every_change: bool = False,
    changes: BranchChanges | None = None,
) -> Iterator[CheckedPaths]:
    """Check every tool folder, shared package and toolset at ``paths``.

    A tool without errors also gets warnings about models' formats that leave it out and, with ``every_change``, about
    definitions that differ from what the author wrote. Toolsets are checked against the tools in the folder
    ``tools_dir`` beside theirs, packages against the tools around them. With ``of_tools`` each path is a folder of
    tools even if it contains a main.py, which would otherwise make it a single tool. With ``changes`` only changed
    tools and packages are checked, and the tools that these reach; and changes that models will see are warnings.
    Raises InputRefused, before anything is checked, for a path that is not a folder.
    """
    paths = list(paths)
    folders = {path: _folders(path, of_tools=of_tools) for path in paths if not is_toolsets_folder(path)}
    disk = DiskFolders(max_memory_mb)
    for path in paths:
        among = None if changes is None else _select_reached(path, changes, disk)
        for folder in folders.get(path, ()):
            if among is not None and folder.name not in among and not path.is_symlink():
                continue  # a link in place of the whole tools folder
            yield _check_tool(folder, disk, changes, every_change=every_change)
        if path in folders:
            yield from check_packages(path, folders[path], disk, changes)
    for path in paths:
        if path not in folders:
            beside = path.absolute().parent / tools_dir
            tools = _folders(beside, of_tools=True) if beside.is_dir() else []
            yield from _check_toolsets(path, {folder.name: disk.find_tool(folder).checked for folder in tools})


def _select_reached(path: Path, changes: BranchChanges, disk: DiskFolders) -> set[str]:
    """The tools in a folder of tools that are to be checked."""
    reached = disk.find_reached_tools(path.absolute(), changes.packages)
    return {*changes.tools, *(name for names in reached.values() for name in names)}


def _check_tool(folder: Path, disk: DiskFolders, changes: BranchChanges | None, *, every_change: bool) -> CheckedPaths:
    found, tool = disk.read_tool(folder)
    findings = list(tool.findings)
    if tool.checked.sound:
        findings += _of_formats(found, tool, every_change=every_change)
    if changes is not None and (old := changes.tools.get(folder.name)) is not None:
        findings += find_facing_changes(old, found, tool.checked)
    return CheckedPaths(folder, folder, "tool", tuple(findings), tool)


def is_toolsets_folder(path: Path) -> bool:
    """Whether a path is a folder of toolsets, by its name."""
    return path.absolute().name == TOOLSETS_DIR and path.is_dir() and not path.is_symlink()


def _check_toolsets(path: Path, tools: dict[str, Checked]) -> Iterator[CheckedPaths]:
    # Imported late: half of what a check of one tool would load.
    from registry.catalog import check_members, is_included, read_toolset  # noqa: PLC0415

    for found in read_toolset_files(path):
        toolset = read_toolset(make_printable(found.file.path), found)
        members = {name for name, checked in tools.items() if is_included(toolset, checked.manifest)}
        findings = check_members(toolset, tools.keys(), members).findings
        yield CheckedPaths(path / found.file.path, path, "toolset", findings)


def _of_formats(folder: Folder, tool: Tool, *, every_change: bool) -> list[Finding]:
    """Warnings about what models' formats change in a tool; a reason that several formats share is given once."""
    told: dict[tuple[str, str, str], list[str]] = {}
    for name, offered in FORMATS.items():
        compiled = compile_tool(tool, name)
        code = "format-excluded" if compiled.text is None else "format-changed"
        for reason in compiled.reasons if every_change or compiled.text is None else ():
            told.setdefault((code, reason.pointer, reason.message), []).append(name)
        if every_change and offered.has_strict and compiled.text is not None:
            asked = compile_tool(tool, name, strict=True)
            for reason in asked.reasons:
                if reason not in compiled.reasons:
                    told.setdefault(("format-strict", reason.pointer, reason.message), []).append(name)
    place = locate_pointers(folder.contents[MANIFEST_FILE])
    return sorted(
        Finding(MANIFEST_FILE, *place(pointer), "warning", code, _SENTENCES[code].format(", ".join(names), message))
        for (code, pointer, message), names in told.items()
    )


_SENTENCES = {
    "format-excluded": "Left out of {}: {}.",
    "format-changed": "Changed in {}: {}.",
    "format-strict": "With strict=true in {}: {}.",
}


def _folders(path: Path, *, of_tools: bool) -> list[Path]:
    """The tool folders at a path. A folder with a tool.yaml or main.py is a tool, unless ``of_tools``; any other is a
    folder of tools. What is in ``_shared`` is none."""
    if not path.is_dir():
        raise InputRefused(f"{path} is not a folder: name a tool's folder, a folder of tools, or toolsets")
    absolute = path if path.name and path.name != ".." else path.resolve()
    if is_shared_folder(path):
        return []
    if path.is_symlink() or (not of_tools and any((path / name).exists() for name in ("tool.yaml", "main.py"))):
        return [absolute]
    return list_folders_in(absolute)
