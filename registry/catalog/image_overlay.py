"""The catalog with the states of the images that its tools need. A failed build becomes a finding of the tool."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from registry.model import Finding, Image, Tool
from runner import ImageState

from .catalog import Catalog


def overlay_images(catalog: Catalog, look: Callable[[tuple[str, ...]], ImageState]) -> Catalog:
    """The catalog with the state of its image in each tool. ``look`` gets a set of dependencies; it must be quick.

    A catalog in which no tool needs an image is returned unchanged.
    """
    changed = {
        name: _with_image(tool, look(tool.manifest.runtime.dependencies))
        for name, tool in catalog.tools.items()
        if tool.manifest.runtime.dependencies and tool.invocable
    }
    if not changed:
        return catalog
    return replace(catalog, tools={**catalog.tools, **changed}, _derived=OrderedDict(), _lock=Lock())


def _with_image(tool: Tool, seen: ImageState) -> Tool:
    found = seen.of_use_to(tool.imports)
    image = Image(found.state, found.log)
    if found.state != "failed":
        return replace(tool, image=image)
    trouble = "are installed and cannot be used" if seen.state == "ready" else "cannot be installed"
    message = f"The dependencies {trouble}: {found.message}"
    finding = Finding(*tool.checked.dependencies_at, "error", found.fault, message)
    checked = replace(tool.checked, findings=tuple(sorted((*tool.findings, finding))))
    return replace(tool, image=image, checked=checked)
