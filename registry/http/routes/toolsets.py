"""Toolsets: named selections of tools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from registry.catalog import Catalog
from registry.errors import Fault, InputRefused, NotFound
from registry.http.contract import RouteDescription, describe_route, text_parameter
from registry.http.requests import get_service
from registry.http.responses import CachedBody, answer_from_catalog, make_body
from registry.json_text import dumps
from registry.model import Json
from registry.views import render_toolset, render_toolsets

blueprint = Blueprint("toolsets", __name__, url_prefix="/api/v1/toolsets")

TOOLSET = text_parameter("toolset", "Only the tools of this toolset.", None, max_length=64)


def wanted_names(catalog: Catalog, name: str | None) -> frozenset[str] | None:
    """The tools that the parameter ``toolset`` leaves; None where it is not given. Raises InputRefused."""
    if name is None:
        return None
    try:
        toolset = catalog.find_toolset(name)
    except NotFound as error:
        raise InputRefused("the query cannot be read", [Fault("/toolset", str(error), "query")]) from None
    if not toolset.sound:
        message = f"the toolset {name} has error findings: /api/v1/toolsets/{name} shows them"
        raise InputRefused("the query cannot be read", [Fault("/toolset", message, "query")])
    return catalog.members(toolset)


@blueprint.get("")
@describe_route(RouteDescription("List the toolsets", {200: "Toolsets"}))
def list_toolsets(query: Mapping[str, Any]) -> Response:
    """Every toolset, those with findings included, by name."""
    catalog = get_service().state.current()
    return answer_from_catalog(catalog, "toolsets", lambda: make_body(dumps(render_toolsets(catalog))))


@blueprint.get("/<toolset_name>")
@describe_route(RouteDescription("One toolset and the tools that belong to it", {200: "Toolset"}, problems=(404,)))
def get_toolset(query: Mapping[str, Any], toolset_name: str) -> Response:
    """One toolset; ``members`` are its tools of whatever status."""
    catalog = get_service().state.current()
    toolset = catalog.find_toolset(toolset_name)

    def make() -> CachedBody:
        members: Json = sorted(catalog.members(toolset))
        return make_body(dumps(render_toolset(catalog, toolset) | {"members": members}))

    return answer_from_catalog(catalog, ("toolset", toolset_name), make)
