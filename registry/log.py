"""How the service logs: one JSON object a line on standard error, so that nothing in it can forge a second line."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(level: str) -> None:
    """Set the log's form and its least level (``debug``, ``info``, ``warning``, ``error``)."""
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
