"""Attends to what runs: writes down what it prints as it comes, sees that it is cancelled when somebody asks.

An outcome that could not be written at once is written from here, as soon as the database takes it.

Only the database is shared between the processes of a service. So a live log is what the record holds, and a cancel is
a mark on the record, which the process that runs the tool looks for while it runs any.
"""

from __future__ import annotations

import codecs
import threading
from collections.abc import Callable, Mapping
from typing import Any

from registry.audit import Audit
from registry.log import log
from registry.secrets import Redactor

_TURN_SECONDS = 0.2

Heard = Callable[[str, str], None]
"""Is told what a tool prints: the stream's name and a piece of text. It must not take long."""


class LiveLog:
    """What one running tool has printed so far, as text, up to where a secret of its may have begun."""

    def __init__(self, redactor: Redactor, heard: Heard | None = None) -> None:
        self._heard = heard
        self._decoders = {name: codecs.getincrementaldecoder("utf-8")("replace") for name in ("stdout", "stderr")}
        self._redacted = {name: redactor.stream() for name in self._decoders}
        self._texts = {"stdout": "", "stderr": ""}
        self._lock = threading.Lock()
        self._new = False

    def hear(self, stream: str, piece: bytes) -> None:
        """Take one piece."""
        with self._lock:
            shown = self._redacted[stream].feed(self._decoders[stream].decode(piece))
            self._texts[stream] += shown
            self._new = self._new or bool(shown)
            if shown and self._heard is not None:
                self._heard(stream, shown)

    def news(self) -> tuple[str, str] | None:
        """Standard output and error so far, if there is more than the last time."""
        with self._lock:
            if not self._new:
                return None
            self._new = False
            return self._texts["stdout"], self._texts["stderr"]


class Attendant:
    """A thread that looks at what runs five times a second.

    A run that is over before the next look costs nothing. ``cancel`` ends a run of this process.
    """

    def __init__(self, audit: Audit, cancel: Callable[[str], object]) -> None:
        self._audit = audit
        self._cancel = cancel
        self._logs: dict[str, LiveLog] = {}
        self._owed: dict[str, Mapping[str, Any]] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None

    def attend(self, execution_id: str, redactor: Redactor, heard: Heard | None = None) -> LiveLog:
        """Begin to attend to an execution; what it prints goes to the log that is returned, and to ``heard``."""
        with self._changed:
            self._begin()
            found = self._logs[execution_id] = LiveLog(redactor, heard)
            self._changed.notify()
            return found

    def leave(self, execution_id: str) -> None:
        """It has ended."""
        with self._changed:
            self._logs.pop(execution_id, None)

    def owe(self, execution_id: str, end: Mapping[str, Any]) -> None:
        """Write this outcome as soon as the database takes it: without it the record would stay open.

        There are never many: while it takes nothing, nothing begins.
        """
        with self._changed:
            self._begin()
            self._owed[execution_id] = end

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="toolcrib-attendant", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the thread, after a last try to write what is owed."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                # A run that begins wakes nobody: it shall have the interpreter for itself.
                closed = self._changed.wait_for(lambda: self._closed, _TURN_SECONDS)
                attended = {} if closed else dict(self._logs)
            try:
                self._pay()
                if attended:
                    self._turn(attended)
            except Exception as error:  # noqa: BLE001 -- logged; without this thread no cancel would be heard
                log.warning("live log or outcome not written", error=str(error))
            if closed:
                return

    def _pay(self) -> None:
        for execution_id, end in list(self._owed.items()):
            self._audit.end(execution_id, **end)
            del self._owed[execution_id]

    def _turn(self, attended: dict[str, LiveLog]) -> None:
        for execution_id in self._audit.to_cancel():
            if execution_id in attended:
                self._cancel(execution_id)
        for execution_id, live in attended.items():
            news = live.news()
            if news is not None:
                self._audit.progress(execution_id, *news)
