"""The PEP 723 block of a script: dependencies written as TOML in comments at its top."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from registry.model import Finding

from .manifest_shape import is_requirement

_OPENING = "# /// script"
_CLOSING = "# ///"
_PYTHONS = ("3.11", "3.12")  # what sandboxes run
_BLOCK_CHARACTERS = 16 * 1024  # reading TOML takes the square of the longest dotted key
_PATCHES = 30  # as many are tried: >=3.12.4 is met by what 3.12 has become


@dataclass(frozen=True, slots=True)
class Pep723Block:
    """A PEP 723 block: the line at which it opens (from 1), its dependencies, and its findings."""

    line: int
    dependencies: tuple[str, ...]
    findings: tuple[Finding, ...]


def read_block(file: str, data: bytes) -> Pep723Block | None:
    """The block of a Python file; None if it has none. Faults of the block are findings at its first line."""
    if b"# /// script" not in data:
        return None
    lines = data.decode("utf-8", "replace").splitlines()
    starts = [index for index, line in enumerate(lines) if line.rstrip() == _OPENING]
    if not starts:
        return None
    start = starts[0]
    if len(starts) > 1:
        return _faulty(file, start, "pep723-invalid", "There are two script blocks; keep one.")
    content = []
    for line in lines[start + 1 :]:
        if not (line == "#" or line.startswith("# ")):
            break
        content.append(line)
    ends = [index for index, line in enumerate(content) if line.rstrip() == _CLOSING]
    if not ends:
        return _faulty(file, start, "pep723-invalid", "The script block does not end; close it with a line `# ///`.")
    text = "\n".join(line[2:] for line in content[: ends[-1]])
    if len(text) > _BLOCK_CHARACTERS:
        message = f"The script block has {len(text)} characters; at most {_BLOCK_CHARACTERS} are read."
        return _faulty(file, start, "pep723-invalid", message)
    return _parsed(file, start, text)


def _parsed(file: str, start: int, text: str) -> Pep723Block:
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        return _faulty(file, start, "pep723-invalid", f"The script block is not valid TOML: {str(error)[:120]}.")
    dependencies = table.get("dependencies", [])
    if not isinstance(dependencies, list) or not all(isinstance(item, str) for item in dependencies):
        return _faulty(file, start, "pep723-invalid", "dependencies in the script block must be a list of strings.")
    findings = [
        _finding(file, start, "pep723-requirement", f"{item[:60]!r} is no requirement such as dnspython>=2.6.")
        for item in dependencies
        if not is_requirement(item)
    ]
    if "requires-python" in table and (message := _refused_python(table["requires-python"])):
        findings.append(Finding(file, start + 1, 1, "warning", "requires-python", message))
    return Pep723Block(start + 1, tuple(dependencies), tuple(findings))


def _refused_python(wanted: object) -> str:
    """What is wrong with a requires-python here; empty where one of the sandboxes' Pythons fits."""
    try:
        versions = SpecifierSet(wanted) if isinstance(wanted, str) else None
    except InvalidSpecifier:
        versions = None
    if versions is None:
        return "requires-python in the script block is no version such as >=3.11, so it says nothing."
    if any(f"{one}.{patch}" in versions for one in _PYTHONS for patch in range(_PATCHES)):
        return ""
    there = " or ".join(_PYTHONS)
    return f"requires-python asks for {str(wanted)[:60]}, but sandboxes run Python {there}; ask for one of these."


def _faulty(file: str, start: int, code: str, message: str) -> Pep723Block:
    return Pep723Block(start + 1, (), (_finding(file, start, code, message),))


def _finding(file: str, start: int, code: str, message: str) -> Finding:
    return Finding(file, start + 1, 1, "error", code, message)
