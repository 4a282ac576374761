"""The Model Context Protocol of a server that has tools and nothing else, without a transport.

Two eras: the stateless revision 2026-07-28, where each request says everything itself, and the earlier ones, which
begin with ``initialize``. Nothing is kept between requests in either, so any process answers any of them. HTTP
(``http.mcp``) and standard input and output (:mod:`.stdio`) carry the messages.

Source: the specification, revisions 2024-11-05 to 2026-07-28; their shapes are those of the package ``mcp-types``.
"""

from .eras import Era, era_of
from .exchange import Exchange
from .headers import PARAMETER_PREFIX, Headers
from .messages import Answered, Notification, ProtocolError, Request, error_text, read, result_text
from .offer import Offer
from .server import Server, Work, cancelled_id
from .stdio import converse

__all__ = [
    "PARAMETER_PREFIX",
    "Answered",
    "Era",
    "Exchange",
    "Headers",
    "Notification",
    "Offer",
    "ProtocolError",
    "Request",
    "Server",
    "Work",
    "cancelled_id",
    "converse",
    "era_of",
    "error_text",
    "read",
    "result_text",
]
