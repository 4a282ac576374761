"""Tools from what people have already: what becomes of it, how it is written, and its first try."""

from __future__ import annotations

from .first_tries import FirstTry, try_tools
from .imported_tool import ImportedTool, ImportNote
from .openapi import (
    OperationChoice,
    OperationWishes,
    choose_operations,
    list_operations,
    make_operation_tool,
    read_api_document,
)
from .scripts import ScriptReading, ScriptWishes, import_scripts
from .tool_writing import WrittenTool, check_unwritten, name_tools, rewrite_manifest, write_tool

__all__ = [
    "FirstTry",
    "ImportNote",
    "ImportedTool",
    "OperationChoice",
    "OperationWishes",
    "ScriptReading",
    "ScriptWishes",
    "WrittenTool",
    "check_unwritten",
    "choose_operations",
    "import_scripts",
    "list_operations",
    "make_operation_tool",
    "name_tools",
    "read_api_document",
    "rewrite_manifest",
    "try_tools",
    "write_tool",
]
