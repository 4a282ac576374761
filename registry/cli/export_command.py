"""The command that writes the catalog as files: export."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from pathlib import Path

import click

from registry.model import Tool

from .exit_codes import count_noun, say
from .options import REPO, apply_options

_SLOW_SECONDS = 1.0


@click.command()
@REPO
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def export(repo: str | None, folder: Path) -> None:
    """Write the page and everything that can be read of the tools into DIR, for any static host.

    DIR is a new or an empty folder, or an earlier export, which is replaced as a whole. What `toolcrib list` shows is
    in it, files of the tools included. It can be served below any path; nothing runs there and nothing is changed.
    """
    from registry.exporting import PageDocuments, list_export_files, refuse_unfit_folder, write_export  # noqa: PLC0415 -- only one command needs it
    from registry.gitrepo import open_repository  # noqa: PLC0415
    from registry.service import open_state  # noqa: PLC0415

    refuse_unfit_folder(folder)
    config = apply_options({"repo": repo})
    repository = open_repository(config)
    catalog = open_state(config, repository).current()
    documents = PageDocuments(catalog.revision)
    written = write_export(folder, list_export_files(catalog, repository, documents, _followed))
    tools = count_noun(len(catalog.tools), "tool")
    say(f"{tools} in {count_noun(written.files, 'file')} ({written.size / 1e6:.1f} MB) written to {folder}")
    if uncommitted := sum(tool.uncommitted for tool in catalog.tools.values()):
        say(f"warning: {count_noun(uncommitted, 'tool')} not as committed; TOOLCRIB_UNCOMMITTED=ignore leaves that out")


def _followed(tools: Collection[Tool]) -> Iterator[Tool]:
    """The tools, with a progress bar for a person who waits long."""
    begun = time.monotonic()
    with ExitStack() as shown:
        bar = None
        for done, tool in enumerate(tools, 1):
            yield tool
            if bar is not None:
                bar.update(1)
            elif sys.stderr.isatty() and time.monotonic() - begun > _SLOW_SECONDS:
                bar = shown.enter_context(click.progressbar(length=len(tools), label="tools", file=sys.stderr))
                bar.update(done)
