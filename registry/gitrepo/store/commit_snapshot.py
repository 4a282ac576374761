"""The folders of tools and of shared packages of one commit, from Git objects only; the working tree is not read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from registry.errors import GitFailed
from registry.model import File, FileKind
from registry.shared_packages import SHARED_DIR, split_folder_path

from .repository import Repository

_NAMES_AT_MOST = 200
_KINDS: dict[bytes, FileKind] = {
    b"100644": "regular",
    b"100664": "regular",
    b"100755": "executable",
    b"120000": "symlink",
    b"160000": "submodule",
}


@dataclass(frozen=True, slots=True)
class ListedFolder:
    """One folder of a commit: its Git tree id and its files (paths relative to the folder, in Git's order).

    ``name`` is relative to the tools directory: a tool's, or ``_shared/<package>``.
    """

    name: str
    digest: str
    files: tuple[File, ...]


def read_snapshot(
    repository: Repository, revision: str, known: Mapping[str, ListedFolder] | None = None
) -> dict[str, ListedFolder]:
    """Every folder directly below the tools directory and its ``_shared`` at ``revision`` (a full commit id), by name.

    A folder with the same tree id as in ``known`` is taken from there. A plain file is not a tool and is left out; a
    submodule or symbolic link is listed with itself as its only file, so that the check can say what is wrong with it.
    """
    # The slash makes Git list the folder's entries; for a missing folder it prints nothing and does not fail.
    prefix = repository.tools_dir + "/"
    found: dict[str, ListedFolder] = {}
    new: list[str] = []
    asked = (prefix, f"{prefix}{SHARED_DIR}/")
    for entry in _entries(repository.git("ls-tree", "-z", "--full-tree", revision, "--", *asked), prefix):
        if entry.kind in {"symlink", "submodule"}:
            found[entry.path] = ListedFolder(entry.path, entry.blob, (File(".", entry.kind, 0, entry.blob),))
        elif entry.kind == "other":  # a folder
            before = (known or {}).get(entry.path)
            if before is None or before.digest != entry.blob:
                new.append(entry.path)
                before = ListedFolder(entry.path, entry.blob, ())
            found[entry.path] = before
    for name, files in _files(repository, revision, prefix, new).items():
        found[name] = ListedFolder(name, found[name].digest, tuple(files))
    return found


def name_folder_kind(repository: Repository, revision: str) -> str | None:
    """The kind of the tools directory at ``revision``: ``tree`` for a folder, ``blob`` for a file or a symbolic link
    (also on the way to it), None when there is none."""
    parts = repository.tools_dir.split("/")
    paths = ["/".join(parts[: number + 1]) for number in range(len(parts))]
    asked = "".join(f"{revision}:{path}\n" for path in paths)
    printed = repository.git("cat-file", "--batch-check=%(objecttype)", stdin=asked.encode()).decode()
    for kind in printed.splitlines():
        if kind != "tree":
            return None if " " in kind else kind
    return "tree"


def _files(repository: Repository, revision: str, prefix: str, names: list[str]) -> dict[str, list[File]]:
    """The files of each of these folders."""
    files: dict[str, list[File]] = {name: [] for name in names}
    if not names:
        return files
    # Too many names do not fit on a command line; then everything is listed, and the rest is ignored.
    paths = [prefix] if len(names) > _NAMES_AT_MOST else [f"{prefix}{name}/" for name in names]
    printed = repository.git("ls-tree", "-r", "-l", "-z", "--full-tree", revision, "--", *paths)
    for entry in _entries(printed, prefix):
        name, inside = split_folder_path(entry.path)
        if name in files and inside:
            files[name].append(File(inside, entry.kind, entry.size, entry.blob))
    return files


def list_files(repository: Repository, revision: str, name: str) -> tuple[File, ...]:
    """The files of one folder at ``revision``; empty when there is no such folder."""
    return tuple(_files(repository, revision, repository.tools_dir + "/", [name])[name])


def list_package_files(repository: Repository, revision: str) -> dict[str, list[File]]:
    """The files of every shared package at ``revision``, by the package's name."""
    prefix = f"{repository.tools_dir}/{SHARED_DIR}/"
    packages: dict[str, list[File]] = {}
    for entry in _entries(repository.git("ls-tree", "-r", "-l", "-z", "--full-tree", revision, "--", prefix), prefix):
        package, slash, inside = entry.path.partition("/")
        if slash:
            packages.setdefault(package, []).append(File(inside, entry.kind, entry.size, entry.blob))
    return packages


def _entries(printed: bytes, prefix: str) -> Iterator[File]:
    """The entries that ``git ls-tree -z`` printed, with paths relative to ``prefix``. A folder's kind is ``other``."""
    for record in printed.split(b"\0")[:-1]:
        facts, _, raw_path = record.partition(b"\t")
        mode, _, blob, *size = facts.split()
        path = raw_path.decode("utf-8", "surrogateescape")
        if path.startswith(prefix):
            length = size[0] if size and size[0] != b"-" else b"0"
            if not length.isdigit():
                raise GitFailed(f"the repository has no file content {blob.decode()}: run `git fsck`")
            yield File(path[len(prefix) :], _KINDS.get(mode, "other"), int(length), blob.decode())


def list_entries(repository: Repository, revision: str, folder: str) -> list[File]:
    """The direct entries of a folder at ``revision``, in Git's order; empty when there is no such folder."""
    prefix = f"{folder}/"
    printed = repository.git("ls-tree", "-l", "-z", "--full-tree", revision, "--", prefix)
    return list(_entries(printed, prefix))


def read_blobs(repository: Repository, blobs: Iterable[str]) -> Mapping[str, bytes]:
    """The contents of blobs by id, read with one Git command. Raises GitFailed when one is missing."""
    wanted = list(dict.fromkeys(blobs))
    if not wanted:
        return {}
    printed = repository.git("cat-file", "--batch", "--buffer", stdin="".join(f"{one}\n" for one in wanted).encode())
    found: dict[str, bytes] = {}
    at = 0
    for blob in wanted:
        end = printed.index(b"\n", at)
        header = printed[at:end].split()
        if len(header) != 3 or header[1] != b"blob":  # noqa: PLR2004 -- <id> <type> <size>, git-cat-file(1)
            raise GitFailed(f"the repository has no file content {blob}: run `git fsck`")
        start, size = end + 1, int(header[2])
        found[blob] = printed[start : start + size]
        at = start + size + 1
    return found
