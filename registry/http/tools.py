"""The people's format: list, one tool, its files, the categories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from ..catalog import SORTS, Category, Page, Query, categories, select
from ..errors import NotFound
from ..formats.people import details, summary
from ..jsontext import dumps
from ..model import Json
from . import shown
from .answers import Body, body, conditional, from_catalog, json_answer, page_links
from .calls import requested_call
from .current import service
from .describe import Description, choice, describe, text, whole, words

blueprint = Blueprint("tools", __name__, url_prefix="/api/v1")

STATUSES = ["draft", "active", "deprecated", "disabled"]
PAGING = (
    whole("page", "Which page, from 1.", 1, 1, 1_000_000_000),
    whole("page_size", "How many on a page.", 20, 1, 100),
)
SEARCH = text("search", "Words that must all occur in name, title, description or tags; case aside.")
CATEGORY = text("category", "Only this category and what is below it, such as network/dns.")


@blueprint.get("/tools")
@describe(
    Description(
        "List tools, for people",
        {200: "ToolPage"},
        (
            SEARCH,
            CATEGORY,
            words("tag", "Only tools that carry all of these tags."),
            choice("status", "Only tools of this status.", STATUSES, None),
            *PAGING,
            choice("sort", "The order; a minus turns it round.", list(SORTS), "name"),
        ),
    )
)
def list_tools(query: Mapping[str, Any]) -> Response:
    """A page of tools, those with findings included."""
    catalog = service().state.current()
    wanted = Query(query["search"], query["category"].strip("/"), query["tag"], query["status"])

    def make() -> Body:
        found = select(catalog, wanted, query["sort"])
        number, size = query["page"], query["page_size"]
        page = Page(found[(number - 1) * size : number * size], number, size, len(found))
        items = [summary(tool) for tool in page.items]
        value = {"items": items, "page": number, "page_size": size, "total": page.total, "revision": catalog.revision}
        return body(dumps(value), page_links(number, page.last))

    return from_catalog(catalog, ("tools", wanted, tuple(query.items())), make)


@blueprint.get("/tools/<name>")
@describe(Description("Everything about one tool", {200: "Tool"}, problems=(404,)))
def get_tool(query: Mapping[str, Any], name: str) -> Response:
    """One tool, whatever its status and findings."""
    catalog = service().state.current()
    tool = catalog.find(name)
    return from_catalog(catalog, ("tool", name), lambda: body(dumps(details(tool))))


@blueprint.get("/tools/<name>/files/<path:path>")
@describe(Description("One file of a tool, byte for byte", {200: None}, problems=(404,)))
def get_file(query: Mapping[str, Any], name: str, path: str) -> Response:
    """The raw bytes, never as something that a browser would run."""
    catalog = service().state.current()
    content = catalog.file_of(catalog.find(name), path)
    if content is None:
        raise NotFound(f"{name} has no file {path[:200]!r}")
    try:
        content.decode()
        media_type = "text/plain"
    except UnicodeDecodeError:
        media_type = "application/octet-stream"
    return conditional(body(content), media_type)


@blueprint.post("/tools/<name>/execute")
@describe(
    Description(
        "Run a tool without waiting for its end",
        {202: "Execution"},
        body="InvokeRequest",
        problems=(400, 404, 409, 413, 415, 429, 503),
    )
)
def execute(query: Mapping[str, Any], name: str) -> Response:
    """202 with the record, and where to find it: it runs by itself. ``/events`` follows it, ``/cancel`` ends it."""
    parts = service()
    catalog = parts.state.current()
    execution = parts.executions.begin(catalog, requested_call(catalog, name))
    answer = json_answer(shown.details(execution), 202)
    answer.headers["Location"] = f"/api/v1/executions/{execution.id}"
    return answer


@blueprint.get("/categories")
@describe(Description("The tree of categories with the number of tools in each", {200: "Categories"}))
def get_categories(query: Mapping[str, Any]) -> Response:
    """The tree; a count includes what is below."""
    catalog = service().state.current()

    def make() -> Body:
        return body(dumps({"categories": [_category(one) for one in categories(catalog)]}))

    return from_catalog(catalog, "categories", make)


def _category(category: Category) -> Json:
    return {
        "path": category.path,
        "name": category.name,
        "count": category.count,
        "categories": [_category(one) for one in category.categories],
    }
