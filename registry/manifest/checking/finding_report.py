"""Collect the findings about one YAML file by paths into it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from registry.errors import Fault
from registry.manifest.yaml import YamlDocument, find_line_and_column, read_yaml
from registry.model import Finding, Severity

MANIFEST_FILE = "tool.yaml"
MAX_FINDINGS = 100  # of each severity: more do not help, and finding each position reads the text again
Path = tuple[str | int, ...]


class FindingReport:
    """The findings of one file. Lines and columns are computed only here, for findings."""

    def __init__(self, document: YamlDocument, file: str = MANIFEST_FILE) -> None:
        self._document = document
        self._file = file
        self.findings: list[Finding] = list(document.findings)
        self._faulted: set[Path] = set()
        self._counts: dict[Severity, int] = {"error": 0, "warning": 0}

    def at(self, path: Path, code: str, message: str, severity: Severity = "error") -> None:
        """Add a finding about the value at ``path``, unless the YAML reader refused that value already."""
        if not self._silenced(path):
            self._add(self._document.place.offset_of(path), code, message, severity)
            self._faulted.add(path)

    def at_key(self, path: Path, key: str, code: str, message: str, severity: Severity = "error") -> None:
        """Add a finding about the key ``key`` of the mapping at ``path``."""
        if not self._silenced((*path, key)):
            self._add(self._document.place.key_offset(path, key), code, message, severity)

    def has_fault_below(self, path: Path) -> bool:
        """Whether there is a fault at or below ``path`` already, so that further findings would be noise."""
        size = len(path)
        return any(known[:size] == path for known in (*self._faulted, *self._document.refused))

    def has_fault_at(self, path: Path) -> bool:
        """Whether there is a fault at exactly ``path`` already."""
        return path in self._faulted

    def _silenced(self, path: Path) -> bool:
        refused = self._document.refused
        return bool(refused) and any(path[: len(known)] == known for known in refused)

    def _add(self, offset: int, code: str, message: str, severity: Severity) -> None:
        if self._counts[severity] >= MAX_FINDINGS:
            return
        self._counts[severity] += 1
        line, column = find_line_and_column(self._document.text, offset)
        finding = Finding(self._file, line, column, severity, code, message)
        if finding not in self.findings:
            self.findings.append(finding)


def locate_pointers(data: bytes) -> Callable[[str], tuple[int, int]]:
    """For a readable tool.yaml: a function from a JSON pointer to the line and column of its value."""
    document = read_yaml(MANIFEST_FILE, data)

    def place(pointer: str) -> tuple[int, int]:
        path = split_fault_pointer(Fault(pointer, "", ""), document.value)
        return find_line_and_column(document.text, document.place.offset_of(path))

    return place


def split_fault_pointer(fault: Fault, value: object) -> Path:
    """A fault's JSON pointer as a path into ``value``; indexes of lists become numbers."""
    path: list[str | int] = []
    node = value
    for raw in fault.pointer.split("/")[1:]:
        step = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(node, list):
            path.append(int(step))
            node = node[int(step)]
        else:
            path.append(step)
            node = node.get(step) if isinstance(node, dict) else None
    return tuple(path)


def to_kebab(word: str) -> str:
    """A keyword such as ``minLength`` in the spelling of codes: ``min-length``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", word).lower().lstrip("$")


def join_names(words: Sequence[str]) -> str:
    """The first few names, joined for a message."""
    few = ", ".join(words[:8])
    return few + (", …" if len(words) > 8 else "")  # noqa: PLR2004 - as many as one line shows
