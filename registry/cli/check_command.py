"""The command that checks folders on disk: check."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from registry.checks import (
    LocatedFinding,
    format_excerpt,
    format_github_line,
    format_text_line,
    report_json,
    report_sarif,
)
from registry.errors import ConfigError
from registry.model import Finding

from .exit_codes import EXIT_FINDINGS, count_noun, say
from .options import apply_options

if TYPE_CHECKING:
    from registry.checks import CheckedPaths
    from registry.config import Config
    from registry.gitrepo import Repository

_LINE_FORMATS: dict[str, Callable[[LocatedFinding], str]] = {"text": format_text_line, "github": format_github_line}


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--changed", metavar="BASE", help="Only tools that this branch, or you, changed since it left BASE.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    help="How findings are written [default: text].",
)
@click.option("--formats", is_flag=True, help="Also say what models' formats send otherwise than it is written.")
@click.option("--examples", is_flag=True, help="Also run every example in a sandbox, several side by side.")
@click.option("--strict", is_flag=True, help="A warning is as bad as an error.")
@click.option(
    "--summary",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Append a summary in Markdown: a row for each tool, and what models will be told differently.",
)
def check(
    paths: tuple[Path, ...],
    changed: str | None,
    form: str,
    formats: bool,
    examples: bool,
    strict: bool,
    summary: Path | None,
) -> None:
    """Check tools, shared packages and toolsets and print every finding, with file, line and column.

    A models' format that leaves a tool out is a warning. PATH is a tool's folder, a folder of such folders, a shared
    package's folder, the folder toolsets, or the top of a repository; without one, everything of this repository.
    With --changed, also reports what a change makes models see, and which tools a changed package reaches. Exits with 1
    when a finding is an error.
    """
    from registry.checks import check_paths, read_branch_changes  # noqa: PLC0415 -- only one command needs it
    from registry.gitrepo import open_repository  # noqa: PLC0415

    if changed is not None and paths:
        raise click.UsageError("--changed looks at the repository that you are in: name no PATH with it")
    config = apply_options({})
    repository = open_repository(config) if changed is not None else None
    changes = read_branch_changes(repository, changed) if repository is not None and changed is not None else None
    looked: list[CheckedPaths] = []
    found: list[LocatedFinding] = []
    by_tool: dict[str, list[Finding]] = {}
    for one in check_paths(
        _look_into_repositories(paths, config.tools_dir) or find_own_folders(config, repository),
        tools_dir=config.tools_dir,
        of_tools=not paths,
        every_change=formats,
        changes=changes,
    ):
        looked.append(one)
        if one.kind != "package":
            by_tool[one.path.name] = list(one.findings)
        found += _shown(one.root, one.findings, form)  # printed one by one, as they are found
    for folder, finding in _of_examples(config, looked) if examples else ():
        by_tool[folder.name].append(finding)
        found += _shown(folder, [finding], form)
    if summary is not None:
        from registry.checks import write_markdown  # noqa: PLC0415

        with summary.open("a", encoding="utf-8") as opened:
            opened.write(write_markdown(looked, by_tool, changes.tools if changes else {}))
    _report(looked, found, form)
    if any(strict or one.finding.severity == "error" for one in found):
        sys.exit(EXIT_FINDINGS)


def _of_examples(config: Config, looked: Sequence[CheckedPaths]) -> Iterator[tuple[Path, Finding]]:
    from registry.checks import find_failed_examples  # noqa: PLC0415

    sound = [(one.path, one.tool) for one in looked if one.tool is not None and one.tool.checked.sound]
    yield from find_failed_examples(config, sound, _bar, say)


def _look_into_repositories(paths: Sequence[Path], tools_dir: str) -> list[Path]:
    """The same paths, with the folders of tools and toolsets in the place of a repository's top."""
    from registry.gitrepo import TOOLSETS_DIR  # noqa: PLC0415

    found: list[Path] = []
    for path in paths:
        if (path / ".git").exists() and (path / tools_dir).is_dir():
            found += [path / tools_dir, *(one for one in [path / TOOLSETS_DIR] if one.is_dir())]
        else:
            found.append(path)
    return found


def _report(looked: Sequence[CheckedPaths], found: Sequence[LocatedFinding], form: str) -> None:
    checked = {f"{kind}s": sum(one.kind == kind for one in looked) for kind in ("tool", "package", "toolset")}
    if form == "json":
        click.echo(report_json(found, checked))
    elif form == "sarif":
        click.echo(report_sarif(found, version("toolcrib")))
    errors, warnings = (sum(one.finding.severity == kind for one in found) for kind in ("error", "warning"))
    others = [count_noun(checked["packages"], "shared package")] if checked["packages"] else []
    others += [count_noun(checked["toolsets"], "toolset")] if checked["toolsets"] else []
    *before, last = [count_noun(checked["tools"], "tool"), *others]
    what = f"{', '.join(before)} and {last}" if before else last
    say(f"{what} checked: {count_noun(errors, 'error')}, {count_noun(warnings, 'warning')}")


def _bar(length: int) -> Callable[[], None]:
    """A progress bar on the terminal."""
    if not sys.stderr.isatty() or length == 0:
        return lambda: None
    bar = click.progressbar(length=length, label="examples", file=sys.stderr)
    lock = threading.Lock()

    def ran() -> None:
        with lock:
            bar.update(1)
            if bar.finished:
                bar.render_finish()

    bar.render_progress()
    # The bar hides the cursor, which must come back when the command is interrupted.
    click.get_current_context().call_on_close(lambda: None if bar.finished else bar.render_finish())
    return ran


def _shown(root: Path, findings: Iterable[Finding], form: str) -> list[LocatedFinding]:
    """The findings of one folder with their paths; printed at once if the format has one line for each."""
    found: list[LocatedFinding] = []
    for finding in findings:
        located = LocatedFinding((root / finding.file).as_posix(), finding)
        found.append(located)
        if form in _LINE_FORMATS:
            click.echo(_LINE_FORMATS[form](located))
        if form == "text" and sys.stdout.isatty():
            for line in format_excerpt(_source(root / located.finding.file), located.finding):
                click.secho(line, dim=True)
    return found


def _source(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8", "replace").split("\n")
    except OSError:
        return []


def find_own_folders(config: Config, repository: Repository | None) -> list[Path]:
    """The folders of tools and toolsets of this repository; of the current folder if it is in no repository."""
    from registry.gitrepo import TOOLSETS_DIR, open_repository  # noqa: PLC0415

    try:
        top = (repository or open_repository(config)).work_tree
    except ConfigError:
        top = None
    folders = [Path(os.path.relpath((top or config.repo) / name)) for name in (config.tools_dir, TOOLSETS_DIR)]
    return [folder for folder in folders if folder == folders[0] or folder.is_dir()]
