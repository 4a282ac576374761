"""All files of an export with their paths and bytes; the same for the same revision."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from importlib.metadata import version

from registry.catalog import Catalog, ToolQuery, select_tools
from registry.formats import FORMATS, compile_tool, write_export_llms_txt
from registry.gitrepo import Repository
from registry.http import describe_api
from registry.json_text import dumps
from registry.model import Tool
from registry.shared_packages import name_shared_folder
from registry.views import (
    render_categories,
    render_compatibility,
    render_definitions,
    render_package,
    render_packages,
    render_tags,
    render_tool,
    render_tool_items,
    render_tool_page,
    render_toolsets,
)

from .export_folder import EXPORT_FILE
from .export_paths import INDEX, ExportPaths, TakenPaths, is_portable_path
from .page_documents import NOT_FOUND, PageDocuments

Placed = tuple[str, bytes]
Follow = Callable[[Collection[Tool]], Iterable[Tool]]


def list_export_files(
    catalog: Catalog, repository: Repository, documents: PageDocuments, follow: Follow = iter
) -> Iterator[Placed]:
    """The files of an export; the last one says that it is an export. ``follow`` wraps the loop over the tools, to show
    progress."""
    tools = tuple(catalog.tools.values())
    places = ExportPaths()
    yield from _page(documents)
    yield from _lists(catalog, repository, tools)
    yield from _formats(catalog)
    for tool in follow(tools):
        yield from _tool(catalog, tool, places, documents)
    yield from _packages(catalog, places)
    about = {
        "toolcrib": version("toolcrib"),
        "revision": catalog.revision,
        "tools": len(tools),
        "uncommitted": sum(tool.uncommitted for tool in tools),
        "moved": places.moved,
    }
    yield EXPORT_FILE, dumps(about)


def _page(documents: PageDocuments) -> Iterator[Placed]:
    for place in (INDEX, f"tools/{INDEX}"):
        yield place, documents.document(place)
    yield "404.html", NOT_FOUND.encode()
    yield ".nojekyll", b""  # without this file, GitHub Pages leaves out files that begin with _
    yield from documents.assets()


def _lists(catalog: Catalog, repository: Repository, tools: tuple[Tool, ...]) -> Iterator[Placed]:
    items = render_tool_items(repository, tools)
    yield "tools.json", dumps(render_tool_page(items, 1, max(1, len(items)), len(items), catalog.revision))
    yield "categories.json", dumps(render_categories(catalog))
    yield "tags.json", dumps(render_tags(catalog))
    yield "toolsets.json", dumps(render_toolsets(catalog))
    yield "shared.json", dumps(render_packages(catalog))
    yield "compatibility.json", dumps(render_compatibility(catalog))
    yield "openapi.json", dumps(describe_api())
    toolsets = [toolset for toolset in catalog.toolsets.values() if toolset.sound]
    yield "llms.txt", write_export_llms_txt(select_tools(catalog, ToolQuery(offered_only=True)), toolsets).encode()


def _formats(catalog: Catalog) -> Iterator[Placed]:
    offered = select_tools(catalog, ToolQuery(offered_only=True))
    for name, one in FORMATS.items():
        yield f"formats/{name}.json", render_definitions(offered, name, strict=False)
        if one.has_strict:
            yield f"formats/{name}.strict.json", render_definitions(offered, name, strict=True)


def _tool(catalog: Catalog, tool: Tool, places: ExportPaths, documents: PageDocuments) -> Iterator[Placed]:
    folder = places.folder(tool)
    # Which secrets this server grants is not a property of the tool, and not for publication.
    granted = dict.fromkeys(tool.manifest.runtime.secrets, False)
    yield f"{folder}/tool.json", dumps(render_tool(tool, granted))
    yield f"{folder}/parameters.schema.json", dumps(tool.manifest.parameters)
    if tool.manifest.returns is not None:
        yield f"{folder}/returns.schema.json", dumps(tool.manifest.returns)
    if tool.invocable:
        compiled = ((name, compile_tool(tool, name)) for name in FORMATS)
        yield from ((f"{folder}/{name}.json", one.text) for name, one in compiled if one.text is not None)
    for place in (f"{folder}/{INDEX}", f"{folder}/call/{INDEX}", f"{folder}/files/{INDEX}"):
        yield place, documents.document(place)
    shown = TakenPaths(INDEX)
    for path, place, content in places.raw_files(catalog, tool, folder):
        yield place, content
        view = f"{path}/{INDEX}"
        if is_portable_path(path) and shown.take(view):
            yield f"{folder}/files/{view}", documents.document(f"{folder}/files/{view}")
    for package in tool.packages:
        for file in package.files:
            view = f"{name_shared_folder(package.name)}/{file.path}/{INDEX}"
            if is_portable_path(view) and shown.take(view):
                yield f"{folder}/files/{view}", documents.document(f"{folder}/files/{view}")


def _packages(catalog: Catalog, places: ExportPaths) -> Iterator[Placed]:
    for package in catalog.packages.values():
        folder = places.package_folder(package)
        yield f"{folder}/package.json", dumps(render_package(catalog, package))
        for _, place, content in places.raw_files(catalog, package, folder):
            yield place, content
