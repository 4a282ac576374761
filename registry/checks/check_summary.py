"""The result of a check as Markdown for the page of a workflow run: a row for each tool, and what models newly see.

All text may come from a hostile folder, so it is shown as code, in which no markup, mention or link works.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from registry.formats import FORMATS, compile_tool
from registry.model import Finding, Tool

from .checked_paths import CheckedPaths
from .finding_reports import fit_one_line

_MOST_ROWS = 300
_MOST_LINES = 200
_MOST_NAMES = 40
_CELL = 80
_DEFINITION = "openai"


def write_markdown(
    looked: Sequence[CheckedPaths], findings: Mapping[str, Sequence[Finding]], before: Mapping[str, Tool | None]
) -> str:
    """The whole summary. ``findings`` has all findings by the tool's name, with those of examples; ``before`` has each
    changed tool as it was (None: new), and is empty when nothing is compared."""
    tools = [one.tool for one in looked if one.tool is not None]
    lines = [f"### {len(tools)} checked", ""]
    if tools:
        lines += ["| tool | errors | warnings | examples | formats that leave it out |", "|---|---|---|---|---|"]
        lines += [_row(tool, findings.get(tool.name, ()), before) for tool in tools[:_MOST_ROWS]]
    if len(tools) > _MOST_ROWS:
        lines.append(f"| and {len(tools) - _MOST_ROWS} more | | | | |")
    lines += _write_packages([one for one in looked if one.kind == "package"])
    for tool in tools[:_MOST_ROWS]:
        lines += _seen_anew(tool, before.get(tool.name))
    return "\n".join([*lines, ""])


def _write_packages(packages: Sequence[CheckedPaths]) -> list[str]:
    """A row for each shared package, with the tools that its change reaches."""
    if not packages:
        return []
    lines = ["", "| shared package | errors | warnings | tools that it reaches |", "|---|---|---|---|"]
    for one in packages[:_MOST_ROWS]:
        errors, warnings = (sum(found.severity == kind for found in one.findings) for kind in ("error", "warning"))
        reached = ", ".join(map(_code, one.reaches[:_MOST_NAMES])) or "none"
        more = len(one.reaches) - _MOST_NAMES
        lines.append(
            f"| {_code(one.path.name)} | {errors} | {warnings} | {reached}{f' and {more} more' if more > 0 else ''} |"
        )
    return lines


def _row(tool: Tool, findings: Sequence[Finding], before: Mapping[str, Tool | None]) -> str:
    mark = " (new)" if tool.name in before and before[tool.name] is None else ""
    errors, warnings = (sum(one.severity == kind for one in findings) for kind in ("error", "warning"))
    untrue = sum(one.code == "example-not-true" for one in findings)
    count = len(tool.manifest.examples)
    examples = f"{count} written" if not untrue else f"{untrue} of {count} not true"
    left_out = [name for name in FORMATS if tool.checked.sound and compile_tool(tool, name).text is None]
    return f"| {_code(tool.name)}{mark} | {errors} | {warnings} | {examples} | {', '.join(left_out) or 'none'} |"


def _seen_anew(tool: Tool, before: Tool | None) -> Iterable[str]:
    """The difference in what models are sent, in a section that can be opened."""
    if before is None or not tool.checked.sound:
        return
    lines = list(difflib.unified_diff(_definition(before), _definition(tool), "before", "now", lineterm="", n=2))
    if not lines:
        return
    shown = [fit_one_line(line) for line in lines[:_MOST_LINES]]
    if len(lines) > _MOST_LINES:
        shown.append(f"… {len(lines) - _MOST_LINES} more lines")
    fence = "`" * max(3, 1 + max(len(run) for line in [*shown, ""] for run in re.findall("`+", line) or [""]))
    yield from ["", f"<details><summary>What models are told of {tool.name} changes</summary>", ""]
    yield from [f"{fence}diff", *shown, fence, "", "</details>"]


def _definition(tool: Tool) -> list[str]:
    compiled = compile_tool(tool, _DEFINITION)
    return json.dumps(compiled.definition, indent=2, ensure_ascii=False).split("\n") if compiled.text else []


def _code(text: str) -> str:
    """Text as code in a table's cell."""
    shown = fit_one_line(text[:_CELL]).replace("|", "\\|")
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    return f"{fence} {shown} {fence}" if "`" in shown else f"`{shown}`"
