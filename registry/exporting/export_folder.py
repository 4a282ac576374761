"""The folder of an export: checked first, written beside its final place, and moved there as a whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from registry.errors import InputRefused
from registry.json_text import loads

EXPORT_FILE = "export.json"
"""The file that marks an export; it names the revision."""
_OURS = {
    ".nojekyll", "404.html", "assets", "categories.json", "compatibility.json", EXPORT_FILE, "favicon.svg", "formats",
    "index.html", "llms.txt", "openapi.json", "shared", "shared.json", "tags.json", "tools", "tools.json",
    "toolsets.json",
}  # fmt: skip
_AT_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class WrittenExport:
    """The size of a written export."""

    files: int
    size: int


def refuse_unfit_folder(folder: Path) -> None:
    """Raises InputRefused unless the folder is new, empty, or an export without foreign files."""
    try:
        if not folder.exists():
            if folder.is_symlink():
                raise InputRefused(f"{folder} is a link that leads nowhere: name an empty or a new folder")
            return
        if not folder.is_dir():
            raise InputRefused(f"{folder} is no folder: name an empty or a new one, or an earlier export")
        inside = {one.name for one in folder.iterdir()}
    except OSError as error:
        raise _not_written(folder, error) from None
    if not inside:
        return
    if EXPORT_FILE not in inside or not _is_export(folder / EXPORT_FILE):
        raise InputRefused(
            f"{folder} is not empty (it has {min(inside)!r}) and no earlier export: name an empty or a new folder"
        )
    if others := sorted(inside - _OURS):
        raise InputRefused(f"{folder} is an earlier export, but has {others[0]!r}, which would be lost: take it out")


def write_export(folder: Path, files: Iterable[tuple[str, bytes]]) -> WrittenExport:
    """Write the files, and replace the folder by them as a whole. On any error the folder stays as it was.

    Raises InputRefused when the folder cannot be written, and the errors of ``files``.
    """
    place = folder.resolve()  # a symbolic link stays; its target is replaced
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{place.name[:100]}.", dir=place.parent) as scratch:
            new = Path(scratch) / "new"
            new.mkdir()
            written = _write(new, files)
            refuse_unfit_folder(place)  # again: writing took a while
            _exchange(new, place, Path(scratch) / "old")
    except OSError as error:
        raise _not_written(folder, error) from None
    return written


def _write(top: Path, files: Iterable[tuple[str, bytes]]) -> WrittenExport:
    count = size = 0
    made = {top}
    for place, content in files:
        file = top / place
        if file.parent not in made:
            file.parent.mkdir(parents=True, exist_ok=True)
            made.add(file.parent)
        with file.open("xb") as opened:  # never overwrites a file
            opened.write(content)
        count, size = count + 1, size + len(content)
    return WrittenExport(count, size)


def _exchange(new: Path, place: Path, old: Path) -> None:
    if not place.exists():
        new.rename(place)
        return
    place.rename(old)
    try:
        new.rename(place)
    except BaseException:
        old.rename(place)
        raise


def _is_export(file: Path) -> bool:
    if file.is_symlink() or not file.is_file() or file.stat().st_size > _AT_MOST_BYTES:
        return False
    try:
        told = loads(file.read_bytes())
    except InputRefused:
        return False
    return isinstance(told, dict) and {"toolcrib", "revision", "moved"} <= told.keys()


def _not_written(folder: Path, error: OSError) -> InputRefused:
    what = os.strerror(error.errno) if error.errno else str(error)
    return InputRefused(f"{folder} cannot be written ({what}): name a folder of yours, on a disk with room")
