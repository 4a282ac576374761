"""The folders of tools and shared packages on disk, each read and checked once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from registry.folder_rules import is_passed_over
from registry.gitrepo import read_folder
from registry.manifest import attach_packages, check_folder, check_package, link_packages, mark_unused_packages
from registry.model import Checked, Folder, SharedPackage, Tool
from registry.shared_packages import SHARED_DIR, name_shared_folder


def make_uncommitted_tool(checked: Checked, folder: Folder) -> Tool:
    """A checked folder as a tool without versions."""
    return Tool(folder.name, checked, folder.files, folder.digest, None, 0, uncommitted=True)


def list_folders_in(folder: Path) -> list[Path]:
    """The folders of tools, or of shared packages, directly in ``folder``; sorted by name."""
    if not folder.is_dir():
        return []
    return sorted(inner for inner in folder.iterdir() if inner.is_dir() and not is_passed_over(inner.name))


@dataclass(slots=True)
class DiskFolders:
    """What was read and checked; ``max_memory_mb`` is the most that the server gives a tool."""

    max_memory_mb: int
    _tools: dict[Path, Tool] = field(default_factory=dict)
    _packages: dict[Path, Mapping[str, SharedPackage]] = field(default_factory=dict)

    def read_tool(self, path: Path) -> tuple[Folder, Tool]:
        """A tool's folder as it is, and the tool with its shared packages."""
        found, _ = read_folder(path)
        checked = check_folder(found, max_memory_mb=self.max_memory_mb)
        tool = attach_packages(make_uncommitted_tool(checked, found), self.find_packages(path.absolute().parent))
        self._tools[path.absolute()] = tool
        return found, tool

    def find_tool(self, path: Path) -> Tool:
        """The tool of a folder, which is read unless it was."""
        return self._tools.get(path.absolute()) or self.read_tool(path)[1]

    def find_packages(self, tools: Path) -> Mapping[str, SharedPackage]:
        """The shared packages beside the tools in the folder ``tools``, with what is wrong with each but its use."""
        if tools not in self._packages:
            shared = tools / SHARED_DIR
            folders = [] if shared.is_symlink() else list_folders_in(shared)
            self._packages[tools] = link_packages({folder.name: _check_package(folder) for folder in folders})
        return self._packages[tools]

    def find_marked_packages(self, tools: Path) -> Mapping[str, SharedPackage]:
        """The same, with a warning at each that none of these tools has."""
        return mark_unused_packages(self.find_packages(tools), self._find_tools(tools))

    def find_reached_tools(self, tools: Path, packages: Iterable[str]) -> dict[str, list[str]]:
        """For each of these packages (which need not be there) the names of the tools that have or name it."""
        wanted = set(packages)
        reached: dict[str, list[str]] = {package: [] for package in sorted(wanted)}
        for tool in self._find_tools(tools) if wanted else ():
            for package in wanted & {*tool.manifest.shared, *(one.name for one in tool.packages)}:
                reached[package].append(tool.name)
        return reached

    def _find_tools(self, tools: Path) -> Iterator[Tool]:
        for folder in list_folders_in(tools):
            yield self.find_tool(folder)


def _check_package(path: Path) -> SharedPackage:
    found, _ = read_folder(path)
    return check_package(replace(found, name=name_shared_folder(path.name)))
