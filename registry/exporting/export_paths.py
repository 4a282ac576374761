"""Where things go in an export whose names are anybody's: a name that cannot be a file's everywhere gets a number.

The page computes each place from the name, and looks only for those that are elsewhere, see :attr:`Places.moved`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from registry.catalog import Catalog
from registry.errors import NotFound
from registry.folder_rules import FOLDER_NAME, MAX_FILES, MAX_FOLDER_BYTES, make_printable
from registry.model import Tool

# Hidden files are left out by some hosts, and so are names that begin with something else than a letter or a digit.
_PART = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?\Z")
_LONGEST = 200  # characters of a path: what is around it must fit beside it
INDEX = "index.html"


def is_portable_path(path: str) -> bool:
    """Whether a path can be a file's on any file system and in any address, as it is."""
    return len(path) <= _LONGEST and all(_PART.match(part) for part in path.split("/"))


class TakenPaths:
    """Paths below one folder that are given away, upper and lower case being one, as on some file systems."""

    def __init__(self, *paths: str) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()
        for path in paths:
            self.take(path)

    def take(self, path: str) -> bool:
        """Give a path away; False where it is given already, or is a folder, or lies in what is a file."""
        wanted = path.lower()
        above = {str(one) for one in PurePosixPath(wanted).parents}
        if wanted in self._files or wanted in self._folders or above & self._files:
            return False
        self._files.add(wanted)
        self._folders |= above
        return True


class ExportPaths:
    """The places of one export. ``moved`` says where those are that are not where their name says, from the export's
    root; None for what is not there at all."""

    def __init__(self) -> None:
        self.moved: dict[str, str | None] = {}
        self._odd = 0

    def folder(self, tool: Tool) -> str:
        """The folder of a tool. No tool of an odd name is sound, but it is listed."""
        wanted = f"tools/{tool.name}"
        if FOLDER_NAME.match(tool.name):
            return wanted
        self._odd += 1
        self.moved[wanted] = f"tools/~{self._odd}"
        return f"tools/~{self._odd}"

    def raw_files(self, catalog: Catalog, tool: Tool, folder: str) -> Iterator[tuple[str, str, bytes]]:
        """The files of a tool that the API hands out: path in the tool, place in the export, bytes.

        Each place ends in ``.txt``: what a tool's author wrote is never run by a host, or by a browser.
        """
        if len(tool.files) > MAX_FILES or sum(file.size for file in tool.files) > MAX_FOLDER_BYTES:
            self.moved[f"{folder}/raw"] = None  # no such tool is sound, and nobody knows how much there is
            return
        taken = TakenPaths()
        if tool.name not in catalog.loose:  # one Git command for all of them, which are kept then
            catalog.contents.of(tuple(file.blob for file in tool.files if file.kind in {"regular", "executable"}))
        for number, file in enumerate(tool.files):
            shown = make_printable(file.path)  # as the page knows it
            wanted = f"{folder}/raw/{shown}.txt"
            content = _content(catalog, tool, file.path) if shown == file.path else None
            if content is None:
                self.moved.setdefault(wanted, None)
                continue
            place = wanted
            if not (is_portable_path(file.path) and taken.take(f"{file.path}.txt")):
                place = self.moved[wanted] = f"{folder}/raw/~{number}.txt"
            yield file.path, place, content


def _content(catalog: Catalog, tool: Tool, path: str) -> bytes | None:
    """The bytes, or None for what the API does not hand out either."""
    try:
        return catalog.file_of(tool, path)
    except NotFound:
        return None
