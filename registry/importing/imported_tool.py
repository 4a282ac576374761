"""What an import makes of something that was no tool: a tool's manifest and files, and what is to be said of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

MAX_DESCRIPTION_CHARACTERS: Final = 1024
"""Of a tool's description: what schemas/tool.schema.json takes."""


@dataclass(frozen=True, slots=True)
class ImportNote:
    """One thing that was done, or one that is open: what somebody must do before the tool is right. A sentence."""

    kind: Literal["done", "open"]
    message: str


@dataclass(frozen=True, slots=True)
class ImportedTool:
    """A tool that is not written yet: ``manifest`` becomes its tool.yaml, ``files`` (by path) lie beside it.

    ``manifest`` says ``draft`` where a note is open: an importer decides that, not who writes. ``packages`` are the
    shared packages that the tool names, each with its files by path.
    """

    name: str
    manifest: Mapping[str, Any]
    files: Mapping[str, bytes]
    notes: tuple[ImportNote, ...] = ()
    packages: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left open."""
        return all(note.kind == "done" for note in self.notes)


def name_tools(tools: Iterable[ImportedTool]) -> Iterator[ImportedTool]:
    """The same tools with names that are all different: a second ``report`` becomes ``report_2``."""
    names: set[str] = set()
    for tool in tools:
        name, number = tool.name, 1
        while name in names:
            number += 1
            name = f"{tool.name[:58]}_{number}"
        names.add(name)
        yield tool if name == tool.name else replace(tool, name=name, manifest={**tool.manifest, "name": name})
