"""Hints that the working tree changed, and a regular refresh for changes that the hints miss.

An event is only a reason to look again: what is shown is always read from Git and from disk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)

from .log import log

DEBOUNCE_SECONDS = 0.2
RECONCILE_SECONDS = 30.0

# Opening and reading a file are events, too: without this list our own reads would trigger a refresh for ever.
_CHANGES: list[type[FileSystemEvent]] = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]


class _Wake(FileSystemEventHandler):
    def __init__(self, woken: threading.Event) -> None:
        self._woken = woken

    def on_any_event(self, event: FileSystemEvent) -> None:
        self._woken.set()


class TreeWatcher:
    """Calls ``refresh`` soon after something below one of ``folders`` changed, and every 30 s in any case.

    ``how`` is ``auto`` (the system's events), ``poll`` or ``off`` (only every 30 s). When events are not available (the
    system's limit of watches is reached, for example) only the regular calls go on, and the log says so.
    """

    def __init__(self, folders: Sequence[Path], how: str, refresh: Callable[[], object]) -> None:
        self._folders = folders
        self._how = how
        self._refresh = refresh
        self._changed = threading.Event()
        self._closed = threading.Event()
        self._observer: Any = None
        self._watched: dict[Path, tuple[int, bool]] | None = None
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Start the thread that watches."""
        self._watch()
        self._thread.start()

    def close(self) -> None:
        """Stop watching and wait for the thread to end."""
        self._closed.set()
        self._changed.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=5)
        self._unwatch()

    def _run(self) -> None:
        while not self._closed.is_set():
            hinted = self._changed.wait(timeout=RECONCILE_SECONDS)
            if self._closed.is_set():
                return
            if hinted:
                # A burst of events (an editor's save, a checkout) leads to one refresh, after it is over.
                self._closed.wait(DEBOUNCE_SECONDS)
                self._changed.clear()
            try:
                self._watch()
                self._refresh()
            except Exception:  # this thread must outlive every fault: the next refresh tries again
                log.exception("refresh failed")

    def _watch(self) -> None:
        """Watch each folder itself or, while it does not exist, the nearest folder above it, in which it may appear."""
        if not self._folders or self._how == "off":
            return
        targets: dict[Path, tuple[int, bool]] = {}
        for folder in self._folders:
            target = next(path for path in (folder, *folder.parents) if path.is_dir())
            # The inode tells a new folder from a deleted one of the same name, whose watch reports nothing any more.
            targets[target] = (target.stat().st_ino, target == folder)
        if targets == self._watched and self._alive():
            return
        self._unwatch()
        try:
            self._observer = self._make_observer()
            for target, (_, itself) in targets.items():
                self._observer.schedule(_Wake(self._changed), str(target), recursive=itself, event_filter=_CHANGES)
            self._observer.start()
            self._watched = targets
        except OSError as error:
            self._unwatch()
            log.warning(
                "no file events, only the check every 30 s",
                folders=[str(target) for target in targets],
                error=str(error),
            )

    def _make_observer(self) -> Any:
        if self._how == "poll":
            from watchdog.observers.polling import PollingObserver  # noqa: PLC0415 -- only where asked for

            return PollingObserver(timeout=1)
        from watchdog.observers import Observer  # noqa: PLC0415 -- chooses the system's mechanism when imported

        return Observer(timeout=1)

    def _alive(self) -> bool:
        return self._observer is not None and all(emitter.is_alive() for emitter in self._observer.emitters)

    def _unwatch(self) -> None:
        observer, self._observer, self._watched = self._observer, None, None
        if observer is not None and observer.is_alive():
            observer.stop()
            observer.join(timeout=5)
