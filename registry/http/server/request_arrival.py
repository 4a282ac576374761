"""How much of a request has arrived: enough of HTTP/1.1's framing (RFC 9112) to tell when one is whole.

Whether it is a good request is for the server's parser alone to judge. What is misread here can therefore only make the
parser run out of bytes, never make it take bytes of the next request for its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

MAX_HEAD_BYTES = 64 * 1024
MAX_LINE_BYTES = 8190
_HEAD_END = b"\r\n\r\n"
_LINE_END = b"\r\n"
# A first line that is no request line of HTTP/1.x: nothing that could follow would make it one.
_FIRST_LINE = re.compile(rb"[^\n]* HTTP/1\.[01]")


class RequestArrival:
    """The bytes of one connection since its last request, and whether they are a request to hand over.

    ``ready`` means that waiting is over: the request is whole, or it cannot become one, or it is ``oversized``: its
    body is longer than ``most_of_body`` says when it is given the head, or says so, and is not waited for.
    """

    def __init__(self, most_of_body: Callable[[bytes], int]) -> None:
        self.ready = False
        self.oversized = False
        self._most_of_body = most_of_body
        self._data = bytearray()
        self._end: int | None = None
        self._head_bytes = 0
        self._awaits_continue = False
        self._body: _Length | _Chunks | None = None

    def __len__(self) -> int:
        """How many bytes have arrived."""
        return len(self._data)

    @property
    def in_body(self) -> bool:
        """Whether the head is there and the body is what is missing."""
        return self._body is not None and not self.ready

    @property
    def head_too_long(self) -> bool:
        """Whether the head did not end where it had to at the latest."""
        return not self._head_bytes and len(self._data) > MAX_HEAD_BYTES

    def add(self, data: bytes) -> None:
        """Take what has arrived."""
        seen = len(self._data)
        self._data += data
        if not self.ready and not self._head_bytes:
            self._look_for_head(max(0, seen - len(_HEAD_END)))
        if not self.ready and self._body is not None:
            self._look_for_end(self._body)

    def take_continue(self) -> bool:
        """Whether the client now waits for a ``100 Continue``; true once at most."""
        awaits = self.in_body and self._awaits_continue and len(self._data) == self._head_bytes
        self._awaits_continue = False
        return awaits

    def request(self) -> bytes:
        """The bytes of the request."""
        return bytes(self._data[: self._end])

    def rest(self) -> bytes:
        """What has arrived of the next request already."""
        return b"" if self._end is None else bytes(self._data[self._end :])

    def _look_for_head(self, start: int) -> None:
        at = self._data.find(_HEAD_END, start)
        if at < 0:
            self.ready = self._hopeless(start)
            return
        self._head_bytes = at + len(_HEAD_END)
        head = bytes(self._data[:at])
        framing, most = _framing(head), self._most_of_body(head)
        self._awaits_continue = framing.awaits_continue
        if framing.chunked:
            # A chunk of one byte takes six. Beyond twice the bound the rest is not waited for.
            self._body = _Chunks(self._head_bytes, 2 * most)
        else:
            self.oversized = framing.length > most
            self._body = _Length(self._head_bytes, 0 if self.oversized else framing.length)

    def _hopeless(self, start: int) -> bool:
        """Whether a head without end so far cannot become a good one."""
        line_end = self._data.find(_LINE_END, 2, MAX_LINE_BYTES + 4)
        if line_end < 0:
            return len(self._data) > MAX_LINE_BYTES + 4 or b"\n" in self._data[2:]
        bare = self._data.count(b"\n", start) != self._data.count(_LINE_END, max(0, start - 1))
        return bare or self.head_too_long or not _FIRST_LINE.match(self._data, 2 if self._skips() else 0)

    def _skips(self) -> bool:
        return self._data[:2] == _LINE_END

    def _look_for_end(self, body: _Length | _Chunks) -> None:
        end = body.end(self._data)
        if end is not None:
            self.ready, self._end = True, end
        elif isinstance(body, _Chunks) and body.hopeless:
            self.ready = True
            self.oversized = body.oversized


@dataclass(frozen=True, slots=True)
class _Framing:
    length: int
    chunked: bool
    awaits_continue: bool


def _framing(head: bytes) -> _Framing:
    """What the head says of the body; no body, for a head whose framing the parser will refuse."""
    values: dict[bytes, list[bytes]] = {}
    for line in head.split(_LINE_END)[1:]:
        name, _, value = line.partition(b":")
        values.setdefault(name.lower(), []).append(value.strip(b" \t"))
    lengths = values.get(b"content-length", [])
    codings = b",".join(values.get(b"transfer-encoding", []))
    known = len(lengths) == 1 and not codings and re.fullmatch(rb"[0-9]{1,18}", lengths[0])
    return _Framing(
        length=int(lengths[0]) if known else 0,
        chunked=not lengths and codings.lower().endswith(b"chunked"),
        awaits_continue=[value.lower() for value in values.get(b"expect", [])] == [b"100-continue"],
    )


class _Length:
    """A body of a known length."""

    def __init__(self, start: int, length: int) -> None:
        self._end = start + length

    def end(self, data: bytearray) -> int | None:
        """Where the body ends, once it is there."""
        return self._end if len(data) >= self._end else None


class _Chunks:
    """A body in chunks (RFC 9112, section 7.1)."""

    def __init__(self, start: int, max_bytes: int) -> None:
        self.hopeless = False
        self.oversized = False
        self._start = self._at = start
        self._max_bytes = max_bytes
        self._in_trailers = False

    def end(self, data: bytearray) -> int | None:
        """Where the body ends, once it is there."""
        while not self.hopeless:
            # A chunk's end may lie ahead of what has arrived.
            line_end = data.find(_LINE_END, self._at)
            if line_end < 0:
                self.oversized = max(len(data), self._at) - self._start > self._max_bytes
                self.hopeless = self.oversized or len(data) - self._at > MAX_LINE_BYTES
                return None
            line = bytes(data[self._at : line_end])
            self._at = line_end + len(_LINE_END)
            if self._in_trailers:
                if not line:
                    return self._at
                continue
            size = re.fullmatch(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?", line, re.DOTALL)
            self.hopeless = size is None
            if size is not None:
                length = int(size[1], 16)
                self._in_trailers = length == 0
                self._at += length + len(_LINE_END) if length else 0
        return None
