"""The command for authors of tools: new."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from registry.errors import InputRefused

from .exit_codes import EXIT_FINDINGS, say
from .import_command import ImportChoices, find_tools_folder, take_tools
from .options import REPO, apply_options

_TEMPLATES = ("function", "http", "script")


@click.command()
@REPO
@click.argument("name")
@click.option(
    "--from",
    "template",
    metavar="[function|http|script|FILE]",
    default="function",
    help="What main.py begins as, where there is none yet, or a script to import [default: function].",
)
def new(repo: str | None, name: str, template: str) -> None:
    """Begin a tool: write main.py from a template, and a tool.yaml from what main.py says.

    Parameters, defaults and descriptions come from the signature and the docstring of main. A main.py that is there
    already is kept and read, never run; a tool.yaml that is there is never touched. The tool is a draft until you say
    otherwise. With a FILE, the tool is made of that script, as `toolcrib import FILE --name NAME` does it.
    """
    if template not in _TEMPLATES:
        _import(repo, name, Path(template))
        return
    from registry.cli.new_tool import TEMPLATES, write_first_manifest  # noqa: PLC0415 -- what only one command needs
    from registry.folder_rules import FOLDER_NAME  # noqa: PLC0415

    if not FOLDER_NAME.match(name):
        raise InputRefused(
            f"{name!r} cannot name a tool: a-z, 0-9 and _, beginning with a letter, at most 64 characters"
        )
    folder = find_tools_folder(apply_options({"repo": repo})) / name
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


def _import(repo: str | None, name: str, script: Path) -> None:
    from registry.importing import ScriptWishes, import_scripts  # noqa: PLC0415

    if not script.is_file():
        raise click.UsageError(f"--from {script}: is neither {', '.join(_TEMPLATES)} nor a script that is there")
    reading = import_scripts([script], ScriptWishes(name=name))
    for refusal in reading.refusals:
        say(refusal)
    config = apply_options({"repo": repo, "uncommitted": "show"})
    if not take_tools(config, reading.tools, ImportChoices()) or reading.refusals:
        sys.exit(EXIT_FINDINGS)


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
