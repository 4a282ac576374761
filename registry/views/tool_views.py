"""A tool as JSON for people: as lists show it, and with everything that is known about it."""

from __future__ import annotations

from collections.abc import Iterable

from registry.folder_rules import make_printable
from registry.formats import judge_compatibility
from registry.model import Example, File, Finding, Json, SharedPackage, Tool


def render_tool_summary(tool: Tool) -> dict[str, Json]:
    """A tool as lists show it."""
    manifest = tool.manifest
    return {
        "name": tool.name,
        "title": manifest.title,
        "description": manifest.description,
        "status": manifest.status,
        "replaced_by": manifest.replaced_by,
        "category": manifest.category,
        "tags": list(manifest.tags),
        "owner": manifest.owner,
        "entry": tool.checked.entry,
        "version": tool.version,
        "revision": tool.revision,
        "digest": tool.digest,
        "bundle": tool.bundle,
        "uncommitted": tool.uncommitted,
        "findings": [render_finding(one) for one in tool.findings],
    }


def render_finding(finding: Finding) -> dict[str, Json]:
    """A finding as every answer shows it."""
    return {
        "severity": finding.severity,
        "code": finding.code,
        "message": finding.message,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
    }


def render_tool_details(tool: Tool) -> dict[str, Json]:
    """Everything that is known about a tool."""
    manifest, runtime = tool.manifest, tool.manifest.runtime
    return render_tool_summary(tool) | {
        "parameters": manifest.parameters,
        "returns": manifest.returns,
        "annotations": manifest.annotations,
        "examples": [_example(one) for one in manifest.examples],
        "runtime": {
            "timeout_seconds": runtime.timeout_seconds,
            "memory_mb": runtime.memory_mb,
            "network": runtime.network,
            "dependencies": list(runtime.dependencies),
            "secrets": list(runtime.secrets),
        },
        "shared": list(manifest.shared),
        "packages": [render_package_summary(package) for package in tool.packages],
        "arguments": manifest.arguments,
        "metadata": manifest.metadata,
        "image": None if tool.image is None else {"state": tool.image.state, "log": tool.image.log},
        "files": _files(tool.files),
        "compatibility": judge_compatibility(tool),
    }


def render_package_summary(package: SharedPackage) -> dict[str, Json]:
    """A shared package as its tools show it."""
    return {
        "name": package.name,
        "digest": package.digest,
        "version": package.version,
        "revision": package.revision,
        "uncommitted": package.uncommitted,
        "files": _files(package.files),
    }


def _files(files: Iterable[File]) -> list[Json]:
    return [
        {"path": make_printable(file.path), "size": file.size, "executable": file.kind == "executable"}
        for file in files
    ]


def _example(example: Example) -> Json:
    shown = {"name": example.name, "arguments": example.arguments}
    return shown if example.expects is None else shown | {example.expects: example.expected}
