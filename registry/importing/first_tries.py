"""The first try of tools that were just written: does each run as it is, with its first example?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from registry.command_service import open_command_service
from registry.config import Config
from registry.errors import ToolcribError
from registry.executions import Call
from registry.image_builds import build_image
from registry.json_text import dumps
from registry.service import Service

Say = Callable[[str], None]
_SHOWN_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class FirstTry:
    """How a tool's first try ended. ``ran`` is false where it was not even begun; ``said`` is for people."""

    name: str
    ran: bool
    succeeded: bool
    said: str


def try_tools(config: Config, names: Sequence[str], say: Say) -> Iterator[FirstTry]:
    """Run each tool's first example in a sandbox, as it lies in the working tree, and tell how it ended.

    A tool without examples is called without arguments. What runs is on record as a try. Without an engine or an
    image none is tried, and the first says so for all. Raises ConfigError where the repository cannot be served.
    """
    with open_command_service(config, "import") as service:
        health = service.runner.health()
        if not health.ready and not health.late:
            yield FirstTry(names[0], ran=False, succeeded=False, said=f"and all others were not tried: {health.reason}")
            return
        for number, name in enumerate(names, 1):
            say(f"{number}/{len(names)} {name}: trying …")
            try:
                yield _try_once(service, name, say)
            except ToolcribError as error:
                yield FirstTry(name, ran=False, succeeded=False, said=f"was not tried: {error}")


def _try_once(service: Service, name: str, say: Say) -> FirstTry:
    tool = service.state.current().find(name)
    if tool.manifest.runtime.dependencies and tool.checked.sound:
        build_image(service.runner, tool, say)
    tool = service.state.current().find(name)
    examples = tool.manifest.examples
    arguments = dict(examples[0].arguments) if examples else {}
    call = Call(tool, arguments, caller_id="toolcrib import", tried=True, trusted=True)
    execution = service.executions.invoke(service.state.current(), call)
    took = f"after {round(execution.duration_ms or 0)} ms"
    if execution.success:
        return FirstTry(name, ran=True, succeeded=True, said=f"ran {took}: {_shown(execution.result)}")
    error = execution.error or {}
    said = " ".join(str(error.get("message", "")).split())[:_SHOWN_CHARACTERS]
    return FirstTry(name, ran=True, succeeded=False, said=f"failed {took}: {error.get('kind')}: {said}")


def _shown(value: object) -> str:
    text = dumps(value).decode()
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
