"""The people's format: list, one tool, its files, the categories, the tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response

from registry.audit import Execution
from registry.catalog import RELEVANCE, SORTS, Catalog, ToolPage, ToolQuery, select_tools
from registry.errors import NotFound
from registry.http.contract import (
    RouteDescription,
    choice_parameter,
    describe_route,
    integer_parameter,
    text_parameter,
    words_parameter,
)
from registry.http.requests import get_service, read_requested_call
from registry.http.responses import (
    CachedBody,
    answer_conditionally,
    answer_from_catalog,
    answer_json,
    make_body,
    make_page_links,
)
from registry.json_text import dumps
from registry.model import SharedPackage, Tool
from registry.views import (
    render_categories,
    render_execution,
    render_tags,
    render_tool,
    render_tool_items,
    render_tool_page,
)

blueprint = Blueprint("tools", __name__, url_prefix="/api/v1")

STATUSES = ["draft", "active", "deprecated", "disabled"]
PAGING = (
    integer_parameter("page", "Which page, from 1.", 1, 1, 1_000_000_000),
    integer_parameter("page_size", "How many on a page.", 20, 1, 100),
)
SEARCH = text_parameter("search", "Words that must all occur in name, title, description or tags; case aside.")
CATEGORY = text_parameter("category", "Only this category and what is below it, such as network/dns.")


@blueprint.get("/tools")
@describe_route(
    RouteDescription(
        "List tools, for people",
        {200: "ToolPage"},
        (
            SEARCH,
            CATEGORY,
            words_parameter("tag", "Only tools that carry all of these tags."),
            choice_parameter("status", "Only tools of this status.", STATUSES, None),
            *PAGING,
            choice_parameter("sort", "The order; a minus turns it round.", [*SORTS, RELEVANCE], "name"),
        ),
    )
)
def list_tools(query: Mapping[str, Any]) -> Response:
    """A page of tools, those with findings included."""
    catalog = get_service().state.current()
    wanted = ToolQuery(query["search"], query["category"].strip("/"), query["tag"], query["status"])

    def make() -> CachedBody:
        found = select_tools(catalog, wanted, query["sort"])
        number, size = query["page"], query["page_size"]
        page = ToolPage(found[(number - 1) * size : number * size], number, size, len(found))
        items = render_tool_items(get_service().repository, page.items)
        value = render_tool_page(items, number, size, page.total, catalog.revision)
        return make_body(dumps(value), make_page_links(number, page.last))

    return answer_from_catalog(catalog, ("tools", wanted, tuple(query.items())), make)


@blueprint.get("/tools/<name>")
@describe_route(RouteDescription("Everything about one tool", {200: "Tool"}, problems=(404,)))
def get_tool(query: Mapping[str, Any], name: str) -> Response:
    """One tool, whatever its status and findings."""
    catalog = get_service().state.current()
    tool = catalog.find(name)
    granted = get_service().secrets.granted(tool)
    # What is granted changes without a commit.
    key = ("tool", name, tuple(granted.items()))
    return answer_from_catalog(catalog, key, lambda: tool_body(tool, granted))


def tool_body(tool: Tool, granted: Mapping[str, bool]) -> CachedBody:
    """Everything about a tool; ``granted`` says of each secret that it declares whether it gets it.

    The ETag begins with the digest, for ``If-Match`` on an edit, see :mod:`registry.http.requests.if_match`.
    """
    made = make_body(dumps(render_tool(tool, granted)))
    return replace(made, tag=f"{tool.digest}-{made.tag[:16]}")


@blueprint.get("/tools/<name>/files/<path:path>")
@describe_route(RouteDescription("One file of a tool, byte for byte", {200: None}, problems=(404,)))
def get_file(query: Mapping[str, Any], name: str, path: str) -> Response:
    """The raw bytes, never as something that a browser would run."""
    catalog = get_service().state.current()
    return answer_with_file(catalog, catalog.find(name), path)


def answer_with_file(catalog: Catalog, owner: Tool | SharedPackage, path: str) -> Response:
    """The bytes of a file of a tool or a shared package. Raises NotFound."""
    content = catalog.file_of(owner, path)
    if content is None:
        raise NotFound(f"{owner.name} has no file {path[:200]!r}")
    try:
        content.decode()
        media_type = "text/plain"
    except UnicodeDecodeError:
        media_type = "application/octet-stream"
    return answer_conditionally(make_body(content), media_type)


@blueprint.post("/tools/<name>/execute")
@describe_route(
    RouteDescription(
        "Run a tool without waiting for its end",
        {202: "Execution"},
        body="InvokeRequest",
        problems=(400, 404, 409, 413, 415, 429, 503),
    )
)
def execute(query: Mapping[str, Any], name: str) -> Response:
    """202 with the record, and where to find it: it runs by itself. ``/events`` follows it, ``/cancel`` ends it."""
    parts = get_service()
    catalog = parts.state.current()
    return execution_begun(parts.executions.begin(catalog, read_requested_call(catalog, name)))


def execution_begun(execution: Execution) -> Response:
    """The record as it is at the beginning, and where it is."""
    answer = answer_json(render_execution(execution), 202)
    answer.headers["Location"] = f"/api/v1/executions/{execution.id}"
    return answer


@blueprint.get("/categories")
@describe_route(RouteDescription("The tree of categories with the number of tools in each", {200: "Categories"}))
def get_categories(query: Mapping[str, Any]) -> Response:
    """The tree; a count includes what is below."""
    catalog = get_service().state.current()
    return answer_from_catalog(catalog, "categories", lambda: make_body(dumps(render_categories(catalog))))


@blueprint.get("/tags")
@describe_route(RouteDescription("Every tag with the number of tools that carry it", {200: "Tags"}))
def get_tags(query: Mapping[str, Any]) -> Response:
    """The most used first."""
    catalog = get_service().state.current()
    return answer_from_catalog(catalog, "tags", lambda: make_body(dumps(render_tags(catalog))))
