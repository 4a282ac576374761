"""The composition root of the HTTP service."""

from __future__ import annotations

import atexit
import threading

from flask import Flask

from registry.config import Config, forget_git_environment
from registry.log import log
from registry.service import open_service

from . import (
    calling,
    editing,
    executions,
    history,
    llm,
    mcp,
    operations,
    page,
    problems,
    proposals,
    repository,
    security,
    tools,
    toolsets,
)
from .current import attach, attached, detach
from .limits import MAX_BODY_BYTES


def create_app(config: Config, *, workers: int | None = None) -> Flask:
    """An app that serves one repository; its threads start here, so it is made after a server has forked.

    ``workers`` is how many processes share the places to run; None is one process where no sandbox waits ahead.
    Raises ConfigError when the repository cannot be served.
    """
    app = routed()
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    security.register(app, config)
    problems.register(app)
    attach(app, open_service(config, workers=workers, builds=True, exchanges=True))
    return app


def routed() -> Flask:
    """An app with every route and nothing behind them: enough to tell what the API is."""
    app = Flask("registry.http", static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    api = (tools, toolsets, editing, history, llm, calling, mcp, executions, repository, proposals, operations)
    for module in (*api, page):
        app.register_blueprint(module.blueprint)
    return app


def from_environment() -> Flask:
    """The app of one gunicorn worker."""
    forget_git_environment()
    config = Config.from_environment()
    log.configure(config.log_level)
    app = create_app(config, workers=config.workers)
    service = attached(app)
    atexit.register(detach, app)
    catalog = service.state.current()  # the first request shall not wait for the first reading
    # Nor the first question for the reading of every text.
    tools = tuple(catalog.tools.values())
    threading.Thread(target=catalog.terms.prepare, args=[tools], name="toolcrib-terms", daemon=True).start()
    return app
