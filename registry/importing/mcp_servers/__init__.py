"""Tools from an MCP server: each calls one of the server's, whose description is pinned."""

from __future__ import annotations

from .remote_tool import RemoteWishes, make_remote_tool
from .server_address import ServerAddress, read_server_address
from .server_listing import Listing, choose_remote_tools, list_server_tools

__all__ = [
    "Listing",
    "RemoteWishes",
    "ServerAddress",
    "choose_remote_tools",
    "list_server_tools",
    "make_remote_tool",
    "read_server_address",
]
