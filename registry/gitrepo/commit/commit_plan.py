"""What an edit means on one tip: the new objects of its commit, or that it changes nothing, or that it is stale."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from registry.errors import CannotEdit, Stale
from registry.gitrepo.store import (
    TREE,
    Edit,
    Files,
    FolderEdit,
    NewObjects,
    Object,
    Repository,
    TreeBlob,
    add_folder_trees,
    format_tree,
    hash_blob,
    parse_tree,
    read_blobs,
    read_objects,
    read_tree,
    select_paths_to_read,
)

from .commit_text import format_commit


@dataclass(frozen=True, slots=True)
class Plan:
    """A commit to be made on ``parent``. ``revision`` is its id, None when nothing changes. ``folders`` holds the files
    of each folder before and after, ``before`` and ``after`` the digests (None: no folder), ``contents`` the bytes by
    blob id."""

    parent: str | None
    revision: str | None
    new: NewObjects
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]
    folders: Mapping[str, tuple[Files, Files]]
    contents: Mapping[str, bytes]


@dataclass(slots=True)
class _Tip:
    """The trees of a tip on the way to its tools: the root first, the tools directory last."""

    repository: Repository
    revision: str | None
    names: list[str]
    trees: list[dict[str, TreeBlob]] = field(default_factory=list)
    folders: dict[str, Object | None] = field(default_factory=dict)


def plan_commit(repository: Repository, edit: Edit, parent: str | None) -> Plan:
    """Plan the edit for the tip ``parent`` (None: the branch has no commit). Raises Stale, CannotEdit, GitFailed."""
    tip = _read_tip(repository, parent, [folder.name for folder in edit.folders])
    new = NewObjects(repository.object_format)
    folders: dict[str, tuple[Files, Files]] = {}
    before: dict[str, str | None] = {}
    after: dict[str, str | None] = {}
    contents: dict[str, bytes] = {}
    for folder in edit.folders:
        entry = tip.trees[-1].get(folder.name)
        before[folder.name] = entry.identity if entry else None
        if before[folder.name] != folder.base:
            raise _stale(repository, tip, folder, entry)
        found = tip.folders[folder.name]
        old = read_tree(repository, entry.identity, found.content) if entry and found and found.kind == "tree" else {}
        files = _new_files(folder, old, new, contents)
        after[folder.name] = add_folder_trees(new, files) if files else None
        folders[folder.name] = old, files
    revision = None
    if before != after:
        tree = _add_root(tip, after, new)
        revision = new.add(b"commit", format_commit(edit, tree, parent, time.time()))
    return Plan(parent, revision, new, before, after, folders, contents)


def _read_tip(repository: Repository, revision: str | None, names: list[str]) -> _Tip:
    """Read the tip with one Git command; folders inside tools' folders are read later."""
    parts = repository.tools_dir.split("/")
    tip = _Tip(repository, revision, parts)
    if revision is None:
        tip.trees = [{} for _ in range(len(parts) + 1)]
        tip.folders = dict.fromkeys(names)
        return tip
    above = ["/".join(parts[: number + 1]) for number in range(len(parts))]
    wanted = [f"{revision}^{{tree}}", *(f"{revision}:{path}" for path in above)]
    found = read_objects(repository, wanted + [f"{revision}:{above[-1]}/{name}" for name in names])
    for path, one in zip(["", *above], found, strict=False):
        if one is not None and one.kind != "tree":
            raise CannotEdit(f"{path} is no folder in the commit {revision}: name another in TOOLCRIB_TOOLS_DIR")
        tip.trees.append(parse_tree(one.content, repository.object_format) if one else {})
    tip.folders = dict(zip(names, found[len(wanted) :], strict=True))
    return tip


def _new_files(folder: FolderEdit, old: Files, new: NewObjects, contents: dict[str, bytes]) -> dict[str, TreeBlob]:
    files: dict[str, TreeBlob] = {}
    there = {blob.identity for blob in old.values()}
    for path, content in (folder.files or {}).items():
        if folder.executable is not None:
            mode = "100755" if path in folder.executable else "100644"
        else:
            kept = old.get(path)
            mode = kept.mode if kept and kept.mode.startswith("100") else "100644"
        identity = hash_blob(content, new.object_format)
        if identity not in there:
            new.add(b"blob", content)
        files[path] = TreeBlob(mode, identity)
        contents[identity] = content
    return files


def _add_root(tip: _Tip, after: Mapping[str, str | None], new: NewObjects) -> str:
    """Add the changed trees from the tools directory up to the root; returns the root's id. Git has no empty folders,
    so one that loses its last entry goes."""
    changed: dict[str, TreeBlob | None] = {name: TreeBlob(TREE, tree) if tree else None for name, tree in after.items()}
    for depth in range(len(tip.names), -1, -1):
        entries = {name: blob for name, blob in tip.trees[depth].items() if name not in changed}
        entries |= {name: blob for name, blob in changed.items() if blob is not None}
        if depth == 0:
            return new.add(b"tree", format_tree(entries))
        changed = {tip.names[depth - 1]: TreeBlob(TREE, new.add(b"tree", format_tree(entries))) if entries else None}
    raise AssertionError("the root was reached")


def _stale(repository: Repository, tip: _Tip, folder: FolderEdit, entry: TreeBlob | None) -> Stale:
    if entry is None:
        message = f"there is no tool {folder.name!r} any more"
    elif folder.base is None:
        message = f"there is a tool {folder.name!r} already"
    else:
        message = f"the tool {folder.name!r} was changed by somebody else meanwhile"
    files: Mapping[str, bytes] = {}
    if entry is not None and entry.mode == TREE:
        files = read_checked_files(repository, entry.identity)
    digest = entry.identity if entry else None
    return Stale(message, name=folder.name, digest=digest, revision=tip.revision, files=files)


def read_checked_files(repository: Repository, tree: str) -> dict[str, bytes]:
    """The bytes of a folder's regular files, by path. Of a folder beyond the limits only the files that the check
    reads."""
    blobs = {path: blob.identity for path, blob in read_tree(repository, tree).items() if blob.mode[:3] == "100"}
    sizes = read_blob_sizes(repository, set(blobs.values()))
    wanted = select_paths_to_read({path: sizes[blob] for path, blob in blobs.items()})
    read = read_blobs(repository, (blobs[path] for path in wanted))
    return {path: read[blobs[path]] for path in sorted(wanted)}


def read_blob_sizes(repository: Repository, blobs: set[str]) -> dict[str, int]:
    """The size in bytes of each blob, by id; 0 for one that is missing. Raises GitFailed."""
    wanted = sorted(blobs)
    printed = repository.git(
        "cat-file", "--batch-check=%(objectsize)", "--buffer", stdin="".join(f"{one}\n" for one in wanted).encode()
    )
    sizes = printed.decode().splitlines()
    return {blob: int(size) if size.isdigit() else 0 for blob, size in zip(wanted, sizes, strict=True)}
