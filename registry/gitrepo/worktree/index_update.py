"""Change a few entries of a working tree's index, and nothing else of it.

The new index is prepared in a copy and put in place under Git's own lock (``index.lock``), so that no Git command of
the user's sees half of it or loses what it staged. The lock is a hard link to a file of ours: after a crash that tells
it from another program's lock (:mod:`.stale_locks`).
"""

# The states of one update: what each step leaves on disk (`+`: new, `-`: removed; ours lie in <git dir>/toolcrib/).
#
#   step          index            index.lock         files of ours
#   -----------   --------------   ----------------   --------------------------------------------------------------
#   prepare()     old              free               + index-<id>, the new index
#   lock()        old              a link to lock-*   + lock-<id>; index-<id> made anew if the index changed since
#   install()     new              a link to lock-*   - index-<id>; + index-before-<commit>, the old index, if wanted
#   undo()        old              a link to lock-*   - index-before-<commit>, which is the index again
#   release()     as it is         free               - all; waits first, see HOLD_SECONDS
#   abandon()     as it is         as it is           all stay, for stale_locks: the state that a kill leaves
#
# lock() that finds another program's lock waits for it, gives up after `wait_seconds`, and is followed by release().

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from registry.file_owners import keep_owner_and_mode, make_owned_folder
from registry.gitrepo.store import TreeBlob, format_index_info, open_own_file, run_git

from .checkouts import Checkout

LOCK_WAIT_SECONDS = 5.0
FORGOTTEN_SECONDS = 30.0
"""A lock of this age is assumed to come from a killed command."""
HOLD_SECONDS = 0.05
"""How long the lock is held after a change while somebody may be committing: ``git commit`` reads the index before it
takes the lock, and would overwrite the change with what it read before."""
ACTIVE_SECONDS = 10.0
"""Somebody may be committing if another program changed the index within this time."""
KEPT = "index-before-"
_LOOK_AGAIN_SECONDS = 0.02


class IndexEntry(NamedTuple):
    """An index entry. ``blob`` is None while the path is unmerged. ``skipped``: a sparse checkout leaves the file out
    of the working tree. ``assumed``: the user marked it as unchanged (``git update-index --assume-unchanged``)."""

    blob: TreeBlob | None
    skipped: bool
    assumed: bool


Entries = Mapping[str, IndexEntry]
Changes = Mapping[str, TreeBlob | None]
"""The new blob of each path in the index; None removes the path."""


@dataclass(slots=True)
class IndexUpdate:
    """One change of one index. ``decide`` gets the entries at and below the paths ``below``, and returns the changes.

    Call :meth:`prepare`, :meth:`lock`, :meth:`install` and, to go back, :meth:`undo`, in that order; always end with
    :meth:`release` or :meth:`abandon`.
    """

    checkout: Checkout
    below: tuple[str, ...]
    decide: Callable[[Entries], Changes]
    entries: Entries = field(default_factory=dict)
    _read: bytes | None = None
    _prepared: Path | None = None
    _kept: Path | None = None
    _marker: Path | None = None
    _locked: bool = False
    _hold_until: float = 0.0

    @property
    def _index(self) -> Path:
        return self.checkout.git_dir / "index"

    def prepare(self) -> None:
        """Read the index and prepare the new one in a file of its own. Raises GitFailed when the index is broken,
        OSError when the disk is full."""
        self._forget_prepared()
        self._read = _content(self._index)
        self.entries = _entries(self.checkout, self.below)
        changes = self.decide(self.entries)
        if not changes:
            return
        self._prepared = self.checkout.own_folder() / f"index-{uuid.uuid4().hex}"
        if self._read is not None:
            _write(self._prepared, self._read)
        _apply(self.checkout, self._prepared, changes, self.entries)
        if self._read is not None:
            # Git reads files again that are not older than the index; with a later time it would trust some wrongly.
            before = self._index.stat()
            with self._prepared.open("rb") as opened:
                keep_owner_and_mode(opened.fileno(), before)
            os.utime(self._prepared, ns=(before.st_atime_ns, before.st_mtime_ns))

    def lock(self, wait_seconds: float = LOCK_WAIT_SECONDS) -> bool:
        """Take Git's lock, and prepare again if the index changed since. False when another program holds the lock.

        There is no wait for a lock that a killed command left.
        """
        self._marker = self.checkout.own_folder() / f"lock-{uuid.uuid4().hex}"
        _write(self._marker, f"held by Toolcrib, process {os.getpid()}, while it commits an edit\n".encode())
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                os.link(self._marker, name_index_lock(self.checkout))
                break
            except FileExistsError:
                if time.monotonic() >= deadline or is_forgotten_lock(self.checkout):
                    return False
                time.sleep(_LOOK_AGAIN_SECONDS)  # another program's lock: there is nothing to be woken by
        self._locked = True
        if _content(self._index) != self._read:
            self.prepare()
        return True

    def install(self, kept: Path | None = None) -> None:
        """Put the prepared index in place and keep the lock. The old index is kept as the file ``kept``, if given."""
        if self._prepared is None:
            return
        if kept is not None:
            try:
                os.link(self._index, kept)
            except FileNotFoundError:
                _write(kept, b"")  # which no index is: there was none
            self._kept = kept
        self._prepared.replace(self._index)
        self._prepared = None
        self._hold()

    def undo(self) -> None:
        """Put the kept index back."""
        if self._kept is not None:
            restore_index(self.checkout, self._kept)
            self._kept = None
            self._hold()

    def release(self) -> None:
        """Release the lock; remove the kept index, and a prepared one that was not installed."""
        if self._kept is not None:
            self._kept.unlink(missing_ok=True)
            self._kept = None
        if self._locked:
            time.sleep(max(0.0, self._hold_until - time.monotonic()))
            name_index_lock(self.checkout).unlink(missing_ok=True)
            self._locked = False
        if self._marker is not None:
            self._marker.unlink(missing_ok=True)
            self._marker = None
        self._forget_prepared()

    def abandon(self) -> None:
        """Leave everything as a killed process would; :mod:`.stale_locks` cleans it up."""
        self._locked, self._marker, self._kept, self._prepared = False, None, None, None

    def _hold(self) -> None:
        # Our own changes keep the index's time, so this is the time of another program's change.
        with suppress(FileNotFoundError):
            if abs(time.time() - self._index.stat().st_mtime) < ACTIVE_SECONDS:
                self._hold_until = time.monotonic() + HOLD_SECONDS

    def _forget_prepared(self) -> None:
        if self._prepared is not None:
            self._prepared.unlink(missing_ok=True)
            self._prepared = None


def name_index_lock(checkout: Checkout) -> Path:
    """The path of Git's lock on this working tree's index."""
    return checkout.git_dir / "index.lock"


def is_forgotten_lock(checkout: Checkout) -> bool:
    """Whether the index has an old lock: no command takes that long, so the one that took it was killed."""
    try:
        return time.time() - name_index_lock(checkout).lstat().st_mtime >= FORGOTTEN_SECONDS
    except FileNotFoundError:
        return False


def restore_index(checkout: Checkout, kept: Path) -> None:
    """Put back the index that :meth:`IndexUpdate.install` kept. Needs no space on disk."""
    if kept.stat().st_size:
        kept.replace(checkout.git_dir / "index")
    else:
        (checkout.git_dir / "index").unlink(missing_ok=True)
        kept.unlink()


def _write(file: Path, content: bytes) -> None:
    """Write a new file of ours."""
    with open(open_own_file(file, os.O_WRONLY), "wb") as opened:  # noqa: PTH123 -- a descriptor, not a path
        opened.write(content)


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


def _entries(checkout: Checkout, below: tuple[str, ...]) -> Entries:
    printed = checkout.git("ls-files", "-v", "-s", "-z", "--", *below).decode("utf-8", "surrogateescape")
    found: dict[str, IndexEntry] = {}
    for record in printed.split("\0")[:-1]:
        facts, _, path = record.partition("\t")
        tag, mode, identity, stage = facts.split(" ")
        blob = TreeBlob(mode, identity) if stage == "0" else None
        found[path] = IndexEntry(blob, tag.upper() == "S", tag.islower())
    return found


def _apply(checkout: Checkout, index: Path, changes: Changes, entries: Entries) -> None:
    """Change these entries of the index file; the user's marks on an entry (skipped, assumed) stay."""
    _update(checkout, index, "--index-info", format_index_info(changes))
    # If the working tree leaves out the whole folder, it leaves out a new file of it, too.
    sparse = bool(entries) and all(entry.skipped for entry in entries.values())
    kept = {path: entries.get(path, IndexEntry(None, sparse, assumed=False)) for path in changes if changes[path]}
    skipped = [f"{path}\0" for path, entry in kept.items() if entry.skipped]
    assumed = [f"{path}\0" for path, entry in kept.items() if entry.assumed]
    if skipped:
        _update(checkout, index, "--skip-worktree", "".join(skipped), "--stdin")
    if assumed:
        _update(checkout, index, "--assume-unchanged", "".join(assumed), "--stdin")


def _update(checkout: Checkout, index: Path, what: str, records: str, *more: str) -> None:
    """Run ``git update-index`` in an empty folder: in the working tree it would read every file written in the same
    second as the index, through the filters that the repository configures."""
    nowhere = checkout.own_folder() / "nowhere"
    make_owned_folder(nowhere, 0o555)
    run_git(
        nowhere, "update-index", "-z", what, *more,
        git_dir=checkout.git_dir,
        work_tree=nowhere,
        index_file=index,
        stdin=records.encode("utf-8", "surrogateescape"),
    )  # fmt: skip
