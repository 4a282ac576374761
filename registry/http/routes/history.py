"""The history of tools: every version, what was in it, and what differs between two."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from registry.catalog import Catalog
from registry.errors import Fault, InputRefused, NotFound
from registry.folder_rules import make_printable
from registry.gitrepo import (
    VersionContent,
    compare_contents,
    find_last_changes,
    format_unified,
    read_packages_of,
    read_version,
    read_versions,
)
from registry.http.contract import RouteDescription, describe_route, render_files, version_parameter
from registry.http.requests import get_service
from registry.http.responses import CachedBody, answer_from_catalog, make_body, make_page_links
from registry.json_text import dumps
from registry.model import Json
from registry.views import render_difference, render_last_change, render_version

from .tools import PAGING

blueprint = Blueprint("history", __name__, url_prefix="/api/v1/tools")

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


@blueprint.get("/<name>/versions")
@describe_route(
    RouteDescription(
        "List the versions of a tool, newest first, and who last touched which file",
        {200: "VersionPage"},
        PAGING,
        problems=(404, 503),
    )
)
def list_versions(query: Mapping[str, Any], name: str) -> Response:
    """A page of versions; also those of a tool that was removed."""
    catalog = get_service().state.current()
    number, size = query["page"], query["page_size"]
    total = _count(catalog, name)

    def make() -> CachedBody:
        repository, history = get_service().repository, catalog.history
        items = read_versions(repository, history, name, skip=(number - 1) * size, at_most=size) if total else ()
        touched = find_last_changes(repository, history, name) if total else {}
        value = {
            "items": [render_version(one) for one in items],
            "page": number,
            "page_size": size,
            "total": total,
            "last_touched": {make_printable(path): render_last_change(one) for path, one in touched.items()},
        }
        return make_body(dumps(value), make_page_links(number, max(1, -(-total // size))))

    return answer_from_catalog(catalog, ("versions", name, number, size), make)


@blueprint.get("/<name>/versions/<number>")
@describe_route(RouteDescription("One version of a tool, with its files", {200: "VersionContent"}, problems=(404, 503)))
def get_version(query: Mapping[str, Any], name: str, number: str) -> Response:
    """What was in it, in the form in which files are sent."""
    catalog = get_service().state.current()
    total = _count(catalog, name)
    if not _NUMBER.fullmatch(number) or int(number) > total:
        raise NotFound(f"{name[:100]} has no version {number[:20]!r}: it has {f'1 to {total}' if total else 'none'}")

    def make() -> CachedBody:
        at = int(number)
        repository, history = get_service().repository, catalog.history
        [version] = read_versions(repository, history, name, skip=total - at, at_most=1)
        content = read_version(repository, history, name, at)
        left_out = [make_printable(file.path) for file in content.files if file.path not in content.contents]
        shown = {
            "files": render_files(content.contents),
            "executable": sorted(map(make_printable, content.executable)),
            "left_out": left_out,
        }
        return make_body(dumps(render_version(version) | shown))

    return answer_from_catalog(catalog, ("version", name, number), make, usual=False)


@blueprint.get("/<name>/diff")
@describe_route(
    RouteDescription(
        "What differs between two versions of a tool",
        {200: "Difference"},
        (
            version_parameter("from", "The older version; 0 is no tool at all. Not given: the one before `to`.", low=0),
            version_parameter("to", "The newer version. Not given: the newest."),
        ),
        problems=(404, 503),
    )
)
def diff(query: Mapping[str, Any], name: str) -> Response:
    """File by file, as lines and as text. ``from`` may be the newer one, too. The files of the shared packages that the
    tool had are compared as well; their paths begin with ``_shared/``."""
    catalog = get_service().state.current()
    total = _count(catalog, name)
    to = total if query["to"] is None else query["to"]
    since = max(0, to - 1) if query["from"] is None else query["from"]
    faults = [
        Fault(f"/{which}", f"{name[:100]} has {total} versions", "version")
        for which, number in (("from", since), ("to", to))
        if number > total
    ]
    if faults:
        raise InputRefused("there is no such version", faults)

    def make() -> CachedBody:
        old, new = _content(catalog, name, since), _content(catalog, name, to)
        differences = compare_contents(_files_with_packages(old), _files_with_packages(new))
        value = {
            "from": _end(old),
            "to": _end(new),
            "files": [render_difference(one) for one in differences],
            "unified": format_unified(differences),
        }
        return make_body(dumps(value))

    return answer_from_catalog(catalog, ("diff", name, since, to), make, usual=False)


def _count(catalog: Catalog, name: str) -> int:
    """How many versions there are. Raises NotFound where there never was such a tool."""
    total, _ = catalog.history.of(name)
    return total if total else catalog.find(name).version


def _content(catalog: Catalog, name: str, number: int) -> VersionContent:
    if number == 0:
        return VersionContent(0, "", None, (), {})
    return read_version(get_service().repository, catalog.history, name, number)


def _files_with_packages(content: VersionContent) -> Mapping[str, bytes]:
    return {**content.contents, **read_packages_of(get_service().repository, content)}


def _end(content: VersionContent) -> Json:
    return {"version": content.number, "revision": content.revision or None, "digest": content.digest}
