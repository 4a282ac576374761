"""The command that serves one MCP client over standard input and output: mcp."""

from __future__ import annotations

import os
from pathlib import Path

import click

from registry.config import name_instance

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
    from registry.gitrepo import open_repository  # noqa: PLC0415
    from registry.mcp import ToolOffer, converse  # noqa: PLC0415 -- what only one command needs is loaded by it
    from registry.service import open_service, prepare_database  # noqa: PLC0415

    config = apply_options({"repo": repo})
    prepare_database(config, open_repository(config))
    service = open_service(config, builds=True, instance=f"{name_instance(config)}/mcp-{os.getpid()}")
    try:
        offer = ToolOffer(service.state, toolset, meta, None if lock is None else read_lock_text(lock))
        offer.catalog()  # so that a missing toolset or a wrong lock is an error at once
        converse(service.executions, offer)
    finally:
        service.close()
