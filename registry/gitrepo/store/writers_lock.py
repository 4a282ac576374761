"""The writers' lock: our processes share it, so that they queue to write instead of racing.

Other programs (``git commit``, ``git push``) ignore it: against those, branches move by compare-and-swap.
"""

from __future__ import annotations

import fcntl
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

from registry.errors import GitFailed

from .own_folder import NAME, make_own_folder, open_own_file
from .repository import Repository

_LOOK_AGAIN_SECONDS = 0.004


@contextmanager
def hold_writers_lock(repository: Repository, wait_seconds: float) -> Iterator[int | None]:
    """Hold the writers' lock. Yields its file descriptor, or None when others held it for all of ``wait_seconds``.

    The lock ends with the process, and with the commands that inherited the descriptor. A second lock is held by the
    process whose turn is next, so that one that just released the lock does not get it again at once.
    """
    deadline = time.monotonic() + wait_seconds
    with _opened(repository, "next.lock") as turn, _opened(repository, "commit.lock") as lock:
        yield lock if _taken(turn, deadline) and _taken_in_turn(turn, lock, deadline) else None


@contextmanager
def _opened(repository: Repository, name: str) -> Iterator[int]:
    path = repository.common_dir / NAME / name
    try:
        make_own_folder(repository.common_dir)
        opened = open_own_file(path, os.O_RDWR)
    except OSError as error:
        raise GitFailed(f"{path} cannot be opened ({error.strerror}): edits need a repository to write to") from None
    try:
        yield opened
    finally:
        os.close(opened)


def _taken_in_turn(turn: int, lock: int, deadline: float) -> bool:
    taken = _taken(lock, deadline)
    fcntl.flock(turn, fcntl.LOCK_UN)
    return taken


def _taken(lock: int, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            # A wait in the kernel would not end at the deadline, and a stopped process may hold the lock.
            time.sleep(_LOOK_AGAIN_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 -- to spread, not to hide
        else:
            return True
