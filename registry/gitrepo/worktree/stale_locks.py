"""Remove what a killed process of ours left behind: locks, and an index for a commit that was never made.

A lock of another program is never removed, however old.

The caller must hold the writers' lock. Then no process of ours can still be using what is found, and neither can a Git
command that one of them started, because such a command holds the writers' lock, too.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from registry.gitrepo.store import Repository

from .checkouts import Checkout
from .index_update import KEPT, name_index_lock, restore_index

_OURS = ("lock-", "index-")
_ID_BYTES_AT_MOST = 100


def remove_index_lock(checkout: Checkout, unmade: Collection[str]) -> None:
    """Remove the index's lock if it is a link to a file of ours, and remove all such files.

    If the index was made for a commit in ``unmade`` (commits on no branch), the index before it is put back first.
    """
    try:
        left = [entry for entry in os.scandir(checkout.git_dir / "toolcrib") if entry.name.startswith(_OURS)]
    except OSError:
        return  # we never wrote here
    lock = _inode(name_index_lock(checkout))
    if any(entry.name.startswith("lock-") and entry.inode() == lock for entry in left):
        for entry in left:
            if entry.name.removeprefix(KEPT) in unmade:
                restore_index(checkout, Path(entry.path))
        name_index_lock(checkout).unlink(missing_ok=True)
    for entry in left:
        Path(entry.path).unlink(missing_ok=True)


def remove_ref_lock(repository: Repository, checkout: Checkout, ref: str, revision: str) -> None:
    """Remove the branch's lock if it contains the id of our commit ``revision``, and HEAD's lock if taken before it."""
    lock = repository.common_dir / f"{ref}.lock"
    try:
        with lock.open("rb") as opened:
            ours = opened.read(_ID_BYTES_AT_MOST).strip() == revision.encode()
            taken_ns = os.fstat(opened.fileno()).st_mtime_ns
    except OSError:
        return  # there is none
    if not ours:
        return
    head = checkout.git_dir / "HEAD.lock"
    try:
        status = head.stat()
        # Git locks HEAD first and writes nothing there: a command that locked the branch held both.
        if status.st_size == 0 and status.st_mtime_ns <= taken_ns:
            head.unlink()
    except OSError:
        pass  # there is none
    lock.unlink(missing_ok=True)


def _inode(file: Path) -> int | None:
    try:
        return file.lstat().st_ino
    except OSError:
        return None
