"""Keywords as sentences, for targets that refuse the keyword but show the description to the model."""

from __future__ import annotations

import json
from collections.abc import Callable

from registry.model import Json

_MOST_CHARACTERS = 300


def describe_keyword(keyword: str, value: Json) -> str | None:
    """A sentence with the meaning of ``keyword: value``; None if there is none, or if it would be too long."""
    make = _WORDS.get(keyword)
    sentence = make(value) if make else None
    return sentence if sentence is not None and len(sentence) <= _MOST_CHARACTERS else None


def extend_description(description: Json, sentences: list[str]) -> str | None:
    """A description with the sentences appended."""
    text = description.rstrip() if isinstance(description, str) else ""
    if text and sentences and text[-1] not in ".!?:;…":
        text += "."
    return " ".join([text, *sentences] if text else sentences) or None


def show_value(value: Json) -> str:
    """A value as JSON text."""
    return json.dumps(value, ensure_ascii=False)


def _counted(least: str, singular: str, plural: str) -> Callable[[Json], str]:
    return lambda count: f"{least} {count:g} {singular if count == 1 else plural}."


_WORDS: dict[str, Callable[[Json], str]] = {
    "minLength": _counted("At least", "character", "characters"),
    "maxLength": _counted("At most", "character", "characters"),
    "minItems": _counted("At least", "item", "items"),
    "maxItems": _counted("At most", "item", "items"),
    "minProperties": lambda count: f"At least {count:g} of the properties must be given.",
    "maxProperties": lambda count: f"At most {count:g} of the properties may be given.",
    "minimum": lambda bound: f"At least {show_value(bound)}.",
    "maximum": lambda bound: f"At most {show_value(bound)}.",
    "exclusiveMinimum": lambda bound: f"Greater than {show_value(bound)}.",
    "exclusiveMaximum": lambda bound: f"Less than {show_value(bound)}.",
    "multipleOf": lambda step: f"A multiple of {show_value(step)}.",
    "pattern": lambda pattern: f"Matches the regular expression {pattern}",
    "format": lambda name: f"Format: {name}.",
    "uniqueItems": lambda unique: "No item twice." if unique else "",
    "contentEncoding": lambda name: f"Encoded as {name}.",
    "contentMediaType": lambda name: f"Its media type is {name}.",
    "default": lambda value: f"Default: {show_value(value)}.",
    "examples": lambda values: f"Examples: {', '.join(map(show_value, values))}." if isinstance(values, list) else "",
}
