"""The only check of a toolset's file: bytes in, a toolset and its findings out."""

from __future__ import annotations

import re
from typing import Final

from registry.errors import Fault
from registry.folder_rules import windows_fault
from registry.manifest.yaml import YamlDocument, find_line_and_column, read_yaml
from registry.model import FileKind, Finding, Json, Toolset

from .finding_report import FindingReport, Path
from .schema_check import SchemaFile, Worded

SUFFIX: Final = ".yaml"
MAX_TOOLSETS: Final = 100
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
_UNREADABLE: dict[str, tuple[str, str]] = {
    "symlink": ("file-symlink", "This is a symbolic link, which is never followed; put the file itself here."),
    "submodule": ("file-not-regular", "This is a folder; a toolset is one file."),
    "other": ("file-not-regular", "This is no regular file, or it cannot be read; put the file itself here."),
}


def _own_words(_: Path, fault: Fault, usual: Worded) -> Worded:
    if fault.code == "anyOf":
        return "toolset-empty", "A toolset has tools, include or both."
    if fault.code == "minProperties":
        return usual[0], "include has category, tags or both."
    return usual


_SCHEMA: Final = SchemaFile("toolset.schema.json", _own_words, "The file")


def load_toolset_schema() -> dict[str, Json]:
    """The content of ``schemas/toolset.schema.json``, read once."""
    return _SCHEMA.schema


def check_toolset(file: str, data: bytes) -> Toolset:
    """Check one file; ``file`` is its name without the folder. Never raises for any bytes; returns all findings."""
    name = file.removesuffix(SUFFIX)
    document = read_yaml(file, data)
    report = FindingReport(document, file)
    if document.complete:
        _check(document.value, name, report)
    value = document.value if isinstance(document.value, dict) else {}
    names = _texts(value.get("tools"))
    include = value.get("include")
    include = include if isinstance(include, dict) else {}
    return Toolset(
        name,
        title=_text(value.get("title")) or name.replace("_", " ").capitalize(),
        description=_text(value.get("description")),
        tools=tuple(dict.fromkeys(tool for _, tool in names)),
        places={tool: _place(document, ("tools", index)) for index, tool in reversed(names)},
        category=_text(include.get("category")),
        tags=tuple(tag for _, tag in _texts(include.get("tags"))),
        include_at=_place(document, ("include",)) if include else None,
        findings=tuple(sorted({*report.findings, *_badly_named(file)})),
    )


def make_unread_toolset(file: str, kind: FileKind, *, too_many: bool = False) -> Toolset:
    """The toolset of a file that was not read: it is not a regular file, too large, or one of too many."""
    code, message = _UNREADABLE.get(kind, ("yaml-too-large", "The file has more than 64 KiB."))
    if too_many:
        code, message = "too-many-toolsets", f"There are more than {MAX_TOOLSETS} toolsets; this one is not read."
    finding = Finding(file, 1, 1, "error", code, message)
    name = file.removesuffix(SUFFIX)
    return Toolset(name, title=name, findings=(finding,))


def _badly_named(file: str) -> list[Finding]:
    if fault := windows_fault(file):
        return [Finding(file, 1, 1, "error", "file-name", f"The file {fault}; give the toolset another name.")]
    if _NAME.match(file.removesuffix(SUFFIX)) and file.endswith(SUFFIX):
        return []
    message = "A toolset's file is named with a-z, 0-9 and _, beginning with a letter, and ends in .yaml."
    return [Finding(file, 1, 1, "error", "file-name", message)]


def _check(value: Json, name: str, report: FindingReport) -> None:
    _SCHEMA.check(value, report)
    written = value.get("name") if isinstance(value, dict) else None
    if isinstance(written, str) and written != name and not report.has_fault_at(("name",)):
        message = f"The name {written[:64]} is not the file's, {name[:80]}; make them equal."
        report.at(("name",), "name-mismatch", message)


def _place(document: YamlDocument, path: Path) -> tuple[int, int]:
    return find_line_and_column(document.text, document.place.offset_of(path))


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Json) -> list[tuple[int, str]]:
    """The texts of a list with their indexes, at most as many as a toolset may have."""
    items = value[:1000] if isinstance(value, list) else []
    return [(index, item) for index, item in enumerate(items) if isinstance(item, str)]
