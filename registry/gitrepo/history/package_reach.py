"""Which tools a commit reaches by changing shared packages: those that had one of them at that commit.

A tool has the packages that its tool.yaml names, and those that these import. Both stand in files, and the files that
count are known from the differences of the commits: so only their contents have to be read, and only where a commit
changes a package at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from registry.gitrepo.store import MAX_FILE_BYTES, Repository, read_blobs, read_object_sizes
from registry.manifest import MANIFEST_FILE, read_shared_names, read_source, read_yaml
from registry.shared_packages import name_package

_READ_AT_ONCE = 32 * 1024 * 1024
_WORD = re.compile(rb"[a-z][a-z0-9_]*")
Files = Mapping[str, str | None]
Reached = Mapping[str, frozenset[str]]
Commit = tuple[str, frozenset[str], Mapping[str, Files]]
"""Its id, the names of all folders that it changes, and the new blobs of the files that tell packages (None: removed),
by folder and path."""


def tells_packages(folder: str, path: str) -> bool:
    """Whether a file decides which packages a tool has: a tool's tool.yaml, or a package's Python."""
    return path == MANIFEST_FILE if name_package(folder) is None else path.endswith(".py")


@dataclass(frozen=True, slots=True)
class ToldPackages:
    """What decides which packages each tool has after some commit: the blobs of the files that tell it, by folder and
    path, and the names in those that were read (a tool's shared packages, a package's imports), by blob."""

    blobs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    names: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def after(self, changes: Iterable[Mapping[str, Files]]) -> ToldPackages:
        """After more commits, each given as the files that changed in each folder (None: removed)."""
        blobs = dict(self.blobs)
        for change in changes:
            _apply(blobs, change)
        return ToldPackages(blobs, self.names)


def find_reached(
    repository: Repository, told: ToldPackages, commits: Sequence[Commit]
) -> tuple[dict[str, Reached], ToldPackages]:
    """For each commit that changes packages: the tools that each of these reaches; and what is told after the last.

    The oldest commit comes first. Nothing is read where no commit changes a package.
    """
    changes = [change for _, _, change in commits]
    if not any(name_package(folder) for _, folders, _ in commits for folder in folders):
        return {}, told.after(changes)
    names = _read_names(repository, told, commits)
    blobs = dict(told.blobs)
    index = _Index(names)
    for folder, files in blobs.items():
        index.update(folder, files)
    reached: dict[str, Reached] = {}
    for revision, folders, change in commits:
        _apply(blobs, change)
        for folder in change:
            index.update(folder, blobs.get(folder, {}))
        packages = sorted(filter(None, map(name_package, folders)))
        if packages:
            reached[revision] = {package: index.find_tools(package) for package in packages}
    kept = {blob for files in blobs.values() for blob in files.values()}
    return reached, ToldPackages(blobs, {blob: names[blob] for blob in kept if blob in names})


class _Index:
    """Who names and who imports each package, at one commit after another."""

    def __init__(self, names: Mapping[str, frozenset[str]]) -> None:
        self._names = names
        self._known: dict[str, frozenset[str]] = {}
        self._users: dict[str, set[str]] = {}
        self._interned: dict[frozenset[str], frozenset[str]] = {}

    def update(self, folder: str, files: Mapping[str, str]) -> None:
        """The folder has these files that tell packages now."""
        now = frozenset[str]().union(*(self._names.get(blob, ()) for blob in files.values()))
        before = self._known.get(folder, frozenset())
        for name in before - now:
            self._users[name].discard(folder)
        for name in now - before:
            self._users.setdefault(name, set()).add(folder)
        self._known[folder] = now

    def find_tools(self, package: str) -> frozenset[str]:
        """The tools that name the package, or another one that imports it."""
        tools: set[str] = set()
        seen = {package}
        left = [package]
        while left:
            for folder in self._users.get(left.pop(), ()):
                importer = name_package(folder)
                if importer is None:
                    tools.add(folder)
                elif importer not in seen:
                    seen.add(importer)
                    left.append(importer)
        found = frozenset(tools)
        return self._interned.setdefault(found, found)  # most commits of a package reach the same tools


def _apply(blobs: dict[str, Mapping[str, str]], change: Mapping[str, Files]) -> None:
    for folder, files in change.items():
        now = {path: blob for path, blob in {**blobs.get(folder, {}), **files}.items() if blob is not None}
        if now:
            blobs[folder] = now
        else:
            blobs.pop(folder, None)


def _read_names(repository: Repository, told: ToldPackages, commits: Sequence[Commit]) -> dict[str, frozenset[str]]:
    """The names in every file that counts where one of the commits changes a package, by blob."""
    before = _list_packages(told.blobs)
    packages = before | _list_packages(folder for _, folders, _ in commits for folder in folders)
    # What was read before says nothing of packages that were not there then.
    known = dict(told.names) if packages == before else {}
    folders = {blob: folder for folder, blob in _select_needed(told, commits) if blob not in known}
    for blob, data in _read(repository, folders):
        names: Iterable[str] = ()
        if not packages.isdisjoint(_WORD.findall(data)):
            if name_package(folders[blob]) is None:
                names = read_shared_names(read_yaml(MANIFEST_FILE, data).value)
            else:
                names = read_source("", data).imports
        known[blob] = frozenset(names)
    return known


def _select_needed(told: ToldPackages, commits: Sequence[Commit]) -> Iterator[tuple[str, str]]:
    """The folder and blob of each file that tells packages where one of the commits changes a package."""
    blobs = dict(told.blobs)
    changed = set(blobs)
    for _, folders, change in commits:
        _apply(blobs, change)
        changed |= change.keys()
        if any(name_package(folder) for folder in folders):
            yield from ((folder, blob) for folder in changed for blob in blobs.get(folder, {}).values())
            changed = set()


def _list_packages(folders: Iterable[str]) -> set[bytes]:
    return {package.encode("utf-8", "surrogateescape") for package in map(name_package, folders) if package}


def _read(repository: Repository, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The contents of these blobs, except of those that no tool may have because of their size."""
    sizes = read_object_sizes(repository, sorted(blobs))
    batch: list[str] = []
    left = _READ_AT_ONCE
    for blob, size in sizes.items():
        if size > MAX_FILE_BYTES:
            continue
        if size > left:
            yield from read_blobs(repository, batch).items()
            batch, left = [], _READ_AT_ONCE
        batch.append(blob)
        left -= size
    yield from read_blobs(repository, batch).items()
