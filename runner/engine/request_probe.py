"""Whether anybody reads what the engine is asked: the kernel's word about an engine that says nothing.

An engine on a busy machine answers late, but its process still takes what is sent to it. One that is stopped, or whose
machine is gone, does not. The kernel knows which: it counts what was sent and not yet read. That is independent of
whatever keeps the engine from answering, needs no right but to open the socket, and costs a connection.
"""

from __future__ import annotations

import fcntl
import select
import socket
import struct
import termios
from urllib.parse import urlsplit

from .docker_client import find_address, translate_errors

_LOOK_SECONDS = 0.3
_REQUEST = b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n"


def is_request_read() -> bool:
    """Whether a new request is read within 0.3 s. Raises EngineAway when nobody listens for one.

    Of an engine behind a network only the other machine's kernel can be asked: True where that takes the connection.
    """
    address = urlsplit(find_address())
    with translate_errors():
        try:
            if address.scheme == "unix":
                return _is_read_locally(address.path)
            if address.hostname is None or address.port is None:
                return True  # another way to it (ssh, say), of which nothing can be told from here
            socket.create_connection((address.hostname, address.port), _LOOK_SECONDS).close()
        except (BlockingIOError, TimeoutError):
            return False  # so many wait to be taken already that no more may, or no machine is there
        return True


def _is_read_locally(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_LOOK_SECONDS)
        connection.connect(path)
        connection.sendall(_REQUEST)
        answered = bool(select.select([connection], [], [], _LOOK_SECONDS)[0])
        return answered or _count_unread(connection) == 0


def _count_unread(connection: socket.socket) -> int:
    """The bytes (and the kernel's own beside them) that were sent and not yet read: SIOCOUTQ, which is TIOCOUTQ."""
    return int(struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, b"\0" * 4))[0])
