"""Find the files that ``toolcrib fmt`` writes, and replace each as a whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from registry.errors import InputRefused
from registry.manifest import MANIFEST_FILE


def find_manifests(paths: Iterable[Path]) -> list[Path]:
    """The tool.yaml files at these paths, without symbolic links. Raises InputRefused for any other path."""
    found: list[Path] = []
    for path in paths:
        if path.is_file() and path.name == MANIFEST_FILE:
            found.append(path)
        elif path.is_dir():
            inside = [path / MANIFEST_FILE, *sorted(path.glob(f"*/{MANIFEST_FILE}"))]
            found += [file for file in inside if file.is_file()]
        else:
            raise InputRefused(f"{path} is no {MANIFEST_FILE}, no tool's folder and no folder of tools")
    return [file for file in found if not file.is_symlink() and not file.parent.is_symlink()]


def replace_file(file: Path, data: bytes) -> None:
    """Replace a file's content by ``data`` with one rename; the mode stays."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(data)
        new.chmod(file.stat().st_mode & 0o777)
        new.replace(file)
    except BaseException:
        new.unlink()
        raise
