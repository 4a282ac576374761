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
    sign_commit,
)
from registry.shared_packages import name_package

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
    """The trees of a tip that lead to the edit's folders, by path (empty: the root), and those folders by name."""

    repository: Repository
    revision: str | None
    trees: dict[str, dict[str, TreeBlob]] = field(default_factory=dict)
    folders: dict[str, Object | None] = field(default_factory=dict)

    def entry(self, name: str) -> TreeBlob | None:
        """What the tip has in the place of a folder."""
        above, _, last = f"{self.repository.tools_dir}/{name}".rpartition("/")
        return self.trees[above].get(last)


def plan_commit(repository: Repository, edit: Edit, parent: str | None) -> Plan:
    """Plan the edit for the tip ``parent`` (None: the branch has no commit). Raises Stale, CannotEdit, GitFailed."""
    tip = _read_tip(repository, parent, [folder.name for folder in edit.folders])
    new = NewObjects(repository.object_format)
    folders: dict[str, tuple[Files, Files]] = {}
    before: dict[str, str | None] = {}
    after: dict[str, str | None] = {}
    contents: dict[str, bytes] = {}
    for folder in edit.folders:
        entry = tip.entry(folder.name)
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
        commit = format_commit(edit, tree, parent, time.time())
        if repository.signing_key is not None:
            commit = sign_commit(commit, repository.signing_key, repository.object_format)
        revision = new.add(b"commit", commit)
    return Plan(parent, revision, new, before, after, folders, contents)


def _read_tip(repository: Repository, revision: str | None, names: list[str]) -> _Tip:
    """Read the tip with one Git command; folders inside tools' folders are read later."""
    paths = [f"{repository.tools_dir}/{name}" for name in names]
    above = sorted({above for path in paths for above in _folders_above(path)})
    tip = _Tip(repository, revision)
    if revision is None:
        tip.trees = {path: {} for path in above}
        tip.folders = dict.fromkeys(names)
        return tip
    wanted = [f"{revision}:{path}" if path else f"{revision}^{{tree}}" for path in above]
    found = read_objects(repository, wanted + [f"{revision}:{path}" for path in paths])
    for path, one in zip(above, found, strict=False):
        if one is not None and one.kind != "tree":
            raise CannotEdit(f"{path} is no folder in the commit {revision}: name another in TOOLCRIB_TOOLS_DIR")
        tip.trees[path] = parse_tree(one.content, repository.object_format) if one else {}
    tip.folders = dict(zip(names, found[len(wanted) :], strict=True))
    return tip


def _folders_above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:number]) for number in range(len(parts))]


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
    """Add the changed trees from the edit's folders up to the root; returns the root's id. Git has no empty folders, so
    one that loses its last entry goes."""
    tools_dir = tip.repository.tools_dir
    changed = {f"{tools_dir}/{name}": TreeBlob(TREE, tree) if tree else None for name, tree in after.items()}
    for folder in sorted(tip.trees, key=lambda path: path.count("/") + bool(path), reverse=True):
        inside = {path.rpartition("/")[2]: one for path, one in changed.items() if path.rpartition("/")[0] == folder}
        entries = {name: blob for name, blob in tip.trees[folder].items() if name not in inside}
        entries |= {name: blob for name, blob in inside.items() if blob is not None}
        if not folder:
            return new.add(b"tree", format_tree(entries))
        changed[folder] = TreeBlob(TREE, new.add(b"tree", format_tree(entries))) if entries else None
    raise AssertionError("the root was reached")


def _stale(repository: Repository, tip: _Tip, folder: FolderEdit, entry: TreeBlob | None) -> Stale:
    package = name_package(folder.name)
    what = f"tool {folder.name!r}" if package is None else f"shared package {package!r}"
    if entry is None:
        message = f"there is no {what} any more"
    elif folder.base is None:
        message = f"there is a {what} already"
    else:
        message = f"the {what} was changed by somebody else meanwhile"
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
