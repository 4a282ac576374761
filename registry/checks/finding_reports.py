"""Findings as text for people, GitHub, SARIF and JSON readers; pure functions.

SARIF is OASIS SARIF 2.1.0. GitHub's format is the workflow commands ``::error`` and ``::warning``, which percent-encode
``%`` and line ends, and in properties also ``:`` and ``,``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from registry.json_text import dumps
from registry.model import Finding, Json

_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_EXCERPT_WIDTH = 100
_BEFORE_CARET = 60


@dataclass(frozen=True, slots=True)
class LocatedFinding:
    """A finding with the path of its file, relative to the reported folder and with ``/`` as separator."""

    path: str
    finding: Finding


def fit_one_line(text: str) -> str:
    """Make text from a tool's folder safe to print: it must not forge a second line or move the cursor."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


def format_text_line(located: LocatedFinding) -> str:
    """One line: position, severity, code, message."""
    finding = located.finding
    place = f"{located.path}:{finding.line}:{finding.column}"
    return fit_one_line(f"{place}: {finding.severity} [{finding.code}] {finding.message}")


def format_excerpt(source: Sequence[str], finding: Finding) -> list[str]:
    """The finding's line of the file with a caret below it; empty when the file has no such line."""
    if not 1 <= finding.line <= len(source) or not source[finding.line - 1].strip():
        return []
    line = source[finding.line - 1]
    column = min(finding.column - 1, len(line))
    start = max(0, column - _BEFORE_CARET)
    shown = fit_one_line(line[start : start + _EXCERPT_WIDTH].replace("\t", " "))
    indent = len(fit_one_line(line[start:column].replace("\t", " ")))
    number = str(finding.line)
    return [f"  {number} | {shown}", f"  {' ' * len(number)} | {' ' * indent}^"]


def format_github_line(located: LocatedFinding) -> str:
    """A workflow command by which GitHub shows the finding at its line."""
    finding = located.finding
    where = f"file={_property(located.path)},line={finding.line},col={finding.column},title={_property(finding.code)}"
    return f"::{finding.severity} {where}::{_data(finding.message)}"


def report_json(found: Iterable[LocatedFinding], checked: Mapping[str, int]) -> str:
    """One object: ``{tools, packages, toolsets, errors, warnings, findings}``; a finding is
    ``{path, line, column, severity, code, message}``. ``checked`` has the first three numbers."""
    told = [
        {
            "path": one.path,
            "line": one.finding.line,
            "column": one.finding.column,
            "severity": one.finding.severity,
            "code": one.finding.code,
            "message": one.finding.message,
        }
        for one in found
    ]
    counts = {f"{kind}s": sum(one["severity"] == kind for one in told) for kind in ("error", "warning")}
    return dumps({**checked, **counts, "findings": told}).decode()


def report_sarif(found: Iterable[LocatedFinding], version: str) -> str:
    """A SARIF log with one run; a rule for each code."""
    results: list[Json] = []
    codes: dict[str, int] = {}
    for one in found:
        finding = one.finding
        results.append(
            {
                "ruleId": finding.code,
                "ruleIndex": codes.setdefault(finding.code, len(codes)),
                "level": finding.severity,
                "message": {"text": finding.message},
                "locations": [
                    {
                        "physicalLocation": {
                            "artifactLocation": {"uri": quote(one.path, errors="surrogateescape")},
                            "region": {"startLine": finding.line, "startColumn": finding.column},
                        }
                    }
                ],
            }
        )
    driver = {"name": "toolcrib", "version": version, "rules": [{"id": code} for code in codes]}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return dumps({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}).decode()


def _data(text: str) -> str:
    printable = "".join(char if char.isprintable() or char in "\r\n" else f"\\x{ord(char):02x}" for char in text)
    return printable.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
