"""The command that makes tools of what people have already: import."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from registry.errors import ConfigError, InputRefused

from .exit_codes import EXIT_FINDINGS, count_noun, say
from .import_documents import DocumentWishes, document_options, read_document_tools, read_wishes
from .options import REPO, apply_options

if TYPE_CHECKING:
    from registry.config import Config
    from registry.importing import ImportedTool, WrittenTool

_SAID_FOR_EACH = 3
"""Of how many tools the same is said for each of them."""


@dataclass(frozen=True, slots=True)
class ImportChoices:
    """How imported tools are taken, whatever they come from."""

    force: bool = False
    dry_run: bool = False
    first_try: bool = True


@click.command("import")
@REPO
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--name", help="The tool's name, where one tool is made [default: the script's].")
@click.option("--function", help="Make the tool of this function of the script.")
@click.option("--category", help="The category of the tools, such as reports/disk.")
@click.option("--force", is_flag=True, help="Replace tools that are there already.")
@click.option("--dry-run", is_flag=True, help="Say what would be made, and write nothing.")
@click.option("--no-try", is_flag=True, help="Do not run the tools once in a sandbox.")
@document_options
def import_tools(
    repo: str | None,
    paths: tuple[Path, ...],
    name: str | None,
    function: str | None,
    category: str | None,
    force: bool,
    dry_run: bool,
    no_try: bool,
    **document: Any,
) -> None:
    """Make tools of Python scripts: a file, or a folder of them. Or of a document, or a server.

    A script is read and never run by this command. Its function, or its command line (argparse, click, typer,
    sys.argv), becomes the tool's parameters, and a small main.py calls the script, which is kept unchanged beside it.
    Then each tool is checked, and tried in a sandbox. What is not certain is said, and leaves the tool a draft.

    With --openapi each chosen operation of an OpenAPI document becomes a tool that calls it, with --mcp each tool of
    an MCP server. None of these is tried.
    """
    wishes = read_wishes(document)
    if wishes.names_document:
        if name or function:
            raise click.UsageError("--name and --function are of a script; --prefix begins the names of these tools.")
        _import_document(repo, paths, wishes, category or "", ImportChoices(force, dry_run, first_try=False))
        return
    from registry.importing import ScriptWishes, import_scripts  # noqa: PLC0415 -- what only this command needs

    if not paths:
        raise click.UsageError("Missing argument 'PATH'.")
    reading = import_scripts(paths, ScriptWishes(name=name, function=function, category=category or ""))
    for refusal in reading.refusals:
        say(refusal)
    config = apply_options({"repo": repo, "uncommitted": "show"})
    sound = take_tools(config, reading.tools, ImportChoices(force, dry_run, not no_try))
    if reading.refusals or not sound:
        sys.exit(EXIT_FINDINGS)


def _import_document(
    repo: str | None, paths: tuple[Path, ...], wishes: DocumentWishes, category: str, choices: ImportChoices
) -> None:
    """Take the tools of a document. None is tried: a try would be a call of somebody's API."""
    if paths:
        raise click.UsageError("A PATH is of a script; a document is named by its option alone.")
    tools, complete = read_document_tools(wishes, category=category, dry_run=choices.dry_run)
    config = apply_options({"repo": repo, "uncommitted": "show"})
    sound = take_tools(config, tools, choices) if tools else True
    if not complete or not sound:
        sys.exit(EXIT_FINDINGS)


def take_tools(config: Config, tools: Sequence[ImportedTool], choices: ImportChoices) -> bool:
    """Write imported tools into the repository, check and try them, and say everything; whether all went well."""
    from registry.importing import name_tools  # noqa: PLC0415

    tools = list(name_tools(tools))
    folder = find_tools_folder(config)
    if choices.dry_run:
        previews = [_preview(folder, tool) for tool in tools]  # all of them, whichever is faulty
        return all(previews)
    _tell_kept_packages(folder, tools)
    tools = _tell_once(tools)
    written = [one for tool in tools if (one := _write(folder, tool, choices)) is not None]
    well = len(written) == len(tools) and all(one.is_sound for one in written)
    if choices.first_try:
        well = _try(config, [one for one in written if one.is_sound]) and well
    say(f"{count_noun(len(written), 'tool')} written, nothing committed")
    return well


def _tell_once(tools: Sequence[ImportedTool]) -> list[ImportedTool]:
    """Say what was done for most of many tools, such as which token they need; the tools without that note."""
    counted = Counter(note.message for tool in tools for note in tool.notes if note.kind == "done")
    often = {text: times for text, times in counted.items() if times > max(_SAID_FOR_EACH, len(tools) / 2)}
    for text, times in often.items():
        say(f"{times} of {len(tools)} tools: {text}")
    return [
        replace(tool, notes=tuple(note for note in tool.notes if note.kind == "open" or note.message not in often))
        for tool in tools
    ]


def _tell_kept_packages(folder: Path, tools: Sequence[ImportedTool]) -> None:
    """Say which shared packages are not as this version brings them, before the tools that name them are written."""
    from registry.importing import find_other_packages  # noqa: PLC0415

    for place in dict.fromkeys(place for tool in tools for place in find_other_packages(folder, tool)):
        say(f"{place} is kept as it is, which is not what this version brings; without it, that would be written")


def find_tools_folder(config: Config) -> Path:
    """The folder of the tools in the repository's working tree. Raises InputRefused where there is none."""
    from registry.gitrepo import open_repository  # noqa: PLC0415

    try:
        top = open_repository(config).work_tree
    except ConfigError:
        top = config.repo
    if top is None:
        raise InputRefused(f"{config.repo} is a bare repository: make the tool in a clone of it")
    return top / config.tools_dir


def _preview(folder: Path, tool: ImportedTool) -> bool:
    from registry.importing import check_unwritten  # noqa: PLC0415
    from registry.manifest import write_canonical  # noqa: PLC0415

    place = folder / tool.name
    click.echo(f"# {place}: {', '.join(sorted({*tool.files, 'tool.yaml'}))}")
    click.echo(write_canonical(dict(tool.manifest)).decode())
    try:
        findings = check_unwritten(tool)
    except InputRefused as error:
        say(f"{tool.name}: {error}")
        return False
    _tell(tool, place, findings, "would be made")
    return not any(finding.severity == "error" for finding in findings)


def _write(folder: Path, tool: ImportedTool, choices: ImportChoices) -> WrittenTool | None:
    from registry.importing import write_tool  # noqa: PLC0415

    try:
        written = write_tool(folder, tool, replace_existing=choices.force)
    except InputRefused as error:
        say(str(error) if tool.name in str(error) else f"{tool.name}: {error}")
        return None
    click.echo(str(written.folder))
    _tell(tool, written.folder, written.findings, "replaced" if written.replaced else "made")
    return written


def _tell(tool: ImportedTool, place: Path, findings: Sequence[object], done: str) -> None:
    from registry.checks import LocatedFinding, format_text_line  # noqa: PLC0415
    from registry.model import Finding  # noqa: PLC0415

    say(f"{tool.name}: {done}, {tool.manifest.get('status', 'active')}")
    for note in sorted(tool.notes, key=lambda note: note.kind):
        say(f"  {'open: ' if note.kind == 'open' else ''}{note.message}")
    for finding in findings:
        if isinstance(finding, Finding):
            say(f"  {format_text_line(LocatedFinding((place / finding.file).as_posix(), finding))}")


def _try(config: Config, written: Sequence[WrittenTool]) -> bool:
    """Try each tool once; one that fails becomes a draft without the example that is not true."""
    from registry.importing import rewrite_manifest, try_tools  # noqa: PLC0415

    by_name = {one.tool.name: one for one in written}
    well = True
    for one in try_tools(config, list(by_name), say) if by_name else ():
        say(f"  {one.name} {one.said}")
        well = well and one.succeeded
        if one.ran and not one.succeeded:
            manifest = {key: value for key, value in by_name[one.name].tool.manifest.items() if key != "examples"}
            rewrite_manifest(by_name[one.name], {**manifest, "status": "draft"})
            say(f"  open: {one.name} is a draft until it runs: toolcrib try {one.name} --arguments JSON")
    return well
