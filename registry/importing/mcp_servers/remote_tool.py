"""One tool of an MCP server as a tool that calls it: its manifest, its program, and what is to be said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.importing.call_programs import read_call_packages
from registry.importing.foreign_schemas import (
    ArgumentNames,
    SchemaConverter,
    convert_fitting,
    cut_text,
    make_label,
    make_tool_name,
    repair_parameters,
)
from registry.importing.imported_tool import MAX_DESCRIPTION_CHARACTERS, ImportedTool, ImportNote
from registry.importing.openapi import Credential, write_literal
from registry.model import Json

from .definition_pins import make_pin
from .server_listing import Listing

_ANNOTATIONS = {
    "readOnlyHint": "read_only",
    "destructiveHint": "destructive",
    "idempotentHint": "idempotent",
    "openWorldHint": "open_world",
}


@dataclass(frozen=True, slots=True)
class RemoteWishes:
    """What is the same for all tools of a server: the beginning of their names, their category, and its credentials.

    ``secrets`` are further ones that a server which is started takes from its environment.
    """

    prefix: str = ""
    category: str = ""
    credentials: tuple[Credential, ...] = ()
    secrets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Arguments:
    """The tool's parameters, and the server's names of those that have another one here."""

    properties: dict[str, Json] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    closed: bool = True

    def schema(self) -> dict[str, Json]:
        made: dict[str, Json] = {"type": "object", "properties": self.properties}
        if self.required:
            made["required"] = self.required
        return {**made, "additionalProperties": False} if self.closed else made


def make_remote_tool(listing: Listing, remote: Mapping[str, Json], wishes: RemoteWishes) -> ImportedTool:
    """The tool that calls ``remote``, which is one of the listing's. Raises InputRefused for too many parameters."""
    given = remote.get("inputSchema")
    given = given if isinstance(given, dict) else {}
    arguments, parameters, notes = convert_fitting(given, lambda converter: _plan(given, converter), _Arguments.schema)
    faults = repair_parameters(parameters)
    server_name, host = str(remote["name"]), listing.server.shown
    server = listing.server.url or " ".join(listing.server.host_command)
    name = make_tool_name(f"{wishes.prefix} {server_name}")
    secrets = [*(secret for one in wishes.credentials for secret in one.secrets), *wishes.secrets]
    annotations = _annotations(remote.get("annotations"))
    manifest: dict[str, Any] = {
        "name": name,
        "title": _title(remote) or name.replace("_", " ").capitalize(),
        "description": _description(remote, host),
        "category": wishes.category or make_label(wishes.prefix or host) or "mcp",
        "parameters": parameters,
        "annotations": annotations,
        "runtime": _runtime(listing, secrets),
        "shared": ["mcp_call"],
        "metadata": {"mcp": {"server": server, "tool": server_name}},
    }
    if faults:
        manifest["status"] = "draft"
    done = [*notes.describe(), *wishes.notes, "A call is refused when the server describes it otherwise than now."]
    return ImportedTool(
        name=name,
        manifest={key: value for key, value in manifest.items() if value != {}},
        files={"main.py": _write_program(listing, remote, arguments.names, wishes.credentials)},
        packages=read_call_packages("mcp_call", "http_exchange"),
        notes=(*(ImportNote("done", one) for one in done), *(ImportNote("open", one) for one in faults)),
    )


def _plan(given: Mapping[str, Json], converter: SchemaConverter) -> _Arguments:
    schema = converter.convert({**given, "type": "object"})
    names, made = ArgumentNames(), _Arguments()
    alternatives = [one for one in (*schema.get("anyOf", ()), *schema.get("allOf", ())) if isinstance(one, dict)]
    properties: dict[str, Json] = {}
    for one in (*alternatives, schema):
        properties |= one.get("properties", {})
    required = set(schema.get("required", ()))
    for name, one in properties.items():
        argument = names.take(name, "argument")
        described = {**one, "description": one.get("description") or f"{name[:100]}."}
        if not described.keys() & {"type", "enum", "const", "anyOf", "allOf", "not"}:
            described["type"] = ["string", "number", "boolean", "object", "array", "null"]
        made.properties[argument] = described
        if name in required:
            made.required.append(argument)
        if argument != name:
            made.names[argument] = name
    made.closed = bool(properties) and schema.get("additionalProperties") is not True
    return made


def _runtime(listing: Listing, secrets: list[str]) -> dict[str, Json]:
    made: dict[str, Json] = {"timeout_seconds": 30, "network": True}
    if listing.server.dependencies:
        made["dependencies"] = list(listing.server.dependencies)
    return {**made, **({"secrets": secrets} if secrets else {})}


def _title(remote: Mapping[str, Json]) -> str:
    annotations = remote.get("annotations")
    hinted = annotations.get("title") if isinstance(annotations, dict) else None
    return cut_text(remote.get("title") or hinted, 100)


def _description(remote: Mapping[str, Json], host: str) -> str:
    last = f"Calls {cut_text(remote['name'], 100)} of the MCP server {host[:100]}."
    text = cut_text(remote.get("description"), MAX_DESCRIPTION_CHARACTERS - len(last) - 2)
    if text and text[-1] not in ".!?…":
        text += "."
    return f"{text} {last}".strip()


def _annotations(given: Json) -> dict[str, bool]:
    if not isinstance(given, dict):
        return {}
    return {ours: given[theirs] for theirs, ours in _ANNOTATIONS.items() if isinstance(given.get(theirs), bool)}


def _write_program(
    listing: Listing, remote: Mapping[str, Json], names: Mapping[str, str], credentials: tuple[Credential, ...]
) -> bytes:
    """main.py. Everything that the server said is written as a literal; no word of it becomes code."""
    imports = ["Credential"] if credentials else []
    lines = [
        '"""Call one tool of an MCP server, as long as the server describes it as it did when it was imported."""',
        "",
        "from __future__ import annotations",
        "",
        f"from mcp_call import {', '.join([*imports, 'RemoteTool', 'call'])}",
        "",
        "TOOL = RemoteTool(",
        f"    name={write_literal(remote['name'])},",
        f"    description_pin={write_literal(make_pin(remote.get('description') or ''))},",
        f"    parameters_pin={write_literal(make_pin(remote.get('inputSchema') or {}))},",
    ]
    if listing.server.url:
        lines += [f"    server={write_literal(listing.server.url)},", f"    era={write_literal(listing.era)},"]
    else:
        lines.append(f"    command={write_literal(listing.server.command)},")
    if names:
        pairs = ", ".join(f"{write_literal(ours)}: {write_literal(theirs)}" for ours, theirs in names.items())
        lines.append(f"    names={{{pairs}}},")
    if credentials:
        lines += ["    credentials=(", *(f"        {one.write()}," for one in credentials), "    ),"]
    tail = ["    return call(TOOL, arguments)", ""]
    docstring = (
        '    """Call the tool with these arguments; raises where the server changed it, or says that it failed."""'
    )
    return "\n".join([*lines, ")", "", "", "def main(arguments: dict) -> object:", docstring, *tail]).encode()
