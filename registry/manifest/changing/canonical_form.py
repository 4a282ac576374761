"""The canonical form of a tool.yaml that somebody wrote: ordered, lightly quoted, every comment kept.

The value is rewritten with its comments and read again: value and comments must be the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from registry.errors import InputRefused
from registry.manifest.checking import MANIFEST_FILE, Path
from registry.manifest.yaml import SpanNode, read_spans, read_yaml
from registry.model import Json

from .canonical_writer import Layout, are_same_value, read_strictly, write_body
from .yaml_comments import Note, collect_notes, find_commented_collections

_UNKEPT = f"{MANIFEST_FILE} has comments that its canonical form cannot keep: put them on their own lines."
_MOST_TURNS = 5
"""A comment that moves can change what fits on one line; a second turn nearly always settles that."""


def tidy_text(data: bytes) -> bytes:
    """The canonical text of a tool.yaml, with its comments. A canonical text is returned unchanged.

    Empty lines stay, but two become one. Raises InputRefused for a text with findings (each is a fault), and for one
    with comments in positions where they cannot be kept.
    """
    value = read_strictly(data).value
    if not isinstance(value, dict) or not value:
        return data
    for _ in range(_MOST_TURNS):
        before, data = data, _once(data.decode(), value)
        if data == before:
            return data
    raise InputRefused(_UNKEPT)


def _once(text: str, value: dict[str, Json]) -> bytes:
    root = read_spans(text)
    notes = _single_spaced(collect_notes(text, root))
    blocks = frozenset(_blocks(root, ()))
    for attempt in (notes, _without_empty_lines(notes)):
        result = _written(value, attempt, blocks | find_commented_collections(attempt))
        document = read_yaml(MANIFEST_FILE, result)
        if document.findings or not are_same_value(document.value, value):
            continue
        again = result.decode()
        if _comments(collect_notes(again, read_spans(again))) == _comments(notes):
            return result
    raise InputRefused(_UNKEPT)


def _written(value: dict[str, Json], notes: dict[Path, Note], broken: frozenset[Path]) -> bytes:
    whole = notes.get((), Note())
    head, rest = _trimmed(whole.above, start=True), write_body(value, Layout(notes=notes, broken=broken))
    if not head or not head[-1]:
        rest = _trimmed(rest, start=True)  # the first field may have come from below an empty line
    return "\n".join([*head, *rest, ""]).encode()


def _blocks(node: SpanNode, path: Path) -> Iterator[Path]:
    """The collections whose author gave each entry a line of its own; that is kept."""
    if node.style == "block":
        yield path
    for number, entry in enumerate(node.entries):
        yield from _blocks(entry.node, (*path, node.keys[number] if node.keys else number))


def _single_spaced(notes: dict[Path, Note]) -> dict[Path, Note]:
    """The notes without consecutive empty lines, and without empty lines at the file's end."""
    found = {
        path: replace(note, above=_singles(note.above), below=_singles(note.below)) for path, note in notes.items()
    }
    if () in found:
        found[()] = replace(found[()], below=_trimmed(found[()].below, start=False))
    return found


def _singles(lines: list[str]) -> list[str]:
    return [line for number, line in enumerate(lines) if line or number == 0 or lines[number - 1]]


def _trimmed(lines: list[str], *, start: bool) -> list[str]:
    full = [number for number, line in enumerate(lines) if line]
    if not full:
        return []
    return lines[full[0] :] if start else lines[: full[-1] + 1]


def _without_empty_lines(notes: dict[Path, Note]) -> dict[Path, Note]:
    def full(lines: list[str]) -> list[str]:
        return [line for line in lines if line]

    return {path: replace(note, above=full(note.above), below=full(note.below)) for path, note in notes.items()}


def _comments(notes: dict[Path, Note]) -> list[str]:
    """All comments, sorted; two on one line count as one."""
    return sorted(line for note in notes.values() for line in (*note.above, note.beside, *note.below) if line)
