"""Tools from what people have already: what becomes of it, how it is written, and its first try."""

from __future__ import annotations

from .first_tries import FirstTry, try_tools
from .imported_tool import ImportedTool, ImportNote
from .scripts import ScriptReading, ScriptWishes, import_scripts
from .tool_writing import WrittenTool, check_unwritten, name_tools, rewrite_manifest, write_tool

__all__ = [
    "FirstTry",
    "ImportNote",
    "ImportedTool",
    "ScriptReading",
    "ScriptWishes",
    "WrittenTool",
    "check_unwritten",
    "import_scripts",
    "name_tools",
    "rewrite_manifest",
    "try_tools",
    "write_tool",
]
