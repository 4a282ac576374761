"""Tools, toolsets, versions and executions as JSON values, for the API's routes and for an export."""

from __future__ import annotations

from .catalog_views import (
    render_categories,
    render_compatibility,
    render_definitions,
    render_package,
    render_packages,
    render_tags,
    render_tool,
    render_tool_items,
    render_tool_page,
    render_toolset,
    render_toolsets,
)
from .execution_views import render_execution, render_listed_execution, render_period_summary
from .tool_views import render_finding, render_tool_details, render_tool_summary
from .version_views import render_difference, render_last_change, render_version

__all__ = [
    "render_categories",
    "render_compatibility",
    "render_definitions",
    "render_difference",
    "render_execution",
    "render_finding",
    "render_last_change",
    "render_listed_execution",
    "render_package",
    "render_packages",
    "render_period_summary",
    "render_tags",
    "render_tool",
    "render_tool_details",
    "render_tool_items",
    "render_tool_page",
    "render_tool_summary",
    "render_toolset",
    "render_toolsets",
    "render_version",
]
