"""Write one scalar: plain, quoted, or as a block, and always so that every reader gets the same value.

The text means the same in YAML 1.1 and YAML 1.2: ``no``, ``1:30``, ``010``, ``1e3`` and dates are quoted, floats have a
point, and invisible characters (control characters, marks of writing direction, unusual line ends) are escaped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from registry.model import Json

_WORDS = frozenset({"", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "=", "<<"})
_NUMBER = re.compile(
    r"""[-+]?(?: [0-9][0-9_]*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?   # 1  1_000  1.5  1e3
              | \.[0-9_]+(?:e[-+]?[0-9]+)? | \.(?:inf|nan)
              | 0[box][0-9a-f_]+
              | [0-9][0-9_]*(?::[0-9_]+)+(?:\.[0-9_]*)?          # 1:30 is 90 in YAML 1.1
              )\Z""",
    re.IGNORECASE | re.VERBOSE,
)
_DATE = re.compile(r"[0-9]{4}-[0-9]")
_HARD_START = re.compile(r"[?:,\[\]{}#&*!|>'\"%@`]|---|\.\.\.|-(?:\s|\Z|[,\[\]{}])")
_HARD_INSIDE = re.compile(r":(?:\s|\Z)|\s#")
_HARD_IN_FLOW = re.compile(r"[,\[\]{}?]")
# Not printable for some readers, or invisible: written as an escape, and so only in double quotes.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_UNSEEN_IN_BLOCK = re.compile(f"{_UNSEEN.pattern[:-1]}]".replace("\x00-\x1f", "\x00-\x08\x0b-\x1f"))
_ESCAPED = re.compile(f'{_UNSEEN.pattern[:-1]}"\\\\]')
_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_BREAKABLE = re.compile(r"(?<=[^ \t]) (?=[^ \t])")
MAX_INDICATOR = 9


def is_plain(text: str, *, flow: bool) -> bool:
    """Whether every reader reads ``text`` without quotes as this string; ``flow`` means between brackets."""
    if text.lower() in _WORDS or text != text.strip() or _UNSEEN.search(text):
        return False
    if _HARD_START.match(text) or _HARD_INSIDE.search(text) or _NUMBER.match(text) or _DATE.match(text):
        return False
    return not (flow and _HARD_IN_FLOW.search(text))


def is_single(text: str) -> bool:
    """Whether ``text`` can be written in single quotes on one line."""
    return not _UNSEEN.search(text)


def quote_single(text: str) -> str:
    """``text`` in single quotes."""
    return "'" + text.replace("'", "''") + "'"


def quote_double(text: str) -> str:
    """``text`` in double quotes, which can hold any string without surrogates."""
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004


def write_string(text: str, *, flow: bool) -> str:
    """``text`` on one line in the lightest style that is safe."""
    if is_plain(text, flow=flow):
        return text
    if ('"' in text or "\\" in text) and is_single(text):
        return quote_single(text)
    return quote_double(text)


def write_scalar(value: Json, *, flow: bool) -> str:
    """A scalar on one line. Floats get the point that YAML 1.1 requires."""
    if isinstance(value, str):
        return write_string(value, flow=flow)
    if isinstance(value, float):
        text = repr(value)
        return text if "." in text else text.replace("e", ".0e")
    return json.dumps(value)


def wrap_text(text: str, first_room: int, room: int) -> list[str]:
    """``text`` broken at single spaces into lines of at most ``room`` characters, as far as possible."""
    lines: list[str] = []
    line = ""
    for word in _BREAKABLE.split(text):
        if line and len(line) + 1 + len(word) > (room if lines else first_room):
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


def write_literal_block(text: str, indent: int, parent: int) -> tuple[str, list[str]] | None:
    """Header and lines of ``text`` as a literal block at column ``indent``; None if such a block cannot hold it.

    ``parent`` is the column of the collection around the block, from which an indentation indicator counts.
    """
    body = text.rstrip("\n")
    if not body.strip() or _UNSEEN_IN_BLOCK.search(text):
        return None
    indicator = _indicator(body, indent, parent)
    if indicator is None:
        return None
    return "|" + indicator + _chomp(text, body), _indented(body.split("\n") + _kept(text, body), indent)


def write_folded_block(text: str, indent: int, room: int) -> tuple[str, list[str]] | None:
    """Header and lines of ``text`` as a folded block with lines of at most ``room`` characters; None if it has lines
    that begin or end with a blank."""
    body = text.rstrip("\n")
    if not body.strip() or _UNSEEN_IN_BLOCK.search(text) or re.search(r"^[ \t]|[ \t]$", body, re.MULTILINE):
        return None
    lines: list[str] = []
    for part in re.split(r"(\n+)", body):
        # Reading a folded block drops one line break between words, so a newline needs an empty line.
        lines.extend([""] * len(part) if part[:1] == "\n" else wrap_text(part, room, room) if part else [])
    return ">" + _chomp(text, body), _indented(lines + _kept(text, body), indent)


def _indicator(body: str, indent: int, parent: int) -> str | None:
    """The indentation indicator, which a block needs if its first line with words begins with a blank."""
    first = next(line for line in body.split("\n") if line)
    if first[0] not in " \t":
        return ""
    return str(indent - max(parent, 0)) if 1 <= indent - max(parent, 0) <= MAX_INDICATOR else None


def _chomp(text: str, body: str) -> str:
    newlines = len(text) - len(body)
    return "-" if newlines == 0 else "" if newlines == 1 else "+"


def _kept(text: str, body: str) -> list[str]:
    return [""] * max(len(text) - len(body) - 1, 0)


def _indented(lines: Sequence[str], indent: int) -> list[str]:
    return [" " * indent + line if line else "" for line in lines]
