"""The harness's own main: wait for one job, run it, end."""
# ruff: noqa: PTH102, PTH103, PTH118, PTH120, PTH123 -- pathlib is an import that every sandbox would pay for

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import sys

from . import ahead, supervisor, tool_process, wire

TYPE_CHECKING = False
if TYPE_CHECKING:  # without importing typing, which would cost every sandbox 2 ms
    from typing import NoReturn

_OUT = "/tmp/out"  # noqa: S108 -- the sandbox's own
_SET_DUMPABLE, _SET_CHILD_SUBREAPER = 4, 36  # prctl(2): PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER


def main() -> None:
    """Fork the tool's process with the modules that the arguments name, wait for one job, run it, tell its end.

    Arguments that begin with ``/`` are the tool's folder and the one that its files for the caller are taken from, for
    trying this by hand.
    """
    own = [word for word in sys.argv[1:] if word.startswith("/")]
    folder = own[0] if own else "/tool"
    out = own[1] if len(own) > 1 else _OUT if not own and os.getpid() == 1 else ""
    with contextlib.suppress(OSError):
        os.mkdir(out)
    _hide()
    _adopt()
    # As PID 1, a signal without a handler is one that the tool cannot send us.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # What is here now stays: a collection would touch, and so copy, every page that is shared with the tool's process.
    gc.freeze()
    waiting = supervisor.Supervisor(ahead.start_tool(sys.argv[1:], tool_process.become_tool))
    os.write(supervisor.HOST_OUT, wire.pack(wire.WAITING))
    payload = _read_job()
    if payload is not None:
        header, arguments, files = wire.unpack_job(payload)
        header["folder"], header["out"] = folder, out
        _write_files(folder, files)
        waiting.run(header, arguments)
    _leave()


def _leave() -> NoReturn:
    """End without tidying up: nothing is left that anybody needs, and every sandbox would pay for it."""
    os._exit(0)


def _hide() -> None:
    """Keep other processes of the same user, which the tool's are, from looking into this one through /proc."""
    if ctypes.CDLL(None, use_errno=True).prctl(_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_DUMPABLE) was refused")


def _adopt() -> None:
    """Get the children of processes that end, as PID 1 does anyway: the zygote is to leave us the tool's."""
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _read_job() -> bytes | None:
    """The payload of the one job frame; None when standard input ends before it is whole."""
    head = _read_exactly(wire.HEAD.size)
    if head is None:
        return None
    kind, size = wire.HEAD.unpack(head)
    if kind != wire.JOB or size > wire.JOB_BYTES:
        raise ValueError("not a job frame")
    return _read_exactly(size)


def _read_exactly(size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        piece = os.read(supervisor.HOST_IN, min(size - len(data), 1 << 20))
        if not piece:
            return None
        data += piece
    return bytes(data)


def _write_files(folder: str, files: dict[str, bytes]) -> None:
    """Put the tool's files into ``folder``; the host has refused paths that lead out of it."""
    for path, data in files.items():
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "xb") as file:
            file.write(data)
