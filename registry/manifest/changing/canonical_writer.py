"""Write tool.yaml: the canonical text of a manifest, and any value as lines at a given indentation.

Fields have the order of ``schemas/tool.schema.json``; keys that the schema does not know keep their own order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from registry import json_text
from registry.errors import Fault, InputRefused
from registry.manifest.checking import MANIFEST_FILE, Path, find_schema_at
from registry.manifest.yaml import (
    YamlDocument,
    read_yaml,
    write_folded_block,
    write_literal_block,
    write_scalar,
    write_string,
)
from registry.model import Json

from .yaml_comments import Note

SCHEMA_LINE: Final = "# yaml-language-server: $schema=../../schemas/tool.schema.json"
WIDTH: Final = 100
_NO_NOTE: Final = Note()
_LONGEST_SIMPLE_KEY = 1000  # YAML looks for the colon within 1,024 characters; beyond, a key is announced by `?`
_SHORT_TEXT = 24  # characters; up to this, a text of several lines stays on one, with its newlines escaped


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of a file: columns by which mappings and lists are indented, and characters in a line.

    ``notes`` are the comments to write, by the path of their value; ``broken`` are the collections that must not be
    written on one line because of them.
    """

    step: int = 2
    dash: int = 2
    width: int = WIDTH
    notes: Mapping[Path, Note] = field(default_factory=dict)
    broken: frozenset[Path] = frozenset()

    def note(self, path: Path) -> Note:
        """The comments to write around a value."""
        return self.notes.get(path, _NO_NOTE)


@dataclass(frozen=True, slots=True)
class WrittenValue:
    """A value in block style: the text after its key or dash, and the lines below, without line ends."""

    head: str
    below: tuple[str, ...] = ()


def write_canonical(manifest: dict[str, Json], *, schema_line: str = SCHEMA_LINE) -> bytes:
    """The canonical tool.yaml of a manifest: strict reading gives exactly ``manifest``, whatever its values.

    ``schema_line`` is the comment on the first line. Raises InputRefused for values that a tool.yaml cannot hold: over
    64 KiB or 32 levels, lone surrogates, NaN.
    """
    value = json_text.loads(json_text.dumps(manifest))
    text = "\n".join([schema_line, *write_body(value, Layout()), ""])
    refuse_unless_read(text.encode(), value)
    return text.encode()


def refuse_unless_read(data: bytes, value: Json) -> None:
    """Raise InputRefused unless strict reading of ``data`` gives ``value``."""
    document = read_strictly(data)
    if not are_same_value(document.value, value):
        raise InputRefused(f"This value cannot be written as {MANIFEST_FILE}.")


def read_strictly(data: bytes) -> YamlDocument:
    """Read tool.yaml strictly. Raises InputRefused with all findings if there are any."""
    document = read_yaml(MANIFEST_FILE, data)
    if document.findings:
        faults = [
            Fault(f"/{one.file}", f"{one.file}:{one.line}:{one.column}: {one.message}", one.code)
            for one in sorted(document.findings)
        ]
        raise InputRefused(f"{MANIFEST_FILE} cannot be read: {faults[0].message}", faults)
    return document


def are_same_value(one: Json, other: Json) -> bool:
    """Whether two values are equal as written: 1, 1.0 and true are different; the order of keys does not matter."""
    return json_text.dump_sorted(one) == json_text.dump_sorted(other)


def write_body(value: Json, layout: Layout) -> list[str]:
    """The lines of a whole document."""
    if isinstance(value, dict) and value:
        return list(_mapping(value, (), 0, layout))
    if isinstance(value, list) and value:
        return list(_sequence(value, (), 0, layout))
    return [write_flow(value, ())]


def order_keys(keys: list[str], path: Path) -> list[str]:
    """``keys`` of the mapping at ``path`` in the schema's order; unknown keys follow in their own order."""
    order = {key: number for number, key in enumerate(find_schema_at(path).get("properties", {}))}
    return sorted(keys, key=lambda key: order.get(key, len(order)))


def write_key(key: str, *, between_brackets: bool) -> str:
    """A key with its colon, and with ``?`` if it is too long for a simple key."""
    text = write_string(key, flow=between_brackets)
    return f"{text}:" if len(text) <= _LONGEST_SIMPLE_KEY else f"? {text} :" if between_brackets else f"? {text}\n:"


def write_flow(value: Json, path: Path) -> str:
    """Any value on one line, collections in brackets; ``path`` is its path."""
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(write_flow_entry(key, value[key], (*path, key)) for key in order_keys(list(value), path))
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(write_flow(item, (*path, number)) for number, item in enumerate(value)) + "]"
    return write_scalar(value, flow=True)


def write_flow_entry(key: str, value: Json, path: Path) -> str:
    """One key and its value between brackets; ``path`` is that of the value."""
    return f"{write_key(key, between_brackets=True)} {write_flow(value, path)}"


def write_block_entry(key: str, value: Json, path: Path, column: int, layout: Layout) -> list[str]:
    """The lines of one key of a block mapping at ``column``; ``path`` is that of the value."""
    name = write_key(key, between_brackets=False).replace("\n", "\n" + " " * column)
    room = layout.width - column - len(name) - 1
    written = write_block(
        value, path, column, column + layout.dash if isinstance(value, list) else column + layout.step, room, layout
    )
    first = " " * column + name + (f" {written.head}" if written.head else "")
    return [*_beside(first, path, layout).split("\n"), *written.below]


def write_block_item(value: Json, path: Path, column: int, layout: Layout) -> list[str]:
    """The lines of one item of a block sequence with its dash at ``column``; a collection begins after the dash."""
    written = write_block(value, path, column, column + 2, layout.width - column - 2, layout)
    if written.head:
        return [_beside(f"{' ' * column}- {written.head}", path, layout), *written.below]
    first = next(number for number, line in enumerate(written.below) if line and not line.lstrip(" ").startswith("#"))
    above = [line[2:] for line in written.below[:first]]
    if beside := layout.note(path).beside:  # the first line belongs to another value
        above.insert(0, " " * column + beside)
    return [*above, f"{' ' * column}- {written.below[first].lstrip(' ')}", *written.below[first + 1 :]]


def write_block(value: Json, path: Path, parent: int, indent: int, room: int, layout: Layout) -> WrittenValue:
    """``value`` of a key or dash at column ``parent``: further lines at ``indent``, ``room`` characters beside the
    key."""
    if isinstance(value, str):
        return _text(value, path, parent, indent, room, layout)
    if not isinstance(value, dict | list) or not value:
        return WrittenValue(write_flow(value, path))
    if _reads_well_in_flow(value, path) and path not in layout.broken:
        line = write_flow(value, path)
        if len(line) <= room and "\\n" not in line:
            return WrittenValue(line)
    if isinstance(value, dict):
        return WrittenValue("", tuple(_mapping(value, path, indent, layout)))
    return WrittenValue("", tuple(_sequence(value, path, indent, layout)))


def _text(text: str, path: Path, parent: int, indent: int, room: int, layout: Layout) -> WrittenValue:
    line = write_string(text, flow=False)
    kept = write_literal_block(text, indent, parent) if layout.note(path).literal else None
    if kept:
        found: tuple[str, list[str]] | None = kept
    elif "\n" in text:
        wide = max(map(len, text.split("\n"))) > layout.width - indent
        found = write_folded_block(text, indent, layout.width - indent) if wide else None
        found = found or (write_literal_block(text, indent, parent) if len(text) > _SHORT_TEXT else None)
    else:
        found = write_folded_block(text, indent, layout.width - indent) if len(line) > room and " " in text else None
    return WrittenValue(found[0], tuple(found[1])) if found else WrittenValue(line)


def _reads_well_in_flow(value: Json, path: Path) -> bool:
    """True for short lists, and for mappings of scalars and short lists that are not a field of the manifest."""
    if isinstance(value, list):
        return not any(isinstance(item, dict | list) for item in value)
    if (len(path) == 1 and path != ("annotations",)) or (len(path) == 2 and path[0] == "examples"):  # noqa: PLR2004 - an example
        return False
    return all(
        not isinstance(item, dict | list) or (isinstance(item, list) and _reads_well_in_flow(item, ()))
        for item in value.values()
    )


def _mapping(value: dict[str, Json], path: Path, column: int, layout: Layout) -> Iterator[str]:
    for key in order_keys(list(value), path):
        yield from _noted(layout.note((*path, key)).above, column)
        yield from write_block_entry(key, value[key], (*path, key), column, layout)
    yield from _noted(layout.note(path).below, column)


def _sequence(value: list[Json], path: Path, column: int, layout: Layout) -> Iterator[str]:
    for number, item in enumerate(value):
        yield from _noted(layout.note((*path, number)).above, column)
        yield from write_block_item(item, (*path, number), column, layout)
    yield from _noted(layout.note(path).below, column)


def _noted(lines: list[str], column: int) -> Iterator[str]:
    yield from (" " * column + line if line else "" for line in lines)


def _beside(line: str, path: Path, layout: Layout) -> str:
    note = layout.note(path)
    return f"{line}  {note.beside}" if note.beside else line
