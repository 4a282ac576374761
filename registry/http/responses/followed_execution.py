"""One execution that is followed: looked at once for all who follow it, and told of in events that are made once."""

from __future__ import annotations

from registry.audit import OPEN, Audit, Log, Mark

from .execution_events import Event, SeenEvents, make_end_event, make_next_event

_MADE_AT_MOST = 64


class Followed:
    """What is known of an execution's record, and the events that its followers need now. For one thread."""

    def __init__(self, audit: Audit, execution_id: str) -> None:
        self._audit = audit
        self._id = execution_id
        self._mark: Mark | None = None
        self._log: Log | None = None
        self._made: dict[SeenEvents, Event] = {}
        self._end: Event | None = None

    def note(self, mark: Mark | None) -> bool:
        """Take how far the execution is now; whether that is news. After None everything is."""
        if mark == self._mark:
            return False
        self._mark = mark
        self.rest()
        return True

    def rest(self) -> None:
        """Keep nothing that can be read again."""
        self._log = None
        self._made.clear()

    def event_after(self, seen: SeenEvents) -> Event | None:
        """The next event for who has ``seen``; None when there is none now. Raises Unavailable."""
        mark = self._mark
        if mark is None or (mark.status in OPEN and seen == SeenEvents(mark.status, mark.stdout, mark.stderr)):
            return None
        made = self._made.get(seen)
        if made is None:
            made = self._make(seen)
            if made is not None:
                if len(self._made) == _MADE_AT_MOST:
                    self._made.clear()
                self._made[seen] = made
        return made

    def _make(self, seen: SeenEvents) -> Event | None:
        if self._log is None:
            self._log = self._audit.log(self._id)
        if self._log is None:
            return None
        return make_next_event(self._log, seen) or (None if self._log.status in OPEN else self._last())

    def _last(self) -> Event | None:
        if self._end is None:
            execution = self._audit.get(self._id)
            self._end = None if execution is None else make_end_event(execution)
        return self._end
