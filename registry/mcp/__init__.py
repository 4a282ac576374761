"""The Model Context Protocol of a server that has tools and nothing else, without a transport.

Two eras: the stateless revision 2026-07-28, where each request says everything itself, and the earlier ones, which
begin with ``initialize``. Nothing is kept between requests in either, so any process answers any of them. HTTP
(:mod:`registry.http.routes.mcp`) and standard input and output (:mod:`.stdio_transport`) carry the messages.

Source: the specification, revisions 2024-11-05 to 2026-07-28; their shapes are those of the package ``mcp-types``.
"""

from .mcp_server import McpServer, Work, find_cancelled_id
from .protocol_eras import Era, find_era
from .request_exchange import Exchange
from .request_headers import PARAMETER_PREFIX, Headers
from .rpc_messages import AnsweredRequest, Notification, ProtocolError, Request, read_message, write_error, write_result
from .stdio_transport import converse
from .tool_offer import ToolOffer

__all__ = [
    "PARAMETER_PREFIX",
    "AnsweredRequest",
    "Era",
    "Exchange",
    "Headers",
    "McpServer",
    "Notification",
    "ProtocolError",
    "Request",
    "ToolOffer",
    "Work",
    "converse",
    "find_cancelled_id",
    "find_era",
    "read_message",
    "write_error",
    "write_result",
]
