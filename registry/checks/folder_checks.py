"""Check folders on disk: what ``toolcrib check`` does, except for printing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from registry.errors import InputRefused
from registry.folder_rules import is_passed_over, make_printable
from registry.formats import FORMATS, compile_tool
from registry.gitrepo import TOOLSETS_DIR, read_folder, read_toolset_files
from registry.manifest import MANIFEST_FILE, check_folder, locate_pointers
from registry.model import Checked, Finding, Folder, Tool

from .branch_changes import find_facing_changes, make_uncommitted_tool


@dataclass(frozen=True, slots=True)
class CheckedPaths:
    """A checked tool folder or toolset file with its findings, whose paths are relative to ``root``."""

    path: Path
    root: Path
    kind: Literal["tool", "toolset"]
    findings: tuple[Finding, ...]
    tool: Tool | None = None


def check_paths(
    paths: Iterable[Path],
    *,
    max_memory_mb: int = 1024,
    tools_dir: str = "tools",
    of_tools: bool = False,
    every_change: bool = False,
    before: Mapping[str, Tool | None] | None = None,
) -> Iterator[CheckedPaths]:
    """Check every tool folder and toolset at ``paths``.

    A tool without errors also gets warnings about models' formats that leave it out and, with ``every_change``, about
    definitions that differ from what the author wrote. Toolsets are checked against the tools in the folder
    ``tools_dir`` beside theirs. With ``of_tools`` each path is a folder of tools even if it contains a main.py, which
    would otherwise make it a single tool. With ``before`` only the tools in it are checked, and changes that models
    will see are warnings. Raises InputRefused, before anything is checked, for a path that is not a folder.
    """
    paths = list(paths)
    folders = {path: _folders(path, of_tools=of_tools) for path in paths if not is_toolsets_folder(path)}
    known: dict[Path, Checked] = {}

    def check(folder: Path) -> Checked:
        checked = known.get(folder.absolute())
        return check_folder(read_folder(folder)[0], max_memory_mb=max_memory_mb) if checked is None else checked

    for path in paths:
        for folder in folders.get(path, ()):
            if before is not None and folder.name not in before and not path.is_symlink():
                continue  # a link in place of the whole tools folder
            found, _ = read_folder(folder)
            checked = known[folder.absolute()] = check_folder(found, max_memory_mb=max_memory_mb)
            tool, findings = make_uncommitted_tool(checked, found), list(checked.findings)
            if checked.sound:
                findings += _of_formats(found, tool, every_change=every_change)
            if before is not None and (old := before.get(folder.name)) is not None:
                findings += find_facing_changes(old, found, checked)
            yield CheckedPaths(folder, folder, "tool", tuple(findings), tool)
    for path in paths:
        if path not in folders:
            beside = path.absolute().parent / tools_dir
            tools = _folders(beside, of_tools=True) if beside.is_dir() else []
            yield from _check_toolsets(path, {folder.name: check(folder) for folder in tools})


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
    folder of tools."""
    if not path.is_dir():
        raise InputRefused(f"{path} is not a folder: name a tool's folder, a folder of tools, or toolsets")
    absolute = path if path.name and path.name != ".." else path.resolve()
    if path.is_symlink() or (not of_tools and any((path / name).exists() for name in ("tool.yaml", "main.py"))):
        return [absolute]
    return sorted(inner for inner in absolute.iterdir() if inner.is_dir() and not is_passed_over(inner.name))
