"""Folders as they are on disk: for the check of a path, and for the working tree shown over the served commit.

Disk is read with suspicion: every component of a path is opened without following symbolic links, only regular files
are read, and never more than :data:`MAX_FILE_BYTES` of one. Git is asked which paths count (its ignore rules), and
nothing else: comparing is done here, by object id, so that no filter of the repository runs.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..model import File, FileKind, Folder
from .repository import Repository
from .snapshot import Listed

MAX_FILE_BYTES = 1024 * 1024
_PATHS_AT_MOST = 200
_MODES: dict[FileKind, bytes] = {"regular": b"100644", "executable": b"100755", "symlink": b"120000"}
_IGNORED_WITHOUT_GIT = {"__pycache__", ".git", ".DS_Store"}


@dataclass(frozen=True, slots=True)
class Folders:
    """Folders of the working tree that differ from the commit, each with the bytes of all its readable files."""

    changed: Mapping[str, tuple[Folder, Mapping[str, bytes]]]


@dataclass(frozen=True, slots=True)
class _Seen:
    stamp: tuple[int, ...]
    file: File


@dataclass(slots=True)
class WorkTree:
    """The working tree of a repository. Remembers file stamps, so a scan reads only what changed since the last."""

    repository: Repository
    _seen: dict[str, _Seen] = field(default_factory=dict)

    def changed_folders(self, committed: Mapping[str, Listed]) -> Folders:
        """The folders that differ from ``committed``. A folder that is gone from disk keeps its committed state."""
        before, self._seen = self._seen, {}
        return Folders(self._differing(committed, [""], before))

    def changed_again(self, committed: Mapping[str, Listed], names: Iterable[str], last: Folders) -> Folders:
        """The same as of the last scan, looking again at these folders only: for when only the commit moved."""
        looked_at = set(names)
        kept = {name: folder for name, folder in last.changed.items() if name not in looked_at}
        if not looked_at:
            return last
        return Folders(kept | self._differing(committed, [f"{name}/" for name in looked_at], self._seen))

    def _differing(
        self, committed: Mapping[str, Listed], below: list[str], before: Mapping[str, _Seen]
    ) -> dict[str, tuple[Folder, Mapping[str, bytes]]]:
        found: dict[str, tuple[Folder, Mapping[str, bytes]]] = {}
        if self.repository.work_tree is None:
            return found
        root = self.repository.work_tree / self.repository.tools_dir
        for name, paths in self._listed_paths(below).items():
            files = (self._file(root, name, path, before) for path in paths)
            present = tuple(file for file in files if file is not None)
            listed = committed.get(name)
            if not present or (listed is not None and _same(present, listed.files)):
                continue
            found[name] = _read(root, name, present, self.repository.object_format)
        return found

    def _listed_paths(self, below: list[str]) -> dict[str, list[str]]:
        """The paths that count for Git, by folder; ``below`` are paths relative to the tools directory."""
        prefix = self.repository.tools_dir + "/"
        asked = [prefix] if len(below) > _PATHS_AT_MOST else [prefix + path for path in below]
        printed = self.repository.git(
            "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *asked, in_work_tree=True
        ).decode("utf-8", "surrogateescape")
        folders: dict[str, list[str]] = {}
        for path in sorted(set(printed.split("\0")[:-1])):
            name, slash, inside = path[len(prefix) :].partition("/")
            # A trailing slash with nothing behind it is a Git repository of its own: listed as itself.
            if slash:
                folders.setdefault(name, []).append(inside or ".")
        return folders

    def _file(self, root: Path, name: str, path: str, before: Mapping[str, _Seen]) -> File | None:
        key = f"{name}/{path}"
        try:
            status = os.lstat(f"{root}/{key}")
        except OSError:
            return None  # deleted on disk, or just being replaced
        stamp = (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_mode)
        seen = before.get(key)
        if seen is None or seen.stamp != stamp:
            file, _ = _open_and_describe(root, name, path, self.repository.object_format)
            if file is None:
                return None
            seen = _Seen(stamp, file)
        self._seen[key] = seen
        return seen.file


def read_folder(folder: Path, repository: Repository | None = None) -> tuple[Folder, Mapping[str, bytes]]:
    """A tool's folder as it is on disk, and the bytes of its readable files. Without Git's ignore rules, only
    byte-code and Git's own folders are passed over. Never raises for what lies in the folder."""
    object_format = repository.object_format if repository else "sha1"
    if folder.is_symlink():
        return Folder(folder.name, "", (File(".", "symlink", 0, ""),), {}), {}
    paths = sorted(_walk(folder))
    described = (_open_and_describe(folder.parent, folder.name, path, object_format)[0] for path in paths)
    return _read(folder.parent, folder.name, tuple(file for file in described if file), object_format)


def _walk(folder: Path) -> Iterable[str]:
    for where, names, files in os.walk(folder, followlinks=False):
        inside = Path(where).relative_to(folder)
        names[:] = [name for name in names if name not in _IGNORED_WITHOUT_GIT]
        links = [name for name in names if (Path(where) / name).is_symlink()]
        yield from ((inside / name).as_posix() for name in [*files, *links] if name not in _IGNORED_WITHOUT_GIT)


def _same(files: tuple[File, ...], committed: tuple[File, ...]) -> bool:
    # Which commit a submodule is at does not matter: a tool with one is refused either way.
    def essence(file: File) -> tuple[str, str, str]:
        return file.path, file.kind, "" if file.kind == "submodule" else file.blob

    return set(map(essence, files)) == set(map(essence, committed))


def _describe_unopened(link: Path, path: str, why: int | None, object_format: str) -> File | None:
    if why in {errno.ENOENT, errno.ENOTDIR}:
        return None
    if why != errno.ELOOP:
        return File(path, "other", 0, "")  # unreadable, or a socket
    try:
        target = os.fsencode(link.readlink())
    except OSError:
        return None
    return File(path, "symlink", len(target), _object_id(b"blob", target, object_format))


def _read(root: Path, name: str, files: tuple[File, ...], object_format: str) -> tuple[Folder, Mapping[str, bytes]]:
    """The folder with its bytes. Files are described again from the very bytes that are handed on."""
    described: list[File] = []
    contents: dict[str, bytes] = {}
    for file in files:
        now, content = _open_and_describe(root, name, file.path, object_format)
        if now is not None:
            described.append(now)
            if content is not None:
                contents[now.path] = content
    checked = {path: data for path, data in contents.items() if path == "tool.yaml" or path.endswith(".py")}
    return Folder(name, _tree_id(described, object_format), tuple(described), checked), contents


def _open_and_describe(root: Path, name: str, path: str, object_format: str) -> tuple[File | None, bytes | None]:
    """One file and its bytes (None when it is not a regular file, or too large). (None, None) when it is gone."""
    try:
        descriptor = _open_beneath(root, [name, *path.split("/")])
    except OSError as error:
        return _describe_unopened(root / name / path, path, error.errno, object_format), None
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return File(path, "submodule", 0, ""), None  # the only folder that Git lists like a file
    with open(descriptor, "rb") as opened:  # noqa: PTH123 -- a descriptor, not a path
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return File(path, "other", 0, ""), None
        kind: FileKind = "executable" if status.st_mode & stat.S_IXUSR else "regular"
        content = opened.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            # Too large to be accepted, so only its being there and its size are told.
            return File(path, kind, max(status.st_size, len(content)), ""), None
        return File(path, kind, len(content), _object_id(b"blob", content, object_format)), content


def _open_beneath(root: Path, parts: list[str]) -> int:
    """A descriptor of a file below ``root``, with no symbolic link followed on the way."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            inner = os.open(part, flags | os.O_DIRECTORY, dir_fd=here)
            os.close(here)
            here = inner
        return os.open(parts[-1], flags, dir_fd=here)
    finally:
        os.close(here)


def _object_id(kind: bytes, content: bytes, object_format: str) -> str:
    """Git's object id: the digest of ``<kind> <length> NUL <content>`` (gitformat-loose-objects)."""
    digest = hashlib.new(object_format, usedforsecurity=False)
    digest.update(b"%b %d\0" % (kind, len(content)))
    digest.update(content)
    return digest.hexdigest()


def _tree_id(files: Iterable[File], object_format: str, base: str = "") -> str:
    """The tree id that Git would give the folder; entries sort as if folders ended in ``/`` (git-mktree)."""
    entries: dict[bytes, bytes] = {}
    inner: dict[str, list[File]] = {}
    for file in files:
        first, slash, rest = file.path.partition("/")
        if slash:
            inner.setdefault(first, []).append(File(rest, file.kind, file.size, file.blob))
        else:
            # What Git could not store (a pipe, a file too large) still has to make another digest than without it.
            blob = file.blob or _object_id(b"blob", f"{file.kind} {file.size}".encode(), object_format)
            mode = _MODES.get(file.kind, b"100644")
            entries[first.encode("utf-8", "surrogateescape")] = mode + b" " + _entry(first, blob)
    for folder, below in inner.items():
        key = folder.encode("utf-8", "surrogateescape") + b"/"
        entries[key] = b"40000 " + _entry(folder, _tree_id(below, object_format))
    return _object_id(b"tree", b"".join(entries[key] for key in sorted(entries)), object_format)


def _entry(name: str, blob: str) -> bytes:
    return name.encode("utf-8", "surrogateescape") + b"\0" + bytes.fromhex(blob)
