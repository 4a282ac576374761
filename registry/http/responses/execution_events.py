"""An execution as server-sent events (WHATWG HTML, section 9.2), made from its record alone.

So any process of the service can tell of an execution that another one runs, and a client that lost its connection can
go on with any of them: an event's id is what the client has after it, ``<status>-<characters of stdout>-<of stderr>``.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from registry.audit import OPEN, Execution
from registry.json_text import dumps
from registry.model import Json
from registry.views import render_execution

_LOOK_SECONDS = 0.1
_KEEP_ALIVE_SECONDS = 15.0
_NO_STATUS = "none"


@dataclass(slots=True)
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


def stream_events(look: Callable[[], Execution], seen: SeenEvents) -> Iterator[bytes]:
    """The events until the execution's end; ``look`` gives its record as it is now."""
    told_at = time.monotonic()
    while True:
        execution = look()
        for event in _news(execution, seen):
            told_at = time.monotonic()
            yield event
        if execution.status not in OPEN:
            yield _event("end", render_execution(execution), seen)
            return
        if time.monotonic() - told_at > _KEEP_ALIVE_SECONDS:
            told_at = time.monotonic()
            yield b": still here\n\n"
        time.sleep(_LOOK_SECONDS)


def _news(execution: Execution, seen: SeenEvents) -> Iterator[bytes]:
    if execution.status in OPEN and execution.status != seen.status:
        seen.status = execution.status
        yield _event("status", {"status": execution.status}, seen)
    for stream in ("stdout", "stderr"):
        text = getattr(execution, stream)[getattr(seen, stream) :]
        if text:
            setattr(seen, stream, getattr(seen, stream) + len(text))
            yield _event("log", {"stream": stream, "text": text}, seen)
    if execution.status not in OPEN and execution.status != seen.status:
        seen.status = execution.status
        yield _event("status", {"status": execution.status}, seen)


def _event(name: str, data: Json, seen: SeenEvents) -> bytes:
    # JSON text has no raw line break, so one data line is enough.
    return f"event: {name}\nid: {seen.id}\ndata: ".encode() + dumps(data) + b"\n\n"
