"""What the API shows of tools, toolsets, versions and executions, as JSON values; a route or an export sends them."""

from __future__ import annotations

from .tool_views import render_finding, render_tool_details, render_tool_summary

__all__ = [
    "render_finding",
    "render_tool_details",
    "render_tool_summary",
]
