"""Call one tool of an MCP server, as long as the server describes it as it did at first. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from http_exchange import CallFailed, Credential, add_credential, find_deadline

from .pins import explain_change
from .pipes import Pipe, find_installed_command
from .results import read_result
from .sessions import Session, open_session

__all__ = ["Credential", "RemoteTool", "call", "list_remote_tools"]


@dataclass(frozen=True)
class RemoteTool:
    """One tool of one server: its name there, and the pins of what the server said of it when it was imported.

    The server is at the address ``server``, or else what ``command`` of an installed package starts. ``names`` are the
    server's names of arguments that have another one here; ``era`` is the protocol's that the server spoke: stateless
    or initialize.
    """

    name: str
    description_pin: str
    parameters_pin: str
    server: str = ""
    command: tuple[str, ...] = ()
    era: str = "initialize"
    names: dict[str, str] = field(default_factory=dict)
    credentials: tuple[Credential, ...] = ()


def call(tool: RemoteTool, arguments: dict[str, Any]) -> Any:
    """Call the tool; what it gives, as a result. Raises CallFailed, with nothing called where the tool was changed."""
    session = (
        Pipe(find_installed_command(tool.command), find_deadline())
        if tool.command
        else _open(tool.server, tool.credentials, tool.era)
    )
    try:
        definition = next((one for one in session.list_tools() if one.get("name") == tool.name), None)
        if definition is None:
            raise CallFailed(f"The server has no tool {tool.name} any more; nothing was called.")
        change = explain_change(definition, tool.description_pin, tool.parameters_pin)
        if change:
            raise CallFailed(
                f"The server's {change} of {tool.name} is not what was imported; nothing was called. Read what it says "
                "now, and import the tool again if it may be called."
            )
        named = {tool.names.get(name, name): value for name, value in arguments.items()}
        return read_result(session.call_tool(tool.name, named, definition))
    finally:
        session.close()


def list_remote_tools(server: str, command: list[str], credentials: tuple[Credential, ...]) -> dict[str, Any]:
    """What a server offers: {era, tools}, the tools as it describes them. The command is run as it is."""
    session = Pipe(command, find_deadline()) if command else _open(server, credentials, "stateless")
    try:
        return {"era": session.era, "tools": list(session.list_tools())}
    finally:
        session.close()


def _open(server: str, credentials: tuple[Credential, ...], era: str) -> Session:
    headers: dict[str, str] = {}
    query: list[str] = []
    cookies: list[str] = []
    for credential in credentials:
        add_credential(credential, headers, query, cookies)
    if cookies:
        headers["Cookie"] = "; ".join(cookies)
    if query:
        server += ("&" if "?" in server else "?") + "&".join(query)
    return open_session(server, headers, era, find_deadline())
