"""Run something that may take for ever, but wait only so long for it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T]) -> T:
    """What ``work`` returns or raises; TimeoutError after ``seconds``.

    The timeout of a socket counts from the last byte, so a server that drips holds its client for ever. The thread that
    still waits for it is left behind; it ends with the process.
    """
    ends: queue.SimpleQueue = queue.SimpleQueue()

    def run() -> None:
        try:
            ends.put((work(), None))
        except BaseException as error:
            ends.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        value, error = ends.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no end after {seconds} s") from None
    if error is not None:
        raise error
    return value
