"""How the service logs: one JSON object a line on standard error, so that nothing in it can forge a second line."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any


class Log:
    """What is logged, by level: ``log.warning("what happened", name=value)``.

    The library is loaded by the first word: that takes 80 ms, and most commands log nothing.
    """

    def __init__(self) -> None:
        self._wanted: str | None = None

    def configure(self, level: str) -> None:
        """Set the log's form and its least level (``debug``, ``info``, ``warning``, ``error``)."""
        self._wanted = level

    def __getattr__(self, level: str) -> Callable[..., Any]:
        import structlog  # noqa: PLC0415

        if self._wanted is not None:
            _configure(self._wanted)
            self._wanted = None
        found: Callable[..., Any] = getattr(structlog.get_logger(), level)
        return found


def _configure(level: str) -> None:
    import structlog  # noqa: PLC0415

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


log = Log()
