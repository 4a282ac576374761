"""The difference between two contents of a tool's folder: as a text to read, and as lines to show.

Git compares copies of the files, without a repository, settings or filters. Unlike a comparison in Python it is fast
for any input.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from registry.folder_rules import make_printable
from registry.gitrepo.store import run_git

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
LINES_AT_MOST = 20_000
"""The most lines of one file as :class:`DiffLine`: each takes fifty times the memory of its text."""
_NO_NEWLINE = "\\ No newline at end of file"
Status = Literal["added", "changed", "removed"]


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line: ``kind`` is `` `` (in both), ``-`` (only in the old) or ``+`` (only in the new). Line numbers count
    from 1, None on a side that lacks the line. ``ends`` is whether the line ends in a newline."""

    kind: Literal[" ", "-", "+"]
    text: str
    old: int | None
    new: int | None
    ends: bool


@dataclass(frozen=True, slots=True)
class DiffHunk:
    """Neighbouring changes, with up to three lines of context around them."""

    old_start: int
    old_lines: int
    new_start: int
    new_lines: int
    lines: tuple[DiffLine, ...]


@dataclass(frozen=True, slots=True)
class FileDifference:
    """One file that differs. ``unified`` is the text that ``patch`` takes; a binary file has no hunks.

    ``truncated``: the file has too many changed lines, and only the first hunks are here.
    """

    path: str
    status: Status
    binary: bool
    unified: str
    hunks: tuple[DiffHunk, ...]
    truncated: bool = False


def compare_contents(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> tuple[FileDifference, ...]:
    """The files that differ, sorted by path. Bytes that are not UTF-8 become U+FFFD."""
    paths = [path for path in sorted(old.keys() | new.keys()) if old.get(path) != new.get(path)]
    if not paths:
        return ()
    printed = _compared([(old.get(path), new.get(path)) for path in paths])
    return tuple(
        _difference(path, old.get(path), new.get(path), printed.get(number, [])) for number, path in enumerate(paths)
    )


def format_unified(differences: tuple[FileDifference, ...]) -> str:
    """The differences of all files as one unified diff."""
    return "".join(difference.unified for difference in differences)


def _compared(pairs: list[tuple[bytes | None, bytes | None]]) -> dict[int, list[str]]:
    """The lines that Git prints for each pair, by the pair's index."""
    with tempfile.TemporaryDirectory(prefix="toolcrib-") as folder:
        for side in (0, 1):
            (Path(folder) / "ab"[side]).mkdir()
            for number, pair in enumerate(pairs):
                content = pair[side]
                if content is not None:
                    (Path(folder) / "ab"[side] / str(number)).write_bytes(content)
        printed = run_git(
            Path(folder), "diff", "--no-index", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames",
            "--no-prefix", "--unified=3", "a", "b",
            environ={"GIT_DIR": "/nonexistent", "GIT_CEILING_DIRECTORIES": str(Path(folder).parent)},
            statuses=(0, 1),
        )  # fmt: skip
    found: dict[int, list[str]] = {}
    lines: list[str] = []
    for line in printed.decode("utf-8", "replace").split("\n"):
        # Each line of a file has a sign before it, so no file can forge a header.
        if line.startswith("diff --git "):
            lines = found.setdefault(int(line.rpartition("/")[2]), [])
        else:
            lines.append(line)
    return found


def _difference(path: str, old: bytes | None, new: bytes | None, printed: list[str]) -> FileDifference:
    status: Status = "added" if old is None else "removed" if new is None else "changed"
    name = make_printable(path)
    before, after = "/dev/null" if old is None else f"a/{name}", "/dev/null" if new is None else f"b/{name}"
    binary = any(line.startswith("Binary files ") for line in printed[:4])
    if binary:
        return FileDifference(path, status, binary, f"Binary files {before} and {after} differ\n", ())
    start = next((number for number, line in enumerate(printed) if line.startswith("@@ ")), len(printed))
    body = [line for line in printed[start:] if line]
    text = "".join(f"{line}\n" for line in [f"--- {before}", f"+++ {after}", *body])
    shown = _whole_hunks(body)
    return FileDifference(path, status, binary, text, tuple(_hunks(body[:shown])), truncated=shown < len(body))


def _whole_hunks(body: list[str]) -> int:
    """How many of these lines to show: as many whole hunks as fit."""
    if len(body) <= LINES_AT_MOST:
        return len(body)
    return next((number for number in range(LINES_AT_MOST, 0, -1) if body[number].startswith("@@ ")), 0)


def _hunks(body: list[str]) -> Iterator[DiffHunk]:
    at = 0
    while at < len(body):
        found = _HUNK.match(body[at])
        assert found is not None  # noqa: S101 -- a line outside of hunks begins one
        old_start, new_start = int(found[1]), int(found[3])
        old_lines, new_lines = int(found[2] or 1), int(found[4] or 1)
        end = next((number for number in range(at + 1, len(body)) if body[number].startswith("@@ ")), len(body))
        lines = tuple(_lines(body[at + 1 : end], old_start, new_start))
        yield DiffHunk(old_start, old_lines, new_start, new_lines, lines)
        at = end


def _lines(printed: list[str], old: int, new: int) -> Iterator[DiffLine]:
    for number, line in enumerate(printed):
        kind, text = line[0], line[1:]
        ends = printed[number + 1 : number + 2] != [_NO_NEWLINE]
        if kind == " ":
            yield DiffLine(" ", text, old, new, ends)
            old, new = old + 1, new + 1
        elif kind == "-":
            yield DiffLine("-", text, old, None, ends)
            old += 1
        elif kind == "+":
            yield DiffLine("+", text, None, new, ends)
            new += 1
