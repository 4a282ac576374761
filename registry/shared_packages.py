"""Where shared packages lie, and which of them go together.

A shared package is the folder ``tools/_shared/<package>/``. Beside the tools' folders it is one more *folder*, whose
name below the tools directory is ``_shared/<package>``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

SHARED_DIR = "_shared"
MAX_PACKAGES = 20
"""How many a tool may have, those included that come along with the ones it names."""
_PREFIX = f"{SHARED_DIR}/"


def split_folder_path(path: str) -> tuple[str, str]:
    """A path below the tools directory as the folder's name and the path inside of it, which is empty for the folder
    itself. What lies loose in ``_shared`` belongs to a folder ``_shared``, which is neither tool nor package."""
    first, _, inside = path.partition("/")
    if first == SHARED_DIR and "/" in inside:
        package, _, inside = inside.partition("/")
        return _PREFIX + package, inside
    return first, inside


def name_shared_folder(package: str) -> str:
    """The name of a package's folder."""
    return _PREFIX + package


def name_package(folder: str) -> str | None:
    """The package whose folder has this name; None for a tool's folder."""
    return folder.removeprefix(_PREFIX) if folder.startswith(_PREFIX) else None


def list_packages_used(names: Iterable[str], find_imports: Callable[[str], Collection[str] | None]) -> tuple[str, ...]:
    """The packages that are named, and those that these import in turn, sorted; at most one more than a tool may have.

    ``find_imports`` tells which modules a package imports; None where there is no such package.
    """
    found: set[str] = set()
    left = list(names)
    while left and len(found) <= MAX_PACKAGES:
        package = left.pop()
        imports = None if package in found else find_imports(package)
        if imports is not None:
            found.add(package)
            left += imports
    return tuple(sorted(found))
