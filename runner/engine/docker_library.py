"""The Docker library, loaded when it is first needed: 100 ms that only those pay who run something.

Its packages import each other in a circle. Where two threads begin with different ones at once, Python lets each see
the other's half, and the library stays without ``docker.utils`` or ``docker.errors`` for as long as the process lives.
So one thread loads all of it, and the others wait; an import after :func:`load_docker` only finds what is there.
"""

from __future__ import annotations

import importlib
import threading
from typing import Final

_PARTS: Final = ("docker", "docker.errors", "docker.utils", "requests", "urllib3.exceptions")
_loading = threading.Lock()


def load_docker() -> None:
    """Load everything of the library, and of those below it, that this package uses."""
    with _loading:
        for part in _PARTS:
            importlib.import_module(part)
