"""Import modules before the job comes, so that the tool, forked from here, has them at once.

Whatever a module does when it is imported must not disturb this process: what it prints is thrown away, what it raises
is the tool's to see when it imports the module itself. If it starts a thread (which no fork survives) or takes too
long, this process begins again without it.
"""
# ruff: noqa: PTH123, PTH208 -- pathlib is an import that every sandbox would pay for

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType

_MOST = "--most-mb="
_MOST_MB = 64
_MOST_SECONDS = 3.0


class _TooLong(BaseException):
    """One import takes too long."""


def import_ahead(words: list[str]) -> None:
    """Import the modules among ``words``, all the program's, in order, until ``--most-mb=`` of memory is used."""
    names = [word for word in words if not word.startswith(("--", "/"))]
    if not names:
        return
    most_mb = next((int(word[len(_MOST) :]) for word in words if word.startswith(_MOST)), _MOST_MB)
    before_mb = _resident_mb()
    harmful = None
    signal.signal(signal.SIGALRM, _interrupt)
    with _quiet():
        for name in names:
            if _resident_mb() - before_mb >= most_mb:
                break
            if not _harmless(name):
                harmful = name
                break
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    if harmful is not None:
        start = sys.orig_argv[: len(sys.orig_argv) - len(sys.argv) + 1]
        rest = [word for word in words if word != harmful]
        os.execv(sys.executable, [*start, *rest])  # noqa: S606 -- this very program


def _harmless(name: str) -> bool:
    """Import one module; whether this process is as it was but for that."""
    try:
        signal.setitimer(signal.ITIMER_REAL, _MOST_SECONDS)
        importlib.import_module(name)
    except _TooLong:
        return False
    except BaseException:  # noqa: BLE001, S110 -- whatever a module raises
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return len(os.listdir("/proc/self/task")) == 1


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise _TooLong


def _resident_mb() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1048576


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Nobody hears what is printed: standard output is the way to the host."""
    nothing, out, err = os.open(os.devnull, os.O_WRONLY), os.dup(1), os.dup(2)
    streams = sys.stdout, sys.stderr
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        for stream in (sys.stdout, *streams):
            with contextlib.suppress(Exception):  # a module may have closed or replaced it
                stream.flush()
        sys.stdout, sys.stderr = streams
        os.dup2(out, 1)
        os.dup2(err, 2)
        for descriptor in (nothing, out, err):
            os.close(descriptor)
