"""Build a catalog: list the commit, check new folders, then apply the working tree's changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from registry.folder_rules import is_passed_over, make_printable
from registry.gitrepo import (
    ChangedFolders,
    History,
    ListedFolder,
    Repository,
    ToolsetFile,
    read_blobs,
    select_checked_paths,
)
from registry.manifest import attach_packages, check_folder, check_package, link_packages, mark_unused_packages
from registry.model import Checked, Folder, SharedPackage, Tool
from registry.shared_packages import name_package, name_shared_folder

from .catalog import Catalog, Contents
from .tool_terms import TermCache
from .toolset_members import read_toolsets

_NAME_LENGTH = 240


@dataclass(slots=True)
class CheckCache:
    """Results of the folder check by (name, digest), so that an unchanged folder is never checked again."""

    max_memory_mb: int
    _checked: dict[tuple[str, str], Checked] = field(default_factory=dict)
    _packages: dict[tuple[str, str], SharedPackage] = field(default_factory=dict)

    def get(self, name: str, digest: str) -> Checked | SharedPackage | None:
        """The cached result for a folder; None if it was not checked yet."""
        return self._checked.get((name, digest)) or self._packages.get((name, digest))

    def check(self, folder: Folder) -> Checked:
        """Check a tool's folder, or return the cached result."""
        key = (folder.name, folder.digest)
        if key not in self._checked:
            self._checked[key] = check_folder(folder, max_memory_mb=self.max_memory_mb)
        return self._checked[key]

    def check_package(self, folder: Folder) -> SharedPackage:
        """Check a shared package's folder, or return the cached result."""
        key = (folder.name, folder.digest)
        if key not in self._packages:
            self._packages[key] = check_package(folder)
        return self._packages[key]

    def keep_only(self, tools: Mapping[str, Tool], packages: Mapping[str, SharedPackage]) -> None:
        """Forget all folders except those of the newest catalog."""
        alive = {(tool.name, tool.digest) for tool in tools.values()}
        alive |= {(name_shared_folder(package.name), package.digest) for package in packages.values()}
        for cached in (self._checked, self._packages):
            for key in [key for key in cached if key not in alive]:
                del cached[key]


def build_catalog(
    repository: Repository,
    revision: str | None,
    committed: Mapping[str, ListedFolder],
    history: History,
    uncommitted: ChangedFolders,
    cache: CheckCache,
    contents: Contents,
    terms: TermCache,
    toolsets: Mapping[str, ToolsetFile],
) -> Catalog:
    """The catalog of one commit, in which the working tree's changed folders replace the committed ones."""
    committed = {name: listed for name, listed in committed.items() if not is_passed_over(name)}
    changed = {name: folder for name, folder in uncommitted.changed.items() if not is_passed_over(name)}
    names = _shown_names(committed.keys() | changed.keys())
    _check_new(repository, committed, names, cache, contents)
    packages: dict[str, SharedPackage] = {}
    alone: dict[str, Tool] = {}
    for name, shown in sorted(names.items()):
        version, last = history.of(name)
        if name in changed:
            folder = replace(changed[name][0], name=shown)
        else:
            folder = Folder(shown, committed[name].digest, committed[name].files, {})  # it was checked with its texts
        if name_package(name) is not None:
            package = replace(cache.check_package(folder), version=version, revision=last, uncommitted=name in changed)
            packages[package.name] = package
        else:
            checked = cache.check(folder)
            alone[shown] = Tool(shown, checked, folder.files, folder.digest, last, version, uncommitted=name in changed)
    packages = link_packages(packages)
    tools = {name: attach_packages(tool, packages) for name, tool in alone.items()}
    packages = mark_unused_packages(packages, tools.values())
    cache.keep_only(tools, packages)
    loose = {names[name]: contents for name, (_, contents) in changed.items()}
    return Catalog(revision, tools, contents, loose, history, read_toolsets(toolsets, tools), packages, terms)


def _shown_names(names: Iterable[str]) -> dict[str, str]:
    """The name of each folder in the catalog. A folder's name may be any bytes: an unusable one is an error finding,
    but the tool is listed under a printable name. If two print alike, a number is appended to the later one."""
    shown: dict[str, str] = {}
    taken: set[str] = set()
    for form, name in sorted((make_printable(name), name) for name in names):
        wanted, number = form, 1
        while wanted in taken:
            number += 1
            wanted = f"{form[:_NAME_LENGTH]} ({number})"
        taken.add(wanted)
        shown[name] = wanted
    return shown


def _check_new(
    repository: Repository,
    committed: Mapping[str, ListedFolder],
    names: Mapping[str, str],
    cache: CheckCache,
    contents: Contents,
) -> None:
    """Check the committed folders that are not in the cache; one Git command reads all their bytes."""
    new = [listed for listed in committed.values() if cache.get(names[listed.name], listed.digest) is None]
    checked = {listed.name: _checked_blobs(listed) for listed in new}
    read = read_blobs(repository, (blob for blobs in checked.values() for blob in blobs.values()))
    contents.keep(read)
    for listed in new:
        texts = {path: read[blob] for path, blob in checked[listed.name].items()}
        folder = Folder(names[listed.name], listed.digest, listed.files, texts)
        cache.check(folder) if name_package(listed.name) is None else cache.check_package(folder)


def _checked_blobs(listed: ListedFolder) -> dict[str, str]:
    """The blobs of the files that the check gets, by path."""
    sizes = {file.path: file.size for file in listed.files if file.kind in {"regular", "executable"}}
    wanted = select_checked_paths(sizes)
    return {file.path: file.blob for file in listed.files if file.path in wanted}
