"""The catalog value itself."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from registry.errors import NotFound
from registry.gitrepo import MAX_FILE_BYTES, History, Repository, read_blobs
from registry.model import File, SharedPackage, Tool, Toolset
from registry.shared_packages import name_shared_folder

from .name_suggestions import suggest_names
from .ranking import Ranking
from .tool_terms import TermCache
from .toolset_members import list_members

T = TypeVar("T")
_DERIVED_AT_MOST = 512
_TOOLSETS_TOLD = 20
_BYTES_KEPT = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Category:
    """One node of the category tree. ``count`` is the number of tools in it and below."""

    path: str
    name: str
    count: int
    categories: tuple[Category, ...]


class Contents:
    """A bounded cache of file bytes by blob id. Missing ones are read from Git; the least recently used are dropped."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def of(self, blobs: tuple[str, ...]) -> Mapping[str, bytes]:
        """The bytes of each blob. Raises GitFailed when the repository has lost one."""
        with self._lock:
            found = {blob: self._kept[blob] for blob in blobs if blob in self._kept}
            for blob in found:
                self._kept.move_to_end(blob)
        missing = [blob for blob in blobs if blob not in found]
        if missing:
            read = read_blobs(self._repository, missing)
            self.keep(read)
            found.update(read)
        return found

    def keep(self, read: Mapping[str, bytes]) -> None:
        """Put bytes into the cache that were just read."""
        with self._lock:
            for blob, content in read.items():
                if blob not in self._kept:
                    self._kept[blob] = content
                    self._size += len(content)
            while self._size > _BYTES_KEPT:
                _, dropped = self._kept.popitem(last=False)
                self._size -= len(dropped)


@dataclass(frozen=True)
class Catalog:
    """All tools at ``revision`` (None while the branch has no commit) by name, in name order; with the shared packages
    and the toolsets.

    ``loose`` holds the bytes of uncommitted folders' files, by the folder's name. All others are read from Git objects,
    so that what was checked is what runs, even if the working tree changes. ``history`` is that of all folders up to
    ``revision``.
    """

    revision: str | None
    tools: Mapping[str, Tool]
    contents: Contents
    loose: Mapping[str, Mapping[str, bytes]]
    history: History = field(default_factory=History)
    toolsets: Mapping[str, Toolset] = field(default_factory=dict)
    packages: Mapping[str, SharedPackage] = field(default_factory=dict)
    terms: TermCache = field(default_factory=TermCache, repr=False, compare=False)
    _derived: OrderedDict[object, object] = field(default_factory=OrderedDict, repr=False, compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def identity(self) -> str:
        """A short text that is different for every other content of a catalog."""
        return self.derived("identity", self._identify)

    def find(self, name: str) -> Tool:
        """The tool of that name. Raises NotFound, which suggests similar names of offered tools."""
        tool = self.tools.get(name)
        if tool is None:
            near = suggest_names(name, (one.name for one in self.tools.values() if one.offered))
            meant = f"; did you mean {' or '.join(near)}?" if near else ""
            raise NotFound(f"there is no tool {name[:100]!r}{meant}", near)
        return tool

    def find_toolset(self, name: str) -> Toolset:
        """The toolset of that name. Raises NotFound, which names some existing ones."""
        toolset = self.toolsets.get(name)
        if toolset is None:
            known = ", ".join(list(self.toolsets)[:_TOOLSETS_TOLD]) or "none"
            raise NotFound(f"there is no toolset {name[:100]!r}; there are: {known}")
        return toolset

    def members(self, toolset: Toolset) -> frozenset[str]:
        """The names of a toolset's tools, offered or not; none if it has error findings."""
        return self.derived(("members", toolset.name), lambda: list_members(toolset, self.tools))

    def rank_tools(self, question: str) -> Iterator[Tool]:
        """The tools that match a question, the best first; equal ones in name order."""
        with self.terms.lock:  # made once, even if several threads ask at the same moment
            ranking = self.derived("ranking", lambda: Ranking(self.terms.of(self.tools.values())))
        return (self.tools[name] for name in ranking.rank_names(question))

    def find_package(self, name: str) -> SharedPackage:
        """The shared package of that name. Raises NotFound, which suggests similar names."""
        package = self.packages.get(name)
        if package is None:
            near = suggest_names(name, self.packages)
            meant = f"; did you mean {' or '.join(near)}?" if near else ""
            raise NotFound(f"there is no shared package {name[:100]!r}{meant}")
        return package

    def users_of(self, package: SharedPackage) -> list[str]:
        """The names of the tools that have a shared package."""
        return self.derived("package users", self._find_users).get(package.name, [])

    def files_of(self, tool: Tool) -> Mapping[str, bytes]:
        """The bytes of all files that a tool without error findings runs with, by path: those of its folder, and beside
        them each shared package in a folder of its name."""
        files = dict(self._files(tool.name, tool.files))
        for package in tool.packages:
            inside = self._files(name_shared_folder(package.name), package.files)
            files |= {f"{package.name}/{path}": content for path, content in inside.items()}
        return files

    def _files(self, folder: str, files: tuple[File, ...]) -> Mapping[str, bytes]:
        if folder in self.loose:
            return self.loose[folder]
        by_blob = self.contents.of(tuple(file.blob for file in files))
        return {file.path: by_blob[file.blob] for file in files}

    def file_of(self, tool: Tool | SharedPackage, path: str) -> bytes | None:
        """The bytes of one regular file of a tool or package; None when it has no such file, or a link of that name.

        Raises NotFound for a file that is too large, or in a folder that was too large to read. Both are error
        findings.
        """
        folder = tool.name if isinstance(tool, Tool) else name_shared_folder(tool.name)
        for file in tool.files:
            if file.path == path and file.kind in {"regular", "executable"}:
                if file.size > MAX_FILE_BYTES:
                    raise NotFound(f"this file has {file.size} bytes; no file above {MAX_FILE_BYTES} is handed out")
                if folder not in self.loose:
                    return self.contents.of((file.blob,))[file.blob]
                if path not in self.loose[folder]:
                    raise NotFound("this file was not read: its uncommitted folder has too many files, or is too large")
                return self.loose[folder][path]
        return None

    def derived(self, key: object, make: Callable[[], T]) -> T:
        """The result of ``make`` (a response's body, an order), cached under ``key`` for this catalog. The cache is
        bounded: the least recently used result is dropped.

        Two threads may make the same result at once: that costs a little, and neither waits for the other.
        """
        with self._lock:
            if key in self._derived:
                self._derived.move_to_end(key)
                return self._derived[key]  # type: ignore[return-value]  # a key always goes with the same maker
        made = make()
        with self._lock:
            self._derived[key] = made
            while len(self._derived) > _DERIVED_AT_MOST:
                self._derived.popitem(last=False)
        return made

    def _find_users(self) -> dict[str, list[str]]:
        users: dict[str, list[str]] = {}
        for tool in self.tools.values():
            for package in tool.packages:
                users.setdefault(package.name, []).append(tool.name)
        return users

    def _identify(self) -> str:
        digest = hashlib.sha256((self.revision or "").encode())
        for tool in self.tools.values():
            digest.update(f"{tool.name} {tool.bundle} {tool.version} {tool.uncommitted} {tool.image}\n".encode())
        for package in self.packages.values():
            state = f"{package.digest} {package.version} {package.uncommitted}"
            digest.update(f"shared {package.name} {state}\n".encode())
        for toolset in self.toolsets.values():
            digest.update(f"toolset {toolset.name} {toolset.digest} {toolset.uncommitted}\n".encode())
        return digest.hexdigest()[:32]
