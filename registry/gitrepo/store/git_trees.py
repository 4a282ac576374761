"""Git's trees: read them, and make those of a changed folder. An entry is mode, blank, name, NUL, raw id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from registry.model import FileKind

from .git_objects import NewObjects, expect_tree, read_objects
from .object_ids import hash_object
from .repository import Repository

TREE = "40000"
SUBMODULE = "160000"
MODES: Mapping[FileKind, str] = {"regular": "100644", "executable": "100755", "symlink": "120000"}


class TreeBlob(NamedTuple):
    """An entry of a tree: its mode, such as ``100644``, and its object id."""

    mode: str
    identity: str


Files = Mapping[str, TreeBlob]
"""The files of a folder by path relative to it; links and submodules count as files."""


def parse_tree(content: bytes, object_format: str) -> dict[str, TreeBlob]:
    """The entries of one tree by name; a folder's mode is ``40000``."""
    length = 20 if object_format == "sha1" else 32
    entries: dict[str, TreeBlob] = {}
    at = 0
    while at < len(content):
        space = content.index(b" ", at)
        end = content.index(b"\0", space)
        name = content[space + 1 : end].decode("utf-8", "surrogateescape")
        # Some old programs wrote modes with a leading zero; new trees have the right form.
        mode = content[at:space].decode("ascii").lstrip("0")
        at = end + 1 + length
        entries[name] = TreeBlob(mode, content[end + 1 : at].hex())
    return entries


def format_tree(entries: Mapping[str, TreeBlob]) -> bytes:
    """A tree's bytes; entries sort as if folders ended in ``/`` (git-mktree)."""
    parts: dict[bytes, bytes] = {}
    for name, entry in entries.items():
        raw = name.encode("utf-8", "surrogateescape")
        key = raw + b"/" if entry.mode == TREE else raw
        parts[key] = entry.mode.encode() + b" " + raw + b"\0" + bytes.fromhex(entry.identity)
    return b"".join(parts[key] for key in sorted(parts))


def read_tree(repository: Repository, tree: str | None, content: bytes | None = None) -> dict[str, TreeBlob]:
    """All files of a folder, by its tree id (None: no folder, no files). ``content``, the tree's bytes, saves reading
    it.

    Raises GitFailed when the repository does not have the tree.
    """
    files: dict[str, TreeBlob] = {}
    if tree is None:
        return files
    if content is None:
        content = expect_tree(read_objects(repository, [tree])[0], tree)
    level = {"": content}
    while level:
        inner: dict[str, str] = {}
        for prefix, raw in level.items():
            for name, entry in parse_tree(raw, repository.object_format).items():
                if entry.mode == TREE:
                    inner[f"{prefix}{name}/"] = entry.identity
                else:
                    # An index has two modes of regular files; some old commits have more.
                    kind = "100755" if entry.mode == "100755" else "100644"
                    files[prefix + name] = entry._replace(mode=kind) if entry.mode[:3] == "100" else entry
        trees = read_objects(repository, list(inner.values()))
        level = {prefix: expect_tree(tree, prefix) for prefix, tree in zip(inner, trees, strict=True)}
    return files


def add_folder_trees(new: NewObjects, files: Files) -> str:
    """Add the trees of a folder with these files (at least one); returns the folder's tree id."""
    entries: dict[str, TreeBlob] = {}
    inner: dict[str, dict[str, TreeBlob]] = {}
    for path, blob in files.items():
        first, slash, rest = path.partition("/")
        if slash:
            inner.setdefault(first, {})[rest] = blob
        else:
            entries[first] = blob
    for name, below in inner.items():
        entries[name] = TreeBlob(TREE, add_folder_trees(new, below))
    return new.add(b"tree", format_tree(entries))


def format_index_info(changes: Mapping[str, TreeBlob | None]) -> str:
    """The input of ``git update-index -z --index-info`` that makes these changes, by path; None removes the path."""
    gone = [f"0 {'0' * 40}\t{path}\0" for path, blob in changes.items() if blob is None]
    new = [f"{blob.mode} {blob.identity}\t{path}\0" for path, blob in changes.items() if blob is not None]
    return "".join([*gone, *new])  # removals first: a folder may take the place of a file


def hash_blob(content: bytes, object_format: str) -> str:
    """The object id of a file's bytes."""
    return hash_object(b"blob", content, object_format)
