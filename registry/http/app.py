"""The composition root of the HTTP service."""

from __future__ import annotations

import atexit

from flask import Flask

from ..config import Config, forget_git_environment
from ..log import configure
from ..service import open_service
from . import executions, llm, operations, problems, security, tools
from .current import attach, attached, detach

MAX_BODY_BYTES = 1024 * 1024


def create_app(config: Config, *, workers: int | None = None) -> Flask:
    """An app that serves one repository; its threads start here, so it is made after a server has forked.

    ``workers`` is how many processes share the places to run; None is one process where no sandbox waits ahead.
    Raises ConfigError when the repository cannot be served.
    """
    app = Flask("registry.http", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    security.register(app, config)
    problems.register(app)
    for module in (tools, llm, executions, operations):
        app.register_blueprint(module.blueprint)
    attach(app, open_service(config, workers=workers))
    return app


def from_environment() -> Flask:
    """The app of one gunicorn worker."""
    forget_git_environment()
    config = Config.from_environment()
    configure(config.log_level)
    app = create_app(config, workers=config.workers)
    service = attached(app)
    atexit.register(detach, app)
    service.state.current()  # the first request shall not wait for the first reading
    return app
