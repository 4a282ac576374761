"""One request while it is answered."""

from __future__ import annotations

import hashlib
import re
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from registry.json_text import dumps

from .protocol_eras import Era
from .request_headers import Headers
from .rpc_messages import Request, write_notification
from .tool_offer import ToolOffer

_TRACE_PARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NAME_CHARACTERS = 200


@dataclass(slots=True)
class Exchange:
    """A request, who asks, and the way back to them.

    ``send`` takes messages that go before the answer (None where there is no way for them), from any thread. ``gone``
    is set when nobody waits any longer. ``execution_id`` is that of the tool's run, if the request leads to one.
    """

    request: Request
    era: Era
    offer: ToolOffer
    headers: Headers | None = None
    session: str | None = None
    send: Callable[[bytes], None] | None = None
    request_id: str | None = None
    remote_address: str | None = None
    gone: threading.Event = field(default_factory=threading.Event)
    execution_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def caller_id(self) -> str:
        """Who calls, for the record: the session where there is one, else the client's name."""
        name = self.session or self.era.client or "mcp"
        return _CONTROL.sub(" ", name)[:_NAME_CHARACTERS] or "mcp"

    @property
    def trace_id(self) -> str | None:
        """The trace that the client says it is in (W3C Trace Context)."""
        match = _TRACE_PARENT.fullmatch(str(self.request.meta.get("traceparent", "")))
        return match[1] if match else None

    @property
    def progress_token(self) -> str | int | None:
        """What the client wants progress to be told by; None where it wants none."""
        token = self.request.meta.get("progressToken")
        return token if isinstance(token, str | int) else None

    def notify(self, method: str, **params: object) -> None:
        """Send a message that goes before the answer."""
        if self.send is not None:
            self.send(write_notification(method, params))


def name_execution(session: str, request_id: str | int) -> str:
    """The id of the run that a request of a session leads to: so its cancel finds it, in whichever process."""
    return hashlib.sha256(dumps([session, request_id])).hexdigest()[:32]
