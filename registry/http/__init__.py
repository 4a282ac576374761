"""The HTTP service: an app factory, views, and the checks before them."""

from pathlib import Path

from .app import routed
from .openapi import document
from .page import BUILT, POLICY

__all__ = [
    "BUILT",
    "POLICY",
    "Path",
    "document",
    "gunicorn_conf_path",
    "routed",
]


def gunicorn_conf_path() -> str:
    """Where gunicorn's settings are."""
    return str(Path(__file__).parent / "gunicorn_conf.py")
