"""Keep the repository and its remote in step: a thread of one worker exchanges commits, every worker knows the state.

A lock on a file decides which worker that is; when it dies, another one takes over within a second. It exchanges on an
interval, on request (a file that any worker writes), and when the served branch moved: so a commit needs to notify
nobody, whoever made it. Nothing ever waits for this thread.
"""

# The thread of each worker (`_run`):
#
#   waiting --[got the lock; tried every 1 s]--> exchanging --[close()]--> ended
#      ^                                              |
#      +---[exception: logged, lock released, 1 s]----+     A process that dies releases the lock, too.
#
# While exchanging it looks every 0.2 s:
#
#   what it sees                         what it does                                next exchange without a reason
#   -----------------------------------  ------------------------------------------  ------------------------------
#   the pause is over, or `.asked` new   fetch, rebase, push (Remote.sync)           after the interval; after the
#   the served branch moved              push; fetch only if refused (Remote.push)   n-th failure in a row 2^n s, at
#   nothing new                          nothing                                     most the interval or 300 s
#
# The state after each exchange goes to `.json`, which every worker reads; then 0.5 s pass, so that a series of commits
# is pushed together. A conflict is not a failure: only a person can resolve it, so an early retry would gain nothing.

from __future__ import annotations

import fcntl
import json
import os
import random
import threading
import time
from collections.abc import Hashable
from dataclasses import asdict, replace
from pathlib import Path

from registry.gitrepo import Remote, RemoteState, Repository

from .file_owners import open_owned
from .log import log

_LOOK_SECONDS = 0.2
_TAKE_OVER_SECONDS = 1.0
_APART_SECONDS = 0.5
_LONGEST_RETRY_SECONDS = 300.0
_STATE_BYTES = 64 * 1024


class RemoteSync:
    """Exchanges commits with a remote; of all workers of the service, one does so at a time.

    ``files`` is the path, the same in all workers, to which ``.lock``, ``.json`` (the state) and ``.asked`` are
    appended. ``fetch_seconds`` is the interval, 0 for none.
    """

    def __init__(self, repository: Repository, remote: Remote, files: Path, *, fetch_seconds: int) -> None:
        self._repository = repository
        self._remote = remote
        self._fetch_seconds = fetch_seconds
        self._lock_file = files.with_name(f"{files.name}.lock")
        self._state_file = files.with_name(f"{files.name}.json")
        self._asked_file = files.with_name(f"{files.name}.asked")
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """Stop the thread. Waits at most 2 s for an exchange in progress."""
        self._closed.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=2)

    def ask(self) -> None:
        """Request an exchange soon, from whichever worker does them."""
        try:
            _write(self._asked_file, str(time.time_ns()))
        except OSError as error:
            log.warning("the exchange with the remote comes later", error=str(error))

    @property
    def state(self) -> RemoteState:
        """The state after the last exchange of any worker, with the counts as of now."""
        ahead, behind = self._remote.count_difference()
        return replace(self._shared() or self._remote.state, ahead=ahead, behind=behind)

    def _shared(self) -> RemoteState | None:
        try:
            with self._state_file.open("rb") as opened:
                found = RemoteState(**json.loads(opened.read(_STATE_BYTES)))
        except (OSError, ValueError, TypeError):
            return None  # nothing was exchanged yet, or another version wrote the file
        mine = self._remote.state
        return found if (found.name, found.url) == (mine.name, mine.url) else None

    def _share(self, state: RemoteState) -> None:
        new = self._state_file.with_suffix(".new")
        _write(new, json.dumps(asdict(state)))
        new.replace(self._state_file)

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                lock = open_owned(self._lock_file, os.O_RDWR, 0o600)
                try:
                    if _taken(lock):
                        self._exchange_until_closed()
                finally:
                    os.close(lock)
            except Exception:  # this thread must outlive every fault: another worker, or it, tries again
                log.exception("exchanging with the remote failed")
            self._closed.wait(_TAKE_OVER_SECONDS)

    def _exchange_until_closed(self) -> None:
        failed, due = 0, time.monotonic()
        asked, moved = self._asked(), self._repository.stamp()
        while not self._closed.is_set():
            now_asked, now_moved = self._asked(), self._repository.stamp()
            fetch = time.monotonic() >= due or now_asked != asked
            if fetch or now_moved != moved:
                asked, moved = now_asked, now_moved
                state = self._exchange(fetch=fetch)
                failed = failed + 1 if state.last_error and not state.conflict else 0
                due = time.monotonic() + self._pause_seconds(failed)
                # So that commits made in quick succession are pushed together.
                self._closed.wait(_APART_SECONDS)
            self._closed.wait(_LOOK_SECONDS)

    def _exchange(self, *, fetch: bool) -> RemoteState:
        before = self._shared()
        state = self._remote.sync() if fetch else self._remote.push()
        self._share(state)
        if state.last_error and (before is None or before.last_error != state.last_error):
            log.warning("the remote and the repository differ", remote=state.name, error=state.last_error)
        elif before is not None and before.last_error and not state.last_error:
            log.info("the remote and the repository agree again", remote=state.name)
        return state

    def _pause_seconds(self, failed: int) -> float:
        """Seconds until the next exchange that nothing triggers, after ``failed`` failures in a row."""
        usual = float(self._fetch_seconds) or float("inf")
        if not failed:
            return usual
        longest = min(usual, _LONGEST_RETRY_SECONDS)
        return min(longest, 2.0 ** min(failed, 10)) * random.uniform(0.8, 1.2)  # noqa: S311 -- to spread, not to hide

    def _asked(self) -> Hashable:
        try:
            return self._asked_file.read_bytes()
        except OSError:
            return b""


def _write(file: Path, text: str) -> None:
    with open(open_owned(file, os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:  # noqa: PTH123
        opened.write(text)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
