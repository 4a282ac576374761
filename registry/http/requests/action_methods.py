"""Which methods an address takes, where it is at once an action and could be a tool's name.

``POST /api/v1/tools/validate`` is an action. Read as a tool of that name the same address would take ``GET``, ``PUT``,
``PATCH`` and ``DELETE`` too: it does, where there is such a tool; elsewhere it must not promise them.
"""

from __future__ import annotations

from flask import Flask, Response, request
from werkzeug.exceptions import MethodNotAllowed

from .app_context import get_service

_TOOLS = "/api/v1/tools/"


def register_action_methods(app: Flask) -> None:
    """Refuse what an action does not take, with the methods that it does take in ``Allow``."""
    actions: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(_TOOLS) and not rule.arguments:
            actions.setdefault(rule.rule, set()).update(rule.methods or ())

    @app.before_request
    def check() -> Response | None:
        path = request.path.rstrip("/")
        allowed = actions.get(path)
        if allowed is None or path.removeprefix(_TOOLS) in get_service().state.current().tools:
            return None
        if request.method == "OPTIONS":
            return Response(headers={"Allow": ", ".join(sorted(allowed))})
        if request.method not in allowed:
            raise MethodNotAllowed(sorted(allowed))
        return None
