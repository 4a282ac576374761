"""The commands that serve a repository, and those that prepare for it."""

from __future__ import annotations

import os
import shlex
import socket
import sys
from pathlib import Path
from typing import Any

import click

from registry.config import Config, list_unknown_settings
from registry.errors import ConfigError
from registry.json_text import dumps
from registry.log import log
from registry.package_files import IMPORT_FOLDER

from .exit_codes import EXIT_FINDINGS, say
from .options import REPO, apply_options


@click.command()
@REPO
@click.option("--host", help="Address to listen on [default: 127.0.0.1].")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on [default: 8080].")
@click.option("--workers", type=click.IntRange(1, 64), help="Worker processes [default: 2].")
def serve(**options: Any) -> None:
    """Serve a repository over HTTP, until interrupted.

    Without a Docker engine everything works but invoking. Every setting is an environment variable, see
    docs/settings.md.
    """
    from registry.gitrepo import open_repository, share_own_folder  # noqa: PLC0415
    from registry.http import gunicorn_conf_path  # noqa: PLC0415
    from registry.service import close_interrupted, hold_instance, make_runner_settings, prepare_database  # noqa: PLC0415
    from runner import reap_containers  # noqa: PLC0415 -- what only one command needs is loaded by that command

    from .startup_checks import check_before_serving  # noqa: PLC0415

    config = apply_options(options)
    log.configure(config.log_level)
    for name in list_unknown_settings():
        say(f"warning: {name} is not a setting of this service and is ignored")
    repository = open_repository(config)
    for odd in check_before_serving(config, repository):
        say(f"warning: {odd}")
    _refuse_taken_address(config)
    share_own_folder(repository.common_dir)
    hold_instance(config, repository)
    interrupted = close_interrupted(config, prepare_database(config, repository))
    if interrupted:
        say(f"closed {interrupted} executions that the last run of this service left open")
    settings = make_runner_settings(config)
    reap_containers(settings)
    _report_engine(config)
    _report_secrets(config)
    say(f"serving {repository.work_tree or repository.git_dir} at {config.served_at()}/  (Ctrl-C ends)")
    sys.stderr.flush()
    os.environ.update(config.paths())
    # A file named like a module, in the current folder, must never be imported: without -P Python searches that folder
    # first, and gunicorn searches its working directory first.
    os.chdir(IMPORT_FOLDER)
    gunicorn = [sys.executable, "-P", "-m", "gunicorn", "-c", gunicorn_conf_path()]
    os.execv(sys.executable, [*gunicorn, "registry.http.app:create_app_from_environment()"])  # noqa: S606 -- a list, no shell


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR", required=False)
@click.option("--here", is_flag=True, help="Add what is missing to the repository of this folder (or of DIR).")
def init(folder: Path | None, here: bool) -> None:
    """Make a new repository of tools in DIR, an empty or a new folder.

    It has a first tool, the schema for editors, and what GitHub needs to check pull requests. With --here, a repository
    that exists gets what it lacks of these; no file of it is changed, and nothing is committed.
    """
    from registry.cli.new_repository import make_repository  # noqa: PLC0415

    if here:
        _complete(folder or Path())
        return
    if folder is None:
        raise click.UsageError("name a folder for a new repository, or give --here for the one that this folder is in")
    made = make_repository(folder)
    for path in made.paths:
        click.echo(path)
    say(f"committed as {made.author.name} <{made.author.email}>; now: toolcrib serve --repo {folder}")


def _complete(folder: Path) -> None:
    """Add what a repository lacks, and say what was added, what was left, and what to do next."""
    from registry.cli.new_repository import complete_repository, find_install_requirement  # noqa: PLC0415

    repository, found = complete_repository(folder, Config.from_environment().tools_dir)
    for one in found:
        click.echo(f"{one.state:<6} {one.path}{f'   {one.advice}' if one.advice else ''}")
    added = [one.path for one in found if one.state == "added"]
    say("nothing is committed; next:" if added else "nothing is missing; next:")
    if added:
        say(f"  cd {shlex.quote(str(repository.work_tree))}")
        say(f"  git add {shlex.join(added)} && git commit")
    if not find_install_requirement():
        say("  set the repository's variable TOOLCRIB_PACKAGE to what pip installs to have toolcrib, for the workflow")
    say("  toolcrib check")
    say(f"  toolcrib serve --repo {shlex.quote(str(repository.work_tree))}")


@click.command()
@REPO
@click.option("--base", is_flag=True, help="Only the base image, without the dependencies of tools.")
def image(repo: str | None, base: bool) -> None:
    """Make the images that sandboxes start from, where they are missing or what they are made from changed.

    That is the base image, and one for each set of dependencies that a repository's tools have. The service makes the
    latter by itself. Exits with 1 when dependencies cannot be installed.
    """
    from registry.image_builds import build_images, make_base_image  # noqa: PLC0415

    config = apply_options({"repo": repo})
    say(f"base image: ready ({make_base_image(config, say)})")
    if not base and not build_images(config, say, required=repo is not None):
        sys.exit(EXIT_FINDINGS)


@click.command()
@REPO
def doctor(repo: str | None) -> None:
    """Say whether everything the service stands on works, and prove each limit in a probe sandbox."""
    from .examination import examine_setup  # noqa: PLC0415

    sound = True
    for line in examine_setup(apply_options({"repo": repo})):
        sound = sound and line.ok
        found = f"{line.found}" if line.asked is None else f"asked {line.asked}, found {line.found}"
        click.echo(f"{'ok  ' if line.ok else 'FAIL'}  {line.subject:<28} {found}")
    if not sound:
        sys.exit(EXIT_FINDINGS)


@click.command()
def openapi() -> None:
    """Print the API's OpenAPI document, as /openapi.json has it. No repository and no service is needed."""
    from registry.http import describe_api  # noqa: PLC0415

    click.echo(dumps(describe_api()))


def _refuse_taken_address(config: Config) -> None:
    """Fail at once if the address cannot be listened on; the server would try several times first."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((config.host, config.port))
        except OSError as error:
            what = f"cannot listen on {config.host}, port {config.port} ({error.strerror or error})"
            raise ConfigError(f"{what}: choose another with --host or --port (make run PORT=9000)") from None


def _report_engine(config: Config) -> None:
    from registry.service import make_runner_settings  # noqa: PLC0415
    from runner import open_runner  # noqa: PLC0415

    runner = open_runner(make_runner_settings(config))
    health = runner.health()
    runner.close()
    if refusal := health.refusal(network=True):
        say(f"invoking does not work now: {refusal}")


def _report_secrets(config: Config) -> None:
    from registry.secrets import Secrets  # noqa: PLC0415

    try:
        Secrets(config.secrets_file).check(())
    except ConfigError as error:
        say(f"tools that need secrets do not run now: {error}")
