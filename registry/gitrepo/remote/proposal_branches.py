"""Proposals: commits that wait to be merged, each on its own branch ``toolcrib/<tool>-<short id>``, or
``toolcrib/_shared_<package>-<short id>``.

Git holds all that is known of a proposal. Its branch is open until the served branch contains the change, or somebody
removes the branch. A proposal that was withdrawn here is a ref below ``refs/toolcrib/withdrawn/`` until the remote's
branch is removed, too.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from registry.errors import CannotEdit, GitFailed
from registry.gitrepo.commit import (
    PATIENCE_SECONDS,
    Unchanged,
    explain_busy,
    move_branch,
    name_served_branch,
    plan_commit,
)
from registry.gitrepo.store import SERVICE, Edit, Repository, hold_writers_lock, is_ancestor, refuse_edit_faults
from registry.gitrepo.worktree import list_checkouts
from registry.shared_packages import SHARED_DIR, name_shared_folder

HEADS = "refs/heads/toolcrib/"
WITHDRAWN = "refs/toolcrib/withdrawn/"
_NAME = re.compile(r"((?:_shared_)?[a-z][a-z0-9_]{0,63})-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class ProposalBranch:
    """The branch of an open proposal: its name, the folder that it changes (a tool's, or ``_shared/<package>``), and
    its newest commit."""

    name: str
    folder: str
    revision: str

    @property
    def ref(self) -> str:
        """The branch's full name."""
        return HEADS + self.name


def propose_edit(repository: Repository, edit: Edit, folder: str) -> ProposalBranch | Unchanged:
    """Commit the edit on a new branch that begins at the served tip. The served branch does not move.

    ``folder`` is what the proposal is named after: a tool's folder, or ``_shared/<package>``.

    Raises as :func:`~registry.gitrepo.commit.commit_edit` does.
    """
    refuse_edit_faults(edit)
    try:
        with hold_writers_lock(repository, PATIENCE_SECONDS) as lock:
            if lock is None:
                raise explain_busy()
            plan = plan_commit(repository, edit, repository.tip_of(name_served_branch(repository)))
            if plan.revision is None:
                return Unchanged(plan.parent, plan.after)
            if plan.parent is None:
                raise CannotEdit("the served branch has no commit yet, so nothing can be merged into it: commit first")
            plan.new.write(repository)
            name = f"{folder.replace('/', '_')}-{uuid.uuid4().hex[:8]}"
            branch = ProposalBranch(name, folder, plan.revision)
            subject = edit.message.strip().splitlines()[0]
            try:
                moved = move_branch(
                    repository, branch.ref, None, branch.revision, f"propose: {subject}", edit.committer, lock
                )
            except GitFailed as error:
                if repository.tip_of(HEADS.rstrip("/")):
                    raise CannotEdit("a branch named toolcrib is where proposals go: rename it") from error
                raise
            if not moved:
                raise GitFailed(f"{branch.ref} is there already: try again")
            return branch
    except OSError as error:
        raise GitFailed(f"the edit was not committed: {error}") from error


def list_branches(repository: Repository) -> tuple[ProposalBranch, ...]:
    """The branches of all proposals in the repository, merged ones included."""
    found = list_proposal_refs(repository, HEADS)
    return tuple(ProposalBranch(name, _folder_of(name), revision) for name, revision in sorted(found.items()))


def is_merged(repository: Repository, branch: ProposalBranch, served: str) -> bool:
    """Whether the commit ``served`` contains the proposal: its commits, or (after a squash) what they change."""
    if is_ancestor(repository, served, branch.revision):
        return True
    base = find_merge_base(repository, served, branch.revision)
    changed = base and list_changed_paths(repository, base, branch.revision)
    if not changed:
        return False
    return not list_changed_paths(repository, served, branch.revision, changed)


def find_merge_base(repository: Repository, one: str, other: str) -> str | None:
    """The newest commit that both contain; None when they have no common history."""
    found = repository.git("merge-base", one, other, statuses=(0, 1)).decode().split()
    return found[0] if found else None


def list_changed_paths(repository: Repository, old: str, new: str, among: Iterable[str] = ()) -> tuple[str, ...]:
    """The files that differ between two commits; only those in ``among``, unless it is empty."""
    printed = repository.git(
        "diff-tree", "-r", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-relative",
        "--ignore-submodules=none", "-O/dev/null", old, new, "--", *among,
    )  # fmt: skip
    return tuple(os.fsdecode(printed).split("\0")[:-1])


def withdraw_branch(repository: Repository, branch: ProposalBranch) -> bool:
    """Close the proposal; False when its branch moved in the meantime. The next exchange removes it from the remote.
    Raises CannotEdit while the branch is checked out."""
    if list_checkouts(repository, branch.ref):
        raise CannotEdit(f"{branch.ref} is checked out in a working tree: check out another branch there first")
    return move_refs(
        repository,
        {branch.ref: (branch.revision, None), WITHDRAWN + branch.name: (None, branch.revision)},
        "withdraw a proposal",
    )


def forget_merged(repository: Repository) -> None:
    """Remove the branches of proposals that the served branch contains, except those that are checked out."""
    branches = list_branches(repository)
    served = repository.tip() if branches else None
    for branch in branches if served else ():
        if is_merged(repository, branch, served or "") and not list_checkouts(repository, branch.ref):
            move_refs(repository, {branch.ref: (branch.revision, None)}, "a proposal was merged")


def list_proposal_refs(repository: Repository, prefix: str) -> dict[str, str]:
    """The refs below a prefix that are named like proposals: commit by name."""
    printed = repository.git("for-each-ref", "--format=%(objectname) %(refname)", prefix)
    lines = [line.split(" ", 1) for line in printed.decode("utf-8", "surrogateescape").splitlines()]
    found = {ref.removeprefix(prefix): revision for revision, ref in lines}
    return {name: revision for name, revision in found.items() if _NAME.fullmatch(name)}


def select_proposal_refs(refs: Mapping[str, str], prefix: str = HEADS) -> dict[str, str]:
    """The refs of a remote that are named like proposals: commit by name."""
    found = {ref.removeprefix(prefix): revision for ref, revision in refs.items() if ref.startswith(prefix)}
    return {name: revision for name, revision in found.items() if _NAME.fullmatch(name)}


def move_refs(repository: Repository, moves: Mapping[str, tuple[str | None, str | None]], reason: str) -> bool:
    """Move all of these refs, each from its old commit to its new one (None: no such ref), or none of them. False when
    one of them was at another commit."""
    nothing = "0" * len(next(one for move in moves.values() for one in move if one))
    # A move from no ref to no ref checks that the ref does not exist.
    orders = "".join(f"update {ref}\0{new or nothing}\0{old or nothing}\0" for ref, (old, new) in moves.items())
    try:
        repository.git(
            "update-ref", "--no-deref", "-m", reason, "--stdin", "-z",
            stdin=orders.encode("utf-8", "surrogateescape"),
            environ={"GIT_COMMITTER_NAME": SERVICE.name, "GIT_COMMITTER_EMAIL": SERVICE.email},
        )  # fmt: skip
    except GitFailed:
        if all(repository.tip_of(ref) == old for ref, (old, _) in moves.items()):
            raise  # the refs are as expected: something else is wrong
        return False
    return True


def _folder_of(name: str) -> str:
    folder = name.rpartition("-")[0]
    package = folder.removeprefix(f"{SHARED_DIR}_")
    return folder if package == folder else name_shared_folder(package)
