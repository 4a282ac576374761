"""One tool's folder as it is on disk, or as an edit would leave it.

The disk is read with suspicion: every component of a path is opened without following symbolic links, only regular
files are read, and no more of them than :mod:`registry.gitrepo.store.read_bounds` allows.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from registry.errors import GitFailed
from registry.file_owners import give_away
from registry.gitrepo.store import (
    MAX_FILE_BYTES,
    MAX_FOLDER_BYTES,
    Repository,
    hash_object,
    hash_tree,
    run_git,
    select_checked_paths,
    select_paths_to_read,
)
from registry.model import File, FileKind, Folder

_IGNORED_WITHOUT_GIT = {"__pycache__", ".git", ".DS_Store"}


class FileStamp(NamedTuple):
    """Facts of a file that change whenever it is written, replaced, or given another mode."""

    inode: int
    modified_ns: int
    changed_ns: int
    size_bytes: int
    mode: int

    @classmethod
    def of(cls, status: os.stat_result) -> FileStamp:
        """The stamp of a file with this status."""
        return cls(status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_mode)

    @property
    def is_regular(self) -> bool:
        """Whether it is a regular file."""
        return stat.S_ISREG(self.mode)

    @property
    def is_executable(self) -> bool:
        """Whether its owner may execute it."""
        return bool(self.mode & stat.S_IXUSR)


def read_stamps(folder: str, paths: Iterable[str]) -> dict[str, FileStamp]:
    """The stamp of each path that exists; a file that was deleted, or is just being replaced, is left out."""
    stamps: dict[str, FileStamp] = {}
    for path in paths:
        try:
            status = os.lstat(f"{folder}/{path}")
        except OSError:
            continue
        stamps[path] = FileStamp.of(status)
    return stamps


def read_files(
    root: Path, name: str, stamps: Mapping[str, FileStamp], object_format: str
) -> tuple[tuple[File, ...], Mapping[str, bytes]]:
    """The files of the folder ``name`` in ``root``, and the bytes of those that :func:`select_paths_to_read` selects.

    The ``blob`` of a file is computed from the same bytes that are returned; it is empty for a file that is not read.
    """
    wanted = select_paths_to_read({path: stamp.size_bytes for path, stamp in stamps.items()})
    files: list[File] = []
    contents: dict[str, bytes] = {}
    left = MAX_FOLDER_BYTES  # holds even when files grow while they are read
    for path in stamps:
        at_most = min(left, MAX_FILE_BYTES) if path in wanted else None
        file, content = _describe(root, name, path, object_format, at_most)
        if file is not None:
            files.append(file)
        if content is not None:
            contents[path] = content
            left -= len(content)
    return tuple(files), contents


def make_folder(name: str, files: tuple[File, ...], contents: Mapping[str, bytes], object_format: str) -> Folder:
    """The folder as the folder check takes it: its digest, all its files, and the bytes of the files to check."""
    checked = select_checked_paths({path: len(content) for path, content in contents.items()})
    return Folder(name, hash_tree(files, object_format), files, {path: contents[path] for path in sorted(checked)})


def make_folder_after_edit(
    repository: Repository, name: str, contents: Mapping[str, bytes], executable: Collection[str] = ()
) -> Folder:
    """The folder that an edit would leave, before anything is written. A commit of the edit gives it the same digest.

    ``contents`` are its files by path; :func:`~registry.gitrepo.store.refuse_edit_faults` must have accepted the paths.
    """
    files = tuple(
        File(
            path,
            "executable" if path in executable else "regular",
            len(content),
            hash_object(b"blob", content, repository.object_format),
        )
        for path, content in sorted(contents.items())
    )
    return make_folder(name, files, contents, repository.object_format)


def read_folder(folder: Path, repository: Repository | None = None) -> tuple[Folder, Mapping[str, bytes]]:
    """A tool's folder as it is on disk, and the bytes of its readable files. Never raises, whatever is there.

    Byte-code and Git's own folders are left out. Where there are hidden files, empty folders or other repositories,
    Git says which of them count, as it does for the service.
    """
    object_format = repository.object_format if repository else "sha1"
    if folder.is_symlink():
        return Folder(folder.name, "", (File(".", "symlink", 0, ""),), {}), {}
    stamps = read_stamps(str(folder), sorted(_list_paths(folder)))
    files, contents = read_files(folder.parent, folder.name, stamps, object_format)
    return make_folder(folder.name, files, contents, object_format), contents


def _list_paths(folder: Path) -> set[str]:
    found, doubtful = set[str](), False
    for path in _walk(folder):
        if path.endswith("/"):
            doubtful = True
            if (folder / path / ".git").exists():
                found.add(path[:-1])  # another repository is listed as itself
        else:
            doubtful = doubtful or path.startswith(".") or "/." in path
            found.add(path)
    return (_ask_git(folder) if doubtful else None) or found


def _ask_git(folder: Path) -> set[str] | None:
    """The paths in a folder that Git knows, or would take; None where it lies in no repository."""
    try:
        top = os.fsdecode(run_git(folder, "rev-parse", "--show-toplevel").removesuffix(b"\n"))
        listing = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        printed = run_git(folder, *listing, work_tree=Path(top))
    except GitFailed:
        return None
    paths = (path.rstrip("/") for path in printed.decode("utf-8", "surrogateescape").split("\0"))
    return {path for path in paths if path and not _IGNORED_WITHOUT_GIT.intersection(path.split("/"))}


def _walk(folder: Path) -> Iterable[str]:
    """The paths below a folder. What ends in a slash is an empty folder or another repository."""
    for where, names, files in os.walk(folder, followlinks=False):
        inside = Path(where).relative_to(folder)
        if where != str(folder) and (not (names or files) or ".git" in [*names, *files]):
            names[:] = []
            yield f"{inside.as_posix()}/"
            continue
        names[:] = [name for name in names if name not in _IGNORED_WITHOUT_GIT]
        links = [name for name in names if (Path(where) / name).is_symlink()]
        yield from ((inside / name).as_posix() for name in [*files, *links] if name not in _IGNORED_WITHOUT_GIT)


def _describe(
    root: Path, name: str, path: str, object_format: str, at_most: int | None
) -> tuple[File | None, bytes | None]:
    """One file, with its bytes when it is a regular file of at most ``at_most`` bytes (None: do not read it).

    Returns (None, None) when the file no longer exists.
    """
    *above, last = [*name.split("/"), *path.split("/")]
    try:
        folder = open_folder_beneath(root, above)
    except (FileNotFoundError, NotADirectoryError):
        return None, None  # also when a symbolic link stands where a folder was
    except OSError:
        return File(path, "other", 0, ""), None
    try:
        return describe_file(folder, last, path, object_format, at_most)
    except FileNotFoundError:
        return None, None
    except OSError:
        return File(path, "other", 0, ""), None  # unreadable, or replaced by a link just now
    finally:
        os.close(folder)


def describe_file(
    folder: int, name: str, path: str, object_format: str, at_most: int | None
) -> tuple[File, bytes | None]:
    """Describe the file ``name`` of an open folder under the path ``path``, like :func:`_describe`. Raises OSError."""
    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        target = os.fsencode(os.readlink(name, dir_fd=folder))
        return File(path, "symlink", len(target), hash_object(b"blob", target, object_format)), None
    if not stat.S_ISREG(status.st_mode):
        # The only folder that Git lists like a file is another repository.
        return File(path, "submodule" if stat.S_ISDIR(status.st_mode) else "other", 0, ""), None
    content: bytes | None = None
    if at_most is not None:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        with open(os.open(name, flags, dir_fd=folder), "rb") as opened:  # noqa: PTH123 -- a descriptor, not a path
            status = os.fstat(opened.fileno())
            if not stat.S_ISREG(status.st_mode):
                return File(path, "other", 0, ""), None
            content = opened.read(min(status.st_size, at_most) + 1)  # room for 1 MiB would cost more than reading
            if len(content) > status.st_size:
                content += opened.read(at_most + 1 - len(content))  # it grew meanwhile
    kind: FileKind = "executable" if status.st_mode & stat.S_IXUSR else "regular"
    if at_most is None or content is None or len(content) > at_most:
        return File(path, kind, max(status.st_size, len(content or b"")), ""), None
    return File(path, kind, len(content), hash_object(b"blob", content, object_format)), content


def open_folder_beneath(root: Path, parts: list[str], *, make: bool = False) -> int:
    """A descriptor of a folder below ``root``, which the caller must close. No symbolic link is followed on the way.

    With ``make`` missing folders are made. Raises OSError.
    """
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    here = os.open(root, flags)
    for part in parts:
        try:
            made = make and _make_folder(part, here)
            inner = os.open(part, flags | os.O_NOFOLLOW, dir_fd=here)
            if made:
                give_away(inner, here)
        finally:
            os.close(here)
        here = inner
    return here


def _make_folder(name: str, above: int) -> bool:
    try:
        os.mkdir(name, 0o777, dir_fd=above)
    except FileExistsError:
        return False
    return True
