"""The HTTP service. Its own parts are in rooms; from outside it is started, and asked what its API is."""

from __future__ import annotations

from pathlib import Path

from registry.model import Json


def gunicorn_conf_path() -> str:
    """Where gunicorn's settings are."""
    return str(Path(__file__).parent / "server" / "gunicorn_conf.py")


def describe_api() -> Json:
    """The OpenAPI document of every route. Needs no repository and no service."""
    # Not at the top: gunicorn's master, which wants only the path above, must not load every route.
    from registry.http.responses import make_openapi_document  # noqa: PLC0415

    from .app import make_routed_app  # noqa: PLC0415

    return make_openapi_document(make_routed_app())
