"""The tool folders of one commit, from Git objects only: no working tree is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import GitFailed
from ..model import File, FileKind
from .repository import Repository

_KINDS: dict[bytes, FileKind] = {
    b"100644": "regular",
    b"100664": "regular",
    b"100755": "executable",
    b"120000": "symlink",
    b"160000": "submodule",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One folder of a commit: its Git tree id and its files (paths relative to the folder, in Git's order)."""

    name: str
    digest: str
    files: tuple[File, ...]


def snapshot(repository: Repository, revision: str) -> dict[str, Listed]:
    """Every folder directly below the tools directory at ``revision`` (a full commit id), by name.

    A plain file there is not a tool and is passed over; a submodule or symbolic link is listed with itself as its only
    file, so that the check can say what is wrong with it.
    """
    # The slash makes Git list what is inside the folder; a missing folder is an empty answer, not an error.
    prefix = repository.tools_dir + "/"
    printed = repository.git("ls-tree", "-r", "-t", "-l", "-z", "--full-tree", revision, "--", prefix)
    digests: dict[str, str] = {}
    files: dict[str, list[File]] = {}
    for record in printed.split(b"\0")[:-1]:
        facts, _, raw_path = record.partition(b"\t")
        mode, kind, blob, size = facts.split()
        path = raw_path.decode("utf-8", "surrogateescape")
        if not path.startswith(prefix):
            continue  # `-t` also lists the folders above
        name, _, inside = path[len(prefix) :].partition("/")
        if kind == b"tree":
            if not inside:
                digests[name] = blob.decode()
                files[name] = []
        elif inside:
            files[name].append(File(inside, _KINDS.get(mode, "other"), int(size) if size != b"-" else 0, blob.decode()))
        elif _KINDS.get(mode) in {"symlink", "submodule"}:
            digests[name] = blob.decode()
            files[name] = [File(".", _KINDS[mode], 0, blob.decode())]
    return {name: Listed(name, digest, tuple(files[name])) for name, digest in digests.items()}


def read_blobs(repository: Repository, blobs: Iterable[str]) -> Mapping[str, bytes]:
    """The contents of many blobs with one Git command, by blob id. Raises GitFailed when one is missing."""
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
