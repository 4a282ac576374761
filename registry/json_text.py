"""Strict JSON text: the one reader and the one writer of JSON that comes from or goes to anyone outside.

Python's own reader takes NaN, lets the last of two equal keys win, and answers deep nesting with RecursionError.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Iterable
from typing import NoReturn

from .errors import Fault, InputRefused
from .model import Json

MAX_DEPTH = 64
MAX_SHOWN_LENGTH = 60
MAX_INTEGER_DIGITS = 4300  # Python's own limit for turning text into an integer; above it int() raises
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""A string, or the open rest of the text: were that no match, each quote inside it would be tried as a beginning."""
_STRING_OR_BRACKET = re.compile(_STRING.pattern + rb"|([\[\]{}])", re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = [1 if byte in b"[{" else -1 for byte in range(256)]
_LOCATED_TOKENS = 200_000
"""How far a place is looked for that the parser does not tell; beyond it the message goes without."""
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]|-?(?:NaN|Infinity)|-?[0-9][0-9.eE+-]*', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class _RefusedError(Exception):
    """Inside the parser's hooks: what is wrong, without a place."""


def loads(data: bytes | str, *, max_depth: int = MAX_DEPTH) -> Json:
    """Read one JSON document (RFC 8259, UTF-8, no BOM).

    Raises InputRefused, whose message names line and column where they are known, for: invalid UTF-8, a byte order
    mark, NaN and Infinity, duplicate keys, nesting over ``max_depth``, integers over 4,300 digits, lone surrogates,
    numbers too large for a float, anything after the document, and no document at all. Never anything else.
    """
    text = _decoded(data)
    raw = data if isinstance(data, bytes) else text.encode()
    _refuse_deep(raw, max_depth)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        _refuse(error.msg, error.lineno, error.colno)
    except _RefusedError as error:
        offset = _offset_of_refused(text)
        _refuse(str(error)) if offset is None else _refuse_at(text, offset, str(error))
    if _ESCAPED_SURROGATE.search(text):
        _refuse_lone_surrogates(value, text)
    return value


def dumps(value: Json) -> bytes:
    """Compact UTF-8 JSON. Raises InputRefused for what JSON cannot say (NaN, lone surrogates, other types)."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise InputRefused(f"This value cannot be written as JSON: {error}") from None


def dump_sorted(value: Json) -> str:
    """JSON text that is equal for equal values, whatever the order of keys; 1, 1.0 and true differ."""
    return json.dumps(value, sort_keys=True)


def _refuse(what: str, line: int | None = None, column: int | None = None) -> NoReturn:
    place = "" if line is None else f" at line {line}, column {column}"
    message = f"Not valid JSON{place}: {what}."
    raise InputRefused(message, (Fault("", message, "json"),))


def _refuse_at(text: str, offset: int, what: str) -> NoReturn:
    line = text.count("\n", 0, offset) + 1
    _refuse(what, line, offset - text.rfind("\n", 0, offset))


def _decoded(data: bytes | str) -> str:
    if isinstance(data, str):
        found = _SURROGATE.search(data)
        if found:
            _refuse_at(data, found.start(), "a lone surrogate is not a character")
        text = data
    else:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            before = data[: error.start].decode("utf-8")
            _refuse_at(before, len(before), "the bytes are not UTF-8")
    if text.startswith("\ufeff"):
        _refuse("it begins with a byte order mark; save it as UTF-8 without one", 1, 1)
    return text


def _refuse_deep(raw: bytes, max_depth: int) -> None:
    """Count brackets outside strings before the parser runs: its own answer to depth is RecursionError."""
    if raw.count(b"[") + raw.count(b"{") <= max_depth:
        return
    brackets = _STRING.sub(b"", raw).translate(None, _NO_BRACKETS)
    depths = itertools.accumulate(map(_STEPS.__getitem__, brackets))
    number = next((number for number, depth in enumerate(depths) if depth > max_depth), None)
    if number is not None:
        found = (found.start() for found in _STRING_OR_BRACKET.finditer(raw) if found[1])
        text = raw[: next(itertools.islice(found, number, None))].decode()
        _refuse_at(text, len(text), f"it is nested deeper than {max_depth} levels")


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _RefusedError(f"the key {_shown(key)} appears twice in one object")
            seen.add(key)
    return value


def _integer(digits: str) -> int:
    if len(digits) > MAX_INTEGER_DIGITS:
        raise _RefusedError(f"an integer has more than {MAX_INTEGER_DIGITS} digits")
    return int(digits)


def _number(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise _RefusedError(f"the number {text[:40]} is too large")
    return value


def _constant(name: str) -> NoReturn:
    raise _RefusedError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_number, parse_constant=_constant
)


def _offset_of_refused(text: str) -> int | None:
    """Slow, and only after a refusal: where the first thing stands that one of the decoder's hooks refused.

    The decoder's hooks are not told where they are. The text is well-formed up to that place.
    """
    keys: list[set[str] | None] = []
    expects_key = False
    for found in itertools.islice(_TOKEN.finditer(text), _LOCATED_TOKENS):
        lexeme = found.group()
        if lexeme in "{[":
            keys.append(set() if lexeme == "{" else None)
        elif lexeme in "}]" and keys:
            keys.pop()
        elif expects_key and lexeme[0] == '"' and keys and keys[-1] is not None:
            key = json.loads(lexeme)
            if key in keys[-1]:
                return found.start()
            keys[-1].add(key)
        elif lexeme[0] in "-0123456789NI" and _is_refused(lexeme):
            return found.start()
        expects_key = lexeme in "{,"
    return None


def _is_refused(lexeme: str) -> bool:
    if lexeme[-1] in "Ny":
        return True
    if lexeme.lstrip("-").isdigit():
        return len(lexeme) > MAX_INTEGER_DIGITS
    return math.isinf(float(lexeme))


def _refuse_lone_surrogates(value: Json, text: str) -> None:
    """An escaped pair has become one character by now; what is left of surrogates is lone."""
    for string in _strings(value):
        found = _SURROGATE.search(string)
        if found:
            escape = f"\\u{ord(found.group()):04x}"
            offset = text.lower().find(escape)
            _refuse_at(text, max(offset, 0), f"the lone surrogate {escape} is not a character")


def _strings(value: Json) -> Iterable[str]:
    """Every string of a value, keys included."""
    pending = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, list):
            pending += reversed(node)
        elif isinstance(node, dict):
            pending += (one for pair in reversed(node.items()) for one in reversed(pair))


def _shown(key: str) -> str:
    return json.dumps(key if len(key) <= MAX_SHOWN_LENGTH else key[:MAX_SHOWN_LENGTH] + "…", ensure_ascii=True)
