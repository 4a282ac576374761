"""Run the examples of tools in sandboxes, in parallel, and report those that are not true."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from registry import jsonschemas
from registry.catalog import Catalog
from registry.config import Config
from registry.errors import NotFound, SecretMissing, ToolcribError
from registry.json_text import dumps
from registry.manifest import MANIFEST_FILE, locate_pointers
from registry.model import Example, Finding, Severity, Tool

# The whole service is needed to run examples, and not to check anything else: it is loaded when they run.
if TYPE_CHECKING:
    from registry.audit import Execution
    from registry.image_builds import Say
    from registry.service import Service

SIDE_BY_SIDE = 8
_SHOWN = 300
Track = Callable[[int], Callable[[], None]]
"""Takes the number of examples, and returns a function that is called after each run."""


def find_failed_examples(
    config: Config, tools: Sequence[tuple[Path, Tool]], track: Track, say: Say
) -> Iterator[tuple[Path, Finding]]:
    """A finding for each example whose run differs from what it says, in the order of tools and examples.

    A tool runs as its repository shows it now. Draft, disabled and deleted tools are left out; a tool that needs a
    secret which is not granted is a warning. Raises Unavailable when nothing can run at all.
    """
    from registry.command_service import open_command_service  # noqa: PLC0415 -- see above
    from registry.image_builds import build_image  # noqa: PLC0415 -- see above

    with open_command_service(config, "check") as service:
        catalog = service.state.current()
        shown = [(folder, _shown(catalog, tool.name)) for folder, tool in tools]
        runnable = [(folder, tool) for folder, tool in shown if tool is not None and tool.invocable]
        ran = track(sum(len(tool.manifest.examples) for _, tool in runnable))
        for tool in (tool for _, tool in runnable if tool.image is not None):
            build_image(service.runner, tool, say)
        catalog = service.state.current()
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            begun = [
                (folder, number, pool.submit(_tried, service, catalog, tool.name, example, ran))
                for folder, tool in runnable
                for number, example in enumerate(tool.manifest.examples)
            ]
            yield from _findings(begun)


def find_example_difference(example: Example, execution: Execution) -> str | None:
    """How an execution differs from its example, as a sentence; None when it does not."""
    if example.expects == "error":
        kind = (execution.error or {}).get("kind")
        return (
            None
            if kind == example.expected
            else f"it should end with the error {example.expected}, not {_end(execution)}"
        )
    if not execution.success:
        return f"it ended with {_end(execution)}"
    if example.expects == "result" and execution.result != example.expected:
        return f"it gave {_json(execution.result)}, not {_json(example.expected)}"
    if example.expects == "matches":
        faults = jsonschemas.compile_schema(example.expected).faults(execution.result)
        told = "; ".join(f"{fault.pointer or '/'}: {fault.message}" for fault in faults)
        return f"its result {_json(execution.result)} does not match: {told}" if faults else None
    return None


def _tried(
    service: Service, catalog: Catalog, name: str, example: Example, ran: Callable[[], None]
) -> tuple[Severity, str] | None:
    """Run one example; the severity and message of what is wrong with it, None for nothing."""
    from registry.executions import Call  # noqa: PLC0415 -- see above

    try:
        call = Call(catalog.find(name), dict(example.arguments), caller_id="toolcrib check")
        wrong = find_example_difference(example, service.executions.invoke(catalog, call))
    except SecretMissing as error:
        return "warning", f"The example {example.name!r} was not run: {error}."
    except ToolcribError as error:
        return "error", f"The example {example.name!r} could not be run: {error}."
    finally:
        ran()
    return ("error", f"The example {example.name!r} is not true: {wrong}.") if wrong else None


def _findings(begun: Sequence[tuple[Path, int, Future[tuple[Severity, str] | None]]]) -> Iterator[tuple[Path, Finding]]:
    for folder, number, tried in begun:
        wrong = tried.result()
        if wrong is not None:
            place = locate_pointers((folder / MANIFEST_FILE).read_bytes())(f"/examples/{number}")
            yield folder, Finding(MANIFEST_FILE, *place, wrong[0], "example-not-true", wrong[1])


def _shown(catalog: Catalog, name: str) -> Tool | None:
    try:
        return catalog.find(name)
    except NotFound:
        return None


def _end(execution: Execution) -> str:
    if execution.success:
        return f"the result {_json(execution.result)}"
    error = execution.error or {}
    return f"{error.get('kind', execution.status)} ({str(error.get('message', ''))[:_SHOWN]})"


def _json(value: object) -> str:
    text = dumps(value).decode()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
