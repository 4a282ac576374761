"""The routes, one module for each resource."""

from __future__ import annotations

from . import (
    editing,
    executions,
    history,
    llm,
    mcp,
    model_calls,
    operations,
    page,
    proposals,
    repository,
    shared_packages,
    tools,
    toolsets,
)

API = tuple(
    module.blueprint
    for module in (
        tools,
        toolsets,
        shared_packages,
        editing,
        history,
        llm,
        model_calls,
        mcp,
        executions,
        repository,
        proposals,
        operations,
    )
)
"""The blueprints of the API; ``PAGE`` is the one of the page."""
PAGE = page.blueprint

__all__ = ["API", "PAGE"]
