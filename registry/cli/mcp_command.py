"""The command that serves one MCP client over standard input and output: mcp."""

from __future__ import annotations

from pathlib import Path

import click

from .lock_command import read_lock_text
from .options import REPO, apply_options


@click.command()
@REPO
@click.option("--toolset", metavar="NAME", help="Only the tools of this toolset.")
@click.option("--meta", is_flag=True, help="Two tools that find and call all others, instead of all.")
@click.option(
    "--lock",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Only tools that are still what this lock pins; `toolcrib lock` writes one.",
)
def mcp(repo: str | None, toolset: str | None, meta: bool, lock: Path | None) -> None:
    """Offer the tools to one MCP client over standard input and output, until it leaves.

    For clients that start their servers themselves, such as desktop applications. What the log says goes to standard
    error.
    """
    from registry.command_service import open_command_service  # noqa: PLC0415
    from registry.mcp import ToolOffer, converse  # noqa: PLC0415 -- what only one command needs is loaded by it

    config = apply_options({"repo": repo})
    with open_command_service(config, "mcp", builds=True) as service:
        offer = ToolOffer(service.state, toolset, meta, None if lock is None else read_lock_text(lock))
        offer.catalog()  # so that a missing toolset or a wrong lock is an error at once
        converse(service.executions, offer)
