"""What one address offers: the tools of the catalog, or of one toolset of it, or the two that stand for all of them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from mcp_types import INVALID_PARAMS

from registry.catalog import Catalog, ToolQuery, rank_tools, select_tools
from registry.current_catalog import CatalogState
from registry.errors import NotFound, ToolcribError
from registry.formats import compile_tool, read_lock, select_held
from registry.json_text import dumps
from registry.model import Json, Tool

from . import meta_tools
from .parameter_headers import Declared, list_header_parameters
from .rpc_messages import ProtocolError

FORMAT = "mcp"
PAGE_SIZE = 250
_LOOK_SECONDS = 0.5
_PLACE = re.compile(rb"after:([a-z][a-z0-9_]{0,63})")


@dataclass(frozen=True, slots=True)
class ToolOffer:
    """The tools of an address; with ``meta`` two tools find and call all of them.

    ``toolset`` narrows them, and so does the text of a ``lock``: to those that are still what it pins.
    """

    state: CatalogState
    toolset: str | None = None
    meta: bool = False
    lock: str | None = None

    def catalog(self) -> Catalog:
        """The catalog as it is now.

        Raises GitFailed, NotFound when the toolset is not there or has errors, InputRefused for a lock that is none.
        """
        catalog = self.state.current()
        if self.toolset is not None and not catalog.find_toolset(self.toolset).sound:
            raise NotFound(f"the toolset {self.toolset} has error findings: /api/v1/toolsets/{self.toolset} shows them")
        self._pinned(catalog)
        return catalog

    @property
    def about(self) -> str | None:
        """What the toolset says of itself."""
        return None if self.toolset is None else self.state.current().find_toolset(self.toolset).description

    def find(self, catalog: Catalog, name: str) -> Tool:
        """The tool of that name, if it belongs to this offer. Raises NotFound."""
        names = self._names(catalog)
        if names is not None and name not in names:
            raise NotFound(f"there is no tool {name[:100]!r} {self._where}")
        return catalog.find(name)

    def headers_of(self, catalog: Catalog, tool: Tool) -> Declared:
        """The parameters of a tool that clients repeat as headers."""
        return catalog.derived(("mcp headers", tool.digest), lambda: _headers_of(tool))

    def search(self, catalog: Catalog, question: str, limit: int) -> list[dict[str, Json]]:
        """The definitions of the tools that answer a question best, without the schemas of their results."""
        found = (compile_tool(tool, FORMAT).definition for tool in rank_tools(catalog, self._query(catalog), question))
        best = islice((definition for definition in found if definition is not None), limit)
        # A model sees what a tool gives when it gives it; until then the context is better used otherwise.
        return [{name: value for name, value in one.items() if name != "outputSchema"} for one in best]

    def page(self, catalog: Catalog, cursor: str | None, page_size: int = PAGE_SIZE) -> bytes:
        """The members of one page of the list, as the inside of a JSON object. Raises ProtocolError for the cursor."""
        after = "" if cursor is None else _place(cursor)
        key = ("mcp page", self.toolset, self.meta, self.lock, after, page_size)
        return catalog.derived(key, lambda: self._page(catalog, after, page_size))

    def digest(self, catalog: Catalog) -> str:
        """Differs whenever the list does."""
        return catalog.derived(("mcp digest", self.toolset, self.meta, self.lock), lambda: self._digest(catalog))

    def seen(self) -> str:
        """What the list is now, for :meth:`changes`; a toolset that is gone has none."""
        try:
            return self.digest(self.catalog())
        except ToolcribError:
            return ""

    def changes(self, seen: str, gone: threading.Event) -> Iterator[None]:
        """Comes back each time that the list is another one than was seen last, until ``gone``."""
        while not gone.wait(_LOOK_SECONDS):
            now = self.seen()
            if now != seen:
                seen = now
                yield

    def _names(self, catalog: Catalog) -> frozenset[str] | None:
        members = None if self.toolset is None else catalog.members(catalog.find_toolset(self.toolset))
        pinned = self._pinned(catalog)
        return members if pinned is None else pinned if members is None else pinned & members

    def _pinned(self, catalog: Catalog) -> frozenset[str] | None:
        lock = self.lock
        if lock is None:
            return None
        return catalog.derived(("pinned", lock), lambda: select_held(catalog.tools, read_lock(lock)))

    @property
    def _where(self) -> str:
        within = [] if self.toolset is None else [f"in the toolset {self.toolset}"]
        return " and ".join(within if self.lock is None else [*within, "that is still what the lock pins"])

    def _query(self, catalog: Catalog) -> ToolQuery:
        return ToolQuery(offered_only=True, names=self._names(catalog))

    def _definitions(self, catalog: Catalog) -> list[tuple[str, bytes]]:
        if self.meta:
            return [(name, dumps(definition)) for name, definition in meta_tools.DEFINITIONS.items()]
        compiled = (
            (tool.name, compile_tool(tool, FORMAT).text) for tool in select_tools(catalog, self._query(catalog))
        )
        return [(name, text) for name, text in compiled if text is not None]

    def _page(self, catalog: Catalog, after: str, page_size: int) -> bytes:
        rest = [(name, text) for name, text in self._definitions(catalog) if name > after]
        shown = rest[:page_size]
        members = b'"tools":[' + b",".join(text for _, text in shown) + b"]"
        if len(rest) > page_size:
            members += b',"nextCursor":' + dumps(_cursor(shown[-1][0]))
        return members

    def _digest(self, catalog: Catalog) -> str:
        digest = hashlib.sha256()
        for _, text in self._definitions(catalog):
            digest.update(text + b"\n")
        return digest.hexdigest()


def _headers_of(tool: Tool) -> Declared:
    definition = compile_tool(tool, FORMAT).definition
    return list_header_parameters(definition["inputSchema"]) if definition is not None else ()


def _cursor(name: str) -> str:
    # A name, not a number: what is added or removed meanwhile neither repeats nor skips any other tool.
    return base64.urlsafe_b64encode(b"after:" + name.encode()).decode()


def _place(cursor: str) -> str:
    try:
        match = _PLACE.fullmatch(base64.b64decode(cursor, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        match = None
    if match is None:
        raise ProtocolError(INVALID_PARAMS, "the cursor is not one that was given here")
    return match[1].decode()
