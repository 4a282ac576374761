"""From paths to imported tools: which files are scripts, and what becomes of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from registry.importing.imported_tool import ImportedTool


@dataclass(frozen=True, slots=True)
class ScriptWishes:
    """What somebody wants of an import: the tool's name, the function that it calls, its category. Empty: whatever."""

    name: str | None = None
    function: str | None = None
    category: str = ""


@dataclass(frozen=True, slots=True)
class ScriptReading:
    """The tools that came of some paths, and a sentence for each path that gave none."""

    tools: tuple[ImportedTool, ...]
    refusals: tuple[str, ...]


def import_scripts(paths: Sequence[Path], wishes: ScriptWishes) -> ScriptReading:
    """Make tools of scripts and of folders of scripts. Nothing is run, and nothing is written."""
    return ScriptReading((), tuple(f"{path}: cannot be imported yet" for path in paths))
