"""How much of a folder is read: all of one that could be accepted, otherwise only the files that the check reads."""

from __future__ import annotations

from collections.abc import Mapping

from registry.folder_rules import MAX_FILE_BYTES, MAX_FILES, MAX_FOLDER_BYTES

_SMALL_BYTES = 16 * 1024
_OTHERS_BYTES = 256 * 1024

__all__ = ["MAX_FILE_BYTES", "MAX_FOLDER_BYTES", "select_checked_paths", "select_paths_to_read"]


def select_paths_to_read(sizes: Mapping[str, int]) -> frozenset[str]:
    """The paths to read among a folder's files (path to size in bytes).

    A folder that is too large, or has too many files, is refused for that alone, so its other files are only counted.
    """
    if _may_be_accepted(sizes):
        return frozenset(path for path, size in sizes.items() if size <= MAX_FILE_BYTES)
    return frozenset(_select_code(sizes))


def select_checked_paths(sizes: Mapping[str, int]) -> frozenset[str]:
    """The paths that the check gets: tool.yaml and Python files, up to the number that an accepted folder may have; and
    of a folder that may be accepted the small ones among the others, 256 KiB of them together."""
    chosen = _select_code(sizes)
    left = _OTHERS_BYTES
    for path in sorted(sizes.keys() - chosen, key=lambda path: (sizes[path], path)) if _may_be_accepted(sizes) else ():
        left -= sizes[path]
        if sizes[path] > _SMALL_BYTES or left < 0:
            break
        chosen.add(path)
    return frozenset(chosen)


def _may_be_accepted(sizes: Mapping[str, int]) -> bool:
    return len(sizes) <= MAX_FILES and sum(sizes.values()) <= MAX_FOLDER_BYTES


def _select_code(sizes: Mapping[str, int]) -> set[str]:
    candidates = [path for path in sizes if path == "tool.yaml" or path.endswith(".py")]
    chosen: set[str] = set()
    left = MAX_FOLDER_BYTES
    for path in sorted(candidates, key=lambda path: (path != "tool.yaml", path != "main.py", path)):
        if len(chosen) < MAX_FILES and sizes[path] <= min(left, MAX_FILE_BYTES):
            chosen.add(path)
            left -= sizes[path]
    return chosen
