"""The zygote: the process that imports modules before the job comes, and from which the tool's process is forked.

A module can put anything in the place of whatever it finds in its process. So none is imported in process 1, which
holds the way to the host; and a tool, forked from a process that has them, has them at once all the same::

    process 1                         zygote                            the tool's process
    ────────────────────────────      ──────────────────────────        ──────────────────────────────
    forks ──────────────────────────▶ has no way to the host
    waits 3 s for each word  ◀─────── says which module is next,
                                      imports it, looks for threads
                                      …
                                      forks ──────────────────────────▶ waits for its job
    kills it; the kernel gives  ◀──── says the tool's number
    the tool's process to process 1   (gone)                            ◀── the job, from process 1

Where the zygote ends, is silent for too long, or has begun a thread (which no fork survives), the module that it said
last is at fault: it and all that it started are killed, and another does without that module. What a module prints is
thrown away, and what it raises is the tool's to see when it imports the module itself.

What the zygote says is checked as everything is that comes from a tool. A module that was imported ahead is in the
tool's process afterwards, and sees there what the tool sees, as if the tool had imported it; before, there is nothing
to see.
"""
# ruff: noqa: PTH123, PTH208 -- pathlib is an import that every sandbox would pay for

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import select
import signal
import struct
import sys
from os import _exit
from os import write as _write

from . import fence

TYPE_CHECKING = False
if TYPE_CHECKING:  # without importing typing, which would cost every sandbox 2 ms
    from collections.abc import Callable
    from typing import NoReturn

    ToolProcess = Callable[[int, list[int]], NoReturn]

_MOST = "--most-mb="
_MOST_MB = 64
_WORD_SECONDS = 3.0
_WORD = struct.Struct(">cI")
_NEXT, _FORKED = b"N", b"F"
_NICE = 5
_SET_DUMPABLE = 4  # prctl(2): PR_SET_DUMPABLE


class Tool:
    """The tool's process as process 1 has it: its number, and our ends of its pipes.

    ``job`` and ``stdin`` are to write to; ``outputs`` are standard output, standard error and report, to read from.
    """

    def __init__(self, become_tool: ToolProcess) -> None:
        """The pipes; whoever is forked next shares all of their ends."""
        self.number = 0
        self.become = become_tool
        pairs = [os.pipe() for _ in range(5)]
        (self.their_job, self.job), (their_stdin, self.stdin), *outputs = pairs
        self.outputs = [read for read, _ in outputs]
        self.theirs = [their_stdin, *(write for _, write in outputs)]

    def close_theirs(self) -> None:
        """Close the tool's ends of the pipes, where process 1 is."""
        _close(self.their_job, *self.theirs)

    def close_ours(self) -> None:
        """Close our ends of the pipes, where the tool will be, or where it will not."""
        _close(self.job, self.stdin, *self.outputs)


def start_tool(words: list[str], become_tool: ToolProcess) -> Tool:
    """Fork the tool's process, with the modules among ``words`` imported, all the program's, in order.

    No further one is imported once ``--most-mb=`` of memory is used. Raises RuntimeError when none can be forked.
    """
    names = [word for word in words if not word.startswith(("--", "/"))]
    most_mb = next((int(word[len(_MOST) :]) for word in words if word.startswith(_MOST)), _MOST_MB)
    while True:
        tool = Tool(become_tool)
        listening, telling = os.pipe()
        zygote = os.fork()
        if zygote == 0:
            os.close(listening)
            _serve(telling, names, most_mb, tool)
        os.close(telling)
        tool.close_theirs()
        importing = _listen(listening, zygote, names, tool)
        os.close(listening)
        if tool.number:
            return tool
        tool.close_ours()
        if not names:
            raise RuntimeError("the tool's process could not be forked")
        del names[importing]


def kill_all(group: int) -> None:
    """Kill what the harness started: everything but process 1; outside a sandbox, where that would be everything on the
    machine, the processes of one group."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1 if os.getpid() == 1 else -group, signal.SIGKILL)


def _listen(listening: int, zygote: int, names: list[str], tool: Tool) -> int:
    """Hear the zygote out, and end it. Fills in the tool's number, or else gives the place of the module at fault."""
    importing = 0
    child = None
    while child is None and select.select([listening], [], [], _WORD_SECONDS)[0]:
        word = os.read(listening, _WORD.size)
        kind, number = _WORD.unpack(word) if len(word) == _WORD.size else (b"", 0)
        if kind == _NEXT and number < len(names):
            importing = number
        elif kind == _FORKED:
            child = number
        else:
            break
    with contextlib.suppress(ProcessLookupError):
        os.kill(zygote, signal.SIGKILL)
    os.waitpid(zygote, 0)
    if child is not None and _is_ours(child):
        tool.number = child
    else:
        kill_all(zygote)
        _bury_all()
    return importing


def _is_ours(process: int) -> bool:
    """Whether it is a child of this very process, as what the zygote forked is once the zygote is gone."""
    with contextlib.suppress(ChildProcessError, OverflowError):
        os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return process > 1
    return False


def _bury_all() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _serve(telling: int, names: list[str], most_mb: int, tool: Tool) -> NoReturn:
    """What the zygote does."""
    try:
        os.setsid()
        tool.close_ours()
        _be_apart()
        _import_all(telling, names, most_mb)
        for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
            with contextlib.suppress(Exception):  # a module may have closed or replaced it
                stream.flush()  # type: ignore[union-attr]
        # What is here now stays: a collection in the tool's process would touch, and so copy, every page of it.
        gc.freeze()
        child = os.fork()
        if child == 0:
            tool.become(tool.their_job, tool.theirs)
        _write(telling, _WORD.pack(_FORKED, child))
    finally:
        _exit(0)


def _be_apart() -> None:
    """Give up what only process 1 has: the way to the host, hiding from /proc, and going last when memory is short."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    _close(nothing)
    ctypes.CDLL(None).prctl(_SET_DUMPABLE, 1, 0, 0, 0)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    fence.keep_limits_of(os.getppid())


def _import_all(telling: int, names: list[str], most_mb: int) -> None:
    before_mb = _resident_mb()
    for place, name in enumerate(names):
        if _resident_mb() - before_mb >= most_mb:
            return
        _write(telling, _WORD.pack(_NEXT, place))
        with contextlib.suppress(BaseException):  # whatever a module raises
            importlib.import_module(name)
        if len(os.listdir("/proc/self/task")) != 1:
            _exit(1)


def _resident_mb() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1048576


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
