"""An execution as server-sent events (WHATWG HTML, section 9.2), made from its record alone.

So any process of the service can tell of an execution that another one runs, and a client that lost its connection can
go on with any of them: an event's id is what the client has after it, ``<status>-<characters of stdout>-<of stderr>``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from registry.audit import OPEN, Execution, Log
from registry.json_text import dumps
from registry.model import Json
from registry.views import render_execution

# As much of a log as one event tells: a client that reads slowly holds no more than that.
LOG_CHARACTERS = 16 * 1024
KEEP_ALIVE = b": still here\n\n"
_NO_STATUS = "none"


@dataclass(frozen=True, slots=True)
class SeenEvents:
    """What a client has: the last status it was told, and how much of both streams."""

    status: str = ""
    stdout: int = 0
    stderr: int = 0

    @classmethod
    def from_id(cls, text: str) -> SeenEvents:
        """What an event's id says; nothing, for anything else."""
        match = re.fullmatch(r"([a-z]{1,12})-([0-9]{1,9})-([0-9]{1,9})", text)
        return cls(match[1], int(match[2]), int(match[3])) if match else cls()

    @property
    def id(self) -> str:
        """The id of the event after which the client has this; of an execution that has ended the log comes first."""
        return f"{self.status or _NO_STATUS}-{self.stdout}-{self.stderr}"


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it goes over the wire, what its client has after it, and whether it is the last one."""

    text: bytes
    after: SeenEvents
    last: bool = False


def make_next_event(log: Log, seen: SeenEvents) -> Event | None:
    """The next event for a client that has ``seen``; None when it has all but the end."""
    if log.status in OPEN and log.status != seen.status:
        return _status(log.status, seen)
    for stream in ("stdout", "stderr"):
        begin = getattr(seen, stream)
        text = getattr(log, stream)[begin : begin + LOG_CHARACTERS]
        if text:
            after = replace(seen, **{stream: begin + len(text)})
            return Event(_text("log", {"stream": stream, "text": text}, after), after)
    return None if log.status == seen.status else _status(log.status, seen)


def make_end_event(execution: Execution) -> Event:
    """The last event: the whole record."""
    after = SeenEvents(execution.status, len(execution.stdout), len(execution.stderr))
    return Event(_text("end", render_execution(execution), after), after, last=True)


def _status(status: str, seen: SeenEvents) -> Event:
    after = replace(seen, status=status)
    return Event(_text("status", {"status": status}, after), after)


def _text(name: str, data: Json, seen: SeenEvents) -> bytes:
    # JSON text has no raw line break, so one data line is enough.
    return f"event: {name}\nid: {seen.id}\ndata: ".encode() + dumps(data) + b"\n\n"
