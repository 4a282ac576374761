"""The command ``toolcrib``: the same functions as the service, for a terminal. Exit codes are decided here alone.

0 done; 1 findings, or a tool that failed; 2 the call or the set-up is wrong; 3 a fault of ours.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

import click
import structlog

from . import log
from .config import Config, forget_git_environment, instance_name, unknown_settings
from .errors import ConfigError, InputRefused, NotInvocable, ToolcribError
from .jsontext import dumps, loads
from .model import Finding

EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_BUG = 3

_REPO = click.option("--repo", metavar="DIR", help="The Git repository [default: this folder's, or TOOLCRIB_REPO].")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="toolcrib")
def command() -> None:
    """Serve, check and run the tools of a Git repository.

    A tool is a folder tools/<name>/ with tool.yaml and main.py. Start with

    \b
      toolcrib check             say what is wrong with the tools here
      toolcrib serve             offer them to people and models
      toolcrib invoke NAME       run one in a throwaway container
    """


@command.command()
@_REPO
@click.option("--host", help="Address to listen on [default: 127.0.0.1].")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on [default: 8080].")
@click.option("--workers", type=click.IntRange(1, 64), help="Worker processes [default: 2].")
def serve(**options: Any) -> None:
    """Serve a repository over HTTP, until interrupted.

    Without a Docker engine everything works but invoking. Every setting is an environment variable, see the README.
    """
    from runner import reap  # noqa: PLC0415 -- what only one command needs is loaded by that command

    from .audit import Audit  # noqa: PLC0415
    from .http import gunicorn_conf_path  # noqa: PLC0415
    from .service import hold_instance, open_repository, prepared_database, runner_settings  # noqa: PLC0415

    config = _configure(options)
    log.configure(config.log_level)
    for name in unknown_settings():
        _say(f"warning: {name} is not a setting of this service and is ignored")
    repository = open_repository(config)
    _refuse_taken_address(config)
    hold_instance(config, repository)
    url = prepared_database(config, repository)
    audit = Audit(url, instance_name(config))
    interrupted = audit.close_interrupted()
    audit.close()
    if interrupted:
        _say(f"closed {interrupted} executions that the last run of this service left open")
    settings = runner_settings(config)
    reap(settings)
    _report_engine(config)
    _say(f"serving {repository.work_tree or repository.git_dir} at {config.served_at()}/api/v1/tools  (Ctrl-C ends)")
    sys.stderr.flush()
    os.environ.update(config.paths())
    # A file named like a module, in the folder that somebody serves from, must never be imported: Python looks there
    # first unless told not to (-P), and gunicorn looks in its working directory first.
    os.chdir(Path(__file__).parents[1])
    gunicorn = [sys.executable, "-P", "-m", "gunicorn", "-c", gunicorn_conf_path()]
    os.execv(sys.executable, [*gunicorn, "registry.http.app:from_environment()"])  # noqa: S606 -- a list, no shell


@command.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
def check(paths: tuple[Path, ...]) -> None:
    """Check tool folders and print every finding, with file, line and column.

    PATH is a tool's folder, or a folder of such folders; without one, the tools of this repository. Exits with 1 when a
    finding is an error.
    """
    from .checking import check_paths  # noqa: PLC0415

    folders = errors = warnings = 0
    for path, finding in check_paths(paths or (_tools_folder(),)):
        if finding is None:
            folders += 1
            continue
        errors += finding.severity == "error"
        warnings += finding.severity == "warning"
        click.echo(_finding_line(path, finding))
    told = ", ".join((_counted(errors, "error"), _counted(warnings, "warning")))
    click.echo(f"{_counted(folders, 'tool')} checked: {told}", err=True)
    if errors:
        sys.exit(EXIT_FINDINGS)


@command.command("list")
@_REPO
@click.option("--json", "as_json", is_flag=True, help="As JSON, the people's format.")
def list_tools(repo: str | None, as_json: bool) -> None:
    """List the tools of a repository, with status and findings."""
    from .formats.people import summary  # noqa: PLC0415
    from .service import open_repository, open_state  # noqa: PLC0415

    config = _configure({"repo": repo})
    catalog = open_state(config, open_repository(config)).current()
    if as_json:
        click.echo(dumps([summary(tool) for tool in catalog.tools.values()]))
        return
    width = max((len(name) for name in catalog.tools), default=0)
    for tool in catalog.tools.values():
        state = tool.manifest.status if tool.checked.sound else "faulty"
        mark = "*" if tool.uncommitted else " "
        click.echo(f"{tool.name:<{width}} {mark} {state:<10} {_one_line(tool.manifest.title)}")


@command.command()
@_REPO
@click.argument("name")
@click.option(
    "--arguments", default="{}", metavar="JSON", help="The arguments, one JSON object; - reads standard input."
)
def invoke(repo: str | None, name: str, arguments: str) -> None:
    """Run one tool in a throwaway container and print its result as JSON.

    What the tool prints goes to standard error. Exits with 1 when the tool failed.
    """
    from .executions import Call  # noqa: PLC0415
    from .service import open_repository, open_service, prepared_database  # noqa: PLC0415

    config = _configure({"repo": repo})
    given = loads(sys.stdin.buffer.read() if arguments == "-" else arguments)
    prepared_database(config, open_repository(config))
    service = open_service(config, instance=f"{instance_name(config)}/invoke-{os.getpid()}")
    try:
        catalog = service.state.current()
        execution = service.executions.invoke(catalog, Call(catalog.find(name), given, caller_id="toolcrib invoke"))
    finally:
        service.close()
    for text in (execution.stdout, execution.stderr):
        click.echo(text, err=True, nl=bool(text) and not text.endswith("\n"))
    if not execution.success:
        click.echo(f"{name} did not succeed: {dumps(execution.error).decode()}", err=True)
        sys.exit(EXIT_FINDINGS)
    click.echo(dumps(execution.result))


@command.command()
def image() -> None:
    """Make the image that sandboxes start from, where it is missing or its inputs changed."""
    from runner import ensure_base_image  # noqa: PLC0415

    from .service import runner_settings  # noqa: PLC0415

    made = ensure_base_image(runner_settings(_configure({})), _say)
    _say(f"base image: ready ({made})")


@command.command()
@_REPO
def doctor(repo: str | None) -> None:
    """Say whether everything the service stands on works, and prove each limit in a probe sandbox."""
    from .doctor import examine  # noqa: PLC0415

    sound = True
    for line in examine(_configure({"repo": repo})):
        sound = sound and line.ok
        found = f"{line.found}" if line.asked is None else f"asked {line.asked}, found {line.found}"
        click.echo(f"{'ok  ' if line.ok else 'FAIL'}  {line.subject:<28} {found}")
    if not sound:
        sys.exit(EXIT_FINDINGS)


def main() -> NoReturn:
    """The entry of the command ``toolcrib``."""
    forget_git_environment()
    try:
        status = command.main(standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except ToolcribError as error:
        _say(f"toolcrib: {error}")
        for fault in error.faults if isinstance(error, InputRefused | NotInvocable) else ():
            _say(f"  {fault.pointer or '/'}: {fault.message}")
        sys.exit(EXIT_USAGE)
    except Exception:  # noqa: BLE001 -- the one place where a bug becomes an exit code
        structlog.get_logger().exception("toolcrib has a fault; please report it with the lines below")
        sys.exit(EXIT_BUG)


def _configure(options: dict[str, Any]) -> Config:
    """The settings: options over the environment. They are put there, so that worker processes read the same."""
    for name, value in options.items():
        if value is not None:
            os.environ[f"TOOLCRIB_{name.upper()}"] = str(value)
    config = Config.from_environment()
    # What a service logs is in the way of a command's own words.
    log.configure("warning" if config.log_level == "info" else config.log_level)
    return config


def _tools_folder() -> Path:
    """The tools of this repository; of this folder, where that is in none."""
    from .service import open_repository  # noqa: PLC0415

    config = _configure({})
    try:
        top = open_repository(config).work_tree
    except ConfigError:
        top = None
    return Path(os.path.relpath((top or config.repo) / config.tools_dir))


def _refuse_taken_address(config: Config) -> None:
    """Say at once that the address cannot be listened on; the server would try again and again first."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((config.host, config.port))
        except OSError as error:
            what = f"cannot listen on {config.host}, port {config.port} ({error.strerror or error})"
            raise ConfigError(
                f"{what}: choose another with TOOLCRIB_HOST or TOOLCRIB_PORT (make run PORT=9000)"
            ) from None


def _report_engine(config: Config) -> None:
    from runner import open_runner  # noqa: PLC0415

    from .service import runner_settings  # noqa: PLC0415

    runner = open_runner(runner_settings(config))
    health = runner.health()
    runner.close()
    if not health.ready:
        _say(f"invoking does not work now: {health.reason}")


def _finding_line(path: Path, finding: Finding) -> str:
    place = f"{path / finding.file}:{finding.line}:{finding.column}"
    return _one_line(f"{place}: {finding.severity} [{finding.code}] {finding.message}")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _one_line(text: str) -> str:
    """Text from a tool's folder, which may hold anything: it must not forge a second line or move the cursor."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


def _say(text: str) -> None:
    click.echo(text, err=True)
