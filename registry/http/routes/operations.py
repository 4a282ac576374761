"""For those who run the service: is it alive, is it ready, and what does it offer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app

from registry.catalog import ToolQuery, select_tools
from registry.errors import ToolcribError
from registry.formats import write_llms_txt
from registry.http.contract import RouteDescription, choice_parameter, describe_route
from registry.http.requests import get_service
from registry.http.responses import (
    CachedBody,
    answer_conditionally,
    answer_from_catalog,
    answer_json,
    make_body,
    make_openapi_document,
)
from registry.json_text import dumps
from registry.service import Service

blueprint = Blueprint("operations", __name__)

_FOR = choice_parameter("for", "`invoke`: 503 also while no tool can run.", ["read", "invoke"], "read")


@blueprint.get("/livez")
@describe_route(RouteDescription("Whether the process answers", {200: "Health"}))
def livez(query: Mapping[str, Any]) -> Response:
    """Always the same answer, from a process that still takes requests."""
    return answer_json({"status": "ok"})


@blueprint.get("/readyz")
@describe_route(
    RouteDescription("Whether the service can do its work, part by part", {200: "Health", 503: "Health"}, (_FOR,))
)
def readyz(query: Mapping[str, Any]) -> Response:
    """200 while the catalog can be read (``degraded`` where tools cannot run, say), 503 when it cannot; with
    ``for=invoke`` also when no tool at all can run: there is no engine, or nothing can be put on record."""
    parts = get_service()
    catalog = _catalog(parts)
    checks = {
        "catalog": catalog,
        "audit": _audit(parts),
        "sandbox": _sandbox(parts),
        "limits": _limits(parts),
        "images": _images(parts),
        "secrets": _secrets(parts),
        "remote": _remote(parts),
    }
    status = "ok" if all(check["ok"] for check in checks.values()) else "degraded"
    invokes = checks["audit"]["ok"] and not parts.runner.health().refusal(network=False)
    if not catalog["ok"] or (query["for"] == "invoke" and not invokes):
        status = "failing"
    return answer_json({"status": status, "checks": checks}, 503 if status == "failing" else 200)


@blueprint.get("/openapi.json")
@describe_route(RouteDescription("This API as an OpenAPI 3.1 document", {200: None}))
def openapi(query: Mapping[str, Any]) -> Response:
    """Made from the routes themselves."""
    return answer_conditionally(make_body(dumps(make_openapi_document(current_app))), "application/json")


@blueprint.get("/llms.txt")
@describe_route(
    RouteDescription("What a language model should know of this service, as text (llmstxt.org)", {200: None})
)
def get_llms_txt(query: Mapping[str, Any]) -> Response:
    """What this is, the routes, and every active tool in a line."""
    catalog = get_service().state.current()

    def make() -> CachedBody:
        toolsets = [toolset for toolset in catalog.toolsets.values() if toolset.sound]
        return make_body(write_llms_txt(select_tools(catalog, ToolQuery(offered_only=True)), toolsets).encode())

    return answer_from_catalog(catalog, "llms.txt", make, "text/plain")


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
    return {"ok": True, "detail": "the database takes records"}


def _limits(parts: Service) -> dict[str, Any]:
    if parts.prover is None:
        return {"ok": True, "detail": "proved by `toolcrib doctor`"}
    return {"ok": parts.prover.proof.ok, "detail": parts.prover.proof.detail}


def _images(parts: Service) -> dict[str, Any]:
    """How far the images with tools' dependencies are. A failed one is a finding of its tools, not of the service."""
    try:
        tools = [tool for tool in parts.state.current().tools.values() if tool.image is not None]
    except ToolcribError as error:
        return {"ok": True, "detail": f"not known: {error}"}
    states: dict[str, list[str]] = {}
    for tool in tools:
        states.setdefault(tool.image.state if tool.image else "", []).append(tool.name)
    told = [f"{state}: {', '.join(sorted(names))}" for state, names in sorted(states.items())]
    return {"ok": True, "detail": "; ".join(told) or "no tool has dependencies"}


def _secrets(parts: Service) -> dict[str, Any]:
    try:
        return {"ok": True, "detail": parts.secrets.check(parts.state.current().tools.values())}
    except ToolcribError as error:
        return {"ok": False, "detail": str(error)}


def _remote(parts: Service) -> dict[str, Any]:
    if parts.synchroniser is None:
        return {"ok": True, "detail": "there is no remote"}
    state = parts.synchroniser.state
    if state.last_error:
        return {"ok": False, "detail": f"{state.name}: {state.last_error}"}
    if state.synced_at is None:
        return {"ok": True, "detail": f"{state.name}: nothing was exchanged yet"}
    return {"ok": True, "detail": f"{state.name}: {state.ahead} commits ahead, {state.behind} behind"}


def _sandbox(parts: Service) -> dict[str, Any]:
    health = parts.runner.health()
    if refusal := health.refusal(network=True):
        return {"ok": False, "detail": refusal}
    detail = f"Docker {health.engine_version}, image {health.image}"
    for what, number in health.sandboxes.items():
        detail += f", {number} {what}"
    if health.late:
        detail += f"; {health.late}"
    if health.modules:
        detail += f"; imported ahead: {', '.join(health.modules)}"
    return {"ok": True, "detail": detail}
