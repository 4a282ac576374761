"""Shared packages: the folders of Python that tools have beside their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response

from registry.catalog import Catalog
from registry.edits import Proposal
from registry.http.contract import RouteDescription, describe_route, read_files
from registry.http.requests import get_service, read_json_body, read_required_digests, read_signature
from registry.http.responses import CachedBody, answer_from_catalog, answer_with_etag, make_body
from registry.json_text import dumps
from registry.model import SharedPackage
from registry.views import render_package, render_packages

from .proposals import answer_with_proposal
from .tools import answer_with_file

blueprint = Blueprint("shared", __name__, url_prefix="/api/v1/shared")


@blueprint.get("")
@describe_route(RouteDescription("List the shared packages", {200: "SharedPackages"}))
def list_packages(query: Mapping[str, Any]) -> Response:
    """Every package, those with findings included, by name."""
    catalog = get_service().state.current()
    return answer_from_catalog(catalog, "packages", lambda: make_body(dumps(render_packages(catalog))))


@blueprint.get("/<package>")
@describe_route(
    RouteDescription("One shared package and the tools that have it", {200: "SharedPackage"}, problems=(404,))
)
def get_package(query: Mapping[str, Any], package: str) -> Response:
    """One package, whatever its findings."""
    catalog = get_service().state.current()
    found = catalog.find_package(package)
    return answer_from_catalog(catalog, ("package", package), lambda: package_body(catalog, found))


@blueprint.get("/<package>/files/<path:path>")
@describe_route(RouteDescription("One file of a shared package, byte for byte", {200: None}, problems=(404,)))
def get_package_file(query: Mapping[str, Any], package: str, path: str) -> Response:
    """The raw bytes, never as something that a browser would run."""
    catalog = get_service().state.current()
    return answer_with_file(catalog, catalog.find_package(package), path)


@blueprint.put("/<package>")
@describe_route(
    RouteDescription(
        "Replace all files of a shared package, or add one",
        {200: "SharedPackage", 201: "SharedPackage", 202: "Proposal"},
        body="ReplaceRequest",
        problems=(400, 409, 412, 413, 415, 422, 428, 503),
        if_match="taken",
    )
)
def replace_package(query: Mapping[str, Any], package: str) -> Response:
    """Exactly these files, byte for byte: a new version of every tool that has the package. ``If-Match`` is needed
    while there is such a package. Refused where a tool would break."""
    edits, there = get_service().package_edits, package in get_service().state.current().packages
    seen = read_required_digests() if there else None
    asked = read_json_body("ReplaceRequest")
    prepared = edits.replace(package, seen, read_files(asked["files"]), read_signature(asked))
    done = edits.commit(prepared)
    if isinstance(done, Proposal):
        return answer_with_proposal(done)
    assert done is not None  # noqa: S101 -- only a removal leaves none
    body = package_body(get_service().state.current(), done)
    answer = answer_with_etag(body, 201 if prepared.creates else 200)
    answer.headers["Location"] = f"/api/v1/shared/{package}"
    return answer


@blueprint.delete("/<package>")
@describe_route(
    RouteDescription(
        "Remove a shared package that no tool has",
        {204: None, 202: "Proposal"},
        body="NoteRequest",
        optional_body=True,
        problems=(400, 404, 409, 412, 413, 415, 422, 428, 503),
        if_match="required",
    )
)
def remove_package(query: Mapping[str, Any], package: str) -> Response:
    """Its history stays."""
    seen = read_required_digests()
    asked = read_json_body("NoteRequest", optional=True)
    edits = get_service().package_edits
    done = edits.commit(edits.replace(package, seen, None, read_signature(asked)))
    return answer_with_proposal(done) if isinstance(done, Proposal) else Response(status=204)


def package_body(catalog: Catalog, package: SharedPackage) -> CachedBody:
    """Everything about a package. Like a tool's, the ETag begins with the digest, for ``If-Match`` on an edit."""
    made = make_body(dumps(render_package(catalog, package)))
    return replace(made, tag=f"{package.digest}-{made.tag[:16]}")
