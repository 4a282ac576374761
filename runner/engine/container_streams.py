"""The attached streams of one container: frames of the harness, read with a deadline and a bound.

A deadline bounds how long is waited, not what is read: what is there already is taken, however late it is looked for.

Not the SDK's own helpers: they poll without a timeout, switch the socket's timeout off and read without end.
"""

from __future__ import annotations

import select
import socket
import ssl
import struct
import time
from typing import Any

from runner.harness import wire

_MULTIPLEXED = struct.Struct(">BxxxI")
_STDOUT = 1
_PIECE_BYTES = 65536
# A log of 256 KiB written byte by byte is 3.5 MiB of frames: 5 bytes of ours and 8 of the Engine's around each. A
# result and a call's files have 5 MiB.
_MOST_BYTES = 12 * 1024 * 1024
_COMPLAINT_BYTES = 4096


class StreamBroken(Exception):
    """The stream ended early, or holds what the harness would never write. The message says which."""


class ContainerStreams:
    """Both ways to a container's harness. Not for use by several threads, but for :meth:`hang_up`."""

    def __init__(self, attached: Any) -> None:
        self._whole = attached  # the SDK's object closes the socket when it is collected
        self._socket: socket.socket = getattr(attached, "_sock", attached)
        self._raw = bytearray()
        self._frames = bytearray()
        self._read_bytes = 0
        self._complaint = bytearray()

    def ended(self) -> bool:
        """Whether the other side has closed its end, or says something that nobody asked for. Does not wait."""
        waiter = select.poll()  # not select.select: that cannot look at descriptors over 1023
        try:
            waiter.register(self._socket, select.POLLIN)
        except (OSError, ValueError):
            return True
        return bool(waiter.poll(0))

    def send(self, data: bytes, deadline: float) -> None:
        """Write all of ``data`` before ``deadline`` (monotonic). Raises OSError, TimeoutError among them."""
        self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
        self._socket.sendall(data)

    def frame(self, deadline: float) -> tuple[bytes, bytes] | None:
        """The next frame's type and payload, or None at the end. Raises TimeoutError at ``deadline``, StreamBroken."""
        while True:
            if len(self._frames) >= wire.HEAD.size:
                kind, size = wire.HEAD.unpack_from(self._frames)
                if size > _MOST_BYTES:
                    raise StreamBroken("the sandbox sent a frame that is too long")
                end = wire.HEAD.size + size
                if len(self._frames) >= end:
                    payload = bytes(self._frames[wire.HEAD.size : end])
                    del self._frames[:end]
                    return kind, payload
            if not self._more(deadline):
                return None

    def _more(self, deadline: float) -> bool:
        self._socket.settimeout(max(deadline - time.monotonic(), 0.0))
        try:
            data = self._socket.recv(_PIECE_BYTES)
        except (TimeoutError, BlockingIOError, ssl.SSLWantReadError):
            raise TimeoutError from None
        except OSError as error:
            raise StreamBroken(f"the connection to the Docker engine broke: {error}") from error
        self._read_bytes += len(data)
        if self._read_bytes > _MOST_BYTES:
            raise StreamBroken("the sandbox sent more than its bounds allow")
        self._raw += data
        self._separate()
        return bool(data)

    def _separate(self) -> None:
        start = 0
        while len(self._raw) - start >= _MULTIPLEXED.size:
            stream, size = _MULTIPLEXED.unpack_from(self._raw, start)
            end = start + _MULTIPLEXED.size + size
            if len(self._raw) < end:
                break
            payload = self._raw[start + _MULTIPLEXED.size : end]
            if stream == _STDOUT:
                self._frames += payload
            else:
                self._complaint = (self._complaint + payload)[-_COMPLAINT_BYTES:]
            start = end
        del self._raw[:start]

    def last_words(self) -> str | None:
        """The last line that the harness itself wrote to standard error: None, unless it is broken."""
        lines = self._complaint.decode(errors="replace").strip().splitlines()
        return f"its harness says: {lines[-1]}" if lines else None

    def hang_up(self, *, entirely: bool = False) -> None:
        """Close the harness's standard input: a waiting sandbox ends, a running tool is cancelled. From any thread.

        ``entirely``: read no more either. Who reads sees the end at once.
        """
        try:
            self._socket.shutdown(socket.SHUT_RDWR if entirely else socket.SHUT_WR)
        except OSError:
            return  # it has ended by itself

    def close(self) -> None:
        """Release the connection."""
        self._socket.close()
        # The response holds the same connection through objects of its own; not closed, it is a leak that warns.
        response = getattr(self._whole, "_response", None)
        if response is not None:
            response.close()
        self._whole.close()
