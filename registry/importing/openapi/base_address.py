"""The one address that an operation's tool calls: from its servers, or as somebody says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

from registry.errors import InputRefused

from .api_document import ApiDocument
from .api_operation import ApiOperation
from .document_source import is_web_address

_VARIABLE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class BaseAddress:
    """An http or https address without a slash at its end; what is open about it, and what there is beside it."""

    url: str
    open_notes: tuple[str, ...] = ()
    done_notes: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """The host, with its port where one is said."""
        return urlsplit(self.url).netloc


def find_base_address(document: ApiDocument, operation: ApiOperation, server: str | None) -> BaseAddress:
    """The first server with its variables' defaults, relative to where the document was found; ``server`` goes before.

    Raises InputRefused where that is no http(s) address.
    """
    if server is not None:
        return BaseAddress(_clean(server))
    servers = operation.servers or ({"url": "/"},)
    first = str(servers[0].get("url") or "/")
    variables = servers[0].get("variables")
    url, open_notes = _filled(first, variables if isinstance(variables, dict) else {})
    relative = not is_web_address(url)
    if document.address is not None:
        url = urljoin(document.address, url)
    if not is_web_address(url):
        raise InputRefused(
            f"The document does not say its server's address ({url[:100]}): give it with --server https://…"
        )
    others = [str(one.get("url")) for one in servers[1:6]]
    done = [f"Other servers of the document: {', '.join(others)[:300]}; --server takes one of them."] if others else []
    if relative:
        done.append(f"It calls {urlsplit(url).netloc}, where the document was found; --server says another.")
    if _is_own_host(urlsplit(url).hostname or ""):
        open_notes.append(f"It calls {urlsplit(url).netloc}, which in a sandbox is the sandbox; --server says another.")
    return BaseAddress(_clean(url), tuple(open_notes), tuple(done))


def _is_own_host(host: str) -> bool:
    """Whether a name or address means the machine that asks: localhost, 127.0.0.1, 0.0.0.0, ::1."""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def _filled(url: str, variables: dict[str, object]) -> tuple[str, list[str]]:
    notes: list[str] = []

    def value(found: re.Match[str]) -> str:
        variable = variables.get(found[1])
        default = variable.get("default") if isinstance(variable, dict) else None
        if default is None:
            raise InputRefused(
                f"The server {url[:200]} has the variable {found[1][:60]} without a default; use --server."
            )
        choices = variable.get("enum") if isinstance(variable, dict) else None
        if not choices and found.start() < _host_end(url):
            notes.append(
                f"The host has {found[1][:60]}={str(default)[:60]}, the document's default; --server says another."
            )
        return str(default)

    return _VARIABLE.sub(value, url), notes


def _host_end(url: str) -> int:
    start = url.find("://") + 3
    end = url.find("/", start)
    return len(url) if end < 0 else end


def _clean(url: str) -> str:
    if not is_web_address(url):
        raise InputRefused(f"{url[:200]} is no http or https address.")
    parts = urlsplit(url)
    if parts.username is not None or re.search(r"[\s\"'<>\\]", url):
        raise InputRefused("A server's address has neither a user or password nor spaces and quotes in it.")
    if "{" in url:
        raise InputRefused(f"The server's address {url[:200]} has a variable; give the whole address with --server.")
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")
