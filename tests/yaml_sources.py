"""Hypothesis strategies: YAML as people write it, with comments, styles and indentation, and merge patches for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from registry.manifest.yaml.strict_reader import read_yaml

KEYS = [
    "name",
    "title",
    "description",
    "tags",
    "owner",
    "parameters",
    "runtime",
    "metadata",
    "zeta",
    "a b",
    '"q: r"',
    "'s'",
]
INNER = ["type", "properties", "timeout_seconds", "memory_mb", "host", "port", "x-1", '"y"', "'no'", '"1"']
PLAIN = [
    "alpha",
    "two words",
    "5",
    "-3",
    "true",
    "1.5",
    "no",
    "null",
    "~",
    "010",
    "a:b",
    "x#y",
    "http://x/y?z",
    "1e3",
    "é 😀",
]
QUOTED = ["''", "'it''s'", "'a: b # c'", '""', r'"a\nb"', '"x # y"', r'"\u00e9\t"', '"5"', "'[a]'"]
COMMENTS = ["# note", "#: odd: [comment", "# a: 1", "#"]
INLINE = [
    "[]",
    "{}",
    "[a, b]",
    "[a, 'b, c', 5]",
    "{x: 1, y: two}",
    '{"x":1,y: {z: [1, 2]}}',
    "[ a , [b], {c: d} ]",
    "[a, b,]",
    "{x: , y: 2}",
    "[p: q]",
    "{a, b: 1}",
]
TEXTS = [
    "plain words",
    "Nested value",
    "a # no comment",
    "key: value",
    "- dash",
    "",
    "  deeper",
    "last",
    "ends blank  ",
]


@dataclass(frozen=True)
class Source:
    """A text, and its top-level fields: each key with the lines that are its own."""

    text: str
    fields: tuple[tuple[str, str], ...]


@dataclass
class _Author:
    """How one file is written, and where the random choices come from."""

    draw: Any
    newline: str
    step: int
    dash: int

    def pick(self, options: list[Any]) -> Any:
        return self.draw(st.sampled_from(options))

    def chance(self, one_in: int) -> bool:
        return bool(self.draw(st.integers(1, one_in)) == 1)

    def trailing(self) -> str:
        return self.pick(["  ", " ", "\t"]) + self.pick(COMMENTS) if self.chance(5) else ""

    def above(self, column: int) -> list[str]:
        lines = [""] if self.chance(6) else []
        return lines + ([" " * column + self.pick(COMMENTS)] if self.chance(5) else [])

    def block_text(self, parent: int, column: int) -> tuple[str, list[str]]:
        lines = [self.pick(TEXTS) for _ in range(self.draw(st.integers(1, 4)))]
        style, chomp = self.pick(["|", ">"]), self.pick(["", "-", "+"])
        column = max(column, parent + 1)
        digit = str(column - parent) if self.chance(6) or not lines[0].strip() or lines[0][0] == " " else ""
        below = [" " * column + line if line else "" for line in lines] + [""] * self.draw(st.integers(0, 2))
        return style + digit + chomp + self.trailing(), below

    def brackets(self, column: int) -> tuple[str, list[str]]:
        if not self.chance(3):
            return self.pick(INLINE) + self.trailing(), []
        inner = " " * (column + 1)
        items = [inner + self.pick(["a", "'b'", "5", "[c, d]", "{e: f}"]) for _ in range(self.draw(st.integers(1, 3)))]
        lines = [item + "," + self.trailing() for item in items]
        if self.chance(2):
            lines[-1] = items[-1] + self.trailing()
        return "[" + self.trailing(), [*lines, " " * column + "]" + self.trailing()]

    def value(self, parent: int, column: int, depth: int) -> tuple[str, list[str]]:
        """What stands behind a key or dash at column ``parent``, and the lines below, which begin at ``column``."""
        kind = self.draw(st.integers(0, 9 if depth else 6))
        if kind <= 2:
            return self.pick(QUOTED if kind == 2 else PLAIN) + self.trailing(), []
        if kind <= 4:
            return self.block_text(parent, column) if kind == 3 else self.over_lines(column)
        if kind == 5:
            return self.trailing().lstrip() if self.chance(2) else "", []
        if kind == 6:
            return self.brackets(column)
        inner = self.sequence(parent + self.dash, depth - 1) if kind == 7 else self.mapping(column, depth - 1, INNER)
        return self.trailing().lstrip(), inner

    def over_lines(self, column: int) -> tuple[str, list[str]]:
        first, second = self.pick([("plain text", "goes on"), ('"quoted', 'text"'), ("'single", "text'")])
        return first, [" " * column + second + self.trailing()]

    def entry(self, start: str, parent: int, column: int, depth: int) -> list[str]:
        head, below = self.value(parent, column, depth)
        return [f"{start}{' ' if head else ''}{head}", *below]

    def mapping(self, column: int, depth: int, keys: list[str]) -> list[str]:
        lines: list[str] = []
        for key in self.draw(st.lists(st.sampled_from(keys), min_size=1, max_size=4, unique=True)):
            lines += self.above(column)
            lines += self.entry(f"{' ' * column}{key}:", column, column + self.step, depth)
        return lines

    def sequence(self, column: int, depth: int) -> list[str]:
        lines: list[str] = []
        for number in range(self.draw(st.integers(1, 4))):
            lines += self.above(column) if number else []
            if depth and self.chance(2):
                inner = self.mapping(column + 2, depth - 1, INNER)
                while not inner[0].strip() or inner[0].lstrip().startswith("#"):
                    inner.pop(0)
                lines += [" " * column + "- " + inner[0].lstrip(), *inner[1:]]
            else:
                lines += self.entry(" " * column + "-", column, column + 2, depth)
        return lines


@st.composite
def sources(draw: Any) -> Source:
    """A mapping that the strict reader takes without a finding (but for chance: filter by reading it)."""
    step = draw(st.sampled_from([2, 2, 2, 4, 1, 3]))
    author = _Author(draw, draw(st.sampled_from(["\n", "\n", "\r\n"])), step, draw(st.sampled_from([0, 2, step])))
    lines = [author.pick(["# yaml-language-server: $schema=x", "---", "# a", ""])] if author.chance(2) else []
    if lines and author.chance(2):
        lines.append("")
    text = "".join(line + author.newline for line in lines)
    fields: list[tuple[str, str]] = []
    for key in draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=6, unique=True)):
        above = author.above(0)
        own = author.entry(f"{key}:", 0, step, 3)
        text += "".join(line + author.newline for line in above + own)
        fields.append((key.strip("'\""), _own(own, author.newline)))
    if draw(st.integers(1, 5)) == 1:
        text = text.rstrip("\r\n")
    return Source(text, tuple(fields))


def _own(lines: list[str], newline: str) -> str:
    """A field's lines, with the empty ones at its end only where the field's value has them (``|+``)."""
    text = "".join(line + newline for line in lines)
    least = text.rstrip("\r\n") + newline
    whole, without = (read_yaml("tool.yaml", one.encode()).value for one in (text, least))
    return least if whole == without else text


STRINGS = st.sampled_from(
    [
        "x",
        "no",
        "1:30",
        "a: b",
        "a # b",
        "",
        " pad ",
        "a\nb",
        "a\nb\n",
        "\n",
        "word " * 30 + "end",
        "é😀",
        "\x07",
        "it's",
        '"',
        "\\d+",
        "5",
        "a, b",
        "[",
        "- x",
        "  in\nout\n\n",
        "\x85",
        "tab\tin",
        "null",
        "two words and more",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers(-5, 99) | st.floats(-2, 2) | STRINGS
NEW_KEYS = st.sampled_from(
    ["status", "category", "examples", "new", "no", "1", "k: v", "type", "network", "k" * 1100, "l\nm"]
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NEW_KEYS, inner, max_size=3), max_leaves=8
)


@st.composite
def patches(draw: Any, value: dict[str, Any], most: int = 3) -> dict[str, Any]:
    """A merge patch that touches what is there and adds what is not."""
    patch: dict[str, Any] = {}
    for key in draw(st.lists(st.sampled_from(sorted(value)), max_size=most, unique=True)) if value else []:
        old = value[key]
        kind = draw(st.integers(0, 3))
        if kind == 0:
            patch[key] = None
        elif isinstance(old, dict) and kind < 3:
            patch[key] = draw(patches(old))
        elif isinstance(old, list) and kind < 3:
            patch[key] = draw(_lists(old))
        else:
            patch[key] = draw(VALUES)
    if draw(st.integers(0, 2)) == 0:
        patch[draw(NEW_KEYS)] = draw(VALUES)
    return patch


@st.composite
def _lists(draw: Any, old: list[Any]) -> list[Any]:
    new = [item for item in old if draw(st.integers(0, 3))]
    for _ in range(draw(st.integers(0, 2))):
        new.insert(draw(st.integers(0, len(new))), draw(VALUES))
    if new and draw(st.booleans()):
        at = draw(st.integers(0, len(new) - 1))
        new[at] = {**new[at], "added": draw(SCALARS)} if isinstance(new[at], dict) else draw(VALUES)
    return new
