"""The ways in which a secret's value is written: what must be looked for to hide it. Pure.

This is against accidents (a debug print, an error's message, an echoed header), which is all that it can be: a tool
that wants to give a secret away has it, and can write it backwards.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

REDACTED = "[redacted]"

MIN_CHARACTERS = 6
_MIN_DIFFERENT = 4
_LINE_CHARACTERS = 8
_ARMOUR = re.compile(r"-----(BEGIN|END) [A-Z0-9 ]+-----")
# As base64.encodebytes and as openssl break their lines, in bytes of what is encoded.
_WRAPPED_BYTES = (57, 48)


def explain_unhideable(value: str) -> str | None:
    """Why a value cannot be told from other text, or handed over at all, in a sentence that does not repeat it."""
    text = value.strip()
    if len(text) < MIN_CHARACTERS or len(set(text)) < _MIN_DIFFERENT:
        return (
            f"a value has at least {MIN_CHARACTERS} characters, {_MIN_DIFFERENT} of them different: "
            "a simpler one could not be told from other text"
        )
    if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
        return "a value is text without NUL and lone surrogates: nothing else fits into an environment variable"
    if REDACTED in value or text in REDACTED:
        return f"a value must not be, or hold, what stands for it elsewhere: {REDACTED}"
    return None


def list_spellings(value: str) -> frozenset[str]:
    """A value and its lines, as they are and as others write them: escaped, quoted, in base64 and in hexadecimal.

    Quoting and base64 also twice, one over the other.
    """
    found: set[str] = set()
    for text in {value, value.strip()}:
        found.update(_escaped(text), _encoded(text.encode()))
    lines = value.splitlines() if len(value.splitlines()) > 1 else []
    for line in map(str.strip, lines):
        # The lines around a key say only that there is one.
        if len(line) >= _LINE_CHARACTERS and len(set(line)) >= _MIN_DIFFERENT and not _ARMOUR.fullmatch(line):
            found.update(_escaped(line))
    return frozenset(spelling for spelling in found if spelling not in REDACTED)


def _escaped(text: str) -> Iterator[str]:
    yield text
    yield repr(text)[1:-1]
    yield repr(text.encode())[2:-1]
    yield html.escape(text)
    yield text.replace("~", "~0").replace("/", "~1")  # in a JSON pointer
    for ascii_only in (True, False):
        for once in _with_escaped_slashes(json.dumps(text, ensure_ascii=ascii_only)[1:-1]):
            yield once
            yield from _with_escaped_slashes(json.dumps(once, ensure_ascii=ascii_only)[1:-1])
    for quoting in (lambda some: quote(some, safe=""), quote, quote_plus):
        yield from _in_both_cases(quoting(text))
        # An address that stands in another one's query is quoted twice.
        yield from _in_both_cases(quoting(quoting(text)))


def _with_escaped_slashes(text: str) -> Iterator[str]:
    """JSON text as most write it, and with the slashes escaped, as PHP and programs that write into HTML do."""
    yield text
    yield text.replace("/", "\\/")


def _in_both_cases(percent: str) -> Iterator[str]:
    """Text in percent-encoding with large and with small hexadecimal digits."""
    yield percent
    yield re.sub("%(?:25)*[0-9A-F]{2}", lambda found: found.group().lower(), percent)


def _encoded(data: bytes) -> Iterator[str]:
    yield data.hex()
    yield data.hex().upper()
    for encoded in _base64_spellings(data):
        yield encoded
        yield quote(encoded, safe="")
        # A login in base64 stands in what is itself put into base64, such as a Kubernetes secret.
        yield from _base64_spellings(encoded.encode())
    for width in _WRAPPED_BYTES:
        for start in range(0, len(data), width) if len(data) > width else ():
            line = base64.b64encode(data[start : start + width]).decode().rstrip("=")
            if len(line) >= _LINE_CHARACTERS:
                yield line


def _base64_spellings(data: bytes) -> frozenset[str]:
    """The cores of a value in base64, in the usual alphabet and in that for addresses."""
    cores = frozenset(_base64_cores(data))
    return cores | {core.replace("+", "-").replace("/", "_") for core in cores}


def _base64_cores(data: bytes) -> Iterator[str]:
    """What of the value is in base64 whatever stands before and after it, as in ``user:password``.

    Before it there are 0, 1 or 2 bytes beyond a multiple of three; a character that also holds bits of a neighbour is
    left out: at most four bits of the value at either end.
    """
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data).decode()
        first = -(-before * 8 // 6)
        last = (before + len(data)) * 8 // 6
        yield encoded[first:last]
