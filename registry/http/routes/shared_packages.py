"""Shared packages: the folders of Python that tools have beside their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response

from registry.catalog import Catalog
from registry.http.contract import RouteDescription, describe_route
from registry.http.requests import get_service
from registry.http.responses import CachedBody, answer_from_catalog, make_body
from registry.json_text import dumps
from registry.model import SharedPackage
from registry.views import render_package, render_packages

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


def package_body(catalog: Catalog, package: SharedPackage) -> CachedBody:
    """Everything about a package. Like a tool's, the ETag begins with the digest, for ``If-Match`` on an edit."""
    made = make_body(dumps(render_package(catalog, package)))
    return replace(made, tag=f"{package.digest}-{made.tag[:16]}")
