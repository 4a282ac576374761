"""The command that pins tools' definitions, so that changes are read before models see them: lock."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from registry.errors import InputRefused

from .exit_codes import EXIT_FINDINGS, count_noun, say
from .options import REPO, apply_options


@click.command()
@REPO
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("toolcrib.lock"),
    help="The lock [default: toolcrib.lock].",
)
@click.option("--code", is_flag=True, help="Also pin what runs: the tool's files and its shared packages.")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit with 1 where a pinned tool has changed.")
def lock(repo: str | None, names: tuple[str, ...], file: Path, code: bool, only_check: bool) -> None:
    """Pin what models are told of each tool, so that another definition is not offered unread.

    Writes a line name:digest for each NAME, or for every tool that models are offered. The list for models and
    MCP take the text as their parameter lock, and leave out what is not as it was pinned.
    """
    from registry.catalog import ToolQuery, select_tools  # noqa: PLC0415 -- what only one command needs
    from registry.formats import explain_pin, read_lock, select_held, write_lock  # noqa: PLC0415
    from registry.gitrepo import open_repository  # noqa: PLC0415
    from registry.service import open_state  # noqa: PLC0415

    if only_check and (names or code):
        raise click.UsageError("--check looks at every pin that the lock has, as it is: give neither names nor --code")
    config = apply_options({"repo": repo})
    catalog = open_state(config, open_repository(config)).current()
    if not only_check:
        tools = [catalog.find(name) for name in names] or select_tools(catalog, ToolQuery(offered_only=True))
        if faulty := [tool.name for tool in tools if not tool.checked.sound]:
            raise InputRefused(f"cannot be pinned, as they have error findings: {', '.join(faulty)}")
        file.write_text(write_lock(tools, with_code=code), encoding="utf-8")
        say(f"{count_noun(len(tools), 'tool')} pinned in {file}")
        return
    pins = read_lock(read_lock_text(file))
    as_pinned = select_held(catalog.tools, pins)
    for name in sorted(pins.keys() - as_pinned):
        tool = catalog.tools.get(name)
        click.echo(f"{name}: {'is gone' if tool is None else explain_pin(tool, pins[name])}")
    say(f"{count_noun(len(pins), 'tool')} pinned: {len(pins) - len(as_pinned)} not as they were")
    if len(as_pinned) < len(pins):
        sys.exit(EXIT_FINDINGS)


def read_lock_text(file: Path) -> str:
    """The text of a lock file. Raises InputRefused."""
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputRefused(f"{file} cannot be read ({error}): `toolcrib lock` writes it") from None
