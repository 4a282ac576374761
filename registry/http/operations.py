"""For those who run the service: is it alive, is it ready, and what does it offer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app

from ..errors import ToolcribError
from ..jsontext import dumps
from ..service import Service
from .answers import body, conditional, json_answer
from .current import service
from .describe import Description, describe
from .openapi import document

blueprint = Blueprint("operations", __name__)


@blueprint.get("/livez")
@describe(Description("Whether the process answers", {200: "Health"}))
def livez(query: Mapping[str, Any]) -> Response:
    """Always the same answer, from a process that still takes requests."""
    return json_answer({"status": "ok"})


@blueprint.get("/readyz")
@describe(Description("Whether the service can do its work, part by part", {200: "Health", 503: "Health"}))
def readyz(query: Mapping[str, Any]) -> Response:
    """200 while the catalog can be read (``degraded`` where tools cannot run), 503 when it cannot."""
    parts = service()
    catalog, audit, sandbox = _catalog(parts), _audit(parts), _sandbox(parts)
    status = "ok" if audit["ok"] and sandbox["ok"] else "degraded"
    if not catalog["ok"]:
        status = "failing"
    checks = {"catalog": catalog, "audit": audit, "sandbox": sandbox}
    return json_answer({"status": status, "checks": checks}, 503 if status == "failing" else 200)


@blueprint.get("/openapi.json")
@describe(Description("This API as an OpenAPI 3.1 document", {200: None}))
def openapi(query: Mapping[str, Any]) -> Response:
    """Made from the routes themselves."""
    return conditional(body(dumps(document(current_app))), "application/json")


def _catalog(parts: Service) -> dict[str, Any]:
    try:
        catalog = parts.state.current()
    except ToolcribError as error:
        return {"ok": False, "detail": str(error)}
    if parts.state.last_error:
        return {"ok": True, "detail": f"serving the last readable state: {parts.state.last_error}"}
    faulty = sum(not tool.checked.sound for tool in catalog.tools.values())
    return {"ok": True, "detail": f"{len(catalog.tools)} tools, {faulty} with errors, at {catalog.revision}"}


def _audit(parts: Service) -> dict[str, Any]:
    try:
        parts.audit.check()
    except ToolcribError as error:
        return {"ok": False, "detail": str(error)}
    return {"ok": True, "detail": "the database answers"}


def _sandbox(parts: Service) -> dict[str, Any]:
    health = parts.runner.health()
    if not health.ready:
        return {"ok": False, "detail": health.reason}
    detail = f"Docker {health.engine_version}, image {health.image}"
    for what, number in health.sandboxes.items():
        detail += f", {number} {what}"
    if health.modules:
        detail += f"; imported ahead: {', '.join(health.modules)}"
    return {"ok": True, "detail": detail}
