"""The command that writes each tool.yaml in its canonical form: fmt."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import click

from registry.errors import InputRefused

from .check_command import find_own_folders
from .exit_codes import EXIT_FINDINGS, count_noun, say
from .options import apply_options


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit with 1 where something would change.")
def fmt(paths: tuple[Path, ...], only_check: bool) -> None:
    """Write each tool.yaml in its canonical form: fields in order, light quotes, short lines; comments stay.

    PATH is a tool.yaml, a tool's folder or a folder of such folders; without one, the tools of this repository. A file
    that cannot be read is left as it is and reported.
    """
    from registry.manifest import tidy_text  # noqa: PLC0415 -- only one command needs it

    refused = changed = 0
    files = _find_manifests(paths or find_own_folders(apply_options({}), None)[:1])
    for file in files:
        data = file.read_bytes()
        try:
            tidy = tidy_text(data)
        except InputRefused as error:
            refused += 1
            for fault in error.faults:
                say(f"{file.parent}/{fault.message}")
            if not error.faults:
                say(f"{file}: {error}")
            continue
        if tidy != data:
            changed += 1
            click.echo(str(file))
            if not only_check:
                _replace_file(file, tidy)
    verb = "would change" if only_check else "changed"
    say(f"{count_noun(len(files), 'file')} looked at: {changed} {verb}, {refused} left as they are because of faults")
    if refused or (only_check and changed):
        sys.exit(EXIT_FINDINGS)


def _find_manifests(paths: Iterable[Path]) -> list[Path]:
    """The tool.yaml files at these paths, without symbolic links. Raises InputRefused for any other path."""
    from registry.manifest import MANIFEST_FILE  # noqa: PLC0415

    found: list[Path] = []
    for path in paths:
        if path.is_file() and path.name == MANIFEST_FILE:
            found.append(path)
        elif path.is_dir():
            inside = [path / MANIFEST_FILE, *sorted(path.glob(f"*/{MANIFEST_FILE}"))]
            found += [file for file in inside if file.is_file()]
        else:
            raise InputRefused(f"{path} is no {MANIFEST_FILE}, no tool's folder and no folder of tools")
    return [file for file in found if not file.is_symlink() and not file.parent.is_symlink()]


def _replace_file(file: Path, data: bytes) -> None:
    """Replace a file's content by ``data`` with one rename; the mode stays."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(data)
        new.chmod(file.stat().st_mode & 0o777)
        new.replace(file)
    except BaseException:
        new.unlink()
        raise
