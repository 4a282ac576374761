"""The composition root of the HTTP service."""

from __future__ import annotations

import atexit
import threading

from flask import Flask

from registry.config import Config, forget_git_environment
from registry.http.contract import MAX_BODY_BYTES
from registry.http.requests import (
    attach_service,
    detach_service,
    get_attached_service,
    register_action_methods,
    register_caller_checks,
)
from registry.http.responses import register_problems
from registry.http.routes import API, PAGE
from registry.log import log
from registry.service import open_service


def create_app(config: Config, *, workers: int | None = None) -> Flask:
    """An app that serves one repository; its threads start here, so it is made after a server has forked.

    ``workers`` is how many processes share the places to run; None is one process where no sandbox waits ahead.
    Raises ConfigError when the repository cannot be served.
    """
    app = make_routed_app()
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    register_caller_checks(app, config)
    register_action_methods(app)
    register_problems(app)
    attach_service(app, open_service(config, workers=workers, builds=True, exchanges=True))
    return app


def make_routed_app() -> Flask:
    """An app with every route and nothing behind them: enough to tell what the API is."""
    app = Flask("registry.http", static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    for blueprint in (*API, PAGE):
        app.register_blueprint(blueprint)
    return app


def create_app_from_environment() -> Flask:
    """The app of one gunicorn worker."""
    forget_git_environment()
    config = Config.from_environment()
    log.configure(config.log_level)
    app = create_app(config, workers=config.workers)
    service = get_attached_service(app)
    atexit.register(detach_service, app)
    catalog = service.state.current()  # the first request shall not wait for the first reading
    # Nor the first question for the reading of every text.
    tools = tuple(catalog.tools.values())
    threading.Thread(target=catalog.terms.prepare, args=[tools], name="toolcrib-terms", daemon=True).start()
    return app
