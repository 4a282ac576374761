"""The options of the command `import` for tools that come from a document: which document, which of its operations."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from registry.errors import InputRefused

from .exit_codes import count_noun, say

if TYPE_CHECKING:
    from registry.importing import ImportedTool

AUTH_WAYS = "bearer, basic, none, header:NAME, query:NAME, cookie:NAME"
_CHOOSE = "choose with --tag, --path, --operation, --method or --all"
_NAMES = {"tags": "tag", "below": "path", "operations": "operation", "methods": "method", "everything": "all"} | {
    "secrets": "secret"
}
_MCP = {"--operation", "--prefix", "--auth", "--secret", "--yes"}
_OPENAPI = {"--tag", "--path", "--operation", "--method", "--all", "--server", "--prefix", "--auth"}
_OPTIONS = (
    click.option("--openapi", metavar="URL|FILE", help="Make a tool of each chosen operation of an OpenAPI document."),
    click.option("--mcp", metavar="URL|COMMAND", help="Make a tool of each tool of an MCP server, to call it there."),
    click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only operations with this tag; repeatable."),
    click.option(
        "--path", "below", multiple=True, metavar="PATH", help="Only paths at or below this one, or like a*b."
    ),
    click.option(
        "--operation",
        "operations",
        multiple=True,
        metavar="ID",
        help="Only this operationId, 'GET /path', or server's tool.",
    ),
    click.option("--method", "methods", multiple=True, metavar="METHOD", help="Only operations with this method."),
    click.option("--all", "everything", is_flag=True, help="All operations of a document, however many."),
    click.option("--server", metavar="URL", help="The API's address, instead of the document's."),
    click.option("--secret", "secrets", multiple=True, metavar="NAME", help="A secret that a COMMAND takes as NAME."),
    click.option("--yes", is_flag=True, help="Run a COMMAND on this machine without asking."),
    click.option("--prefix", metavar="NAME", help="What the tools' names begin with."),
    click.option(
        "--auth",
        metavar="WAY",
        help="Who calls: bearer, basic, none, header:NAME, query:NAME, cookie:NAME [default: the document's].",
    ),
)


@dataclass(frozen=True, slots=True)
class DocumentWishes:
    """What the options say of a document and of the tools that are made of it."""

    openapi: str | None = None
    mcp: str | None = None
    tags: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    everything: bool = False
    server: str | None = None
    secrets: tuple[str, ...] = ()
    yes: bool = False
    prefix: str | None = None
    auth: str | None = None

    @property
    def names_document(self) -> bool:
        """Whether a document is named at all."""
        return self.openapi is not None or self.mcp is not None


def document_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options; it gets them as keywords that :func:`read_wishes` takes."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_wishes(options: Mapping[str, Any]) -> DocumentWishes:
    """The wishes that the options say. Raises UsageError for those that go with something else than what is named."""
    wishes = DocumentWishes(**options)
    given = {f"--{_NAMES.get(name, name)}" for name, value in options.items() if value}
    wrong = given - {"--mcp"} - _MCP if wishes.mcp else given - {"--openapi"} - _OPENAPI if wishes.openapi else given
    if wrong:
        named = ", ".join(sorted(wrong))
        what = "--mcp" if wishes.mcp else "--openapi" if wishes.openapi else "a script"
        raise click.UsageError(f"{named}: not with {what}.")
    return wishes


def read_document_tools(wishes: DocumentWishes, *, category: str, dry_run: bool) -> tuple[list[ImportedTool], bool]:
    """The tools that are made of what was named, and whether each that was chosen could be made."""
    if wishes.mcp is not None:
        return _read_server_tools(wishes, category)
    return _read_api_tools(wishes, category=category, dry_run=dry_run)


def _read_server_tools(wishes: DocumentWishes, category: str) -> tuple[list[ImportedTool], bool]:
    from registry import importing  # noqa: PLC0415 -- what only one command needs

    server = importing.read_server_address(wishes.mcp or "")
    if server.host_command and not wishes.yes:
        told = f"This runs on this machine, with your rights: {shlex.join(server.host_command)}"
        if not sys.stdin.isatty():
            raise InputRefused(f"{told}. Say --yes to have it run.")
        click.confirm(f"{told}. Run it?", abort=True, err=True)
    known = importing.make_authentication(wishes.auth or "none", wishes.prefix or server.shown)
    if known.credentials and not server.url:
        raise click.UsageError("--auth is for a URL; a COMMAND takes what --secret names.")
    listing = importing.list_server_tools(server, known.credentials)
    chosen = importing.choose_remote_tools(listing, wishes.operations)
    remote = importing.RemoteWishes(wishes.prefix or "", category, known.credentials, wishes.secrets, known.done_notes)
    tools, complete = [], True
    for one in chosen:
        try:
            tools.append(importing.make_remote_tool(listing, one, remote))
        except InputRefused as refused:
            say(f"{one['name']}: {refused}")
            complete = False
    return tools, complete


def _read_api_tools(wishes: DocumentWishes, *, category: str, dry_run: bool) -> tuple[list[ImportedTool], bool]:
    """The tools of the chosen operations, and whether each could be made.

    A dry run without a choice lists what is there.
    """
    from registry import importing  # noqa: PLC0415 -- what only one command needs

    document = importing.read_api_document(wishes.openapi or "")
    entries = list(importing.list_operations(document))
    outside = importing.list_outside_paths(document)
    if outside:
        named = f"{', '.join(outside)[:300]}"
        say(f"{count_noun(len(outside), 'path')} of other documents not read; bundle them into one file first: {named}")
    choice = importing.OperationChoice(wishes.tags, wishes.below, wishes.operations, wishes.methods, wishes.everything)
    if dry_run and choice.is_empty and entries:
        _list(document, entries)
        return [], True
    chosen = importing.choose_operations(entries, choice)
    tool_wishes = importing.OperationWishes(wishes.server, wishes.prefix or "", category, wishes.auth)
    tools, refusals = [], []
    for entry in chosen:
        try:
            tools.append(importing.make_operation_tool(document, entry, tool_wishes))
        except InputRefused as refused:
            refusals.append(str(refused))
    for refusal in dict.fromkeys(refusals):
        say(refusal)
    return tools, not refusals and not outside


def _list(document: Any, entries: list[Any]) -> None:
    for entry in entries:
        named = f"  {entry.operation_id}" if entry.operation_id else ""
        tags = f"  [{', '.join(entry.tags)}]" if entry.tags else ""
        click.echo(f"{entry.method.upper():7} {entry.path}{named}{tags}")
    say(f"{document.title}: {count_noun(len(entries), 'operation')}; {_CHOOSE}")
