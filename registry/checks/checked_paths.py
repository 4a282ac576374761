"""What a check says of one folder or file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from registry.model import Finding, Tool


@dataclass(frozen=True, slots=True)
class CheckedPaths:
    """A checked tool folder, shared package or toolset file with its findings, whose paths are relative to ``root``.

    ``reaches`` names the tools that get another version by a change of the package.
    """

    path: Path
    root: Path
    kind: Literal["tool", "package", "toolset"]
    findings: tuple[Finding, ...]
    tool: Tool | None = None
    reaches: tuple[str, ...] = ()
