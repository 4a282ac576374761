"""All working trees that follow one commit: written to the journal before the branch moves, brought along afterwards.

A ``git commit`` on the new tip from an index that is behind would silently revert the edit. So the index changes first,
under Git's lock on it, and the branch moves while that lock is held: Git reads the branch, then the index, and takes
the lock after both. Nor may Git see an index for a commit that is never made: so the branch is compared under the lock,
before the index changes. When the process dies, or a killed command left a lock, the journal's entry stays, and the
next writer does the rest (:func:`finish_advances`). The table in :mod:`registry.gitrepo.commit.edit_commit` shows the
steps of a whole commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from registry.errors import GitFailed, Unavailable
from registry.gitrepo.store import (
    SUBMODULE,
    Files,
    Repository,
    has_landed,
    hold_writers_lock,
    read_blobs,
    read_objects,
    read_tree,
)
from registry.log import log

from . import advance_journal
from .checkouts import Checkout, list_checkouts
from .index_update import LOCK_WAIT_SECONDS, name_index_lock
from .stale_locks import remove_index_lock, remove_ref_lock
from .tree_advance import Advance, FolderMove


@dataclass(slots=True)
class FollowingTrees:
    """The working trees that follow ``ref`` from ``parent`` to ``revision``. The caller must hold the writers' lock.

    Call :meth:`get_ready` before the branch moves, then :meth:`follow` if it moved or :meth:`forget` if it did not, and
    :meth:`close` in any case. If neither :meth:`follow` nor :meth:`forget` was called, :meth:`close` finds out which
    happened.
    """

    repository: Repository
    ref: str
    parent: str | None
    revision: str
    _noted: list[tuple[advance_journal.JournalEntry, Advance]] = field(default_factory=list)
    _decided: bool = False

    def get_ready(self, folders: Mapping[str, tuple[str | None, Files, Files]], contents: Mapping[str, bytes]) -> bool:
        """Write the journal, and put the new indexes in place. False when the branch is no longer at ``parent``.

        ``folders`` maps a path relative to the repository to the tree id before, the files before and the files after;
        ``contents`` has the bytes of new files, by blob id.

        Raises OSError when the journal cannot be written, Unavailable when another program holds the lock of an index.
        """
        trees = {path: tree for path, (tree, _, _) in folders.items()}
        for checkout in list_checkouts(self.repository, self.ref):
            moves = _moves(self.repository, checkout, folders)
            entry = advance_journal.write_journal_entry(self.repository, checkout, self.ref, self.revision, trees)
            self._noted.append((entry, Advance(self.repository, checkout, moves, contents)))
            if not self._noted[-1][1].begin(LOCK_WAIT_SECONDS):
                raise explain_foreign_lock(str(name_index_lock(checkout)))
        if self.repository.tip_of(self.ref) != self.parent:
            return False
        for _, advance in self._noted:
            advance.install(self.revision)
        return True

    def follow(self) -> bool:
        """The branch moved: place the files and release the locks. False when a working tree has yet to follow."""
        self._decided = True
        done = [advance.finish() for _, advance in self._noted]
        for (entry, advance), finished in zip(self._noted, done, strict=True):
            advance.close()  # before its journal entry: without that nobody would find the lock
            if finished:
                entry.file.unlink(missing_ok=True)
        return all(done)

    def forget(self) -> None:
        """The branch did not move: put the old indexes back and release the locks."""
        for entry, advance in self._noted:
            advance.undo()
            advance.close()
            entry.file.unlink(missing_ok=True)
        self._decided = True

    def close(self) -> None:
        """Release the locks. Safe to call after :meth:`follow` and :meth:`forget`."""
        if self._decided:
            for _, advance in self._noted:
                advance.close()
            return
        for _, advance in self._noted:
            advance.abandon()
        try:
            finish_as_writer(self.repository)
        except (GitFailed, OSError) as error:
            log.warning("what was prepared for a commit is still there", error=str(error))


def finish_advances(repository: Repository) -> bool:
    """Do what earlier commits left undone in working trees. False when something is still left to do.

    Called at start-up and while something is left: after a killed process, or a Git command that kept the index locked.
    """
    if not advance_journal.read_journal(repository):
        return True
    try:
        with hold_writers_lock(repository, wait_seconds=0) as held:
            return held is not None and finish_as_writer(repository)
    except (GitFailed, OSError) as error:
        log.warning("working trees cannot follow yet", error=str(error))
        return False


def finish_as_writer(repository: Repository) -> bool:
    """Like :func:`finish_advances`, but the caller must hold the writers' lock."""
    by_checkout: dict[Checkout, list[advance_journal.JournalEntry]] = {}
    for entry in advance_journal.read_journal(repository):
        by_checkout.setdefault(entry.checkout, []).append(entry)
    done = True
    for checkout, entries in by_checkout.items():
        landed = [entry for entry in entries if _has_landed(repository, entry)]
        remove_index_lock(checkout, {entry.revision for entry in entries if entry not in landed})
        for entry in entries:
            remove_ref_lock(repository, checkout, entry.ref, entry.revision)
        due = [entry for entry in landed if checkout in list_checkouts(repository, entry.ref)]
        if not due or (not name_index_lock(checkout).exists() and _advance_to_tip(repository, checkout, due)):
            for entry in entries:
                entry.file.unlink(missing_ok=True)
        else:
            done = False
    return done


def _moves(
    repository: Repository, checkout: Checkout, folders: Mapping[str, tuple[str | None, Files, Files]]
) -> tuple[FolderMove, ...]:
    """The moves of a checkout. A folder's states before include those at which an earlier commit may have left it."""
    left: dict[str, list[Files]] = {path: [] for path in folders}
    for entry in advance_journal.read_journal(repository):
        if entry.checkout == checkout:
            for path in entry.folders.keys() & folders.keys():
                left[path].append(read_tree(repository, entry.folders[path]))
    return tuple(FolderMove(path, (before, *left[path]), after) for path, (_, before, after) in folders.items())


def explain_foreign_lock(locks: str) -> Unavailable:
    """The error for an edit that was not committed because of these locks of another program."""
    return Unavailable(
        f"another program keeps {locks}, so the edit was not committed: try again; when no Git command runs any more, "
        "one was killed and left it: delete that file",
        retry_after_seconds=5,
    )


def _has_landed(repository: Repository, entry: advance_journal.JournalEntry) -> bool:
    try:
        return has_landed(repository, entry.ref, entry.revision)
    except GitFailed:
        return False  # Git removed the objects of a commit that no branch ever named


def _advance_to_tip(
    repository: Repository, checkout: Checkout, entries: Iterable[advance_journal.JournalEntry]
) -> bool:
    folders: dict[str, list[str | None]] = {}
    ref = ""
    for entry in entries:
        ref = entry.ref
        for path, tree in entry.folders.items():
            folders.setdefault(path, []).append(tree)
    try:
        moves = [_move_to_tip(repository, ref, path, trees) for path, trees in folders.items()]
        advance = Advance(repository, checkout, tuple(moves), read_moved_contents(repository, moves))
    except GitFailed as error:
        log.warning("a working tree cannot follow: what it was made from is gone", error=str(error))
        return True
    try:
        advance.begin(wait_seconds=0)
        advance.install()
        return advance.finish()
    finally:
        advance.close()


def read_moved_contents(repository: Repository, moves: Iterable[FolderMove]) -> Mapping[str, bytes]:
    """The bytes of every file and link that these moves write, by blob id."""
    brought = [after for move in moves for _, _, after in move.states() if after is not None]
    return read_blobs(repository, (blob.identity for blob in brought if blob.mode != SUBMODULE))


def _move_to_tip(repository: Repository, ref: str, path: str, trees: Iterable[str | None]) -> FolderMove:
    found = read_objects(repository, [f"{repository.tip_of(ref)}:{path}"])[0]
    after = found.identity if found and found.kind == "tree" else None
    before = tuple(read_tree(repository, tree) for tree in set(trees))
    return FolderMove(path, before, read_tree(repository, after))
