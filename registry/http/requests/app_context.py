"""The parts behind the app that answers the current request."""

from __future__ import annotations

import threading

from flask import Flask, current_app

from registry.http.responses import HANDS_OVER, ClientDepartures, Followers
from registry.service import Service

_KEY = "toolcrib"
_LEAVING_KEY = "toolcrib.leaving"
_FOLLOWERS_KEY = "toolcrib.followers"
_STREAMS_KEY = "toolcrib.streams"
_ENDING_KEY = "toolcrib.ending"
STREAMS_AT_MOST = 32


def attach_service(app: Flask, service: Service) -> None:
    """Make the service's parts reachable for the views of this app."""
    app.extensions[_KEY] = service
    app.extensions[_LEAVING_KEY] = ClientDepartures()
    app.extensions[_FOLLOWERS_KEY] = Followers(service.audit)
    app.extensions[_STREAMS_KEY] = threading.BoundedSemaphore(STREAMS_AT_MOST)
    app.extensions[_ENDING_KEY] = threading.Event()


def get_attached_service(app: Flask) -> Service:
    """The parts behind an app."""
    service: Service = app.extensions[_KEY]
    return service


def detach_service(app: Flask) -> None:
    """Close the parts behind an app."""
    app.extensions[_LEAVING_KEY].close()
    app.extensions[_FOLLOWERS_KEY].close()
    get_attached_service(app).close()


def get_departures() -> ClientDepartures:
    """What notices that the client of the current request has left."""
    watching: ClientDepartures = current_app.extensions[_LEAVING_KEY]
    return watching


def get_followers() -> Followers:
    """Those who follow executions at this process."""
    found: Followers = current_app.extensions[_FOLLOWERS_KEY]
    return found


def can_hand_over() -> bool:
    """Whether the server of the current request gives its connections away (``StreamAnswer``)."""
    return bool(current_app.extensions.get(HANDS_OVER))


def allow_hand_over(app: object) -> None:
    """The server of this app gives connections away."""
    if isinstance(app, Flask):
        app.extensions[HANDS_OVER] = True


def get_stream_places() -> threading.BoundedSemaphore:
    """The places for other event streams of this process: each holds a thread for as long as it lasts."""
    places: threading.BoundedSemaphore = current_app.extensions[_STREAMS_KEY]
    return places


def end_streams(app: object) -> None:
    """Let the streams of an app that have no end of their own come to one: the process is about to."""
    if isinstance(app, Flask) and _ENDING_KEY in app.extensions:
        app.extensions[_ENDING_KEY].set()
        app.extensions[_FOLLOWERS_KEY].end_soon()


def get_ending_event() -> threading.Event:
    """Is set when the process is about to end."""
    event: threading.Event = current_app.extensions[_ENDING_KEY]
    return event


def get_service() -> Service:
    """The parts behind the app that answers the current request."""
    return get_attached_service(current_app)
