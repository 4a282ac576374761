"""An edit that is run before it is committed: what its files are given, and what is only given to committed ones.

Whoever runs the service grants a secret to a name because of what is committed under it, where everybody can see who
put it there. A tried edit is in no history, and where edits are proposals nobody has read it: so it gets no secret,
whatever its name. Nor are packages installed for it: an image is lent to it where a tool of the catalog has the same
dependencies.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from threading import Lock

from registry.catalog import Catalog
from registry.errors import Fault, NotInvocable
from registry.model import Image, Tool


def make_trial_catalog(catalog: Catalog, tool: Tool, files: Mapping[str, bytes]) -> tuple[Catalog, Tool]:
    """The edited tool, and a catalog of this call's own that has it, made of these files and of no commit."""
    image = _image(catalog, tool.manifest.runtime.dependencies)
    tool = replace(tool, revision=None, version=0, uncommitted=True, image=image)
    tools, loose = {**catalog.tools, tool.name: tool}, {**catalog.loose, tool.name: files}
    return replace(catalog, tools=tools, loose=loose, _derived=OrderedDict(), _lock=Lock()), tool


def refuse_untriable(tool: Tool) -> None:
    """Raises NotInvocable, with every reason, where it needs what an uncommitted edit does not get."""
    runtime = tool.manifest.runtime
    faults = [
        Fault(f"/runtime/secrets/{index}", f"{name} is granted to committed tools only", "try-secret")
        for index, name in enumerate(runtime.secrets)
    ]
    if runtime.dependencies and tool.image is None:
        message = "no committed tool has these dependencies, and they are installed for committed tools only"
        faults.append(Fault("/runtime/dependencies", message, "try-dependencies"))
    if faults:
        told = "; ".join(fault.message for fault in faults)
        raise NotInvocable(f"{tool.name} cannot be tried before it is committed: {told}", faults)


def _image(catalog: Catalog, dependencies: tuple[str, ...]) -> Image | None:
    alike = (tool for tool in catalog.tools.values() if tool.manifest.runtime.dependencies == dependencies)
    return next((tool.image for tool in alike if tool.image is not None), None) if dependencies else None
