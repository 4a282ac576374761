"""What a text of each ``format`` looks like, and what is wrong with one that nearly is of it."""

from __future__ import annotations

import re
from typing import Final

_EXAMPLES: Final = {
    "date-time": "2026-01-31T09:30:00Z",
    "date": "2026-01-31",
    "time": "09:30:00Z",
    "duration": "PT1H30M",
    "email": "ada@example.com",
    "idn-email": "ada@example.com",
    "hostname": "www.example.com",
    "idn-hostname": "www.example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/path",
    "iri": "https://example.com/path",
    "uri-reference": "/path?query#part",
    "iri-reference": "/path?query#part",
    "uri-template": "https://example.com/{name}",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
    "json-pointer": "/names/0",
    "relative-json-pointer": "1/name",
    "regex": "^[a-z]+$",
}
_DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME: Final = r"[0-9]{2}:[0-9]{2}"
_ZONE: Final = r"([zZ]|[+-][0-9]{2}:?[0-9]{2})?"
_UUID: Final = r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}"
_NO_ZONE: Final = "its time zone is missing (Z for UTC, or such as +02:00)"
_NEAR: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "date-time": (
        (rf"{_DATE}[Tt]{_TIME}:[0-9]{{2}}(\.[0-9]+)?", _NO_ZONE),
        (rf"{_DATE}[Tt ]{_TIME}{_ZONE}", "its seconds are missing"),
        (rf"{_DATE} {_TIME}:[0-9]{{2}}.*", "a T stands between date and time, and a time zone at the end"),
        (rf"{_DATE}[Tt]{_TIME}:[0-9]{{2}}(\.[0-9]+)?[+-][0-9]{{4}}", "its time zone is written with a colon"),
        (_DATE, "its time is missing"),
        (r"[0-9]{10}([0-9]{3})?(\.[0-9]+)?", "it is a number of seconds or milliseconds"),
    ),
    "date": (
        (rf"{_DATE}[Tt ].*", "it has a time too"),
        (
            r"[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}|[0-9]{4}[./-][0-9]{1,2}[./-][0-9]{1,2}",
            "year, month and day have 4, 2 and 2 digits, with - between",
        ),
    ),
    "time": ((rf"{_TIME}:[0-9]{{2}}(\.[0-9]+)?", _NO_ZONE), (rf"{_TIME}{_ZONE}", "its seconds are missing")),
    "duration": ((r"[0-9.]+ ?[a-zA-Z]*", "ISO 8601 is wanted, which begins with P"),),
    "email": ((r".*<[^<>]*@[^<>]*>", "the address alone is wanted"), (r"mailto:.*", "the address alone is wanted")),
    "uri": ((r"[\w.-]+\.[a-zA-Z]{2,}([:/].*)?|localhost.*|/.*", "its scheme is missing"),),
    "uuid": (
        (rf"{{?{_UUID}}}?|urn:uuid:{_UUID}", "8, 4, 4, 4 and 12 digits with - between are wanted, and nothing else"),
    ),
    "ipv4": (
        (r"[0-9.]+[:/][0-9]+", "the address alone is wanted"),
        (r"[0-9a-fA-F]*:[0-9a-fA-F:.]*", "it is an IPv6 address"),
    ),
    "ipv6": (
        (r"\[[0-9a-fA-F:.]+\](:[0-9]+)?|[0-9a-fA-F:]+/[0-9]+", "the address alone is wanted"),
        (r"[0-9]+(\.[0-9]+){3}", "it is an IPv4 address"),
    ),
    "hostname": (
        (r"[a-zA-Z][a-zA-Z0-9+.-]*://.*", "the name alone is wanted"),
        (r"[^/:]+(:[0-9]+|/).*", "the name alone is wanted"),
    ),
}
_JUDGED_CHARACTERS: Final = 200


def explain_format(text: object, name: str) -> str:
    """What is wrong with a text that is nearly of a format, where that can be told, and an example; or nothing."""
    example = _EXAMPLES.get(name)
    if example is None:
        return ""
    wrong = ""
    if isinstance(text, str) and len(text) <= _JUDGED_CHARACTERS:
        bare = text.strip()
        near = _NEAR.get("email" if name == "idn-email" else "uri" if name == "iri" else name, ())
        wrong = next((f": {hint}" for pattern, hint in near if re.fullmatch(pattern, bare, re.DOTALL)), "")
        if not wrong and bare != text:
            wrong = ": it has space around it"
    return f"{wrong}; write it like {example}"
