"""The baseline of every rate: a Flask app whose one route does nothing."""

from flask import Flask


def app() -> Flask:
    """An app with one empty route."""
    made = Flask("empty", static_folder=None)

    @made.get("/")
    def nothing() -> str:
        return ""

    return made
