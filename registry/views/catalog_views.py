"""The catalog as JSON, independent of any request: routes answer with it, and an export writes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from registry.catalog import Catalog, Category, ToolQuery, count_categories, count_tags, select_tools
from registry.formats import FORMATS, compile_tool, defer_definitions, report_compatibility
from registry.gitrepo import Repository, read_commits
from registry.model import Json, SharedPackage, Tool, Toolset

from .tool_views import render_finding, render_package_summary, render_tool_details, render_tool_summary
from .version_views import render_last_commit


def render_tool_items(repository: Repository, tools: Sequence[Tool]) -> list[Json]:
    """Tools as lists show them, each with the author and time of its last version."""
    facts = read_commits(repository, (tool.revision for tool in tools if tool.revision))
    return [
        render_tool_summary(tool) | {"changed": render_last_commit(facts[tool.revision]) if tool.revision else None}
        for tool in tools
    ]


def render_tool_page(items: list[Json], number: int, size: int, total: int, revision: str | None) -> Json:
    """One page of a list: ``items`` out of ``total``; pages count from 1."""
    return {"items": items, "page": number, "page_size": size, "total": total, "revision": revision}


def render_tool(tool: Tool, granted: Mapping[str, bool]) -> dict[str, Json]:
    """Everything about a tool; ``granted`` maps each secret that it declares to whether the tool gets it."""
    return render_tool_details(tool) | {"secrets": [{"name": secret, "granted": granted[secret]} for secret in granted]}


def render_categories(catalog: Catalog) -> Json:
    """The tree of categories; a count includes the categories below."""
    return {"categories": [_category(one) for one in count_categories(catalog)]}


def _category(category: Category) -> Json:
    return {
        "path": category.path,
        "name": category.name,
        "count": category.count,
        "categories": [_category(one) for one in category.categories],
    }


def render_tags(catalog: Catalog) -> Json:
    """Every tag with the number of its tools, the most used first."""
    return {"tags": [{"name": name, "count": count} for name, count in count_tags(catalog)]}


def render_toolsets(catalog: Catalog) -> Json:
    """All toolsets by name, including those with findings."""
    items = [render_toolset(catalog, toolset) for toolset in catalog.toolsets.values()]
    return {"toolsets": items, "revision": catalog.revision}


def render_toolset(catalog: Catalog, toolset: Toolset) -> dict[str, Json]:
    """A toolset as lists show it."""
    members = catalog.members(toolset)
    return {
        "name": toolset.name,
        "title": toolset.title,
        "description": toolset.description,
        "tools": list(toolset.tools),
        "include": {"category": toolset.category, "tags": list(toolset.tags)},
        "count": len(members),
        "offered": sum(catalog.tools[name].offered for name in members),
        "digest": toolset.digest,
        "uncommitted": toolset.uncommitted,
        "findings": [render_finding(one) for one in toolset.findings],
    }


def render_packages(catalog: Catalog) -> Json:
    """All shared packages by name, including those with findings."""
    packages = [render_package(catalog, package) for package in catalog.packages.values()]
    return {"packages": packages, "revision": catalog.revision}


def render_package(catalog: Catalog, package: SharedPackage) -> dict[str, Json]:
    """Everything about a shared package."""
    return render_package_summary(package) | {
        "imports": [module for module in package.imports if module in catalog.packages],
        "tools": catalog.users_of(package),
        "findings": [render_finding(one) for one in package.findings],
    }


def render_compatibility(catalog: Catalog) -> Json:
    """The verdict and its reasons for every active tool in every format. Tools with error findings are excluded."""
    return {"revision": catalog.revision, **report_compatibility(select_tools(catalog, ToolQuery(status="active")))}


def render_definitions(
    tools: Iterable[Tool], format_name: str, *, strict: bool, defers: bool = False, limit: int | None = None
) -> bytes:
    """Up to ``limit`` tools in one format, as JSON text; tools that the format cannot take are left out."""
    offered = FORMATS[format_name]
    compiled = (compile_tool(tool, format_name, strict=strict) for tool in tools)
    sent = islice((one for one in compiled if one.text is not None), limit)
    return offered.envelope(defer_definitions(offered, sent) if defers else [one.text for one in sent if one.text])
