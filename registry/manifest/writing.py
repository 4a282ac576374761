"""Writing tool.yaml: the canonical text of a manifest, and any value as lines at a given indentation.

Fields come in the order of ``schemas/tool.schema.json``; everything that the schema does not order keeps its own order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from registry import jsontext
from registry.errors import Fault, InputRefused
from registry.model import Json

from . import scalars
from .comments import Note
from .report import MANIFEST_FILE, Path
from .shape import schema_at
from .yaml_text import Document, read

SCHEMA_LINE: Final = "# yaml-language-server: $schema=../../schemas/tool.schema.json"
WIDTH: Final = 100
_NO_NOTE: Final = Note()
_LONGEST_SIMPLE_KEY = 1000  # YAML looks for the colon within 1,024 characters; beyond, a key is announced by `?`
_SHORT_TEXT = 24  # characters; up to this, a text of several lines stays on one, with its newlines escaped


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is laid out: columns by which mappings and lists are indented, and characters in a line.

    ``notes`` are the comments to be written, by the path of the value that they belong to, and ``broken`` the
    collections that must not be written on one line because of them.
    """

    step: int = 2
    dash: int = 2
    width: int = WIDTH
    notes: Mapping[Path, Note] = field(default_factory=dict)
    broken: frozenset[Path] = frozenset()

    def note(self, path: Path) -> Note:
        """What is to be written around a value."""
        return self.notes.get(path, _NO_NOTE)


@dataclass(frozen=True, slots=True)
class Written:
    """A value in block style: what stands behind its key or dash, and the lines below, without line ends."""

    head: str
    below: tuple[str, ...] = ()


def canonical(manifest: dict[str, Json], *, schema_line: str = SCHEMA_LINE) -> bytes:
    """The canonical tool.yaml of a manifest: reading it strictly gives exactly ``manifest``, whatever that holds.

    ``schema_line`` is the comment on the first line. Raises InputRefused for what no tool.yaml can hold: over 64 KiB
    or 32 levels, lone surrogates, NaN.
    """
    value = jsontext.loads(jsontext.dumps(manifest))
    text = "\n".join([schema_line, *body(value, Layout()), ""])
    refuse_unless_read(text.encode(), value)
    return text.encode()


def refuse_unless_read(data: bytes, value: Json) -> None:
    """Raise InputRefused unless strict reading of ``data`` gives ``value``."""
    document = understood(data)
    if not same(document.value, value):
        raise InputRefused(f"This value cannot be written as {MANIFEST_FILE}.")


def understood(data: bytes) -> Document:
    """Read tool.yaml strictly. Raises InputRefused with every finding where there is one."""
    document = read(MANIFEST_FILE, data)
    if document.findings:
        faults = [
            Fault(f"/{one.file}", f"{one.file}:{one.line}:{one.column}: {one.message}", one.code)
            for one in sorted(document.findings)
        ]
        raise InputRefused(f"{MANIFEST_FILE} cannot be read: {faults[0].message}", faults)
    return document


def same(one: Json, other: Json) -> bool:
    """Whether two values are equal as they are written: 1, 1.0 and true are three values, the order of keys is none."""
    return jsontext.sorted_text(one) == jsontext.sorted_text(other)


def body(value: Json, layout: Layout) -> list[str]:
    """The lines of a whole document."""
    if isinstance(value, dict) and value:
        return list(_mapping(value, (), 0, layout))
    if isinstance(value, list) and value:
        return list(_sequence(value, (), 0, layout))
    return [flow(value, ())]


def ordered(keys: list[str], path: Path) -> list[str]:
    """``keys`` of the mapping at ``path`` in the schema's order; those that it does not know follow as they come."""
    order = {key: number for number, key in enumerate(schema_at(path).get("properties", {}))}
    return sorted(keys, key=lambda key: order.get(key, len(order)))


def key_text(key: str, *, between_brackets: bool) -> str:
    """A key with its colon, and with ``?`` where it is too long to be found otherwise."""
    text = scalars.string(key, flow=between_brackets)
    return f"{text}:" if len(text) <= _LONGEST_SIMPLE_KEY else f"? {text} :" if between_brackets else f"? {text}\n:"


def flow(value: Json, path: Path) -> str:
    """Any value on one line, collections in brackets; ``path`` leads to it."""
    if isinstance(value, dict):
        return "{" + ", ".join(flow_entry(key, value[key], (*path, key)) for key in ordered(list(value), path)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item, (*path, number)) for number, item in enumerate(value)) + "]"
    return scalars.scalar(value, flow=True)


def flow_entry(key: str, value: Json, path: Path) -> str:
    """One key and its value between brackets; ``path`` leads to the value."""
    return f"{key_text(key, between_brackets=True)} {flow(value, path)}"


def block_entry(key: str, value: Json, path: Path, column: int, layout: Layout) -> list[str]:
    """The lines of one key of a block mapping at ``column``; ``path`` leads to the value."""
    name = key_text(key, between_brackets=False).replace("\n", "\n" + " " * column)
    room = layout.width - column - len(name) - 1
    written = block(
        value, path, column, column + layout.dash if isinstance(value, list) else column + layout.step, room, layout
    )
    first = " " * column + name + (f" {written.head}" if written.head else "")
    return [*_beside(first, path, layout).split("\n"), *written.below]


def block_item(value: Json, path: Path, column: int, layout: Layout) -> list[str]:
    """The lines of one item of a block sequence whose dash is at ``column``; a collection begins beside the dash."""
    written = block(value, path, column, column + 2, layout.width - column - 2, layout)
    if written.head:
        return [_beside(f"{' ' * column}- {written.head}", path, layout), *written.below]
    first = next(number for number, line in enumerate(written.below) if line and not line.lstrip(" ").startswith("#"))
    above = [line[2:] for line in written.below[:first]]
    if beside := layout.note(path).beside:  # the first line is that of another value
        above.insert(0, " " * column + beside)
    return [*above, f"{' ' * column}- {written.below[first].lstrip(' ')}", *written.below[first + 1 :]]


def block(value: Json, path: Path, parent: int, indent: int, room: int, layout: Layout) -> Written:
    """``value`` below a key or dash at column ``parent``: its own lines at ``indent``, ``room`` left beside the key."""
    if isinstance(value, str):
        return _text(value, path, parent, indent, room, layout)
    if not isinstance(value, dict | list) or not value:
        return Written(flow(value, path))
    if _reads_well_in_flow(value, path) and path not in layout.broken:
        line = flow(value, path)
        if len(line) <= room and "\\n" not in line:
            return Written(line)
    if isinstance(value, dict):
        return Written("", tuple(_mapping(value, path, indent, layout)))
    return Written("", tuple(_sequence(value, path, indent, layout)))


def _text(text: str, path: Path, parent: int, indent: int, room: int, layout: Layout) -> Written:
    line = scalars.string(text, flow=False)
    kept = scalars.literal(text, indent, parent) if layout.note(path).literal else None
    if kept:
        found: tuple[str, list[str]] | None = kept
    elif "\n" in text:
        wide = max(map(len, text.split("\n"))) > layout.width - indent
        found = scalars.folded(text, indent, layout.width - indent) if wide else None
        found = found or (scalars.literal(text, indent, parent) if len(text) > _SHORT_TEXT else None)
    else:
        found = scalars.folded(text, indent, layout.width - indent) if len(line) > room and " " in text else None
    return Written(found[0], tuple(found[1])) if found else Written(line)


def _reads_well_in_flow(value: Json, path: Path) -> bool:
    """Short lists, and mappings of scalars and short lists that are no field of the manifest of their own."""
    if isinstance(value, list):
        return not any(isinstance(item, dict | list) for item in value)
    if (len(path) == 1 and path != ("annotations",)) or (len(path) == 2 and path[0] == "examples"):  # noqa: PLR2004 - an example
        return False
    return all(
        not isinstance(item, dict | list) or (isinstance(item, list) and _reads_well_in_flow(item, ()))
        for item in value.values()
    )


def _mapping(value: dict[str, Json], path: Path, column: int, layout: Layout) -> Iterator[str]:
    for key in ordered(list(value), path):
        yield from _noted(layout.note((*path, key)).above, column)
        yield from block_entry(key, value[key], (*path, key), column, layout)
    yield from _noted(layout.note(path).below, column)


def _sequence(value: list[Json], path: Path, column: int, layout: Layout) -> Iterator[str]:
    for number, item in enumerate(value):
        yield from _noted(layout.note((*path, number)).above, column)
        yield from block_item(item, (*path, number), column, layout)
    yield from _noted(layout.note(path).below, column)


def _noted(lines: list[str], column: int) -> Iterator[str]:
    yield from (" " * column + line if line else "" for line in lines)


def _beside(line: str, path: Path, layout: Layout) -> str:
    note = layout.note(path)
    return f"{line}  {note.beside}" if note.beside else line
