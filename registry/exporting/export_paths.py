"""Paths in an export. Names come from authors; one that cannot be a file name on every system gets a number instead.

The page computes each path from the name, and looks up only the exceptions, see :attr:`ExportPaths.moved`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from registry.catalog import Catalog
from registry.errors import NotFound
from registry.folder_rules import FOLDER_NAME, MAX_FILES, MAX_FOLDER_BYTES, make_printable
from registry.model import SharedPackage, Tool
from registry.shared_packages import name_shared_folder

# Some hosts leave out hidden files, and names that do not begin with a letter or a digit.
_PART = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?\Z")
_LONGEST = 200  # characters of a path, so that there is room for what is around it
INDEX = "index.html"


def is_portable_path(path: str) -> bool:
    """Whether a path can be used unchanged on any file system and in any URL."""
    return len(path) <= _LONGEST and all(_PART.match(part) for part in path.split("/"))


class TakenPaths:
    """The paths below one folder that are in use. Upper and lower case count as equal, as on some file systems."""

    def __init__(self, *paths: str) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()
        for path in paths:
            self.take(path)

    def take(self, path: str) -> bool:
        """Reserve a path. False if it is in use, is a folder, or lies below a path that is a file."""
        wanted = path.lower()
        above = {str(one) for one in PurePosixPath(wanted).parents}
        if wanted in self._files or wanted in self._folders or above & self._files:
            return False
        self._files.add(wanted)
        self._folders |= above
        return True


class ExportPaths:
    """The paths of one export. ``moved`` maps each expected path that is not used to the actual one, both from the
    export's root; None for a file that is not in the export."""

    def __init__(self) -> None:
        self.moved: dict[str, str | None] = {}
        self._odd = 0

    def folder(self, tool: Tool) -> str:
        """The folder of a tool. A tool with an unusable name is listed, too, although it has error findings."""
        return self._place("tools", tool.name)

    def package_folder(self, package: SharedPackage) -> str:
        """The folder of a shared package, likewise."""
        return self._place("shared", package.name)

    def _place(self, area: str, name: str) -> str:
        wanted = f"{area}/{name}"
        if FOLDER_NAME.match(name):
            return wanted
        self._odd += 1
        self.moved[wanted] = f"{area}/~{self._odd}"
        return f"{area}/~{self._odd}"

    def raw_files(self, catalog: Catalog, tool: Tool | SharedPackage, folder: str) -> Iterator[tuple[str, str, bytes]]:
        """The files of a tool or package that the API serves: path in its folder, path in the export, bytes.

        Each path in the export ends in ``.txt``, so that no host and no browser runs an author's file.
        """
        if len(tool.files) > MAX_FILES or sum(file.size for file in tool.files) > MAX_FOLDER_BYTES:
            self.moved[f"{folder}/raw"] = None  # the folder was not read completely, and its size is unknown
            return
        taken = TakenPaths()
        name = tool.name if isinstance(tool, Tool) else name_shared_folder(tool.name)
        if name not in catalog.loose:  # reads all files with one Git command, into the cache
            catalog.contents.of(tuple(file.blob for file in tool.files if file.kind in {"regular", "executable"}))
        for number, file in enumerate(tool.files):
            shown = make_printable(file.path)  # the name that the page shows
            wanted = f"{folder}/raw/{shown}.txt"
            content = _content(catalog, tool, file.path) if shown == file.path else None
            if content is None:
                self.moved.setdefault(wanted, None)
                continue
            place = wanted
            if not (is_portable_path(file.path) and taken.take(f"{file.path}.txt")):
                place = self.moved[wanted] = f"{folder}/raw/~{number}.txt"
            yield file.path, place, content


def _content(catalog: Catalog, tool: Tool | SharedPackage, path: str) -> bytes | None:
    """The bytes of a file; None for one that the API does not serve either."""
    try:
        return catalog.file_of(tool, path)
    except NotFound:
        return None
