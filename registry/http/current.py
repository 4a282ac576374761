"""The parts behind the app that answers the current request."""

from __future__ import annotations

from flask import Flask, current_app

from ..service import Service

_KEY = "toolcrib"


def attach(app: Flask, service: Service) -> None:
    """Make the service's parts reachable for the views of this app."""
    app.extensions[_KEY] = service


def attached(app: Flask) -> Service:
    """The parts behind an app."""
    service: Service = app.extensions[_KEY]
    return service


def service() -> Service:
    """The parts behind the app that answers the current request."""
    return attached(current_app)
