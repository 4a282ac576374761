"""Python scripts as tools: read as syntax trees, never run."""

from __future__ import annotations

from .script_import import ScriptReading, ScriptWishes, import_scripts

__all__ = ["ScriptReading", "ScriptWishes", "import_scripts"]
