"""The rules for a tool's folder as such: which files, how many, how large, how named."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .model import File, Finding, Folder
from .shared_packages import SHARED_DIR, name_package

MAX_FILES = 100
MAX_FILE_BYTES = 1024 * 1024
MAX_FOLDER_BYTES = 5 * 1024 * 1024
MAX_PATH_LENGTH = 255
REQUIRED_FILES = ("tool.yaml", "main.py")
FOLDER_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# What Windows takes for a device, whatever ending follows, and the characters that no name may have there (Microsoft,
# "Naming Files, Paths, and Namespaces").
_DEVICES = frozenset({"con", "prn", "aux", "nul", "conin$", "conout$"}) | {
    port + digit for port in ("com", "lpt") for digit in "123456789\u00b9\u00b2\u00b3"
}
_NOT_ON_WINDOWS = frozenset('<>:"|?*')
_SPECIAL = {
    "symlink": ("file-symlink", "is a symbolic link, which is never followed; put the file itself here"),
    "submodule": ("file-submodule", "is a submodule, which is never entered; put the files themselves here"),
    "other": ("file-not-regular", "is no regular file; remove it"),
}


def is_passed_over(name: str) -> bool:
    """Whether a folder beside the tools, or in that of the shared packages, is neither a tool nor a package: it is
    hidden, Python's byte-code, or the folder of the shared packages itself."""
    last = name_package(name) or name
    return last.startswith(".") or last in {"__pycache__", SHARED_DIR}


def make_printable(path: str) -> str:
    """A file's name as it can stand in a message, whatever bytes it was made of."""
    return _UNPRINTABLE.sub(lambda found: ascii(found.group())[1:-1], path)[:MAX_PATH_LENGTH]


def check_files(folder: Folder) -> Iterator[Finding]:
    """Every finding about the folder's name and its list of files. Reads no content."""
    if not FOLDER_NAME.match(folder.name):
        message = "A tool's folder is named with a-z, 0-9 and _, beginning with a letter, at most 64 characters."
        yield _error("tool.yaml", "folder-name", f"The folder {make_printable(folder.name)[:80]!r}: {message}")
    elif fault := windows_fault(folder.name):
        yield _error("tool.yaml", "folder-name", f"The folder {folder.name!r} {fault}; give the tool another name.")
    yield from check_bounds(folder, "tool.yaml")
    paths = {file.path for file in folder.files}
    for name in REQUIRED_FILES:
        if name not in paths:
            yield _error(name, f"missing-{name.replace('.', '-')}", f"The folder has no {name}; every tool needs one.")
    yield from check_each_file(folder)


def check_bounds(folder: Folder, place: str) -> Iterator[Finding]:
    """The findings about the number of files and their size together, at the file ``place``."""
    if len(folder.files) > MAX_FILES:
        yield _error(place, "folder-too-many-files", f"{len(folder.files)} files; at most {MAX_FILES} may be.")
    total = sum(file.size for file in folder.files)
    if total > MAX_FOLDER_BYTES:
        yield _error(place, "folder-too-large", f"{total} bytes together; at most {MAX_FOLDER_BYTES} may be.")


def check_each_file(folder: Folder) -> Iterator[Finding]:
    """The findings about single files: their kind, size and name. Reads no content."""
    twins: dict[str, str] = {}
    for file in folder.files[: 2 * MAX_FILES]:
        yield from _check_file(file)
        twin = twins.setdefault(file.path.casefold(), file.path)
        if twin != file.path:
            message = f"differs from {make_printable(twin)} only in upper and lower case; rename one."
            yield _error(file.path, "file-case-twin", message)


def _check_file(file: File) -> Iterator[Finding]:
    if file.kind in _SPECIAL:
        code, message = _SPECIAL[file.kind]
        yield _error(file.path, code, f"{make_printable(file.path)} {message}.")
    elif file.kind == "executable":
        message = "is marked executable, which does nothing here; remove the mark (chmod -x)."
        yield Finding(
            make_printable(file.path), 1, 1, "warning", "file-executable", f"{make_printable(file.path)} {message}"
        )
    if file.size > MAX_FILE_BYTES:
        message = f"{file.size} bytes; a file has at most {MAX_FILE_BYTES}."
        yield _error(file.path, "file-too-large", message)
    if is_badly_named(file.path):
        message = "has a name that is not allowed: no control characters, no `..`, no backslash, no leading `-`."
        yield _error(file.path, "file-name", f"{make_printable(file.path)} {message}")
    elif fault := windows_fault(file.path):
        yield _error(file.path, "file-name-windows", f"{make_printable(file.path)} {fault}; rename it.")


def is_badly_named(path: str) -> bool:
    """Whether a file of a tool must not have this path."""
    if len(path) > MAX_PATH_LENGTH or "\\" in path or _UNPRINTABLE.search(path):
        return True
    return any(part in {"", ".", ".."} or part.lower() == ".git" or part[0] == "-" for part in path.split("/"))


def windows_fault(path: str) -> str:
    """Why nobody on Windows could check this path out, as the end of a sentence; empty where they can."""
    for part in path.split("/"):
        if part.split(".")[0].rstrip(" ").lower() in _DEVICES:
            return f"cannot be checked out on Windows, where {part[:40]!r} is a device"
        if part[-1:] in {".", " "}:
            return "cannot be checked out on Windows, where no name ends with a dot or a space"
        if found := "".join(sorted(_NOT_ON_WINDOWS.intersection(part))):
            return f"cannot be checked out on Windows, where no name has {found}"
    return ""


def _error(path: str, code: str, message: str) -> Finding:
    return Finding(make_printable(path), 1, 1, "error", code, message)
