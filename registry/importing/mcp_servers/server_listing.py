"""What an MCP server offers, asked by the program that its tools will call it with, in a process of its own."""

from __future__ import annotations

import fnmatch
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from registry import jsonschemas
from registry.errors import InputRefused
from registry.importing.openapi import Credential
from registry.json_text import loads
from registry.model import Json
from registry.package_files import PROGRAMS

from .server_address import ServerAddress

MAX_TOOLS = 1000
MAX_SECONDS = 90
_DEEP = 150
_PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from mcp_call import Credential, list_remote_tools
given = json.load(sys.stdin)
try:
    credentials = tuple(Credential(**one) for one in given["credentials"])
    found = list_remote_tools(given["server"], given["command"], credentials)
except Exception as error:
    found = {"error": str(error) or type(error).__name__}
print(json.dumps(found))
"""


@dataclass(frozen=True, slots=True)
class Listing:
    """The tools of a server, as it describes them, and the era of the protocol that it speaks."""

    server: ServerAddress
    era: str
    tools: tuple[Mapping[str, Json], ...]


def list_server_tools(server: ServerAddress, credentials: Sequence[Credential]) -> Listing:
    """Ask a server for its tools; a command is run for it, here, as it is.

    Secrets are taken from the environment, by their own names. Raises InputRefused: no such secret, no such server, or
    one that says something else than servers say.
    """
    names = [name for one in credentials for name in one.secrets]
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise InputRefused(f"To ask the server, put {' and '.join(missing)} into the environment of this command.")
    given = {"server": server.url, "command": server.host_command, "credentials": [asdict(one) for one in credentials]}
    found = _ask(given, {name: os.environ[name] for name in names})
    if not isinstance(found, dict) or "error" in found:
        told = found.get("error") if isinstance(found, dict) else "it answered something else"
        raise InputRefused(f"{server.shown[:200]} was asked for its tools: {str(told)[:1000]}")
    tools = [one for one in found.get("tools", ()) if isinstance(one, dict) and isinstance(one.get("name"), str)]
    if len(tools) > MAX_TOOLS:
        raise InputRefused(f"{server.shown[:200]} has more than {MAX_TOOLS} tools.")
    return Listing(server, str(found.get("era")), tuple(tools))


def choose_remote_tools(listing: Listing, names: Sequence[str]) -> list[Mapping[str, Json]]:
    """The tools of these names, which may have ``*``; all without any. Raises InputRefused for what is not there."""
    known = [str(tool["name"]) for tool in listing.tools]
    if not known:
        raise InputRefused(f"{listing.server.shown[:200]} has no tools.")
    for name in names:
        if not any(fnmatch.fnmatchcase(one, name) for one in known):
            near = jsonschemas.find_nearest(name, known)
            meant = f"; did you mean {near}?" if near else f"; it has {', '.join(known)[:500]}."
            raise InputRefused(f"{listing.server.shown[:200]} has no tool {name[:100]!r}{meant}")
    return [
        tool for tool in listing.tools if not names or any(fnmatch.fnmatchcase(str(tool["name"]), one) for one in names)
    ]


def _ask(given: Json, secrets: dict[str, str]) -> Json:
    # Proxies and certificates as they are set for this command; nothing else of Python's own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | secrets
    command = [sys.executable, "-I", "-c", _PROGRAM, str(PROGRAMS)]
    try:
        ran = subprocess.run(
            command, input=json.dumps(given), capture_output=True, text=True, check=False, timeout=MAX_SECONDS,
            env=environment,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"error": f"it did not answer within {MAX_SECONDS} s"}
    if ran.returncode:
        return {"error": ran.stderr.strip().rpartition("\n")[2]}
    return loads(ran.stdout, max_depth=_DEEP)
