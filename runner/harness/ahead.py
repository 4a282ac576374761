"""Import modules before the job comes, so that the tool, forked from here, has them at once.

Whatever a module does when it is imported must not disturb this process: what it prints is thrown away, what it raises
is the tool's to see when it imports the module itself, and if it starts a thread (which no fork survives), this process
begins again without any module.
"""
# ruff: noqa: PTH123 -- pathlib is an import that every sandbox would pay for

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import threading
from collections.abc import Iterator

_MOST = "--most-mb="


def import_ahead(words: list[str]) -> None:
    """Import the modules among ``words`` in order, until ``--most-mb=`` of memory is used by them."""
    names = [word for word in words if not word.startswith("--")]
    if not names:
        return
    most_mb = next((int(word[len(_MOST) :]) for word in words if word.startswith(_MOST)), 64)
    before_mb = _resident_mb()
    with _quiet():
        for name in names:
            if _resident_mb() - before_mb >= most_mb:
                break
            with contextlib.suppress(BaseException):
                importlib.import_module(name)
    if threading.active_count() > 1:
        os.execv(sys.executable, sys.orig_argv[: -len(words)])  # noqa: S606 -- this very program


def _resident_mb() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1048576


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Nobody hears what is printed: standard output is the way to the host."""
    nothing, out, err = os.open(os.devnull, os.O_WRONLY), os.dup(1), os.dup(2)
    try:
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        yield
    finally:
        sys.stdout.flush()
        os.dup2(out, 1)
        os.dup2(err, 2)
        for descriptor in (nothing, out, err):
            os.close(descriptor)
