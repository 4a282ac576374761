"""The HTTP service: an app factory, views, and the checks before them."""

from pathlib import Path


def gunicorn_conf_path() -> str:
    """Where gunicorn's settings are."""
    return str(Path(__file__).parent / "gunicorn_conf.py")
