"""Commit an edit by compare-and-swap: it lands on the tip that it was made for, or not at all.

No index and no uncommitted work goes into the commit: blobs, trees and the commit are made from the edit and the tip
alone, and the branch moves only if it still names that tip. When it does not, the edit is planned again for the new
tip, unless its own folder changed there (Stale).
"""

# The steps of one commit (`_land`). The writers' lock is held during all of them.
#
#   step                      on disk afterwards                      if the process dies here, the next writer
#   ------------------------  --------------------------------------  -------------------------------------------------
#   1 write the objects       objects that no ref names               has nothing to do; `git gc` removes them
#   2 write the journal       toolcrib/advance/<commit>-*.json        finds the commit on no branch: removes the entry
#   3 lock the index          index.lock, a hard link to our lock-*   knows the lock by its inode: removes both
#   4 install the index       the new index, index-before-<commit>    puts the old index back, then does 2 and 3
#   5 move the branch         the branch names the commit             removes locks, does 6 from the journal
#   6 place the files         the working tree has the new files      finds nothing to place, does 7
#   7 unlock, forget          nothing of ours                         has nothing to do
#
# Step 5 is the commit: before it the branch does not show the edit, after it the edit is never taken back. Step 4 comes
# first because a `git commit` from an index behind the branch would silently revert the edit. Between 4 and 5 `git
# status` shows the edit as staged, and nobody can commit it: the index is locked. Between 5 and 6 the files are older
# than the index; the journal tells the service that they are behind, not changed by a user.
#
# A working tree whose index has a killed command's lock, or cannot be changed, skips 3, 4 and 6: its journal entry
# stays, and the committer's thread brings it up to date later (Committed.advanced is False).
#
# If another program moved the branch, that is seen before step 4 (nothing to undo) or by the compare-and-swap of step 5
# (the old index is put back). Either way the journal's entry is removed, and the edit is planned again on the new tip.

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass

from registry.errors import CannotEdit, GitFailed, Unavailable
from registry.gitrepo.store import DURABLE, Edit, Person, Repository, has_landed, hold_writers_lock, refuse_edit_faults
from registry.gitrepo.worktree import FollowingTrees, explain_foreign_lock, finish_as_writer

from .commit_plan import Plan, plan_commit

PATIENCE_SECONDS = 30.0
_LOCKED_SECONDS = 5.0
_PRUNING_SECONDS = 10.0
_PRUNING_LOOK_SECONDS = 0.02
_REF_SETTINGS = ("-c", "core.filesRefLockTimeout=1000", "-c", "core.packedRefsTimeout=1000")


@dataclass(frozen=True, slots=True)
class Committed:
    """The edit is the commit ``revision``. ``digests`` are the new digests by folder (None: removed). ``advanced`` is
    False while a working tree has yet to follow, see :func:`~registry.gitrepo.worktree.finish_advances`."""

    revision: str
    parent: str | None
    digests: Mapping[str, str | None]
    advanced: bool


@dataclass(frozen=True, slots=True)
class Unchanged:
    """No commit was made: at the tip ``revision`` the folders already are what the edit makes them."""

    revision: str | None
    digests: Mapping[str, str | None]


def commit_edit(repository: Repository, edit: Edit, wait_seconds: float = PATIENCE_SECONDS) -> Committed | Unchanged:
    """Commit the edit on the served branch. It is in history exactly once, or an exception says why it is not.

    Raises InputRefused (the edit itself has a fault), Stale (a folder is no longer what the edit was made from),
    CannotEdit (there is no branch to commit to), Unavailable (another program holds a lock or keeps moving the branch)
    and GitFailed (no space on disk, for example).
    """
    refuse_edit_faults(edit)
    try:
        with hold_writers_lock(repository, wait_seconds) as lock:
            if lock is None:
                raise explain_busy()
            finish_as_writer(repository)
            return _commit(repository, edit, lock)
    except OSError as error:
        raise GitFailed(f"the edit was not committed: {error}") from error


def explain_busy() -> Unavailable:
    """The error for an edit that did not get the writers' lock in time."""
    return Unavailable("too many edits are being committed: try again", retry_after_seconds=2)


def name_served_branch(repository: Repository) -> str:
    """The full name of the branch that edits go to. Raises CannotEdit, saying what to do, when there is none."""
    ref = repository.served_ref()
    if ref == "HEAD":
        raise CannotEdit(
            "HEAD is detached, so an edit would belong to no branch and be lost: check out a branch, "
            "or name the one to serve in TOOLCRIB_BRANCH"
        )
    if not ref.startswith("refs/heads/"):
        raise CannotEdit(f"{ref} is served, which is no branch: check out a branch, or name one in TOOLCRIB_BRANCH")
    return ref


def _commit(repository: Repository, edit: Edit, lock: int) -> Committed | Unchanged:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        ref = name_served_branch(repository)
        plan = plan_commit(repository, edit, repository.tip_of(ref))
        if plan.revision is None:
            return Unchanged(plan.parent, plan.after)
        committed = _land(repository, edit, ref, plan, lock)
        if committed is not None:
            return committed
        if time.monotonic() >= deadline:
            raise Unavailable(f"{ref} moves faster than an edit can follow: try again", retry_after_seconds=2)
        time.sleep(random.uniform(0.001, 0.03))  # noqa: S311 -- to be out of step with other committers


def _land(repository: Repository, edit: Edit, ref: str, plan: Plan, lock: int) -> Committed | None:
    """Do the steps in the table above. Returns None when the branch is no longer at the plan's parent."""
    assert plan.revision is not None  # noqa: S101 -- a plan without a commit does not come here
    plan.new.write(repository)
    followers = FollowingTrees(repository, ref, plan.parent, plan.revision)
    try:
        folders = {
            f"{repository.tools_dir}/{name}": (plan.before[name], before, after)
            for name, (before, after) in plan.folders.items()
        }
        reason = f"edit: {edit.message.strip().splitlines()[0]}"
        if followers.get_ready(folders, plan.contents) and move_branch(
            repository, ref, plan.parent, plan.revision, reason, edit.committer, lock
        ):
            _outlast_pruning(repository, plan)
            return Committed(plan.revision, plan.parent, plan.after, followers.follow())
        followers.forget()
        return None
    finally:
        followers.close()


def _outlast_pruning(repository: Repository, plan: Plan) -> None:
    """See to it that the branch names nothing that is gone.

    Between the writing and the move no branch names the new objects, and a ``git gc --prune=now`` may take them. One
    that began before the move may still do so: it is waited for. One that begins later keeps them.
    """
    deadline = time.monotonic() + _PRUNING_SECONDS
    while True:
        in_time = time.monotonic() < deadline
        pruning = (repository.common_dir / "gc.pid").exists()  # before the look: what ends meanwhile is looked after
        try:
            plan.new.restore(repository)
        except GitFailed:  # the folder that was written to is pruned as well
            if not in_time:
                raise
        else:
            if not (pruning and in_time):
                return
        time.sleep(_PRUNING_LOOK_SECONDS)


def move_branch(
    repository: Repository, ref: str, old: str | None, new: str, reason: str, who: Person, lock: int
) -> bool:
    """Move a branch from ``old`` (None: it must not exist) to ``new``, durably. False when it is at another commit.

    The caller must hold the writers' lock, ``lock``. ``reason`` goes to the reflog. Raises Unavailable, GitFailed.
    """
    deadline = time.monotonic() + _LOCKED_SECONDS
    while True:
        try:
            _update_ref(repository, ref, old, new, reason, who, lock)
        except GitFailed as error:
            # Git can fail after it moved the branch, so the branch decides and not the error.
            if has_landed(repository, ref, new):
                return True
            if repository.tip_of(ref) != old:
                return False
            if "File exists" not in str(error):
                raise
            if time.monotonic() >= deadline:
                raise explain_foreign_lock(_locks(repository, ref)) from error
        else:
            return True


def _update_ref(
    repository: Repository, ref: str, old: str | None, new: str, reason: str, who: Person, lock: int
) -> None:
    repository.git(
        *DURABLE, *_REF_SETTINGS, "update-ref", "--no-deref", "-m", reason, ref, new, old or "0" * len(new),
        environ={"GIT_COMMITTER_NAME": who.name, "GIT_COMMITTER_EMAIL": who.email},
        hand_on=(lock,),
    )  # fmt: skip


def _locks(repository: Repository, ref: str) -> str:
    common = repository.common_dir
    locks = [common / f"{ref}.lock", common / "packed-refs.lock", repository.git_dir / "HEAD.lock"]
    return " and ".join(str(lock) for lock in locks if lock.exists()) or "a lock of the repository"
