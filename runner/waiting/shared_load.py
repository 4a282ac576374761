"""How many jobs run and wait in all processes of one service together, so that each can keep its part ready.

A file in shared memory: each process has a number in it that only it writes, and holds a lock on that number's place.
The kernel gives the place of a killed process back; its number is set to nothing by whoever gets the place next.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
from pathlib import Path

from .run_slots import lock_byte

_SEATS = 64
_SEAT = struct.Struct("=I")
_ALL = struct.Struct(f"={_SEATS}I")


class SharedLoad:
    """The numbers of all processes that share a file; of this process alone where there is none.

    :meth:`tell` is for one thread at a time, :meth:`total` for any.
    """

    def __init__(self, shared: Path | None) -> None:
        self._numbers: mmap.mmap | bytearray = bytearray(_ALL.size)
        self._seat = 0
        if shared is None:
            return
        self._file = os.open(shared, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.truncate(self._file, _ALL.size)
        self._numbers = mmap.mmap(self._file, _ALL.size)
        # More processes than seats share the last one: then what waits ahead follows the calls a little less well.
        self._seat = next((seat for seat in range(_SEATS) if lock_byte(self._file, seat, fcntl.F_WRLCK)), _SEATS - 1)
        self.tell(0)

    def tell(self, number: int) -> None:
        """Set this process's number."""
        _SEAT.pack_into(self._numbers, self._seat * _SEAT.size, number)

    def total(self) -> int:
        """All numbers together."""
        return sum(_ALL.unpack_from(self._numbers))
