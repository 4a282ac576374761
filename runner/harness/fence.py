"""A filter of system calls that keeps the tool's processes from changing what process 1 may use.

The kernel lets a process set the limits (prlimit(2)) of any other of its user, whether or not that one hides from it.
Without memory or files of its own, process 1 could not tell how the tool ended. The filter refuses that one call for
that one process, and nothing else. It cannot be taken off again, and every process that is forked has it too.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import struct

_NO_NEW_PRIVILEGES, _SET_FILTER, _FILTER_MODE = 38, 22, 2  # prctl(2): PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP
_PRLIMIT = (
    # linux/audit.h's number of each kind of machine, and the number of prlimit64 there. A program of 64 bits can make
    # the calls of 32, and x86-64 has a third way.
    (0xC000003E, 302),
    (0xC000003E, 0x40000000 + 302),
    (0x40000003, 340),
    (0xC00000B7, 261),
    (0x40000028, 369),
)
# linux/bpf_common.h: load a word of what the kernel shows, compare it, end. What it shows begins with the call's
# number, the machine, the address it came from, and the arguments, each in eight bytes.
_LOAD, _EQUALS, _END = 0x20, 0x15, 0x06
_CALL, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def keep_limits_of(process: int) -> None:
    """Let this process and all that it forks never set limits of ``process``. Does nothing where the kernel cannot."""
    steps = b"".join(_refusal(machine, call, process) for machine, call in _PRLIMIT) + _step(_END, _ALLOW)
    program = _Program(len(steps) // 8, steps)
    with contextlib.suppress(OSError, AttributeError):
        prctl = ctypes.CDLL(None).prctl
        zero = ctypes.c_ulong(0)
        prctl(_NO_NEW_PRIVILEGES, ctypes.c_ulong(1), zero, zero, zero)
        prctl(_SET_FILTER, ctypes.c_ulong(_FILTER_MODE), ctypes.byref(program), zero, zero)


def _refusal(machine: int, call: int, process: int) -> bytes:
    """The steps that refuse one call on one kind of machine, and otherwise end behind themselves."""
    return b"".join(
        (
            _step(_LOAD, _MACHINE),
            _step(_EQUALS, machine, otherwise=5),
            _step(_LOAD, _CALL),
            _step(_EQUALS, call, otherwise=3),
            _step(_LOAD, _FIRST_ARGUMENT),
            _step(_EQUALS, process, otherwise=1),
            _step(_END, _REFUSE),
        )
    )


def _step(what: int, value: int, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", what, 0, otherwise, value)
