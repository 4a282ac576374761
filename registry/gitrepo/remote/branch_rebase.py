"""Bring the served branch up to a remote's: fast-forward when it is behind, rebase unpushed commits when both moved.

A tool's folder counts as one thing: changes to it on both sides are a conflict, even in different files. On a conflict
nothing moves, and the local branch is still served.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from registry.errors import GitFailed, Unavailable
from registry.file_owners import find_owner
from registry.gitrepo.commit import move_branch
from registry.gitrepo.store import (
    DURABLE,
    MAX_LISTED_FILES,
    SERVICE,
    NewObjects,
    Repository,
    TreeBlob,
    TreeWeight,
    expect_tree,
    format_index_info,
    hold_writers_lock,
    is_ancestor,
    read_objects,
    read_tree,
    run_git,
    sign_commit,
    weigh_tree,
)
from registry.gitrepo.worktree import FolderMove, FollowingTrees, finish_as_writer, read_moved_contents
from registry.shared_packages import SHARED_DIR, split_folder_path

_PATIENCE_SECONDS = 30.0
_GONE = "000000"
_MAX_GROWTH_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RebaseConflict:
    """The two branches cannot be joined; ``message`` says why and what to do."""

    message: str


def integrate_upstream(
    repository: Repository, ref: str, upstream: str, had: tuple[str, ...] = ()
) -> RebaseConflict | None:
    """Bring the branch ``ref`` up to the commit ``upstream``. Returns None when the branch contains it now.

    ``had`` are commits that the remote's branch was at before: what it took back (a forced push) does not come again.
    Raises Unavailable, GitFailed; also where what would come is too large to be put into a working tree unasked.
    """
    with hold_writers_lock(repository, _PATIENCE_SECONDS) as lock:
        if lock is None:
            raise Unavailable("too many edits are being committed: the remote's commits come later", 5)
        finish_as_writer(repository)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            local = repository.tip_of(ref)
            _refuse_too_large(repository, local, upstream)
            new = _on_top(repository, local, upstream, had)
            if isinstance(new, RebaseConflict):
                return new
            if new == local or _move(repository, ref, local, new, lock):
                return None
    raise Unavailable(f"{ref} moves faster than the remote's commits can follow: they come later", 5)


def _refuse_too_large(repository: Repository, local: str | None, upstream: str) -> None:
    """Everything that a commit brings is held in memory on its way to disk, and a small pack can bring anything."""
    if local is not None and is_ancestor(repository, local, upstream):
        return
    here = weigh_tree(repository, local) if local else TreeWeight(0, 0)
    there = weigh_tree(repository, upstream)
    if there.files > max(MAX_LISTED_FILES, here.files) or there.bytes - here.bytes > _MAX_GROWTH_BYTES:
        raise GitFailed(
            f"the remote's commit {upstream} brings {there.files - here.files} files and "
            f"{(there.bytes - here.bytes) >> 20} MiB more, which is too much to be taken unasked: "
            "bring it here by hand, with git pull in a checkout, or take it back on the remote"
        )


def _on_top(repository: Repository, local: str | None, upstream: str, had: tuple[str, ...]) -> str | RebaseConflict:
    """The commit that contains both: one of the two, or the last of new ones."""
    if local is None or is_ancestor(repository, upstream, local):
        return upstream
    taken_back = [one for one in had if not is_ancestor(repository, upstream, one)]
    if is_ancestor(repository, local, upstream) and not taken_back:
        return local
    not_ours = [f"^{one}" for one in (upstream, *taken_back)]
    listed = repository.git("rev-list", "--reverse", "--topo-order", "--parents", local, *not_ours).decode()
    commits = [line.split(" ") for line in listed.splitlines()]
    for revision, *parents in commits:
        if len(parents) != 1:
            return RebaseConflict(f"the unpushed commit {revision} is a merge or a first commit: push it by hand")
    return _replay(repository, commits, upstream)


def _replay(repository: Repository, commits: Iterable[list[str]], tip: str) -> str | RebaseConflict:
    with tempfile.TemporaryDirectory(prefix="toolcrib-") as folder:
        owner = find_owner(repository.git_dir)
        if owner is not None:  # whom Git runs as
            os.chown(folder, owner.uid, owner.gid)
        index = Path(folder) / "index"
        _git(repository, index, "read-tree", tip)
        for revision, parent in commits:
            changes = _changes(repository, parent, revision)
            left = _unapplied(repository, changes, parent, revision, tip)
            if isinstance(left, RebaseConflict):
                return left
            if left:
                records = format_index_info(left)
                _git(repository, index, "update-index", "-z", "--index-info", stdin=os.fsencode(records))
                tree = _git(repository, index, *DURABLE, "write-tree").decode().strip()
                tip = _recommit(repository, revision, tree, tip)
    return tip


def _git(repository: Repository, index: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    return run_git(index.parent, *arguments, git_dir=repository.git_dir, index_file=index, stdin=stdin)


def _changes(repository: Repository, parent: str, revision: str) -> dict[str, TreeBlob | None]:
    """Each path that a commit changes, with its new file (None: removed)."""
    printed = repository.git(
        "diff-tree", "-r", "--raw", "-z", "--no-renames", "--no-ext-diff", "--no-relative", "--no-abbrev",
        "--ignore-submodules=none", "-O/dev/null", parent, revision,
    )  # fmt: skip
    words = os.fsdecode(printed).split("\0")[:-1]
    changes: dict[str, TreeBlob | None] = {}
    for facts, path in zip(words[::2], words[1::2], strict=True):
        _, mode, _, identity, _ = facts.split(" ")
        changes[path] = None if mode == _GONE else TreeBlob(mode, identity)
    return changes


def _unapplied(
    repository: Repository, changes: Mapping[str, TreeBlob | None], parent: str, revision: str, tip: str
) -> dict[str, TreeBlob | None] | RebaseConflict:
    """The changes that the new tip does not have yet."""
    units = {path: _unit(repository, path) for path in changes}
    asked = sorted(set(units.values()))
    if any("\n" in unit for unit in asked):
        return RebaseConflict(
            f"the unpushed commit {revision} changes a file with a newline in its name: push it by hand"
        )
    found = read_objects(repository, [f"{one}:{unit}" for unit in asked for one in (parent, revision, tip)])
    states = [one.identity if one else None for one in found]
    done: set[str] = set()
    for number, unit in enumerate(asked):
        before, after, now = states[3 * number : 3 * number + 3]
        if now == after:
            done.add(unit)
        elif now != before:
            return RebaseConflict(
                f"{unit} was changed here (commit {revision}) and on the remote: take one of the two by hand, "
                "with git pull --rebase and git push in a checkout"
            )
    return {path: blob for path, blob in changes.items() if units[path] not in done}


def _unit(repository: Repository, path: str) -> str:
    """The unit that a path belongs to and that conflicts as a whole: a tool's or a shared package's folder, or a single
    file elsewhere."""
    prefix = repository.tools_dir + "/"
    folder, _ = split_folder_path(path.removeprefix(prefix))
    return prefix + folder if path.startswith(prefix) and folder != SHARED_DIR else path


def _recommit(repository: Repository, revision: str, tree: str, parent: str) -> str:
    """The same commit with another tree and parent. Its signature is left out, because it would no longer be valid; a
    commit of the service is signed anew where it has a key."""
    found = read_objects(repository, [revision])[0]
    if found is None:
        raise GitFailed(f"the repository has no commit {revision}: run `git fsck`")
    head, _, body = found.content.partition(b"\n\n")
    kept = [line for line in head.split(b"\n") if line.startswith((b"author ", b"committer ", b"encoding "))]
    new = NewObjects(repository.object_format)
    lines = [f"tree {tree}".encode(), f"parent {parent}".encode(), *kept]
    commit = b"\n".join(lines) + b"\n\n" + body
    is_ours = any(line.startswith(b"committer ") and f"<{SERVICE.email}>".encode() in line for line in kept)
    if repository.signing_key is not None and is_ours:
        commit = sign_commit(commit, repository.signing_key, repository.object_format)
    identity = new.add(b"commit", commit)
    new.write(repository)
    return identity


def _move(repository: Repository, ref: str, old: str | None, new: str, lock: int) -> bool:
    trees = read_objects(repository, [f"{revision}^{{tree}}" for revision in (new, *([old] if old else []))])
    expect_tree(trees[0], new)
    before, after = (trees[1].identity if old and trees[1] else None), (trees[0].identity if trees[0] else None)
    files = read_tree(repository, before), read_tree(repository, after)
    followers = FollowingTrees(repository, ref, old, new)
    try:
        contents = read_moved_contents(repository, [FolderMove("", (files[0],), files[1])])
        if followers.get_ready({"": (before, *files)}, contents) and move_branch(
            repository, ref, old, new, "sync: the remote's commits", SERVICE, lock
        ):
            followers.follow()
            return True
        followers.forget()
        return False
    finally:
        followers.close()
