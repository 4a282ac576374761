"""Imported tools become folders of a working tree: checked, whole or not at all, and never over one that is there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from registry.checks import check_paths
from registry.errors import InputRefused
from registry.folder_rules import FOLDER_NAME, MAX_FILES, MAX_FOLDER_BYTES, is_badly_named, windows_fault
from registry.manifest import MANIFEST_FILE, write_canonical
from registry.model import Finding
from registry.shared_packages import SHARED_DIR

from .imported_tool import ImportedTool

_STAGING: Final = ".importing-"
"""Hidden, so that nothing takes it for a tool while it is being written."""


@dataclass(frozen=True, slots=True)
class WrittenTool:
    """An imported tool with its folder and its findings. ``replaced`` says that there was another in its place."""

    tool: ImportedTool
    folder: Path
    replaced: bool
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """Whether no finding is an error."""
        return not any(finding.severity == "error" for finding in self.findings)


def write_tool(tools: Path, tool: ImportedTool, *, replace_existing: bool = False) -> WrittenTool:
    """Write a tool's folder below ``tools``, in one step. Nothing is committed.

    Raises InputRefused, with nothing written, for a folder that is there already (unless it is to be replaced), and for
    files that no tool can have.
    """
    folder = tools / tool.name
    refuse_unwritable(tool)
    there = os.path.lexists(folder)
    if there and not replace_existing:
        raise InputRefused(f"{folder} is there already: nothing of it was changed. --force replaces it, --name evades")
    if folder.is_symlink():
        raise InputRefused(f"{folder} is a symbolic link, which is never followed")
    tools.mkdir(parents=True, exist_ok=True)
    with _staged(tools) as staging:
        write_packages(tools, staging, tool.packages)
        _fill(staging / "new", tool)
        if there:
            folder.rename(staging / "old")
        try:
            (staging / "new").rename(folder)
        except OSError:
            if there:
                (staging / "old").rename(folder)
            raise
    return WrittenTool(tool, folder, there, _check(folder))


def rewrite_manifest(written: WrittenTool, manifest: Mapping[str, object]) -> WrittenTool:
    """Give a tool that was just written another manifest, in one step."""
    path = written.folder / MANIFEST_FILE
    with _staged(written.folder.parent) as staging:
        (staging / MANIFEST_FILE).write_bytes(write_canonical(dict(manifest)))
        (staging / MANIFEST_FILE).replace(path)
    return replace(written, tool=replace(written.tool, manifest=manifest), findings=_check(written.folder))


def write_packages(tools: Path, staging: Path, packages: Mapping[str, Mapping[str, bytes]]) -> None:
    """Write the shared packages that are not there yet. One that is there is kept as it is, whoever wrote it."""
    for package, files in packages.items():
        place = tools / SHARED_DIR / package
        if not os.path.lexists(place):
            place.parent.mkdir(exist_ok=True)
            _write_files(staging / package, files)
            (staging / package).rename(place)


def find_other_packages(tools: Path, tool: ImportedTool) -> list[Path]:
    """The folders of shared packages that the tool brings and that are there already, with other Python files."""
    places = {tools / SHARED_DIR / package: files for package, files in tool.packages.items()}
    return [place for place, files in places.items() if place.is_dir() and not _holds(place, files)]


def _holds(place: Path, files: Mapping[str, bytes]) -> bool:
    return all((place / path).is_file() and (place / path).read_bytes() == data for path, data in files.items())


def check_unwritten(tool: ImportedTool) -> tuple[Finding, ...]:
    """The findings that a tool would have. Raises InputRefused for files that no tool can have."""
    refuse_unwritable(tool)
    with tempfile.TemporaryDirectory(prefix="toolcrib-import-") as place:
        folder = Path(place) / tool.name
        for package, files in tool.packages.items():
            _write_files(Path(place) / SHARED_DIR / package, files)
        _fill(folder, tool)
        return _check(folder)


def refuse_unwritable(tool: ImportedTool) -> None:
    """Raise InputRefused where a name, a path or a size is none that a tool can have."""
    if not FOLDER_NAME.match(tool.name) or windows_fault(tool.name):
        raise InputRefused(
            f"{tool.name[:80]!r} cannot name a tool: a-z, 0-9 and _, beginning with a letter, at most 64"
        )
    for path in tool.files:
        if is_badly_named(path) or windows_fault(path) or path == MANIFEST_FILE:
            raise InputRefused(f"{tool.name}: a tool cannot have a file {path[:80]!r}")
    total = sum(len(data) for data in tool.files.values())
    if len(tool.files) >= MAX_FILES or total > MAX_FOLDER_BYTES:
        raise InputRefused(
            f"{tool.name}: {len(tool.files)} files with {total} bytes; a tool has at most {MAX_FILES} with "
            f"{MAX_FOLDER_BYTES} bytes"
        )


def _fill(folder: Path, tool: ImportedTool) -> None:
    _write_files(folder, {**tool.files, MANIFEST_FILE: write_canonical(dict(tool.manifest))})


def _write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True)
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def _check(folder: Path) -> tuple[Finding, ...]:
    return tuple(finding for one in check_paths([folder]) for finding in one.findings)


@contextmanager
def _staged(tools: Path) -> Iterator[Path]:
    """A folder beside the tools, on the same file system, which is gone afterwards."""
    staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=tools))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
