"""How an execution ended, as a person reads it in a terminal, or as JSON."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from registry.content import describe_block
from registry.json_text import dumps
from registry.model import Json

from .exit_codes import count_noun, say

if TYPE_CHECKING:
    from registry.audit import Execution

_TOOL_FOLDER = "/tool/"
_LIBRARY_FOLDERS = re.compile(r"^/.*/(?:site-packages|dist-packages|python3\.\d+)/")
_FRAME = re.compile(r'^  File "(?P<file>[^"]*)", line (?P<line>\d+), in (?P<name>.*)$')
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_MARKS = re.compile(r"^\s*[\^~]+\s*$")
# The sentences with which Python joins the parts of a traceback, and how this report joins them.
_CAUSED = "The above exception was the direct cause of the following exception:"
_JOINTS = {_CAUSED: "caused by", "During handling of the above exception, another exception occurred:": "came after"}


@dataclass(frozen=True, slots=True)
class _Frame:
    place: str
    lines: tuple[str, ...]
    of_tool: bool


def report_end(execution: Execution, *, as_json: bool) -> None:
    """Print the result on standard output or, on standard error, why there is none; and which arguments were coerced.

    With ``as_json``, standard output gets the whole execution instead, as ``GET /api/v1/executions/{id}`` answers it.
    """
    if execution.coerced and not as_json:
        places = ", ".join(pointer or "the whole of them" for pointer in execution.coerced)
        say(f"arguments that reached the tool in another form: {places}")
    if as_json:
        from registry.views import render_execution  # noqa: PLC0415 -- it brings the database, which no check needs

        click.echo(dumps(render_execution(execution)))
    elif execution.success:
        click.echo(dumps(execution.result))
    if not as_json:
        for block in execution.content or ():
            text = block["text"] if block["type"] == "text" else f"it left a file: {describe_block(block)}"
            say(_show_controls(text))
    if not execution.success:
        say(_show_controls(describe_failure(execution)))


def _show_controls(text: str) -> str:
    """A tool's own words for a terminal: what would steer it is shown as it is written in Python."""
    return _CONTROLS.sub(lambda found: ascii(found.group())[1:-1], text)


def describe_failure(execution: Execution) -> str:
    """Why an execution has no result: its message and, of an exception, where it came from, the last one first."""
    error = execution.error or {}
    details = error.get("details")
    traceback = details.get("traceback") if isinstance(details, dict) else None
    head = f"{execution.tool} did not succeed: {error.get('message') or error.get('kind') or execution.status}"
    if isinstance(traceback, str):
        return "\n".join([head, *shorten_traceback(traceback)])
    return "\n".join([head, *_describe_result(details if isinstance(details, dict) else {})])


def _describe_result(details: Mapping[str, Json]) -> list[str]:
    """What is wrong with what was returned, and what that was."""
    told = [f"  {fault['pointer'] or '/'}: {fault['message']}" for fault in details.get("errors", ())]
    returned = details.get("returned")
    return [*told, f"  it returned: {returned}"] if isinstance(returned, str) else told


def shorten_traceback(text: str) -> list[str]:
    """The lines of a Python traceback for whoever wrote the tool: its own frames first, of the others the last one.

    Of exceptions that led to others the last comes first, without its message. A text of another form is kept whole.
    """
    whole = text.rstrip().splitlines()
    parts = _split(whole)
    frames = [list(_frames(lines)) for _, lines in parts]
    if not all(frames):
        return [f"  {line}" for line in whole]
    told: list[str] = []
    for number in range(len(parts) - 1, -1, -1):
        if number < len(parts) - 1:
            told.append(f"{parts[number][0]} {_message(parts[number][1])}")
        told += _tell(frames[number])
    return told


def _split(lines: Sequence[str]) -> list[tuple[str, list[str]]]:
    """The tracebacks in the order of the text, each with how it is joined to the next one."""
    parts: list[tuple[str, list[str]]] = []
    begun: list[str] = []
    for line in lines:
        if line in _JOINTS:
            parts.append((_JOINTS[line], begun))
            begun = []
        else:
            begun.append(line)
    return [*parts, ("", begun)]


def _frames(lines: Sequence[str]) -> Iterator[_Frame]:
    heads = [(number, head) for number, line in enumerate(lines) if (head := _FRAME.match(line))]
    for start, head in heads:
        # Up to the next frame or, behind the last one, the message.
        behind = itertools.takewhile(lambda line: line.startswith("    "), lines[start + 1 :])
        code = [line for line in behind if not _MARKS.match(line)]
        file = head["file"]
        place = f"{_LIBRARY_FOLDERS.sub('', file).removeprefix(_TOOL_FOLDER)}, line {head['line']}, in {head['name']}"
        yield _Frame(place, tuple(code), file.startswith(_TOOL_FOLDER))


def _message(lines: Sequence[str]) -> str:
    """The exception's own line: the first behind the frames."""
    first = next((number for number, line in enumerate(lines) if _FRAME.match(line)), 0)
    return next((line for line in lines[first:] if line and not line.startswith("  ")), "an exception")


def _tell(frames: Sequence[_Frame]) -> list[str]:
    told = []
    for frame in frames:
        if frame.of_tool:
            told += [f"  {frame.place}", *frame.lines]
    others = [frame for frame in frames if not frame.of_tool]
    if others:
        told.append(f"  and {count_noun(len(others), 'frame')} outside the tool, the last: {others[-1].place}")
    return told
