"""The committer of one process. It also brings working trees up to date that could not follow a commit at once."""

from __future__ import annotations

import threading
import time

from registry.gitrepo.store import Edit, Repository
from registry.gitrepo.worktree import finish_advances
from registry.log import log

from .edit_commit import PATIENCE_SECONDS, Committed, Unchanged, commit_edit, explain_busy

_FIRST_LOOK_SECONDS = 0.05
_SLOWEST_LOOK_SECONDS = 0.25


class Committer:
    """Commits edits; thread-safe.

    While a killed command's lock lies on an index, the working tree stays behind the branch, and a ``git commit`` right
    after the lock is removed would revert the edit. So a background thread looks for that moment several times a
    second, for as long as a working tree is behind.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._closed = threading.Event()
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def commit(self, edit: Edit) -> Committed | Unchanged:
        """Commit the edit, see :func:`~registry.gitrepo.commit.commit_edit`."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        # One thread of each process waits for the lock on disk, the others wait here.
        if not self._turn.acquire(timeout=PATIENCE_SECONDS):
            raise explain_busy()
        try:
            done = commit_edit(self._repository, edit, max(0.0, deadline - time.monotonic()))
        finally:
            self._turn.release()
        if isinstance(done, Committed) and not done.advanced:
            self._follow_later()
        return done

    def close(self) -> None:
        """Stop the background thread. The journal on disk keeps what is left to do."""
        self._closed.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(timeout=5)

    def _follow_later(self) -> None:
        with self._lock:
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(target=self._follow, name="follow", daemon=True)
                self._thread.start()

    def _follow(self) -> None:
        wait_seconds = _FIRST_LOOK_SECONDS
        while not self._closed.wait(wait_seconds):
            wait_seconds = min(_SLOWEST_LOOK_SECONDS, wait_seconds * 1.2)
            with self._lock:
                if self._done():
                    self._thread = None
                    return

    def _done(self) -> bool:
        try:
            return finish_advances(self._repository)
        except Exception:  # the thread must go on, and must not print a traceback on standard error
            log.exception("working trees cannot follow")
            return False
