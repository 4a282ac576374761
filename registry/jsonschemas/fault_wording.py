"""Faults in plain words. A value is never echoed beyond a few characters: it may be huge, or secret in its tail."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from jsonschema_rs import ValidationError

from registry.errors import Fault
from registry.model import Json

from .format_examples import explain_format
from .text_hints import hint_at_value

MAX_MESSAGE_LENGTH = 200
MAX_SHOWN_LENGTH = 60
MAX_NEAREST_KNOWN = 500  # comparing a name with thousands of others is slow
_ARTICLES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
}


def make_pointer(path: Iterable[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a path."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def shorten_value(value: Json, limit: int = MAX_SHOWN_LENGTH) -> str:
    """A value as short JSON text, cut at ``limit`` characters."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, str) and len(value) > limit:
        value = value[:limit] + "…"
    try:
        text = json.dumps(value, ensure_ascii=False)
    except ValueError:  # an integer beyond Python's digit limit
        return "a very long integer"
    return shorten_message(text, limit + 3)


def shorten_message(message: str, limit: int = MAX_MESSAGE_LENGTH) -> str:
    """The message, shortened to ``limit`` characters."""
    return message if len(message) <= limit else message[: limit - 1] + "…"


def find_nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` was most likely meant to be, or None."""
    names = [item for _, item in zip(range(MAX_NEAREST_KNOWN), known, strict=False)]
    found = difflib.get_close_matches(name[:MAX_SHOWN_LENGTH], names, n=1, cutoff=0.6)
    return found[0] if found else None


def name_kind(value: Json) -> str:
    """What a value is, in JSON's words and with its article."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    for types, words in ((int, "an integer"), (float, "a number"), (str, "a string"), (list, "an array")):
        if isinstance(value, types):
            return words
    return "an object"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a wording needs of an error; ``kind`` has other fields for every keyword."""

    kind: Any
    instance: Json
    schema_path: Sequence[str | int]
    schema: Json
    guess: Guess


Guess = Callable[[str, Iterable[str]], str | None]
"""Which of the known names was meant, as :func:`find_nearest` says; one that gets tired of comparing may say None."""
_Wording = Callable[[_Seen], str]


def word_fault(
    error: ValidationError, schema: Json, guess: Guess = find_nearest, place: Iterable[str | int] = ()
) -> Fault:
    """One fault for one error of the engine against ``schema``; the value that was checked stands at ``place``."""
    kind = error.kind
    wording = _WORDINGS.get(type(kind).__name__)
    seen = _Seen(kind, error.instance, error.schema_path, schema, guess)
    message = wording(seen) if wording else str(error.message)
    code = str(error.schema_path[-1]) if kind.name == "required" and error.schema_path else str(kind.name)
    return Fault(make_pointer((*place, *error.instance_path)), shorten_message(message), code)


def word_found_fault(kind: str, value: Json, schema: Json = True, guess: Guess = find_nearest, **facts: Json) -> str:
    """The message of a fault that we found; ``kind`` is one of the engine's, ``facts`` what it would tell of it."""
    return shorten_message(_WORDINGS[kind](_Seen(SimpleNamespace(**facts), value, ("",), schema, guess)))


def _type(seen: _Seen) -> str:
    wanted = " or ".join(_ARTICLES.get(name, name) for name in seen.kind.types)
    message = f"Must be {wanted}, not {name_kind(seen.instance)}"
    hint = hint_at_value(seen.instance, seen.kind.types) if isinstance(seen.instance, str) else ""
    return f"{message}; {hint}" if hint else message


def _required(seen: _Seen) -> str:
    return f"The required property {shorten_value(seen.kind.property)} is missing"


def _unknown(seen: _Seen) -> str:
    known = _known_properties(seen.schema, seen.schema_path[:-1])
    parts = []
    for name in seen.kind.unexpected[:10]:
        guess = seen.guess(name, known)
        parts.append(shorten_value(name) + (f" (did you mean {shorten_value(guess)}?)" if guess else ""))
    noun = "property" if len(seen.kind.unexpected) == 1 else "properties"
    message = f"Unknown {noun}: {', '.join(parts)}"
    if known and not any("did you mean" in part for part in parts):
        message += f"; known are {', '.join(list(known)[:10])}"
    return message


def _known_properties(schema: Json, path: Sequence[str | int]) -> Mapping[str, Json]:
    properties = _schema_at(schema, path).get("properties")
    return properties if isinstance(properties, dict) else {}


def _schema_at(schema: Json, path: Sequence[str | int]) -> Mapping[str, Json]:
    node = schema
    for step in path:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            return {}
    return node if isinstance(node, dict) else {}


def _enum(seen: _Seen) -> str:
    options = ", ".join(shorten_value(option) for option in seen.kind.options[:12])
    more = ", …" if len(seen.kind.options) > 12 else ""  # noqa: PLR2004 - as many as one line shows
    meant = _meant_option(seen)
    guess = "" if meant is None else f" (did you mean {shorten_value(meant)}?)"
    return f"{_capital(shorten_value(seen.instance, 40))}{guess} is not one of {options}{more}"


def _meant_option(seen: _Seen) -> Json:
    """The option that was written in another way, or None: other letters, or a number as text and the other way."""
    value, options = seen.instance, seen.kind.options[:MAX_NEAREST_KNOWN]
    if isinstance(value, dict | list) or (isinstance(value, str) and len(value) > MAX_SHOWN_LENGTH):
        return None
    texts = {str(option).casefold(): option for option in reversed(options) if isinstance(option, str | int | float)}
    plain = value.strip() if isinstance(value, str) else shorten_value(value)
    same = texts.get(plain.casefold())
    if same is not None or not isinstance(value, str):
        return same
    return seen.guess(value, [option for option in options if isinstance(option, str)])


def _constant(seen: _Seen) -> str:
    return f"Must be {shorten_value(seen.kind.expected_value)}"


def _pattern(seen: _Seen) -> str:
    message = f"{_capital(shorten_value(seen.instance, 40))} does not match the pattern {seen.kind.pattern}"
    given = _schema_at(seen.schema, seen.schema_path[:-1]).get("examples")
    if isinstance(given, list) and given and isinstance(given[0], str):
        return f"{message}; write it like {shorten_value(given[0])}"
    return message


def _format(seen: _Seen) -> str:
    return f"{_capital(shorten_value(seen.instance, 40))} is not a valid {seen.kind.format}" + explain_format(
        seen.instance, seen.kind.format
    )


def _length(word: str, attribute: str) -> _Wording:
    def wording(seen: _Seen) -> str:
        limit = getattr(seen.kind, attribute)
        return f"Must have {word} {limit} {_counted(seen.instance, limit)}, has {len(seen.instance)}"

    return wording


def _counted(value: Json, count: int) -> str:
    singular, plural = ("property", "properties")
    if isinstance(value, str):
        singular, plural = ("character", "characters")
    elif isinstance(value, list):
        singular, plural = ("item", "items")
    return singular if count == 1 else plural


def _bound(words: str) -> _Wording:
    def wording(seen: _Seen) -> str:
        return f"Must be {words} {seen.kind.limit}, is {shorten_value(seen.instance)}"

    return wording


def _alternatives(seen: _Seen) -> str:
    return word_no_alternative(
        word_fault(branch[0], seen.schema, seen.guess).message for branch in seen.kind.context if branch
    )


def word_no_alternative(reasons: Iterable[str]) -> str:
    """Why a value fits none of the alternatives: as many of their different reasons as a message holds."""
    said = ""
    seen: set[str] = set()
    for reason in reasons:
        if reason and reason not in seen:
            said += ("; or " if said else ": ") + reason
            seen.add(reason)
        if len(said) > MAX_MESSAGE_LENGTH:
            break
    return shorten_message("Fits none of the alternatives" + said)


def _too_many(seen: _Seen) -> str:
    return "Fits more than one of the alternatives, and must fit exactly one"


def _never(seen: _Seen) -> str:
    return "Is not allowed here"


def _unique(seen: _Seen) -> str:
    return "Holds the same item twice"


def _contains(seen: _Seen) -> str:
    return "Holds no item of the kind that must be among its items"


def _property_names(seen: _Seen) -> str:
    return f"A property has a name that is not allowed: {word_fault(seen.kind.error, seen.schema, seen.guess).message}"


def _multiple(seen: _Seen) -> str:
    return f"Must be a multiple of {seen.kind.multiple_of}, is {shorten_value(seen.instance)}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:] if text.startswith("an ") else text


_WORDINGS: dict[str, _Wording] = {
    "Type": _type,
    "Required": _required,
    "AdditionalProperties": _unknown,
    "UnevaluatedProperties": _unknown,
    "Enum": _enum,
    "Constant": _constant,
    "Pattern": _pattern,
    "Format": _format,
    "MinLength": _length("at least", "limit"),
    "MaxLength": _length("at most", "limit"),
    "MinItems": _length("at least", "limit"),
    "MaxItems": _length("at most", "limit"),
    "MinProperties": _length("at least", "limit"),
    "MaxProperties": _length("at most", "limit"),
    "Minimum": _bound("at least"),
    "Maximum": _bound("at most"),
    "ExclusiveMinimum": _bound("greater than"),
    "ExclusiveMaximum": _bound("less than"),
    "MultipleOf": _multiple,
    "AnyOf": _alternatives,
    "OneOfNotValid": _alternatives,
    "OneOfMultipleValid": _too_many,
    "Not": _never,
    "FalseSchema": _never,
    "UniqueItems": _unique,
    "Contains": _contains,
    "PropertyNames": _property_names,
}
