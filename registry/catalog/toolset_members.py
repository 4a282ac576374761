"""The members of toolsets: which tools belong to one, and which of its names no tool has."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from registry.folder_rules import make_printable
from registry.gitrepo import ToolsetFile
from registry.manifest import MAX_TOOLSETS, check_toolset, make_unread_toolset
from registry.model import Finding, Manifest, Tool, Toolset


def read_toolsets(files: Mapping[str, ToolsetFile], tools: Mapping[str, Tool]) -> dict[str, Toolset]:
    """The toolsets of these files by name, checked against the tools. Of two files whose names print alike, the first
    counts."""
    found: dict[str, Toolset] = {}
    for number, (path, one) in enumerate(sorted(files.items())):
        toolset = read_toolset(make_printable(path), one, too_many=number >= MAX_TOOLSETS)
        members = {tool.name for tool in tools.values() if is_included(toolset, tool.manifest)}
        toolset = replace(
            check_members(toolset, tools.keys(), members), digest=one.file.blob, uncommitted=one.uncommitted
        )
        found.setdefault(toolset.name, toolset)
    return found


def read_toolset(file: str, found: ToolsetFile, *, too_many: bool = False) -> Toolset:
    """The toolset of one file, not yet checked against the tools."""
    if found.content is None or too_many:
        return make_unread_toolset(file, found.file.kind, too_many=too_many)
    return check_toolset(file, found.content)


def is_included(toolset: Toolset, manifest: Manifest) -> bool:
    """Whether the toolset's ``include`` selects a tool with this manifest."""
    if not toolset.category and not toolset.tags:
        return False
    below = not toolset.category or f"{manifest.category}/".startswith(f"{toolset.category}/")
    return below and set(toolset.tags) <= set(manifest.tags)


def check_members(toolset: Toolset, known: Collection[str], members: Collection[str]) -> Toolset:
    """The toolset with a warning for each name that no tool has, and for an ``include`` that selects no tool."""
    file = f"{toolset.name}.yaml"
    found = list(toolset.findings)
    for name in toolset.tools:
        if name not in known:
            line, column = toolset.places[name]
            found.append(Finding(file, line, column, "warning", "tool-missing", f"There is no tool {name[:64]!r}."))
    if toolset.include_at is not None and not members and toolset.sound:
        message = "No tool has this category and these tags."
        found.append(Finding(file, *toolset.include_at, "warning", "include-nothing", message))
    return replace(toolset, findings=tuple(sorted(found)))


def list_members(toolset: Toolset, tools: Mapping[str, Tool]) -> frozenset[str]:
    """The names of a toolset's tools; none if it has error findings."""
    if not toolset.sound:
        return frozenset()
    named = tools.keys() & set(toolset.tools)
    return frozenset(named | {name for name, tool in tools.items() if is_included(toolset, tool.manifest)})
