"""Tools from what people have already: what becomes of it, how it is written, and its first try."""

from __future__ import annotations

from .first_tries import FirstTry, try_tools
from .imported_tool import ImportedTool, ImportNote, name_tools
from .mcp_servers import (
    RemoteWishes,
    choose_remote_tools,
    list_server_tools,
    make_remote_tool,
    read_server_address,
)
from .openapi import (
    OperationChoice,
    OperationWishes,
    choose_operations,
    list_operations,
    list_outside_paths,
    make_authentication,
    make_operation_tool,
    read_api_document,
)
from .scripts import ScriptReading, ScriptWishes, import_scripts
from .tool_writing import WrittenTool, check_unwritten, find_other_packages, rewrite_manifest, write_tool

__all__ = [
    "FirstTry",
    "ImportNote",
    "ImportedTool",
    "OperationChoice",
    "OperationWishes",
    "RemoteWishes",
    "ScriptReading",
    "ScriptWishes",
    "WrittenTool",
    "check_unwritten",
    "choose_operations",
    "choose_remote_tools",
    "find_other_packages",
    "import_scripts",
    "list_operations",
    "list_outside_paths",
    "list_server_tools",
    "make_authentication",
    "make_operation_tool",
    "make_remote_tool",
    "name_tools",
    "read_api_document",
    "read_server_address",
    "rewrite_manifest",
    "try_tools",
    "write_tool",
]
