"""How much of a folder is read: all of one that could be accepted, otherwise only the files that the check reads."""

from __future__ import annotations

from collections.abc import Mapping

from registry.folder_rules import MAX_FILE_BYTES, MAX_FILES, MAX_FOLDER_BYTES

__all__ = ["MAX_FILE_BYTES", "MAX_FOLDER_BYTES", "select_checked_paths", "select_paths_to_read"]


def select_paths_to_read(sizes: Mapping[str, int]) -> frozenset[str]:
    """The paths to read among a folder's files (path to size in bytes).

    A folder that is too large, or has too many files, is refused for that alone, so its other files are only counted.
    """
    if len(sizes) <= MAX_FILES and sum(sizes.values()) <= MAX_FOLDER_BYTES:
        return frozenset(path for path, size in sizes.items() if size <= MAX_FILE_BYTES)
    return select_checked_paths(sizes)


def select_checked_paths(sizes: Mapping[str, int]) -> frozenset[str]:
    """The paths that the check gets: tool.yaml and Python files, up to the number that an accepted folder may have."""
    candidates = [path for path in sizes if path == "tool.yaml" or path.endswith(".py")]
    chosen: set[str] = set()
    left = MAX_FOLDER_BYTES
    for path in sorted(candidates, key=lambda path: (path != "tool.yaml", path != "main.py", path)):
        if len(chosen) < MAX_FILES and sizes[path] <= min(left, MAX_FILE_BYTES):
            chosen.add(path)
            left -= sizes[path]
    return frozenset(chosen)
