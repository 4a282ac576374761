"""The commands about tools: list them, run them, try them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from registry.checks import fit_one_line
from registry.errors import InputRefused
from registry.json_text import dumps, loads
from registry.model import Example, Json, Tool

from .execution_report import report_end
from .exit_codes import EXIT_FINDINGS, say
from .options import REPO, apply_options

if TYPE_CHECKING:
    from registry.service import Service


AS_JSON = click.option(
    "--json", "as_json", is_flag=True, help="Print the whole execution as JSON: its end, error and output."
)


@click.command("list")
@REPO
@click.option("--json", "as_json", is_flag=True, help="As JSON, the people's format.")
def list_tools(repo: str | None, as_json: bool) -> None:
    """List the tools of a repository, with status and findings."""
    from registry.gitrepo import open_repository  # noqa: PLC0415
    from registry.service import open_state  # noqa: PLC0415
    from registry.views import render_tool_summary  # noqa: PLC0415

    config = apply_options({"repo": repo})
    catalog = open_state(config, open_repository(config)).current()
    if as_json:
        click.echo(dumps([render_tool_summary(tool) for tool in catalog.tools.values()]))
        return
    width = max((len(name) for name in catalog.tools), default=0)
    for tool in catalog.tools.values():
        state = tool.manifest.status if tool.checked.sound else "faulty"
        mark = "*" if tool.uncommitted else " "
        click.echo(f"{tool.name:<{width}} {mark} {state:<10} {fit_one_line(tool.manifest.title)}")


@click.command()
@REPO
@click.argument("name")
@click.option(
    "--arguments", default="{}", metavar="JSON", help="The arguments, one JSON object; - reads standard input."
)
@AS_JSON
def invoke(repo: str | None, name: str, arguments: str, as_json: bool) -> None:
    """Run one tool in a throwaway container and print its result as JSON.

    What the tool prints goes to standard error, and so does why it failed. Exits with 1 when it did.
    """
    from registry.command_service import open_command_service  # noqa: PLC0415
    from registry.executions import Call  # noqa: PLC0415

    config = apply_options({"repo": repo})
    given = _read(arguments)
    with open_command_service(config, "invoke") as service:
        tool = service.state.current().find(name)
        if tool.image is not None:
            _build(service, tool)
        catalog = service.state.current()
        execution = service.executions.invoke(catalog, Call(catalog.find(name), given, caller_id="toolcrib invoke"))
    for text in (execution.stdout, execution.stderr):
        click.echo(text, err=True, nl=bool(text) and not text.endswith("\n"))
    report_end(execution, as_json=as_json)
    if not execution.success:
        sys.exit(EXIT_FINDINGS)


@click.command("try")
@REPO
@click.argument("name")
@click.option("--example", metavar="NAME", help="Run this example, by its name or number [default: the first].")
@click.option("--arguments", metavar="JSON", help="Run with these instead, one JSON object; - reads standard input.")
@AS_JSON
def try_tool(repo: str | None, name: str, example: str | None, arguments: str | None, as_json: bool) -> None:
    """Run a tool as it is in the working tree, a draft too, and show what it prints as it comes.

    Its result goes to standard output. On record it is a try, which no summary counts. Exits with 1 when the tool
    failed, or did not do what its example says.
    """
    from registry.checks import find_example_difference  # noqa: PLC0415
    from registry.command_service import open_command_service  # noqa: PLC0415
    from registry.executions import Call  # noqa: PLC0415

    if example is not None and arguments is not None:
        raise click.UsageError("--example has arguments of its own: give one of --example and --arguments")
    config = apply_options({"repo": repo, "uncommitted": "show"})
    given = None if arguments is None else _read(arguments)
    shown = {"stdout": 0, "stderr": 0}

    def heard(stream: str, text: str) -> None:
        shown[stream] += len(text)
        click.echo(text, err=True, nl=False)

    with open_command_service(config, "try") as service:
        tool = service.state.current().find(name)
        chosen = None if arguments is not None else _example(tool, example)
        if chosen is not None:
            given = dict(chosen.arguments)
            say(f"the example {chosen.name!r}:")
        elif given is None and tool.manifest.parameters.get("required"):
            say(f"{name} has no example in its tool.yaml, so it gets no arguments; --arguments JSON gives some")
        if tool.manifest.runtime.dependencies and tool.checked.sound:
            _build(service, tool)
        catalog = service.state.current()
        call = Call(catalog.find(name), given or {}, caller_id="toolcrib try", tried=True, trusted=True)
        execution = service.executions.invoke(catalog, call, heard=heard)
    # While the tool runs, text that may be the beginning of a secret is held back.
    rest = execution.stdout[shown["stdout"] :] + execution.stderr[shown["stderr"] :]
    click.echo(rest, err=True, nl=bool(rest) and not rest.endswith("\n"))
    report_end(execution, as_json=as_json)
    wrong = find_example_difference(chosen, execution) if chosen is not None else None
    verdict = f"; not as the example says: {wrong}" if wrong else "; as the example says" if chosen is not None else ""
    say(f"{execution.status} after {round(execution.duration_ms or 0)} ms{verdict}")
    if wrong or (chosen is None and not execution.success):
        sys.exit(EXIT_FINDINGS)


def _example(tool: Tool, wanted: str | None) -> Example | None:
    """The example with that name or number (from 1); without ``wanted`` the first, if any. Raises InputRefused."""
    examples = tool.manifest.examples
    if wanted is None:
        return examples[0] if examples else None
    for number, one in enumerate(examples, 1):
        if wanted in {one.name, str(number)}:
            return one
    there = ", ".join(f"{number} {one.name!r}" for number, one in enumerate(examples, 1)) or "none"
    raise InputRefused(f"{tool.name} has no example {wanted!r}; there are: {there}")


def _read(arguments: str) -> Json:
    return loads(sys.stdin.buffer.read() if arguments == "-" else arguments)


def _build(service: Service, tool: Tool) -> None:
    from registry.image_builds import build_image  # noqa: PLC0415

    build_image(service.runner, tool, say)
