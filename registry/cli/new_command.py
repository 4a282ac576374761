"""The command for authors of tools: new."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from registry.errors import ConfigError, InputRefused

from .exit_codes import EXIT_FINDINGS, say
from .options import REPO, apply_options

_TEMPLATES = ("function", "http", "script")


@click.command()
@REPO
@click.argument("name")
@click.option(
    "--from",
    "template",
    type=click.Choice(_TEMPLATES),
    default="function",
    help="What main.py begins as, where there is none yet [default: function].",
)
def new(repo: str | None, name: str, template: str) -> None:
    """Begin a tool: write main.py from a template, and a tool.yaml from what main.py says.

    Parameters, defaults and descriptions come from the signature and the docstring of main. A main.py that is there
    already is kept and read, never run; a tool.yaml that is there is never touched. The tool is a draft until you say
    otherwise.
    """
    from registry.cli.new_tool import TEMPLATES, write_first_manifest  # noqa: PLC0415 -- what only one command needs
    from registry.folder_rules import FOLDER_NAME  # noqa: PLC0415

    if not FOLDER_NAME.match(name):
        raise InputRefused(
            f"{name!r} cannot name a tool: a-z, 0-9 and _, beginning with a letter, at most 64 characters"
        )
    folder = _tools_folder(repo) / name
    manifest, main = folder / "tool.yaml", folder / "main.py"
    if folder.is_symlink() or manifest.exists() or manifest.is_symlink():
        raise InputRefused(f"{folder} is a tool already: edit {manifest}")
    if main.is_symlink():
        raise InputRefused(f"{main} is a symbolic link, which is never followed; put the file itself there")
    source = main.read_bytes() if main.exists() else TEMPLATES[template].read_bytes()
    text = write_first_manifest(name, source)  # before anything is written
    folder.mkdir(parents=True, exist_ok=True)
    for file, data in ((main, source), (manifest, text)):
        if not file.exists():
            file.write_bytes(data)
            click.echo(str(file))
    say(f"a draft; now edit {manifest}, then: toolcrib check {folder}")
    if not _sound(folder):
        sys.exit(EXIT_FINDINGS)


def _tools_folder(repo: str | None) -> Path:
    from registry.gitrepo import open_repository  # noqa: PLC0415

    config = apply_options({"repo": repo})
    try:
        top = open_repository(config).work_tree
    except ConfigError:
        top = config.repo
    if top is None:
        raise InputRefused(f"{config.repo} is a bare repository: make the tool in a clone of it")
    return top / config.tools_dir


def _sound(folder: Path) -> bool:
    from registry.checks import (  # noqa: PLC0415
        LocatedFinding,
        check_paths,
        format_text_line,
    )

    findings = [finding for one in check_paths([folder]) for finding in one.findings]
    for finding in findings:
        say(format_text_line(LocatedFinding((folder / finding.file).as_posix(), finding)))
    return not any(finding.severity == "error" for finding in findings)
