"""The parts behind the app that answers the current request."""

from __future__ import annotations

from flask import Flask, current_app

from ..service import Service
from .leaving import Leaving

_KEY = "toolcrib"
_LEAVING_KEY = "toolcrib.leaving"


def attach(app: Flask, service: Service) -> None:
    """Make the service's parts reachable for the views of this app."""
    app.extensions[_KEY] = service
    app.extensions[_LEAVING_KEY] = Leaving()


def attached(app: Flask) -> Service:
    """The parts behind an app."""
    service: Service = app.extensions[_KEY]
    return service


def detach(app: Flask) -> None:
    """Close the parts behind an app."""
    app.extensions[_LEAVING_KEY].close()
    attached(app).close()


def leaving() -> Leaving:
    """What notices that the client of the current request has left."""
    watching: Leaving = current_app.extensions[_LEAVING_KEY]
    return watching


def service() -> Service:
    """The parts behind the app that answers the current request."""
    return attached(current_app)
