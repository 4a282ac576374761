"""The check of one folder: all rules and all findings at once."""

from __future__ import annotations

import dataclasses

from registry import folder_rules
from registry.manifest.yaml import YamlDocument, find_line_and_column, read_yaml
from registry.model import Checked, Entry, Finding, Folder, Json, Manifest

from .code_rules import check_running_code
from .file_rules import check_file_contents
from .finding_report import MANIFEST_FILE, FindingReport
from .manifest_reading import build_manifest
from .manifest_rules import check_manifest
from .pep723_block import Pep723Block, read_block
from .python_source import PythonSource, read_source, select_foreign_imports
from .signature_agreement import check_agreement, takes_whole_object
from .tool_modules import ToolModules

MAIN_FILE = "main.py"
MAX_FINDINGS = 200
# Parsing holds the interpreter's lock, and everything else waits: about 4 s (and 600 MiB) for each MiB of the worst
# code.
MAX_PYTHON_BYTES = 256 * 1024


def check_folder(folder: Folder, *, max_memory_mb: int = 1024) -> Checked:
    """Check one tool's folder. Pure; never raises for any bytes, and never runs or imports what it reads.

    ``max_memory_mb`` is the most that the server gives a tool. Returns at most 200 findings, sorted by file, line and
    column.
    """
    findings = list(folder_rules.check_files(folder))
    document = _read_manifest(folder, max_memory_mb, findings)
    value, complete = (document.value, document.complete) if document is not None else (None, False)
    sources = read_sources(folder, findings)
    manifest = build_manifest(value, folder.name)
    entry, whole_object = _check_main(sources.get(MAIN_FILE), manifest, complete, findings)
    manifest, block_line = _with_block(folder, value, manifest, findings)
    imports = frozenset[str]().union(*(source.imports for source in sources.values()))
    paths = tuple(file.path for file in folder.files)
    modules = ToolModules(paths, manifest.runtime.dependencies, manifest.shared, in_block=block_line is not None)
    findings += check_file_contents(folder, modules if complete else None)
    if entry is not None and complete:
        findings += check_running_code(folder, sources, manifest, entry, modules)
    place = (MANIFEST_FILE, 1, 1)
    if block_line is not None:
        place = (MAIN_FILE, block_line, 1)
    elif document is not None and manifest.runtime.dependencies:
        place = (MANIFEST_FILE, *_line_and_column(document))
    foreign = select_foreign_imports(imports, paths)
    at = {} if document is None else _locate_shared(document, manifest.shared)
    main = sources[MAIN_FILE].main if entry == "function" else None
    takes_any = main is not None and main.args.kwarg is not None
    found = bound_findings(findings)
    return Checked(manifest, entry, whole_object, foreign, found, place, at, takes_any)


def bound_findings(findings: list[Finding]) -> tuple[Finding, ...]:
    """The findings sorted and without duplicates. If there are too many, errors are kept before warnings."""
    found = sorted(set(findings))
    if len(found) > MAX_FINDINGS:
        found = sorted(sorted(found, key=lambda finding: finding.severity)[:MAX_FINDINGS])
    return tuple(found)


def _read_manifest(folder: Folder, max_memory_mb: int, findings: list[Finding]) -> YamlDocument | None:
    """The tool.yaml as read; None if there is none."""
    data = folder.contents.get(MANIFEST_FILE)
    if data is None:
        return None
    document: YamlDocument = read_yaml(MANIFEST_FILE, data)
    report = FindingReport(document)
    if document.complete:
        check_manifest(document.value, folder.name, max_memory_mb, report)
    findings.extend(report.findings)
    return document


def _line_and_column(document: YamlDocument) -> tuple[int, int]:
    """The position of the dependencies."""
    return find_line_and_column(document.text, document.place.offset_of(("runtime", "dependencies")))


def _locate_shared(document: YamlDocument, names: tuple[str, ...]) -> dict[str, tuple[int, int]]:
    """The position of each shared package that is named."""
    listed = document.value.get("shared", []) if isinstance(document.value, dict) else []
    return {
        name: find_line_and_column(document.text, document.place.offset_of(("shared", listed.index(name))))
        for name in names
    }


def read_sources(folder: Folder, findings: list[Finding]) -> dict[str, PythonSource]:
    """Each Python file of a folder as read, by path; adds their findings to ``findings``."""
    sources: dict[str, PythonSource] = {}
    total = 0
    for path in sorted(folder.contents, key=lambda path: (path != MAIN_FILE, path)):
        if not path.endswith(".py"):
            continue
        total += len(folder.contents[path])
        if total > MAX_PYTHON_BYTES:
            message = (
                f"With this file the folder has over {MAX_PYTHON_BYTES} bytes of Python; move data into data files."
            )
            findings.append(Finding(folder_rules.make_printable(path), 1, 1, "error", "python-too-large", message))
            continue
        source = sources[path] = read_source(folder_rules.make_printable(path), folder.contents[path])
        findings.extend(source.findings)
    return sources


def _check_main(
    source: PythonSource | None, manifest: Manifest, complete: bool, findings: list[Finding]
) -> tuple[Entry | None, bool]:
    if source is None or not source.valid:
        return None, False
    main = source.main
    if main is None:
        if source.main_bound is not None:
            place = source.main_bound
            message = "main is bound here but not by `def`, so the file is run as a script; write `def main(…)`."
            findings.append(Finding(MAIN_FILE, place.lineno, place.col_offset + 1, "warning", "main-not-def", message))
        return "script", False
    if main.__class__.__name__ == "AsyncFunctionDef":
        message = "main is `async def`; it is called, not awaited. Write `def main` and call asyncio.run inside it."
        findings.append(Finding(MAIN_FILE, main.lineno, main.col_offset + 1, "error", "main-async", message))
    parameters = dict(manifest.parameters)
    if complete:
        findings.extend(check_agreement(MAIN_FILE, main, parameters))
    properties = parameters.get("properties")
    return "function", takes_whole_object(main, properties if isinstance(properties, dict) else {})


def _with_block(
    folder: Folder, value: Json, manifest: Manifest, findings: list[Finding]
) -> tuple[Manifest, int | None]:
    """The manifest with the dependencies of main.py's PEP 723 block, if tool.yaml has none; and the block's line."""
    data = folder.contents.get(MAIN_FILE)
    block: Pep723Block | None = read_block(MAIN_FILE, data) if data is not None else None
    if block is None:
        return manifest, None
    findings.extend(block.findings)
    runtime = value.get("runtime") if isinstance(value, dict) else None
    if isinstance(runtime, dict) and "dependencies" in runtime:
        message = "Dependencies stand both here and under runtime.dependencies in tool.yaml; keep one of the two."
        findings.append(Finding(MAIN_FILE, block.line, 1, "error", "dependencies-twice", message))
        return manifest, None
    runtime_with = dataclasses.replace(manifest.runtime, dependencies=block.dependencies)
    return dataclasses.replace(manifest, runtime=runtime_with), block.line
